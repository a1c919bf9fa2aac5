"""Delivery to the sandbox portal: everything arrives once and in order, whatever breaks on the way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from bot.db import tables as t
from bot.db.session import Database
from bot.engine.case import Case
from bot.services import relay_rows
from tests.integration.crm_kit import PHONE, START, Floor, floor

pytestmark = pytest.mark.above_the_store

DUE = (START + timedelta(hours=3)).isoformat()


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Floor]:
    async with floor(database) as running:
        yield running


async def settled_case(office: Floor) -> Case:
    """A case whose first task is in the portal."""
    case = await office.new_case()
    await office.settle(office.relay())
    return (await office.stored(case.id)).case


async def test_a_new_lead_gets_its_task(office: Floor) -> None:
    case = await office.new_case()
    assert await office.relay().deliver_due() >= 1
    (task,) = await office.tasks(f"L_{case.crm_id}")
    assert case.task is not None
    assert task["xmlId"] == f"dozvon:{case.task.id}"
    assert task["responsibleId"] == "2"
    assert task["status"] == "2"
    assert [tag["title"] for tag in task["tags"].values()] == ["dozvon"]
    assert (await office.rows())[-1].state == "done"


async def test_nothing_due_asks_nothing(office: Floor) -> None:
    await settled_case(office)
    assert office.requests() > 0
    assert await office.relay().deliver_due() == 0
    assert await office.relay().next_due() is None
    assert office.requests() == 0


async def test_every_kind_of_write_arrives(office: Floor) -> None:
    case = await settled_case(office)
    assert case.task is not None
    facts = {"debt": "over_1000", "messengers": ["max", "sms"], "reason": "Дорого", "next_at": DUE, "tries": 2}
    await office.queue(case, "update", {"stage": "scoring_no_answer", "fields": facts})
    await office.queue(case, "comment", {"text": "Недозвон 1 из 6"})
    await office.queue(case, "move_task", {"task": case.task.id, "due_at": DUE, "owner": 3})
    await office.queue(case, "set_owner", {"owner": 3})
    await office.queue(case, "add_phone", {"phone": "+79160000001"})
    await office.queue(case, "complete_task", {"task": case.task.id})
    await office.settle(office.relay())
    assert [row.state for row in await office.rows() if row.state != "done"] == []
    item = await office.item(1, case.crm_id or 0)
    assert (item["stageId"], item["assignedById"]) == ("NO_ANSWER", 3)
    assert office.mappers.active.facts_of("lead", item) == facts | {"next_at": "2026-11-24T10:00:00+00:00"}
    assert [entry["value"] for entry in item["fm"]] == [PHONE, "+79160000001"]
    (comment,) = await office.comments("lead", case.crm_id or 0)
    assert comment.startswith("Недозвон 1 из 6\n[dz ")
    (task,) = await office.tasks(f"L_{case.crm_id}")
    assert (task["status"], task["responsibleId"]) == ("5", "3")
    await office.queue(case, "renew_task", {"task": case.task.id})
    await office.queue(case, "update", {"stage": None, "fields": {"debt": None, "messengers": None, "tries": None}})
    await office.settle(office.relay())
    (task,) = await office.tasks(f"L_{case.crm_id}")
    assert task["status"] == "2"
    item = await office.item(1, case.crm_id or 0)
    assert set(office.mappers.active.facts_of("lead", item)) == {"reason", "next_at"}


async def test_a_number_that_is_there_already_is_not_doubled(office: Floor) -> None:
    case = await settled_case(office)
    await office.queue(case, "add_phone", {"phone": PHONE})
    await office.settle(office.relay())
    assert [entry["value"] for entry in (await office.item(1, case.crm_id or 0))["fm"]] == [PHONE]


async def test_a_lead_becomes_contact_and_deal(office: Floor) -> None:
    lead = await settled_case(office)
    deal = await office.deal_of(lead)
    await office.queue(
        deal, "add_task", {"task": f"{deal.id}-1", "title": "Обработать", "due_at": DUE, "owner": 2}, stream=lead.id
    )
    await office.settle(office.relay())
    stored = (await office.stored(deal.id)).case
    assert stored.crm_id is not None
    made = await office.item(2, stored.crm_id)
    assert (made["leadId"], made["stageId"], made["categoryId"]) == (lead.crm_id, "NEW", 0)
    contact = await office.item(3, made["contactId"])
    assert (contact["name"], contact["lastName"]) == ("Пётр", "Проверкин")
    assert [entry["value"] for entry in contact["fm"]] == [PHONE]
    converted = await office.item(1, lead.crm_id or 0)
    assert (converted["stageId"], converted["contactId"]) == ("CONVERTED", made["contactId"])
    assert len(await office.tasks(f"D_{stored.crm_id}")) == 1


async def test_a_known_contact_is_used(office: Floor) -> None:
    fields = {"name": "Пётр", "fm": [{"typeId": "PHONE", "valueType": "WORK", "value": "8 916 123-45-67"}]}
    known = await office.portal("crm.item.add", {"entityTypeId": 3, "fields": fields}, write=True)
    lead = await settled_case(office)
    deal = await office.deal_of(lead)
    await office.settle(office.relay())
    made = await office.item(2, (await office.stored(deal.id)).case.crm_id or 0)
    assert made["contactId"] == known["item"]["id"]


async def test_a_deals_number_goes_to_its_contact(office: Floor) -> None:
    lead = await settled_case(office)
    deal = await office.deal_of(lead)
    await office.queue(deal, "add_phone", {"phone": "+79160000001"}, stream=lead.id)
    await office.settle(office.relay())
    made = await office.item(2, (await office.stored(deal.id)).case.crm_id or 0)
    contact = await office.item(3, made["contactId"])
    assert [entry["value"] for entry in contact["fm"]] == [PHONE, "+79160000001"]


async def everything(office: Floor) -> tuple[Case, Case]:
    """A lead with every kind of write in its queue, up to the deal's first task and comment."""
    case = await settled_case(office)
    assert case.task is not None
    await office.queue(case, "update", {"stage": "scoring_follow_up", "fields": {"debt": "over_1000"}})
    await office.queue(case, "comment", {"text": "Ответы"})
    await office.queue(case, "add_phone", {"phone": "+79160000001"})
    await office.queue(case, "complete_task", {"task": case.task.id})
    deal = await office.deal_of(case)
    task = {"task": f"{deal.id}-1", "title": "Обработать сделку", "due_at": DUE, "owner": 2}
    await office.queue(deal, "add_task", task, stream=case.id)
    await office.queue(deal, "comment", {"text": "Сделка"}, stream=case.id)
    return case, deal


