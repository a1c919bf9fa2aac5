"""From our `Screen` to Telegram's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aiogram.types import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup

from bot.screens.screen import Button, Screen

_MOST_BUTTONS = 100
_IN_A_ROW = 8


def keyboard(screen: Screen) -> InlineKeyboardMarkup | None:
    """The inline keyboard of a screen; None when it has no buttons (an edit then removes the old ones)."""
    rows = _within_limits(screen.rows)
    if not rows:
        return None
    return InlineKeyboardMarkup(inline_keyboard=[[_button(button) for button in row] for row in rows])


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


def _button(button: Button) -> InlineKeyboardButton:
    extra: dict[str, Any] = {"style": button.style} if button.style else {}
    if button.url is not None:
        return InlineKeyboardButton(text=button.text, url=button.url, **extra)
    if button.copy is not None:
        return InlineKeyboardButton(text=button.text, copy_text=CopyTextButton(text=button.copy), **extra)
    return InlineKeyboardButton(text=button.text, callback_data=button.data, **extra)
