"""«пн-пт 9-19», «сб 10-16», «вс выходной», «клиент 9-21», «31.12 выходной»: when we work and call."""

from __future__ import annotations

import re
from datetime import date, time, timedelta

from bot.locales.ru import changes as ru
from bot.playbooks.edit import Change, Drop, Put
from bot.playbooks.hours import minutes
from bot.playbooks.model import OFF, Playbook
from bot.playbooks.spoken.clock import DATE, WINDOW, grouped, hours_by_day, read_window, said_date, take_weekly
from bot.playbooks.spoken.reading import Refused, Words
from bot.playbooks.spoken.shifts import shift_changes

_FROM, _TO = DATE.format("a"), DATE.format("b")
_MOST_DAYS = 31
_HOUR = timedelta(hours=1)


def hours_changes(playbook: Playbook, text: str, today: date) -> list[Change]:
    """Changes of the working hours, of the client's window, or of a shift.

    Raises:
        Refused: they were not understood, or cannot be.
    """
    words = Words(text)
    words.take(ru.VERBS)
    if words.take(ru.SHIFT_WORDS):
        return shift_changes(playbook, words, today)
    changes: list[Change] = []
    client = words.take(rf"(?:client_hours|client|клиент\w*|окно\s+клиента)\s*[=:]?\s*{WINDOW}")
    if client is not None:
        window = read_window(client)
        if window != playbook.client_hours:
            changes.append(Put(("client_hours",), window))
    before = hours_by_day(playbook.hours)
    after = take_weekly(words, before)
    words.must_be_empty(ru.HOURS_FORMS)
    if client is None and after is None:
        raise Refused(ru.HOURS_FORMS)
    if after == {}:
        raise Refused(ru.NOBODY_WORKS)
    if after is not None and after != before:
        changes.append(Put(("hours",), dict(grouped(after))))
    if not changes:
        raise Refused(ru.ALREADY)
    return changes


def day_changes(playbook: Playbook, text: str, today: date) -> list[Change]:
    """Changes of single days: off, short, worked, as always.

    Raises:
        Refused: they were not understood, or cannot be.
    """
    words = Words(text)
    words.take(ru.VERBS)
    worked = rf"(?P<work>{ru.WORKED})(?:\s+{_named(WINDOW)})?"
    how = rf"(?:{WINDOW}|(?P<off>{ru.OFF})|(?P<short>{ru.SHORT})|{worked}|(?P<usual>{ru.AS_ALWAYS}))"
    found = words.take_all(rf"(?:с\s+)?{_FROM}(?:\s*(?:-|по)\s*{_TO})?\s*[=:]?\s*{how}")
    words.must_be_empty(ru.DAY_FORMS)
    if not found:
        raise Refused(ru.DAY_FORMS)
    changes: list[Change] = []
    for one in found:
        for day in _days(one, today):
            changes += _of_day(playbook, one, day)
    if not changes:
        raise Refused(ru.ALREADY)
    return changes


def _of_day(playbook: Playbook, one: re.Match[str], day: date) -> list[Change]:
    key, now = day.isoformat(), playbook.days.get(day)
    if one["usual"]:
        if now is None:
            return []
        return [Drop(("days", key)) if len(playbook.days) > 1 else Drop(("days",))]
    if one["off"]:
        span = OFF
    elif one["short"]:
        span = _shorter(playbook, day)
    elif one["work"] and not one["start2"]:
        span = _usual(playbook, day)
    elif one["work"]:
        span = read_window(_as_window(one["start2"], one["end2"]))
    else:
        span = read_window(one)
    return [] if span == now else [Put(("days", key), span, after="hours")]


def _days(one: re.Match[str], today: date) -> list[date]:
    first = _date(one, "a", today)
    if not any(one[f"b{part}"] for part in ("d", "d2", "d3")):
        return [first]
    last = _date(one, "b", max(first, today))
    count = (last - first).days + 1
    if not 1 <= count <= _MOST_DAYS:
        raise Refused(ru.TOO_MANY_DAYS.format(most=_MOST_DAYS))
    return [first + timedelta(days=step) for step in range(count)]


def _date(one: re.Match[str], side: str, today: date) -> date:
    """The date; without a year the next one of that day."""
    day, month, said = said_date(one, side)
    year = said or today.year
    try:
        found = date(year, month, day)
        if not said and found < today:
            found = date(year + 1, month, day)
    except ValueError as error:
        raise Refused(ru.NO_SUCH_DAY.format(day=f"{day:02}.{month:02}.{year}")) from error
    if found < today:
        raise Refused(ru.DAY_IS_PAST.format(day=f"{found:%d.%m.%Y}"))
    if found.year > today.year + 2:
        raise Refused(ru.DAY_TOO_FAR.format(day=f"{found:%d.%m.%Y}"))
    return found


def _usual(playbook: Playbook, day: date) -> str:
    """The hours of that day of the week; where it is always off, of the first day that is not."""
    by_day = hours_by_day(playbook.hours)
    spans = by_day.get(day.weekday()) or next(iter(by_day.values()))
    return f"{spans[0].partition('-')[0]}-{spans[-1].partition('-')[2]}"


def _shorter(playbook: Playbook, day: date) -> str:
    start, end = minutes(_usual(playbook, day))
    end -= _HOUR // timedelta(minutes=1)
    if end <= start:
        raise Refused(ru.DAY_FORMS)
    return f"{time(start // 60, start % 60):%H:%M}-{time(end // 60, end % 60):%H:%M}"


def _named(pattern: str) -> str:
    return re.sub(r"\(\?P<(\w+)>", r"(?P<\g<1>2>", pattern)


def _as_window(start: str, end: str) -> re.Match[str]:
    found = re.match(WINDOW, f"{start}-{end}")
    assert found is not None  # both have matched it before
    return found
