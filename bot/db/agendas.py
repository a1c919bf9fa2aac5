"""The open tasks of a floor by day, with the cases that they belong to."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import cases as db_cases
from bot.db import tables as t
from bot.engine.case import Case


async def due_before(connection: AsyncConnection, users: Collection[int], end: datetime) -> list[Case]:
    """The cases in work whose open task these CRM users have to do before `end`; test cases are left out."""
    tasks, cases = t.tasks.c, t.cases.c
    query = (
        select(cases.state)
        .join(t.tasks, (tasks.case_id == cases.id) & (tasks.state == "open"))
        .where(tasks.owner.in_(users), tasks.due_at < end, cases.closed.is_(False), cases.counted)
    )
    return [db_cases.restore(row.state) for row in await connection.execute(query.order_by(tasks.due_at, tasks.id))]
