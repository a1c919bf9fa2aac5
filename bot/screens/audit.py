"""Who changed what of the floor, in words: the one place that words a line of the audit, and how lines are chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.engine.titles import stamp
from bot.locales.ru import audit as ru
from bot.locales.ru import playbook as common
from bot.locales.ru.dialogs import OPS, ROLES
from bot.screens.people import say_day
from bot.screens.playbook import to_menu
from bot.screens.press import pack
from bot.screens.screen import Button, Screen, esc, lines

LONGEST = 22
"""Signs of what is looked for: a button that turns the page carries them."""
_PAGE = 8
_SHORT = 8
_CUT = 200
_FILE = "file"


def is_short(words: str) -> bool:
    """Whether a button can carry what is looked for: an emoji takes the room of two letters."""
    return len(words.encode()) <= 2 * LONGEST


class Line(Protocol):
    """What the screen reads of a line."""

    @property
    def at(self) -> datetime: ...
    @property
    def who(self) -> str: ...
    @property
    def what(self) -> str: ...
    @property
    def words(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """Which lines are looked for.

    Args:
        subject: what stands before the point of a change; None: all.
        days: how many days back, today the first; None: all.
        words: what the line says, be it who or what.
    """

    subject: str | None
    days: int | None
    words: tuple[str, ...]


def read(text: str) -> Asked:
    """What somebody wrote after the command; every word is a subject, a period or a part of the line."""
    subject, days, rest = None, None, []
    for word in _plain(text).split():
        found = next((key for key, names in ru.SUBJECTS.items() if word in names), None)
        period = next((number for number, names in ru.PERIODS.items() if word in names), None)
        if found is not None:
            subject = found
        elif period is not None:
            days = period
        else:
            rest.append(word)
    return Asked(subject, days, tuple(rest))


def chosen(line: Line, asked: Asked, today: date, zone: ZoneInfo) -> bool:
    """Whether the line is one of those that are looked for."""
    if asked.subject is not None and line.what.partition(".")[0] != asked.subject:
        return False
    if asked.days is not None and line.at.astimezone(zone).date() <= today - timedelta(days=asked.days):
        return False
    told = _plain(f"{_who(line)} {said(line)}")
    return all(word in told for word in asked.words)


def said(line: Line) -> str:
    """What was done, in a sentence; of a later release's changes their kind."""
    words = ru.WORDS.get(line.what)
    if words is None:
        return line.what
    told = dict(line.words)
    if told.get("was") and told["was"] != told["role"]:
        words = ru.JOINED_ANEW
    for name, say in _SAID.items():
        if name in told:
            told[name] = say(told[name])
    return words.format(**told)


def audit(rows: Sequence[Line], page: int, zone: ZoneInfo, asked: str = "") -> Screen:
    """The changes that were looked for, the newest first."""
    page = max(0, min(page, (len(rows) - 1) // _PAGE))
    shown = [ru.OF.format(words=esc(asked)) if asked else ru.HEAD]
    for row in rows[page * _PAGE : (page + 1) * _PAGE]:
        words = {"at": stamp(row.at, zone), "who": esc(_who(row)), "what": esc(_cut(said(row)))}
        shown.append(ru.LINE.format(**words))
    if not rows:
        shown.append(ru.NOT_FOUND if asked else ru.EMPTY)
    if not rows or not asked:
        offers = ({names[0] for names in ru.SUBJECTS.values()}, {names[0] for names in ru.PERIODS.values()})
        subjects, periods = (", ".join(sorted(one)) for one in offers)
        shown.append(common.HOW.format(forms=esc(ru.FORMS.format(subjects=subjects, periods=periods))))
    turns = ((page - 1, common.NEWER), (page + 1, common.OLDER))
    steer = tuple(
        Button(words, pack("p", "audit", target, asked)) for target, words in turns if 0 <= target * _PAGE < len(rows)
    )
    return Screen(lines(shown), (*((steer,) if steer else ()), to_menu()))


def _who(line: Line) -> str:
    return ru.FROM_FILE if line.who == _FILE else line.who or ru.ITSELF


def _plain(text: str) -> str:
    return text.casefold().replace("ё", "е")


def _cut(text: str) -> str:
    return text if len(text) <= _CUT else f"{text[: _CUT - 1]}…"


def _role(role: str) -> str:
    return ROLES.get(role, role)


_SAID: Mapping[str, Callable[[str], str]] = {
    "role": _role,
    "was": _role,
    "former": _role,
    "day": lambda day: say_day(date.fromisoformat(day)),
    "op": lambda op: OPS.get(op, op),
    "mode": lambda mode: common.MODES.get(mode, mode),
    "hash": lambda version: version[:_SHORT],
    "note": lambda note: note or common.NO_NOTE,
}
"""How a word of the data is said to people."""
