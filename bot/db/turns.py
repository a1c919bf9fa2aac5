"""The minute between two new messages of a chat that nobody there has asked for.

A turn is taken before such a message is sent and counts from what came of it. It is a row, so that neither a restart
nor a second replica forgets it; what was under way when we were killed counts as sent.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, or_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import tables as t
from bot.db.messages import Message
from bot.db.session import insert

APART = timedelta(minutes=1)
"""Between two of them."""
_ALERT = "alert"
_OUT_OF_DATE = ("notice", "screen")
"""Kinds that are read though their matter is over."""


def is_sent(message: Message) -> bool:
    """Whether it is still worth sending, where it is not there yet."""
    return message.live or message.kind in _OUT_OF_DATE


def needed(message: Message) -> bool:
    """Whether it has to wait for its turn: it is new, it will be sent, and nobody in the chat has asked for it.

    Nobody asks for alerts: who presses wants the change of one that is there. On a person's own phone only they wait.
    """
    gathered = message.kind == _ALERT or (message.chat_id < 0 and not message.urgent)
    return gathered and message.telegram_id is None and is_sent(message)


def _needed() -> ColumnElement[bool]:
    one = t.messages.c
    gathered = or_(one.kind == _ALERT, and_(one.chat_id < 0, one.urgent.is_(False)))
    return and_(gathered, one.telegram_id.is_(None), or_(one.live, one.kind.in_(_OUT_OF_DATE)))


NEEDED = _needed()
"""`needed`, of rows."""


async def take(connection: AsyncConnection, chats: Collection[int], now: datetime) -> set[int]:
    """Of these chats the ones whose turn has come; it is taken with that, until the delivery has ended."""
    statement = insert(connection, t.turns)
    statement = statement.on_conflict_do_update(
        index_elements=["chat_id"], set_={"until": statement.excluded.until}, where=t.turns.c.until <= now
    )
    taken = statement.returning(t.turns.c.chat_id)
    rows = [{"chat_id": chat, "until": now + APART} for chat in sorted(chats)]
    return {chat for row in rows for chat in (await connection.execute(taken, row)).scalars()}


async def end(connection: AsyncConnection, chat: int, until: datetime) -> None:
    """The delivery has ended: the next one of the chat may come at `until`."""
    await connection.execute(update(t.turns).where(t.turns.c.chat_id == chat).values(until=until))


async def move(connection: AsyncConnection, old: int, new: int) -> None:
    """The chat has another number, under which we may have written to it already."""
    gone = delete(t.turns).where(t.turns.c.chat_id == old).returning(t.turns.c.until)
    until = (await connection.execute(gone)).scalar()
    if until is None:
        return
    statement = insert(connection, t.turns).values(chat_id=new, until=until)
    later = t.turns.c.until < statement.excluded.until
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["chat_id"], set_={"until": until}, where=later)
    )
