"""The playbook versions: the active one for new cases, and each that a running case began with."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, update

from bot.db import tables as t
from bot.db.session import Database, insert
from bot.playbooks.load import Loaded, load
from bot.playbooks.model import Playbook


class Library:
    """Versions by hash. Filled at the start and whenever a version is stored."""

    def __init__(self, active: Loaded) -> None:
        self._versions: dict[str, Playbook] = {active.hash: active.playbook}
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
        """The version with this hash; the active one where it is gone."""
        return self._versions.get(version, self.active)

    def add(self, loaded: Loaded) -> None:
        """Know one more version."""
        self._versions[loaded.hash] = loaded.playbook


async def open_library(database: Database, chosen: Loaded, now: datetime) -> Library:
    """Store the chosen playbook as a version if it is new, and load every version that is kept.

    A changed file becomes the active version, unless an admin has made a later one of the same playbook from the phone.
    """
    columns = t.playbook_versions.c
    async with database.write() as connection:
        rows = list(await connection.execute(select(columns.hash, columns.playbook, columns.author, columns.active)))
        active = next((row for row in rows if row.active), None)
        same = active is not None and active.playbook == chosen.playbook.playbook
        if all(row.hash != chosen.hash for row in rows) and not (active and same and active.author != "file"):
            await connection.execute(update(t.playbook_versions).values(active=False))
            values = {
                "hash": chosen.hash,
                "playbook": chosen.playbook.playbook,
                "text": chosen.text,
                "author": "file",
                "note": "",
                "at": now,
                "active": True,
            }
            await connection.execute(insert(connection, t.playbook_versions).values(values))
        stored = list(
            await connection.execute(
                select(t.playbook_versions.c.hash, t.playbook_versions.c.text, t.playbook_versions.c.active)
            )
        )
    library = Library(chosen)
    for row in stored:
        if row.hash != chosen.hash:
            library.add(load(row.text, checked=True))
        if row.active:
            library.active_hash = row.hash
    return library
