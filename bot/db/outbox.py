"""Writes to the CRM as rows: one queue (`stream`) per client, each row once, in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import tables as t

PENDING, DONE, PARKED, SKIPPED = "pending", "done", "parked", "skipped"


@dataclass(frozen=True, slots=True)
class Write:
    """A CRM write to be queued."""

    stream: int
    case_id: int
    key: str
    op: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Queued:
    """A CRM write that waits."""

    id: int
    stream: int
    case_id: int
    key: str
    op: str
    body: Mapping[str, Any]
    tries: int
    unsure: bool
    created_at: datetime


async def queue(connection: AsyncConnection, writes: Sequence[Write], now: datetime) -> None:
    """Append to the queues."""
    if writes:
        rows = [
            {
                "stream": write.stream,
                "case_id": write.case_id,
                "key": write.key,
                "op": write.op,
                "body": dict(write.body),
                "created_at": now,
                "next_try": now,
            }
            for write in writes
        ]
        await connection.execute(insert(t.outbox), rows)


async def heads(connection: AsyncConnection, now: datetime, limit: int) -> list[Queued]:
    """The first waiting row of each queue, where it is due."""
    first = select(func.min(t.outbox.c.id)).where(t.outbox.c.state == PENDING).group_by(t.outbox.c.stream)
    columns = t.outbox.c
    query = (
        select(
            columns.id,
            columns.stream,
            columns.case_id,
            columns.key,
            columns.op,
            columns.body,
            columns.tries,
            columns.unsure,
            columns.created_at,
        )
        .where(columns.id.in_(first), columns.next_try <= now)
        .order_by(columns.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [Queued(*row) for row in await connection.execute(query)]


async def next_due(connection: AsyncConnection) -> datetime | None:
    """When the next head of a queue may be tried."""
    first = select(func.min(t.outbox.c.id)).where(t.outbox.c.state == PENDING).group_by(t.outbox.c.stream)
    query = select(t.outbox.c.next_try).where(t.outbox.c.id.in_(first)).order_by(t.outbox.c.next_try).limit(1)
    row = (await connection.execute(query)).first()
    return row.next_try if row else None


async def mark_unsure(connection: AsyncConnection, ids: Sequence[int]) -> None:
    """These are about to be sent: if we die before their answer is stored, they are looked up first."""
    if ids:
        await connection.execute(update(t.outbox).where(t.outbox.c.id.in_(ids)).values(unsure=True))


async def remember(connection: AsyncConnection, row: int, body: Mapping[str, Any]) -> None:
    """Keep the row's body with the number of what it made."""
    await connection.execute(update(t.outbox).where(t.outbox.c.id == row).values(body=dict(body)))


async def is_stuck(connection: AsyncConnection) -> bool:
    """Whether writes wait that the CRM did not answer: it is away. A file may also wait for Telegram."""
    columns = t.outbox.c
    waiting = (columns.state == PENDING) & (columns.tries > 0) & (columns.op != "add_file")
    return (await connection.execute(select(columns.id).where(waiting).limit(1))).first() is not None


async def finish(connection: AsyncConnection, ids: Sequence[int], now: datetime) -> None:
    """These are in the CRM."""
    if ids:
        values = {"state": DONE, "done_at": now, "next_try": None, "error": None}
        await connection.execute(update(t.outbox).where(t.outbox.c.id.in_(ids)).values(values))


async def postpone(
    connection: AsyncConnection, row: int, *, next_try: datetime, error: str, unsure: bool, count: bool
) -> None:
    """Try again later; `unsure`: it may have been executed, look before it is repeated."""
    values: dict[str, Any] = {"next_try": next_try, "error": error[:500], "unsure": unsure}
    if count:
        values["tries"] = t.outbox.c.tries + 1
    await connection.execute(update(t.outbox).where(t.outbox.c.id == row).values(values))


async def park(connection: AsyncConnection, row: int, error: str, now: datetime) -> None:
    """The CRM refuses it: an admin sees it and decides; it is never dropped silently."""
    values = {"state": PARKED, "error": error[:500], "next_try": None, "done_at": now}
    await connection.execute(update(t.outbox).where(t.outbox.c.id == row).values(values))


async def waiting(connection: AsyncConnection, case_ids: Sequence[int]) -> set[int]:
    """Those of the cases that have writes which the CRM has not taken yet."""
    query = select(t.outbox.c.case_id).where(t.outbox.c.case_id.in_(case_ids), t.outbox.c.state == PENDING)
    return {row.case_id for row in await connection.execute(query)}
