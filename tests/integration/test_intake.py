"""What people do in the portal reaches the cases: by polls, by events, whatever order and however often they come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update

from bot.db import tables as t
from bot.db.session import Database
from bot.engine.case import Case
from bot.engine.events import StageMoved
from bot.services.intake import POLL_EVERY, RECONCILE_EVERY, Intake
from bot.services.intents import Happened
from tests.integration.crm_kit import PHONE, START, Floor, floor

pytestmark = pytest.mark.above_the_store

NO_ANSWER = "scoring_no_answer"


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Floor]:
    async with floor(database) as running:
        yield running


async def synced(office: Floor) -> Intake:
    """An intake after its first sync, with everything delivered that it caused."""
    intake = office.intake()
    await intake.first_sync()
    await office.settle(office.relay())
    await poll(office, intake)
    return intake


async def poll(office: Floor, intake: Intake) -> int:
    """The next poll in its time."""
    office.clock.move_to(office.clock.now() + POLL_EVERY)
    done = await intake.poll()
    await office.settle(office.relay())
    return done


async def arrived(office: Floor, intake: Intake, **fields: object) -> Case:
    """A lead that the polls have found."""
    crm_id = await office.new_lead(**fields)
    await poll(office, intake)
    return await office.case_of("lead", crm_id)


async def of(office: Floor, case: Case) -> Case:
    return (await office.stored(case.id)).case


async def crm_task(office: Floor, case: Case) -> int:
    """The portal's number of the case's open task."""
    current = await of(office, case)
    assert current.task is not None
    async with office.database.read() as connection:
        query = select(t.tasks.c.crm_task_id).where(t.tasks.c.id == current.task.id)
        return int((await connection.execute(query)).scalar_one())


# First sync -----------------------------------------------------------------------------------------------------------


async def test_everything_open_is_adopted(office: Floor) -> None:
    tasks = len(office.journal.list("bitrix24"))
    await synced(office)
    async with office.database.read() as connection:
        rows = list(await connection.execute(select(t.cases.c.entity, t.cases.c.crm_id, t.cases.c.closed)))
    open_leads = await office.items(1, **{"@stageId": ["NEW", "NO_ANSWER", "FOLLOW_UP"]})
    open_deals = await office.items(2, closed="N")
    known = {(row.entity, row.crm_id) for row in rows if not row.closed}
    assert known == {("lead", row["id"]) for row in open_leads} | {("deal", row["id"]) for row in open_deals}
    assert len([row for row in rows if row.closed]) >= 20
    assert tasks == 0


async def test_own_tasks_are_kept_and_no_second_one_is_made(office: Floor) -> None:
    before = await office.portal(
        "tasks.task.list", {"filter": {"TAG": "dozvon"}, "select": ["ID", "TITLE", "DEADLINE"]}
    )
    await synced(office)
    after = await office.portal("tasks.task.list", {"filter": {"TAG": "dozvon"}, "select": ["ID", "TITLE", "DEADLINE"]})
    assert after == before
    (lead,) = await office.items(1, title="Входящий звонок", stageId="FOLLOW_UP")
    case = await office.case_of("lead", lead["id"])
    assert case.task is not None
    assert case.task.kind == "call_back"
    assert case.task.adopted
    assert case.task.due_at == START + timedelta(hours=2, minutes=30)
    assert case.client.name == "Роман Осипов"
    assert case.facts["debt"] == "unknown"


async def test_cases_without_a_task_are_spread(office: Floor) -> None:
    leads = [await office.new_lead(phone=f"+7916000{number:04}", assignedById=3) for number in range(34)]
    office.clock.move_to(START + timedelta(minutes=2))  # the portal's bucket is empty again
    await synced(office)
    days: dict[date, int] = {}
    for crm_id in leads:
        case = await office.case_of("lead", crm_id)
        assert case.task is not None
        assert case.task.adopted
        days[case.task.due_at.date()] = days.get(case.task.due_at.date(), 0) + 1
        assert len(await office.tasks(f"L_{crm_id}")) == 1
    first = date(2026, 11, 25)
    assert sorted(days)[:3] == [first + timedelta(days=number) for number in range(3)]
    assert max(days.values()) <= 10


async def test_the_first_sync_is_done_once(office: Floor) -> None:
    await synced(office)
    async with office.database.read() as connection:
        before = (await connection.execute(select(func.count()).select_from(t.cases))).scalar_one()
    again = office.intake()
    assert await again.first_sync() == 0
    await again.poll()
    async with office.database.read() as connection:
        assert (await connection.execute(select(func.count()).select_from(t.cases))).scalar_one() == before
        assert list(await connection.execute(select(t.outbox.c.id).where(t.outbox.c.state == "pending"))) == []


async def test_a_first_sync_without_a_portal_is_made_up_for(office: Floor) -> None:
    office.fault("down")
    intake = office.intake()
    assert await intake.first_sync() == 0
    office.fault("none")
    office.clock.move_to(intake.next_due() or START)
    assert await intake.poll() > 20


# Polls ----------------------------------------------------------------------------------------------------------------


async def test_a_new_lead_is_found_and_gets_its_task(office: Floor) -> None:
    intake = await synced(office)
    case = await arrived(office, intake)
    assert (case.stage, case.owner, case.source, case.client.name) == ("new", 2, "WEB", "Пётр Проверкин")
    assert case.client.phones == (PHONE,)
    assert len(await office.tasks(f"L_{case.crm_id}")) == 1


async def test_a_quiet_portal_costs_one_request(office: Floor) -> None:
    intake = await synced(office)
    await poll(office, intake)
    before = [row for row in office.journal.list("bitrix24") if row["method"] == "batch"]
    assert await poll(office, intake) == 0
    after = [row for row in office.journal.list("bitrix24") if row["method"] == "batch"]
    assert len(after) - len(before) == 1


async def test_own_writes_are_not_taken_for_peoples_changes(office: Floor) -> None:
    intake = await synced(office)
    case = await arrived(office, intake)
    # We are ahead of the portal: the stage has changed here and waits to be written.
    await office.apply(Happened(case.id, StageMoved(NO_ANSWER)))
    await office.queue(case, "update", {"stage": NO_ANSWER, "fields": {"tries": 1}})
    before = await office.journal_of(case.id)
    await office.move(1, case.crm_id or 0, comments="что-то")
    office.clock.move_to(office.clock.now() + RECONCILE_EVERY)
    for _ in range(2):
        await intake.poll()
        assert await intake.reread({("lead", case.crm_id or 0)}) == 0
    assert await office.journal_of(case.id) == before
    assert (await of(office, case)).stage == NO_ANSWER
    await office.settle(office.relay())
    await poll(office, intake)
    assert (await of(office, case)).stage == NO_ANSWER
    assert (await office.item(1, case.crm_id or 0))["stageId"] == "NO_ANSWER"
    assert await office.journal_of(case.id) == before


async def test_a_reading_that_a_press_has_overtaken_is_dropped_and_repeated(
    office: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake = await synced(office)
    case = await arrived(office, intake)
    await office.move(1, case.crm_id or 0, stageId="FOLLOW_UP")
    real = intake._apply

    async def overtaken(intent: object) -> object:
        async with office.database.write() as connection:
            values = {"written": t.cases.c.written + 1}
            await connection.execute(update(t.cases).where(t.cases.c.id == case.id).values(values))
        return await real(intent)  # type: ignore[arg-type]

    monkeypatch.setattr(intake, "_apply", overtaken)
    await poll(office, intake)
    assert (await of(office, case)).stage == "new"
    monkeypatch.setattr(intake, "_apply", real)
    await poll(office, intake)
    assert (await of(office, case)).stage == "scoring_follow_up"


async def test_a_stage_moved_by_hand_is_followed(office: Floor) -> None:
    intake = await synced(office)
    case = await arrived(office, intake)
    await office.move(1, case.crm_id or 0, stageId="FOLLOW_UP")
    assert await poll(office, intake) == 1
    after = await of(office, case)
    assert after.stage == "scoring_follow_up"
    assert [task["status"] for task in await office.tasks(f"L_{case.crm_id}")] == ["5", "2"]
    await poll(office, intake)
    assert (await office.journal_of(case.id)).count("StageMoved") == 1


async def test_a_lead_closed_by_hand_ends_the_case(office: Floor) -> None:
    intake = await synced(office)
    case = await arrived(office, intake)
    await office.move(1, case.crm_id or 0, stageId="JUNK")
    await poll(office, intake)
    after = await of(office, case)
    assert (after.closed, after.task) == (True, None)
    assert [task["status"] for task in await office.tasks(f"L_{case.crm_id}")] == ["5"]
    await office.move(1, case.crm_id or 0, stageId="NEW")
    await poll(office, intake)
    after = await of(office, case)
    assert (after.closed, after.stage) == (False, "new")
    assert after.task is not None


async def test_another_owner_takes_the_task_along(office: Floor) -> None:
    intake = await synced(office)
    case = await arrived(office, intake)
    await office.move(1, case.crm_id or 0, assignedById=3)
    await poll(office, intake)
    assert (await of(office, case)).owner == 3
    (task,) = await office.tasks(f"L_{case.crm_id}")
    assert task["responsibleId"] == "3"
    await poll(office, intake)
    assert (await office.journal_of(case.id)).count("HandedOver") == 1


async def test_a_task_given_away_takes_the_lead_along(office: Floor) -> None:
    intake = await synced(office)
    case = await arrived(office, intake)
    params = {"taskId": await crm_task(office, case), "fields": {"RESPONSIBLE_ID": 3}}
    await office.portal("tasks.task.update", params, write=True)
    await poll(office, intake)
    assert (await of(office, case)).owner == 3
    assert (await office.item(1, case.crm_id or 0))["assignedById"] == 3
    await poll(office, intake)
    assert (await of(office, case)).owner == 3


async def test_owner_and_stage_changed_together_are_both_followed(office: Floor) -> None:
    intake = await synced(office)
    case = await arrived(office, intake)
    await office.move(1, case.crm_id or 0, assignedById=3, stageId="FOLLOW_UP")
    await poll(office, intake)
    await poll(office, intake)
    after = await of(office, case)
    assert (after.owner, after.stage) == (3, "scoring_follow_up")
    assert [task["responsibleId"] for task in await office.tasks(f"L_{case.crm_id}")][-1] == "3"


async def test_a_moved_deadline_is_followed(office: Floor) -> None:
    intake = await synced(office)
    case = await arrived(office, intake)
    due = office.clock.now() + timedelta(hours=5)
    params = {"taskId": await crm_task(office, case), "fields": {"DEADLINE": due.isoformat()}}
    await office.portal("tasks.task.update", params, write=True)
    await poll(office, intake)
    after = await of(office, case)
    assert after.task is not None
    assert after.task.due_at == due.replace(second=0)
    await poll(office, intake)
    assert (await office.journal_of(case.id)).count("DeadlineMoved") == 1


async def test_a_task_closed_without_answers_is_noticed_with_its_time(office: Floor) -> None:
    intake = await synced(office)
    case = await arrived(office, intake)
    office.clock.move_to(office.clock.now() + timedelta(seconds=20))
    closed_at = office.clock.now()
    await office.portal("tasks.task.complete", {"taskId": await crm_task(office, case)}, write=True)
    await poll(office, intake)
    after = await of(office, case)
    assert after.task is not None
    assert after.task.closed_at == closed_at.replace(microsecond=0)


async def test_a_deleted_task_is_found_by_comparing_everything(office: Floor) -> None:
    intake = await synced(office)
    case = await arrived(office, intake)
    await office.portal("tasks.task.delete", {"taskId": await crm_task(office, case)}, write=True)
    office.clock.move_to(office.clock.now() + RECONCILE_EVERY)
    await poll(office, intake)
    after = await of(office, case)
    assert after.task is not None
    assert after.task.closed_at is not None


async def test_a_deleted_lead_ends_its_case(office: Floor) -> None:
    intake = await synced(office)
    case = await arrived(office, intake)
    await office.portal("crm.item.delete", {"entityTypeId": 1, "id": case.crm_id}, write=True)
    assert await intake.reread({("lead", case.crm_id or 0)}) == 1
    assert (await of(office, case)).closed
    other = await arrived(office, intake)
    await office.portal("crm.item.delete", {"entityTypeId": 1, "id": other.crm_id}, write=True)
    office.clock.move_to(office.clock.now() + RECONCILE_EVERY)
    await poll(office, intake)
    assert (await of(office, other)).closed


async def test_names_contacts_and_fields_are_taken_over(office: Floor) -> None:
    intake = await synced(office)
    case = await arrived(office, intake)
    fm = {"n0": {"typeId": "EMAIL", "valueType": "WORK", "value": "petr@example.org"}}
    await office.move(1, case.crm_id or 0, name="Павел", UF_CRM_DZ_REASON="Сам позвонил", fm=fm)
    assert await poll(office, intake) == 1
    after = await of(office, case)
    assert after.client.name == "Павел Проверкин"
    assert after.client.emails == ("petr@example.org",)
    assert after.facts["reason"] == "Сам позвонил"
    assert await poll(office, intake) == 0


async def test_a_deals_contact_is_the_client(office: Floor) -> None:
    intake = await synced(office)
    fields = {"name": "Олег", "fm": [{"typeId": "PHONE", "valueType": "WORK", "value": "8 (916) 765-43-21"}]}
    contact = (await office.portal("crm.item.add", {"entityTypeId": 3, "fields": fields}, write=True))["item"]["id"]
    deal_fields = {"title": "Сделка руками", "contactId": contact, "categoryId": 0, "stageId": "NEW", "assignedById": 2}
    deal = (await office.portal("crm.item.add", {"entityTypeId": 2, "fields": deal_fields}, write=True))["item"]["id"]
    await poll(office, intake)
    case = await office.case_of("deal", deal)
    assert (case.client.name, case.client.phones) == ("Олег", ("+79167654321",))
    await office.move(3, contact, name="Ольга")
    await poll(office, intake)
    assert (await of(office, case)).client.name == "Ольга"


async def test_a_deal_of_ours_is_not_found_anew(office: Floor) -> None:
    intake = await synced(office)
    lead = await arrived(office, intake)
    deal = await office.deal_of(lead)
    relay = office.relay()
    # Delivered, but the process died before it knew the number.
    async with office.database.read() as connection:
        row = (await connection.execute(select(t.outbox).where(t.outbox.c.op == "deal"))).one()
    fields = {"title": "Заявка", "categoryId": 0, "stageId": "NEW", "originatorId": "dozvon", "originId": row.key}
    made = await office.portal("crm.item.add", {"entityTypeId": 2, "fields": fields | {"assignedById": 2}}, write=True)
    async with office.database.write() as connection:
        await connection.execute(update(t.outbox).where(t.outbox.c.id == row.id).values(unsure=True))
    office.clock.move_to(office.clock.now() + POLL_EVERY)
    await intake.poll()
    async with office.database.read() as connection:
        query = select(t.cases.c.id).where(t.cases.c.entity == "deal", t.cases.c.crm_id == made["item"]["id"])
        assert list(await connection.execute(query)) == []
    await office.settle(relay)
    assert (await of(office, deal)).crm_id == made["item"]["id"]


async def test_more_changes_than_a_page_are_all_read(office: Floor) -> None:
    intake = await synced(office)
    leads = [await office.new_lead(phone=f"+7916000{number:04}") for number in range(120)]
    await poll(office, intake)
    for crm_id in leads:
        assert (await office.case_of("lead", crm_id)).stage == "new"


async def test_a_poll_without_a_portal_loses_nothing(office: Floor) -> None:
    intake = await synced(office)
    case = await arrived(office, intake)
    await office.move(1, case.crm_id or 0, stageId="FOLLOW_UP")
    office.fault("down")
    office.clock.move_to(office.clock.now() + POLL_EVERY)
    assert await intake.poll() == 0
    due = intake.next_due()
    assert due is not None
    assert due > office.clock.now()
    assert not intake.poll_needed()
    office.fault("none")
    office.clock.move_to(due)
    assert intake.poll_needed()
    assert await intake.poll() == 1
    assert (await of(office, case)).stage == "scoring_follow_up"


async def test_a_failure_on_our_side_leaves_the_marks_where_they_are(
    office: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake = await synced(office)
    crm_id = await office.new_lead()
    real = intake._apply

    async def fails(intent: object) -> object:
        raise OSError("the disk is full")

    monkeypatch.setattr(intake, "_apply", fails)
    assert await poll(office, intake) == 0
    # A fresh process has nothing but the marks.
    monkeypatch.setattr(intake, "_apply", real)
    office.clock.move_to(office.clock.now() + timedelta(hours=1))
    assert await office.intake().poll() == 1
    assert (await office.case_of("lead", crm_id)).stage == "new"


# Events ---------------------------------------------------------------------------------------------------------------


async def test_events_are_hints_in_any_order_and_number(office: Floor) -> None:
    intake = await synced(office)
    case = await arrived(office, intake)
    await office.move(1, case.crm_id or 0, stageId="FOLLOW_UP")
    for event in ("ONCRMLEADUPDATE", "ONCRMLEADADD", "ONCRMLEADUPDATE"):
        intake.hint(event, {"data[FIELDS][ID]": str(case.crm_id)})
    intake.hint(
        "ONTASKUPDATE", {"data[FIELDS_BEFORE][ID]": "1", "data[FIELDS_AFTER][ID]": str(await crm_task(office, case))}
    )
    intake.hint("ONTASKDELETE", {"data[FIELDS_BEFORE][ID]": "999999", "data[FIELDS_AFTER]": "undefined"})
    intake.hint("ONCRMCOMPANYADD", {"data[FIELDS][ID]": "5"})
    intake.hint("ONCRMLEADUPDATE", {"data[FIELDS][ID]": "five"})
    assert await intake.reread_hinted() == 1
    assert (await of(office, case)).stage == "scoring_follow_up"
    assert office.requests() > 0
    assert await intake.reread_hinted() == 0
    assert office.requests() == 0


async def test_a_deleted_task_is_known_from_its_event(office: Floor) -> None:
    intake = await synced(office)
    case = await arrived(office, intake)
    number = await crm_task(office, case)
    await office.portal("tasks.task.delete", {"taskId": number}, write=True)
    intake.hint("ONTASKDELETE", {"data[FIELDS_BEFORE][ID]": str(number), "data[FIELDS_AFTER]": "undefined"})
    assert await intake.reread_hinted() == 1
    after = await of(office, case)
    assert after.task is not None
    assert after.task.closed_at == office.clock.now()
