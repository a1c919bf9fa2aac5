"""The simulated clients: who they are, when they come, and whether they pick up.

Everything about a client is a function of (seed, number of the lead); a playbook changes only when he is called.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from bot.engine.floor.luck import Picker, chance, key_of
from bot.engine.floor.minutes import Spans, minute_of
from bot.engine.floor.parameters import Odds, Parameters

# Draws of a lead. What is drawn more than once counts up from its number.
_DAY, _PART, _MINUTE, _KIND, _ZONE, _SOURCE = range(1, 7)
CALLS_BACK, SOON, OUTSIDE, CALL_MOMENT, QUALIFIES = range(10, 15)
BUSY, CLOSED_IN_CRM, ANSWERS = 100, 1_000, 10_000
_PER_PART = 1_000

_PARTS = ((10, 19), (19, 24), (0, 10))
"""Hours of the company's day in which leads come: by day, in the evening, at night."""
_MONDAY = 0
_QUARTER_DAYS = 91
_OUTAGES, _LAGS = -1, -2
"""Numbers of the two troubles where leads have theirs."""
_NEVER: Odds = (0.0, 0.0, 0.0)


class Client:
    """One lead's client."""

    __slots__ = ("arrived", "key", "number", "odds", "reachable", "source", "zone")

    def __init__(self, crowd: Crowd, number: int, arrived: int) -> None:
        self.number = number
        self.arrived = arrived
        """Minute of UTC."""
        self.key = key_of(crowd.seed, number)
        self.odds = crowd.odds(chance(self.key, _KIND))
        self.reachable = self.odds is not _NEVER
        self.zone = crowd.zone(chance(self.key, _ZONE))
        """Name of his time zone; None: the company's."""
        self.source = crowd.source(chance(self.key, _SOURCE))
        """Key of a source of the playbook; None: none of them."""

    def answers(self, part: int, tried: int, repeat_factor: float) -> bool:
        """Whether he picks up in that part of the day (0 morning, 1 by day, 2 evening) after so many dials in it."""
        odds = self.odds[part]
        if not odds:
            return False
        return chance(self.key, ANSWERS + part * _PER_PART + tried) < odds * repeat_factor**tried

    def luck(self, draw: int) -> float:
        """One of his other draws."""
        return chance(self.key, draw)


class Crowd:
    """All clients of a run."""

    def __init__(self, parameters: Parameters, seed: int) -> None:
        self.seed = seed
        self._parameters = parameters
        p = parameters
        weights = (p.always, p.evening, p.morning, p.daytime)
        whole = sum(weights)
        kinds = (p.always_odds, p.evening_odds, p.morning_odds, p.daytime_odds)
        mean = _mean_odds(weights, kinds) * p.contactable
        stretch = p.first_answer / mean if mean else 0.0
        self._upto = list(accumulate(weight / whole * p.contactable for weight in weights))
        self._odds = [_stretched(odds, stretch) for odds in kinds]
        self.zone = Picker(p.zones)
        self.source = Picker(p.sources)

    def odds(self, luck: float) -> Odds:
        """What kind of client somebody is."""
        at = bisect_right(self._upto, luck)
        return self._odds[at] if at < len(self._odds) else _NEVER

    def arrivals(self, zone: ZoneInfo) -> list[tuple[int, int]]:
        """Minute of UTC and number of every lead, in the order in which they come; days are those of `zone`."""
        p = self._parameters
        days = [p.start + timedelta(days=number) for number in range(p.days)]
        begins = [minute_of(datetime.combine(day, time(0), zone)) for day in days]
        by_day = list(accumulate(p.monday if day.weekday() == _MONDAY else 1.0 for day in days))
        if not by_day[-1]:  # only Mondays, and none come on them
            by_day = list(accumulate(1.0 for _ in days))
        by_part = list(accumulate((p.day_arrivals, p.evening_arrivals, p.night_arrivals)))
        found: list[tuple[int, int]] = []
        for number in range(p.leads):
            key = key_of(self.seed, number)
            day = bisect_right(by_day, chance(key, _DAY) * by_day[-1])
            first, last = _PARTS[bisect_right(by_part, chance(key, _PART) * by_part[-1])]
            minute = 60 * first + int(chance(key, _MINUTE) * 60 * (last - first))
            found.append((begins[day] + minute, number))
        found.sort()
        return found

    def troubles(self, zone: ZoneInfo) -> Spans:
        """When leads and cards do not come through: outages of the CRM, slow spells of the messenger."""
        p = self._parameters
        begin = minute_of(datetime.combine(p.start, time(0), zone))
        found: list[tuple[float, float]] = []
        for name, per_quarter, length in (
            (_OUTAGES, p.crm_outages, p.crm_outage_minutes),
            (_LAGS, p.telegram_lags, p.telegram_lag_minutes),
        ):
            key = key_of(self.seed, name)
            expected = per_quarter * p.days / _QUARTER_DAYS
            count = int(expected) + (chance(key, 0) < expected % 1)
            starts = (begin + int(chance(key, number) * p.days * 1440) for number in range(1, count + 1))
            found += [(start, start + length) for start in starts]
        return Spans(_joined(sorted(found)))


def _mean_odds(weights: Sequence[float], kinds: Sequence[Odds]) -> float:
    """Mean chance over the reachable and the three parts of the day."""
    return sum(weight * sum(odds) / len(odds) for weight, odds in zip(weights, kinds, strict=True)) / sum(weights)


def _stretched(odds: Odds, factor: float) -> Odds:
    morning, day, evening = (min(1.0, one * factor) for one in odds)
    return morning, day, evening


def _joined(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    joined: list[tuple[float, float]] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined
