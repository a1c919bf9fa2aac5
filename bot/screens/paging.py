"""Lists that are longer than a phone: pages, and the buttons that turn them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

from bot.locales.ru import floor as ru
from bot.screens.press import pack
from bot.screens.screen import Button

Row = TypeVar("Row")


class Page(NamedTuple, Generic[Row]):
    """What is open of a list: `first` is the place of its first row, `number` counts from 0 up to `pages` - 1."""

    rows: Sequence[Row]
    first: int
    number: int
    pages: int

    @property
    def words(self) -> str | None:
        """«2 из 7»; nothing is said of a single page."""
        return ru.PAGE.format(page=self.number + 1, pages=self.pages) if self.pages > 1 else None

    def steer(self, *data: object) -> tuple[tuple[Button, ...], ...]:
        """The row that turns it, if there is anything to turn; the page's number comes after `data`."""
        kind, *rest = data
        turns = ((self.number - 1, ru.NEWER), (self.number + 1, ru.OLDER))
        row = tuple(Button(words, pack(str(kind), *rest, to)) for to, words in turns if 0 <= to < self.pages)
        return (row,) if row else ()


def page_of(rows: Sequence[Row], page: int, size: int) -> Page[Row]:
    """The page with this number, or the nearest that there is."""
    pages = max(1, -(-len(rows) // size))
    number = min(max(page, 0), pages - 1)
    return Page(rows[number * size : (number + 1) * size], number * size, number, pages)
