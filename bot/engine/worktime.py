"""Working time: when managers work, when a client may be disturbed, and arithmetic in both.

Local hours are wall-clock times in a zone; everything that leaves this module is an aware moment in UTC, so a change
of clocks between two moments is counted as it really passes. Nothing here reads the present time.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TypeAlias
from zoneinfo import ZoneInfo

from bot.engine import holidays_table
from bot.errors import DozvonError

Hours: TypeAlias = tuple[tuple[time, time], ...]

_DAY = timedelta(days=1)
_MIDNIGHT = time(0)
_SEARCH_DAYS = 400
_SHORTER_BY = timedelta(hours=1)


class NoWorkingTime(DozvonError):
    """The calendar has no working minute where one was looked for."""


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time, `start` inclusive, `end` exclusive, both aware in UTC."""

    start: datetime
    end: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    def intersect(self, other: Window) -> Window | None:
        """The common part, or None when there is not a moment of it."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Window(start, end) if start < end else None


@lru_cache(maxsize=8192)  # the same few hundred days are asked about over and over
def local_span(day: date, start: time, end: time, zone: ZoneInfo) -> Window:
    """The wall-clock stretch of `day` in `zone`; an `end` of 00:00 is the midnight that closes the day."""
    last_day = day + _DAY if end == _MIDNIGHT else day
    return Window(
        datetime.combine(day, start, zone).astimezone(UTC),
        datetime.combine(last_day, end, zone).astimezone(UTC),
    )


class WorkingTime(ABC):
    """Arithmetic over working windows; who works and when is up to the subclass."""

    zone: ZoneInfo

    @abstractmethod
    def windows(self, day: date) -> tuple[Window, ...]:
        """The working windows of that local day, in order and apart; empty on a day off."""

    def local_day(self, moment: datetime) -> date:
        """The date of `moment` on this calendar's clock."""
        return moment.astimezone(self.zone).date()

    def is_working_day(self, day: date) -> bool:
        """Whether anybody works on that local day."""
        return bool(self.windows(day))

    def is_open(self, moment: datetime) -> bool:
        """Whether `moment` is inside a working window (the closing minute is not)."""
        return any(moment in window for window in self.windows(self.local_day(moment)))

    def next_open(self, moment: datetime) -> datetime:
        """`moment` itself in working time, otherwise the next opening.

        Raises:
            NoWorkingTime: nobody works for more than a year.
        """
        for window in self._from(moment):
            return max(window.start, moment.astimezone(UTC))
        raise NoWorkingTime("В календаре нет рабочего времени на год вперёд.")

    def next_change(self, moment: datetime) -> datetime:
        """The next opening or closing after `moment`.

        Raises:
            NoWorkingTime: nobody works for more than a year.
        """
        for window in self._from(moment):
            return window.start if window.start > moment else window.end
        raise NoWorkingTime("В календаре нет рабочего времени на год вперёд.")

    def add_working(self, moment: datetime, delta: timedelta) -> datetime:
        """The moment when `delta` of working time has passed since `moment`.

        Time that ends exactly with the day ends at closing, not at the next opening. A zero `delta` gives `next_open`.

        Raises:
            ValueError: `delta` is negative.
            NoWorkingTime: the calendar runs out of working time first.
        """
        if delta < timedelta(0):
            raise ValueError("working time cannot be added backwards")
        if not delta:
            return self.next_open(moment)
        left = delta
        for window in self._from(moment):
            start = max(window.start, moment.astimezone(UTC))
            if start + left <= window.end:
                return start + left
            left -= window.end - start
        raise NoWorkingTime("В календаре не хватает рабочего времени на год вперёд.")

    def working_between(self, earlier: datetime, later: datetime) -> timedelta:
        """Working time that passes from `earlier` to `later`; zero when `later` is not later."""
        total = timedelta(0)
        if later <= earlier:
            return total
        span = Window(earlier.astimezone(UTC), later.astimezone(UTC))
        day, last = self.local_day(earlier), self.local_day(later)
        while day <= last:
            for window in self.windows(day):
                common = window.intersect(span)
                if common is not None:
                    total += common.end - common.start
            day += _DAY
        return total

    def next_working_day(self, day: date) -> date:
        """The first working day after `day`.

        Raises:
            NoWorkingTime: there is none for more than a year.
        """
        return self.working_days_after(day, 1)[0]

    def working_days_after(self, day: date, count: int) -> tuple[date, ...]:
        """The first `count` working days after `day`, in order.

        Raises:
            NoWorkingTime: more than a year passes without one.
        """
        found: list[date] = []
        candidate, idle = day, 0
        while len(found) < count:
            candidate += _DAY
            if self.is_working_day(candidate):
                found.append(candidate)
                idle = 0
                continue
            idle += 1
            if idle > _SEARCH_DAYS:
                raise NoWorkingTime("В календаре нет рабочих дней на год вперёд.")
        return tuple(found)

    def open_of(self, day: date) -> datetime:
        """The first working minute of `day`.

        Raises:
            NoWorkingTime: `day` is a day off.
        """
        return self._working(day)[0].start

    def close_of(self, day: date) -> datetime:
        """The moment when work ends on `day`.

        Raises:
            NoWorkingTime: `day` is a day off.
        """
        return self._working(day)[-1].end

    def _working(self, day: date) -> tuple[Window, ...]:
        windows = self.windows(day)
        if not windows:
            raise NoWorkingTime(f"{day:%d.%m.%Y} – нерабочий день.")
        return windows

    def _from(self, moment: datetime) -> Iterator[Window]:
        """Windows that end after `moment`; ends once a whole year has brought none."""
        day, idle = self.local_day(moment), 0
        while idle <= _SEARCH_DAYS:
            windows = self.windows(day)
            idle = 0 if windows else idle + 1
            yield from (window for window in windows if window.end > moment)
            day += _DAY


