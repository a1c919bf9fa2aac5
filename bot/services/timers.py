"""Due timers of cases: claimed in batches, carried out in the transaction of their effect."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, case, func, select, update

from bot.clock import Clock
from bot.db import tables as t
from bot.db.alerts import OFFER
from bot.db.people import load_people
from bot.db.session import Database, insert
from bot.engine import events as ev
from bot.engine.case import Case
from bot.screens import lists
from bot.screens.card import LONG_OVERDUE
from bot.services import reminders, spreading
from bot.services.curfew import LIVE_CARDS, opening
from bot.services.escalations import STEPS
from bot.services.intents import Intent, Rang, Reply
from bot.services.library import Library
from bot.services.showing import Showing
from bot.services.work import Work

Applies = Callable[[Intent], Awaitable[Reply]]
_AFTER_FAILURE = timedelta(minutes=1)
BATCH = 200
"""Timers of one pass."""
_JUST_NOW = timedelta(minutes=1)
"""After the opening's summary none of ours is needed for so long."""
_LATE_MINUTES = (1, 5, 10, 15, 20, LONG_OVERDUE // timedelta(minutes=1))
"""How late a card is when it says so anew; at last it names the moment, and stays true without us."""


async def rang(work: Work, intent: Rang) -> Reply:
    """One timer: show the card, mark the overdue, tell supervisors, end [Исправить].

    One that has rung already, or was moved: nothing happens.
    """
    row = (
        await work.connection.execute(select(t.timers.c.done, t.timers.c.at).where(t.timers.c.key == intent.key))
    ).first()
    stored = work.cases.get(intent.case_id)
    if row is None or row.done or row.at > work.now or stored is None:
        return Reply(case_id=intent.case_id, done=False)
    await work.connection.execute(update(t.timers).where(t.timers.c.key == intent.key).values(done=True))
    case = stored.case
    match intent.kind:
        case "push" if case.task is not None:
            work.changed.add(case.id)
            if await spreading.put_off(work, case):
                return Reply(case_id=case.id)
            if not await _is_shown(work, case, row.at) and not await work.push(case, meant=row.at):
                work.pushed.add(case.task.id)
        case "remind" if case.task is not None:
            await reminders.remind(work, case)
        case "overdue" | "late" | "limit" if case.task is not None:
            if intent.kind != "overdue" or not await reminders.time_is_up(work, case):
                await work.redraw_idle(case)
            if intent.kind != "limit":
                await _again(work, case.id, intent.key, row.at)
        case "board":
            pass  # it is read from the timers, and looks anew because something has rung
        case "undo" if case.before is not None:
            task = case.before.task.id
            await work.happen(case.id, ev.UndoExpired())
            case = work.cases[case.id].case
            work.redraw_receipt(case, task, shrink=True)
            if case.task is not None and case.task.id == task:  # the answer had left the task open
                await work.redraw_idle(case)
        case _:
            return Reply(case_id=case.id, done=False)
    return Reply(case_id=case.id)


async def _is_shown(work: Work, case: Case, push_at: datetime) -> bool:
    """Whether the card came at its time already and is still there: a task reopened by [Исправить] has one."""
    assert case.task is not None  # the caller has looked
    if case.task.id in work.pushed:
        return True  # several of its moments had waited: it has just come for all of them
    query = select(t.tasks.c.pushed_at).where(t.tasks.c.id == case.task.id)
    pushed_at = (await work.connection.execute(query)).scalar()
    owner = work.holder(case)
    shown = owner is not None and work.card_of(case.task.id, owner) is not None
    return shown and pushed_at is not None and pushed_at >= push_at


async def _again(work: Work, case_id: int, key: str, rang_at: datetime) -> None:
    """An overdue card says how late it is, so it is drawn again later on; ever more seldom, and not for ever.

    These timers are none that the case wants: they go with the moment from which they count.
    """
    first, _, minutes = key.partition("+")
    done = int(minutes or 0)
    following = next((step for step in _LATE_MINUTES if step > done), None)
    if following is None:
        return
    at = rang_at + timedelta(minutes=following - done)
    row = {"key": f"{first}+{following}", "case_id": case_id, "kind": "late", "at": at, "done": False}
    statement = insert(work.connection, t.timers).values(row)
    await work.connection.execute(
        statement.on_conflict_do_update(index_elements=["key"], set_={"at": row["at"], "done": False})
    )


class TimerService:
    """The pulse's view of the timers."""

    def __init__(self, database: Database, clock: Clock, apply: Applies, library: Library, showing: Showing) -> None:
        self._database = database
        self._clock = clock
        self._apply = apply
        self._library = library
        self._showing = showing

    async def ring_due(self) -> int:
        """Ring what is due now, most urgent first; returns how many rang."""
        rung = 0
        while due := await self._due():
            if not rung and len(due) > LIVE_CARDS:
                await self._sum_up()
            replies = await asyncio.gather(*(self._apply(intent) for intent in due), return_exceptions=True)
            rung += sum(reply.done for reply in replies if isinstance(reply, Reply))
            failed = [one.key for one, reply in zip(due, replies, strict=True) if isinstance(reply, BaseException)]
            if failed:
                await self._put_off(failed)  # `apply` has logged why; it must not fail every second, nor stop the rest
            if len(due) < BATCH:
                break
        return rung

    async def _put_off(self, keys: Sequence[str]) -> None:
        async with self._database.write() as connection:
            later = self._clock.now() + _AFTER_FAILURE
            await connection.execute(update(t.timers).where(t.timers.c.key.in_(keys)).values(at=later))

    async def _sum_up(self) -> None:
        """Where more cards come at once than a phone shows, one summary above them says how many.

        It is so after an outage of ours or of the portal. The opening has its own summary, and what waits for it is
        counted there.
        """
        now = self._clock.now()
        timers = t.timers.c
        due = (
            select(t.tasks.c.owner, timers.at)
            .join(t.tasks, (t.tasks.c.case_id == timers.case_id) & (t.tasks.c.state == "open"))
            .where(timers.done.is_(False), timers.kind == "push", timers.at <= now)
        )
        async with self._database.read() as connection:
            people = await load_people(connection)
            hours, playbook = people.staff.hours, self._library.active
            cards = Counter(
                row.owner
                for row in await connection.execute(due)
                if opening(hours(playbook, row.owner), row.at, now) is None
            )
            floods = {owner: count for owner, count in cards.items() if count > LIVE_CARDS}
            if not floods:
                return
            phones = {people.by_crm[owner].telegram_id for owner in floods if owner in people.by_crm}
            told = select(t.messages.c.chat_id).where(
                t.messages.c.chat_id.in_(phones - {None}),
                t.messages.c.created_at >= now - _JUST_NOW,
                t.messages.c.key.like("night:%"),
            )
            greeted = set((await connection.execute(told)).scalars())
        minute = int(now.timestamp()) // 60
        summaries = [
            (person.telegram_id, f"back:{person.id}:{minute}", lists.many_at_once(count))
            for owner, count in floods.items()
            if (person := people.by_crm.get(owner)) is not None
            and person.telegram_id is not None
            and person.telegram_id not in greeted
        ]
        await self._showing.many(summaries, asked=False, kind="notice")

    async def next_due(self) -> datetime | None:
        """When the next timer rings."""
        async with self._database.read() as connection:
            moment: datetime | None = (await connection.execute(_NEXT)).scalar()
            return moment

    async def _due(self) -> list[Rang]:
        """What rings now. The most urgent last: the newest card is the one that is seen."""
        async with self._database.read() as connection:
            rows = await connection.execute(_DUE, {"now": self._clock.now()})
            return [Rang(row.case_id, row.key, row.kind) for row in rows]


_OURS = t.timers.c.kind.not_in((*STEPS, OFFER))
_PUSHES = case((t.timers.c.kind.in_(("remind", "overdue")), 0), else_=1)
"""Of reminders at one moment only the first brings a card anew, so the most urgent comes first."""
_DUE = (
    select(t.timers.c.case_id, t.timers.c.key, t.timers.c.kind)
    .outerjoin(t.tasks, (t.tasks.c.case_id == t.timers.c.case_id) & (t.tasks.c.state == "open"))
    .where(t.timers.c.done.is_(False), t.timers.c.at <= bindparam("now", type_=t.Moment), _OURS)
    .order_by(_PUSHES, case((_PUSHES == 0, t.tasks.c.rank), else_=-t.tasks.c.rank), t.timers.c.at)
    .limit(BATCH)
)
_NEXT = select(func.min(t.timers.c.at)).where(t.timers.c.done.is_(False), _OURS)
