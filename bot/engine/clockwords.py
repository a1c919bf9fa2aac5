"""The time of day inside a Russian phrase: found, read and taken out, so that only the day is left.

A clock reading may mean two hours («в 8»); all its plausible readings are kept, the caller decides between them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time

_NUMBERS = {
    "час": 1,
    "два": 2,
    "двум": 2,
    "три": 3,
    "трем": 3,
    "четыре": 4,
    "четырем": 4,
    "пять": 5,
    "пяти": 5,
    "шесть": 6,
    "шести": 6,
    "семь": 7,
    "семи": 7,
    "восемь": 8,
    "восьми": 8,
    "девять": 9,
    "девяти": 9,
    "десять": 10,
    "десяти": 10,
    "одиннадцать": 11,
    "одиннадцати": 11,
    "двенадцать": 12,
    "двенадцати": 12,
}
_MONTH = r"(?:январ|феврал|март|апрел|ма[йя]|июн|июл|август|сентябр|октябр|ноябр|декабр)"
_PART = r"(?:\s+(?P<part>утра|утром|дня|днем|вечера|вечером|ночи|ночью))?"
_HOURS_WORD = r"(?:\s*(?:часов|часа|ч)\b\.?)?"
_AT = r"(?:(?:\bчасов|\bровно)\s+)?\b(?:в|к|на|около)\s+(?:ровно\s+)?"
_NUMBER_WORD = re.compile(rf"\b(в|к|около)\s+({'|'.join(sorted(_NUMBERS, key=len, reverse=True))})\b")

# In order of certainty; the first that matches is the clock.
_CLOCKS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:{_AT})?\b(?P<hour>\d{{1,2}}):(?P<minute>\d{{2}})\b{_PART}",
        rf"{_AT}(?P<hour>\d{{1,2}})[.-](?P<minute>\d{{2}})\b(?![.\d]){_PART}",
        rf"(?<=\S\s)(?P<hour>\d{{1,2}})[.-](?P<minute>\d{{2}}){_PART}$",
        rf"^(?P<hour>\d{{1,2}})[.-](?P<minute>00|1[3-9]|[2-5]\d){_PART}$",
        rf"(?<!\d\s)\b(?:{_AT})?(?P<hour>\d{{1,2}})\s(?P<minute>00|15|30|45){_PART}$",
        rf"{_AT}(?P<hour>\d{{1,2}})\b(?!\s?[.:/-]?\d)(?!\s+{_MONTH}){_HOURS_WORD}{_PART}",
        rf"(?<!через )\b(?P<hour>\d{{1,2}}){_HOURS_WORD}\s+(?P<part>утра|дня|вечера|ночи)\b",
        r"^(?P<hour>\d{1,2})(?:\s*(?:часов|часа|ч)\.?)?$",
        r"(?<!через)(?<=\S)\s+(?P<hour>\d{1,2})$",
    )
)
_PART_WORD = re.compile(r"\b(утром|днем|вечером|ночью)\b")

_LAST_MORNING_GUESS = 7
_EITHER_HALF = 8
_LATEST_EVENING_GUESS = 21


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day as it was said.

    Args:
        readings: what it may mean, the likelier first; more than one asks for a choice.
        later: what it also means when the first reading has passed today («в 9» said in the afternoon), or None.
    """

    readings: tuple[time, ...]
    later: time | None = None


class ImpossibleClock(ValueError):
    """The phrase names a time that no clock shows: 25:00, 14:75."""


def take_clock(text: str) -> tuple[Clock | None, str]:
    """The clock in `text` and the text without it; no clock leaves the text alone.

    Args:
        text: a phrase in lower case, with «е» for «ё» and single spaces.

    Raises:
        ImpossibleClock: the figures are no time of day.
    """
    spoken = _NUMBER_WORD.sub(lambda match: f"{match[1]} {_NUMBERS[match[2]]}", text)
    for pattern in _CLOCKS:
        match = pattern.search(spoken)
        if match is None:
            continue
        rest = f"{spoken[: match.start()]} {spoken[match.end() :]}"
        groups = match.groupdict()
        part = groups.get("part")
        if part is None and (elsewhere := _PART_WORD.search(rest)) is not None:
            part = elsewhere[1]
            rest = _PART_WORD.sub(" ", rest)
        clock = _read(match["hour"], groups.get("minute"), part)
        return clock, " ".join(rest.split()).strip(" ,.-")
    return None, text


def _read(hour_text: str, minute_text: str | None, part: str | None) -> Clock:
    hour, minute = int(hour_text), int(minute_text or 0)
    if hour == 24 and minute == 0:
        hour = 0
    if hour > 23 or minute > 59:
        raise ImpossibleClock(f"{hour_text}:{minute:02d}")
    if part is not None:
        return Clock((time(_in_part(hour, part[0]), minute),))
    written_in_full = minute_text is not None and (hour_text.startswith("0") or hour > _LAST_MORNING_GUESS)
    if written_in_full or hour == 0 or hour > 11:
        return Clock((time(hour, minute),))
    if hour <= _LAST_MORNING_GUESS:
        return Clock((time(hour + 12, minute),))
    if hour == _EITHER_HALF:
        return Clock((time(hour, minute), time(hour + 12, minute)))
    later = time(hour + 12, minute) if hour + 12 <= _LATEST_EVENING_GUESS else None
    return Clock((time(hour, minute),), later)


def _in_part(hour: int, part: str) -> int:
    """The hour on a 24-hour clock, given the first letter of утра, дня, вечера or ночи."""
    match part:
        case "д" if hour < 9:
            return hour + 12
        case "в" if hour < 12:
            return hour + 12
        case "н" if 9 <= hour < 12:
            return hour + 12
        case "н" if hour == 12:
            return 0
        case _:
            return hour
