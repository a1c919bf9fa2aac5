"""Who looks after whom: the supervisors of a team, whose work a supervisor sees, and on what he may act.

While managers sit in one department only, or departments are not known, all supervisors look after everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from weakref import WeakKeyDictionary

from bot.db.people import People, Person
from bot.engine.case import Case
from bot.engine.teams import Team
from bot.errors import ActionNotAllowed
from bot.locales.ru import dialogs as words
from bot.locales.ru import teams as ru

_NAMED = 3
"""Most names of people or departments in a sentence."""
_LONGEST = 60
"""Signs of a department's name in it."""


def is_parted(people: People) -> bool:
    """Whether new clients are taken in more than one department."""
    return _ranks(people).parted


def team_of(people: People, case: Case) -> int | None:
    """Whose case it is: the department of who has its task, or of the owner where that one takes no clients."""
    for user in (case.holder, case.owner):
        team = people.teams.of(user)
        if team in people.staff.groups:
            return team
    return people.teams.of(case.holder, case.owner)


def leaders(people: People, team: int | None, able: Callable[[Person], bool] | None = None) -> list[Person]:
    """Who leads this department, whether linked to a phone or not.

    Who was put over it by command or heads it in the CRM; its supervisors; the same of the departments above it; the
    supervisors of no department that takes clients; a director who heads one above; and at last all supervisors, or
    without any all directors. `able`: others are passed over.
    """
    ranks = _ranks(people)
    return (ranks if able is None else ranks.without(people, able)).leaders(people.teams.path(team))


def reached(people: People, team: int | None, now: datetime, *, besides: Person | None = None) -> list[Person]:
    """Who is told of what concerns this department: those of its leaders who are there and have a phone.

    Whoever is absent, or has blocked us, is stood in for by the next who lead it; where nobody is left they are told
    all the same. `besides`: somebody who is not to be told.
    """

    def has_phone(one: Person) -> bool:
        return one.telegram_id is not None

    def is_there(one: Person) -> bool:
        absent = people.staff.is_away(one.crm_user_id, now)
        return has_phone(one) and one.reachable and not absent and (besides is None or one.id != besides.id)

    return leaders(people, team, is_there) or leaders(people, team, has_phone)


class _Ranks:
    """Who could lead, by what that follows from: looked up once for hundreds of departments."""

    def __init__(self, people: People, leading: Sequence[Person], *, parted: bool, bound: Set[int | None]) -> None:
        self.parted = parted
        self._bound = bound
        self._leading = leading
        self._supervisors = [one for one in leading if one.role == "supervisor"]
        self._by_crm = {one.crm_user_id: one for one in leading if one.crm_user_id is not None}
        self._of_team: dict[int | None, list[Person]] = {}
        for one in self._supervisors:
            self._of_team.setdefault(people.teams.of(one.crm_user_id), []).append(one)
        in_none = (one for team, mine in self._of_team.items() if team not in people.staff.groups for one in mine)
        self._free = [one for one in in_none if one.crm_user_id not in bound]
        """Supervisors who are bound to no department that takes clients."""
        self._led: Mapping[int, frozenset[int | None]] | None = None

    def without(self, people: People, able: Callable[[Person], bool]) -> _Ranks:
        """The same without those who are not able to."""
        left = [one for one in self._leading if able(one)]
        return _Ranks(people, left, parted=self.parted, bound=self._bound)

    def led(self, people: People) -> Mapping[int, frozenset[int | None]]:
        """Person → the departments that he leads; None among them: what belongs to none."""
        if self._led is None:
            found: dict[int, set[int | None]] = {}
            for team in (*people.teams.all, None):
                for one in self.leaders(people.teams.path(team)):
                    found.setdefault(one.id, set()).add(team)
            self._led = {number: frozenset(teams) for number, teams in found.items()}
        return self._led

    def leaders(self, path: Sequence[Team]) -> list[Person]:
        """Of the department at the beginning of this path."""
        heads: list[Person] = []
        if not self.parted:
            put = [one for level in path if (one := self._by_crm.get(level.supervisor or 0)) is not None]
            return put[:1] or self._supervisors or [*self._leading]
        for place, level in enumerate(path):
            one = self._by_crm.get(level.supervisor or 0) or self._by_crm.get(level.head or 0)
            if one is not None and (place == 0 or one.role == "supervisor" or level.supervisor == one.crm_user_id):
                return [one]
            heads += [one] if one is not None else []
            if level.id in self._of_team:
                return self._of_team[level.id]
        return self._free or heads[:1] or self._supervisors or [*self._leading]


_KNOWN: WeakKeyDictionary[People, _Ranks] = WeakKeyDictionary()


