"""The open tasks of a floor by day, with the cases that they belong to."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import cases as db_cases
from bot.db import tables as t
from bot.engine.case import Case

_AGREEING = 0x6D656574  # "meet": the advisory lock of whoever agrees a meeting


async def agree_alone(connection: AsyncConnection) -> None:
    """Until the transaction ends no other replica agrees a meeting: who is free now stays so; SQLite has one writer.

    One lock for all: people who agree meetings of several participants would wait for each other's.
    """
    if connection.dialect.name == "postgresql":
        await connection.execute(select(func.pg_advisory_xact_lock(_AGREEING)))


async def due_before(connection: AsyncConnection, users: Collection[int], end: datetime) -> list[Case]:
    """The cases in work whose open task these CRM users have to do before `end`; test cases are left out."""
    tasks, cases = t.tasks.c, t.cases.c
    query = (
        select(cases.state)
        .join(t.tasks, (tasks.case_id == cases.id) & (tasks.state == "open"))
        .where(tasks.owner.in_(users), tasks.due_at < end, cases.closed.is_(False), cases.counted)
    )
    return [db_cases.restore(row.state) for row in await connection.execute(query.order_by(tasks.due_at, tasks.id))]
