"""[✅ Записать] on the form of a new client: the form becomes a case, all in one transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete

from bot.db import audit
from bot.db import cases as db_cases
from bot.db import newcomers as db_newcomers
from bot.db import pasts as db_pasts
from bot.db import tables as t
from bot.db.audit import Change
from bot.db.cases import Stored
from bot.db.newcomers import StoredNewcomer
from bot.engine import events as ev
from bot.engine import newcomer
from bot.engine.calendars import calendar_of
from bot.engine.case import Case
from bot.engine.newcomer import Newcomer
from bot.engine.titles import short_name
from bot.locales.ru import entry as ru
from bot.screens.entry import form_screen, receipt
from bot.screens.views import Picking
from bot.services import barred
from bot.services import entry_rows as rows
from bot.services.agendas import agenda_of_newcomer
from bot.services.arrivals import story
from bot.services.client_search import of_floor
from bot.services.intents import Entered, Reply
from bot.services.work import Work


async def entered(work: Work, intent: Entered) -> Reply:
    """Make the case, its record in the CRM and its task.

    What has changed since the summary was shown is asked again instead: a time that has passed or is taken, a stage
    that is gone, a client who was barred or whom somebody else has entered.

    Raises:
        ActionNotAllowed: the form is recorded already, cancelled, or has other answers by now.
    """
    person, playbook = intent.person, work.library.active
    rows.check_author(work.library, person)
    stored = rows.checked(await db_newcomers.load(work.connection, intent.new, lock=True), person, intent.version)
    new = await _with_bar(work, newcomer.settled(playbook, stored.new, person.role))
    if new.at is not None and new.at <= work.now:
        return await _ask_again(work, intent, stored, replace(new, at=None, how=None), ru.PAST_TIME)
    if rows.step_of(work.library, new, person) != "summary":
        return await _ask_again(work, intent, stored, new)
    case = newcomer.case_of(playbook, work.library.active_hash, new, work.now)
    await db_cases.lock_contacts(work.connection, [*case.client.phones, *case.client.emails])
    others = await db_cases.sharing_contacts(work.connection, case)
    told = {one.case for one in new.known if one.case is not None}
    if any(not one.closed and one.id not in told and one.parent not in told for one in others):
        known = of_floor(work.library, work.people, person, others)
        return await _ask_again(work, intent, stored, newcomer.found(new, known, blind=False, late=True))
    agenda = await agenda_of_newcomer(work.connection, work.people, playbook, new, work.now, agreeing=True)
    second = None
    if agenda is not None and new.at is not None:
        if not new.anyway and agenda.conflict(new.at) is not None:
            return await _ask_again(work, intent, stored, replace(new, at=None, how=None), clash=new.at)
        second = agenda.second_at(new.at, calendar_of(playbook))
    return await _record(work, intent, new, case, others, second)


async def _with_bar(work: Work, new: Newcomer) -> Newcomer:
    """The form with the bar of its number as it is now: he may have asked for peace while the form was filled in."""
    bar = await barred.asked(work, [new.phone]) if new.phone is not None else None
    return rows.noted(new, bar)


async def _record(
    work: Work, intent: Entered, new: Newcomer, case: Case, others: list[Case], second: int | None
) -> Reply:
    person = intent.person
    case = replace(case, repeat=await story(work, case, None))
    # One client, one queue: what is on its way for the client's other case comes first, his contact above all.
    streams = await db_cases.load(work.connection, [others[0].id] if others else [])
    stream = next((one.stream for one in streams.values()), None)
    number = await db_cases.add(work.connection, case, stream=stream, counted=True, now=work.now)
    case = replace(case, id=number)
    work.cases[number] = Stored(case, 1, stream or number, 0)
    work.new_contacts.add(number)
    await db_cases.set_contacts(work.connection, [case])  # the next one of this transaction has to see it
    lifted = new.phone if new.allowed else None
    if lifted is not None:
        await work.connection.execute(delete(t.barred).where(t.barred.c.phone == lifted))
        await audit.note(work.connection, work.now, person, Change.LIFTED, phones=lifted)
    event = ev.Entered(
        by=person.crm_user_id,
        due_at=new.at,
        promised=new.how == "promised",
        place=new.place,
        second=second,
        far=newcomer.reason_of(work.library.active, new),
        lifted=lifted,
    )
    await work.happen(number, event, person)
    await db_newcomers.finish(work.connection, intent.new, number, work.now)
    await db_pasts.want(work.connection, number, work.now)
    await rows.expect_nothing(work.connection, person)
    case = work.cases[number].case
    owner = work.people.name_of(case.owner) if case.owner != person.crm_user_id else None
    screen = receipt(work.view(case, person), owner)
    message = await rows.form_message(work.connection, person, intent.new, screen, work.now)
    work.messages[message.key] = message
    _tell_owners(work, intent, case, others)
    return Reply(case_id=number)


def _tell_owners(work: Work, intent: Entered, case: Case, others: list[Case]) -> None:
    """Whoever works with this client hears that there is one more case of his, and whose."""
    stage = work.playbook(case).pipelines[case.pipeline].stages[case.stage].title
    who = work.people.short_name(case.owner)
    owners = {one.owner for one in others if not one.closed and one.owner is not None}
    for owner in sorted(owners - {case.owner, intent.person.crm_user_id}):
        name = short_name(case.client.name)
        work.tell(owner, ru.ANOTHER_CASE.format(name=name, what=ru.WHAT[case.entity], stage=stage, who=who), case.id)


async def _ask_again(
    work: Work,
    intent: Entered,
    stored: StoredNewcomer,
    new: Newcomer,
    note: str | None = None,
    clash: datetime | None = None,
) -> Reply:
    stored = await db_newcomers.save(work.connection, stored, new, work.now)
    agenda = await agenda_of_newcomer(work.connection, work.people, work.library.active, new, work.now)
    view = rows.view_of(
        work.library,
        work.people,
        intent.person,
        stored,
        work.now,
        picking=Picking(clash=clash),
        note=note,
        agenda=agenda,
    )
    message = await rows.form_message(work.connection, intent.person, stored.id, form_screen(view), work.now)
    work.messages[message.key] = message
    await rows.expect(work.connection, intent.person, stored, rows.step_of(work.library, new, intent.person))
    return Reply(done=False)
