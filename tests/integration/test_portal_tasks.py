"""Tasks: their shape, life cycle, filters, sorting, rights and refusals."""

from __future__ import annotations

import pytest

from tests.integration.portal_server import RunningPortal, running_portal

DEADLINE = "2026-11-03T18:00:00+03:00"


@pytest.fixture
async def portal():
    async with running_portal(seed="bankruptcy") as running:
        yield running


async def _add(portal: RunningPortal, user: int = 1, **fields: object):
    body = {"fields": {"TITLE": "Перезвонить", "RESPONSIBLE_ID": 2} | fields}
    return (await portal.call("tasks.task.add", body, user=user))["task"]


async def _titles(portal: RunningPortal, wanted: dict, user: int = 1, **more: object) -> list[str]:
    body = {"filter": wanted, "select": ["TITLE"], "order": {"ID": "asc"}} | more
    return [task["title"] for task in (await portal.call("tasks.task.list", body, user=user))["tasks"]]


async def test_a_new_task_is_strings_with_a_chat_number(portal: RunningPortal):
    task = await _add(portal, DEADLINE=DEADLINE, UF_CRM_TASK=["L_1"], TAGS=["dozvon"], XML_ID="dozvon:7")
    assert isinstance(task["id"], str)
    assert isinstance(task["chatId"], int)
    expected: dict[str, object] = {
        "title": "Перезвонить",
        "status": "2",
        "priority": "1",
        "createdBy": "1",
        "responsibleId": "2",
        "deadline": DEADLINE,
        "createdDate": "2026-11-02T10:00:00+03:00",
        "closedDate": None,
        "xmlId": "dozvon:7",
        "groupId": "0",
        "taskControl": "N",
        "auditors": [],
        "group": [],
        "auditorsData": [],
    }
    assert {key: task[key] for key in expected} == expected
    assert task["responsible"]["name"] == "Иван Соколов"
    assert (task["action"]["complete"], task["action"]["renew"]) == (True, False)
    assert "ufCrmTask" not in task
    assert "tags" not in task


async def test_user_fields_come_all_three_or_not_at_all(portal: RunningPortal):
    task = await _add(portal, UF_CRM_TASK=["D_2", "L_1"])
    got = (await portal.call("tasks.task.get", {"taskId": task["id"], "select": ["ID", "UF_CRM_TASK"]}))["task"]
    assert got["ufCrmTask"] == ["D_2", "L_1"]
    assert set(got) == {"id", "ufCrmTask", "ufTaskWebdavFiles", "ufMailMessage", "favorite", "group", "action"}
    await portal.call("tasks.task.update", {"taskId": task["id"], "fields": {"UF_CRM_TASK": ["C_1"]}})
    got = (await portal.call("tasks.task.get", {"taskId": task["id"], "select": ["UF_CRM_TASK"]}))["task"]
    assert got["ufCrmTask"] == ["C_1"]
    await portal.call("tasks.task.update", {"taskId": task["id"], "fields": {"UF_CRM_TASK": []}})
    got = (await portal.call("tasks.task.get", {"taskId": task["id"], "select": ["UF_CRM_TASK"]}))["task"]
    assert got["ufCrmTask"] is False


async def test_the_smallest_row_of_a_list(portal: RunningPortal):
    await _add(portal, DEADLINE="2026-11-02T09:00:00+03:00", TITLE="поздно")
    body = {"filter": {"TITLE": "поздно"}, "select": ["ID", "STATUS"]}
    rows = (await portal.call("tasks.task.list", body))["tasks"]
    assert rows == [{"id": rows[0]["id"], "status": "2", "group": [], "subStatus": "-1"}]


async def test_tags_are_an_object_of_their_ids(portal: RunningPortal):
    await _add(portal, TAGS=["vip", "dozvon"], TITLE="меченая")
    row = (await portal.call("tasks.task.list", {"filter": {"TITLE": "меченая"}, "select": ["ID", "TAGS"]}))["tasks"][0]
    assert sorted(tag["title"] for tag in row["tags"].values()) == ["dozvon", "vip"]
    assert all(key == str(tag["id"]) for key, tag in row["tags"].items())