def _ranks(people: People) -> _Ranks:
    """Of everybody; people are read once for a transaction and never changed."""
    known = _KNOWN.get(people)
    if known is None:
        parted = len({people.teams.of(user) for user in people.staff.team} - {None}) > 1
        bound = {user for level in people.teams.all.values() for user in (level.supervisor, level.head)}
        known = _Ranks(people, [one for one in people.all if one.leads], parted=parted, bound=bound)
        _KNOWN[people] = known
    return known


@dataclass(frozen=True, slots=True)
class Sight:
    """Whose work somebody sees.

    Args:
        people: everybody.
        led: departments, those below them included; None among them: what belongs to none. None: the whole floor.
        name: of the departments, where they are not the whole floor.
    """

    people: People
    led: frozenset[int | None] | None = None
    name: str = ""

    @property
    def whole(self) -> bool:
        """It is everybody's."""
        return self.led is None

    def holds(self, team: int | None) -> bool:
        """Whether it is this department's."""
        if self.led is None or team in self.led:
            return True
        return any(level.id in self.led for level in self.people.teams.path(team))

    def sees(self, user: int | None) -> bool:
        """Whether it is this CRM user's; of None, what belongs to nobody."""
        return self.holds(self.people.teams.of(user))

    def shows(self, case: Case) -> bool:
        """Whether it is this case."""
        return self.holds(team_of(self.people, case))

    def users(self) -> frozenset[int] | None:
        """The CRM users whose work it is; None: everybody's, and what belongs to nobody."""
        if self.led is None:
            return None
        return frozenset(user for user in {*self.people.teams.members, *self.people.by_crm} if self.sees(user))


def sight_of(people: People, person: Person) -> Sight:
    """A supervisor sees the departments that he leads and those below them; a director everybody.

    Who leads none sees his own, as a deputy; who is in none either, the whole floor.
    """
    if person.role != "supervisor" or not is_parted(people):
        return Sight(people)
    led = _ranks(people).led(people).get(person.id, frozenset())
    own = frozenset((people.teams.of(person.crm_user_id),))
    return _floor_of(people, led) or _floor_of(people, own) or Sight(people)


def _floor_of(people: People, led: frozenset[int | None]) -> Sight | None:
    """The sight of these departments; None: nobody takes clients there."""
    mine = Sight(people, led)
    floor = {team for user in people.staff.team if (team := people.teams.of(user)) is not None}
    names = sorted(people.teams.all[team].name for team in floor if mine.holds(team))
    more = ru.AND_OTHERS.format(count=len(names) - _NAMED) if len(names) > _NAMED else ""
    return Sight(people, led, ", ".join(names[:_NAMED]) + more) if names else None


def why_not_of(people: People, person: Person, user: int | None, now: datetime) -> str | None:
    """Why this person may not act on what is this CRM user's; None: he may."""
    return _why_not(people, person, (people.teams.of(user),), now)


def why_not(people: People, person: Person, case: Case, now: datetime) -> str | None:
    """Why this person may not step in on the case; None: he may.

    He may who has it, leads its team or the owner's, or stands in for who does: whoever is told of a case may act on
    it, and who sees the whole floor, on all.
    """
    if person.crm_user_id is not None and person.crm_user_id in (case.holder, case.owner):
        return None
    users = (user for user in (case.holder, case.owner) if user is not None)
    return _why_not(people, person, (team_of(people, case), *(people.teams.of(user) for user in users)), now)


def check_case(people: People, person: Person, case: Case, now: datetime) -> None:
    """As `why_not`.

    Raises:
        ActionNotAllowed: he may not.
    """
    if (refusal := why_not(people, person, case, now)) is not None:
        raise ActionNotAllowed(refusal)


def _why_not(people: People, person: Person, teams: Sequence[int | None], now: datetime) -> str | None:
    known = people.by_id.get(person.id)  # his role may have changed since
    if known is None or not known.leads:
        return words.ONLY_SUPERVISOR
    sight = sight_of(people, known)
    if any(sight.holds(team) for team in teams) or any(known in reached(people, team, now) for team in teams):
        return None
    names = ", ".join(people.short_name(one.crm_user_id) for one in reached(people, teams[0], now)[:_NAMED])
    team = people.teams.all.get(teams[0]) if teams[0] is not None else None
    return (
        words.OTHERS_LEAD.format(names=names)
        if team is None
        else words.OTHER_TEAM.format(team=team.name[:_LONGEST], names=names)
    )


def sight_of_group(people: People, team: int | None) -> Sight:
    """Of whose work a bound group hears: of its department and those below it."""
    if team is None:
        return Sight(people)
    known = people.teams.all.get(team)
    return Sight(people, frozenset((team,)), known.name if known is not None else "")
