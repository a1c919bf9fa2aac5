"""The client against the sandbox portal over real HTTP: two programs written apart from the same reference."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.clock import BusinessClock
from bot.crm.client import CrmClient
from bot.crm.commands import Command, Result
from bot.crm.encode import as_dict, as_list, parse_datetime
from bot.crm.errors import (
    CrmAmbiguous,
    CrmForbidden,
    CrmNotFound,
    CrmPaced,
    CrmRejected,
    CrmSkipped,
    CrmUnavailable,
)
from bot.crm.pace import Bucket
from bot.crm.provision import Wanted, WantedField, WantedStatus, apply, plan, read
from bot.sandbox.faults import Faults
from bot.sandbox.journal import Journal
from bot.sandbox.portal.portal import Portal
from bot.sandbox.portal.seed import load_seed
from bot.sandbox.store import Store

START = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
LEAD = {"entityTypeId": 1, "fields": {"title": "Заявка «А & Б» + 1%", "stageId": "NEW"}}


@dataclass
class Office:
    """A portal with its server, and clients to it."""

    address: str
    clock: BusinessClock
    faults: Faults
    client: CrmClient

    def connect(self, user: int = 1, code: str = "sandbox", bucket: Bucket | None = None) -> CrmClient:
        return CrmClient(f"{self.address}/rest/{user}/{code}/", self.clock, bucket=bucket)

    def fault(self, mode: str, *methods: str) -> None:
        self.faults.set({"target": "bitrix24", "mode": "none"})
        self.faults.set({"target": "bitrix24", "mode": mode, **({"methods": list(methods)} if methods else {})})


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    clock = BusinessClock(START, running=False)
    store, faults = Store(None), Faults()
    app = web.Application()
    server = TestServer(app)
    portal = Portal(
        store,
        clock,
        faults=faults,
        journal=Journal(store),
        seed=load_seed("bare", START),
        base_url=lambda: str(server.make_url("/")),
    )
    app.add_routes(portal.routes())
    await server.start_server()
    address = str(server.make_url("/")).rstrip("/")
    office = Office(address, clock, faults, CrmClient(f"{address}/rest/1/sandbox/", clock))
    yield office
    await office.client.aclose()
    await server.close()
    store.close()


async def add_lead(client: CrmClient) -> int:
    answer = await client.call("crm.item.add", LEAD, write=True)
    return int(answer["item"]["id"])


async def lead_ids(client: CrmClient) -> list[int]:
    return [row["id"] async for row in client.iterate("crm.item.list", {"entityTypeId": 1, "select": ["id"]})]


async def test_the_webhook_tells_its_owner(office: Office) -> None:
    owner = await office.client.probe()
    assert (owner.user_id, owner.admin) == (1, True)


async def test_a_wrong_code_is_turned_away(office: Office) -> None:
    stranger = office.connect(code="wrong")
    with pytest.raises(CrmForbidden) as caught:
        await stranger.probe()
    assert caught.value.code == "INVALID_CREDENTIALS"
    outcomes = await stranger.batch({"a": Command("profile")})
    assert isinstance(outcomes["a"], CrmForbidden)
    await stranger.aclose()


async def test_text_survives_a_call_and_a_batch_alike(office: Office) -> None:
    title = LEAD["fields"]["title"]  # type: ignore[index]
    lead_id = await add_lead(office.client)
    outcomes = await office.client.batch(
        {
            "made": Command("crm.item.add", LEAD, write=True),
            "again": Command("crm.item.get", {"entityTypeId": 1, "id": "$result[made][item][id]"}),
            "first": Command("crm.item.get", {"entityTypeId": 1, "id": lead_id}),
        }
    )
    for key in ("made", "again", "first"):
        outcome = outcomes[key]
        assert isinstance(outcome, Result), outcome
        assert outcome.value["item"]["title"] == title


async def test_errors_of_the_portal_are_sorted(office: Office) -> None:
    client = office.client
    with pytest.raises(CrmNotFound):
        await client.call("crm.item.get", {"entityTypeId": 1, "id": 999_999})
    with pytest.raises(CrmRejected):
        await client.call("crm.item.list", {"entityTypeId": 1, "filter": {"noSuchField": 1}})
    with pytest.raises(CrmRejected) as caught:
        await client.call("no.such.method")
    assert caught.value.code == "ERROR_METHOD_NOT_FOUND"
    assert as_dict(await client.call("tasks.task.get", {"taskId": 999_999})) == {}


async def test_a_batch_tells_each_failure_apart(office: Office) -> None:
    outcomes = await office.client.batch(
        {
            "gone": Command("crm.item.get", {"entityTypeId": 1, "id": 999_999}),
            "made": Command("crm.item.add", LEAD, write=True),
            "nope": Command("no.such.method"),
        }
    )
    assert isinstance(outcomes["gone"], CrmNotFound)
    assert isinstance(outcomes["made"], Result)
    assert isinstance(outcomes["nope"], CrmRejected)


async def test_a_halting_batch_stops(office: Office) -> None:
    before = len(await lead_ids(office.client))
    outcomes = await office.client.batch(
        {
            "bad": Command("crm.item.update", {"entityTypeId": 1, "id": 999_999, "fields": {"title": "x"}}, write=True),
            "after": Command("crm.item.add", LEAD, write=True),
        },
        halt=True,
    )
    assert isinstance(outcomes["bad"], CrmRejected)
    assert isinstance(outcomes["after"], CrmSkipped)
    assert len(await lead_ids(office.client)) == before


async def test_a_hundred_and_twenty_writes_are_read_back_whole(office: Office) -> None:
    before = set(await lead_ids(office.client))
    outcomes = await office.client.batch({f"k{n}": Command("crm.item.add", LEAD, write=True) for n in range(120)})
    made = {outcome.value["item"]["id"] for outcome in outcomes.values() if isinstance(outcome, Result)}
    assert len(made) == 120
    assert set(await lead_ids(office.client)) == before | made
    classic = [int(row["ID"]) async for row in office.client.iterate("crm.lead.list", {"select": ["ID", "TITLE"]})]
    assert sorted(classic) == sorted(before | made)


async def test_tasks_are_read_by_windows_in_their_own_spelling(office: Office) -> None:
    lead_id = await add_lead(office.client)
    fields = {"TITLE": "Позвонить", "RESPONSIBLE_ID": 1, "UF_CRM_TASK": [f"L_{lead_id}"], "DEADLINE": START}
    outcomes = await office.client.batch(
        {f"k{n}": Command("tasks.task.add", {"fields": fields}, write=True) for n in range(60)}
    )
    assert all(isinstance(outcome, Result) for outcome in outcomes.values()), outcomes
    asked = {"filter": {"UF_CRM_TASK": f"L_{lead_id}"}, "select": ["ID", "DEADLINE", "UF_CRM_TASK"]}
    rows = [row async for row in office.client.iterate("tasks.task.list", asked)]
    assert len({row["id"] for row in rows}) == len(rows) == 60
    assert {parse_datetime(row["deadline"]) for row in rows} == {START}
    assert as_list(rows[0]["ufCrmTask"]) == [f"L_{lead_id}"]


async def test_the_portals_bucket_is_never_overrun(office: Office) -> None:
    codes = []
    for _ in range(150):
        try:
            await office.client.call("profile")
        except CrmPaced as paced:
            codes.append(paced.code)
            office.clock.move_to(paced.retry_at)
    assert len(codes) >= 50
    assert set(codes) == {"PACED"}


async def test_a_bucket_that_others_filled_is_learned(office: Office) -> None:
    greedy = office.connect(bucket=Bucket(capacity=1_000, reserve=0))
    with pytest.raises(CrmPaced) as caught:
        for _ in range(60):
            await greedy.call("profile")
    assert caught.value.code == "QUERY_LIMIT_EXCEEDED"
    office.clock.move_to(caught.value.retry_at)
    assert (await greedy.probe()).user_id == 1
    await greedy.aclose()


async def test_faults_of_the_wire(office: Office) -> None:
    before = len(await lead_ids(office.client))
    office.fault("down")
    with pytest.raises(CrmUnavailable):
        await office.client.probe()
    office.fault("ambiguous")
    with pytest.raises(CrmAmbiguous):
        await add_lead(office.client)
    outcomes = await office.client.batch({"a": Command("crm.item.add", LEAD, write=True)})
    assert isinstance(outcomes["a"], CrmAmbiguous)
    office.fault("reject", "crm.item.add")
    with pytest.raises(CrmRejected):
        await add_lead(office.client)
    outcomes = await office.client.batch({"a": Command("crm.item.add", LEAD, write=True), "p": Command("profile")})
    assert isinstance(outcomes["a"], CrmRejected)
    assert isinstance(outcomes["p"], Result)
    office.fault("rate_limit")
    with pytest.raises(CrmPaced):
        await add_lead(office.client)
    office.fault("none")
    office.clock.move_to(office.clock.now() + timedelta(minutes=1))
    assert len(await lead_ids(office.client)) == before + 2


async def test_what_the_portal_lacks_is_made_once(office: Office) -> None:
    wishes: list[Wanted] = [
        WantedStatus("STATUS", "NEW", "Новый"),
        WantedStatus("STATUS", "DZ_EXTRA", "Ещё одна"),
        WantedStatus("STATUS", "DZ_LOST", "Ещё отказ", "F"),
        WantedStatus("SOURCE", "DZ_SRC", "Новый источник"),
        WantedField("lead", "UF_CRM_DZ_TEST", "enumeration", True, "Проба", (("a", "А"), ("b", "Б"))),
        WantedField("deal", "UF_CRM_DZ_TEXT", "string", False, "Текст"),
    ]
    for _ in range(2):
        changes = plan(await read(office.client, wishes), wishes)
        assert await apply(office.client, changes) == []
    assert plan(await read(office.client, wishes), wishes) == []
    items = (("a", "А"), ("b", "Б"), ("c", "В"))
    more: list[Wanted] = [WantedField("lead", "UF_CRM_DZ_TEST", "enumeration", True, "Проба", items)]
    for _ in range(2):
        assert await apply(office.client, plan(await read(office.client, more), more)) == []
    current = await read(office.client, more)
    assert [item.xml_id for item in current.fields["lead", "UF_CRM_DZ_TEST"].items] == ["a", "b", "c"]
