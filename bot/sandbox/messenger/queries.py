"""Callback queries: a press that waits for the bot's answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from bot.clock import Clock
from bot.sandbox.messenger.refusals import QUERY_TOO_OLD, bad_request
from bot.sandbox.store import Store

ANSWERABLE_FOR = timedelta(seconds=20)
"""For how long a query can be answered; the real figure is not published, presses are refused from about then."""
_BEFORE_FIRST = 4_000_000_000_000_000_000

_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS tg_queries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    bot_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    at REAL NOT NULL,
    answered INTEGER NOT NULL DEFAULT 0
);
INSERT INTO sqlite_sequence (name, seq) SELECT 'tg_queries', {_BEFORE_FIRST}
    WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'tg_queries');
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the presser sees; an empty text is nothing but the end of the spinner."""

    text: str
    show_alert: bool


class Queries:
    """The presses; their ids are in the store, whoever waits for an answer is in memory."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._waiting: dict[str, asyncio.Future[Answer | None]] = {}
        store.executescript(_SCHEMA)

    def open(self, bot_id: int, user_id: int) -> str:
        """A new query and its id."""
        cursor = self._store.execute(
            "INSERT INTO tg_queries (bot_id, user_id, at) VALUES (?, ?, ?)",
            (bot_id, user_id, self._clock.now().timestamp()),
        )
        return str(cursor.lastrowid)

    def answer(self, bot_id: int, query_id: str, answer: Answer) -> None:
        """Take the bot's answer and hand it to the presser.

        Raises:
            Refused: the query is unknown, too old or answered already.
        """
        oldest = (self._clock.now() - ANSWERABLE_FOR).timestamp()
        number = int(query_id) if query_id.isdecimal() and len(query_id) < 20 else -1
        done = self._store.execute(
            "UPDATE tg_queries SET answered = 1 WHERE id = ? AND bot_id = ? AND answered = 0 AND at >= ?",
            (min(number, 2**63 - 1), bot_id, oldest),
        ).rowcount
        if not done:
            raise bad_request(QUERY_TOO_OLD)
        waiter = self._waiting.pop(query_id, None)
        if waiter is not None and not waiter.done():
            waiter.set_result(answer)

    def close(self) -> None:
        """Let nobody wait any longer: the sandbox is going down."""
        for waiter in self._waiting.values():
            if not waiter.done():
                waiter.set_result(None)

    async def wait(self, query_id: str, seconds: float) -> Answer | None:
        """The bot's answer, or None when none came within so many seconds of real time.

        Call it in the same step of the loop in which the query was opened, so that no answer can be missed.
        """
        waiter: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
        self._waiting[query_id] = waiter
        try:
            return await asyncio.wait_for(waiter, seconds)
        except TimeoutError:
            return None
        finally:
            self._waiting.pop(query_id, None)
