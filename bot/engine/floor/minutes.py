"""Moments as whole minutes of UTC, and the company's working time over them.

The floor makes hundreds of thousands of moves; whole numbers and sorted lists carry them. Which minutes are worked is
the calendar's word alone.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta

from bot.engine.worktime import Window, WorkingTime

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_SPAN = 15
"""Minutes in which no clock passes a whole hour: every zone of today is a multiple of this from UTC."""


def minute_of(moment: datetime) -> int:
    """The minute in which an aware moment lies."""
    return (moment - _EPOCH) // _MINUTE


def moment_of(minute: int) -> datetime:
    """The beginning of that minute, aware, in UTC."""
    return _EPOCH + minute * _MINUTE


class Spans:
    """Stretches of minutes, in order and apart: `start` inclusive, `end` exclusive."""

    def __init__(self, spans: Iterable[tuple[float, float]]) -> None:
        kept = [(start, end) for start, end in spans if start < end]
        self.starts = [start for start, _ in kept]
        self.ends = [end for _, end in kept]
        self._before = [0.0]
        for start, end in kept:
            self._before.append(self._before[-1] + end - start)

    def at(self, minute: float) -> int:
        """Index of the stretch that `minute` is in, or else of the one that comes next; their number after the last."""
        return bisect_right(self.ends, minute)

    def __contains__(self, minute: float) -> bool:
        at = bisect_right(self.starts, minute) - 1
        return at >= 0 and minute < self.ends[at]

    def first_from(self, minute: float) -> float | None:
        """The first minute from `minute` on that is inside; None when none is left."""
        at = self.at(minute)
        return max(minute, self.starts[at]) if at < len(self.ends) else None

    def passed(self, minute: float) -> float:
        """How much of the stretches lies before `minute`."""
        at = bisect_right(self.starts, minute) - 1
        if at < 0:
            return 0.0
        return self._before[at] + min(minute, self.ends[at]) - self.starts[at]

    def at_passed(self, amount: float) -> float | None:
        """The minute at which so much of them has passed; None beyond the last."""
        at = bisect_left(self._before, amount, lo=1) - 1
        return self.starts[at] + amount - self._before[at] if at < len(self.starts) else None


def working_spans(calendar: WorkingTime, first: date, last: date) -> Spans:
    """The working windows of these days and those between."""
    return Spans(_minutes(window) for day in days_between(first, last) for window in calendar.windows(day))


def days_between(first: date, last: date) -> list[date]:
    """Both days and all between."""
    return [first + number * _DAY for number in range((last - first).days + 1)]


def _minutes(window: Window) -> tuple[int, int]:
    return minute_of(window.start), minute_of(window.end)


class ByQuarter:
    """Something that changes only at whole quarters of an hour, computed once for each."""

    def __init__(self, compute: Callable[[datetime], int]) -> None:
        self._compute = compute
        self._known: dict[int, int] = {}

    def __call__(self, minute: int) -> int:
        span = minute // _SPAN
        value = self._known.get(span)
        if value is None:
            value = self._known[span] = self._compute(moment_of(span * _SPAN))
        return value
