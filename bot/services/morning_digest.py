"""The morning's digest: what the day will ask for, and what of it does not fit."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.db import deeds as db
from bot.db.session import Database
from bot.locales.ru import digests as ru
from bot.playbooks.model import Playbook
from bot.screens import digests as screens
from bot.screens.digests import MorningView, load_data, say_day
from bot.screens.screen import Screen
from bot.services.dealing import offer
from bot.services.library import Library
from bot.services.overload import Overloads
from bot.services.reports import Reports
from bot.services.tally import lasting

Shown = tuple[Screen, Mapping[str, Any]]
"""A text and what is attached to it."""
Users = Collection[int] | None
"""CRM users of whose work is told; None: of everybody's."""


class MorningDigest:
    """Everything here only reads."""

    def __init__(
        self, database: Database, clock: Clock, library: Library, reports: Reports, overloads: Overloads
    ) -> None:
        self._database = database
        self._clock = clock
        self._library = library
        self._reports = reports
        self._overloads = overloads

    async def shown(self, title: str, day: date, users: Users) -> Shown:
        """What the day will ask of everybody, or of these CRM users alone."""
        found, load = await self._reports.day(day, users), await self._overloads.now(users)
        calendar, now = self._reports.calendar, self._clock.now()
        midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), calendar.zone)
        async with self._database.read() as connection:
            standing = await db.standing(connection, midnight)
            unpaid, signed = await self._unpaid(connection, users)
        tasks = [task for task in standing if users is None or task.owner in users]
        loads: dict[int | None, list[int]] = {}
        for task in tasks:
            one = loads.setdefault(task.owner, [0, 0])
            one[0] += 1
            one[1] += task.overdue_at is not None and task.overdue_at <= now
        named = sorted((load.people.short_name(owner), due, late) for owner, (due, late) in loads.items())
        meetings = [task for task in tasks if self._is_meeting(task) and task.due_at >= now]
        view = MorningView(
            title=title,
            day=day,
            due=len(tasks),
            night=found.report.total.night,
            overdue=sum(late for _, _, late in named),
            meetings=len(meetings),
            unconfirmed=sum(not task.confirmed for task in meetings),
            promises=sum(task.promised for task in tasks),
            unpaid=unpaid,
            unpaid_days=(day - calendar.local_day(signed)).days if signed is not None else 0,
            over=len(load.over),
            people=named,
        )
        rows = [(name, 0, due - late, late) for name, due, late in named]
        chart = load_data(ru.CHART_MORNING.format(day=say_day(day)), rows)
        screen, kept = offer(screens.morning(view), screens.morning_head(view), str(day), users, load)
        return screen, {"picture": chart, "morning": kept}

    async def _unpaid(self, connection: AsyncConnection, users: Users) -> tuple[int, datetime | None]:
        """How many contracts are signed and not paid, and when the oldest was signed.

        Of a contract that was signed before us it is known since when its deal stands where it stands.
        """
        found = await db.standing_in(connection, unpaid_stages(self._library.active), users)
        since = {one.case_id: one.since for one in found}
        for deed in lasting(await db.earlier(connection, since, self._clock.now())):
            if "contract" in deed.data.get("counts", ()):
                since[deed.case_id] = min(since[deed.case_id], deed.at)
        return len(since), min(since.values(), default=None)

    def _is_meeting(self, task: db.Standing) -> bool:
        kind = self._library.active.tasks.get(task.kind)
        return kind is not None and kind.meeting


def unpaid_stages(playbook: Playbook) -> list[tuple[str, str]]:
    """Where a contract is signed and not paid: from the first stage that counts a contract to the one that counts its
    activation, this one left out."""
    found: list[tuple[str, str]] = []
    for key, pipeline in playbook.pipelines.items():
        names = list(pipeline.stages)
        signed = next((place for place, name in enumerate(names) if "contract" in pipeline.stages[name].counts), None)
        active = next((place for place, name in enumerate(names) if "activated" in pipeline.stages[name].counts), None)
        if signed is not None and active is not None:
            found += [(key, name) for name in names[signed:active]]
    return found
