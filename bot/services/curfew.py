"""What Telegram did not take before somebody's day was over does not ring at night: it waits for his next opening.

Supervisors' alerts wait by themselves (`escalations`), digests are given up and written anew (`digests`). What somebody
has asked for, a call for help, and a stage of which somebody has to know come whenever they can.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from bot.clock import Clock
from bot.db import messages as db_messages
from bot.db import tables as t
from bot.db.messages import Message
from bot.db.people import People, Person, load_people
from bot.db.session import Database
from bot.screens import lists
from bot.services.library import Library

LIVE_CARDS = 5
"""Live cards on one phone; more would bury the urgent one."""
_KINDS = ("card", "notice", "offer")
_A_LITTLE_LATE = timedelta(minutes=5)
"""What comes so long after the end of a day still belongs to it."""
_LONGEST_WAIT = timedelta(days=1)
"""What is due for longer is tried at once and due anew: those that wait are few, and found by their index."""


class Curfew:
    """See the module."""

    def __init__(self, database: Database, clock: Clock, library: Library) -> None:
        self._database = database
        self._clock = clock
        self._library = library

    async def hold(self) -> int:
        """Put off what must not ring now; returns how many messages that are."""
        columns = t.messages.c
        waits = (columns.next_try > self._clock.now() - _LONGEST_WAIT) & columns.telegram_id.is_(None)
        async with self._database.read() as connection:
            failed = select(columns.id).where(waits, columns.tries > 0).limit(1)
            if (await connection.execute(failed)).first() is None:
                return 0  # Telegram takes everything
        async with self._database.write() as connection:
            people = await load_people(connection)
            theirs = waits & columns.kind.in_(_KINDS) & columns.urgent.is_(False) & (columns.chat_id > 0)
            held = []
            for message in await db_messages.select_where(connection, theirs, lock=True):
                opening = self._opening(people, message)
                if opening is not None and message.next_try is not None and message.next_try < opening:
                    message.next_try, message.dirty = opening, True
                    held.append(message)
            await db_messages.store(connection, held, self._clock.now())
        return len(held)

    def _opening(self, people: People, message: Message) -> datetime | None:
        """Until when it has to wait; None: it may come, or it was meant for an hour outside his day."""
        person, now = people.by_telegram.get(message.chat_id), self._clock.now()
        if person is None or message.created_at is None:
            return None
        hours = people.staff.hours(self._library.active, person.crm_user_id)
        works = any(hours.is_open(moment) for moment in (now, now - _A_LITTLE_LATE))
        return hours.next_open(now) if hours.is_open(message.created_at) and not works else None


def held_key(person: Person) -> str:
    """The key of the summary of what a person's phone could not be shown in time."""
    return f"held:{person.id}"


def hold_up(summary: Message, more: int, now: datetime) -> None:
    """The summary counts so many tasks more, above the cards that will come."""
    count = int((summary.data or {}).get("held", 0)) + more
    summary.data = {"held": count}
    summary.show(lists.many_at_once(count + LIVE_CARDS), now)
