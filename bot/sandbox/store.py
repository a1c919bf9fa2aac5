"""The sandbox's own data: one SQLite file that both halves of the sandbox keep their tables in.

A finished `transaction()` is on the disk (WAL with `synchronous=FULL`), so whatever was answered over HTTP survives
kill -9. The connection belongs to one event loop; a transaction's body must not await.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

Params = Sequence[object] | Mapping[str, object]


class Store:
    """One connection to the sandbox's database.

    Args:
        path: the database file, made with its folder when missing; None keeps everything in memory.
    """

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(":memory:" if path is None else path, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._depth = 0
        self.on_rollback: list[Callable[[], None]] = []
        """Called after writes were taken back, so that a cache of rows can forget them."""
        self.execute("PRAGMA journal_mode=WAL")
        self.execute("PRAGMA synchronous=FULL")
        self.execute("PRAGMA foreign_keys=ON")

    def execute(self, sql: str, params: Params = ()) -> sqlite3.Cursor:
        """Run one statement; rows can be read by column name. Outside a transaction it commits at once."""
        return self._connection.execute(sql, params)

    def executescript(self, script: str) -> None:
        """Run several statements without parameters, such as the tables of a room. Not allowed in a transaction."""
        if self._depth:
            raise RuntimeError("executescript commits what is under way: call it outside a transaction")
        self._connection.executescript(script)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes inside are kept together or not at all.

        Transactions nest: an error takes back the writes of the block it leaves and no others, and the disk is
        written once, at the outermost end.
        """
        savepoint = f"level_{self._depth}"
        self._connection.execute(f"SAVEPOINT {savepoint}" if self._depth else "BEGIN IMMEDIATE")
        before = self._connection.total_changes
        self._depth += 1
        try:
            yield
        except BaseException:
            self._depth -= 1
            if self._depth:
                self._connection.execute(f"ROLLBACK TO {savepoint}")
                self._connection.execute(f"RELEASE {savepoint}")
            else:
                self._connection.execute("ROLLBACK")
            if self._connection.total_changes != before:
                for forget in self.on_rollback:
                    forget()
            raise
        self._depth -= 1
        self._connection.execute(f"RELEASE {savepoint}" if self._depth else "COMMIT")

    def close(self) -> None:
        """Close the file. Every finished transaction is in it."""
        self._connection.close()
