"""Screens about teams and their groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.engine.words import counted
from bot.locales.ru import teams as ru
from bot.screens.press import pack
from bot.screens.screen import Button, Screen, esc, grid, lines

MOST = 12
"""Departments or values of one message; the others are named in words."""
_LONGEST = 60
_CUT = 40
NONE = "-"
"""A value that takes away what was set."""


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A department in the list.

    Args:
        id: its number in the CRM.
        name: its name, with a note where it is gone.
        leader: who leads it, in words.
        count: people in it and below it who take new clients.
        hours: when it works, in words.
        groups: titles of the groups that hear of it by its own name, or where there is none, of the whole company.
    """

    id: int
    name: str
    leader: str
    count: int
    hours: str
    groups: Sequence[str]


def which_team(teams: Sequence[tuple[int, str]]) -> Screen:
    """In a group: of whose tasks is it to hear?"""
    buttons = (Button(name[:_LONGEST], pack("g", "bind", number)) for number, name in teams[:MOST])
    text = lines([ru.BIND_WHICH, _more(len(teams), ru.BIND_MORE)])
    return Screen(text, (*grid(buttons, 2), (Button(ru.WHOLE, pack("g", "bind", 0)),)))


def names(known: Sequence[str]) -> str:
    """Names of departments in a sentence."""
    told = ", ".join(f"«{name[:_LONGEST]}»" for name in known[:MOST])
    return told + (ru.AND_OTHERS.format(count=len(known) - MOST) if len(known) > MOST else "")


def persons(known: Sequence[str]) -> str:
    """Names of people in a sentence."""
    more = ru.AND_OTHERS.format(count=len(known) - MOST) if len(known) > MOST else ""
    return ", ".join(known[:MOST]) + more


def _more(count: int, words: str) -> str | None:
    return words.format(count=count - MOST) if count > MOST else None


def listed(rows: Sequence[TeamRow], notes: Sequence[str], *, may_change: bool) -> Screen:
    """All departments; who may change them has a button for each."""
    shown, more = rows[:MOST], _more(len(rows), ru.LIST_MORE)
    parts = [*(_line(row) for row in shown), *([more] if more else []), *(esc(note) for note in notes)]
    text = [ru.TEAMS, *(f"\n{part}" for part in parts)]
    if not may_change:
        return Screen(lines(text))
    buttons = (Button(row.name[:40], pack("b", "one", row.id)) for row in shown)
    again = (Button(ru.REFRESH, pack("b", "read", 0)),)
    return Screen(lines([*text, f"\n{ru.HOW}" if rows else None]), (*grid(buttons, 2), again))


def one(row: TeamRow, *, head: str = "") -> Screen:
    """A department and what can be said of it; `head`: what was just done."""
    what = ((ru.LEADER, "lead"), (ru.SHIFT, "shift"), (ru.GROUP, "group"))
    buttons = tuple(Button(words, pack("b", "pick", row.id, key)) for words, key in what)
    text = lines([f"✅ {esc(head)}\n" if head else None, _line(row)])
    return Screen(text, (buttons, (Button(ru.BACK, pack("b", "all", 0)),)))


def pick(team: int, what: str, text: str, values: Sequence[tuple[str, str]]) -> Screen:
    """Which value? Each with its words."""
    buttons = (Button(words[:40], pack("b", "try", team, what, value)) for value, words in values[-MOST:])
    return Screen(lines([text, _more(len(values), ru.PICK_MORE)]), (*grid(buttons, 2), _back(team)))


def preview(team: int, what: str, value: str, seen: str, text: str) -> Screen:
    """What the change means, before it is made; `seen`: the mark of what it replaces."""
    apply = Button(ru.APPLY, pack("b", "set", team, what, value, seen), style="primary")
    return Screen(text, ((apply, Button(ru.CANCEL, pack("b", "one", team))),))


def _line(row: TeamRow) -> str:
    groups = ru.GROUP_IS.format(titles=names(row.groups)) if row.groups else ru.NO_GROUP
    words = {"name": row.name, "leader": row.leader, "hours": row.hours, "groups": groups}
    shown = {key: esc(value if len(value) <= _CUT else f"{value[: _CUT - 1]}…") for key, value in words.items()}
    return ru.LINE.format(count=counted(row.count, *ru.PEOPLE), **shown)


def _back(team: int) -> tuple[Button, ...]:
    return (Button(ru.BACK, pack("b", "one", team)),)
