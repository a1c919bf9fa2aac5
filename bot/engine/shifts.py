"""Working time of one person: a shift, with single duty days and without absences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from bot.engine import holidays_table
from bot.engine.worktime import Hours, Window, WorkingTime, joined, local_span, shortened

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Rotation(WorkingTime):
    """So many working days and so many days off in turn, whatever the weekday.

    Args:
        zone: whose wall clock `hours` are.
        hours: of each working day.
        days: working days in a row.
        off: days off in a row after them.
        since: a first working day; the turns go on before it as well.
        country: whose public holidays are days off and whose short days end an hour earlier; None: it works through.
        closed: further days off, of the company.
    """

    zone: ZoneInfo
    hours: Hours
    days: int
    off: int
    since: date
    country: str | None = None
    closed: frozenset[date] = frozenset()

    def windows(self, day: date) -> tuple[Window, ...]:
        if day in self.closed or (day - self.since).days % (self.days + self.off) >= self.days:
            return ()
        if self.country is not None and holidays_table.is_day_off(self.country, day):
            return ()
        spans = tuple(local_span(day, start, end, self.zone) for start, end in self.hours)
        return shortened(spans) if self.country and holidays_table.is_short(self.country, day) else spans


@dataclass(frozen=True)
class OwnTime(WorkingTime):
    """What is left of somebody's usual hours and duty days when his absences are taken out.

    Args:
        zone: whose days are meant by `windows`.
        usual: his shift, or the company's hours.
        duties: single days → hours that he works beside the usual ones.
        away: his absences, in any order.
    """

    zone: ZoneInfo
    usual: WorkingTime
    duties: tuple[tuple[date, Hours], ...] = ()
    away: tuple[Window, ...] = ()

    def windows(self, day: date) -> tuple[Window, ...]:
        spans = self.usual.windows(day)
        extra = [
            local_span(day, start, end, self.zone) for duty, hours in self.duties if duty == day for start, end in hours
        ]
        if extra:
            spans = joined((*spans, *extra))
        for absence in self.away:
            spans = tuple(part for span in spans for part in _without(span, absence))
        return spans


def _without(span: Window, absence: Window) -> Iterator[Window]:
    """The parts of `span` before and after the absence."""
    if span.start < absence.start:
        yield Window(span.start, min(span.end, absence.start))
    if absence.end < span.end:
        yield Window(max(span.start, absence.end), span.end)
