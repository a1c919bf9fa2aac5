"""Who works when: what differs from the company's hours, by person, as plain data.

It holds no calendars but what they are made of, because cases run on different versions of the playbook.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from bot.engine.calendars import calendar_of, shift_calendar
from bot.engine.shifts import OwnTime
from bot.engine.worktime import Hours, TeamCalendar, Window, WorkingTime
from bot.playbooks.model import Playbook


@dataclass(frozen=True, slots=True)
class Terms:
    """How one person's working time differs from the company's.

    Args:
        shift: a key of the playbook's `shifts`.
        duties: single days → hours worked beside the usual ones.
        away: absences.
    """

    shift: str | None = None
    duties: tuple[tuple[date, Hours], ...] = ()
    away: tuple[Window, ...] = ()


_USUAL = Terms()


@dataclass(frozen=True, slots=True)
class Staff:
    """The people of the floor by CRM user; who is not named keeps the company's hours.

    Args:
        terms: of those who differ.
        team: who takes new clients.
        members: CRM user → his department.
        groups: department → those who take new clients in it and below it.
    """

    terms: Mapping[int, Terms] = field(default_factory=dict)
    team: tuple[int, ...] = ()
    members: Mapping[int, int] = field(default_factory=dict)
    groups: Mapping[int, tuple[int, ...]] = field(default_factory=dict)

    def hours(self, playbook: Playbook, user: int | None) -> WorkingTime:
        """This person's working time, without his absences; the company's for nobody in particular."""
        terms = self.terms.get(user) if user is not None else None
        return calendar_of(playbook) if terms is None else _own(playbook, terms)

    def colleagues(self, user: int | None) -> tuple[int, ...]:
        """Who takes new clients in this person's department; everybody who does, where it is not known or has none."""
        team = self.members.get(user) if user is not None else None
        return self.groups.get(team, self.team) if team is not None else self.team

    def team_hours(self, playbook: Playbook, user: int | None = None) -> WorkingTime:
        """The time in which anybody of this person's team works; without him, anybody at all.

        While nobody of it has a shift or a duty of his own these are the company's hours.
        """
        team = self.colleagues(user)
        if not any((terms := self.terms.get(one)) and (terms.shift or terms.duties) for one in team):
            return calendar_of(playbook)
        different = dict.fromkeys(self.terms.get(one, _USUAL) for one in team)
        return TeamCalendar(calendar_of(playbook).zone, tuple(_own(playbook, terms) for terms in different))

    def absence(self, user: int | None, moment: datetime) -> Window | None:
        """The absence in which this moment falls."""
        terms = self.terms.get(user, _USUAL) if user is not None else _USUAL
        return next((window for window in terms.away if moment in window), None)

    def is_away(self, user: int | None, moment: datetime) -> bool:
        """Whether this person is absent then: ill or on leave, not merely off shift."""
        return self.absence(user, moment) is not None

    def works(self, playbook: Playbook, user: int | None, moment: datetime) -> bool:
        """Whether this person is at work then."""
        return self.hours(playbook, user).is_open(moment)

    def not_absent(self, playbook: Playbook, user: int | None, moment: datetime) -> datetime:
        """The moment itself, or the first working minute after the absence in which it falls."""
        return self.hours(playbook, user).next_open(moment) if self.is_away(user, moment) else moment


COMPANY = Staff()
"""Everybody keeps the company's hours."""


def _own(playbook: Playbook, terms: Terms) -> WorkingTime:
    usual = shift_calendar(playbook, terms.shift)
    return OwnTime(usual.zone, usual, terms.duties, terms.away) if terms.duties or terms.away else usual
