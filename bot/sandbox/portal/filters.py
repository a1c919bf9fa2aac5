"""Filters and sorting of list methods: `{">ID": 5, "@STATUS_ID": ["NEW"], "!ORIGIN_ID": ""}` over typed rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

Row = Mapping[str, object]
Read = Callable[[Row], object]
Coerce = Callable[[object], object]
Test = Callable[[Row], bool]

_PREFIXES = (
    "!=%",
    "!%=",
    "!%%",
    "!><",
    "!=",
    "!@",
    "!%",
    "><",
    ">=",
    "<=",
    "=%",
    "%=",
    "%%",
    "@",
    ">",
    "<",
    "%",
    "=",
    "!",
)


def split_key(key: str) -> tuple[str, str]:
    """`">=ID"` → `(">=", "ID")`; a bare name has the empty operator."""
    for prefix in _PREFIXES:
        if key.startswith(prefix):
            return prefix, key[len(prefix) :]
    return "", key


def condition(operator: str, read: Read, wanted: object, coerce: Coerce) -> Test:
    """One comparison of a field.

    Args:
        read: takes the field's stored value out of a row; a list matches when one of its values does.
        wanted: the value as it came over the wire; a list means “one of these”.
        coerce: turns one wire value into a stored one; None (it is no such value) matches nothing.
    """
    if operator.startswith("!"):
        positive = condition(operator[1:], read, wanted, coerce)
        return lambda row: not positive(row)
    values = list(wanted.values()) if isinstance(wanted, Mapping) else wanted if isinstance(wanted, list) else [wanted]
    if operator in ("%", "%%"):
        needles = [str(value).casefold() for value in values]
        return lambda row: any(needle in str(item).casefold() for item in _many(read(row)) for needle in needles)
    if operator in ("=%", "%="):
        patterns = [_like(str(value)) for value in values]
        return lambda row: any(p.fullmatch(str(item)) for item in _many(read(row)) for p in patterns)
    if operator == "><" and len(values) == 2:
        low, high = condition(">=", read, values[0], coerce), condition("<=", read, values[1], coerce)
        return lambda row: low(row) and high(row)
    if operator in (">", ">=", "<", "<="):
        return _ordered(operator, read, coerce(values[0]) if values else None)
    wants_empty = any(_empty(value) for value in values)
    accepted = {_fold(item) for item in (coerce(value) for value in values if not _empty(value)) if item is not None}

    def equal(row: Row) -> bool:
        actual = read(row)
        if _empty(actual):
            return wants_empty
        return any(_fold(item) in accepted for item in _many(actual))

    return equal


def reader(name: str) -> Read:
    """Takes one field out of a row, as it is stored."""
    return lambda row: row.get(name)


def text_reader(name: str) -> Read:
    """Takes one field out of a row as a text, for rows whose numbers are filtered as texts."""
    return lambda row: None if row.get(name) is None else str(row[name])


def all_of(tests: Iterable[Test]) -> Test:
    """True when every test is."""
    kept = tuple(tests)
    return lambda row: all(test(row) for test in kept)


def any_of(tests: Iterable[Test]) -> Test:
    """True when one test is."""
    kept = tuple(tests)
    return lambda row: any(test(row) for test in kept)


def sort_rows(rows: list[dict[str, object]], keys: Iterable[tuple[Read, bool]]) -> list[dict[str, object]]:
    """Sort by several fields, the first the strongest; True means descending. Empty values count as the smallest."""
    for read, descending in reversed(list(keys)):
        rows = sorted(rows, key=lambda row: _rank(read(row)), reverse=descending)
    return rows


def ordered(rows: list[dict[str, object]], order: Mapping[str, object]) -> list[dict[str, object]]:
    """Sort by an `order` of the old API, `{"ID": "DESC"}`; by ID without one."""
    wanted = order or {"ID": "ASC"}
    return sort_rows(rows, [(reader(name.upper()), str(way).upper() == "DESC") for name, way in wanted.items()])


def _rank(value: object) -> tuple[int, float, str]:
    if value is None or value == "" or isinstance(value, list | dict):
        return 0, 0.0, ""
    if isinstance(value, int | float):
        return 1, float(value), ""
    return 2, 0.0, str(value).casefold()


def _ordered(operator: str, read: Read, limit: object) -> Test:
    def test(row: Row) -> bool:
        actual = read(row)
        if isinstance(actual, int | float) and isinstance(limit, int | float):
            return _compare(operator, actual - limit)
        if isinstance(actual, str) and isinstance(limit, str) and actual:
            return _compare(operator, (actual > limit) - (actual < limit))
        return False

    return test


def _compare(operator: str, sign: float) -> bool:
    return {">": sign > 0, ">=": sign >= 0, "<": sign < 0, "<=": sign <= 0}[operator]


def _many(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _empty(value: object) -> bool:
    return value is None or value is False or value == "" or value == []


def _fold(value: object) -> object:
    return value.casefold() if isinstance(value, str) else value


def _like(pattern: str) -> re.Pattern[str]:
    parts = (".*" if part == "%" else "." if part == "_" else re.escape(part) for part in re.split(r"([%_])", pattern))
    return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)
