"""The part of the relay that brings files from the messenger to the CRM: each once, the others of its field kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.crm.client import CrmClient
from bot.crm.fields import file_ids
from bot.crm.files import FileField
from bot.db import outbox as db_outbox
from bot.db.session import Database
from bot.engine import events as ev
from bot.engine.files import unreadable
from bot.errors import FileGone
from bot.locales.ru import engine as ru
from bot.services.intents import Happened
from bot.services.mappers import Mappers
from bot.services.relay_rows import Done, End, Job, Parked

Fetches = Callable[[str], Awaitable[bytes]]
"""Gives the bytes of a file by the messenger's id; raises `FileGone` or `FileAway`."""

ADD_FILE = "add_file"
_BEFORE = "before"
"""Under this key the body of a row that was perhaps sent keeps the numbers of the files that were there before."""


class FileCarrier:
    """Delivers rows of `ADD_FILE`."""

    def __init__(self, database: Database, client: CrmClient, mappers: Mappers, fetch: Fetches) -> None:
        self._database = database
        self._client = client
        self._mappers = mappers
        self._fetch = fetch

    async def carry(self, job: Job) -> tuple[End, Happened | None]:
        """Deliver one row: how it ended, and what its case is told.

        Raises:
            CrmError: the portal did not take it now.
            FileAway: the messenger does not give the file out now.
        """
        body, to = job.row.body, job.to
        await self._mappers.ready([job.playbook])
        name = self._mappers[job.playbook].file_field(to.entity, body["field"])
        if name is None:
            return self.refused(job, ru.FILE_NO_FIELD)
        try:
            data = await self._fetch(body["file"])
        except FileGone as gone:
            return self.refused(job, str(gone))
        broken = unreadable(body["name"], data)
        if broken is not None:
            return self.refused(job, broken)
        field = FileField(self._client, to.entity, to.crm_id or 0, name)
        held = await field.held()
        if _BEFORE in body:
            since = [entry for entry in held if not set(file_ids([entry])) & set(body[_BEFORE])]
            if await field.has(since, data):
                return _done(job, file_ids(held))
        return _done(job, await field.add(await self._noted(job, field, held), body["name"], data))

    async def _noted(self, job: Job, field: FileField, held: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """What the field holds, noted in the row, and read again after that.

        The portal cannot be asked to write only if nothing has changed, and it deletes what a write does not name. So
        the last reading is the last thing before the write: what people add while we look and note is kept; only
        what they add while the write itself travels is lost.
        """
        while True:
            async with self._database.write() as connection:
                await db_outbox.remember(connection, job.row.id, {**job.row.body, _BEFORE: file_ids(held)})
            noted, held = file_ids(held), await field.held()
            if file_ids(held) == noted:
                return held

    def refused(self, job: Job, why: str) -> tuple[End, Happened]:
        """The row is parked, and the case's manager learns why."""
        body: Mapping[str, Any] = job.row.body
        event = ev.FileRefused(body["field"], body["id"], body["name"], why)
        return Parked(job, ru.FILE_PARKED.format(name=body["name"], why=why)), Happened(job.row.case_id, event)


def _done(job: Job, in_crm: list[int]) -> tuple[End, Happened]:
    event = ev.FileArrived(job.row.body["field"], job.row.body["id"], tuple(in_crm))
    return Done(job), Happened(job.row.case_id, event)
