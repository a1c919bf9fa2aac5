"""Bringing messages in Telegram up to what their rows want: send, edit, and what Telegram's answers mean."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from aiogram import Bot
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.methods import AnswerCallbackQuery, EditMessageText, GetUpdates, Response, SendMessage

from bot.clock import Clock
from bot.db import messages as db
from bot.db.messages import Delivery, Message
from bot.db.session import Database
from bot.messenger.markup import keyboard
from bot.messenger.pace import Pace

log = logging.getLogger(__name__)
BATCH = 100
AT_ONCE = 8
"""Requests under way side by side."""
_RETRY = (2, 5, 15, 30, 60)
"""Seconds until the next try while Telegram does not answer."""
_ANSWERS = tuple(
    Response[method.__returning__]  # type: ignore[name-defined]  # a type that is only known while running
    for method in (GetUpdates, SendMessage, EditMessageText, AnswerCallbackQuery)
)
"""Held so that they live: aiogram makes the type of an answer anew, at several milliseconds, once it was collected."""
_EDIT_GONE = ("message to edit not found", "message can't be edited", "there is no text in the message to edit")


class Lost(Enum):
    """Why a chat takes no messages."""

    BLOCKED = "blocked"
    MIGRATED = "migrated"


@dataclass(frozen=True, slots=True)
class ChatLost:
    """A chat that refuses us, for the service that knows whose it is."""

    chat_id: int
    why: Lost
    new_chat_id: int | None = None


class Courier:
    """Delivers due messages under the pace. `on_lost` learns of blocked people and migrated groups."""

    def __init__(
        self, database: Database, clock: Clock, tg: Bot, *, on_lost: Callable[[ChatLost], Awaitable[None]]
    ) -> None:
        self._database = database
        self._clock = clock
        self._tg = tg
        self._on_lost = on_lost
        self._pace = Pace()
        self._lock = asyncio.Lock()
        self._paced_until: datetime | None = None

    async def deliver_due(self) -> int:
        """Send and edit whatever is due and allowed now; returns how many got through.

        What becomes due meanwhile is left to the next call, so that presses without a pause hold nobody up.
        """
        async with self._lock:
            through = 0
            called_at = self._clock.now()
            while True:
                async with self._database.read() as connection:
                    waiting = await db.due(connection, called_at, BATCH)
                ready = self._ready(waiting, self._clock.now())
                if not ready:
                    return through
                ends = await self._deliver_all(ready)
                async with self._database.write() as connection:
                    await db.delivered(connection, ends, self._clock.now())
                through += sum(end.error is None for end in ends)

    async def next_due(self) -> datetime | None:
        """When the next message may be delivered: its own moment, or later where the pace holds it."""
        async with self._database.read() as connection:
            moment = await db.next_due(connection)
        if moment is None:
            return None
        return max(moment, self._paced_until) if self._paced_until else moment

    def _ready(self, waiting: Sequence[Message], now: datetime) -> list[Message]:
        """Those that the pace lets go now; one at a time for each chat keeps their order."""
        ready: list[Message] = []
        busy: set[int] = set()
        later: list[datetime] = []
        for message in waiting:
            if message.chat_id in busy:
                continue
            at = self._pace.ready_at(message.chat_id, now)
            busy.add(message.chat_id)
            if at > now:
                later.append(at)
            else:
                self._pace.take(message.chat_id, now)
                ready.append(message)
        self._paced_until = min(later) if later and not ready else None
        return ready

    async def _deliver_all(self, messages: Sequence[Message]) -> list[Delivery]:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(message: Message) -> Delivery:
            async with gate:
                return await self._deliver(message)

        return list(await asyncio.gather(*(one(message) for message in messages)))

    async def _deliver(self, message: Message) -> Delivery:
        assert message.id is not None  # it was read from its row
        done = Delivery(message.id, message.want, message.telegram_id, None)
        try:
            return Delivery(message.id, message.want, await self._put(message), None)
        except TelegramRetryAfter as error:
            until = self._clock.now() + timedelta(seconds=error.retry_after)
            self._pace.hold(message.chat_id, until)
            return self._later(message, until, "retry after")
        except TelegramMigrateToChat as error:
            await self._on_lost(ChatLost(message.chat_id, Lost.MIGRATED, error.migrate_to_chat_id))
            return self._later(message, self._clock.now(), "migrated")
        except TelegramForbiddenError as error:
            await self._on_lost(ChatLost(message.chat_id, Lost.BLOCKED))
            return Delivery(done.id, message.want, message.telegram_id, None, error=str(error), live=False)
        except (TelegramNetworkError, TelegramServerError, ClientDecodeError) as error:
            until = self._clock.now() + timedelta(seconds=_RETRY[min(message.tries, len(_RETRY) - 1)])
            self._pace.hold(message.chat_id, until)  # what was to come after it must not come before it
            return self._later(message, until, type(error).__name__)
        except TelegramAPIError as error:
            # Never retried blindly: Telegram will refuse the same message again. Kept with its reason.
            log.warning("telegram refused message %s: %s", message.id, error)
            shown = message.telegram_id is not None  # a refused edit leaves the old look, whose buttons still work
            return Delivery(done.id, message.want, message.telegram_id, None, error=str(error), live=shown)

    def _later(self, message: Message, at: datetime, error: str) -> Delivery:
        assert message.id is not None
        return Delivery(
            message.id, message.shown, message.telegram_id, at, tries=message.tries + 1, error=error, live=True
        )

    async def _put(self, message: Message) -> int | None:
        """Send it, or edit what is there; an edit that cannot be made becomes a new message."""
        if message.telegram_id is None:
            if not message.live and message.kind not in ("notice", "screen"):
                return None  # it was over before it could be shown
            return await self._send(message)
        try:
            await self._tg.edit_message_text(
                message.screen.text,
                chat_id=message.chat_id,
                message_id=message.telegram_id,
                reply_markup=keyboard(message.screen),
            )
        except TelegramBadRequest as error:
            text = error.message.lower()
            if "message is not modified" in text:
                return message.telegram_id
            if any(gone in text for gone in _EDIT_GONE):
                return await self._send(message) if message.live else None
            raise
        return message.telegram_id

    async def _send(self, message: Message) -> int:
        try:
            sent = await self._tg.send_message(
                message.chat_id,
                message.screen.text,
                message_thread_id=message.thread_id,
                reply_markup=keyboard(message.screen),
            )
        except TelegramBadRequest as error:
            if "message thread not found" not in error.message.lower():
                raise
            sent = await self._tg.send_message(
                message.chat_id, message.screen.text, reply_markup=keyboard(message.screen)
            )
        return sent.message_id
