"""Finding cases by what a supervisor types, and those that stand too long or belong to nobody."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import tables as t
from bot.db.cases import restore
from bot.engine.case import Case

MOST = 20
_STUCK = 300
"""More than anybody reads."""


async def by_name(connection: AsyncConnection, words: str) -> list[Case]:
    """Cases whose client's name or title holds these words, newest first.

    SQLite folds the case of Latin letters only, so the usual ways of writing a name are looked for.
    """
    forms = dict.fromkeys((words, words.lower(), words.title(), words.upper(), words.capitalize()))
    name = t.cases.c.client_name
    query = select(t.cases.c.state).where(or_(*(name.contains(form, autoescape=True) for form in forms)))
    rows = await connection.execute(query.order_by(t.cases.c.arrived_at.desc(), t.cases.c.id.desc()).limit(MOST))
    return [restore(row.state) for row in rows]


async def by_number(connection: AsyncConnection, number: int, entity: str | None) -> list[Case]:
    """The lead or deal with this number in the CRM."""
    query = select(t.cases.c.state).where(t.cases.c.crm_id == number)
    if entity is not None:
        query = query.where(t.cases.c.entity == entity)
    return [restore(row.state) for row in await connection.execute(query)]


async def over_limit(connection: AsyncConnection, now: datetime) -> list[Case]:
    """Cases in work that have stood in their stage longer than it allows, the longest first."""
    timers, cases = t.timers.c, t.cases.c
    query = (
        select(cases.state)
        .join(t.timers, timers.case_id == cases.id)
        .where(timers.kind == "limit", timers.at <= now, cases.closed.is_(False), cases.counted)
        .order_by(timers.at)
        .limit(_STUCK)
    )
    return [restore(row.state) for row in await connection.execute(query)]


async def nobodys(connection: AsyncConnection, linked: Collection[int]) -> list[Case]:
    """Cases in work whose owner is nobody who is linked, oldest first."""
    cases = t.cases.c
    query = (
        select(cases.state)
        .where(cases.closed.is_(False), cases.counted, or_(cases.owner.is_(None), cases.owner.not_in(linked)))
        .order_by(cases.arrived_at)
        .limit(_STUCK)
    )
    return [restore(row.state) for row in await connection.execute(query)]
