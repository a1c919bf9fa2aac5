"""Days of the past and near future as people type them: «вчера», «17.11», «5 ноября 2026»."""

from __future__ import annotations

import re
from datetime import date, timedelta

from bot.locales.ru.days import MONTHS

_MAY = "мая"
_WORDS = {"сегодня": 0, "вчера": 1, "позавчера": 2, "завтра": -1, "послезавтра": -2}
"""How many days ago. A day that is still to come is understood as well: whether it will do is another question."""
_FIGURES = re.compile(r"(\d{1,2})[./-](\d{1,2})(?:[./-](\d{4}|\d{2}))?(?:\s*г\.?)?")
_NAMED = re.compile(r"(\d{1,2})\s+([а-я]{3,})(?:\s+(\d{4}))?(?:\s*г(?:ода|\.)?)?")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


def read_day(text: str, today: date, *, past: bool = False) -> date | None:
    """The day that the words mean; None: not understood.

    Args:
        text: as it was typed.
        today: on the company's clock.
        past: without a year the newest such day that is not in the future is meant, otherwise the one of this year.
    """
    text = " ".join(text.lower().replace("ё", "е").split())
    if text in _WORDS:
        return today - timedelta(days=_WORDS[text])
    if found := _ISO.fullmatch(text):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if found := _FIGURES.fullmatch(text):
        month = int(found[2])
    elif found := _NAMED.fullmatch(text):
        named = _month(found[2])
        if named is None:
            return None
        month = named
    else:
        return None
    if found[3] is not None:
        year = int(found[3])
        return _day(year if year > 99 else 2000 + year, month, int(found[1]))
    day = _day(today.year, month, int(found[1]))
    if past and (day is None or day > today):
        return _day(today.year - 1, month, int(found[1]))
    return day


def _month(word: str) -> int | None:
    """«ноября», «ноябрь», «нояб», «май»."""
    stem = _MAY if word == "май" else word if len(word) <= len(_MAY) else word[:-1]
    return next((number for number, name in enumerate(MONTHS, 1) if name.startswith(stem)), None)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
