"""A client's history as people read it: newest first, a line each, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.engine.phones import mask_phones
from bot.engine.words import say_short
from bot.locales.ru import history as ru
from bot.playbooks.model import Playbook
from bot.screens.screen import esc, units

PER_PAGE = 10
_LONGEST = 300
"""Length of a line, markup included: a page of such lines fits a message."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened to a client's case."""

    at: datetime
    who: str
    """Who did it, «Иван С.»; empty: the system or the client."""
    text: str
    stage: str = ""
    """Title of the stage to which it moved the case."""
    more: tuple[str, ...] = ()
    """What was added to it afterwards."""
    head: bool = False
    """The heading of an earlier case."""


def pages(entries: Sequence[Entry]) -> int:
    """How many pages there are, at least one."""
    return max(1, -(-len(entries) // PER_PAGE))


def page_lines(
    playbook: Playbook, entries: Sequence[Entry], page: int, zone: ZoneInfo, now: datetime
) -> tuple[str, ...]:
    """The lines of a page (from 0), safe to show; phones are hidden where the playbook says so."""
    shown = entries[page * PER_PAGE : (page + 1) * PER_PAGE]
    return tuple(_line(playbook, entry, zone, now) for entry in shown)


def _line(playbook: Playbook, entry: Entry, zone: ZoneInfo, now: datetime) -> str:
    words = ru.SEPARATOR.join((entry.text, *entry.more))
    if entry.stage:
        words = f"{words} → «{entry.stage}»"
    if playbook.phones_in_cards == "masked":
        words = mask_phones(words)
    if entry.head:
        return f"<b>{_fitting(words)}</b>"
    who = f" {entry.who}:" if entry.who else ""
    return f"<b>{say_short(entry.at, zone, now)}</b>{_fitting(f'{who} {words}')}"


def _fitting(words: str) -> str:
    """The words safe to show, cut where they would take too much room."""
    safe = esc(words)
    while units(safe) > _LONGEST:
        words = words[: -max(1, (units(safe) - _LONGEST) // 5)]
        safe = f"{esc(words.rstrip())}…"
    return safe
