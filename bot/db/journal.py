"""The journal: what happened to cases, by whom, and why."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import tables as t

_MOST = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the journal."""

    case_id: int
    at: datetime
    by: int | None
    event: str
    why: str
    data: Mapping[str, Any]


async def of_cases(connection: AsyncConnection, case_ids: Collection[int]) -> list[Line]:
    """The newest lines about these cases, oldest first."""
    columns = t.journal.c
    query = (
        select(columns.case_id, columns.at, columns.by, columns.event, columns.why, columns.data)
        .where(columns.case_id.in_(case_ids))
        .order_by(columns.id.desc())
        .limit(_MOST)
    )
    rows = list(await connection.execute(query))
    return [Line(row.case_id, row.at, row.by, row.event, row.why, row.data or {}) for row in reversed(rows)]


async def add(connection: AsyncConnection, case_id: int, at: datetime, by: int | None, event: str, why: str) -> None:
    """One more line, of something that no decision of the engine stands behind."""
    await connection.execute(insert(t.journal).values(case_id=case_id, at=at, by=by, event=event, why=why, data=None))
