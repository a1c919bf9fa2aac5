"""Writes `playbook-reference.md` anew from the playbook's JSON Schema.

Call it after a change of the model: `.venv/bin/python docs/playbook_reference.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bot.playbooks.schema import schema

TARGET = Path(__file__).with_name("playbook-reference.md")
_HEAD = """# Playbook reference

Made by `docs/playbook_reference.py` from the schema that `dozvon playbook schema` prints; a test keeps them equal.
How the parts work together is told in [architecture.md](architecture.md); a whole example is
[bankruptcy.yaml](../bot/playbooks/catalog/bankruptcy.yaml). **Bold** keys must be given.

Conditions (`when`) are data, never expressions: `{question: option}`, `{question: [a, b]}`, `{sum: {over: 0}}`, with
the groups `any: […]`, `all: […]`, `not: {…}`; several keys in one condition must all hold. A key that begins with
`case.` asks about the case: `case.source`, `case.stage`, `case.attempt`, `case.misses`, `case.repeat` and others.
"""


def reference() -> str:
    """The whole page."""
    whole = schema()
    parts = [("Playbook", whole), *sorted(whole["$defs"].items())]
    return "\n".join([_HEAD, *(line for name, part in parts for line in _part(name, part))])


def _part(name: str, part: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {name}\n"
    if "description" in part:
        yield f"{_flat(part['description'])}\n"
    yield "| key | value | default | meaning |"
    yield "|---|---|---|---|"
    required = part.get("required", [])
    for key, value in part["properties"].items():
        shown = f"**`{key}`**" if key in required else f"`{key}`"
        default = "" if key in required or value.get("default") is None else f"`{_plain(value['default'])}`"
        cells = (shown, _kind(value), default, _flat(value.get("description", "")))
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
    yield ""


def _kind(value: Mapping[str, Any]) -> str:
    """What may stand there, in words."""
    if "$ref" in value:
        name = value["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in value:
        return " or ".join(_kind(one) for one in value["anyOf"] if one.get("type") != "null")
    if "enum" in value:
        return ", ".join(f"`{one}`" for one in value["enum"])
    if "const" in value:
        return f"`{value['const']}`"
    if value.get("type") == "array":
        return f"list of {_kind(value['items'])}" if "items" in value else "list"
    if value.get("type") == "object":
        values = value.get("additionalProperties") or next(iter(value.get("patternProperties", {}).values()), None)
        return f"names → {_kind(values)}" if isinstance(values, Mapping) else "condition"
    if "examples" in value:
        return "like " + ", ".join(f"`{one}`" for one in value["examples"])
    return f"{value.get('type', 'any')}{_bounds(value)}"


def _bounds(value: Mapping[str, Any]) -> str:
    low, high = value.get("minimum"), value.get("maximum")
    if low is not None and high is not None:
        return f" {low}–{high}"
    return f" from {low}" if low is not None else ""


def _plain(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, bool | list) else str(value)


def _flat(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    TARGET.write_text(reference(), encoding="utf-8")
