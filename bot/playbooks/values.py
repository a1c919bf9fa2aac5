"""What the parts of a playbook are written with: lengths and times, names, conditions. Shape only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

_DURATION = re.compile(r"^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?$")
LONGEST = timedelta(days=366)
"""What lasts longer is a slip of the pen, and dates end long before such numbers do."""
_WINDOW = re.compile(r"^([01]?\d|2[0-3]):([0-5]\d)-([01]?\d|2[0-3]):([0-5]\d)$")


def read_duration(value: object) -> object:
    """`15m`, `2h`, `1h30m`, `3d` as a timedelta; anything else is refused with the allowed forms."""
    if isinstance(value, timedelta):
        return value
    match = _DURATION.match(value) if isinstance(value, str) else None
    if match is None or not any(match.groups()):
        raise ValueError(f"{value!r} is not a duration; write minutes, hours or days: 15m, 2h, 1h30m, 3d")
    days, hours, minutes = (int(group or 0) for group in match.groups())
    if (days * 24 + hours) * 60 + minutes > LONGEST // timedelta(minutes=1):
        raise ValueError(f"{value!r} is longer than a year; write at most {write_duration(LONGEST)}")
    return timedelta(days=days, hours=hours, minutes=minutes)


def write_duration(value: timedelta) -> str:
    """The shortest text that `read_duration` reads back."""
    minutes = int(value.total_seconds() // 60)
    days, minutes = divmod(minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    text = "".join(f"{n}{unit}" for n, unit in ((days, "d"), (hours, "h"), (minutes, "m")) if n)
    return text or "0m"


def read_time(value: object) -> object:
    """`09:30` as a time; YAML 1.2 keeps it text."""
    if isinstance(value, time):
        return value
    match = re.match(r"^([01]?\d|2[0-3]):([0-5]\d)$", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"{value!r} is not a time of day; write hours and minutes: 09:30")
    return time(int(match[1]), int(match[2]))


def read_day(value: object) -> object:
    """`2026-11-02` as a date."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError(f"{value!r} is not a date; write year, month and day: 2026-11-02") from None


Duration = Annotated[
    timedelta,
    BeforeValidator(read_duration),
    PlainSerializer(write_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": _DURATION.pattern, "examples": ["15m", "2h", "3d"]}),
]
TimeOfDay = Annotated[
    time,
    BeforeValidator(read_time),
    PlainSerializer(lambda value: value.strftime("%H:%M"), return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^([01]?\d|2[0-3]):[0-5]\d$", "examples": ["09:30"]}),
]
Day = Annotated[
    date,
    BeforeValidator(read_day),
    PlainSerializer(lambda value: value.isoformat(), return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$", "examples": ["2026-11-02"]}),
]
Hours = Annotated[
    str,
    Field(pattern=_WINDOW.pattern, description="A window of the day: `09:00-19:00`.", examples=["09:00-19:00"]),
]
OFF = "off"
DayHours = Annotated[
    str,
    Field(
        pattern=rf"^{OFF}$|{_WINDOW.pattern}",
        description="`off`, or the window of that very day: `10:00-16:00`.",
        examples=[OFF, "10:00-16:00"],
    ),
]
Words = Annotated[str, Field(min_length=1)]
MAX_NAME = 40
"""Characters of any name: tables and buttons have room for so many."""
Name = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z][A-Za-z0-9_]*$",
        max_length=MAX_NAME,
        description=f"An identifier: letters, digits, `_`; {MAX_NAME} characters at most.",
    ),
]


Milestone = Literal["meeting_set", "meeting_held", "contract", "activated"]
"""What digests and figures count beside tasks and calls."""


class Part(BaseModel):
    """A part of the document: unknown keys are refused, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def bounds_of(part: type[Part], key: str) -> tuple[int, int]:
    """The least and the most that a figure with both bounds may be."""
    marks = part.model_fields[key].metadata
    low = next(mark.ge for mark in marks if hasattr(mark, "ge"))
    high = next(mark.le for mark in marks if hasattr(mark, "le"))
    return int(low), int(high)


class Compare(Part):
    """A comparison with a number (for a time: whole days ahead of now). All given bounds must hold."""

    over: float | None = None
    """Strictly more than."""
    at_least: float | None = None
    """This or more."""
    under: float | None = None
    """Strictly less than."""
    at_most: float | None = None
    """This or less."""
    answered: bool | None = None
    """True: the question has an answer; False: it has none."""
    none_of: tuple[str, ...] | None = None
    """The answer (or any answer so far known of the client) is none of these options."""


Test = str | bool | tuple[str, ...] | Compare
"""What an answer is held against: an option, one of several options, a comparison, or true/false for a case fact."""

Condition = Mapping[str, Any]
"""Structured data, never an expression: `{question: option}`, `{question: [a, b]}`, `{sum: {over: 0}}`, and the groups
`any: [...]`, `all: [...]`, `not: {...}`. Several keys in one condition must all hold. A key is a question; a key of
`fields` that is not answered in this run asks what is known of the client. Keys beginning with `case.` ask about the
case: `case.source`, `case.stage`, `case.task`, `case.attempt` (number of the attempt now made),
`case.misses`, `case.line` (what was on the line at the last miss: an option of the receipt's
question), `case.has_phone`, `case.other_contact` (an e-mail or a messenger is known), `case.only_writing`,
`case.repeat` (the client was here before), `case.promised`, `case.confirmed` (the latest word about
the meeting is that he will come). Read by `bot.engine.conditions`."""
