"""Due timers of cases: claimed in batches, carried out in the transaction of their effect."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlalchemy import func, select, update

from bot.clock import Clock
from bot.db import tables as t
from bot.db.session import Database
from bot.engine import events as ev
from bot.services.intents import Intent, Rang, Reply
from bot.services.work import Work

Applies = Callable[[Intent], Awaitable[Reply]]
BATCH = 200
"""Timers of one pass."""


async def rang(work: Work, intent: Rang) -> Reply:
    """One timer: show the card, mark the overdue, end [Исправить]. Already rung or moved: nothing happens."""
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
            if not work.push(case):
                work.pushed.add(case.task.id)
            work.changed.add(case.id)
        case "overdue" | "limit" if case.task is not None:
            await work.redraw_idle(case)
        case "undo" if case.before is not None:
            task = case.before.task.id
            await work.happen(case.id, ev.UndoExpired())
            work.redraw_receipt(work.cases[case.id].case, task, shrink=True)
        case _:
            return Reply(case_id=case.id, done=False)
    return Reply(case_id=case.id)


class TimerService:
    """The pulse's view of the timers."""

    def __init__(self, database: Database, clock: Clock, apply: Applies) -> None:
        self._database = database
        self._clock = clock
        self._apply = apply

    async def ring_due(self) -> int:
        """Ring what is due now, most urgent first; returns how many rang."""
        rung = 0
        while intents := await self._due():
            replies = await asyncio.gather(*(self._apply(intent) for intent in intents))
            rung += sum(reply.done for reply in replies)
            if len(intents) < BATCH:
                break
        return rung

    async def next_due(self) -> datetime | None:
        """When the next timer rings."""
        async with self._database.read() as connection:
            query = select(func.min(t.timers.c.at)).where(t.timers.c.done.is_(False))
            moment: datetime | None = (await connection.execute(query)).scalar()
            return moment

    async def _due(self) -> list[Intent]:
        async with self._database.read() as connection:
            query = (
                select(t.timers.c.case_id, t.timers.c.key, t.timers.c.kind, t.tasks.c.rank, t.timers.c.at)
                .join(t.cases, t.cases.c.id == t.timers.c.case_id)
                .outerjoin(t.tasks, (t.tasks.c.case_id == t.cases.c.id) & (t.tasks.c.state == "open"))
                .where(t.timers.c.done.is_(False), t.timers.c.at <= self._clock.now())
                .order_by(t.timers.c.at, t.tasks.c.rank)
                .limit(BATCH)
            )
            return [Rang(row.case_id, row.key, row.kind) for row in await connection.execute(query)]
