"""What a method of the portal gets and gives: who calls, with which parameters, and the answer with its paging."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.sandbox.portal.errors import RestError, classic, missing_param

PAGE = 50
"""Rows of a list answer; the portal knows no other page size."""


@dataclass(frozen=True)
class Call:
    """One call of one method: by whom, when, and in whose zone its dates are shown."""

    user_id: int
    admin: bool
    now: datetime
    zone: ZoneInfo
    portal_zone: ZoneInfo
    params: Mapping[str, object] = field(default_factory=dict)

    def get(self, name: str) -> object:
        """A parameter by its exact name, or None."""
        return self.params.get(name)

    def any_case(self, name: str) -> object:
        """A parameter of the old methods, which take `fields` and `FIELDS` alike."""
        return next((value for key, value in self.params.items() if key.lower() == name.lower()), None)


@dataclass(frozen=True)
class Answer:
    """A result, and for lists the number of all rows and where the next page starts."""

    result: object
    total: int | None = None
    next: int | None = None


Method = Callable[[Call], Answer]


def as_map(value: object) -> dict[str, object]:
    """A section of parameters; PHP writes an empty map as `[]` and a dense one as a list."""
    if isinstance(value, Mapping):
        return {str(key): item for key, item in value.items()}
    if isinstance(value, list):
        return {str(index): item for index, item in enumerate(value)}
    return {}


def as_list(value: object) -> list[object]:
    """A list of values; a single scalar counts as a list of one, nothing as an empty one."""
    if isinstance(value, Mapping):
        return list(value.values())
    if isinstance(value, list):
        return value
    return [] if value is None or value == "" else [value]


def as_int(value: object) -> int | None:
    """A whole number as JSON or a query string gives it, or None when it is not one."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.strip().lstrip("-").isdigit():
        try:
            return int(value)
        except ValueError:
            return None
    return None


def fields_of(call: Call, *, error: RestError | None = None) -> dict[str, object]:
    """The `fields` of an old CRM method; raises the documented refusal when they are not a map."""
    value = call.any_case("fields")
    if not isinstance(value, Mapping | list):
        raise error or classic("Parameter 'fields' must be array.")
    return as_map(value)


def strict_fields(call: Call) -> dict[str, object]:
    """The `fields` of a newer method, which wants exactly this name."""
    value = call.get("fields")
    if not isinstance(value, Mapping | list):
        raise missing_param("fields")
    return as_map(value)


def page_of(call: Call, rows: list[dict[str, object]]) -> tuple[list[dict[str, object]], int | None, int | None]:
    """The 50 rows from `start`, the total and the next start; `start=-1` gives total 0 and no next."""
    start = as_int(call.any_case("start")) or 0
    if start < 0:
        return rows[:PAGE], 0, None
    following = start + PAGE
    return rows[start:following], len(rows), following if following < len(rows) else None
