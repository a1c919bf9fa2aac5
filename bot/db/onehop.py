"""SQLite connections that go to their thread once a statement.

aiosqlite goes there four times: for the cursor, the statement, its rows and the cursor's end. On a busy machine these
hand-overs cost more than all the SQL. A transaction begins in the thread together with its first statement, and nobody
waits for the end of one that has only read.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final, Self
from weakref import WeakKeyDictionary, ref

import aiosqlite

_CHUNK = 64
"""Rows that aiosqlite fetches at a time when a cursor is iterated; SQLAlchemy fetches them all."""
_AGAIN_SECONDS: Final = 0.01
"""How soon a connection asks again for the log that another one is just beginning."""
_END_SECONDS: Final = 5.0
"""How long the end of a connection's thread is waited for; it has a statement to finish at most."""


class Threads:
    """The threads of one database's connections, for who ends the loop to which they report."""

    def __init__(self) -> None:
        self._of: WeakKeyDictionary[threading.Thread, ref[OneHopConnection]] = WeakKeyDictionary()

    def add(self, connection: OneHopConnection) -> None:
        """A connection that is about to be opened."""
        self._of[connection.thread] = ref(connection)

    async def ended(self) -> None:
        """Wait for those whose connection was closed, or given up by somebody cancelled while it was being made."""
        for thread, known in list(self._of.items()):
            connection = known()
            if thread.is_alive() and (connection is None or connection.is_ending):
                await asyncio.to_thread(thread.join, _END_SECONDS)


class OneHopCursor:
    """What SQLAlchemy asks of a cursor. The rows come with the statement; nothing is left to be closed."""

    arraysize = 1

    def __init__(self, connection: OneHopConnection) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Iterable[Any] = ()) -> Self:
        """Run a statement and fetch all its rows; a BEGIN waits for the statement after it."""
        if sql.startswith("BEGIN"):
            self._connection.begin(sql)
        else:
            await self._connection.run(self._in_thread, sqlite3.Cursor.execute, sql, parameters)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> Self:
        """Run a statement for each of the parameters."""
        await self._connection.run(self._in_thread, sqlite3.Cursor.executemany, sql, parameters)
        return self

    async def fetchall(self) -> list[Any]:
        """The rows that were not taken yet."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Forget the rows."""
        self._rows = []

    def _in_thread(self, execute: Callable[..., sqlite3.Cursor], sql: str, parameters: Any) -> None:
        cursor = execute(self._connection.begun().cursor(), sql, parameters)
        self.description = cursor.description
        self._rows = cursor.fetchall() if cursor.description else []
        self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        cursor.close()


class OneHopConnection(aiosqlite.Connection):
    """An aiosqlite connection with such cursors; without a transaction there is nothing to commit or roll back."""

    def __init__(self, connector: Callable[[], sqlite3.Connection], *, only_reads: bool) -> None:
        super().__init__(connector, _CHUNK)
        self._thread.daemon = True  # as SQLAlchemy has it: a forgotten connection must not keep the process alive
        self._only_reads = only_reads
        self._begin: str | None = None
        self._open = False
        self._settled = True

    @property
    def thread(self) -> threading.Thread:
        """Where its statements run."""
        return self._thread

    @property
    def is_ending(self) -> bool:
        """Whether it was told to close."""
        return not self._running

    def cursor(self) -> OneHopCursor:  # type: ignore[override]  # SQLAlchemy only enters what it gets
        return OneHopCursor(self)

    def begin(self, sql: str) -> None:
        """Begin a transaction with the next statement."""
        self._begin = sql

    def begun(self) -> sqlite3.Connection:
        """For the thread: the connection, in the transaction that was to be begun."""
        if self._begin is not None:
            sql, self._begin = self._begin, None
            self._conn.execute(sql)
            self._open = True
        return self._conn

    async def commit(self) -> None:
        if self._is_over():
            return
        await super().commit()
        self._open = False

    async def rollback(self) -> None:
        if self._is_over():
            return
        await super().rollback()
        self._open = False

    def _is_over(self) -> bool:
        """Whether nothing is left to be ended. After a failed or cancelled statement only the thread knows."""
        self._begin = None
        if not self._settled:
            return False
        if self._open and self._only_reads:
            self._tx.put_nowait((None, self._conn.rollback))  # in order: before whatever comes next
            self._open = False
        return not self._open

    async def run(self, fn: Callable[..., Any], *args: Any) -> None:
        """Have the thread do it."""
        await self._execute(fn, *args)

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self._settled = False
        result = await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]  # aiosqlite gives no types
        self._settled = True
        return result


def open_one_hop(
    database: str, *, timeout: float, threads: Threads, only_reads: bool = False, **arguments: Any
) -> OneHopConnection:
    """For `async_creator_fn` of SQLAlchemy: takes what `sqlite3.connect` takes, is awaited by it."""
    connector = partial(_connect, database, timeout=timeout, **arguments)
    connection = OneHopConnection(connector, only_reads=only_reads)
    threads.add(connection)
    return connection


def _connect(database: str, *, timeout: float, **arguments: Any) -> sqlite3.Connection:
    """In the thread: a connection that writes ahead into a log, so that readers never wait for the writer.

    SQLite does not wait its `timeout` (seconds) while a log is begun: of several connections that open a new file at
    once all but one may be refused, and have to ask again.
    """
    connection: sqlite3.Connection = sqlite3.connect(database, timeout=timeout, **arguments)
    given_up = time.monotonic() + timeout
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return connection
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > given_up:
                connection.close()
                raise
            time.sleep(_AGAIN_SECONDS)
