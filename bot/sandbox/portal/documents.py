"""Rows of the portal: one JSON document per record, grouped by kind, read from memory and written through."""

from __future__ import annotations

import json
from collections.abc import Iterator

from bot.sandbox.store import Store

Doc = dict[str, object]

_TABLES = """
CREATE TABLE IF NOT EXISTS portal_documents (
    kind TEXT NOT NULL, id INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS portal_counters (kind TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
"""


class Documents:
    """All records of one kind (leads, tasks, users…) by their id.

    Reads are served from memory, which forgets everything when a transaction was taken back. A document that was read
    must not be changed in place: `put` the new one.
    """

    def __init__(self, store: Store, kind: str) -> None:
        self._store = store
        self._kind = kind
        self._rows: dict[int, Doc] | None = None
        self.version = 0
        """Grows whenever something may have changed."""
        store.on_rollback.append(self._forget)

    def _forget(self) -> None:
        self._rows = None
        self.version += 1

    def _all(self) -> dict[int, Doc]:
        if self._rows is None:
            found = self._store.execute(
                "SELECT id, body FROM portal_documents WHERE kind = ? ORDER BY id", (self._kind,)
            )
            self._rows = {row["id"]: json.loads(row["body"]) for row in found}
        return self._rows

    def get(self, key: int | None) -> Doc | None:
        """The document with this id, or None."""
        return None if key is None else self._all().get(key)

    def __iter__(self) -> Iterator[Doc]:
        return iter(list(self._all().values()))

    def __contains__(self, key: int) -> bool:
        return key in self._all()

    def __len__(self) -> int:
        return len(self._all())

    def next_id(self) -> int:
        """A number never given before in this kind, also not to a record deleted since."""
        self._store.execute(
            "INSERT INTO portal_counters (kind, last) VALUES (?, 1) ON CONFLICT (kind) DO UPDATE SET last = last + 1",
            (self._kind,),
        )
        row = self._store.execute("SELECT last FROM portal_counters WHERE kind = ?", (self._kind,)).fetchone()
        return int(row["last"])

    def put(self, key: int, doc: Doc) -> None:
        """Keep a document under its id; a number given from outside raises the counter as well."""
        rows = self._all()
        self._store.execute(
            "INSERT OR REPLACE INTO portal_documents (kind, id, body) VALUES (?, ?, ?)",
            (self._kind, key, json.dumps(doc, ensure_ascii=False)),
        )
        self._store.execute(
            "INSERT INTO portal_counters (kind, last) VALUES (?, ?)"
            " ON CONFLICT (kind) DO UPDATE SET last = max(last, excluded.last)",
            (self._kind, key),
        )
        rows[key] = doc
        self.version += 1

    def drop(self, key: int) -> None:
        """Delete a document; a missing one is no error."""
        rows = self._all()
        self._store.execute("DELETE FROM portal_documents WHERE kind = ? AND id = ?", (self._kind, key))
        rows.pop(key, None)
        self.version += 1


def create_tables(store: Store) -> None:
    """Make the portal's tables in a new file; an old file keeps its own."""
    store.executescript(_TABLES)
