"""The supervisors' board: one message in each bound group, brought up to date when it would read differently."""

from __future__ import annotations

import re

from bot.clock import Clock
from bot.db import chats
from bot.db import messages as db
from bot.db.chats import Group
from bot.db.messages import Message
from bot.db.session import Database
from bot.screens import lists
from bot.screens.screen import Screen
from bot.services.groups import board_key
from bot.services.views import Views

_HEAD = re.compile(r"^[^\n]*\n?")


class BoardService:
    """See the module."""

    def __init__(self, database: Database, clock: Clock, views: Views) -> None:
        self._database = database
        self._clock = clock
        self._views = views

    async def refresh(self) -> int:
        """Returns how many groups get another board. A board that differs by its clock alone is left as it is."""
        async with self._database.read() as connection:
            groups = await chats.hearing(connection)
        changed = 0
        for group in groups:
            screen = lists.board(await self._views.board(group))
            changed += await self._show(group, screen)
        return changed

    async def _show(self, group: Group, screen: Screen) -> bool:
        now, key = self._clock.now(), board_key(group.id)
        async with self._database.write(noticed=False) as connection:
            message = await db.by_key(connection, key)
            if message is None:
                message = Message(
                    key=key,
                    chat_id=group.id,
                    thread_id=group.thread_id,
                    kind="board",
                    screen=screen,
                    next_try=now,
                    pin=True,
                )
            elif _HEAD.sub("", message.screen.text) == _HEAD.sub("", screen.text):
                return False
            else:
                message.show(screen, now)
                message.pin = True
            await db.store(connection, [message], now)
            return True
