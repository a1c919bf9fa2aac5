"""CRM writes that the portal refused: an admin sees them and decides; none is dropped silently."""

from __future__ import annotations

from sqlalchemy import func, select, update

from bot.clock import Clock
from bot.db import audit, journal
from bot.db import tables as t
from bot.db.audit import Change
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
        return await self._decide(row, by, PENDING, ru.RETRIED.format(id=row))

    async def skip(self, row: int, by: Person, reason: str) -> str:
        """Leave it out for good, for one of the reasons that are offered; the journal keeps who said so, and why."""
        if reason not in ru.SKIP_REASONS:
            return ru.GONE
        words = ru.SKIPPED.format(id=row, reason=ru.SKIP_REASONS[reason])
        return await self._decide(row, by, SKIPPED, words, reason=ru.SKIP_REASONS[reason])

    async def _decide(self, row: int, by: Person, state: str, words: str, **more: str) -> str:
        now = self._clock.now()
        async with self._database.write() as connection:
            rows = t.outbox.c
            query = (
                select(rows.case_id, rows.op, t.cases.c.client_name)
                .join(t.cases, t.cases.c.id == rows.case_id)
                .where(rows.id == row, rows.state == PARKED)
            )
            found = (await connection.execute(query)).first()
            if found is None:
                return ru.GONE
            values = {"state": state, "next_try": now if state == PENDING else None, "tries": 0}
            await connection.execute(update(t.outbox).where(rows.id == row).values(values))
            await journal.add(connection, found.case_id, now, by.crm_user_id, "Outbox", f"{words} {by.name}")
            what = Change.RETRIED if state == PENDING else Change.SKIPPED
            about = {"id": str(row), "client": short_name(found.client_name), "op": found.op} | more
            await audit.note(connection, now, by, what, **about)
        return words

    async def count(self) -> int:
        """How many are parked, for /metrics."""
        async with self._database.read() as connection:
            query = select(func.count()).select_from(t.outbox).where(t.outbox.c.state == PARKED)
            return int((await connection.execute(query)).scalar_one())