async def test_life(portal: RunningPortal):
    key = (await _add(portal))["id"]

    async def move(action: str) -> tuple[str, str | None]:
        task = (await portal.call(f"tasks.task.{action}", {"taskId": key}))["task"]
        return task["status"], task["closedDate"]

    portal.pass_time(hours=1)
    assert await move("start") == ("3", None)
    assert await move("pause") == ("2", None)
    assert await move("defer") == ("6", None)
    assert await move("renew") == ("2", None)
    assert await move("complete") == ("5", "2026-11-02T11:00:00+03:00")
    assert await portal.refusal("tasks.task.complete", {"taskId": key}) == (400, "0")
    assert await portal.refusal("tasks.task.start", {"taskId": key}) == (400, "0")
    assert await portal.refusal("tasks.task.defer", {"taskId": key}) == (400, "1048582")
    portal.pass_time(hours=1)
    task = (await portal.call("tasks.task.renew", {"taskId": key}))["task"]
    assert (task["status"], task["closedDate"], task["closedBy"]) == ("2", None, None)
    assert task["statusChangedDate"] == task["changedDate"] == "2026-11-02T12:00:00+03:00"
    assert await portal.refusal("tasks.task.renew", {"taskId": key}) == (400, "1048582")


async def test_control_sends_a_finished_task_to_its_author(portal: RunningPortal):
    key = (await _add(portal, TASK_CONTROL="Y"))["id"]
    task = (await portal.call("tasks.task.complete", {"taskId": key}, user=2))["task"]
    assert task["status"] == "4"
    assert await portal.refusal("tasks.task.approve", {"taskId": key}, user=2) == (400, "1048582")
    assert (await portal.call("tasks.task.approve", {"taskId": key}))["task"]["status"] == "5"


async def test_delegating_keeps_the_former_as_a_watcher(portal: RunningPortal):
    key = (await _add(portal))["id"]
    task = (await portal.call("tasks.task.delegate", {"taskId": key, "userId": 3}))["task"]
    assert (task["responsibleId"], task["auditors"], list(task["auditorsData"])) == ("3", ["2"], ["2"])
    assert await portal.refusal("tasks.task.delegate", {"taskId": key, "userId": 99}) == (400, "ERROR_CORE")


async def test_update_overwrites_lists_and_moves_the_marks(portal: RunningPortal):
    key = (await _add(portal, TAGS=["a", "b"]))["id"]
    portal.pass_time(minutes=5)
    body = {"taskId": key, "fields": {"TAGS": ["c"], "DEADLINE": "2026-11-05T10:00:30", "STATUS": 5}}
    task = (await portal.call("tasks.task.update", body))["task"]
    assert (task["deadline"], task["status"]) == ("2026-11-05T10:00:00+03:00", "5")
    assert task["changedDate"] == task["closedDate"] == "2026-11-02T10:05:00+03:00"
    assert await _titles(portal, {"TAG": "c"}) == ["Перезвонить"]
    assert await _titles(portal, {"TAG": ["a", "b"]}) == []
    portal.pass_time(minutes=5)
    again = (await portal.call("tasks.task.update", {"taskId": key, "fields": {"TAGS": ["c"]}}))["task"]
    assert again["changedDate"] == task["changedDate"]


@pytest.mark.parametrize(
    "fields",
    [
        {"TITLE": ""},
        {"RESPONSIBLE_ID": ""},
        {"RESPONSIBLE_ID": 99},
        {"STATUS": 9},
        {"PRIORITY": 7},
        {"PARENT_ID": 999},
        {"DEADLINE": "завтра"},
        {"UF_CRM_TASK": ["LEAD_5"]},
        {"AUDITORS": [99]},
    ],
)
async def test_wrong_fields(portal: RunningPortal, fields: dict):
    body = {"fields": {"TITLE": "x", "RESPONSIBLE_ID": 2} | fields}
    status, answer = await portal.post("tasks.task.add", body)
    assert (status, answer["error"]) == (400, "ERROR_CORE")
    assert answer["error_description"].endswith("<br>")


