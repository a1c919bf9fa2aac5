"""Which presses belong to whom.

aiogram runs a filter that is no coroutine, as those of `F` are, in a thread: five of them stood in the way of each
press.
"""

from __future__ import annotations

from aiogram.filters import Filter
from aiogram.types import CallbackQuery


class ButtonOf(Filter):
    """Presses whose data begins with one of these kinds (`bot.screens.press`)."""

    def __init__(self, *kinds: str) -> None:
        self._kinds = frozenset(kinds)

    async def __call__(self, query: CallbackQuery) -> bool:
        kind, bar, _ = (query.data or "").partition("|")
        return bool(bar) and kind in self._kinds
