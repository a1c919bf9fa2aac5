"""How all is: whether database, portal and messenger answer, and what waits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from bot.clock import Clock
from bot.db.session import Database
from bot.engine.calendars import zone_of
from bot.engine.years import unknown_years
from bot.locales.ru import playbook as ru
from bot.screens import publishing as screens
from bot.screens.screen import Screen
from bot.services.figures import read_figures
from bot.services.library import Library

Check = Callable[[], Awaitable[str | None]]
"""None: it answers; otherwise what is wrong, without secrets."""
_SECONDS = 3


class HealthDesk:
    """See the module.

    `polled_at` says when the portal was read last, `hidden` without which right it does not show its departments.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        library: Library,
        checks: Mapping[str, Check],
        polled_at: Callable[[], datetime | None],
        hidden: Callable[[], Awaitable[str | None]],
    ) -> None:
        self._hidden = hidden
        self._database = database
        self._clock = clock
        self._library = library
        self._checks = checks
        self._polled_at = polled_at

    async def screen(self) -> Screen:
        """All of it in one screen; what hangs is said to hang."""
        found = await asyncio.gather(*(_in_time(check) for check in self._checks.values()))
        figures = await read_figures(self._database, self._clock)
        view = screens.Health(
            dict(zip(self._checks, found, strict=True)),
            figures.outbox_waiting,
            figures.outbox_parked,
            figures.messages_waiting,
            figures.tasks_open,
            figures.tasks_overdue,
            self._polled_at(),
            unknown_years(self._library.active, self._clock.now()),
            await self._hidden(),
        )
        return screens.health(view, self._clock.now(), zone_of(self._library.active))


async def _in_time(check: Check) -> str | None:
    try:
        async with asyncio.timeout(_SECONDS):
            return await check()
    except TimeoutError:
        return ru.NO_ANSWER_IN.format(seconds=_SECONDS)
