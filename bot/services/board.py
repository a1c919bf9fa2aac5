"""Supervisors' boards, brought up to date when they would read differently.

Each bound group has one message. In his private chat a supervisor's latest /floor is one: so whoever's team has no
group has its board all the same, at the top of that chat.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from zlib import crc32

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.db import chats
from bot.db import messages as db
from bot.db import tables as t
from bot.db.chats import Group, nearest
from bot.db.messages import Message
from bot.db.people import People, Person
from bot.db.session import Database
from bot.screens import lists
from bot.screens.listing import listing
from bot.screens.screen import Screen
from bot.services.board_view import Floor, read_floor
from bot.services.floor_views import FloorViews
from bot.services.groups import board_key
from bot.services.library import Library
from bot.services.oversight import sight_of, sight_of_group
from bot.services.views import Views

OWN = "floor"
"""Kind of the message in a private chat, and the view that it shows."""
_HEAD = re.compile(r"^[^\n]*\n?")


class BoardService:
    """See the module. `on_commit` is told that a message waits for delivery."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        library: Library,
        views: Views,
        floors: FloorViews,
        on_commit: Callable[[], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._library = library
        self._views = views
        self._floors = floors
        self._on_commit = on_commit

    async def refresh(self) -> int:
        """Returns how many boards look different. One that differs by its clock alone is left as it is."""
        async with self._database.read() as connection:
            groups = await chats.hearing(connection)
            own = await self._own(connection)
            if not groups and not own:
                return 0
            keys = [board_key(group.id) for group in groups]
            known = {one.key: one for one in await db.select_where(connection, t.messages.c.key.in_(keys))}
            floor = await self._floor(connection)
        changed = 0
        for group in groups:
            sight = sight_of_group(floor.people, group.team)
            screen = lists.board(floor.board(group.name(floor.people.teams), sight))
            former = known.get(board_key(group.id))
            if former is None or _below(former.screen) != _below(screen):
                changed += await self._show(group, screen)
        return changed + await self._refresh_own(own, floor)

    async def keep(self, person: Person, chat_id: int, key: str) -> None:
        """/floor: a new message that is kept current, in place of the one before. `key` makes a repetition one message.

        Where no group hears of one of his departments it is pinned.
        """
        screen, now = listing(await self._floors.view(OWN, person)), self._clock.now()
        async with self._database.write() as connection:
            if await db.by_key(connection, key) is not None:
                return
            floor = await self._floor(connection)
            former = [one for one in await self._own(connection, lock=True) if one.person_id == person.id]
            for message in former:
                message.live, message.dirty = False, True
                if message.pin:
                    message.pin, message.want, message.next_try = False, message.want + 1, now
            new = Message(key, chat_id, OWN, screen, person_id=person.id, next_try=now, urgent=True)
            new.pin = True if _is_unheard(floor.people, person, await chats.hearing(connection)) else None
            new.data = {"page": 0, "seen": _seen(floor, person)}
            await db.store(connection, [*former, new], now)
        self._on_commit()

    async def turn(self, person: Person, chat_id: int, telegram_id: int, page: int) -> bool:
        """Another page of it; False: this message is not kept current."""
        screen, now, columns = listing(await self._floors.view(OWN, person, page)), self._clock.now(), t.messages.c
        where = (columns.chat_id == chat_id) & (columns.telegram_id == telegram_id) & (columns.kind == OWN)
        async with self._database.write() as connection:
            found = await db.select_where(connection, where & columns.live, lock=True)
            for message in found:
                message.show(screen, now, urgent=True)
                message.data, message.dirty = {**(message.data or {}), "page": page}, True
            await db.store(connection, found, now)
        self._on_commit()
        return bool(found)

    async def _refresh_own(self, own: Sequence[Message], floor: Floor) -> int:
        screens: dict[int | None, tuple[Screen, Mapping[str, int]]] = {}
        for message in own:
            person, data = floor.people.by_id.get(message.person_id or 0), message.data or {}
            if person is not None and person.leads and data.get("seen") != (seen := _seen(floor, person)):
                page = int(data.get("page", 0))
                screens[message.id] = (
                    listing(await self._floors.view(OWN, person, page)),
                    {"page": page, "seen": seen},
                )
        if not screens:
            return 0
        now = self._clock.now()
        async with self._database.write() as connection:
            changed = [one for one in await self._own(connection, lock=True) if one.id in screens]
            for message in changed:
                screen, data = screens[message.id]
                message.show(screen, now)
                message.data, message.dirty = data, True
            await db.store(connection, changed, now)
        return len(changed)

    async def _floor(self, connection: AsyncConnection) -> Floor:
        day = (self._views.midnight(0), self._views.midnight(1))
        return await read_floor(connection, self._library, self._clock.now(), day, self._views.zone)

    async def _own(self, connection: AsyncConnection, *, lock: bool = False) -> list[Message]:
        columns = t.messages.c
        return await db.select_where(connection, (columns.kind == OWN) & columns.live, lock=lock)

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
            else:
                message.show(screen, now)
                message.pin = True
            await db.store(connection, [message], now)
            return True


def _below(screen: Screen) -> str:
    """Without the first line, in which the clock is."""
    return _HEAD.sub("", screen.text)


def _seen(floor: Floor, person: Person) -> int:
    """A figure that differs when his board does: cheaper than the view itself."""
    return crc32(_below(lists.board(floor.board("", sight_of(floor.people, person)))).encode())


def _is_unheard(people: People, person: Person, groups: Sequence[Group]) -> bool:
    """Whether there is a department of his of which no group hears."""
    sight = sight_of(people, person)
    teams = {team for user in people.staff.team if sight.holds(team := people.teams.of(user))}
    return any(not nearest(groups, people.teams, team) for team in teams)
