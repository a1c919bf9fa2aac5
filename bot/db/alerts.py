"""Messages about tasks that wait, to who can step in."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import messages as db_messages
from bot.db import tables as t
from bot.db.messages import Message

KIND = "alert"
"""Of their rows among the messages."""
OFFER = "offer"
"""Of those which offer new clients to colleagues."""


async def live(connection: AsyncConnection, kind: str = KIND) -> list[Message]:
    """Those whose matter is not over, oldest first; they stay as they are until the transaction ends."""
    columns = t.messages.c
    return await db_messages.select_where(connection, (columns.kind == kind) & columns.live, lock=True)


async def any_live(connection: AsyncConnection, kind: str = KIND) -> bool:
    """Whether there are any."""
    columns = t.messages.c
    where = (columns.kind == kind) & columns.live
    return (await connection.execute(select(columns.id).where(where).limit(1))).first() is not None


async def pressed(connection: AsyncConnection, chat_id: int, telegram_id: int, kind: str = KIND) -> Message | None:
    """The one that Telegram knows by this number in this chat."""
    columns = t.messages.c
    where = (columns.chat_id == chat_id) & (columns.telegram_id == telegram_id) & (columns.kind == kind)
    return next(iter(await db_messages.select_where(connection, where & columns.live)), None)
