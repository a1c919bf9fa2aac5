"""Bringing messages in Telegram up to what their rows want: send, edit, and what Telegram's answers mean."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
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
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods import AnswerCallbackQuery, Response

from bot.clock import Clock
from bot.db import messages as db
from bot.db.messages import Delivery, Message
from bot.db.session import Database
from bot.messenger import pins
from bot.messenger.attachments import editing, sending
from bot.messenger.methods import EditText, FetchUpdates, SendText
from bot.messenger.pace import Pace
from bot.screens.screen import plain

log = logging.getLogger(__name__)
BATCH = 100
AT_ONCE = 8
"""Requests under way side by side."""
_RETRY = (2, 5, 15, 30, 60)
"""Seconds until the next try while Telegram does not answer."""
_ANSWERS = tuple(
    Response[method.__returning__]  # type: ignore[name-defined]  # a type that is only known while running
    for method in (FetchUpdates, SendText, EditText, AnswerCallbackQuery)
)
"""Held so that they live: aiogram makes the type of an answer anew, at several milliseconds, once it was collected."""
_REQUEST_SECONDS = 20
"""A request that hangs longer is given up: the others of its lane wait for it."""
_UNANSWERED = (
    *(TelegramNetworkError, TelegramServerError, ClientDecodeError),
    *(TelegramUnauthorizedError, TelegramNotFound),  # the token was changed: every message would be refused
)
_MODE = "HTML"
_EDIT_GONE = (
    "message to edit not found",
    "message can't be edited",
    "there is no text in the message to edit",
    "there is no caption in the message to edit",
    "caption is too long",
)
_NOT_AGAIN = ("today", "floor")
"""Kinds that are not sent anew when somebody has deleted them."""
_MUTED = ("not enough rights to send text messages", "chat_write_forbidden", "topic_closed", "chat not found")
"""A group in which we may not write; one that is no more is told of in the same way."""


class Lost(Enum):
    """Why a chat takes no messages."""

    BLOCKED = "blocked"
    MUTED = "muted"
    MIGRATED = "migrated"


@dataclass(frozen=True, slots=True)
class ChatLost:
    """A chat that refuses us, for the service that knows whose it is."""

    chat_id: int
    why: Lost
    new_chat_id: int | None = None


class Courier:
    """Delivers due messages under the pace.

    `on_lost` learns of blocked people and migrated groups; `on_freed` that a message which found its chat being written
    to by the other lane may go on.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        tg: Bot,
        *,
        on_lost: Callable[[ChatLost], Awaitable[None]],
        on_freed: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._tg = tg
        self._on_lost = on_lost
        self._pace = Pace()
        self._lane = asyncio.Lock()
        self._urgent_lane = asyncio.Lock()
        self._on_freed = on_freed
        self._busy: set[int] = set()
        self._held_up: set[int] = set()
        """Busy chats that had something else to wait for it."""
        self._ends: list[Delivery] = []
        self._written = 0
        self._paced_until: datetime | None = None

    async def deliver_due(self) -> int:
        """Send and edit whatever is due and allowed now; returns how many got through.

        What becomes due meanwhile is left to the next call, so that presses without a pause hold nobody up.
        """
        async with self._lane:
            return await self._deliver_lane(urgent=False)

    async def deliver_urgent(self) -> int:
        """What follows people's own presses: a lane of its own, so that it waits for no slow answer about others."""
        async with self._urgent_lane:
            return await self._deliver_lane(urgent=True)

    async def _deliver_lane(self, *, urgent: bool) -> int:
        through = 0
        called_at = self._clock.now()
        while True:
            if self._ends:
                await self._write_ends()  # an earlier writing of them failed: they must not be sent again
            written = self._written
            async with self._database.read() as connection:
                due = await db.due(connection, called_at, BATCH, urgent=urgent)
            if self._ends or written != self._written:
                continue  # the other lane has delivered since we began to read
            ready, paced_until = self._ready(due.messages, self._clock.now())
            if not urgent:
                self._paced_until = paced_until
            if not ready:
                return through
            chats = {message.chat_id for message in ready}
            self._busy |= chats
            try:
                ends = await self._deliver_all(ready)
                self._ends += ends
                await self._write_ends()
            finally:
                self._busy -= chats
                if self._held_up & chats:
                    self._held_up -= chats
                    self._on_freed()
            through += sum(end.error is None for end in ends)
            if not due.more and len(ready) == len(due.messages):
                return through

    async def _write_ends(self) -> None:
        ends = list(self._ends)
        through = all(end.error is None for end in ends)
        async with self._database.write(noticed=not through) as connection:
            await db.delivered(connection, ends, self._clock.now())
        self._ends = [end for end in self._ends if end not in ends]
        self._written += 1

    @property
    def paced_until(self) -> datetime | None:
        """When the pace lets the next message go, if it alone holds one back."""
        return self._paced_until

    async def next_due(self) -> datetime | None:
        """When the next message may be delivered: its own moment, or later where the pace holds it."""
        async with self._database.read() as connection:
            moment = await db.next_due(connection)
        if moment is None:
            return None
        return max(moment, self._paced_until) if self._paced_until else moment

    def _ready(self, waiting: Sequence[Message], now: datetime) -> tuple[list[Message], datetime | None]:
        """Those that the pace lets go now, one at a time for each chat; where it holds all, until when."""
        ready: list[Message] = []
        busy: set[int] = set()
        later: list[datetime] = []
        for message in waiting:
            if message.chat_id in self._busy:
                self._held_up.add(message.chat_id)
                continue
            if message.chat_id in busy:
                continue
            at = self._pace.ready_at(message.chat_id, now)
            busy.add(message.chat_id)
            if at > now:
                later.append(at)
            else:
                self._pace.take(message.chat_id, now)
                ready.append(message)
        return ready, min(later) if later and not ready else None

    async def _deliver_all(self, messages: Sequence[Message]) -> list[Delivery]:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(message: Message) -> Delivery:
            async with gate:
                return await self._deliver(message)

        return list(await asyncio.gather(*(one(message) for message in messages)))

    async def _deliver(self, message: Message) -> Delivery:
        assert message.id is not None  # it was read from its row
        done = Delivery(message.id, message.want, message.telegram_id, None, pinned_id=message.pinned_id)
        try:
            if message.shown < message.want or not pins.waits(message):
                number = await self._put(message)
                if number is None and message.telegram_id is not None and message.live:
                    return replace(done, telegram_id=None, live=False)  # it was deleted, and that is respected
                message = replace(message, telegram_id=number, shown=message.want)
            pinned = await pins.place(self._tg, message, timeout=_REQUEST_SECONDS)
            return replace(done, telegram_id=message.telegram_id, pinned_id=pinned)
        except TelegramRetryAfter as error:
            until = self._clock.now() + timedelta(seconds=error.retry_after)
            self._pace.hold(message.chat_id, until)
            return self._later(message, until, "retry after")
        except TelegramMigrateToChat as error:
            await self._on_lost(ChatLost(message.chat_id, Lost.MIGRATED, error.migrate_to_chat_id))
            return self._later(replace(message, telegram_id=None), self._clock.now(), "migrated")
        except TelegramForbiddenError as error:
            await self._on_lost(ChatLost(message.chat_id, Lost.BLOCKED))
            return replace(done, telegram_id=message.telegram_id, error=str(error), live=False)
        except _UNANSWERED as error:
            until = self._clock.now() + timedelta(seconds=_RETRY[min(message.tries, len(_RETRY) - 1)])
            self._pace.hold(message.chat_id, until)  # what was to come after it must not come before it
            return self._later(message, until, type(error).__name__)
        except TelegramAPIError as error:
            if any(words in str(error).lower() for words in _MUTED):
                await self._on_lost(ChatLost(message.chat_id, Lost.MUTED))
            # Never retried blindly: Telegram will refuse the same message again. Kept with its reason.
            log.warning("telegram refused message %s: %s", message.id, error)
            shown = message.telegram_id is not None  # a refused edit leaves the old look, whose buttons still work
            return replace(done, telegram_id=message.telegram_id, error=str(error), live=shown)
        except Exception as error:
            # One message that breaks us must neither stop nor repeat the others that were sent beside it.
            log.exception("message %s could not be delivered", message.id)
            return self._later(message, self._clock.now() + timedelta(seconds=_RETRY[-1]), type(error).__name__)

    def _later(self, message: Message, at: datetime, error: str) -> Delivery:
        assert message.id is not None
        return Delivery(
            message.id,
            message.shown,
            message.telegram_id,
            at,
            tries=message.tries + 1,
            error=error,
            pinned_id=message.pinned_id,
        )

    async def _put(self, message: Message) -> int | None:
        """Send or edit it; where Telegram cannot read the markup, without any."""
        try:
            return await self._put_text(message, message.screen.text, _MODE)
        except TelegramBadRequest as error:
            if "can't parse entities" not in error.message.lower():
                raise
        log.warning("telegram cannot read the markup of message %s", message.id)
        return await self._put_text(message, plain(message.screen.text), None)

    async def _put_text(self, message: Message, text: str, mode: str | None) -> int | None:
        """Send it, or edit what is there; an edit that cannot be made becomes a new message."""
        if message.telegram_id is None:
            if not message.live and message.kind not in ("notice", "screen"):
                return None  # it was over before it could be shown
            return await self._send(message, text, mode)
        try:
            edit = editing(message, message.telegram_id, text, mode)
            await self._tg(edit, request_timeout=_REQUEST_SECONDS)
        except TelegramBadRequest as error:
            reason = error.message.lower()
            if "message is not modified" in reason:
                return message.telegram_id
            if any(gone in reason for gone in _EDIT_GONE):
                again = message.live and message.kind not in _NOT_AGAIN
                return await self._send(message, text, mode) if again else None
            raise
        return message.telegram_id

    async def _send(self, message: Message, text: str, mode: str | None) -> int:
        thread = message.thread_id
        while True:
            try:
                send = await sending(message, text, thread, mode)
                sent = await self._tg(send, request_timeout=_REQUEST_SECONDS)
            except TelegramBadRequest as error:
                if thread is None or "message thread not found" not in error.message.lower():
                    raise
                thread = None
            else:
                return sent.message_id
