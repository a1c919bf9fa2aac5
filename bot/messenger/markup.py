"""From our `Screen` to Telegram's words."""

from __future__ import annotations

from typing import Any

from aiogram.types import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup

from bot.screens.screen import Button, Screen


def keyboard(screen: Screen) -> InlineKeyboardMarkup | None:
    """The inline keyboard of a screen; None when it has no buttons (an edit then removes the old ones)."""
    if not screen.rows:
        return None
    return InlineKeyboardMarkup(inline_keyboard=[[_button(button) for button in row] for row in screen.rows])


def _button(button: Button) -> InlineKeyboardButton:
    extra: dict[str, Any] = {"style": button.style} if button.style else {}
    if button.url is not None:
        return InlineKeyboardButton(text=button.text, url=button.url, **extra)
    if button.copy is not None:
        return InlineKeyboardButton(text=button.text, copy_text=CopyTextButton(text=button.copy), **extra)
    return InlineKeyboardButton(text=button.text, callback_data=button.data, **extra)
