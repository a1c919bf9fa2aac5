"""Updates that wait for their bot. One is gone only when the bot has confirmed it, or after 24 hours."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta

from bot.clock import Clock
from bot.sandbox.messenger.bots import Bots
from bot.sandbox.store import Store

KEPT_FOR = timedelta(hours=24)
NOBODY = 0
"""The bot id of updates that came before there was any bot; the first bot gets them."""
ONLY_WHEN_NAMED = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
_BEFORE_FIRST = 100_000_000

_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS tg_updates (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    bot_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS tg_updates_bot ON tg_updates (bot_id, id);
INSERT INTO sqlite_sequence (name, seq) SELECT 'tg_updates', {_BEFORE_FIRST}
    WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'tg_updates');
"""


class Updates:
    """The queue of every bot, kept in the store."""

    def __init__(self, store: Store, clock: Clock, bots: Bots) -> None:
        self._store = store
        self._clock = clock
        self._bots = bots
        self._arrivals: defaultdict[int, asyncio.Event] = defaultdict(asyncio.Event)
        self.confirmed = asyncio.Event()
        """Set whenever a bot confirmed something; whoever waits clears it."""
        store.executescript(_SCHEMA)

    def put(self, bot_id: int, kind: str, body: Mapping[str, object]) -> None:
        """Queue one update, unless the bot has said that it does not want this kind."""
        allowed = self._bots.allowed(bot_id)
        if kind not in allowed if allowed else kind in ONLY_WHEN_NAMED:
            return
        self._store.execute(
            "INSERT INTO tg_updates (bot_id, kind, body, at) VALUES (?, ?, ?, ?)",
            (bot_id, kind, json.dumps(body, ensure_ascii=False), self._clock.now().timestamp()),
        )
        self.wake(bot_id)

    def claim(self, bot_id: int) -> None:
        """Give a new bot what came while there was none."""
        self._store.execute("UPDATE tg_updates SET bot_id = ? WHERE bot_id = ?", (bot_id, NOBODY))

    def confirm(self, bot_id: int, offset: int) -> None:
        """Forget what the bot has: everything below `offset`, or all but the last `-offset` when it is negative."""
        if offset < 0:
            row = self._store.execute(
                "SELECT id FROM tg_updates WHERE bot_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?", (bot_id, -offset - 1)
            ).fetchone()
            offset = 0 if row is None else int(row[0])
        oldest = (self._clock.now() - KEPT_FOR).timestamp()
        gone = self._store.execute(
            "DELETE FROM tg_updates WHERE bot_id = ? AND (id < ? OR at < ?)", (bot_id, offset, oldest)
        ).rowcount
        if gone:
            self.confirmed.set()

    def drop(self, bot_id: int) -> None:
        """Forget everything that waits for this bot."""
        self._store.execute("DELETE FROM tg_updates WHERE bot_id = ?", (bot_id,))
        self.confirmed.set()

    def waiting(self, bot_id: int, limit: int = 100) -> list[dict[str, object]]:
        """The oldest updates that are not confirmed, as the bot gets them."""
        rows = self._store.execute(
            "SELECT id, kind, body FROM tg_updates WHERE bot_id = ? ORDER BY id LIMIT ?", (bot_id, limit)
        )
        return [{"update_id": int(row[0]), row[1]: json.loads(row[2])} for row in rows]

    def count(self, bot_id: int) -> int:
        """How many updates the bot has not confirmed."""
        row = self._store.execute("SELECT COUNT(*) FROM tg_updates WHERE bot_id = ?", (bot_id,)).fetchone()
        return int(row[0])

    def wake(self, bot_id: int) -> None:
        """Let whoever waits for this bot's updates look again."""
        self._arrivals[bot_id].set()

    def arrival(self, bot_id: int) -> asyncio.Event:
        """Set when something may have come for this bot; the waiter clears it before it looks."""
        return self._arrivals[bot_id]
