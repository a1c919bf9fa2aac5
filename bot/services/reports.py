"""Reports of a day or a week: which span that is by the company's calendar, and the rows they are counted from.

A day reaches from the closing before to its own: what comes at night belongs to the morning that finds it. What is left
at its end is noted then (`keep_evening`): deeds can be counted anew at any time, open tasks cannot.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.db import deeds as db
from bot.db import evenings
from bot.db.deeds import Deed
from bot.db.people import People, load_people
from bot.db.session import Database
from bot.engine.calendars import calendar_of
from bot.engine.worktime import WorkCalendar
from bot.services.library import Library
from bot.services.tally import Report, Rows, Span, lasting, left_now, milestones, report

_DAY = timedelta(days=1)
_WEEK = 7
_LONGEST_BREAK = 40
"""Days without a working day that are looked back over."""


@dataclass(frozen=True, slots=True)
class Week:
    """The working days of the last seven days, oldest first, and all of them together."""

    days: Sequence[tuple[date, Report]]
    total: Report
    people: People


@dataclass(frozen=True, slots=True)
class Day:
    """One working day, as far as it has come."""

    day: date
    report: Report
    people: People
    meetings_next: int
    """Meetings of the next working day."""


class Reports:
    """All but `keep_evening` only read."""

    def __init__(self, database: Database, clock: Clock, library: Library) -> None:
        self._database = database
        self._clock = clock
        self._library = library

    @property
    def calendar(self) -> WorkCalendar:
        """The company's."""
        return calendar_of(self._library.active)

    def today(self) -> date:
        """The working day that is going on; before the opening and on days off the one before."""
        now, calendar = self._clock.now(), self.calendar
        day = calendar.local_day(now)
        if calendar.is_working_day(day) and now >= calendar.open_of(day):
            return day
        return self.before(day)

    def before(self, day: date) -> date:
        """The working day before this one."""
        found = day - _DAY
        for _ in range(_LONGEST_BREAK):
            if self.calendar.is_working_day(found):
                return found
            found -= _DAY
        return found

    @property
    def goes_on(self) -> bool:
        """Whether this is a working day's date, after its opening: until midnight what is done is done today."""
        return self.calendar.local_day(self._clock.now()) == self.today()

    @property
    def midnight(self) -> datetime:
        """The end of this date."""
        return _bounds(self.calendar, self.calendar.local_day(self._clock.now()))[1]

    async def day(self, day: date | None = None, users: Collection[int] | None = None) -> Day:
        """The report of a working day, by default today's, of everybody or of these CRM users alone."""
        day = day or self.today()
        return await self._report(day, self._span(day), users)

    async def so_far(self, users: Collection[int] | None = None) -> Day:
        """What a person calls today, at any hour: since the closing before this date."""
        return await self._report(self.calendar.local_day(self._clock.now()), self._so_far(), users)

    async def keep_evening(self, day: date) -> None:
        """Note what stands open as this day closes; only the first time counts."""
        now = self._clock.now()
        async with self._database.write() as connection:
            standing = await db.standing(connection, _bounds(self.calendar, day)[1])
            await evenings.keep(connection, day, left_now(standing, now))

    async def _report(self, day: date, span: Span, users: Collection[int] | None) -> Day:
        calendar = self.calendar
        following = calendar.next_working_day(day)
        async with self._database.read() as connection:
            people = await load_people(connection)
            rows = await self._rows(connection, people, span.start, span.end)
            start, end = _bounds(calendar, following)
            coming = await db.meetings(connection, start, end)
            found = report(rows, span, users)
            await self._stand(connection, [(day, found)], rows, users)
        mine = [one for one in coming if users is None or one.owner in users]
        return Day(day, found, people, len(mine))

    async def week(self, users: Collection[int] | None = None, *, so_far: bool = False) -> Week:
        """The last seven days, today included; `so_far`: with what was done since its closing as well."""
        last, calendar = self.today(), self.calendar
        days = [day for back in range(_WEEK - 1, -1, -1) if calendar.is_working_day(day := last - back * _DAY)]
        spans = [(day, self._span(day)) for day in days or [last]]
        if so_far:
            live = self._so_far()
            spans = [one for one in spans if one[1].start != live.start] + [(calendar.local_day(live.end), live)]
        start, whole = spans[0][1].start, spans[-1][1]
        async with self._database.read() as connection:
            people = await load_people(connection)
            rows = await self._rows(connection, people, start, whole.end)
            reports = []
            for day, span in spans:
                met = await db.meetings(connection, span.start, min(span.end, rows.now))
                reached = rows.reached | _reached(rows.deeds, span.start)
                part = replace(rows, meetings=met, reached=reached)
                reports.append((day, report(part, span, users)))
            *before, latest = reports
            await self._stand(connection, [latest], rows, users)
            total = Report(Span(start, whole.end, whole.current), latest[1].left_known)
            for _, one in reports:
                total.add(one)
            await self._stand(connection, before, rows, users)  # what was left then is no part of what is left now
        return Week(reports, total, people)

    async def _stand(
        self,
        connection: AsyncConnection,
        days: Sequence[tuple[date, Report]],
        rows: Rows,
        users: Collection[int] | None,
    ) -> None:
        """Add what was left in the evenings of these days; where the latest one was not seen, what is left by now."""
        over = [(day, found) for day, found in days if not found.left_known]
        known = await evenings.kept(connection, [day for day, _ in over]) if over else {}
        for day, found in over:
            if day in known or day == self.today():
                found.stand(known.get(day) or left_now(rows.standing, rows.now), users)

    def _span(self, day: date) -> Span:
        calendar = self.calendar
        close = calendar.close_of(day)
        return Span(calendar.close_of(self.before(day)), close, day == self.today() and self._clock.now() < close)

    def _so_far(self) -> Span:
        now, calendar = self._clock.now(), self.calendar
        end = now + timedelta(microseconds=1)
        return Span(calendar.close_of(self.before(calendar.local_day(now))), end, True)

    async def _rows(self, connection: AsyncConnection, people: People, start: datetime, end: datetime) -> Rows:
        now = self._clock.now()
        deeds = lasting(await db.deeds(connection, start, max(end, now + timedelta(seconds=1))))
        before = await db.earlier(connection, {deed.case_id for deed, _ in milestones(deeds)}, start)
        active = self._library.active
        midnight = _bounds(self.calendar, self.calendar.local_day(end))[1]
        return Rows(
            deeds=deeds,
            standing=await db.standing(connection, midnight),
            holders=await db.holders(connection, {deed.case_id for deed in deeds if "arrived" in deed.data}),
            meetings=await db.meetings(connection, start, min(end, now)),
            reached=_reached((*lasting(before), *deeds), start),
            waited=lambda user, *span: people.staff.team_hours(active, user).working_between(*span),
            now=now,
        )


def _reached(deeds: Iterable[Deed], before: datetime) -> Set[tuple[int, str]]:
    """What cases had reached before that moment."""
    return {(deed.case_id, name) for deed, name in milestones(deed for deed in deeds if deed.at < before)}


def _bounds(calendar: WorkCalendar, day: date) -> tuple[datetime, datetime]:
    start = datetime.combine(day, datetime.min.time(), calendar.zone)
    return start, datetime.combine(day + _DAY, datetime.min.time(), calendar.zone)
