"""Bitrix24's dialect: PHP-style queries on the way out, PHP's loose types on the way in.

PHP has one array for lists and maps, so an empty map arrives as `[]`; classic methods send every number as a string
and every flag as "Y" or "N"; dates carry the offset of whoever asks. These helpers are the one place that knows.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Any
from urllib.parse import quote

_BREAK = re.compile(r"\s*<br\s*/?>\s*", re.IGNORECASE)


def query(params: Mapping[str, Any]) -> str:
    """The parameters of one batch command as a PHP-style query, every key part and value encoded once.

    None becomes an empty value and a boolean 1 or 0. An empty list becomes one empty element, which clears a
    multiple field; an empty map says nothing in PHP and is left out.
    """
    return "&".join(f"{key}={quote(value, safe='')}" for key, value in _flat(params))


def jsonable(value: Any) -> Any:
    """The same value with everything that JSON lacks (moments, dates, decimals, tuples) written out for the portal."""
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(item) for item in value]
    if isinstance(value, (datetime, date, Decimal)):
        return _text(value)
    return value


def iso(moment: datetime, zone: tzinfo = UTC) -> str:
    """An aware moment in ISO 8601 with an offset and whole seconds; a bare date would be read in the portal's zone.

    Raises:
        ValueError: the moment carries no zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment for the portal needs a time zone")
    return moment.astimezone(zone).isoformat(timespec="seconds")


def parse_datetime(value: Any, *, portal_zone: tzinfo | None = None) -> datetime | None:
    """A moment from the portal in UTC, or None for any of the portal's ways to say "no date".

    Args:
        value: ISO 8601 text; "", None, False, `[]` and `{}` mean that there is no date.
        portal_zone: the zone of texts without an offset.

    Raises:
        ValueError: not a date, or a date without an offset while `portal_zone` is not given.
    """
    if not value:
        return None
    if not isinstance(value, str):
        raise ValueError(f"a {type(value).__name__} is not a date")
    moment = datetime.fromisoformat(value.strip())
    if moment.tzinfo is None:
        if portal_zone is None:
            raise ValueError("the date has no offset and the portal's zone is not known")
        moment = moment.replace(tzinfo=portal_zone)
    return moment.astimezone(UTC)


def as_dict(value: Any) -> dict[str, Any]:
    """A map as PHP may have sent it: emptiness of any kind is `{}`, a list is a map whose keys were 0, 1, 2…

    Raises:
        ValueError: a text or a number, which no PHP array can look like.
    """
    if isinstance(value, Mapping):
        return {str(key): item for key, item in value.items()}
    if not value:
        return {}
    if isinstance(value, list):
        return {str(index): item for index, item in enumerate(value)}
    raise ValueError(f"a {type(value).__name__} where the portal promises a map")


def as_list(value: Any) -> list[Any]:
    """A list as PHP may have sent it: emptiness of any kind is `[]`, a map gives its values, one scalar is a list."""
    if isinstance(value, list):
        return list(value)
    if isinstance(value, Mapping):
        return list(value.values())
    if value is None or value is False or value == "":
        return []
    return [value]


def as_int(value: Any) -> int | None:
    """A whole number sent as 7 or as "7"; None for an empty value or anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    try:
        return int(value)
    except ValueError:
        return None


def as_flag(value: Any) -> bool:
    """A flag sent as true, 1, "1" or "Y"; everything else is False."""
    return value is True or value == 1 or (isinstance(value, str) and value.upper() in {"Y", "1", "TRUE"})


def unescape(text: str) -> str:
    """A name or title without the HTML entities that classic methods leave in it (`&quot;`, `&amp;`)."""
    return html.unescape(text)


def plain(description: str) -> str:
    """An error text of the portal as one line: its `<br>` become spaces, its entities characters."""
    return " ".join(unescape(_BREAK.sub(" ", description)).split())


def _flat(params: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in params.items():
        part = quote(str(name), safe="")
        yield from _branch(f"{prefix}[{part}]" if prefix else part, value)


def _branch(key: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        yield from _flat(value, key)
    elif isinstance(value, (list, tuple)):
        if not value:
            yield f"{key}[]", ""
        for index, item in enumerate(value):
            yield from _branch(f"{key}[{index}]", item)
    else:
        yield key, _text(value)


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "1" if value else "0"
        case datetime():
            return iso(value)
        case date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case _:
            return str(value)
