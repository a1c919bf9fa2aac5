"""How a value is written in YAML: as it was written before where that can be, otherwise as plainly as it can be."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

Value: TypeAlias = "str | int | float | bool | Sequence[Value] | Mapping[str, Value]"
"""What an edit can write."""
_SIGNS = re.compile(r"(?:^|[\s,:(\[{-])[&*!|>%@`\"'?#\[\]{}-]")
"""What may begin something else than plain words."""
_CLOCK = re.compile(r"^\d{1,2}:\d\d$")


def written(value: Value, *, flow: bool) -> str:
    """The text of a value; `flow`: it stands inside brackets. Mappings and lists are written in brackets."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return _new_text(value, flow=flow)
    if isinstance(value, Mapping):
        inner = (f"{written(key, flow=True)}: {written(one, flow=True)}" for key, one in value.items())
        return "{" + ", ".join(inner) + "}"
    return "[" + ", ".join(written(one, flow=True) for one in value) + "]"


def rewritten(value: Value, old: str, style: str | None, *, flow: bool) -> str:
    """The text of a value in the place of `old`, whose quotes were `style`."""
    if not isinstance(value, str):
        return written(value, flow=flow)
    if style == "'" and value.isprintable():
        return _in_single_quotes(value)
    # Quotes that the old value needed may have come with it: without the need they go again.
    if style == '"' and _is_plain(old, flow=flow):
        return _in_double_quotes(value)
    if style is None and _is_plain(value, flow=flow):
        return value
    return _new_text(value, flow=flow)


def _new_text(value: str, *, flow: bool) -> str:
    if _CLOCK.match(value):  # readers of older YAML take it for a number
        return _in_single_quotes(value)
    return value if _is_plain(value, flow=flow) else _in_double_quotes(value)


def _in_single_quotes(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _in_double_quotes(value: str) -> str:
    return '"' + "".join(_escaped(sign) for sign in value) + '"'


def _escaped(sign: str) -> str:
    if sign in '"\\':
        return f"\\{sign}"
    if sign.isprintable():
        return sign
    code = ord(sign)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _is_plain(value: str, *, flow: bool) -> bool:
    """Whether the bare words are read back as this very text."""
    if not value.isprintable() or _SIGNS.search(value):
        return False
    everywhere = f"[{value}, {{k: {value}, {value}: 1}}]" if flow else f"- {value}\n- k: {value}\n- {value}: 1\n"
    try:
        read = YAML(typ="safe", pure=True).load(everywhere)
    except (YAMLError, ValueError):
        return False
    if flow:
        return _same(read, [value, {"k": value, value: 1}])
    return _same(read, [value, {"k": value}, {value: 1}])


def _same(read: object, wanted: object) -> bool:
    """Whether this was meant; a day is read as one, and is text in a playbook."""
    if isinstance(read, list) and isinstance(wanted, list):
        return len(read) == len(wanted) and all(_same(one, other) for one, other in zip(read, wanted, strict=True))
    if isinstance(read, dict) and isinstance(wanted, dict):
        return len(read) == len(wanted) and all(
            _same(key, other) and _same(read[key], wanted[other]) for key, other in zip(read, wanted, strict=True)
        )
    if isinstance(read, date) and not isinstance(read, datetime):
        read = read.isoformat()
    return type(read) is type(wanted) and read == wanted
