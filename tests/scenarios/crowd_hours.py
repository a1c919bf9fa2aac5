"""Who works when, by the accountant's own arithmetic: Monday to Friday; no week that is lived here has a holiday."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_MAY_CALL = (9, 21)
"""Hours of the client's own day in which he may be called."""


@dataclass(frozen=True)
class Hours:
    """From one whole hour to another one, Monday to Friday."""

    opens: int = 9
    closes: int = 19

    def is_open(self, moment: datetime) -> bool:
        return moment.weekday() < 5 and self.opens <= moment.hour < self.closes

    def next_open(self, moment: datetime) -> datetime:
        """The moment itself in working time, otherwise the next opening."""
        if self.is_open(moment):
            return moment
        at = _hour(moment, self.opens)
        return at if at >= moment and at.weekday() < 5 else _hour(next_day(moment), self.opens)

    def after(self, moment: datetime, span: timedelta) -> datetime:
        """So much working time later."""
        if not span:
            return moment
        at, left = self.next_open(moment), span
        while True:
            closing = _hour(at, self.closes)
            if at + left <= closing:
                return at + left
            left -= closing - at
            at = self.next_open(closing)

    def between(self, earlier: datetime, later: datetime) -> timedelta:
        """Working time from one moment to the other."""
        total, at = timedelta(), self.next_open(earlier)
        while at < later:
            end = min(later, _hour(at, self.closes))
            total += end - at
            at = self.next_open(end + timedelta(microseconds=1)) if end < later else later
        return total

    @property
    def length(self) -> timedelta:
        return _HOUR * (self.closes - self.opens)


COMPANY = Hours()


def closing_before(day: datetime) -> datetime:
    """When the company's working day before this one ended."""
    back = _hour(day, COMPANY.closes) - _DAY
    while back.weekday() > 4:
        back -= _DAY
    return back


def next_day(day: datetime) -> datetime:
    """The midnight with which the next working day begins."""
    later = _hour(day, 0) + _DAY
    while later.weekday() > 4:
        later += _DAY
    return later


def _hour(day: datetime, hour: int) -> datetime:
    return day.replace(hour=hour, minute=0, second=0, microsecond=0)


@dataclass(frozen=True)
class Roster:
    """Who differs from the company's hours, whose work each leader sees, and where the clients live.

    Args:
        hours: CRM user → his hours and his team's.
        sees: leader → the CRM users whose work he sees; None: everybody's.
        groups: leader → the group that hears of the same work.
        ahead: client → by how many hours his clock is ahead of Moscow's.
        away: CRM user → from when until when he was absent.
    """

    hours: Mapping[int, Hours] = field(default_factory=dict)
    sees: Mapping[str, Collection[int] | None] = field(default_factory=lambda: {"Ольга": None})
    groups: Mapping[str, str] = field(default_factory=lambda: {"Ольга": "группа"})
    ahead: Mapping[str, int] = field(default_factory=dict)
    away: Mapping[int, Sequence[tuple[datetime, datetime]]] = field(default_factory=dict)

    @property
    def everybody(self) -> str:
        """Who sees the whole floor."""
        return next(name for name, users in self.sees.items() if users is None)

    def not_absent(self, user: int, moment: datetime) -> datetime:
        """The moment itself, or when the absence is over in which it falls: what waits for him is not overdue."""
        return next((end for start, end in self.away.get(user, ()) if start <= moment < end), moment)

    def of(self, user: int) -> Hours:
        return self.hours.get(user, COMPANY)

    def local(self, client: str, moment: datetime) -> datetime:
        """On the client's clock."""
        return moment + _HOUR * self.ahead.get(client, 0)

    def may_call(self, client: str, moment: datetime) -> bool:
        first, last = _MAY_CALL
        return first <= self.local(client, moment).hour < last

    def is_asked(self, client: str, moment: datetime, user: int) -> bool:
        """Whether anybody of this person's team works then, and the client may be called."""
        return self.of(user).is_open(moment) and self.may_call(client, moment)

    def asked_from(self, client: str, moment: datetime, user: int) -> datetime:
        """The first such moment from then on."""
        hours = self.of(user)
        at = hours.next_open(moment)
        while not self.may_call(client, at):
            at = hours.next_open(_hour(at, at.hour) + _HOUR)
        return at