async def test_what_is_missing(portal: RunningPortal):
    assert await portal.call("tasks.task.get", {"taskId": 999}) == []
    assert await portal.refusal("tasks.task.get") == (400, "100")
    assert await portal.refusal("tasks.task.add") == (400, "100")
    assert await portal.refusal("tasks.task.get", {"taskId": "x"}) == (400, "0")
    for action in ("complete", "start", "delegate", "update"):
        body = {"taskId": 999, "userId": 2, "fields": {}}
        assert await portal.refusal(f"tasks.task.{action}", body) == (400, "0")
    for action in ("defer", "pause", "renew", "approve", "disapprove", "delete"):
        assert await portal.refusal(f"tasks.task.{action}", {"taskId": 999}) == (400, "1048582")


async def test_deleting(portal: RunningPortal):
    key = (await _add(portal))["id"]
    assert await portal.call("tasks.task.delete", {"taskId": key}) == {"task": True}
    assert await portal.call("tasks.task.get", {"taskId": key}) == []


@pytest.mark.parametrize(
    ("wanted", "titles"),
    [
        ({"UF_CRM_TASK": "L_1"}, ["open", "done"]),
        ({"UF_CRM_TASK": ["L_1", "D_1"]}, ["open", "done", "late"]),
        ({"REAL_STATUS": [2, 3]}, ["open", "late", "near"]),
        ({"!REAL_STATUS": 5}, ["open", "late", "near", "put off"]),
        ({"REAL_STATUS": 6}, ["put off"]),
        ({"STATUS": -1}, ["late"]),
        ({"STATUS": -3}, ["near"]),
        ({"STATUS": 2}, ["open"]),
        ({"!STATUS": 5}, ["open", "late", "near", "put off"]),
        ({"<DEADLINE": "2026-11-02T10:00:00+03:00", "REAL_STATUS": [2, 3]}, ["late"]),
        ({"<=DEADLINE": "2026-11-02T15:00:00"}, ["late", "near"]),
        ({"DEADLINE": ""}, ["done", "put off"]),
        ({"RESPONSIBLE_ID": 3}, ["late"]),
        ({"!RESPONSIBLE_ID": 2}, ["late"]),
        ({"TITLE": "%a%"}, ["late", "near"]),
        ({"%TITLE": "pen"}, ["open"]),
        ({"AUDITOR": 4}, ["near"]),
        ({"TAG": "dozvon", "UF_CRM_TASK": "D_1"}, ["late"]),
        ({">=CHANGED_DATE": "2026-11-02T10:00:00+03:00"}, ["open", "done", "late", "near", "put off"]),
        ({">CHANGED_DATE": "2026-11-02T10:00:00+03:00"}, []),
        ({"XML_ID": "nothing"}, ["open", "done", "late", "near", "put off"]),
        ({"NONSENSE": 1}, ["open", "done", "late", "near", "put off"]),
        ({"::SUBFILTER-1": {"::LOGIC": "OR", "TAG": "dozvon", "AUDITOR": 4}}, ["late", "near"]),
    ],
)
async def test_filters(portal: RunningPortal, wanted: dict, titles: list[str]):
    await _add(portal, TITLE="open", UF_CRM_TASK=["L_1"], DEADLINE="2026-11-09T18:00:00+03:00")
    await _add(portal, TITLE="done", UF_CRM_TASK=["L_1"], STATUS=5)
    await _add(
        portal,
        TITLE="late",
        UF_CRM_TASK=["D_1"],
        DEADLINE="2026-11-02T09:59:00+03:00",
        RESPONSIBLE_ID=3,
        TAGS=["dozvon"],
    )
    await _add(portal, TITLE="near", DEADLINE="2026-11-02T15:00:00+03:00", AUDITORS=[4])
    await _add(portal, TITLE="put off", STATUS=6)
    assert await _titles(portal, wanted | {">ID": 4}) == titles


async def test_time_alone_makes_a_task_overdue(portal: RunningPortal):
    await _add(portal, TITLE="скоро", DEADLINE="2026-11-02T10:30:00+03:00")
    assert await _titles(portal, {"STATUS": -1}) == []
    portal.pass_time(minutes=30, seconds=1)
    assert await _titles(portal, {"STATUS": -1}) == ["скоро"]


