"""Dates and flags between the wire, where they are written in a zone, and the store, where they are UTC texts.

Stored moments are ISO texts of one form (`2026-11-24T15:00:00+00:00`), so that they compare as texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_RUSSIAN = re.compile(r"(\d{2})\.(\d{2})\.(\d{4})(?: (\d{2}):(\d{2})(?::(\d{2}))?)?")


def stored(moment: datetime) -> str:
    """A moment as it stands in the store: UTC, whole seconds."""
    return moment.astimezone(UTC).replace(microsecond=0).isoformat()


def shown(value: object, zone: ZoneInfo) -> str | None:
    """A stored moment as the wire shows it in `zone`; None for an empty one."""
    if not isinstance(value, str) or not value:
        return None
    return datetime.fromisoformat(value).astimezone(zone).isoformat()


def parse_moment(value: object, zone: ZoneInfo) -> datetime:
    """Read a date or a moment; one without an offset is in `zone`.

    Raises:
        ValueError: it is neither ISO 8601 nor `dd.mm.yyyy[ hh:mm[:ss]]`.
    """
    if not isinstance(value, str):
        raise ValueError(f"not a date: {value!r}")
    text = value.strip()
    if russian := _RUSSIAN.fullmatch(text):
        day, month, year, hour, minute, second = (int(part or 0) for part in russian.groups())
        return datetime(year, month, day, hour, minute, second, tzinfo=zone)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def moments_in(zone: ZoneInfo) -> Callable[[object], str | None]:
    """Reads a filter's moments into stored form; None, which matches nothing, for what is no date."""

    def read(value: object) -> str | None:
        try:
            return stored(parse_moment(value, zone))
        except ValueError:
            return None

    return read


def parse_day(value: object) -> str:
    """Read a calendar day, with or without a time behind it, as `YYYY-MM-DD`. Raises ValueError."""
    if not isinstance(value, str):
        raise ValueError(f"not a date: {value!r}")
    text = value.strip()
    if russian := _RUSSIAN.fullmatch(text):
        return date(int(russian[3]), int(russian[2]), int(russian[1])).isoformat()
    return datetime.fromisoformat(text).date().isoformat()


def flag(value: object) -> str:
    """`Y` or `N` from any spelling of a yes."""
    return "Y" if str(value).lower() in {"y", "yes", "1", "true"} else "N"


def words(text: str) -> frozenset[str]:
    """The names in a text, separated by blanks."""
    return frozenset(text.split())
