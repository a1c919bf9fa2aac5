"""What the portal tells of clients from before their cases, as rows; and which of it is still to be read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import bindparam, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import tables as t
from bot.db.session import insert
from bot.engine.past import Past

_PAST = TypeAdapter(Past)
_FRESH = timedelta(minutes=2)
"""So long after a reading nobody who opens the history has it read again."""


@dataclass(frozen=True, slots=True)
class Due:
    """A past that is to be read."""

    case_id: int
    tries: int
    asked: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """A past as far as it is known."""

    past: Past
    read: bool
    """It was read at least once."""
    tries: int
    """How often the portal did not give it since."""


async def want(connection: AsyncConnection, case_id: int, now: datetime, *, asked: bool = False) -> None:
    """The portal is to be read for this case; one that was read a moment ago stays as it is.

    Args:
        asked: somebody looks at the history now.
    """
    columns = t.pasts.c
    values = {"case_id": case_id, "state": {}, "asked": asked, "tries": 0, "due_at": now, "read_at": None}
    stale = or_(columns.read_at.is_(None), columns.read_at < now - _FRESH)
    renewed = {"due_at": now, "asked": asked}
    statement = insert(connection, t.pasts).values(values)
    await connection.execute(statement.on_conflict_do_update(index_elements=["case_id"], set_=renewed, where=stale))


async def renew(connection: AsyncConnection, case_id: int, now: datetime) -> None:
    """The client has other contacts now: what was read for the old ones is read again."""
    await connection.execute(update(t.pasts).where(t.pasts.c.case_id == case_id).values(due_at=now))


async def due(connection: AsyncConnection, now: datetime, most: int) -> list[Due]:
    """What is to be read now: first what somebody waits for, then the longest waiting."""
    columns = t.pasts.c
    query = select(columns.case_id, columns.tries, columns.asked).where(columns.due_at <= now)
    rows = await connection.execute(query.order_by(columns.asked.desc(), columns.due_at, columns.case_id).limit(most))
    return [Due(*row) for row in rows]


async def next_due(connection: AsyncConnection) -> datetime | None:
    """When the next reading is due."""
    moment: datetime | None = await connection.scalar(select(func.min(t.pasts.c.due_at)))
    return moment


async def keep(connection: AsyncConnection, pasts: Mapping[int, Past], now: datetime) -> None:
    """These were read."""
    if pasts:
        rows = [{"case": case_id, "said": _dump(past), "moment": now} for case_id, past in pasts.items()]
        await connection.execute(_READ, rows)


async def postpone(connection: AsyncConnection, cases: Iterable[tuple[Due, datetime | None]]) -> None:
    """These could not be read; the moment is that of the next try, None: not before somebody asks for it."""
    rows = [{"case": one.case_id, "number": one.tries + 1, "moment": moment} for one, moment in cases]
    if rows:
        await connection.execute(_POSTPONED, rows)


_OF_CASE = update(t.pasts).where(t.pasts.c.case_id == bindparam("case"))
_READ = _OF_CASE.values(state=bindparam("said"), read_at=bindparam("moment"), due_at=None, asked=False, tries=0)
_POSTPONED = _OF_CASE.values(tries=bindparam("number"), due_at=bindparam("moment"))


async def of_cases(connection: AsyncConnection, case_ids: Collection[int]) -> dict[int, Kept]:
    """What is known for these cases."""
    columns = t.pasts.c
    query = select(columns.case_id, columns.state, columns.read_at, columns.tries)
    rows = await connection.execute(query.where(columns.case_id.in_(case_ids)))
    return {row.case_id: Kept(_restore(row.state), row.read_at is not None, row.tries) for row in rows}


def _dump(past: Past) -> dict[str, Any]:
    state: dict[str, Any] = _PAST.dump_python(past, mode="json")
    return state


def _restore(state: Mapping[str, Any]) -> Past:
    return _PAST.validate_python(state)
