"""A stretch of days as people type it: «с 1 по 14 декабря», «01.12–14.12», «до пятницы», «с завтра на две недели»."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Literal

from bot.engine.daywords import read_day

LONGEST = timedelta(days=180)
_FROM_TO = re.compile(r"(?:с|со)?\s*(.+?)\s*(?:по|до|[–—-])\s*(.+)")
_UNTIL = re.compile(r"(?:по|до)\s+(.+)")
_LASTING = re.compile(
    r"(?:(?:со?\s+)?(?P<start>(?!на\b).+?)\s+(?=на\b))?(?:на\s+)?(?:(?P<count>\d{1,2}|од(?:ин|ну)|дв[ае]|три|четыре)\s+)?"
    r"(?P<unit>день|дня|дней|недел[юияь]|недель)"
)
_COUNTS = {"один": 1, "одну": 1, "два": 2, "две": 2, "три": 3, "четыре": 4}
_WEEKDAYS = tuple(
    re.compile(rf"(?:в |во )?(?:{form})")
    for form in (
        r"пн|понедельник\w*",
        r"вт|вторник\w*",
        r"ср|сред\w",
        r"чт|четверг\w*",
        r"пт|пятниц\w",
        r"сб|суббот\w",
        r"вс|воскресень\w",
    )
)
_SOON = {"позавчера": -2, "вчера": -1, "сегодня": 0, "завтра": 1, "послезавтра": 2}
_ONE = timedelta(days=1)
_LATEST_PAST = timedelta(days=60)
"""A day without a year that is longer ago than this is one of the next year."""


Misread = Literal["past", "backwards", "long"]
"""Why days that were understood are no leave."""


def read_days(text: str, today: date) -> tuple[date, date] | Misread | None:
    """First and last day that the words mean, or why those can be no leave; None: the words name no days."""
    first, last = _read(" ".join(text.lower().replace("ё", "е").split()), today)
    if first is None or last is None:
        return None
    if last < first:
        return "backwards"
    if last < today:
        return "past"
    return "long" if last - first > LONGEST else (first, last)


def _read(text: str, today: date) -> tuple[date | None, date | None]:
    if (found := _UNTIL.fullmatch(text)) is not None:
        return today, _day(found[1], today)
    if (found := _LASTING.fullmatch(text)) is not None:
        return _lasting(found, today)
    single = _day(text.removeprefix("на ").removeprefix("с "), today)
    if single is not None:
        return single, single
    if (found := _FROM_TO.fullmatch(text)) is not None:
        start = _start(found[1], found[2], today)
        return start, _day(found[2], start or today)
    return None, None


def _lasting(found: re.Match[str], today: date) -> tuple[date | None, date | None]:
    """«на три дня», «с понедельника на неделю»: calendar days, the first one counts."""
    start = today if found["start"] is None else _day(found["start"], today)
    count = int(found["count"]) if (found["count"] or "").isdigit() else _COUNTS.get(found["count"] or "", 1)
    days = timedelta(days=count * (7 if found["unit"].startswith("недел") else 1))
    return start, start + days - _ONE if start is not None and days else None


def _start(text: str, end: str, today: date) -> date | None:
    """The first day; «с 1 по 14 декабря» names its month only once."""
    return _day(text + re.sub(r"^\d{1,2}", "", end) if text.isdigit() else text, today)


def _day(text: str, today: date) -> date | None:
    text = text.strip()
    if text in _SOON:
        return today + timedelta(days=_SOON[text])
    weekday = next((number for number, form in enumerate(_WEEKDAYS) if form.fullmatch(text)), None)
    if weekday is not None:
        return today + timedelta(days=(weekday - today.weekday()) % 7)
    day = read_day(text, today)
    if day is not None and day < today - _LATEST_PAST and not re.search(r"\d{4}|[./-]\d{1,2}[./-]", text):
        return read_day(text, today.replace(year=today.year + 1, day=1))
    return day
