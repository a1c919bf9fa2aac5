"""An illness has no known end: on each of his working mornings one message asks whether he works today.

It is one message for the whole illness. The first time it comes as a new one; after that it is only drawn again, so a
sick person's phone stays still. Nothing else is written to him meanwhile, so it stands last in his chat.
"""

from __future__ import annotations

from datetime import date, datetime

from bot.clock import Clock
from bot.db import messages as db_messages
from bot.db.absences import Absence
from bot.db.messages import Message
from bot.db.people import Person
from bot.db.session import Database
from bot.engine.calendars import shift_calendar
from bot.screens import away as screens
from bot.services.library import Library
from bot.services.showing import Showing

_UNDER_WAY = ("asked", "sharing", "shared", "kept")


class SickMornings:
    """See the module. Asking twice on one day is asking once."""

    def __init__(self, database: Database, clock: Clock, library: Library, showing: Showing) -> None:
        self._database = database
        self._clock = clock
        self._library = library
        self._showing = showing
        self._asked: dict[int, date] = {}
        """Absence → the last day that is settled; after a start the message itself knows."""

    def due(self, absence: Absence, person: Person | None) -> datetime | None:
        """When he is asked next; None: it is no illness, or he cannot be asked."""
        if person is None or person.telegram_id is None or not person.reachable:
            return None
        if absence.kind != "sick" or absence.state not in _UNDER_WAY:
            return None
        hours = shift_calendar(self._library.active, person.shift)
        last = self._asked.get(absence.id, hours.local_day(absence.starts_at))
        at = hours.open_of(hours.next_working_day(last))
        return at if at < absence.ends_at else None

    async def ask(self, absence: Absence, person: Person) -> None:
        """Ask him today, unless he was asked already or his day is over."""
        now, hours = self._clock.now(), shift_calendar(self._library.active, person.shift)
        today = hours.local_day(now)
        self._asked[absence.id] = today
        if not hours.is_working_day(today) or now >= hours.close_of(today):
            return
        screen, day = screens.works_today(person.id, today), {"day": today.isoformat()}
        async with self._database.write() as connection:
            message = await db_messages.by_key(connection, _key(absence))
            if message is None:
                message = Message(_key(absence), person.telegram_id or 0, "screen", screen, data=day, next_try=now)
            elif message.data == day:
                return
            else:
                message.show(screen, now)
                message.data, message.dirty = day, True
            await db_messages.store(connection, [message], now)

    async def end(self, absence: Absence) -> None:
        """He is back: nobody asks any more."""
        self._asked.pop(absence.id, None)
        await self._showing.by_key(_key(absence), screens.at_work_again(), last=True)


def _key(absence: Absence) -> str:
    return f"still:{absence.id}"
