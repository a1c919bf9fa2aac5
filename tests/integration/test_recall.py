"""The past is read in few requests, from whom it may concern, and again where the portal did not give it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.db import cases as db_cases
from bot.db import pasts as db_pasts
from bot.db.pasts import Kept
from bot.db.people import Register
from bot.db.session import Database
from bot.engine.case import Case
from bot.services.names import Names
from bot.services.people import PeopleService
from bot.services.recall import Recall
from tests.integration.crm_kit import PHONE, Floor, floor

pytestmark = pytest.mark.above_the_store


@pytest.fixture
async def kit(database: Database) -> AsyncIterator[Floor]:
    async with floor(database) as opened:
        yield opened


def recall_of(kit: Floor) -> Recall:
    people = PeopleService(kit.database, kit.clock, frozenset(), Register("none"))
    return Recall(kit.database, kit.clock, kit.client, kit.apply, people, kit.mappers, Names(kit.client))


async def kept(kit: Floor, case: Case) -> Kept:
    async with kit.database.read() as connection:
        return (await db_pasts.of_cases(connection, [case.id]))[case.id]


async def due(kit: Floor) -> timedelta | None:
    async with kit.database.read() as connection:
        moment = await db_pasts.next_due(connection)
    return moment - kit.clock.now() if moment is not None else None


async def _comment(kit: Floor, entity: str, crm_id: int, text: str) -> None:
    fields = {"ENTITY_ID": crm_id, "ENTITY_TYPE": entity, "COMMENT": text}
    await kit.portal("crm.timeline.comment.add", {"fields": fields}, write=True)


async def test_a_sold_deal_tells_its_lead_and_names_of_strangers(kit: Floor) -> None:
    """Two requests and one for the names; a deal stands for its lead, whose lines are the deal's; no lines of ours."""
    old = await kit.new_lead(stageId="CONVERTED", phone="8 916 123-45-67")
    contact = {"name": "Пётр", "fm": [{"typeId": "PHONE", "valueType": "WORK", "value": PHONE}]}
    params = {"entityTypeId": 3, "fields": contact}
    contact_id = (await kit.portal("crm.item.add", params, write=True))["item"]["id"]
    fields = {"title": "Сделка", "stageId": "WON", "contactId": contact_id, "leadId": old, "assignedById": 6}
    deal = (await kit.portal("crm.item.add", {"entityTypeId": 2, "fields": fields}, write=True))["item"]["id"]
    await _comment(kit, "lead", old, "Хочет списать всё")
    await _comment(kit, "deal", deal, "<p>Оплатил</p><b>сразу</b>")
    await _comment(kit, "deal", deal, "Дозвонился\n[dz 4-1]")
    stranger = await kit.new_lead(phone="+79160000001", stageId="SPAM")
    case = await kit.new_case()
    recall = recall_of(kit)
    kit.requests()
    assert await recall.read_due() == 1
    rows = kit.journal.list("bitrix24", 0)
    assert sum(row["method"] == "batch" for row in rows[-kit.requests() :]) == 3
    past = (await kept(kit, case)).past
    assert [(one.about, one.stage, one.closed) for one in past.records] == [
        (("deal", deal), "Договор активирован", True)
    ]
    assert {(note.about, note.text) for note in past.notes} == {
        (("deal", deal), "Хочет списать всё"),
        (("deal", deal), "Оплатил сразу"),
    }
    assert past.names == {1: "Алла Админова", 6: "Юлия Право"}
    assert stranger not in {one.crm_id for one in past.records}
    async with kit.database.read() as connection:
        (stored,) = (await db_cases.load(connection, [case.id])).values()
    assert stored.case.repeat is not None
    assert stored.case.repeat.startswith("Был")
    assert "«Договор активирован» · отв. Юлия П." in stored.case.repeat
    assert await recall.read_due() == 0
    assert await due(kit) is None


async def test_what_the_portal_did_not_give_is_asked_for_again(kit: Floor) -> None:
    """Down: ever rarer, without end. A refusal: a few times. A timeline that is not shown keeps nothing back."""
    case = await kit.new_case()
    recall = recall_of(kit)
    kit.fault("down")
    pauses = []
    for _ in range(9):
        assert await recall.read_due() == 0
        pause = await due(kit)
        assert pause is not None
        pauses.append(pause)
        kit.clock.move_to(kit.clock.now() + pause)
    assert pauses == sorted(pauses)
    assert pauses[0] < timedelta(minutes=2)
    assert pauses[-1] == timedelta(hours=1)
    assert (await kept(kit, case)).tries == 9
    kit.fault("reject", "crm.timeline.comment.list")
    assert await recall.read_due() == 1
    assert (await kept(kit, case)).read

    refused = await kit.new_case(phone="+79160000002")
    recall.changed()
    kit.fault("reject", "crm.duplicate.findbycomm")
    for _ in range(5):
        assert await recall.read_due() == 0
        kit.clock.move_to(kit.clock.now() + (await due(kit) or timedelta(0)))
    assert await due(kit) is None
    assert not (await kept(kit, refused)).read
