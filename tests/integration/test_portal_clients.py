"""Two clients that know nothing of us: fast-bitrix24 as it is, b24pysdk with one address patched."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import aiohttp
import pytest
from b24pysdk import BitrixWebhook, Client
from b24pysdk.api.callers.call_method import _MethodCaller
from b24pysdk.errors import BitrixAPIError
from fast_bitrix24 import BitrixAsync
from fast_bitrix24.server_response import ErrorInServerResponseException

from tests.integration.portal_server import RunningPortal, running_portal


@pytest.fixture
async def portal():
    async with running_portal() as running:
        cmd = {f"c{n}": f"crm.lead.add?fields[TITLE]=N{n}" for n in range(50)}
        for _ in range(2):
            await running.call("batch", {"cmd": cmd})
        yield running


@pytest.fixture
async def fast(portal: RunningPortal):
    async with aiohttp.ClientSession() as session:
        yield BitrixAsync(portal.webhook(), verbose=False, client=session)


@pytest.fixture
def official(portal: RunningPortal, monkeypatch: pytest.MonkeyPatch) -> BitrixWebhook:
    monkeypatch.setattr(_MethodCaller, "_base_url", property(lambda caller: f"http://{caller._domain}/rest"))
    return BitrixWebhook(domain=portal.url.removeprefix("http://"), webhook_token="1/sandbox")


async def _apart(work: Callable[[], object]):
    """Run a client that blocks beside the portal's loop."""
    return await asyncio.to_thread(work)


async def test_fast_reads_all_pages(portal: RunningPortal, fast: BitrixAsync):
    rows = await fast.get_all("crm.lead.list", {"select": ["ID", "TITLE"], "filter": {"!STATUS_ID": "JUNK"}})
    _, whole = await portal.post("crm.lead.list", {"filter": {"!STATUS_ID": "JUNK"}, "start": 50})
    assert len({row["ID"] for row in rows}) == len(rows) == whole["total"] > 100


async def test_fast_reads_items_and_tasks(portal: RunningPortal, fast: BitrixAsync):
    items = await fast.get_all("crm.item.list", {"entityTypeId": 1})
    assert {item["id"] for item in items} == set(range(1, 135))
    tasks = await fast.get_all("tasks.task.list", {"select": ["ID", "STATUS"]})
    assert {task["id"] for task in tasks} == {"1", "2", "3", "4"}


async def test_fast_gets_by_ids(fast: BitrixAsync):
    rows = await fast.get_by_ID("crm.lead.get", [1, 2])
    assert {key: row["ID"] for key, row in rows.items()} == {"1": "1", "2": "2"}


async def test_fast_adds(portal: RunningPortal, fast: BitrixAsync):
    fields = {"TITLE": "Иван & Co", "PHONE": [{"VALUE": "+7 900 0000001", "VALUE_TYPE": "WORK"}], "OPENED": True}
    key = await fast.call("crm.lead.add", {"fields": fields})
    lead = await portal.call("crm.lead.get", {"id": key})
    assert (lead["TITLE"], lead["OPENED"], lead["PHONE"][0]["VALUE"]) == ("Иван & Co", "Y", "+7 900 0000001")


async def test_fast_batches_with_references(fast: BitrixAsync):
    cmd = {"a": "crm.lead.list?filter[>ID]=5&select[]=ID", "b": "crm.lead.get?ID=$result[a][0][ID]"}
    answer = await fast.call_batch({"halt": 0, "cmd": cmd})
    assert answer["b"]["ID"] == answer["a"][0]["ID"] == "6"


async def test_fast_names_the_failed_command(fast: BitrixAsync):
    with pytest.raises(ErrorInServerResponseException) as failed:
        await fast.call("crm.lead.get", {"ID": 9999})
    assert "Not found" in str(failed.value)


async def test_official_probes(official: BitrixWebhook):
    answer = await _apart(lambda: official.call_method("profile"))
    assert answer["result"]["ADMIN"] is True


async def test_official_typed_wrapper(official: BitrixWebhook):
    client = Client(official)
    leads = await _apart(lambda: client.crm.lead.list(select=["ID"], filter={">ID": 0}).response.result)
    assert len(leads) == 50


async def test_official_reads_all_pages_both_ways(official: BitrixWebhook):
    params = {"select": ["ID"], "filter": {">ID": 10}}
    slow = await _apart(lambda: official.call_list("crm.lead.list", params | {"order": {"ID": "ASC"}})["result"])
    quick = await _apart(lambda: list(official.call_list_fast("crm.lead.list", params)["result"]))
    assert [row["ID"] for row in slow] == [row["ID"] for row in quick] == [str(key) for key in range(11, 135)]


async def test_official_adds_and_updates(portal: RunningPortal, official: BitrixWebhook):
    fields = {"title": "x", "creatorId": 1}
    added = await _apart(lambda: official.call_method("crm.item.add", {"entityTypeId": 2, "fields": fields}))
    key = added["result"]["item"]["id"]
    body = {"entityTypeId": 2, "id": key, "fields": {"stageId": "WON"}}
    changed = await _apart(lambda: official.call_method("crm.item.update", body))
    assert changed["result"]["item"]["closed"] == "Y"
    task = {"fields": {"TITLE": "x", "RESPONSIBLE_ID": 2, "UF_CRM_TASK": [f"D_{key}"]}}
    await _apart(lambda: official.call_method("tasks.task.add", task))
    found = await portal.call("tasks.task.list", {"filter": {"UF_CRM_TASK": f"D_{key}"}})
    assert len(found["tasks"]) == 1


async def test_official_batches(portal: RunningPortal, official: BitrixWebhook):
    methods = {
        "a": ("crm.lead.list", {"filter": {">ID": 5}, "select": ["ID"]}),
        "b": ("nope.method", {}),
        "c": ("crm.lead.get", {"ID": "$result[a][0][ID]"}),
        "d": ("crm.lead.add", {"fields": {"TITLE": "Иван & Co", "OPENED": True, "X": None, "E": []}}),
    }
    result = (await _apart(lambda: official.call_batch(methods)))["result"]
    assert result["result"]["c"]["ID"] == "6"
    assert result["result_error"]["b"]["error"] == "ERROR_METHOD_NOT_FOUND"
    lead = await portal.call("crm.lead.get", {"id": result["result"]["d"]})
    assert (lead["TITLE"], lead["OPENED"]) == ("Иван & Co", "Y")
    listed = (await _apart(lambda: official.call_batch([("profile", {}), ("profile", {})])))["result"]
    assert [row["ID"] for row in listed["result"]] == ["1", "1"]


async def test_official_knows_our_refusals(portal: RunningPortal, official: BitrixWebhook):
    refusals: list[tuple[str, dict[str, object], str]] = [
        ("nope", {}, "ERROR_METHOD_NOT_FOUND"),
        ("crm.item.get", {"entityTypeId": 1, "id": 9999}, "NOT_FOUND"),
        ("tasks.task.complete", {"taskId": 9999}, "0"),
    ]
    for method, params, code in refusals:
        with pytest.raises(BitrixAPIError) as refused:
            await _apart(partial(official.call_method, method, params))
        assert refused.value.error == code
    stranger = BitrixWebhook(domain=portal.url.removeprefix("http://"), webhook_token="1/wrong")
    with pytest.raises(BitrixAPIError) as refused:
        await _apart(lambda: stranger.call_method("profile"))
    assert refused.value.error == "INVALID_CREDENTIALS"
