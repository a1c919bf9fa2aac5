"""Putting a playbook version in force, for new cases or for all, and going back to an earlier one."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.db import versions as db_versions
from bot.db.people import Person
from bot.db.session import Database
from bot.db.versions import Activation, Version
from bot.engine.calendars import zone_of
from bot.engine.titles import stamp
from bot.errors import ActionNotAllowed, Conflict
from bot.locales.ru import publishing as ru
from bot.playbooks.load import Loaded, load
from bot.services.library import FROM_FILE, Library
from bot.services.published import Mode, Published


class Publishing:
    """See the module."""

    def __init__(self, database: Database, clock: Clock, library: Library) -> None:
        self._database = database
        self._clock = clock
        self._library = library

    async def versions(self, limit: int = 20) -> list[Version]:
        """The versions that are kept: the one in force, then the one before it, and so on."""
        async with self._database.read() as connection:
            return await db_versions.recent(connection, limit)

    async def history(self, limit: int = 20) -> list[Activation]:
        """Who has put which version in force, when, for which cases, and what became of them; the newest first."""
        async with self._database.read() as connection:
            return await db_versions.history(connection, limit)

    async def text_of(self, hash: str) -> str:  # noqa: A002 - what a version is called everywhere
        """The very text of a version.

        Raises:
            ActionNotAllowed: there is none with this hash.
        """
        async with self._database.read() as connection:
            found = await db_versions.texts(connection, [hash])
        if hash not in found:
            raise ActionNotAllowed(ru.UNKNOWN_VERSION)
        return found[hash]

    async def publish(self, proposed: Loaded, *, base: str, by: Person, note: str, mode: Mode) -> Published:
        """Put a version in force that was made from the version `base`.

        Raises:
            Conflict: another one is in force by now; nothing was changed.
        """
        now = self._clock.now()
        async with self._database.write() as connection:
            await self._check(connection, base)
            await db_versions.keep(connection, proposed, by.name, note, now)
            await db_versions.put_in_force(connection, proposed.hash, base, by.name, note, mode, now)
        self._library.add(proposed)
        self._library.active_hash = proposed.hash
        return Published(proposed.hash, now, mode)

    async def rollback(self, hash: str, *, base: str, by: Person, mode: Mode) -> Published:  # noqa: A002
        """Put an earlier version in force again, as it was to the last byte.

        Raises:
            Conflict: another one than `base` is in force by now; nothing was changed.
            ActionNotAllowed: there is no version with this hash.
        """
        async with self._database.read() as connection:
            version = await db_versions.one(connection, hash)
        if version is None:
            raise ActionNotAllowed(ru.UNKNOWN_VERSION)
        stored = load(await self.text_of(hash), checked=True)
        note = ru.ROLLED_BACK.format(at=stamp(version.at, zone_of(self._library.active)))
        return await self.publish(stored, base=base, by=by, note=note, mode=mode)

    async def _check(self, connection: AsyncConnection, base: str) -> None:
        active = await db_versions.active_hash(connection, change=True)
        if active == base:
            return
        last = next(iter(await db_versions.history(connection, 1)), None)
        version = last or next(iter(await db_versions.recent(connection, 1)))
        who = ru.FROM_FILE if version.author == FROM_FILE else version.author
        note = ru.CONFLICT_NOTE.format(note=version.note) if version.note else ""
        zone = zone_of(self._library.active)
        raise Conflict(ru.CONFLICT.format(who=who, at=stamp(version.at, zone), note=note))