async def check_everything(office: Floor, case: Case, deal: Case) -> None:
    assert [(row.op, row.state, row.error) for row in await office.rows() if row.state != "done"] == []
    assert office.parked == []
    lead = await office.item(1, case.crm_id or 0)
    assert lead["stageId"] == "CONVERTED"
    assert [entry["value"] for entry in lead["fm"]] == [PHONE, "+79160000001"]
    assert len(await office.comments("lead", case.crm_id or 0)) == 1
    assert [task["status"] for task in await office.tasks(f"L_{case.crm_id}")] == ["5"]
    (made,) = await office.items(2, leadId=case.crm_id)
    assert made["id"] == (await office.stored(deal.id)).case.crm_id
    assert len(await office.items(3, leadId=case.crm_id)) == 1
    assert len(await office.tasks(f"D_{made['id']}")) == 1
    assert len(await office.comments("deal", made["id"])) == 1


WRITES = ["crm.item.add", "crm.item.update", "tasks.task.add", "tasks.task.complete", "crm.timeline.comment.add"]


@pytest.mark.parametrize("seed", range(4))
async def test_lost_answers_double_nothing(office: Floor, seed: int) -> None:
    case, deal = await everything(office)
    lost = {"target": "bitrix24", "mode": "ambiguous", "methods": WRITES, "rate": 0.6, "seed": seed}
    office.faults.set(lost)
    await office.settle(office.relay())
    office.fault("none")
    assert len([row for row in office.journal.list("bitrix24") if "answer_lost" in str(row["result"])]) >= 3
    await check_everything(office, case, deal)


