"""Absences of people: leaves and illnesses, and what became of the tasks meanwhile."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert as plain_insert
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import tables as t

OVER = "over"


@dataclass(frozen=True, slots=True)
class Absence:
    """One leave or illness.

    Args:
        id: its number.
        person_id: who is absent.
        kind: `sick` | `leave`.
        starts_at: from when on.
        ends_at: until when; of an illness the latest.
        state: `planned` | `asked` (the supervisors) | `sharing` (being given out) | `shared` | `kept` | `over`.
        asked_at: since when the supervisors are asked.
    """

    id: int
    person_id: int
    kind: str
    starts_at: datetime
    ends_at: datetime
    state: str
    asked_at: datetime | None


async def not_over(connection: AsyncConnection, person_id: int | None = None) -> list[Absence]:
    """What is planned or under way, in the order of time."""
    columns = t.absences.c
    query = select(
        columns.id,
        columns.person_id,
        columns.kind,
        columns.starts_at,
        columns.ends_at,
        columns.state,
        columns.asked_at,
    ).where(columns.state != OVER)
    if person_id is not None:
        query = query.where(columns.person_id == person_id)
    return [Absence(*row) for row in await connection.execute(query.order_by(columns.starts_at, columns.id))]


async def kinds_now(connection: AsyncConnection, now: datetime) -> dict[int, str]:
    """Who is absent at this moment, and why: person's id → `sick` or `leave`."""
    columns = t.absences.c
    query = select(columns.person_id, columns.kind).where(columns.starts_at <= now, columns.ends_at > now)
    return {row.person_id: row.kind for row in await connection.execute(query)}


async def add(
    connection: AsyncConnection,
    person_id: int,
    kind: str,
    span: tuple[datetime, datetime],
    made_by: int,
    now: datetime,
) -> None:
    """A new absence. What was said of the same days before counts no more."""
    for other in await not_over(connection, person_id):
        if other.starts_at < span[1] and span[0] < other.ends_at:
            ends_at = max(other.starts_at, span[0]) if other.state != "planned" else other.starts_at
            await change(connection, other.id, (other.state,), state=OVER, ends_at=ends_at)
    values = {"person_id": person_id, "kind": kind, "starts_at": span[0], "ends_at": span[1]}
    values |= {"made_by": made_by, "made_at": now, "state": "planned"}
    await connection.execute(plain_insert(t.absences).values(values))


async def change(connection: AsyncConnection, number: int, states: Collection[str], **values: Any) -> bool:
    """Write these values if the absence is in one of `states` still; whether it was."""
    where = (t.absences.c.id == number) & t.absences.c.state.in_(states)
    return (await connection.execute(update(t.absences).where(where).values(**values))).rowcount > 0
