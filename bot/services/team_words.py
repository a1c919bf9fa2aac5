"""Which team or person somebody means, in whatever way he writes it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar


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
