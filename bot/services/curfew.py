"""What was not shown before somebody's day was over does not ring at night: it waits for his next opening.

It is so whether Telegram was away, or we were. Supervisors' alerts wait by themselves (`escalations`), digests are
given up and written anew (`digests`). What somebody has asked for, a call for help, and a stage of which somebody has
to know come whenever they can.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, select

from bot.clock import Clock
from bot.db import messages as db_messages
from bot.db import tables as t
from bot.db.messages import Message
from bot.db.people import People, Person, load_people
from bot.db.session import Database
from bot.engine.worktime import WorkingTime
from bot.screens import lists
from bot.services.library import Library

LIVE_CARDS = 5
"""Live cards on one phone; more would bury the urgent one."""
_KINDS = ("card", "notice", "offer")
_A_LITTLE_LATE = timedelta(minutes=5)
"""What comes so long after the end of a day still belongs to it."""
_WORTH_IT = timedelta(hours=1)
"""What was meant for an hour outside his day is so long worth ringing for."""
_SOON = timedelta(minutes=2)
"""What Telegram has not taken is tried again sooner."""


def opening(hours: WorkingTime, meant: datetime, now: datetime) -> datetime | None:
    """Until when somebody of these hours is not to be rung for what was meant for that moment; None: he may be."""
    if any(hours.is_open(moment) for moment in (now, now - _A_LITTLE_LATE)):
        return None
    if not hours.is_open(meant) and now - meant < _WORTH_IT:
        return None
    return hours.next_open(now)


class Curfew:
    """See the module."""

    def __init__(self, database: Database, clock: Clock, library: Library) -> None:
        self._database = database
        self._clock = clock
        self._library = library

    async def hold(self) -> int:
        """Put off what must not ring now; returns how many messages that are."""
        columns, now = t.messages.c, self._clock.now()
        waits = (columns.next_try <= now + _SOON) & columns.telegram_id.is_(None)
        stuck = or_(columns.tries > 0, columns.next_try < now - _A_LITTLE_LATE)
        async with self._database.read() as connection:
            if (await connection.execute(select(columns.id).where(waits, stuck).limit(1))).first() is None:
                return 0  # Telegram takes everything
        async with self._database.write() as connection:
            people = await load_people(connection)
            theirs = waits & columns.kind.in_(_KINDS) & columns.urgent.is_(False) & (columns.chat_id > 0)
            held = []
            for message in await db_messages.select_where(connection, theirs, lock=True):
                until = self._until(people, message)
                if until is not None and message.next_try is not None and message.next_try < until:
                    message.next_try, message.dirty = until, True
                    held.append(message)
            await db_messages.store(connection, held, now)
        return len(held)

    def _until(self, people: People, message: Message) -> datetime | None:
        person = people.by_telegram.get(message.chat_id)
        if person is None or message.created_at is None:
            return None
        hours = people.staff.hours(self._library.active, person.crm_user_id)
        return opening(hours, message.created_at, self._clock.now())


def held_key(person: Person) -> str:
    """The key of the summary of what a person's phone could not be shown in time."""
    return f"held:{person.id}"


def hold_up(summary: Message, more: int, now: datetime) -> None:
    """The summary counts so many tasks more, above the cards that will come."""
    count = int((summary.data or {}).get("held", 0)) + more
    summary.data = {"held": count}
    summary.show(lists.many_at_once(count + LIVE_CARDS), now)
