"""CRM writes that the portal refused: an admin sees them and decides; none is dropped silently."""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy import insert as plain_insert

from bot.clock import Clock
from bot.db import tables as t
from bot.db.outbox import PARKED, PENDING, SKIPPED
from bot.db.people import Person
from bot.db.session import Database
from bot.engine.titles import short_name
from bot.locales.ru import dialogs as ru
from bot.screens.admin import Parked


class OutboxDesk:
    """See the module."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def parked(self) -> list[Parked]:
        """What waits for an admin, oldest first."""
        rows = t.outbox.c
        query = (
            select(rows.id, t.cases.c.client_name, rows.op, rows.error)
            .join(t.cases, t.cases.c.id == rows.case_id)
            .where(rows.state == PARKED)
            .order_by(rows.id)
        )
        async with self._database.read() as connection:
            found = await connection.execute(query)
            return [Parked(row.id, short_name(row.client_name), row.op, row.error or "") for row in found]

    async def retry(self, row: int, by: Person) -> str:
        """Try it again now; returns the sentence for the admin."""
        return await self._decide(row, by, PENDING, ru.RETRIED)

    async def skip(self, row: int, by: Person) -> str:
        """Leave it out for good; the journal keeps who said so."""
        return await self._decide(row, by, SKIPPED, ru.SKIPPED)

    async def _decide(self, row: int, by: Person, state: str, words: str) -> str:
        now = self._clock.now()
        async with self._database.write() as connection:
            query = select(t.outbox.c.case_id).where(t.outbox.c.id == row, t.outbox.c.state == PARKED)
            found = (await connection.execute(query)).first()
            if found is None:
                return ru.GONE
            values = {"state": state, "next_try": now if state == PENDING else None, "tries": 0}
            await connection.execute(update(t.outbox).where(t.outbox.c.id == row).values(values))
            why = f"{words.format(id=row)} {by.name}"
            entry = {"case_id": found.case_id, "at": now, "by": by.crm_user_id, "event": "Outbox", "why": why}
            await connection.execute(plain_insert(t.journal).values(entry))
        return words.format(id=row)

    async def count(self) -> int:
        """How many are parked, for /metrics."""
        async with self._database.read() as connection:
            query = select(func.count()).select_from(t.outbox).where(t.outbox.c.state == PARKED)
            return int((await connection.execute(query)).scalar_one())
