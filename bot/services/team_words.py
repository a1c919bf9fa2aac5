"""Which team or person somebody means, in whatever way he writes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol, TypeVar


class Named(Protocol):
    """What has a name."""

    @property
    def name(self) -> str: ...


Thing = TypeVar("Thing", bound=Named)


def plain(words: str) -> str:
    """Without what people write now so, now otherwise: capitals, «ё», quotes, spaces."""
    kept = "".join(" " if mark in "«»\"'.,-–_" else mark for mark in words.casefold().replace("ё", "е"))
    return " ".join(kept.split())


def named(things: Iterable[Thing], words: str) -> list[Thing]:
    """Those that the words name: exactly, or where none is named so, by the beginnings of words in any order."""
    wanted = plain(words)
    known = [(one, plain(one.name)) for one in things]
    exact = [one for one, name in known if name == wanted]
    if exact or not wanted:
        return exact
    return [one for one, name in known if _fits(wanted.split(), name.split())]


def _fits(wanted: list[str], name: list[str]) -> bool:
    """Whether each word is the beginning of a word of the name, or shares all but its ending with one."""
    return all(any(_alike(word, part) for part in name) for word in wanted)


def _alike(word: str, part: str) -> bool:
    stem = min(len(word), len(part)) - 2
    return part.startswith(word) or (stem >= 3 and word[:stem] == part[:stem] and abs(len(word) - len(part)) <= 2)


_WHAT = {
    "lead": re.compile(r"(?:руководит\w*|руководств\w*|начальни\w*|старш\w*|глав\w*)"),
    "shift": re.compile(r"(?:смен\w*|час\w*|график\w*|режим\w*)"),
    "group": re.compile(r"(?:групп\w*|чат\w*|табло)"),
}
_NOTHING = {
    "lead": ("как в crm", "как в срм", "как в црм", "crm", "срм", "по crm", "по срм", "сбросить", "нет", "убрать"),
    "shift": ("компании", "часы компании", "как у компании", "обычная", "обычные", "сбросить", "нет", "убрать"),
    "group": (),
}


class Said(NamedTuple):
    """What was written after the command: of which team, what of it, and which value."""

    team: str
    what: str | None
    value: str


def split(words: str, known: Callable[[str], bool]) -> Said:
    """The words before what is to be said of the team, and after it; `known` tells whether words name a team.

    A team may itself be called «Группа» something, so the whole is looked at first.
    """
    parts = words.split()
    if known(words):
        return Said(words, None, "")
    found = [
        Said(" ".join(parts[:place]), what, " ".join(parts[place + 1 :]).lstrip("–-: "))
        for place, part in enumerate(parts)
        for what, form in _WHAT.items()
        if form.fullmatch(plain(part))
    ]
    named_ones = [said for said in found if known(said.team)]
    return next(iter(named_ones or found), Said(words, None, ""))


def takes_away(what: str, value: str) -> bool:
    """Whether the words undo what was set."""
    return plain(value) in _NOTHING[what]
