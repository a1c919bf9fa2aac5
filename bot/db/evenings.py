"""What stood open at the closing of each working day, by whom: later nobody could tell any more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import tables as t
from bot.db.session import insert

_NOBODY = 0
"""Stands for tasks of nobody; its row tells that the evening was seen, even if nothing was left."""


@dataclass(frozen=True, slots=True)
class Left:
    """Open tasks due by the end of a day.

    Args:
        tasks: how many.
        overdue: of these, overdue by then.
        untold: of these, closed in the CRM without a result.
    """

    tasks: int = 0
    overdue: int = 0
    untold: int = 0


Evening = Mapping[int | None, Left]
"""By CRM user; None: tasks of nobody."""


async def keep(connection: AsyncConnection, day: date, evening: Evening) -> None:
    """Note how a day ended; where that is noted already, it stays."""
    if await kept(connection, [day]):
        return
    rows = [
        {"day": day, "user": user or _NOBODY, "left": one.tasks, "overdue": one.overdue, "untold": one.untold}
        for user, one in {None: Left(), **evening}.items()
    ]
    # Two who lead for a moment see the same: whoever is second adds nothing.
    await connection.execute(insert(connection, t.evenings).on_conflict_do_nothing(), rows)


async def kept(connection: AsyncConnection, days: Collection[date]) -> dict[date, Evening]:
    """How these days ended; those whose end was not seen are not there."""
    one = t.evenings.c
    query = select(one.day, one.user, one.left, one.overdue, one.untold).where(one.day.in_(days))
    found: dict[date, dict[int | None, Left]] = defaultdict(dict)
    for row in await connection.execute(query):
        found[row.day][row.user or None] = Left(row.left, row.overdue, row.untold)
    return dict(found)
