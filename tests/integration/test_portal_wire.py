"""The portal's addresses, encodings, envelope, paging, limits, faults and durability."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import pytest

from tests.integration.portal_server import RunningPortal, running_portal


@pytest.fixture
async def portal():
    async with running_portal() as running:
        yield running


@pytest.mark.parametrize(
    "tail", ["crm.lead.list", "crm.lead.list.json", "crm.lead.list/", "crm.lead.List", "crm.lead.List.json"]
)
async def test_every_spelling_of_a_method_reaches_it(portal: RunningPortal, tail: str):
    status, answer = await portal.post(tail)
    assert status == 200
    assert len(answer["result"]) == 34


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/rest/1/wrong/profile", "INVALID_CREDENTIALS"),
        ("/rest/99/sandbox/profile", "INVALID_CREDENTIALS"),
        ("/rest/profile.json", "NO_AUTH_FOUND"),
    ],
)
async def test_strangers_stay_outside(portal: RunningPortal, path: str, code: str):
    async with portal.http.post(portal.url + path, json={}) as answer:
        assert answer.status == 401
        assert (await answer.json())["error"] == code


async def test_the_dismissed_lose_their_webhook(portal: RunningPortal):
    assert (await portal.call("profile", user=2))["ID"] == "2"
    assert await portal.call("user.update", {"ID": 2, "ACTIVE": "N"}) is True
    assert await portal.refusal("profile", user=2) == (401, "INVALID_CREDENTIALS")


async def test_an_unknown_method(portal: RunningPortal):
    assert await portal.post("crm.lead.convert") == (
        404,
        {"error": "ERROR_METHOD_NOT_FOUND", "error_description": "Method not found!"},
    )


@pytest.mark.parametrize(
    "query",
    [
        "filter[>ID]=5&filter[<ID]=8&select[]=ID&select[]=TITLE&order[ID]=DESC",
        "filter%5B%3EID%5D=5&filter%5B%3CID%5D=8&select%5B0%5D=ID&select%5B1%5D=TITLE&order%5BID%5D=DESC",
    ],
)
async def test_brackets_in_query_and_form(portal: RunningPortal, query: str):
    url = portal.webhook() + "crm.lead.list"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    async with portal.http.post(url, data=query, headers=form) as answer:
        by_form = (await answer.json())["result"]
    async with portal.http.get(f"{url}?{query}") as answer:
        by_query = (await answer.json())["result"]
    assert by_form == by_query
    assert [row["ID"] for row in by_form] == ["7", "6"]
    assert set(by_form[0]) == {"ID", "TITLE"}


async def test_a_form_with_nested_lists_and_blanks(portal: RunningPortal):
    text = (
        "fields[TITLE]=%D0%98%D0%B2%D0%B0%D0%BD+%26+Co&fields[PHONE][0][VALUE]=%2B7+900"
        "&fields[PHONE][0][VALUE_TYPE]=WORK&fields[E][]="
    )
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    async with portal.http.post(portal.webhook() + "crm.lead.add", data=text, headers=form) as answer:
        key = (await answer.json())["result"]
    lead = await portal.call("crm.lead.get", {"id": key})
    assert lead["TITLE"] == "Иван & Co"
    assert lead["PHONE"][0]["VALUE"] == "+7 900"


async def test_multipart_and_the_query_string_are_read_together(portal: RunningPortal):
    form = aiohttp.FormData()
    form.add_field("fields[TITLE]", "Из формы", content_type="text/plain")
    form.add_field("fields[NAME]", "Пётр")
    async with portal.http.post(portal.webhook() + "crm.lead.add?fields[TITLE]=Из адреса", data=form) as answer:
        key = (await answer.json())["result"]
    assert (await portal.call("crm.lead.get", {"ID": key}))["TITLE"] == "Из формы"


async def test_broken_json_is_refused(portal: RunningPortal):
    headers = {"Content-Type": "application/json"}
    async with portal.http.post(portal.webhook() + "profile", data="{", headers=headers) as answer:
        assert answer.status == 400


async def test_the_envelope(portal: RunningPortal):
    _, answer = await portal.post("crm.lead.list", {"select": ["ID"]})
    assert set(answer) == {"result", "total", "time"}
    assert set(answer["time"]) == {
        "start",
        "finish",
        "duration",
        "processing",
        "date_start",
        "date_finish",
        "operating_reset_at",
        "operating",
    }
    assert answer["time"]["date_start"] == "2026-11-02T10:00:00+03:00"
    _, answer = await portal.post("profile")
    assert set(answer) == {"result", "time"}
    status, answer = await portal.post("crm.lead.get", {"id": 999})
    assert (status, answer) == (400, {"error": "", "error_description": "Not found"})


async def _add_leads(portal: RunningPortal, number: int) -> None:
    for begin in range(0, number, 50):
        cmd = {f"c{n}": f"crm.lead.add?fields[TITLE]=N{n}" for n in range(begin, min(begin + 50, number))}
        result = await portal.call("batch", {"halt": 1, "cmd": cmd})
        assert result["result_error"] == []


async def test_pages_are_fifty_rows(portal: RunningPortal):
    await _add_leads(portal, 86)
    body = {"order": {"ID": "ASC"}, "select": ["ID"]}
    pages = [(await portal.post("crm.lead.list", body | {"start": start}))[1] for start in (0, 50, 100)]
    assert [len(page["result"]) for page in pages] == [50, 50, 20]
    assert [page.get("next") for page in pages] == [50, 100, None]
    assert {page["total"] for page in pages} == {120}


@pytest.mark.parametrize(
    ("method", "key", "rows"),
    [
        ("crm.lead.list", "ID", lambda result: result),
        ("crm.item.list", "id", lambda result: result["items"]),
        ("tasks.task.list", "ID", lambda result: result["tasks"]),
    ],
)
async def test_start_minus_one_counts_nothing_and_goes_on_by_id(portal: RunningPortal, method: str, key: str, rows):
    await _add_leads(portal, 60)
    link = {f"t{n}": f"tasks.task.add?fields[TITLE]=T{n}&fields[RESPONSIBLE_ID]=2" for n in range(50)}
    await portal.call("batch", {"cmd": link})
    last, seen = 0, []
    while True:
        body = {"entityTypeId": 1, "order": {key: "ASC"}, "filter": {f">{key}": last}, "start": -1, "select": [key]}
        status, answer = await portal.post(method, body)
        assert status == 200
        assert answer["total"] == 0
        assert "next" not in answer
        page = [int(row.get("id") or row.get("ID")) for row in rows(answer["result"])]
        seen += page
        if len(page) < 50:
            break
        last = page[-1]
    assert seen == sorted(set(seen))
    assert len(seen) == (94 if "crm" in method else 54)


async def test_the_bucket_holds_fifty_and_leaks_two_a_second(portal: RunningPortal):
    for _ in range(50):
        await portal.call("profile")
    status, answer = await portal.post("profile")
    assert (status, answer["error"]) == (503, "QUERY_LIMIT_EXCEEDED")
    portal.pass_time(seconds=1)
    assert [(await portal.post("profile"))[0] for _ in range(3)] == [200, 200, 503]
    portal.pass_time(seconds=60)
    batch = {"cmd": {f"c{n}": "profile" for n in range(50)}}
    assert [(await portal.post("batch", batch))[0] for _ in range(51)] == [200] * 50 + [503]


async def test_a_fault_down_executes_nothing(portal: RunningPortal):
    portal.faults.set({"target": "bitrix24", "mode": "down"})
    with pytest.raises(aiohttp.ClientError):
        await portal.post("crm.lead.add", {"fields": {"TITLE": "нет"}})
    portal.faults.set({"target": "bitrix24", "mode": "none"})
    assert await portal.call("crm.lead.list", {"filter": {"TITLE": "нет"}}) == []


async def test_an_ambiguous_fault_executes_and_says_nothing(portal: RunningPortal):
    portal.faults.set({"target": "bitrix24", "mode": "ambiguous", "methods": ["crm.lead.add"]})
    with pytest.raises(aiohttp.ClientError):
        await portal.post("crm.lead.add", {"fields": {"TITLE": "однажды"}})
    with pytest.raises(aiohttp.ClientError):
        await portal.post("batch", {"cmd": {"a": "crm.lead.add?fields[TITLE]=однажды", "b": "profile"}})
    assert len(await portal.call("crm.lead.list", {"filter": {"TITLE": "однажды"}})) == 2


async def test_a_fault_slow_waits_five_seconds_of_business_time(portal: RunningPortal):
    portal.faults.set({"target": "bitrix24", "mode": "slow"})
    asked = asyncio.create_task(portal.post("server.time"))
    await portal.clock.asked.wait()
    assert not asked.done()
    portal.pass_time(seconds=5)
    status, answer = await asked
    assert (status, answer["result"]) == (200, "2026-11-02T10:00:05+03:00")


async def test_a_fault_rate_limit_refuses_without_executing(portal: RunningPortal):
    portal.faults.set({"target": "bitrix24", "mode": "rate_limit", "methods": ["tasks.task.add"]})
    fields = {"TITLE": "x", "RESPONSIBLE_ID": 2}
    assert await portal.refusal("tasks.task.add", {"fields": fields}) == (503, "QUERY_LIMIT_EXCEEDED")
    cmd = {"a": "crm.lead.add?fields[TITLE]=мимо", "b": "tasks.task.add?fields[TITLE]=x&fields[RESPONSIBLE_ID]=2"}
    assert await portal.refusal("batch", {"cmd": cmd}) == (503, "QUERY_LIMIT_EXCEEDED")
    assert await portal.call("crm.lead.list", {"filter": {"TITLE": "мимо"}}) == []


async def test_a_fault_reject_concerns_one_command(portal: RunningPortal):
    portal.faults.set({"target": "bitrix24", "mode": "reject", "methods": ["tasks.task.add", "crm.item.update"]})
    cmd = {
        "a": "tasks.task.add?fields[TITLE]=x&fields[RESPONSIBLE_ID]=2",
        "b": "crm.item.update?entityTypeId=1&id=1&fields[title]=y",
        "c": "profile",
    }
    result = await portal.call("batch", {"cmd": cmd})
    assert {key: error["error"] for key, error in result["result_error"].items()} == {
        "a": "ERROR_CORE",
        "b": "CRM_FIELD_ERROR_VALUE_NOT_VALID",
    }
    assert set(result["result"]) == {"c"}
    assert await portal.refusal("tasks.task.add", {"fields": {}}) == (400, "ERROR_CORE")


async def test_a_fault_of_all_methods_meets_a_batch_once(portal: RunningPortal):
    cmd = {f"c{n}": "profile" for n in range(40)}
    portal.faults.set({"target": "bitrix24", "mode": "rate_limit", "rate": 0.1, "seed": 3})
    statuses = [(await portal.post("batch", {"cmd": cmd}))[0] for _ in range(40)]
    assert 0 < statuses.count(503) < 15
    portal.pass_time(minutes=1)
    portal.faults.set({"target": "bitrix24", "mode": "reject", "rate": 0.5, "seed": 3})
    result = await portal.call("batch", {"cmd": cmd})
    assert 10 < len(result["result_error"]) < 30
    portal.faults.set({"target": "bitrix24", "mode": "none"})
    portal.faults.set({"target": "bitrix24", "mode": "reject", "methods": ["batch"]})
    result = await portal.call("batch", {"cmd": cmd})
    assert set(result["result_error"]) == set(cmd)


async def test_the_journal_has_each_call_and_each_command(portal: RunningPortal):
    await portal.post("batch", {"cmd": {"a": "crm.lead.get?id=1", "b": "crm.lead.get?id=$result[a][ID]0"}})
    await portal.post("nope")
    assert [method for method, _ in portal.calls()] == ["crm.lead.get", "crm.lead.get", "batch", "nope"]
    assert portal.calls()[1][1] == {"id": "10"}
    row = portal.journal.list("bitrix24")[-1]
    assert row["caller"] == "1"
    assert row["result"] == {"error": "ERROR_METHOD_NOT_FOUND", "error_description": "Method not found!"}


async def test_everything_is_on_the_disk_after_the_answer(tmp_path: Path):
    data = tmp_path / "sandbox.db"
    async with running_portal(data=data) as portal:
        key = await portal.call("crm.lead.add", {"fields": {"TITLE": "Останется"}})
        before = await portal.call("crm.item.get", {"entityTypeId": 1, "id": key})
        copy = tmp_path / "copy.db"
        copy.write_bytes(data.read_bytes())
        log = Path(f"{data}-wal")
        Path(f"{copy}-wal").write_bytes(log.read_bytes())
    async with running_portal(data=copy) as portal:
        assert await portal.call("crm.item.get", {"entityTypeId": 1, "id": key}) == before
        assert await portal.call("crm.lead.add", {"fields": {"TITLE": "Дальше"}}) == key + 1
