"""Public holidays of a country, and what the `holidays` package does not tell about the Russian calendar.

The package knows days off, moved ones included. It knows neither *short* days (labour law art. 95: one hour less on
the working day right before a public holiday) nor working Saturdays; both are here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache

import holidays

_RUSSIA = "RU"

# Labour law art. 112: the holidays themselves. A day off that was moved next to one is not a holiday, so the working
# day before it keeps its length.
_RUSSIAN_HOLIDAYS = frozenset(
    {*((1, day) for day in range(1, 9)), (2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4)},
)
# Years whose government decree on moved days is included in the data below and in the pinned package.
_RUSSIAN_YEARS = frozenset({2026, 2027})
# Working day → the day off it was swapped with; the hours of that weekday are worked.
_RUSSIAN_MOVED: Mapping[date, date] = {date(2027, 2, 20): date(2027, 2, 22)}
# A moved working day keeps the length of the day it replaces: 22 February is the eve of a holiday.
_RUSSIAN_SHORT = frozenset({date(2027, 2, 20)})


def check_country(country: str) -> None:
    """Raise ValueError for a country whose holidays are unknown."""
    if country not in holidays.list_supported_countries(include_aliases=True):
        raise ValueError(f"no public holidays are known for country {country!r}")


def is_day_off(country: str, day: date) -> bool:
    """Whether a public holiday, or a day off moved because of one, falls on `day`; plain weekends are not asked."""
    return day in _days_off(country, day.year)


def is_short(country: str, day: date) -> bool:
    """Whether work ends an hour earlier on `day`, provided that anybody works then."""
    if country != _RUSSIA:
        return False
    following = day + timedelta(days=1)
    return day in _RUSSIAN_SHORT or (following.month, following.day) in _RUSSIAN_HOLIDAYS


def works_instead_of(country: str, day: date) -> date | None:
    """The day off that `day` was swapped with (so `day` is worked by its hours), or None for an ordinary day."""
    return _RUSSIAN_MOVED.get(day) if country == _RUSSIA else None


def known_year(country: str, year: int) -> bool:
    """Whether the calendar of `year` is complete; other countries move days by rule, not by yearly decree."""
    return year in _RUSSIAN_YEARS if country == _RUSSIA else True


@lru_cache(maxsize=64)
def _days_off(country: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, years=year))
