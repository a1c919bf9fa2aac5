"""The way to the database: one write transaction at a time on SQLite, plain transactions on PostgreSQL.

Query functions take the `AsyncConnection` that `Database.write()` or `Database.read()` gives. Nothing else in the code
begins or ends a transaction, so what stands in one `async with` is either wholly there or not at all.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, Table, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.db.address import Dialect, parse_address, prepare_folder, shown
from bot.db.onehop import Threads, open_one_hop
from bot.errors import SettingsError

READERS: Final = {"sqlite": 4, "postgresql": 8}
"""Read transactions at a time; on SQLite they never wait for the writer."""
WRITERS: Final = {"sqlite": 1, "postgresql": 8}
"""Write transactions at a time of one replica."""
SPARE: Final = 4
"""PostgreSQL connections beyond those, for what takes one from `engine` by itself."""
BUSY_SECONDS: Final = 30.0
"""How long a transaction waits for its turn when another process (a backup, `dozvon migrate`) holds the database."""
CONNECT_SECONDS: Final = 10.0
"""How long a PostgreSQL server may take to answer a new connection."""

Insert = sqlite.Insert | postgresql.Insert
"""An INSERT that knows ON CONFLICT on either database."""


class Database:
    """One database, open. Made by `open_database`; `close()` it in the loop that used it."""

    def __init__(self, address: URL, dialect: Dialect) -> None:
        self.address: Final = address
        self.dialect: Final = dialect
        self.changes = 0
        """How many transactions of this process have changed rows; while it stands, only other processes can have."""
        # Turns are taken before connections: tasks that wait in SQLAlchemy's pool starve when the one that was making
        # the connection for them is cancelled.
        self._reading = asyncio.Semaphore(READERS[dialect])
        self._writing = asyncio.Semaphore(WRITERS[dialect])
        self._threads = Threads()
        if dialect == "sqlite":
            open_ = partial(_sqlite_engine, address, threads=self._threads)
            self._writer = open_(connections=1, begin="BEGIN IMMEDIATE", query_only=False)
            self._reader = open_(connections=READERS[dialect], begin="BEGIN", query_only=True)
        else:
            self._writer = create_async_engine(
                address,
                pool_size=READERS[dialect] + WRITERS[dialect],
                max_overflow=SPARE,
                pool_timeout=BUSY_SECONDS,
                hide_parameters=True,  # rows hold names and phones of clients, and errors are logged
                pool_pre_ping=True,
                connect_args={"timeout": CONNECT_SECONDS},
            )
            self._reader = self._writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        event.listen(self._writer.sync_engine, "after_cursor_execute", _note_change)

    @property
    def engine(self) -> AsyncEngine:
        """The engine that writes, for what does not fit `write()`: PostgreSQL locks that outlive a transaction."""
        return self._writer

    @asynccontextmanager
    async def write(self, *, noticed: bool = True) -> AsyncIterator[AsyncConnection]:
        """A write transaction: committed when the block ends, rolled back when an exception leaves it.

        SQLite: one writer at a time, in order of asking, holding the write lock from the start, so that what was read
        in the block is still true when the block writes. PostgreSQL: READ COMMITTED; lock the rows that you decide on.
        Inside the block open no other one of the kind, and await nothing but the database. What is not to be `noticed`
        is not counted in `changes`: it makes no work for anybody but who delivers messages.
        """
        changed = 0
        async with self._writing:
            try:
                async with self._writer.begin() as connection:
                    assert connection.sync_connection is not None
                    notes = connection.sync_connection.info
                    notes.pop(_CHANGED, None)  # of a transaction that was rolled back
                    yield connection
                    changed = notes.pop(_CHANGED, 0) if noticed else 0
            finally:  # whoever is cancelled while it is committed does not know whether it was
                self.changes += changed

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A read-only transaction that sees one state of the database from its first query to its end."""
        async with self._reading, self._reader.begin() as connection:
            yield connection

    @asynccontextmanager
    async def reshape(self) -> AsyncIterator[AsyncConnection]:
        """A write transaction for migrations, one at a time over all replicas.

        SQLite changes a table by making it anew, which must not fire ON DELETE CASCADE: foreign keys are off in the
        block and checked at its end.

        Raises:
            RuntimeError: the migration leaves a row whose foreign key points nowhere; nothing of it is kept.
        """
        if self.dialect == "postgresql":
            async with self.write() as connection:
                await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATING})
                yield connection
            return
        async with self._writing, self._writer.connect() as connection:
            raw = (await connection.get_raw_connection()).driver_connection
            assert raw is not None
            await raw.execute("PRAGMA foreign_keys=OFF")
            try:
                async with connection.begin():
                    yield connection
                    orphans = (await connection.exec_driver_sql("PRAGMA foreign_key_check")).fetchall()
                    if orphans:
                        raise RuntimeError(f"the migration leaves foreign keys that point nowhere: {orphans[:5]}")
            finally:
                # The pool must not hand out a connection without foreign keys; a new one has them on.
                await connection.invalidate()

    def insert(self, table: Table) -> Insert:
        """See `insert`."""
        return _INSERT[self.dialect](table)

    async def check(self) -> None:
        """See that the database answers.

        Raises:
            SettingsError: it does not; the text names DATABASE_URL and what is wrong, without the password.
        """
        if self.dialect == "sqlite":
            prepare_folder(self.address)
        try:
            async with self.write() as connection:
                await connection.execute(text("SELECT 1"))
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            cause = getattr(error, "orig", None) or error
            reason = (str(cause).strip().splitlines() or [type(cause).__name__])[0]
            reason = reason.removeprefix(f"{type(cause)}: ")
            if self.address.password:
                reason = reason.replace(str(self.address.password), "***")
            raise SettingsError(f"DATABASE_URL: cannot use {shown(self.address)}: {reason}") from error

    async def close(self) -> None:
        """Give all connections back. Blocks that are still open must have ended."""
        await self._reader.dispose()
        await self._writer.dispose()
        await self._threads.ended()


def open_database(url: str) -> Database:
    """Open the database that `url` names; nothing is connected before the first use (`check()` tells early).

    Raises:
        SettingsError: the address is wrong, or the folder of a SQLite file cannot be made or written.
    """
    address, dialect = parse_address(url)
    if dialect == "sqlite":
        prepare_folder(address)
    return Database(address, dialect)


def insert(connection: AsyncConnection | Connection, table: Table) -> Insert:
    """An INSERT of the connection's dialect, for `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return _INSERT[connection.dialect.name](table)


_INSERT: Final[dict[str, Callable[[Table], Insert]]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_CHANGED: Final = "dozvon.changed"
_MIGRATING: Final = 0x446F7A766F6E  # "Dozvon": the advisory lock that migrations of one database share


def _note_change(  # SQLAlchemy gives the last two arguments by position
    connection: Connection, cursor: Any, _sql: str, _parameters: Any, context: Any, _many: bool
) -> None:
    if context is None or not (context.isinsert or context.isupdate or context.isdelete) or cursor.rowcount == 0:
        return
    connection.info[_CHANGED] = 1


def _sqlite_engine(address: URL, *, threads: Threads, connections: int, begin: str, query_only: bool) -> AsyncEngine:
    creator = partial(open_one_hop, only_reads=query_only, threads=threads)
    engine = create_async_engine(
        address,
        pool_size=connections,
        max_overflow=0,
        hide_parameters=True,
        pool_timeout=BUSY_SECONDS,
        connect_args={"timeout": BUSY_SECONDS, "async_creator_fn": creator},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(dbapi_connection: Any, _record: Any) -> None:
        dbapi_connection.isolation_level = None  # the driver begins nothing by itself: `begin` below does
        cursor = dbapi_connection.cursor()
        try:
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute("PRAGMA foreign_keys=ON")
            if query_only:
                cursor.execute("PRAGMA query_only=ON")
        finally:
            cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
