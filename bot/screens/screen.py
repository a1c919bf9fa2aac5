"""What people see, as data: a text and rows of buttons. Knows nothing of any messenger."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LIMIT = 3900
"""Longest text of a screen in UTF-16 units, markup included, with room for a messenger's own limit of 4096."""
_CUT = "…"
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Button:
    """One button: exactly one of `data` (a press), `url`, `copy` (text to the clipboard)."""

    text: str
    data: str | None = None
    url: str | None = None
    copy: str | None = None
    style: str | None = None
    """`primary`, `success` or `danger`."""


@dataclass(frozen=True, slots=True)
class Screen:
    """A whole message. `text` is HTML with the few tags that messengers share; escape with `esc`."""

    text: str
    rows: tuple[tuple[Button, ...], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """For the `messages` table."""
        rows = [
            [{k: v for k in ("text", "data", "url", "copy", "style") if (v := getattr(b, k)) is not None} for b in row]
            for row in self.rows
        ]
        return {"text": self.text, "rows": rows}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Screen:
        """The screen that `to_json` stored."""
        return cls(stored["text"], tuple(tuple(Button(**b) for b in row) for row in stored["rows"]))


def esc(text: str) -> str:
    """Text of a person or of the CRM, safe inside a screen."""
    return html.escape(text, quote=False)


def grid(buttons: Iterable[Button], columns: int = 2) -> tuple[tuple[Button, ...], ...]:
    """Buttons in rows of so many; a label too long for its share of a phone's width takes a row of its own."""
    rows: list[tuple[Button, ...]] = []
    row: list[Button] = []
    widest = {1: 64, 2: 22, 3: 13, 4: 9}.get(columns, 8)
    for button in buttons:
        if len(button.text) > widest:
            if row:
                rows.append(tuple(row))
                row = []
            rows.append((button,))
            continue
        row.append(button)
        if len(row) == columns:
            rows.append(tuple(row))
            row = []
    if row:
        rows.append(tuple(row))
    return tuple(rows)


def plain(text: str) -> str:
    """A screen's text without its markup, as people read it."""
    return html.unescape(_TAG.sub("", text))


def lines(parts: Sequence[str | None]) -> str:
    """The non-empty parts, one a line, cut to what a message may hold: never inside a tag or an entity."""
    kept: list[str] = []
    room = LIMIT
    for part in parts:
        if not part:
            continue
        if units(part) > room:
            kept.append(_cut(part, room))
            break
        kept.append(part)
        room -= units(part) + 1
    return "\n".join(part for part in kept if part)


def units(text: str) -> int:
    """The length of a text as messengers count it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _cut(part: str, room: int) -> str:
    """As much of the part as fits, without its markup: half a tag would make the whole message unreadable."""
    text = plain(part)
    while text and units(esc(text)) + 1 > room:
        text = text[: -max(1, (units(esc(text)) + 1 - room) // 10)]
    return f"{esc(text)}{_CUT}" if text else ""
