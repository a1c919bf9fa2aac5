"""Screens of a person that are not cards: «Сегодня», invites, supervisors' and admins' screens."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.db import messages as db
from bot.db import tables as t
from bot.db.messages import Message
from bot.db.session import Database
from bot.screens.screen import Screen, esc


class Showing:
    """Queues screens for delivery; they are rows like everything that people see.

    `on_commit` is told that rows wait for delivery.
    """

    def __init__(self, database: Database, clock: Clock, on_commit: Callable[[], None] = lambda: None) -> None:
        self._database = database
        self._clock = clock
        self._on_commit = on_commit

    async def new(
        self,
        chat_id: int,
        key: str,
        screen: Screen,
        *,
        thread_id: int | None = None,
        data: Mapping[str, Any] | None = None,
        asked: bool = True,
    ) -> int:
        """A new message. `key` makes a repeated request one message; returns 1 if it was the first.

        `asked`: somebody waits for it.
        """
        return await self.many([(chat_id, key, screen)], thread_id=thread_id, data=data, asked=asked)

    async def file(self, chat_id: int, key: str, name: str, text: str, caption: str) -> None:
        """A new message with a file of text. `key` makes a repeated request one message."""
        await self.many([(chat_id, key, Screen(esc(caption)))], data={"file": name, "text": text})

    async def many(
        self,
        screens: list[tuple[int, str, Screen]],
        *,
        thread_id: int | None = None,
        case_id: int | None = None,
        data: Mapping[str, Any] | None = None,
        at: datetime | None = None,
        asked: bool = True,
        kind: str = "screen",
    ) -> int:
        """Several new messages in one commit; known keys are left alone. Returns how many are new.

        `case_id`: they are of this case, and what becomes of it may change them.
        `data`: may name what is attached to them (`bot.messenger.attachments`).
        `at`: they are not sent before this moment.
        `asked`: somebody waits for them, so they need not wait for their turn.
        `kind`: of rows to which nothing is attached.
        """
        async with self._database.write() as connection:
            new = await queue(
                connection,
                self._clock.now(),
                screens,
                thread_id=thread_id,
                case_id=case_id,
                data=data,
                at=at,
                asked=asked,
                kind=kind,
            )
        self._on_commit()
        return new

    def committed(self) -> None:
        """Rows that were queued in somebody's own transaction wait for delivery."""
        self._on_commit()

    async def instead(self, chat_id: int, telegram_id: int, screen: Screen) -> bool:
        """The pressed message shows another screen; False: we do not know that message."""
        now = self._clock.now()
        async with self._database.write() as connection:
            query = select(t.messages.c.key).where(
                t.messages.c.chat_id == chat_id, t.messages.c.telegram_id == telegram_id
            )
            row = (await connection.execute(query)).first()
            message = await db.by_key(connection, row.key) if row else None
            if message is None:
                return False
            message.show(screen, now, urgent=True)
            await db.store(connection, [message], now)
        self._on_commit()
        return True

    async def key_of(self, chat_id: int, telegram_id: int) -> str | None:
        """The key of the message with this number; None: we do not know it."""
        columns = t.messages.c
        query = select(columns.key).where(columns.chat_id == chat_id, columns.telegram_id == telegram_id)
        async with self._database.read() as connection:
            return (await connection.execute(query)).scalar()

    async def by_keys(self, keys: Collection[str], screen: Screen, *, last: bool = False) -> int:
        """All messages with these keys show another screen, in one commit; returns how many there are."""
        now = self._clock.now()
        async with self._database.write() as connection:
            found = await db.select_where(connection, t.messages.c.key.in_(keys), lock=True)
            for message in found:
                message.show(screen, now)
                if last:
                    message.key, message.live, message.dirty = f"{message.key}:{message.id}", False, True
            await db.store(connection, found, now)
        self._on_commit()
        return len(found)

    async def by_key(self, key: str, screen: Screen, *, last: bool = False, urgent: bool = False) -> bool:
        """The message with this key shows another screen; its `last` one frees the key for a new message.

        `urgent`: somebody waits for it.
        """
        now = self._clock.now()
        async with self._database.write() as connection:
            message = await db.by_key(connection, key)
            if message is None:
                return False
            message.show(screen, now, urgent=urgent)
            if last:
                message.key, message.live, message.dirty = f"{key}:{message.id}", False, True
            await db.store(connection, [message], now)
        self._on_commit()
        return True


async def queue(
    connection: AsyncConnection,
    now: datetime,
    screens: Sequence[tuple[int, str, Screen]],
    *,
    thread_id: int | None = None,
    case_id: int | None = None,
    data: Mapping[str, Any] | None = None,
    at: datetime | None = None,
    asked: bool = True,
    kind: str = "screen",
) -> int:
    """`Showing.many` inside a transaction of somebody's own, for what must not be lost between two commits."""
    kind, new = next((attached for attached in ("file", "picture") if attached in (data or {})), kind), 0
    for chat_id, key, screen in screens:
        if await db.by_key(connection, key) is None:
            message = Message(
                key=key,
                chat_id=chat_id,
                kind=kind,
                screen=screen,
                thread_id=thread_id,
                case_id=case_id,
                data=data,
                next_try=at or now,
                urgent=asked,
            )
            await db.store(connection, [message], now)
            new += 1
    return new
