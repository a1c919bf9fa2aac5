"""From our `Screen` to Telegram's words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from bot.screens.screen import Button, Screen

_MOST_BUTTONS = 100
_IN_A_ROW = 8


def keyboard(screen: Screen) -> str | None:
    """The inline keyboard of a screen as JSON; None when it has no buttons (an edit then removes the old ones)."""
    rows = _within_limits(screen.rows)
    if not rows:
        return None
    return json.dumps({"inline_keyboard": [[_button(button) for button in row] for row in rows]}, ensure_ascii=False)


def _within_limits(rows: Sequence[Sequence[Button]]) -> list[Sequence[Button]]:
    """A keyboard that Telegram refuses would cost the whole message. The last row, which leads back, always stays."""
    split = [row[place : place + _IN_A_ROW] for row in rows for place in range(0, len(row), _IN_A_ROW)]
    kept: list[Sequence[Button]] = []
    room = _MOST_BUTTONS - (len(split[-1]) if split else 0)
    for row in split[:-1]:
        if len(row) > room:
            break
        kept.append(row)
        room -= len(row)
    return kept + split[-1:]


def _button(button: Button) -> dict[str, Any]:
    look: dict[str, Any] = {"text": button.text}
    if button.url is not None:
        look["url"] = button.url
    elif button.copy is not None:
        look["copy_text"] = {"text": button.copy}
    else:
        look["callback_data"] = button.data
    if button.style:
        look["style"] = button.style
    return look
