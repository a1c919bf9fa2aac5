"""The journal of the sandbox: every call that either wire received, in order, with its result."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime

from bot.sandbox.store import Store

KEPT_ROWS = 20_000
LONGEST_TEXT = 5_000
LONGEST_LIST = 200
_TRIM_EVERY = 200
_HIDDEN_KEYS = frozenset({"secret_token", "application_token"})

_SCHEMA = """
CREATE TABLE IF NOT EXISTS journal (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    target TEXT NOT NULL,
    method TEXT NOT NULL,
    params TEXT NOT NULL,
    result TEXT NOT NULL,
    caller TEXT NOT NULL
);
"""


class Journal:
    """Calls received, kept in the store; only the last `KEPT_ROWS` stay."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._since_trim = 0
        self.on_record: Callable[[dict[str, object]], None] | None = None
        store.executescript(_SCHEMA)

    def record(
        self,
        target: str,
        method: str,
        params: Mapping[str, object],
        result: object,
        at: datetime,
        caller: str,
    ) -> int:
        """Write down one call and return its id, which only grows.

        Args:
            target: the wire, `telegram` or `bitrix24`.
            method: the method's name as it was called.
            params: what was sent; long values are shortened, secrets are hidden.
            result: what was answered, or what happened instead of an answer.
            at: the moment of business time at which the call came in.
            caller: who called, never with a token or a code.
        """
        row: dict[str, object] = {
            "at": at.isoformat(),
            "target": target,
            "method": method,
            "params": _shorten(dict(params)),
            "result": _shorten(result),
            "caller": caller,
        }
        cursor = self._store.execute(
            "INSERT INTO journal (at, target, method, params, result, caller) VALUES (?, ?, ?, ?, ?, ?)",
            (
                row["at"],
                target,
                method,
                _dump(row["params"]),
                _dump(row["result"]),
                caller,
            ),
        )
        number = int(cursor.lastrowid or 0)
        self._since_trim += 1
        if self._since_trim >= _TRIM_EVERY:
            self._since_trim = 0
            self._store.execute("DELETE FROM journal WHERE id <= ?", (number - KEPT_ROWS,))
        if self.on_record is not None:
            self.on_record({"id": number, **row})
        return number

    def list(self, target: str | None = None, after: int = 0, limit: int | None = None) -> list[dict[str, object]]:
        """Rows with an id greater than `after`, oldest first; of one target, or of both."""
        rows = self._store.execute(
            "SELECT id, at, target, method, params, result, caller FROM journal "
            "WHERE id > ? AND (? IS NULL OR target = ?) ORDER BY id LIMIT ?",
            (after, target, target, -1 if limit is None else limit),
        ).fetchall()
        return [
            {
                "id": row[0],
                "at": row[1],
                "target": row[2],
                "method": row[3],
                "params": json.loads(row[4]),
                "result": json.loads(row[5]),
                "caller": row[6],
            }
            for row in rows
        ]


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _shorten(value: object) -> object:
    if isinstance(value, str):
        return value if len(value) <= LONGEST_TEXT else f"{value[:LONGEST_TEXT]}… ({len(value)} characters)"
    if isinstance(value, (bytes, bytearray)):
        return f"<{len(value)} bytes>"
    if isinstance(value, Mapping):
        return {str(key): "***" if key in _HIDDEN_KEYS else _shorten(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        parts = [_shorten(part) for part in value[:LONGEST_LIST]]
        return parts if len(value) <= LONGEST_LIST else [*parts, f"… {len(value)} in all"]
    return value
