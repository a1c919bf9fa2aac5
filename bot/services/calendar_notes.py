"""Those who run the bot hear in good time of a year whose holidays it does not know."""

from __future__ import annotations

import logging

from bot.clock import Clock
from bot.engine.years import unknown_years
from bot.locales.ru import dialogs as ru
from bot.screens.screen import Screen, esc
from bot.services.library import Library
from bot.services.people import PeopleService
from bot.services.showing import Showing

log = logging.getLogger(__name__)
_FINDING = "the production calendar of {year} is not known (moved and short days are a guess): update the bot"


class CalendarNotes:
    """See the module."""

    def __init__(self, clock: Clock, library: Library, people: PeopleService, showing: Showing) -> None:
        self._clock = clock
        self._library = library
        self._people = people
        self._showing = showing

    def findings(self) -> list[str]:
        """A sentence for each year without data into which tasks fall now or soon."""
        return [_FINDING.format(year=year) for year in unknown_years(self._library.active, self._clock.now())]

    def log(self) -> None:
        """One line for each finding."""
        for finding in self.findings():
            log.warning(finding)

    async def tell(self) -> None:
        """Every admin gets one message about each such year, ever."""
        years = unknown_years(self._library.active, self._clock.now())
        if not years:
            return
        admins = [one for one in (await self._people.everybody()).all if one.role == "admin"]
        await self._showing.many(
            [
                (admin.telegram_id, f"calendar:{year}:{admin.id}", Screen(esc(ru.UNKNOWN_YEAR.format(year=year))))
                for year in years
                for admin in admins
                if admin.telegram_id is not None
            ]
        )
