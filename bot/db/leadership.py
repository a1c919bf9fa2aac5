"""Which replica delivers: one at a time, so that nothing is sent twice.

On PostgreSQL the leader holds a session advisory lock; it is gone the moment the leader's connection is, and the next
replica takes over at its next beat. A SQLite file has one process anyway.
"""

from __future__ import annotations

import logging

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db.session import Database

log = logging.getLogger(__name__)
_KEY = 0x446F7A766F6F


class Leadership:
    """Asked before every beat."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: AsyncConnection | None = None

    async def held(self) -> bool:
        """Whether this replica is the one that delivers; takes the lead when nobody has it."""
        if self._database.dialect == "sqlite":
            return True
        if self._connection is not None:
            try:
                await self._connection.execute(text("SELECT 1"))
            except (SQLAlchemyError, OSError):
                log.warning("the leader's connection is gone; another replica may lead now")
                await self._drop()
            else:
                return True
        return await self._take()

    async def resign(self) -> None:
        """Let the next one lead."""
        await self._drop()

    async def _take(self) -> bool:
        engine = self._database.engine.execution_options(isolation_level="AUTOCOMMIT")
        try:
            connection = await engine.connect()
        except (SQLAlchemyError, OSError):
            return False
        try:
            taken = bool((await connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _KEY})).scalar())
        except (SQLAlchemyError, OSError):
            taken = False
        if taken:
            self._connection = connection
        else:
            await connection.close()
        return taken

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.invalidate()
            await connection.close()
