"""«Сегодня» at the top of a person's chat: one pinned message, kept current without a sound.

It is drawn anew when what it says has changed, not with every minute. Who takes it down or deletes it is left in peace;
the next /today makes another one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from zlib import crc32

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.db import messages as db
from bot.db import tables as t
from bot.db.messages import Message
from bot.db.people import People, Person, load_people
from bot.db.session import Database
from bot.screens import lists
from bot.services.views import Views

_KIND = "today"


class Counters:
    """See the module. `on_commit` is told that messages wait for delivery."""

    def __init__(self, database: Database, clock: Clock, views: Views, on_commit: Callable[[], None]) -> None:
        self._database = database
        self._clock = clock
        self._views = views
        self._on_commit = on_commit

    async def show(self, person: Person, chat_id: int, key: str) -> None:
        """/today: a new message, pinned in place of the one before. `key` makes a repeated request one message."""
        screen, now = lists.day(await self._views.day(person, kept=True)), self._clock.now()
        async with self._database.write() as connection:
            if await db.by_key(connection, key) is not None:
                return
            former = [one for one in await self._live(connection) if one.person_id == person.id]
            for message in former:
                message.live, message.pin, message.dirty = False, False, True
                message.want, message.next_try = message.want + 1, now
            new = Message(key, chat_id, _KIND, screen, person_id=person.id, next_try=now, urgent=True, pin=True)
            new.data = {"seen": (await self._seen(connection, [person])).get(person.id, 0)}
            await db.store(connection, [*former, new], now)
        self._on_commit()

    async def keeps(self, chat_id: int, telegram_id: int) -> bool:
        """Whether this message is kept current: nothing else may take its place."""
        columns = t.messages.c
        where = (columns.chat_id == chat_id) & (columns.telegram_id == telegram_id) & (columns.kind == _KIND)
        async with self._database.read() as connection:
            return (await connection.execute(select(columns.id).where(where & columns.live))).first() is not None

    async def refresh(self) -> int:
        """Returns how many of these messages say something else now."""
        async with self._database.read() as connection:
            known = await self._live(connection, lock=False)
            if not known:
                return 0
            people = await load_people(connection)
            seen = await self._seen(connection, _readers(people, known))
        stale = {
            one.id: people.by_id[one.person_id or 0]
            for one in known
            if one.person_id in people.by_id and (one.data or {}).get("seen") != seen.get(one.person_id, 0)
        }
        if not stale:
            return 0
        screens = {number: lists.day(await self._views.day(person, kept=True)) for number, person in stale.items()}
        now = self._clock.now()
        async with self._database.write(noticed=False) as connection:
            changed = [one for one in await self._live(connection) if one.id in screens]
            for message in changed:
                message.show(screens[message.id], now)
                message.data, message.dirty = {"seen": seen.get(message.person_id or 0, 0)}, True
            await db.store(connection, changed, now)
        return len(changed)

    async def _live(self, connection: AsyncConnection, *, lock: bool = True) -> list[Message]:
        return await db.select_where(connection, (t.messages.c.kind == _KIND) & t.messages.c.live, lock=lock)

    async def _seen(self, connection: AsyncConnection, persons: Sequence[Person]) -> Mapping[int, int]:
        """A figure for each person that differs when his list does: his tasks, which are late, and which come; the
        names in it, and the day, since «18:15» of yesterday is another moment."""
        now, tasks = self._clock.now(), t.tasks.c
        users = {one.crm_user_id: one.id for one in persons if one.crm_user_id is not None}
        query = (
            select(tasks.owner, tasks.id, tasks.due_at, tasks.overdue_at, t.cases.c.client_name)
            .join(t.cases, t.cases.c.id == tasks.case_id)
            .where(tasks.owner.in_(users), tasks.state == "open", tasks.due_at < self._views.midnight(1))
            .order_by(tasks.rank, tasks.due_at, tasks.id)
        )
        found: dict[int, list[str]] = defaultdict(list)
        for row in await connection.execute(query):
            late = row.overdue_at is not None and row.overdue_at <= now
            line = f"{row.id} {_minute(row.due_at)} {late} {row.due_at > now} {row.client_name}"
            found[users[row.owner]].append(line)
        day = _minute(self._views.midnight(0))
        return {person: crc32("\n".join((day, *lines)).encode()) for person, lines in found.items()}


def _readers(people: People, known: Sequence[Message]) -> list[Person]:
    return [people.by_id[one.person_id] for one in known if one.person_id in people.by_id and one.person_id is not None]


def _minute(moment: datetime) -> str:
    return f"{moment:%d%H%M}"
