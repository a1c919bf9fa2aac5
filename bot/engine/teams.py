"""Teams: the departments of the CRM, as plain data. A department holds those below it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Team:
    """A department.

    Args:
        id: its number in the CRM.
        name: as the CRM has it.
        parent: the department above it.
        head: CRM user who heads it in the CRM.
        supervisor: CRM user who was put over it by command, whoever heads it in the CRM.
        shift: a key of the playbook's `shifts`, for those who have none of their own.
        gone: it was removed in the CRM.
    """

    id: int
    name: str
    parent: int | None = None
    head: int | None = None
    supervisor: int | None = None
    shift: str | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Teams:
    """All departments that we know, and who is in which.

    Args:
        all: by number.
        members: CRM user → the department that he is in, linked or not.
    """

    all: Mapping[int, Team] = field(default_factory=dict)
    members: Mapping[int, int] = field(default_factory=dict)

    def of(self, *users: int | None) -> int | None:
        """The department of the first of these CRM users who is in one."""
        found = (self.members.get(user) for user in users if user is not None)
        return next((team for team in found if team is not None), None)

    def path(self, team: int | None) -> tuple[Team, ...]:
        """The department and those above it, the nearest first."""
        found: dict[int, Team] = {}
        while team is not None and team in self.all and team not in found:
            found[team] = self.all[team]
            team = self.all[team].parent
        return tuple(found.values())

    def holds(self, upper: int, team: int | None) -> bool:
        """Whether `team` is the department `upper` or lies below it."""
        return any(one.id == upper for one in self.path(team))

    def grouped(self, users: Iterable[int]) -> dict[int, tuple[int, ...]]:
        """Department → those of these CRM users who are in it or below it; departments without any are left out."""
        found: dict[int, tuple[int, ...]] = {}
        for user in users:
            for team in self.path(self.of(user)):
                found[team.id] = (*found.get(team.id, ()), user)
        return found

    def shift_at(self, team: int | None) -> str | None:
        """The shift of the department, or of the nearest one above it that has any."""
        return next((one.shift for one in self.path(team) if one.shift is not None), None)


ONE_TEAM = Teams()
"""No departments are known: everybody is one team."""
