"""The one way in: every trigger becomes an intent, and `Apply` carries it out in a transaction.

lock the cases → let the engine decide → write cases, tasks, timers, CRM writes, messages and the journal → commit.

Intents that wait at the same moment share one transaction: its cost is in commits and thread hand-overs, not in SQL.
When a group fails it is replayed one by one, so that a bad intent fails alone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.db import cases as db_cases
from bot.db import messages as db_messages
from bot.db.people import Person, Register
from bot.db.session import Database
from bot.engine import events as ev
from bot.engine.approval import waiting_approval
from bot.engine.case import Case
from bot.engine.ladder import may_be_offered
from bot.errors import ActionNotAllowed
from bot.locales.ru import alerts
from bot.locales.ru import screens as ru
from bot.locales.ru import staff as words
from bot.services import reminders, saving
from bot.services.approvals import judges
from bot.services.arrivals import found, linked, refreshed, remembered
from bot.services.covers import is_begun
from bot.services.entered import entered
from bot.services.following import follow, follow_on
from bot.services.intents import (
    Attach,
    ClientSeen,
    DayTurned,
    Entered,
    Follow,
    Found,
    Give,
    Happened,
    Intent,
    Judged,
    Linked,
    Offer,
    Pressed,
    Rang,
    Remembered,
    Reply,
    Show,
    Take,
    Typed,
)
from bot.services.library import Library
from bot.services.oversight import check_case
from bot.services.presses import press
from bot.services.saving import Committed
from bot.services.timers import rang
from bot.services.typed import attached, typed
from bot.services.work import Work

log = logging.getLogger(__name__)
GROUP = 64
"""Most intents of one transaction."""
TAKERS = ("manager", "supervisor")
"""Who a case can be handed to."""
_BY_ROLE = (ev.StageMoved, ev.Corrected, ev.Returned)
"""What is allowed here depends on the role of who does it."""


class Apply:
    """See the module. `links` makes the portal's address; `on_commit` is told what may wait for delivery."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        library: Library,
        *,
        links: str,
        register: Register | None = None,
        on_commit: Callable[[Committed], None] = lambda committed: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._library = library
        self._links = links
        self._register = register or Register("none")
        self._on_commit = on_commit
        self._waiting: list[tuple[Intent, asyncio.Future[Reply]]] = []
        self._worker: asyncio.Task[None] | None = None

    async def __call__(self, intent: Intent) -> Reply:
        """Carry the intent out; returns after the commit.

        A refusal (`ActionNotAllowed`) is a reply with its sentence as the toast. Any other error is raised here alone.
        """
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting.append((intent, future))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.get_running_loop().create_task(self._work())
        return await future

    async def drain(self) -> None:
        """Return when nothing is under way."""
        while self._worker is not None and not self._worker.done():
            await asyncio.wait([self._worker])

    async def _work(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:GROUP], self._waiting[GROUP:]
            try:
                replies, committed = await self._transact([intent for intent, _ in group])
            except Exception:  # noqa: BLE001 - whatever it was, each intent gets its own error below
                if len(group) > 1:
                    log.warning("a group of %d failed, replaying one by one", len(group))
                await self._one_by_one(group)
            else:
                self._on_commit(committed)
                for (_, future), reply in zip(group, replies, strict=True):
                    if not future.done():
                        future.set_result(reply)

    async def _one_by_one(self, group: Sequence[tuple[Intent, asyncio.Future[Reply]]]) -> None:
        for intent, future in group:
            try:
                (reply,), committed = await self._transact([intent])
            except Exception as error:
                log.exception("%s failed", type(intent).__name__)
                if not future.done():
                    future.set_exception(error)
            else:
                self._on_commit(committed)
                if not future.done():
                    future.set_result(reply)

    async def _transact(self, intents: Sequence[Intent]) -> tuple[list[Reply], Committed]:
        async with self._database.write() as connection:
            work = await self._load(connection, intents)
            replies = [await _carry_out(work, intent) for intent in intents]
            await follow_on(work)
            committed = await saving.save(work)
        return replies, committed

    async def _load(self, connection: AsyncConnection, intents: Sequence[Intent]) -> Work:
        ids = {intent.case_id for intent in intents if not isinstance(intent, Entered | Found)}
        cases = await db_cases.load(connection, ids, lock=True)
        if any(isinstance(intent, Entered | Found) for intent in intents):
            await self._library.catch_up(connection, share=True)
        begun = (version for one in cases.values() for version in (one.case.playbook, one.case.follows))
        await self._library.learn(connection, begun)
        messages = await db_messages.of_cases(connection, ids)
        return Work(
            connection=connection,
            now=self._clock.now(),
            library=self._library,
            people=await self._register.read(connection),
            links=self._links,
            cases=cases,
            messages={message.key: message for message in messages},
        )


