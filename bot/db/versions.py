"""Playbook versions and the history of which of them was in force: who made it so, when, and for which cases."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import audit
from bot.db import tables as t
from bot.db.audit import Change
from bot.db.session import insert as upsert
from bot.playbooks.load import Loaded

_versions, _activations = t.playbook_versions.c, t.playbook_activations.c


@dataclass(frozen=True, slots=True)
class Version:
    """A playbook version that is kept."""

    hash: str
    at: datetime
    """When it was made."""
    author: str
    """Who made it: a name, or `file` for one that came with a start of the program."""
    note: str
    active: bool
    """New cases begin with it."""


@dataclass(frozen=True, slots=True)
class Activation:
    """A version was put in force."""

    id: int
    hash: str
    former: str | None
    """Which one was in force before; None: there was none."""
    at: datetime
    author: str
    note: str
    mode: str
    """`new`: new cases begin with it; `all`: live cases follow."""
    counts: Mapping[str, Any] | None
    """What became of the live cases; None: nothing was to become of them, or not all have followed yet."""
    done: bool
    """Nothing is left to do for it."""


async def active_hash(connection: AsyncConnection, *, share: bool = False, change: bool = False) -> str | None:
    """The version in force; None in an empty table.

    Args:
        connection: an open transaction.
        share: until the transaction ends nobody puts another one in force (PostgreSQL; SQLite has one writer anyway).
        change: we are about to put another one in force.
    """
    query = select(_versions.hash).where(_versions.active)
    if change or share:
        query = query.with_for_update(read=share)
    found: str | None = await connection.scalar(query)
    # A row that somebody else has just put out of force is found no more, and his own was not there yet.
    return found if found is not None else await connection.scalar(query)


async def texts(connection: AsyncConnection, hashes: Collection[str]) -> dict[str, str]:
    """Texts of versions by hash."""
    rows = await connection.execute(select(_versions.hash, _versions.text).where(_versions.hash.in_(hashes)))
    return {row.hash: row.text for row in rows}


async def keep(connection: AsyncConnection, loaded: Loaded, author: str, note: str, now: datetime) -> None:
    """Store a version, not in force yet; one that is stored already stays as it is."""
    values = {
        "hash": loaded.hash,
        "playbook": loaded.playbook.playbook,
        "text": loaded.text,
        "author": author,
        "note": note,
        "at": now,
        "active": False,
    }
    await connection.execute(upsert(connection, t.playbook_versions).values(values).on_conflict_do_nothing())


async def put_in_force(
    connection: AsyncConnection, version: str, former: str | None, author: str, note: str, mode: str, now: datetime
) -> int:
    """New cases begin with this stored version from now on; returns the number of the entry in the history."""
    await connection.execute(update(t.playbook_versions).where(_versions.active).values(active=False))
    await connection.execute(update(t.playbook_versions).where(_versions.hash == version).values(active=True))
    values = {"hash": version, "former": former, "at": now, "author": author, "note": note, "mode": mode}
    await audit.note(connection, now, author, Change.PUBLISHED, mode=mode, hash=version, note=note)
    entry = insert(t.playbook_activations).values(**values, done=mode == "new").returning(_activations.id)
    return int((await connection.execute(entry)).scalar_one())


async def recent(connection: AsyncConnection, limit: int) -> list[Version]:
    """The versions, the one that was in force last first."""
    last = select(_activations.hash, func.max(_activations.id).label("last")).group_by(_activations.hash).subquery()
    columns = (_versions.hash, _versions.at, _versions.author, _versions.note, _versions.active)
    query = select(*columns).outerjoin(last, last.c.hash == _versions.hash)
    ordered = query.order_by(_versions.active.desc(), func.coalesce(last.c.last, 0).desc(), _versions.at.desc())
    return [Version(*row) for row in await connection.execute(ordered.limit(limit))]


async def one(connection: AsyncConnection, version: str) -> Version | None:
    """The version with this hash."""
    columns = (_versions.hash, _versions.at, _versions.author, _versions.note, _versions.active)
    row = (await connection.execute(select(*columns).where(_versions.hash == version))).first()
    return Version(*row) if row is not None else None


async def history(connection: AsyncConnection, limit: int) -> list[Activation]:
    """What was put in force, the newest first."""
    return [Activation(*row) for row in await connection.execute(_HISTORY.limit(limit))]


async def entry(connection: AsyncConnection, number: int) -> Activation:
    """One entry of the history."""
    return Activation(*(await connection.execute(_HISTORY.where(_activations.id == number))).one())


async def next_entry(connection: AsyncConnection, number: int) -> Activation | None:
    """What was put in force next after that entry."""
    query = _HISTORY.where(_activations.id > number).order_by(None).order_by(_activations.id).limit(1)
    row = (await connection.execute(query)).first()
    return Activation(*row) if row is not None else None


async def for_all(connection: AsyncConnection) -> str | None:
    """The version that was put in force for all cases last."""
    query = select(_activations.hash).where(_activations.mode == "all").order_by(_activations.id.desc()).limit(1)
    found: str | None = await connection.scalar(query)
    return found


async def unfinished(connection: AsyncConnection) -> Activation | None:
    """What live cases are still to follow: of several the newest, for it is the one that they end with."""
    row = (await connection.execute(_HISTORY.where(~_activations.done).limit(1))).first()
    return Activation(*row) if row is not None else None


async def finish(connection: AsyncConnection, entry: int, counts: Mapping[str, Any]) -> None:
    """All cases have followed, of this entry and of those before it that it has overtaken."""
    open_still = (_activations.id <= entry) & ~_activations.done
    await connection.execute(update(t.playbook_activations).where(open_still).values(done=True))
    await connection.execute(update(t.playbook_activations).where(_activations.id == entry).values(counts=dict(counts)))


_HISTORY = select(
    _activations.id,
    _activations.hash,
    _activations.former,
    _activations.at,
    _activations.author,
    _activations.note,
    _activations.mode,
    _activations.counts,
    _activations.done,
).order_by(_activations.id.desc())
