"""Findings of the linter and the loader in the words of the phone; the command line keeps them in English."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache

from bot.locales.ru import findings as ru
from bot.playbooks.errors import Finding

_PLACE = re.compile(r"%(\d)")


def say_finding(finding: Finding) -> str:
    """«строка 12, cadences.scoring.attempts: 99 – вне допустимого. не больше 30 [rule]»."""
    place = ru.LINE.format(line=finding.line) if finding.line else ru.WHOLE_FILE
    place = f"{place}, {finding.path}" if finding.path else place
    told = ru.FINDING.format(place=place, problem=in_russian(finding.problem))
    if finding.mend:
        mend = in_russian(finding.mend)
        told = ru.MEND.format(finding=told, mend=mend[0].upper() + mend[1:])
    return f"{told} [{finding.rule}]" if finding.rule else told


def in_russian(sentence: str) -> str:
    """The sentence of the table; its parts likewise. One that the table lacks stays as it is."""
    core = sentence.strip()
    for found, said in _known():
        match = found(core)
        if match is not None:
            return sentence.replace(core, _filled(said, match.groups()), 1) if core else sentence
    return sentence


def _filled(said: str, parts: Sequence[str]) -> str:
    told = [in_russian(part) if part else "" for part in parts]
    return _PLACE.sub(lambda place: told[int(place[1]) - 1], said)


def knows(sentence: str) -> bool:
    """Whether the table has words for it."""
    return any(found(sentence.strip()) is not None for found, _ in _known())


@cache
def _known() -> list[tuple[Callable[[str], re.Match[str] | None], str]]:
    """The sentences with the most words of their own first."""
    ordered = sorted(ru.SENTENCES.items(), key=lambda pair: len(_PLACE.sub("", pair[0])), reverse=True)
    return [(re.compile(_pattern(english), re.DOTALL).fullmatch, said) for english, said in ordered]


def _pattern(english: str) -> str:
    return "(.*?)".join(re.escape(part) for part in re.split(r"%\d", english))
