"""/team with words: the department that is meant, what is to be said of it, and what is allowed where it is unclear."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.db.people import Person
from bot.engine.teams import Team
from bot.locales.ru import dialogs as common
from bot.locales.ru import teams as ru
from bot.screens.screen import Screen
from bot.screens.teams import NONE, names
from bot.services.people import PeopleService
from bot.services.team_desk import TeamDesk, Wish
from bot.services.team_words import Said, named, split, takes_away

_SHOWN = 60


@dataclass(frozen=True, slots=True)
class _Value:
    """A value that can be chosen, by its words."""

    key: str
    name: str


class TeamOrders:
    """See the module."""

    def __init__(self, desk: TeamDesk, people: PeopleService) -> None:
        self._desk = desk
        self._people = people

    async def read(self, words: str, person: Person) -> Screen | str:
        """The department, the choice or the preview that the words lead to; a sentence: what is not clear."""
        teams = await self._desk.teams(person)
        said = split(words, lambda part: bool(named(teams, part)))
        found = named(teams, said.team) if said.team else teams
        if len(found) != 1:
            return _which(found, teams, said)
        team = found[0]
        if said.what is None:
            return await self._desk.one(team.id) or ru.GONE_TEAM
        if not said.value:
            return await self._desk.pick(team.id, said.what) or ru.GONE_TEAM
        if takes_away(said.what, said.value):
            return await self._desk.preview(Wish(team.id, said.what, NONE))
        values = [_Value(*pair) for pair in (await self._desk.values(said.what)).items() if pair[0] != NONE]
        meant = named(values, said.value)
        if len(meant) == 1:
            return await self._desk.preview(Wish(team.id, said.what, meant[0].key))
        return await self._unknown(said, meant or values)

    async def _unknown(self, said: Said, allowed: list[_Value]) -> str:
        known = names([one.name for one in allowed])
        if said.what == "shift":
            return ru.UNKNOWN_SHIFT.format(words=said.value[:_SHOWN], known=f"{known}, {ru.AS_COMPANY}".lstrip(", "))
        if said.what == "group":
            return ru.UNKNOWN_GROUP.format(words=said.value[:_SHOWN], known=known or ru.NO_BOUND)
        known = known or ru.NOBODY_LEADS
        other = named([one for one in (await self._people.everybody()).all if not one.leads], said.value)
        if len(other) == 1:
            role = common.ROLES.get(other[0].role, other[0].role)
            return ru.WRONG_LEAD.format(name=other[0].name, role=role, known=known)
        return ru.UNKNOWN_LEAD.format(words=said.value[:_SHOWN], known=known)


def _which(found: list[Team], teams: list[Team], said: Said) -> str:
    known = _names(found or teams) or ru.NONE_KNOWN
    if found and said.team:
        return ru.MANY_TEAMS.format(known=known)
    return ru.UNKNOWN_TEAM.format(words=said.team[:_SHOWN], known=known)


def _names(teams: Iterable[Team]) -> str:
    return names([team.name for team in teams])
