"""Updates from Telegram, kept in the inbox table before Telegram is told that they arrived.

Telegram forgets an update once a later offset is asked for; so the offset moves only after the commit. Inside a lane
(a person, otherwise a chat) updates are worked on in order, different lanes side by side.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from aiogram import Bot
from aiogram.exceptions import ClientDecodeError, TelegramAPIError, TelegramConflictError
from aiogram.types import Update
from pydantic import ValidationError
from sqlalchemy import bindparam, delete, select, update

from bot.clock import Clock
from bot.db import tables as t
from bot.db.session import Database, insert
from bot.messenger.methods import FetchUpdates

log = logging.getLogger(__name__)
ALLOWED = ("message", "callback_query", "my_chat_member")
LANES = 64
"""Lanes that are worked on side by side."""
_KEEP = timedelta(days=2)
_PAUSE = 0.5
_POLL_SECONDS = 25
_ANSWER_SECONDS = 60
"""How long an answer may take beyond that, over a bad line."""
Raw = Mapping[str, Any]
"""An update as Telegram wrote it. It is read when its turn comes: one that we cannot read fails alone, in its row."""


class Inbox:
    """Stores updates and works on them. `handle` does one update; its error costs that update alone."""

    def __init__(self, database: Database, clock: Clock, tg: Bot, handle: Callable[[Update], Awaitable[None]]) -> None:
        self._database = database
        self._clock = clock
        self._tg = tg
        self._handle = handle
        self._lanes: dict[int, list[Raw]] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._gate = asyncio.Semaphore(LANES)
        self._ended: list[dict[str, object]] = []
        self._marked: set[int] = set()
        self._marking: asyncio.Task[None] | None = None

    async def resume(self) -> None:
        """Take up what an earlier process stored and did not finish."""
        async with self._database.read() as connection:
            query = select(t.tg_inbox.c.lane, t.tg_inbox.c.body).where(t.tg_inbox.c.done_at.is_(None))
            rows = list(await connection.execute(query.order_by(t.tg_inbox.c.update_id)))
        for row in rows:
            self._start(row.lane, row.body)

    def marked(self, updates: Iterable[int]) -> None:
        """These were marked as done by the transaction of their effect: once is enough."""
        self._marked.update(updates)

    async def take(self, updates: Sequence[Raw]) -> None:
        """Store updates (a repeated one once) and start on them; returns after the commit."""
        now = self._clock.now()
        rows = {
            one["update_id"]: {
                "update_id": one["update_id"],
                "lane": lane_of(one),
                "body": one,
                "received_at": now,
            }
            for one in updates
        }
        if not rows:
            return
        async with self._database.write() as connection:
            query = insert(connection, t.tg_inbox).on_conflict_do_nothing().returning(t.tg_inbox.c.update_id)
            fresh = set((await connection.execute(query, list(rows.values()))).scalars())
        for one in updates:
            if one["update_id"] in fresh:
                fresh.discard(one["update_id"])
                self._start(lane_of(one), one)

    async def poll_forever(self) -> None:
        """Long polling; ends when cancelled."""
        offset: int | None = None
        silent = False
        while True:
            try:
                poll = FetchUpdates(offset=offset, timeout=_POLL_SECONDS, allowed_updates=json.dumps(ALLOWED))
                updates = await self._tg(poll, request_timeout=_POLL_SECONDS + _ANSWER_SECONDS)
            except TelegramConflictError:
                log.warning("another process polls this bot token (409): stop one of them")
                await asyncio.sleep(_PAUSE)
                continue
            except (TelegramAPIError, ClientDecodeError) as error:
                if not silent:
                    log.warning("telegram does not answer: %s; asking until it does", type(error).__name__)
                silent = True
                await asyncio.sleep(_PAUSE)
                continue
            if silent:
                log.warning("telegram answers again")
                silent = False
            try:
                await self.take(updates)
            except Exception:
                log.exception("%d updates could not be stored; they are asked for again", len(updates))
                await asyncio.sleep(_PAUSE)
                continue
            if updates:
                offset = updates[-1]["update_id"] + 1

    async def drain(self) -> None:
        """Return when every stored update has been worked on."""
        while under_way := [*self._running, *([self._marking] if self._marking else [])]:
            await asyncio.wait(under_way)

    @property
    def idle(self) -> bool:
        """Whether nothing is being worked on."""
        return not self._running and self._marking is None

    async def forget_old(self) -> None:
        """Drop what was finished long ago."""
        async with self._database.write() as connection:
            await connection.execute(delete(t.tg_inbox).where(t.tg_inbox.c.done_at < self._clock.now() - _KEEP))

    def _start(self, lane: int, one: Raw) -> None:
        waiting = self._lanes.get(lane)
        if waiting is not None:
            waiting.append(one)
            return
        self._lanes[lane] = [one]
        task = asyncio.get_running_loop().create_task(self._work(lane))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _work(self, lane: int) -> None:
        waiting = self._lanes[lane]
        while waiting:
            async with self._gate:
                await self._one(waiting[0])
            waiting.pop(0)
        del self._lanes[lane]

    async def _one(self, one: Raw) -> None:
        number: int = one["update_id"]
        error: str | None = None
        try:
            await self._handle(Update.model_validate(one, context={"bot": self._tg}))
        except ValidationError as failure:  # without the text: it holds what people wrote
            error = f"unreadable: {[problem['loc'] for problem in failure.errors()]}"[:500]
            log.error("update %s is %s", number, error)  # noqa: TRY400 - the same goes for the trace
        except Exception as failure:
            log.exception("update %s failed", number)
            error = f"{type(failure).__name__}: {failure}"[:500]
        if number in self._marked:
            self._marked.remove(number)
            if error is None:
                return
        self._ended.append({"ended": number, "done_at": self._clock.now(), "error": error})
        if self._marking is None:
            self._marking = asyncio.get_running_loop().create_task(self._mark_ended())

    async def _mark_ended(self) -> None:
        """Updates that end while the database is busy are marked together."""
        ended: list[dict[str, object]] = []
        try:
            while self._ended:
                async with self._database.write() as connection:
                    ended, self._ended = self._ended, []
                    await connection.execute(_MARK, ended)
        except Exception:
            log.exception("%d updates could not be marked as done; the next ones take them along", len(ended))
            self._ended = ended + self._ended
        finally:
            self._marking = None


_MARK = (
    update(t.tg_inbox)
    .where(t.tg_inbox.c.update_id == bindparam("ended"))
    .values(done_at=bindparam("done_at"), error=bindparam("error"))
)


def lane_of(one: Raw) -> int:
    """The person who did it."""
    for kind in ALLOWED:
        with suppress(KeyError, TypeError, ValueError):
            return int(one[kind]["from"]["id"])
    return 0