@pytest.mark.parametrize("op", ["comment", "add_task", "contact", "deal"])
async def test_each_create_is_looked_up_when_its_answer_was_lost(office: Floor, op: str) -> None:
    case, deal = await everything(office)
    relay = office.relay()
    while (head := await head_of(office)) != op or (op in ("comment", "add_task") and not await is_deals(office, deal)):
        ends = await relay._round(await claim_one(office))
        await relay_rows.write_down(office.database, ends, office.clock.now())
        assert head is not None
    office.fault("ambiguous", *WRITES)
    assert await relay.deliver_due() == 0
    office.fault("none")
    assert await head_of(office) == op
    await office.settle(relay)
    await check_everything(office, case, deal)


async def head_of(office: Floor) -> str | None:
    """What the only queue waits for."""
    return next((row.op for row in await office.rows() if row.state == "pending"), None)


async def is_deals(office: Floor, deal: Case) -> bool:
    """Whether the head of the only queue is about the deal."""
    return bool(next(row.case_id for row in await office.rows() if row.state == "pending") == deal.id)


class Killed(BaseException):
    """The process ended here."""


@pytest.mark.parametrize("nth", range(1, 10))
async def test_killed_between_answer_and_commit(office: Floor, monkeypatch: pytest.MonkeyPatch, nth: int) -> None:
    case, deal = await everything(office)
    real, calls = relay_rows.write_down, 0

    async def dies_once(*args: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == nth:
            raise Killed
        await real(*args)

    monkeypatch.setattr("bot.services.relay.write_down", dies_once)
    try:
        await office.settle(office.relay())
    except Killed:
        await office.settle(office.relay())
    assert calls >= nth
    await check_everything(office, case, deal)


@pytest.mark.slow
async def test_three_hours_without_the_crm(office: Floor) -> None:
    cases = [await office.new_case(phone=f"+7916000{number:04}") for number in range(20)]
    await office.settle(office.relay())
    office.fault("down")
    for number, case in enumerate(cases):
        assert case.task is not None
        await office.queue(case, "update", {"stage": "scoring_no_answer", "fields": {"tries": number}})
        await office.queue(case, "comment", {"text": f"Недозвон {number}"})
        await office.queue(case, "complete_task", {"task": case.task.id})
        task = {"task": f"{case.id}-2", "title": "Попытка", "due_at": DUE, "owner": 2}
        await office.queue(case, "add_task", task)
    relay, until = office.relay(), office.clock.now() + timedelta(hours=3)
    tries, pauses = 0, []
    office.requests()
    while (moment := await relay.next_due()) is not None and moment < until:
        pauses.append(moment - office.clock.now())
        office.clock.move_to(moment)
        assert await relay.deliver_due() == 0
        tries += 1
    assert max(pauses) <= timedelta(minutes=1)
    assert pauses[1] < pauses[2] < pauses[3]
    assert tries < 3 * 60 * 1.5
    assert office.requests() <= 2 * tries, "the client repeats a broken read once, the relay nothing"
    office.fault("none")
    office.clock.move_to(until)
    assert await office.settle(relay) == 80
    for number, case in enumerate(cases):
        item = await office.item(1, case.crm_id or 0)
        assert (item["stageId"], item["UF_CRM_DZ_TRIES"]) == ("NO_ANSWER", number)
        assert len(await office.comments("lead", case.crm_id or 0)) == 1
        assert [task["status"] for task in await office.tasks(f"L_{case.crm_id}")] == ["5", "2"]


async def test_each_queue_keeps_its_order(office: Floor) -> None:
    cases = [await settled_case(office) for _ in range(3)]
    for word in "абвгд":
        for case in cases:
            await office.queue(case, "comment", {"text": word})
    office.fault("ambiguous", "crm.timeline.comment.add")
    relay = office.relay()
    await relay.deliver_due()
    office.fault("none")
    await office.settle(relay)
    for case in cases:
        comments = await office.comments("lead", case.crm_id or 0)
        assert [text[0] for text in comments] == list("абвгд")


async def test_a_refused_write_is_parked_and_the_rest_goes_on(office: Floor) -> None:
    case = await settled_case(office)
    office.fault("reject", "crm.item.update")
    await office.queue(case, "update", {"stage": "scoring_no_answer", "fields": {}})
    await office.queue(case, "comment", {"text": "Недозвон"})
    await office.settle(office.relay())
    assert [row.state for row in await office.rows()][-2:] == ["parked", "done"]
    ((case_id, text),) = office.parked
    assert case_id == case.id
    assert text.startswith("Битрикс24 не принял запрос")


async def retry(office: Floor) -> None:
    """What an admin's [Повторить] does."""
    async with office.database.write() as connection:
        values: Mapping[str, Any] = {"state": "pending", "next_try": office.clock.now(), "done_at": None}
        await connection.execute(update(t.outbox).where(t.outbox.c.state == "parked").values(values))


@pytest.mark.parametrize("nth", [0, 1])
async def test_a_refused_deal_keeps_what_depends_on_it_waiting(office: Floor, nth: int) -> None:
    lead = await settled_case(office)
    deal = await office.deal_of(lead)
    await office.queue(deal, "comment", {"text": "Сделка"}, stream=lead.id)
    relay = office.relay()
    if nth:
        await relay_rows.write_down(office.database, await relay._round(await claim_one(office)), office.clock.now())
    office.fault("reject", "crm.item.add")
    await office.settle(relay, within=timedelta(minutes=1))
    office.fault("none")
    assert [row.state for row in await office.rows()][-4:].count("parked") == 1
    assert (await office.item(1, lead.crm_id or 0))["stageId"] == "NEW"
    await retry(office)
    await office.settle(relay)
    made = (await office.stored(deal.id)).case.crm_id
    assert made is not None
    assert len(await office.comments("deal", made)) == 1
    assert (await office.item(1, lead.crm_id or 0))["stageId"] == "CONVERTED"


async def claim_one(office: Floor) -> Any:
    """The head of the only queue."""
    return await relay_rows.claim(office.database, office.clock.now(), 1)


async def test_completing_what_is_completed_or_deleted_is_done(office: Floor) -> None:
    first, second = await settled_case(office), await settled_case(office)
    (done,), (gone,) = await office.tasks(f"L_{first.crm_id}"), await office.tasks(f"L_{second.crm_id}")
    await office.portal("tasks.task.complete", {"taskId": done["id"]}, write=True)
    await office.portal("tasks.task.delete", {"taskId": gone["id"]}, write=True)
    for case in (first, second):
        assert case.task is not None
        await office.queue(case, "complete_task", {"task": case.task.id})
    await office.queue(second, "move_task", {"task": second.task.id if second.task else "", "due_at": DUE})
    await office.settle(office.relay())
    assert {row.state for row in await office.rows()} == {"done"}
    assert office.parked == []


async def test_a_dead_webhook_waits_a_minute_and_is_told_once(office: Floor, caplog: pytest.LogCaptureFixture) -> None:
    case = await settled_case(office)
    stranger = type(office.client)(f"{office.client.origin.rstrip('/')}/rest/1/wrong/", office.clock)
    office.client, good = stranger, office.client
    relay = office.relay()
    await office.queue(case, "comment", {"text": "Недозвон"})
    for _ in range(3):
        assert await relay.deliver_due() == 0
        assert await relay.next_due() == office.clock.now() + timedelta(minutes=1)
        office.clock.move_to(office.clock.now() + timedelta(minutes=1))
    assert len([record for record in caplog.records if "turns us away" in record.message]) == 1
    await stranger.aclose()
    office.client = good
    await office.settle(office.relay())
    assert len(await office.comments("lead", case.crm_id or 0)) == 1


async def test_a_task_replaced_within_one_transaction_is_completed_all_the_same(office: Floor) -> None:
    case = await settled_case(office)
    task = {"task": f"{case.id}-77", "title": "Мимолётная", "due_at": DUE, "owner": 2}
    await office.queue(case, "add_task", task)
    await office.queue(case, "complete_task", {"task": f"{case.id}-77"})
    await office.settle(office.relay())
    assert [task["status"] for task in await office.tasks(f"L_{case.crm_id}")] == ["2", "5"]
