"""The demo's first content: believable, complete, and without surprises in the first two hours."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.sandbox.portal.seed import SeedInvalid, duration, load_seed
from tests.integration.portal_server import START, running_portal


@pytest.fixture
async def portal():
    async with running_portal() as running:
        yield running


async def _open_tasks(portal):
    body = {"filter": {"TAG": "dozvon", "!REAL_STATUS": 5}, "select": ["*", "UF_CRM_TASK", "TAGS"]}
    return (await portal.call("tasks.task.list", body))["tasks"]


async def test_every_open_case_has_exactly_one_task_of_ours(portal):
    leads = (await portal.call("crm.item.list", {"entityTypeId": 1, "filter": {"stageSemanticId": "P"}}))["items"]
    deals = (await portal.call("crm.item.list", {"entityTypeId": 2, "filter": {"stageSemanticId": "P"}}))["items"]
    cases = {f"L_{item['id']}": item for item in leads} | {f"D_{item['id']}": item for item in deals}
    tasks = await _open_tasks(portal)
    assert sorted(link for task in tasks for link in task["ufCrmTask"]) == sorted(cases)
    for task in tasks:
        case = cases[task["ufCrmTask"][0]]
        deadline = datetime.fromisoformat(task["deadline"])
        assert int(task["responsibleId"]) == case["assignedById"]
        assert deadline >= START + timedelta(hours=2)
        assert deadline.second == 0
        assert task["xmlId"].startswith("dozvon:seed-")
        assert case["ufCrmDzNextAt"] == task["deadline"]
    assert max(Counter(task["responsibleId"] for task in tasks).values()) <= 2


async def test_there_is_a_history_in_every_state(portal):
    leads = (await portal.call("crm.item.list", {"entityTypeId": 1, "order": {"id": "ASC"}}))["items"]
    assert len(leads) >= 30
    stages = await portal.call("crm.status.list", {"filter": {"ENTITY_ID": "STATUS", "!STATUS_ID": "NEW"}})
    assert {lead["stageId"] for lead in leads} == {row["STATUS_ID"] for row in stages}
    times = [lead["createdTime"] for lead in leads]
    assert times == sorted(times)
    assert all(datetime.fromisoformat(lead["movedTime"]) <= START for lead in leads)
    deals = (await portal.call("crm.item.list", {"entityTypeId": 2}))["items"]
    converted = {lead["id"] for lead in leads if lead["stageSemanticId"] == "S"}
    assert {deal["leadId"] for deal in deals} == converted
    assert all(deal["contactId"] for deal in deals)
    lost = {deal["stageId"] for deal in deals if deal["stageSemanticId"] == "F"}
    failures = await portal.call("crm.status.list", {"filter": {"ENTITY_ID": "DEAL_STAGE", "SEMANTICS": "F"}})
    assert lost == {row["STATUS_ID"] for row in failures}


async def test_duplicates_share_their_number(portal):
    rows = await portal.call("crm.lead.list", {"filter": {"STATUS_ID": "DUPLICATE"}, "select": ["PHONE"]})
    assert rows
    for row in rows:
        found = await portal.call("crm.duplicate.findbycomm", {"type": "PHONE", "values": [row["PHONE"][0]["VALUE"]]})
        assert len(found["LEAD"]) == 2
        assert len(found["CONTACT"]) == 1


async def test_nothing_of_the_planting_is_told_or_journalled(portal):
    assert portal.calls() == []


async def test_the_cast(portal):
    users = portal.portal.users()
    assert Counter(user["role"] for user in users) == {
        "admin": 1,
        "manager": 2,
        "supervisor": 1,
        "director": 1,
        "lawyer": 1,
    }
    assert users[1] == {
        "id": 2,
        "name": "Иван Соколов",
        "role": "manager",
        "phone": "+79990000002",
        "department": "Отдел продаж",
        "active": True,
    }


async def test_the_board(portal):
    pipelines = portal.portal.board()["pipelines"]
    assert [(pipeline["entity"], pipeline["title"]) for pipeline in pipelines] == [
        ("lead", "Лиды"),
        ("deal", "Банкротство"),
    ]
    stages = {stage["id"]: stage for stage in pipelines[0]["stages"]}
    card = stages["NO_ANSWER"]["cards"][0]
    assert card == {
        "entity": "lead",
        "id": 33,
        "title": "Заявка с сайта",
        "client": "Тимур Галеев",
        "owner": "Иван Соколов",
        "stage": "NO_ANSWER",
        "semantics": "P",
        "attempts": 3,
        "open_tasks": [
            {
                "id": card["open_tasks"][0]["id"],
                "title": "Попытка дозвониться: Тимур Галеев",
                "deadline": "2026-11-02T13:00:00+03:00",
                "responsible": "Иван Соколов",
            }
        ],
        "created": "2026-10-31T10:30:00+03:00",
    }
    await portal.call("tasks.task.complete", {"taskId": card["open_tasks"][0]["id"]})
    stages = {stage["id"]: stage for stage in portal.portal.board()["pipelines"][0]["stages"]}
    assert stages["NO_ANSWER"]["cards"][0]["open_tasks"] == []


async def test_the_board_shows_the_newest_thirty_of_a_final_stage(portal):
    cmd = {f"c{n}": f"crm.item.add?entityTypeId=1&fields[title]=N{n}&fields[stageId]=SPAM" for n in range(40)}
    await portal.call("batch", {"cmd": cmd})
    stage = next(stage for stage in portal.portal.board()["pipelines"][0]["stages"] if stage["id"] == "SPAM")
    assert (len(stage["cards"]), stage["total"]) == (30, 43)
    assert [card["title"] for card in stage["cards"][:2]] == ["N39", "N38"]


async def test_a_store_with_content_is_not_planted_again(tmp_path: Path):
    data = tmp_path / "sandbox.db"
    async with running_portal(data=data) as portal:
        await portal.call("crm.lead.delete", {"id": 1})
    async with running_portal(data=data) as portal:
        assert len(await portal.call("crm.lead.list", {"select": ["ID"]})) == 33


async def test_a_bare_portal():
    async with running_portal(seed="bare") as portal:
        assert [user["role"] for user in portal.portal.users()] == ["admin"]
        assert await portal.call("crm.lead.list") == []
        assert await portal.call("crm.lead.userfield.list") == []
        assert await portal.call("crm.lead.add", {"fields": {"TITLE": "x", "STATUS_ID": "IN_PROCESS"}}) == 1


def test_a_missing_data_set_is_named():
    with pytest.raises(SeedInvalid, match="bankruptcy"):
        load_seed("nowhere", START)


def test_a_file_that_is_no_data_set(tmp_path: Path):
    file = tmp_path / "x.yaml"
    file.write_text("- 1\n", encoding="utf-8")
    with pytest.raises(SeedInvalid, match="zone"):
        load_seed(str(file), START)


def test_spans():
    assert duration("P2DT3H30M") == timedelta(days=2, hours=3, minutes=30)
    assert duration("PT45M") == timedelta(minutes=45)
    for wrong in ("P", "PT", "2 days", ""):
        with pytest.raises(SeedInvalid):
            duration(wrong)
