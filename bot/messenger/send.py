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
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods import AnswerCallbackQuery, Response
from aiohttp import ClientConnectorError

from bot.clock import Clock
from bot.db import deliveries as db
from bot.db import messages as db_messages
from bot.db import tables as t
from bot.db import turns
from bot.db.deliveries import Delivery
from bot.db.messages import Message
from bot.db.session import Database
from bot.messenger import pins
from bot.messenger.methods import EditText, FetchUpdates, SendText
from bot.messenger.pace import Pace
from bot.messenger.put import REQUEST_SECONDS, Gone, put

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
_UNANSWERED = (
    *(TelegramNetworkError, TelegramServerError, ClientDecodeError),
    *(TelegramUnauthorizedError, TelegramNotFound),  # the token was changed: every message would be refused
)
_MAYBE_SENT = (TelegramNetworkError, TelegramServerError, ClientDecodeError)
"""Errors after which nobody knows whether Telegram has done what was asked for."""
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

    `on_lost` learns of blocked people and migrated groups; `on_turn` that something whose turn has come is about to be
    sent, and should be brought up to date; `on_freed` that a message which found its chat being written to by the other
    lane may go on.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        tg: Bot,
        *,
        on_lost: Callable[[ChatLost], Awaitable[None]],
        on_turn: Callable[[], Awaitable[object]] | None = None,
        on_freed: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._tg = tg
        self._on_lost = on_lost
        self._on_turn = on_turn
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
                ends = await self._deliver_all(await self._in_turn(ready))
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

    async def _in_turn(self, ready: list[Message]) -> list[Message]:
        """Those of them whose turn it is, and those that need none; each as it is wanted by now."""
        waiting = [message.id for message in ready if turns.needed(message)]
        if not waiting:
            return ready
        await self._bring_up_to_date()
        now, columns = self._clock.now(), t.messages.c
        async with self._database.write() as connection:
            due = columns.id.in_(waiting) & (columns.next_try <= now)
            fresh = await db_messages.select_where(connection, due)
            chats = {message.chat_id for message in fresh if turns.needed(message)}
            taken = await turns.take(connection, chats, now) if chats else set()
        mine = [message for message in fresh if message.chat_id in taken or not turns.needed(message)]
        return [*(message for message in ready if message.id not in waiting), *mine]

    async def _bring_up_to_date(self) -> None:
        if self._on_turn is None:
            return
        try:
            await self._on_turn()
        except Exception:
            log.exception("what is about to be sent could not be brought up to date")  # late news are better than none

    async def _deliver_all(self, messages: Sequence[Message]) -> list[Delivery]:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(message: Message) -> Delivery:
            async with gate:
                return await self._deliver(message)

        return list(await asyncio.gather(*(one(message) for message in messages)))

    async def _deliver(self, message: Message) -> Delivery:
        end = await self._attempt(message)
        if not turns.needed(message) or end.turn is not None:
            return end
        apart = turns.APART if end.telegram_id is not None or end.unsure else timedelta()
        return replace(end, turn=(message.chat_id, self._clock.now() + apart))

    async def _attempt(self, message: Message) -> Delivery:
        assert message.id is not None  # it was read from its row
        done = Delivery(message.id, message.want, message.telegram_id, None, pinned_id=message.pinned_id)
        try:
            if message.shown < message.want or not pins.waits(message):
                number = await put(self._tg, message)
                if number is None and message.telegram_id is not None and message.live:
                    return replace(done, telegram_id=None, live=False)  # it was deleted, and that is respected
                message = replace(message, telegram_id=number, shown=message.want)
            pinned = await pins.place(self._tg, message, timeout=REQUEST_SECONDS)
            return replace(done, telegram_id=message.telegram_id, pinned_id=pinned)
        except Gone:
            return replace(done, shown=message.shown, telegram_id=None, next_try=self._clock.now())
        except TelegramRetryAfter as error:
            until = self._clock.now() + timedelta(seconds=error.retry_after)
            self._pace.hold(message.chat_id, until)
            return self._later(message, until, "retry after")
        except TelegramMigrateToChat as error:
            await self._on_lost(ChatLost(message.chat_id, Lost.MIGRATED, error.migrate_to_chat_id))
            now = self._clock.now()
            moved = self._later(replace(message, telegram_id=None), now, "migrated")
            return replace(moved, turn=(error.migrate_to_chat_id, now))  # nothing was sent there yet
        except TelegramForbiddenError as error:
            await self._on_lost(ChatLost(message.chat_id, Lost.BLOCKED))
            return replace(done, telegram_id=message.telegram_id, error=str(error), live=False)
        except _UNANSWERED as error:
            until = self._clock.now() + timedelta(seconds=_RETRY[min(message.tries, len(_RETRY) - 1)])
            self._pace.hold(message.chat_id, until)  # what was to come after it must not come before it
            later = self._later(message, until, type(error).__name__)
            return replace(later, unsure=isinstance(error, _MAYBE_SENT) and not _never_left(error))
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
            later = self._later(message, self._clock.now() + timedelta(seconds=_RETRY[-1]), type(error).__name__)
            return replace(later, unsure=True)

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


def _never_left(error: BaseException) -> bool:
    """Whether there was no connection, so that nothing was asked for."""
    return isinstance(error.__cause__, ClientConnectorError)
