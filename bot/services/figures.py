"""Counts for `/metrics`."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from bot.clock import Clock
from bot.db import tables as t
from bot.db.outbox import PARKED, PENDING
from bot.db.session import Database


@dataclass(frozen=True, slots=True)
class Figures:
    """How much waits."""

    outbox_waiting: int
    outbox_parked: int
    messages_waiting: int
    tasks_open: int
    tasks_overdue: int


async def read_figures(database: Database, clock: Clock) -> Figures:
    """Five counts from indexed tables."""
    outbox, messages, tasks = t.outbox.c, t.messages.c, t.tasks.c
    async with database.read() as connection:

        async def count(table: object, *where: object) -> int:
            query = select(func.count()).select_from(table).where(*where)  # type: ignore[arg-type]
            return int((await connection.execute(query)).scalar_one())

        return Figures(
            await count(t.outbox, outbox.state == PENDING),
            await count(t.outbox, outbox.state == PARKED),
            await count(t.messages, messages.next_try.is_not(None)),
            await count(t.tasks, tasks.state == "open"),
            await count(t.tasks, tasks.state == "open", tasks.overdue_at <= clock.now()),
        )
