"""Alerts that reach nobody: no group is bound, and no supervisor is linked or takes messages from us.

Admins are told once, with what to do, and again only if somebody was there in between.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import messages as db_messages
from bot.db import tables as t
from bot.db.people import People, Person
from bot.locales.ru import alerts as ru
from bot.screens.screen import Screen
from bot.services.showing import queue
from bot.services.telling import Chat

log = logging.getLogger(__name__)


async def note(connection: AsyncConnection, people: People, told: Collection[Sequence[Chat]], now: datetime) -> None:
    """Of each alert that was due the chats that are told of it."""
    if not told:
        return
    lost = sum(not any(_hears(people, chat) for chat, _ in chats) for chats in told)
    admins = {_key(one): one for one in people.all if one.role == "admin" and one.telegram_id is not None}
    if lost:
        log.warning("nobody is told of %d tasks that wait: no group is bound, nobody who leads takes messages", lost)
        screens = [(one.telegram_id or 0, key, Screen(ru.UNHEARD)) for key, one in admins.items()]
        await queue(connection, now, screens, asked=False, kind="notice")
        return
    known = await db_messages.select_where(connection, t.messages.c.key.in_(admins), lock=True)
    for message in known:  # the key is free for the next time
        message.key, message.dirty = f"{message.key}:{message.id}", True
    await db_messages.store(connection, known, now)


def _hears(people: People, chat: int) -> bool:
    person = people.by_telegram.get(chat)
    return person is None or person.reachable


def _key(admin: Person) -> str:
    return f"unheard:{admin.id}"
