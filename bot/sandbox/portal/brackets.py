"""PHP's way of writing nested values in a query string: `fields[PHONE][0][VALUE]=1&select[]=ID`.

A section whose keys are exactly 0…n-1 becomes a list, every other one a dict, as `json_encode` would show it.
All scalars are strings; types are the business of whoever knows the field.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, quote_plus

_SEGMENT = re.compile(r"\[([^\]]*)\]")


def parse_query(text: str) -> dict[str, object]:
    """Decode a query string or an urlencoded body. `+` and `%20` are blanks; brackets may be encoded."""
    return parse_pairs(parse_qsl(text, keep_blank_values=True))


def parse_pairs(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    """Build nested values out of decoded key/value pairs."""
    root: dict[str, object] = {}
    for key, value in pairs:
        name, _, rest = key.partition("[")
        path = [name, *_SEGMENT.findall("[" + rest)] if rest else [name]
        _place(root, path, value)
    return {key: as_php(value) for key, value in root.items()}


def _place(root: dict[str, object], path: list[str], value: object) -> None:
    node = root
    for depth, segment in enumerate(path):
        key = segment if segment or depth == 0 else str(_next_index(node))
        if depth == len(path) - 1:
            node[key] = value
            return
        child = node.get(key)
        if not isinstance(child, dict):
            child = node[key] = {}
        node = child


def _next_index(node: Mapping[str, object]) -> int:
    return max((int(key) for key in node if key.isdigit()), default=-1) + 1


def as_php(value: object) -> object:
    """Turn every dict with the keys 0…n-1 in order (an empty one too) into a list, as PHP writes it to JSON."""
    if isinstance(value, dict):
        inner = {key: as_php(item) for key, item in value.items()}
        return list(inner.values()) if list(inner) == [str(index) for index in range(len(inner))] else inner
    if isinstance(value, list):
        return [as_php(item) for item in value]
    return value


def write_query(values: Mapping[str, object]) -> str:
    """Encode nested values the way the portal posts its events."""
    return "&".join(f"{quote_plus(key)}={quote_plus(text)}" for key, text in _flatten(values))


def _flatten(values: Mapping[str, object], prefix: str = "") -> Iterable[tuple[str, str]]:
    for key, value in values.items():
        name = f"{prefix}[{key}]" if prefix else key
        if isinstance(value, Mapping):
            yield from _flatten(value, name)
        else:
            yield name, str(value)
