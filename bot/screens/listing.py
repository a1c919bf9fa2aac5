"""Long lists on a phone: ten rows a page, each opened by the button with its number. Names only where they may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.locales.ru import floor as ru
from bot.screens.paging import page_of
from bot.screens.press import pack
from bot.screens.screen import Button, Screen, esc, grid, lines

PER_PAGE = 10
_LONGEST = 350
"""Length of a row: a page of such rows fits a message."""


@dataclass(frozen=True, slots=True)
class Item:
    """A row, in words that are no markup yet; `case` is what its button opens."""

    text: str
    case: int | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """A view of the floor, `name` as in its buttons."""

    name: str
    head: str
    items: Sequence[Item]
    page: int = 0


def listing(view: Listing) -> Screen:
    """The page that is open."""
    shown = page_of(view.items, view.page, PER_PAGE)
    text: list[str | None] = [f"<b>{esc(view.head)}</b>"]
    buttons = []
    for number, item in enumerate(shown.rows, shown.first + 1):
        words = item.text if len(item.text) <= _LONGEST else f"{item.text[:_LONGEST]}…"
        if item.case is None:
            text.append(esc(words))
            continue
        text.append(f"{number}. {esc(words)}")
        buttons.append(Button(f"{number}", pack("v", "case", item.case, 0)))
    if not view.items:
        text.append(ru.NOTHING)
    refresh = (Button(ru.REFRESH, pack("v", view.name, shown.number)),)
    return Screen(lines([*text, shown.words]), (*grid(buttons, 5), *shown.steer("v", view.name), refresh))