@dataclass(frozen=True)
class WorkCalendar(WorkingTime):
    """The hours of one person or company.

    Args:
        zone: whose wall clock `hours` are.
        hours: weekday (Monday is 0) → windows of local time; a weekday that is missing is a day off.
        country: whose public holidays are days off (ISO code), None for nobody's. For `RU` the working day right
            before a public holiday ends an hour earlier and moved working days are worked.
        exceptions: date → the windows of that very date (duty, shift, holiday leave); they override everything.

    Raises:
        ValueError: a window that does not end after it starts or windows that overlap, an unknown country.
    """

    zone: ZoneInfo
    hours: Mapping[int, Hours]
    country: str | None = "RU"
    exceptions: Mapping[date, Hours] = field(default_factory=dict)
    _known: dict[date, tuple[Window, ...]] = field(init=False, repr=False, compare=False, default_factory=dict)
    """Windows of the days that were asked about: a plan asks about the same dozen again and again."""

    def __post_init__(self) -> None:
        for windows in (*self.hours.values(), *self.exceptions.values()):
            _check_hours(windows)
        if self.country is not None:
            holidays_table.check_country(self.country)

    def windows(self, day: date) -> tuple[Window, ...]:
        known = self._known.get(day)
        if known is None:
            known = self._known[day] = self._windows(day)
        return known

    def _windows(self, day: date) -> tuple[Window, ...]:
        spans = tuple(local_span(day, start, end, self.zone) for start, end in self._hours_of(day))
        if day in self.exceptions or self.country is None or not holidays_table.is_short(self.country, day):
            return spans
        return shortened(spans)

    def known_year(self, year: int) -> bool:
        """Whether holidays, moved and short days of `year` are facts, not just the rule without the decree."""
        return self.country is None or holidays_table.known_year(self.country, year)

    def _hours_of(self, day: date) -> Hours:
        if day in self.exceptions:
            return self.exceptions[day]
        if self.country is None:
            return self.hours.get(day.weekday(), ())
        replaced = holidays_table.works_instead_of(self.country, day)
        if replaced is not None:
            return self.hours.get(replaced.weekday(), ())
        if holidays_table.is_day_off(self.country, day):
            return ()
        return self.hours.get(day.weekday(), ())


@dataclass(frozen=True)
class TeamCalendar(WorkingTime):
    """Working time of a team: it runs while anybody of `members` works.

    Args:
        zone: whose days are meant by `windows`.
        members: the calendars of the people; they may live in other zones.
    """

    zone: ZoneInfo
    members: tuple[WorkingTime, ...]

    def windows(self, day: date) -> tuple[Window, ...]:
        whole = local_span(day, _MIDNIGHT, _MIDNIGHT, self.zone)
        parts = (
            window.intersect(whole)
            for member in self.members
            for near in (day - _DAY, day, day + _DAY)
            for window in member.windows(near)
        )
        return joined(part for part in parts if part is not None)


@dataclass(frozen=True)
class ClientWindow:
    """The hours in which a client may be disturbed, on the client's own clock, every day of the week."""

    zone: ZoneInfo
    start: time = time(9)
    end: time = time(21)

    def __post_init__(self) -> None:
        _check_hours(((self.start, self.end),))

    def span(self, day: date) -> Window:
        """The window of the client's own `day`."""
        return local_span(day, self.start, self.end, self.zone)

    def contains(self, moment: datetime) -> bool:
        """Whether the client may be disturbed at `moment`."""
        return moment in self.span(moment.astimezone(self.zone).date())

    def clip(self, window: Window) -> tuple[Window, ...]:
        """The parts of `window` in which the client may be disturbed."""
        day, last = (moment.astimezone(self.zone).date() for moment in (window.start, window.end))
        parts: list[Window] = []
        while day <= last:
            common = window.intersect(self.span(day))
            if common is not None:
                parts.append(common)
            day += _DAY
        return tuple(parts)


def reachable(calendar: WorkingTime, client: ClientWindow, day: date) -> tuple[Window, ...]:
    """Working windows of the manager's `day` in which the client may be disturbed; may be empty."""
    return tuple(part for window in calendar.windows(day) for part in client.clip(window))


def whole_minute(moment: datetime) -> datetime:
    """`moment` in UTC with the seconds dropped."""
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


def next_whole_minute(moment: datetime) -> datetime:
    """The first whole minute that is not before `moment`, in UTC."""
    dropped = whole_minute(moment)
    return dropped if dropped == moment else dropped + timedelta(minutes=1)


def _check_hours(windows: Hours) -> None:
    previous_end = _MIDNIGHT
    for position, (start, end) in enumerate(windows):
        if start >= end != _MIDNIGHT:
            raise ValueError(f"working hours {start:%H:%M}-{end:%H:%M} end before they start")
        if position and (previous_end == _MIDNIGHT or start < previous_end):
            raise ValueError(f"working hours overlap at {start:%H:%M}")
        previous_end = end


def shortened(windows: tuple[Window, ...]) -> tuple[Window, ...]:
    """The working windows of a short day: the last one ends an hour earlier."""
    if not windows:
        return windows
    *rest, last = windows
    if last.end - last.start <= _SHORTER_BY:
        return tuple(rest)
    return (*rest, Window(last.start, last.end - _SHORTER_BY))


def joined(parts: Iterable[Window]) -> tuple[Window, ...]:
    """The windows in order and apart; those that touch or overlap are one."""
    joined: list[Window] = []
    for part in sorted(parts, key=lambda window: window.start):
        if joined and part.start <= joined[-1].end:
            joined[-1] = Window(joined[-1].start, max(joined[-1].end, part.end))
        else:
            joined.append(part)
    return tuple(joined)