async def test_windows_of_ids(portal: RunningPortal):
    for _ in range(3):
        await _add(portal, TITLE="окно")
    body = {"filter": {">ID": 5, "<=ID": 7}, "select": ["ID"], "order": {"ID": "asc"}, "start": -1}
    assert [row["id"] for row in (await portal.call("tasks.task.list", body))["tasks"]] == ["6", "7"]


async def test_sorting(portal: RunningPortal):
    rows = (await portal.call("tasks.task.list", {"order": {"DEADLINE": "asc"}, "select": ["DEADLINE"]}))["tasks"]
    assert len(rows) == 4
    assert [row["deadline"] for row in rows] == sorted(row["deadline"] for row in rows)
    newest_first = (await portal.call("tasks.task.list", {"select": ["ID"]}))["tasks"]
    assert [row["id"] for row in newest_first] == ["4", "3", "2", "1"]
    assert await portal.refusal("tasks.task.list", {"order": {"COLOUR": "asc"}}) == (400, "0")


async def test_people_see_only_their_own_tasks(portal: RunningPortal):
    await _add(portal, TITLE="Ивана")
    watched = await _add(portal, TITLE="Анны", RESPONSIBLE_ID=3, AUDITORS=[2])
    hidden = await _add(portal, TITLE="чужая", RESPONSIBLE_ID=3)
    assert await _titles(portal, {">ID": 4}, user=2) == ["Ивана", "Анны"]
    assert await portal.call("tasks.task.get", {"taskId": hidden["id"]}, user=2) == []
    assert await portal.refusal("tasks.task.complete", {"taskId": watched["id"]}, user=2) == (400, "0")
    body = {"taskId": hidden["id"], "fields": {"TITLE": "x"}}
    assert await portal.refusal("tasks.task.update", body, user=2) == (400, "0")


async def test_dates_are_shown_in_the_zone_of_the_caller(portal: RunningPortal):
    await portal.call("user.update", {"ID": 2, "TIME_ZONE": "Asia/Yekaterinburg"})
    key = (await _add(portal, DEADLINE=DEADLINE))["id"]
    mine = (await portal.call("tasks.task.get", {"taskId": key, "select": ["DEADLINE"]}, user=2))["task"]
    assert mine["deadline"] == "2026-11-03T20:00:00+05:00"


async def test_a_linked_task_stands_in_the_timeline(portal: RunningPortal):
    key = (await _add(portal, UF_CRM_TASK=["L_1", "D_1"]))["id"]
    wanted = {"BINDINGS": [{"OWNER_TYPE_ID": 2, "OWNER_ID": 1}], "PROVIDER_ID": "CRM_TASKS_TASK"}
    rows = await portal.call("crm.activity.list", {"filter": wanted})
    assert [(row["OWNER_TYPE_ID"], row["OWNER_ID"], row["ASSOCIATED_ENTITY_ID"]) for row in rows] == [("1", "1", key)]
    await portal.call("tasks.task.complete", {"taskId": key})
    assert [row["COMPLETED"] for row in await portal.call("crm.activity.list", {"filter": wanted})] == ["Y"]
    await portal.call("tasks.task.delete", {"taskId": key})
    assert await portal.call("crm.activity.list", {"filter": wanted}) == []


async def test_fields_are_described(portal: RunningPortal):
    fields = (await portal.call("tasks.task.getFields"))["fields"]
    assert fields["TITLE"]["required"] is True
    assert fields["STATUS"]["values"]["5"] == "Completed"
    assert fields["DEADLINE"]["type"] == "datetime"
    assert "XML_ID" in fields


async def test_a_task_is_new_to_its_doer_until_he_touches_it(portal: RunningPortal):
    key = (await _add(portal, TITLE="новая", DEADLINE="2026-11-02T18:00:00+03:00"))["id"]
    assert await _titles(portal, {"STATUS": -2}, user=2) == await _titles(portal, {"REAL_STATUS": 2}, user=2)
    await portal.call("tasks.task.start", {"taskId": key}, user=2)
    assert "новая" not in await _titles(portal, {"STATUS": -2}, user=2)
    assert await _titles(portal, {"STATUS": -3, ">ID": 4}, user=2) == ["новая"]
