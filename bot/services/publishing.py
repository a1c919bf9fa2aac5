"""Putting a playbook version in force, for new cases or for all, and going back to an earlier one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.db import tables as t
from bot.db import versions as db_versions
from bot.db.cases import restore
from bot.db.people import Person, load_people
from bot.db.session import Database
from bot.db.versions import Activation, Version
from bot.engine.calendars import zone_of
from bot.engine.cover import covering
from bot.engine.republish import fate_of
from bot.engine.rules import Rules
from bot.engine.titles import short_name, stamp
from bot.engine.verdicts import Fate, Kept
from bot.errors import ActionNotAllowed, Conflict
from bot.locales.ru import publishing as ru
from bot.playbooks.load import Loaded, load
from bot.services import numbers
from bot.services.library import FROM_FILE, Library
from bot.services.published import Example, Mode, Preview, Published
from bot.services.rollout import CLOSED, KEPT, MISFITS, RETIMED, Rollout, closed_cases, on_another, summed

_EXAMPLES = 5
_AT_ONCE = 100
"""Cases that are looked at before others get their turn."""


class Publishing:
    """See the module."""

    def __init__(self, database: Database, clock: Clock, library: Library, rollout: Rollout) -> None:
        self._database = database
        self._clock = clock
        self._library = library
        self._rollout = rollout

    async def preview(self, proposed: Loaded) -> Preview:
        """What publishing this for all cases would do now. Writes nothing."""
        query = select(t.cases.c.state).where(on_another(proposed.hash))
        now, fates, examples = self._clock.now(), list[Fate](), list[Example]()
        async with self._database.read() as connection:
            cases = [restore(row.state) for row in await connection.execute(query)]
            closed = await closed_cases(connection, proposed.hash)
            await self._library.learn(connection, {case.playbook for case in cases})
            staff = (await load_people(connection)).staff
            for number, case in enumerate(cases, start=1):
                rules = Rules(self._library[case.playbook], now, "manager", staff, covering(case))
                fate, task = fate_of(rules, proposed.playbook, case, proposed.hash)
                if numbers.matters((rules.playbook, proposed.playbook), case, task):
                    rules = replace(rules, elsewhere=await numbers.elsewhere(connection, case, now))
                    fate, task = fate_of(rules, proposed.playbook, case, proposed.hash)
                fates.append(fate)
                if fate.retimed and task is not None and case.task is not None:
                    examples.append(Example(short_name(case.client.name or case.title), case.task.due_at, task.due_at))
                if number % _AT_ONCE == 0:
                    await asyncio.sleep(0)
        examples.sort(key=lambda one: (one.before, one.name))
        return Preview(**_counts(summed(fates) | {CLOSED: closed}), examples=examples[:_EXAMPLES])

    async def behind(self) -> int:
        """How many clients in work are not on the version in force, nor to take it."""
        query = select(func.count()).select_from(t.cases).where(on_another(self._library.active_hash))
        async with self._database.read() as connection:
            return int(await connection.scalar(query) or 0)

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
        """Put a version in force that was made from the version `base`; with `Mode.ALL` returns when all have followed.

        Raises:
            Conflict: another one is in force by now; nothing was changed.
        """
        now = self._clock.now()
        async with self._database.write() as connection:
            await self._check(connection, base)
            await db_versions.keep(connection, proposed, by.name, note, now)
            entry = await db_versions.put_in_force(connection, proposed.hash, base, by.name, note, mode, now)
        self._library.add(proposed)
        self._library.active_hash = proposed.hash
        if mode is Mode.NEW:
            return Published(proposed.hash, now, mode)
        self._rollout.begin()
        await self._rollout.run_due()
        async with self._database.read() as connection:
            done = await db_versions.entry(connection, entry)
        return Published(proposed.hash, now, mode, **_counts(done.counts or {}))

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
        text = await self.text_of(hash)
        known = hash in self._library
        stored = Loaded(self._library[hash], text, hash) if known else await asyncio.to_thread(load, text, checked=True)
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


def _counts(counts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "retimed": counts.get(RETIMED, 0),
        "kept": {Kept(reason): count for reason, count in counts.get(KEPT, {}).items()},
        "closed": counts.get(CLOSED, 0),
        "incompatible": dict(counts.get(MISFITS, {})),
    }