async def _carry_out(work: Work, intent: Intent) -> Reply:
    work.urgent = isinstance(intent, Pressed | Typed | Attach | Show | Give | Take | Offer | Judged | Entered)
    try:
        reply: Reply = await _HANDLERS[type(intent)](work, intent)
    except ActionNotAllowed as refusal:
        return Reply(toast=str(refusal), case_id=getattr(intent, "case_id", None), done=False)
    if isinstance(intent, Pressed | Typed | Attach | Show | Entered) and intent.update is not None:
        work.updates.append(intent.update)
    return reply


def _has_turn(person: Person, case: Case) -> bool:
    return case.holder is not None and case.holder == person.crm_user_id


async def _show(work: Work, intent: Show) -> Reply:
    stored = work.cases.get(intent.case_id)
    if stored is None or stored.case.task is None or not _has_turn(intent.person, stored.case):
        raise ActionNotAllowed(ru.CARD_CLOSED)
    await work.push(stored.case, walking=True)
    return Reply(case_id=intent.case_id)


async def _offer(work: Work, intent: Offer) -> Reply:
    stored = work.cases.get(intent.case_id)
    if stored is None or stored.case.task is None or stored.case.task.id != intent.task_id:
        raise ActionNotAllowed(ru.CARD_CLOSED)
    if not _has_turn(intent.person, stored.case):
        raise ActionNotAllowed(ru.FOREIGN.format(name=work.people.short_name(stored.case.holder)))
    await work.redraw(stored.case, colleagues=intent.colleagues)
    return Reply(case_id=intent.case_id)


async def _give(work: Work, intent: Give) -> Reply:
    stored = work.cases.get(intent.case_id)
    if stored is None or stored.case.closed:
        raise ActionNotAllowed(ru.CARD_CLOSED)
    case, task = stored.case, stored.case.task
    if intent.seen is not None and (task is None or task.id != intent.seen[0]):
        raise ActionNotAllowed(ru.CARD_CLOSED)
    if intent.seen is not None and case.holder != intent.seen[1]:
        raise ActionNotAllowed(ru.FOREIGN.format(name=work.people.short_name(case.holder)))
    if intent.idle and is_begun(case):
        raise ActionNotAllowed(alerts.OFFER_BEGUN.format(who=work.people.short_name(case.holder)))
    covers = task is not None and task.cover and task.holder == intent.person.crm_user_id
    if case.owner != intent.person.crm_user_id and not covers:
        if not intent.person.leads:
            raise ActionNotAllowed(ru.FOREIGN.format(name=work.people.short_name(stored.case.owner)))
        check_case(work.people, intent.person, case, work.now)
    taker = work.people.by_crm.get(intent.to)
    if taker is None or (taker.role not in TAKERS and taker.id != intent.person.id):
        raise ActionNotAllowed(ru.UNKNOWN_BUTTON)
    _check_there(work, intent.person, intent.to)
    if covers and task is not None and intent.to != case.owner:
        # Who stands in gives on what he has: the task. The client stays the owner's.
        why = words.WHY_GIVEN_ON.format(
            cover=work.people.short_name(task.holder), other=work.people.short_name(intent.to)
        )
        return await _happened(work, Happened(intent.case_id, ev.Covered(task.id, intent.to, why)))
    if covers and task is not None:
        why = words.WHY_BACK.format(owner=work.people.short_name(case.owner))
        return await _happened(work, Happened(intent.case_id, ev.CameBack(task.id, why)))
    by = intent.person.crm_user_id
    note = _stepped_in(work, case, intent.to, by) if intent.person.leads and case.owner != by else None
    return await _happened(work, Happened(intent.case_id, ev.HandedOver(intent.to, by, note)))


