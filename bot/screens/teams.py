"""Screens about teams and their groups."""

from __future__ import annotations

from collections.abc import Sequence

from bot.locales.ru import teams as ru
from bot.screens.press import pack
from bot.screens.screen import Button, Screen, grid


def which_team(teams: Sequence[tuple[int, str]]) -> Screen:
    """In a group: of whose tasks is it to hear?"""
    buttons = (Button(name[:60], pack("g", "bind", number)) for number, name in teams)
    return Screen(ru.BIND_WHICH, (*grid(buttons, 2), (Button(ru.WHOLE, pack("g", "bind", 0)),)))
