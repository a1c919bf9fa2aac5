"""Files on their way to the portal: appended once whatever breaks, and told of when they cannot be brought."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.db import outbox as db_outbox
from bot.db.session import Database
from bot.engine.case import Case
from bot.services import relay_rows
from tests.integration.crm_kit import Floor, floor

pytestmark = pytest.mark.above_the_store

FIELD, NAME = "contract_file", "UF_CRM_DZ_FILE"
PDF = b"%PDF-1.7 contract"


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Floor]:
    async with floor(database) as running:
        yield running


async def deal(office: Floor) -> Case:
    """A deal that is in the portal."""
    lead = await office.new_case()
    made = await office.deal_of(lead)
    await office.settle(office.relay())
    return (await office.stored(made.id)).case


async def file(office: Floor, case: Case, number: int = 1, data: bytes = PDF, **more: Any) -> None:
    """A file of the manager's in the queue."""
    office.sent[f"F{number}"] = data
    body = {"field": FIELD, "id": f"U{number}", "file": f"F{number}", "name": "Договор.pdf"}
    await office.queue(case, "add_file", body | more, stream=case.parent)


async def held(office: Floor, case: Case) -> list[int]:
    assert case.crm_id is not None
    return [entry["id"] for entry in (await office.item(2, case.crm_id))[NAME]]


async def test_a_file_stands_beside_those_that_people_have_put_there(office: Floor) -> None:
    case = await deal(office)
    assert case.crm_id is not None
    await office.move(2, case.crm_id, **{NAME: [["Скан.pdf", "JVBERi0xLjQ="]]})
    (old,) = await held(office, case)
    await file(office, case, 1)
    await file(office, case, 2, PDF + b"2")
    await office.settle(office.relay())
    found = await held(office, case)
    assert found[0] == old
    assert len(found) == 3
    facts = (await office.stored(case.id)).case.facts[FIELD]
    assert facts == [{"crm": number} for number in found]


async def test_an_upload_whose_answer_was_lost_is_found_and_not_repeated(office: Floor) -> None:
    case = await deal(office)
    await file(office, case)
    office.fault("ambiguous", "crm.item.update")
    await office.relay().deliver_due()
    assert (await office.rows())[-1].state == "pending"
    office.fault("none")
    await office.settle(office.relay())
    assert len(await held(office, case)) == 1
    assert (await office.rows())[-1].state == "done"


async def test_another_file_that_came_meanwhile_is_not_taken_for_ours(office: Floor) -> None:
    case = await deal(office)
    assert case.crm_id is not None
    await file(office, case)
    office.fault("down", "crm.item.update")
    await office.relay().deliver_due()
    office.fault("none")
    await office.move(2, case.crm_id, **{NAME: [["Скан.pdf", "JVBERi0xLjQ="]]})
    await office.settle(office.relay())
    assert len(await held(office, case)) == 2


async def test_a_file_put_there_by_hand_while_ours_is_looked_for_is_not_overwritten(
    office: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lost answer makes us read files before the next try, which takes its time; the field is read once more."""
    case = await deal(office)
    crm_id = case.crm_id
    assert crm_id is not None
    await office.move(2, crm_id, **{NAME: [["Скан.pdf", "JVBERi0xLjQ="]]})
    await file(office, case)
    remember, by_hand = db_outbox.remember, [["Второй скан.pdf", "JVBERi0xLjQyMg=="]]

    async def meanwhile(*told: Any) -> None:
        await remember(*told)
        if by_hand:
            kept = [{"id": number} for number in await held(office, case)]
            await office.move(2, crm_id, **{NAME: [*kept, by_hand.pop()]})

    monkeypatch.setattr(db_outbox, "remember", meanwhile)
    await office.settle(office.relay())
    assert len(await held(office, case)) == 3


async def test_killed_after_the_portal_took_it(office: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    case = await deal(office)
    await file(office, case)

    async def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr("bot.services.relay.write_down", killed)
        with pytest.raises(KeyboardInterrupt):
            await office.relay().deliver_due()
    await office.settle(office.relay())
    assert len(await held(office, case)) == 1
    assert relay_rows.MADE not in (await office.rows())[-1].body


@pytest.mark.parametrize(
    ("data", "words"),
    [(None, "Telegram больше не отдаёт"), (b"<html>", "не открывается"), (b"", "пустой")],
)
async def test_what_cannot_be_brought_is_parked_and_missing_again(
    office: Floor, data: bytes | None, words: str
) -> None:
    case = await deal(office)
    await file(office, case)
    if data is None:
        office.sent.clear()
    else:
        office.sent["F1"] = data
    await office.settle(office.relay())
    assert (await office.rows())[-1].state == "parked"
    ((parked, said),) = office.parked
    assert parked == case.id
    assert words in said
    assert "FileRefused" in await office.journal_of(case.id)
    assert await held(office, case) == []


async def test_a_portal_without_the_field_says_so(office: Floor) -> None:
    case = await deal(office)
    await file(office, case, field="meeting_place")
    await office.settle(office.relay())
    ((_, said),) = office.parked
    assert "нет поля" in said


async def test_other_clients_writes_do_not_wait_for_a_file_that_cannot_be_fetched(office: Floor) -> None:
    case, other = await deal(office), await office.new_case(phone="+79161234568")
    await file(office, case)
    office.away = True
    await office.relay().deliver_due()
    assert len(await office.tasks(f"L_{other.crm_id}")) == 1
    assert await held(office, case) == []
    office.away = False
    await office.settle(office.relay())
    assert len(await held(office, case)) == 1
