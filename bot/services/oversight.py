"""Who looks after whom: the supervisors of a team, and whose work a supervisor sees.

While managers sit in one department only, or departments are not known, all supervisors look after everybody.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.db.people import People, Person
from bot.engine.case import Case


def is_parted(people: People) -> bool:
    """Whether new clients are taken in more than one department."""
    return len({people.teams.of(user) for user in people.staff.team} - {None}) > 1


def team_of(people: People, case: Case) -> int | None:
    """Whose case it is: the department of who has its task, or of the owner where that one takes no clients."""
    for user in (case.holder, case.owner):
        team = people.teams.of(user)
        if team in people.staff.groups:
            return team
    return people.teams.of(case.holder, case.owner)


def leaders(people: People, team: int | None) -> list[Person]:
    """Who leads this department, whether linked to a phone or not.

    Who was put over it by command or heads it in the CRM; its supervisors; the same of the departments above it; the
    supervisors of no department that takes clients; a director who heads one above; and at last all supervisors, or
    without any all directors.
    """
    supervisors = [one for one in people.all if one.role == "supervisor"]
    leading = supervisors or [one for one in people.all if one.leads]
    path, heads = people.teams.path(team), []
    if not is_parted(people):
        put = [one for level in path if (one := people.by_crm.get(level.supervisor or 0)) is not None and one.leads]
        return put[:1] or leading
    for place, level in enumerate(path):
        said = [one for user in (level.supervisor, level.head) if (one := people.by_crm.get(user or 0)) is not None]
        named = next((one for one in said if one.leads), None)
        if named is not None and (place == 0 or named.role == "supervisor" or level.supervisor == named.crm_user_id):
            return [named]
        heads += [named] if named is not None else []
        mine = [one for one in supervisors if people.teams.of(one.crm_user_id) == level.id]
        if mine:
            return mine
    return _free(people, supervisors) or heads[:1] or leading


def reached(people: People, team: int | None) -> list[Person]:
    """Those who lead this department and have a phone; where nobody has, whoever leads at all and has one."""
    led = [one for one in leaders(people, team) if one.telegram_id is not None]
    everybody = [one for one in people.all if one.leads and one.telegram_id is not None]
    return led or [one for one in everybody if one.role == "supervisor"] or everybody


def _free(people: People, supervisors: list[Person]) -> list[Person]:
    """Supervisors who are bound to no department that takes clients."""
    bound = {user for level in people.teams.all.values() for user in (level.supervisor, level.head)}
    return [
        one
        for one in supervisors
        if one.crm_user_id not in bound and people.teams.of(one.crm_user_id) not in people.staff.groups
    ]


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
    """A supervisor sees the departments that he leads and those below them; a director everybody."""
    if person.role != "supervisor" or not is_parted(people):
        return Sight(people)
    led = frozenset(team for team in (*people.teams.all, None) if person in leaders(people, team))
    floor = {team for user in people.staff.team if (team := people.teams.of(user)) is not None}
    mine = Sight(people, led)
    names = sorted(people.teams.all[team].name for team in floor if mine.holds(team))
    return Sight(people, led, ", ".join(names)) if names else Sight(people)


def sight_of_group(people: People, team: int | None) -> Sight:
    """Of whose work a bound group hears: of its department and those below it."""
    if team is None:
        return Sight(people)
    known = people.teams.all.get(team)
    return Sight(people, frozenset((team,)), known.name if known is not None else "")
