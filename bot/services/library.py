"""The playbook versions: the active one for new cases, and each that a running case began with.

Versions never change, so what is known of them stays known. Only which one is active does: on PostgreSQL another
replica may have put one in force, so it is asked for again where a case begins, and at every beat.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import tables as t
from bot.db import versions as db_versions
from bot.db.session import Database
from bot.playbooks.errors import PlaybookInvalid
from bot.playbooks.load import Loaded, load
from bot.playbooks.model import Playbook

log = logging.getLogger(__name__)
FROM_FILE = "file"
"""Author of a version that came with a start of the program."""


class Library:
    """Versions by hash. Filled at the start and whenever a version is stored."""

    def __init__(self, active: Loaded, database: Database | None = None) -> None:
        self._database = database
        self._versions: dict[str, Playbook] = {active.hash: active.playbook}
        self._as_worked: dict[tuple[str, str], Playbook] = {}
        self._unreadable: set[str] = set()
        self.active_hash = active.hash

    @property
    def versions(self) -> Collection[Playbook]:
        """All that are known."""
        return self._versions.values()

    @property
    def active(self) -> Playbook:
        """The version that new cases begin with."""
        return self._versions[self.active_hash]

    def __getitem__(self, version: str) -> Playbook:
        """The version with this hash; the active one where it is gone.

        Its shifts are those of the active version: they are about people, who do not work otherwise for older cases.
        """
        known = (version, self.active_hash)
        if known not in self._as_worked:
            playbook = self._versions.get(version, self.active)
            if playbook.shifts != self.active.shifts:
                playbook = playbook.model_copy(update={"shifts": self.active.shifts})
            self._as_worked[known] = playbook
        return self._as_worked[known]

    def __contains__(self, version: object) -> bool:
        return version in self._versions

    def add(self, loaded: Loaded) -> None:
        """Know one more version."""
        self._versions[loaded.hash] = loaded.playbook
        self._as_worked.clear()

    def take_in(self, version: str, text: str) -> None:
        """Know a version that is kept; where this release cannot read it, its cases follow the active one."""
        if version in self or version in self._unreadable:
            return
        try:
            self.add(load(text, checked=True))
        except PlaybookInvalid as error:
            self._unreadable.add(version)
            log.warning("version %.8s of the playbook is of another release and cannot be read: %s", version, error)

    async def know(self, hashes: Iterable[str]) -> None:
        """As `learn`, outside of any transaction; it costs nothing where all are known."""
        if self._database is not None and not self._versions.keys() | self._unreadable >= (wanted := set(hashes)):
            async with self._database.read() as connection:
                await self.learn(connection, wanted)

    async def learn(self, connection: AsyncConnection, hashes: Iterable[str | None]) -> None:
        """Know these versions, which another replica may have stored; those that nobody has are left out."""
        unknown = {one for one in hashes if one is not None} - self._versions.keys() - self._unreadable
        if unknown:
            for version, text in (await db_versions.texts(connection, unknown)).items():
                await asyncio.to_thread(self.take_in, version, text)  # it takes as long as dozens of presses

    async def catch_up(self, connection: AsyncConnection, *, share: bool = False) -> None:
        """Which version is in force now; `share`: nobody changes that before the transaction ends.

        A SQLite file has one process, which knows.
        """
        if connection.dialect.name == "sqlite":
            return
        found = await db_versions.active_hash(connection, share=share)
        await self.learn(connection, [found])
        if found is not None and found in self:
            self.active_hash = found


async def open_library(database: Database, chosen: Loaded, now: datetime) -> Library:
    """Store the chosen playbook as a version if it is new, and load every version that is kept.

    A changed file becomes the active version, unless an admin has made a later one of the same playbook from the phone.
    """
    columns = t.playbook_versions.c
    query = select(columns.hash, columns.playbook, columns.author, columns.active, columns.text)
    library = Library(chosen, database)
    async with database.write() as connection:
        former = await db_versions.active_hash(connection, change=True)
        stored = {row.hash: row for row in await connection.execute(query)}
        for row in stored.values():
            library.take_in(row.hash, row.text)
        active = stored.get(former) if former is not None and former in library else None
        same = active is not None and active.playbook == chosen.playbook.playbook
        made_here = active is not None and same and active.author != FROM_FILE
        if active is None or (chosen.hash not in stored and not made_here):
            if chosen.hash not in stored:
                await db_versions.keep(connection, chosen, FROM_FILE, "", now)
            await db_versions.put_in_force(connection, chosen.hash, former, FROM_FILE, "", "new", now)
            former = chosen.hash
    library.active_hash = former if former is not None else chosen.hash
    return library