async def _take(work: Work, intent: Take) -> Reply:
    stored, user = work.cases.get(intent.case_id), intent.person.crm_user_id
    case = stored.case if stored is not None else None
    if case is None or user is None or case.task is None or case.task.id != intent.task_id:
        raise ActionNotAllowed(alerts.OFFER_OVER)
    if case.owner == user:
        raise ActionNotAllowed(alerts.OFFER_YOURS)
    if case.holder != intent.seen:
        raise ActionNotAllowed(alerts.OFFER_OVER)
    if not may_be_offered(work.playbook(case), case, case.task):
        raise ActionNotAllowed(alerts.OFFER_BEGUN.format(who=work.people.short_name(case.holder)))
    if user not in work.people.staff.colleagues(case.owner):
        raise ActionNotAllowed(alerts.OFFER_NOT_YOURS)
    _check_there(work, intent.person, user)
    event = ev.HandedOver(user, user, _stepped_in(work, case, user, user))
    return await _happened(work, Happened(intent.case_id, event))


def _check_there(work: Work, person: Person, to: int) -> None:
    """An absent person's tasks wait: whoever is given a client is there, or has been back."""
    if work.people.staff.is_away(to, work.now):
        raise ActionNotAllowed(alerts.YOU_ARE_AWAY if to == person.crm_user_id else alerts.AWAY)


def _stepped_in(work: Work, case: Case, to: int, by: int | None) -> str:
    """For the timeline: not its owner has given the case away."""
    names = {"by": work.people.name_of(by), "former": work.people.name_of(case.owner), "to": work.people.name_of(to)}
    return (alerts.TOOK if to == by else alerts.GAVE).format(**names)


async def _judged(work: Work, intent: Judged) -> Reply:
    stored = work.cases.get(intent.case_id)
    if stored is None or waiting_approval(stored.case) is None:
        raise ActionNotAllowed(ru.APPROVAL_GONE)
    case, user = stored.case, intent.person.crm_user_id
    if user is None or intent.person not in judges(work.people, work.playbook(case), case):
        raise ActionNotAllowed(ru.NOT_TO_DECIDE)
    event = ev.Approved(user) if intent.stays else ev.SentBack(user)
    await work.happen(case.id, event, intent.person)
    return Reply(case_id=case.id)


async def _day_turned(work: Work, intent: DayTurned) -> Reply:
    stored = work.cases.get(intent.case_id)
    if stored is not None:
        await work.redraw_idle(stored.case)
    return Reply(case_id=intent.case_id, done=stored is not None)


async def _happened(work: Work, intent: Happened) -> Reply:
    stored = work.cases.get(intent.case_id)
    if stored is None or (intent.written is not None and intent.written != stored.written):
        return Reply(case_id=intent.case_id, done=False)
    before = stored.case
    if intent.leader is not None:
        check_case(work.people, intent.leader, before, work.now)
    actor = work.people.by_crm.get(intent.event.by or 0) if isinstance(intent.event, _BY_ROLE) else None
    await work.happen(intent.case_id, intent.event, actor)
    after = work.cases[intent.case_id].case
    if isinstance(intent.event, ev.HandedOver | ev.TaskGiven) and before.holder != after.holder:
        await work.push_if_due(after)
    if isinstance(intent.event, ev.Asked):
        await reminders.asked(work, after)
    return Reply(case_id=intent.case_id)


_HANDLERS: dict[type, Any] = {
    Entered: entered,
    Show: _show,
    Give: _give,
    Take: _take,
    Offer: _offer,
    Judged: _judged,
    DayTurned: _day_turned,
    Pressed: press,
    Typed: typed,
    Attach: attached,
    Happened: _happened,
    Follow: follow,
    Found: found,
    Rang: rang,
    ClientSeen: refreshed,
    Remembered: remembered,
    Linked: linked,
}
