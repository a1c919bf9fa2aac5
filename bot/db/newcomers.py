"""Clients who are being entered by hand, as rows. A person has one open form at most."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import tables as t
from bot.engine.newcomer import Newcomer

_NEWCOMER = TypeAdapter(Newcomer)


@dataclass(frozen=True, slots=True)
class StoredNewcomer:
    """A form as it stands in the database.

    `over`: it was recorded (`case_id` is what it became) or cancelled; `form` is empty then.
    """

    id: int
    person_id: int
    new: Newcomer
    version: int
    updated_at: datetime
    over: bool = False
    case_id: int | None = None


_COLUMNS = [t.newcomers.c[name] for name in ("id", "person_id", "state", "version", "updated_at", "over", "case_id")]


async def load(connection: AsyncConnection, number: int, *, lock: bool = False) -> StoredNewcomer | None:
    """The form with this number; `lock` takes its row until the transaction ends (PostgreSQL)."""
    query = select(*_COLUMNS).where(t.newcomers.c.id == number)
    row = (await connection.execute(query.with_for_update() if lock else query)).first()
    return _restore(row) if row is not None else None


async def open_of(connection: AsyncConnection, person_id: int) -> StoredNewcomer | None:
    """The person's open form."""
    query = select(*_COLUMNS).where(t.newcomers.c.person_id == person_id, t.newcomers.c.over.is_(False))
    row = (await connection.execute(query.order_by(t.newcomers.c.id.desc()))).first()
    return _restore(row) if row is not None else None


async def add(connection: AsyncConnection, person_id: int, new: Newcomer, now: datetime) -> StoredNewcomer:
    """A new form."""
    values = {"person_id": person_id, "state": _dump(new), "version": 1, "updated_at": now}
    result = await connection.execute(insert(t.newcomers).values(values).returning(t.newcomers.c.id))
    return StoredNewcomer(int(result.scalar_one()), person_id, new, 1, now)


async def save(connection: AsyncConnection, stored: StoredNewcomer, new: Newcomer, now: datetime) -> StoredNewcomer:
    """The form with one more answer: its buttons of before are stale."""
    version = stored.version + 1
    values = {"state": _dump(new), "version": version, "updated_at": now}
    await connection.execute(update(t.newcomers).where(t.newcomers.c.id == stored.id).values(values))
    return StoredNewcomer(stored.id, stored.person_id, new, version, now)


async def finish(connection: AsyncConnection, number: int, case_id: int | None, now: datetime) -> None:
    """It was cancelled, or became a case, which has all that it knew. Its number is never used again."""
    values = {"state": {}, "over": True, "case_id": case_id, "updated_at": now}
    await connection.execute(update(t.newcomers).where(t.newcomers.c.id == number).values(values))


def _dump(new: Newcomer) -> dict[str, Any]:
    state: dict[str, Any] = _NEWCOMER.dump_python(new, mode="json")
    return state


def _restore(row: Any) -> StoredNewcomer:
    new = _NEWCOMER.validate_python(row.state)
    return StoredNewcomer(row.id, row.person_id, new, row.version, row.updated_at, row.over, row.case_id)
