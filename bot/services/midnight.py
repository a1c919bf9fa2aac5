"""Midnight: «завтра», «вчера» and a bare «10:15» on live cards mean other days from now on, so they are drawn anew.

A phone has a handful of live cards, and an edit makes no sound: the courier brings them up to date behind people's own
presses. Cards whose questionnaire is open stay as they are; a button of theirs that names another day is refused.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import date, datetime, timedelta

from sqlalchemy import select

from bot.clock import Clock
from bot.db import tables as t
from bot.db.session import Database, insert
from bot.engine.calendars import calendar_of
from bot.services.apply import GROUP, Apply
from bot.services.intents import DayTurned
from bot.services.library import Library

log = logging.getLogger(__name__)
_MARK = "drawn"


class Midnight:
    """See the module."""

    def __init__(self, database: Database, clock: Clock, apply: Apply, library: Library) -> None:
        self._database = database
        self._clock = clock
        self._apply = apply
        self._library = library
        self._drawn: date | None = None

    async def next_due(self) -> datetime | None:
        """The next midnight of the company."""
        calendar = calendar_of(self._library.active)
        tomorrow = calendar.local_day(self._clock.now()) + timedelta(days=1)
        return datetime.combine(tomorrow, datetime.min.time(), calendar.zone)

    async def turn_if_due(self) -> int:
        """Draw the live cards for today, once; returns how many were looked at."""
        today = calendar_of(self._library.active).local_day(self._clock.now())
        if self._drawn == today:
            return 0
        async with self._database.read() as connection:
            row = (await connection.execute(_LAST)).first()
            cases = [] if row is None or row.value == today.isoformat() else list(await connection.scalars(_SHOWN))
        for start in range(0, len(cases), GROUP):
            part = [self._apply(DayTurned(case_id)) for case_id in cases[start : start + GROUP]]
            for failure in await asyncio.gather(*part, return_exceptions=True):
                if isinstance(failure, BaseException):
                    log.warning("a card was not drawn for the new day")  # `apply` has told why
        async with self._database.write() as connection:
            statement = insert(connection, t.settings).values(key=_MARK, value=today.isoformat())
            await connection.execute(
                statement.on_conflict_do_update(index_elements=["key"], set_={"value": today.isoformat()})
            )
        self._drawn = today
        return len(cases)


_LAST = select(t.settings.c.value).where(t.settings.c.key == _MARK)
_SHOWN = (
    select(t.messages.c.case_id)
    .distinct()
    .where(t.messages.c.kind == "card", t.messages.c.live, t.messages.c.case_id.is_not(None))
    .order_by(t.messages.c.case_id)
)
