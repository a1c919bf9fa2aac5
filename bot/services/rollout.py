"""A version that was put in force for all cases: group after group of them takes it, and again after a crash.

What is being rolled out is an entry of the history that is not done. A case that has taken the version, or has noted
that it is to take it, is not met again, so a run that was broken off goes on where it was.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import tables as t
from bot.db import versions as db_versions
from bot.db.session import Database
from bot.db.versions import Activation
from bot.engine.verdicts import Fate, Kept
from bot.services.intents import Follow, Intent, Reply
from bot.services.library import Library

log = logging.getLogger(__name__)
TOGETHER = 64
"""Cases of one group: presses of people get their turn between two of them."""
RETIMED, KEPT, CLOSED, MISFITS, FAILED = "retimed", "kept", "closed", "incompatible", "failed"


class Rollout:
    """See the module."""

    def __init__(self, database: Database, library: Library, apply: Callable[[Intent], Awaitable[Reply]]) -> None:
        self._database = database
        self._library = library
        self._apply = apply
        self._running = asyncio.Lock()
        self._begun = True
        """Something may be left to do: at the start of a SQLite file's one process, and after its publications."""

    def begin(self) -> None:
        """A version was put in force for all cases."""
        self._begun = True

    async def refresh(self) -> int:
        """Another replica may have put a version in force."""
        if self._database.dialect != "sqlite":
            async with self._database.read() as connection:
                await self._library.catch_up(connection)
        return 0

    async def run_due(self) -> int:
        """Roll out what is not rolled out yet; returns how many cases were met."""
        if not self._begun and self._database.dialect == "sqlite":
            return 0
        met = 0
        async with self._running:
            while (entry := await self._unfinished()) is not None:
                met += await self._carry_out(entry)
            self._begun = False
        return met

    async def _unfinished(self) -> Activation | None:
        async with self._database.read() as connection:
            return await db_versions.unfinished(connection)

    async def _carry_out(self, entry: Activation) -> int:
        """All cases that have not met this version yet, those included that begin meanwhile under the former one.

        What begins after a still later publication for new cases stays with that.
        """
        failed: set[int] = set()
        met = 0
        while waiting := [one for one in await self._waiting(entry) if one not in failed]:
            for start in range(0, len(waiting), TOGETHER):
                if await self._unfinished() != entry:
                    return met  # a later publication goes first
                group = waiting[start : start + TOGETHER]
                intents = (Follow(case_id, entry.hash, entry.id) for case_id in group)
                replies = await asyncio.gather(*(self._apply(one) for one in intents), return_exceptions=True)
                # `apply` has logged why; the case goes on under its version, and the others follow.
                failed |= {one for one, reply in zip(group, replies, strict=True) if not _went(reply)}
                met += len(group)
        async with self._database.write() as connection:
            counts = await counted(connection, entry, failed)
            await db_versions.finish(connection, entry.id, counts)
        return met

    async def _waiting(self, entry: Activation) -> list[int]:
        async with self._database.read() as connection:
            later = await db_versions.next_entry(connection, entry.id)
            query = select(t.cases.c.id).where(on_another(entry.hash)).order_by(t.cases.c.id)
            if later is not None:
                query = query.where(_begun_before(later.at))
            return list((await connection.execute(query)).scalars())


def _went(reply: Reply | BaseException) -> bool:
    return isinstance(reply, Reply) and reply.done


def _begun_before(moment: datetime) -> ColumnElement[bool]:
    """What has begun since, or the lead it has come from, began with a version that was put in force for new cases."""
    lines = t.journal.c
    return exists().where(lines.case_id.in_([t.cases.c.id, t.cases.c.parent]), lines.at < moment)


def on_another(version: str, *, closed: bool = False) -> ColumnElement[bool]:
    """Live (or closed) cases that neither stand on this version nor are to take it."""
    return t.cases.c.closed.is_(closed) & (func.coalesce(t.cases.c.follows, t.cases.c.playbook) != version)


async def counted(connection: AsyncConnection, entry: Activation, failed: Collection[int]) -> dict[str, Any]:
    """What became of the cases of a publication: of a live one the first line that its journal has about it."""
    columns = t.journal.c
    query = select(columns.case_id, columns.data).where(columns.at >= entry.at, columns.event == "Republished")
    fates: dict[int, Fate] = {}
    for row in await connection.execute(query.order_by(columns.id)):
        told = (row.data or {}).get("fate")
        if told is not None and told["entry"] == entry.id:
            fates.setdefault(row.case_id, Fate(Kept(told["kept"]) if told["kept"] else None, told["misfit"]))
    ours = {FAILED: len(failed)} if failed else {}
    return summed(fates.values()) | ours | {CLOSED: await closed_cases(connection, entry.hash)}


async def closed_cases(connection: AsyncConnection, version: str) -> int:
    """Finished cases of other versions: they stay as they are."""
    query = select(func.count()).select_from(t.cases).where(on_another(version, closed=True))
    return int(await connection.scalar(query) or 0)


def summed(fates: Iterable[Fate]) -> dict[str, Any]:
    """How many cases had which fate."""
    fates = list(fates)
    return {
        RETIMED: sum(one.retimed for one in fates),
        KEPT: dict(Counter(str(one.kept) for one in fates if one.kept is not None)),
        MISFITS: dict(Counter(one.misfit for one in fates if one.misfit is not None)),
    }
