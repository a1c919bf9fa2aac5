"""Which manager keeps which hours, and who gets which lead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from bot.engine.floor.luck import Picker
from bot.engine.floor.minutes import Spans, working_spans
from bot.engine.floor.parameters import Parameters
from bot.engine.staff import Staff, Terms
from bot.playbooks.model import Playbook


class Rota:
    """The hours of all managers under one playbook.

    Args:
        playbook: whose shifts they have; one that it lacks means the company's hours, as for a real person.
        parameters: how many there are, and which share keeps which shift.
        first, last: the days that are asked about.
    """

    def __init__(self, playbook: Playbook, parameters: Parameters, first: date, last: date) -> None:
        pick = Picker(parameters.shifts)
        count = parameters.staff
        self.shifts = [pick((number + 0.5) / count) for number in range(count)]
        """Of every manager; None: the company's hours."""
        # The engine tells people apart by number; all who keep the same hours are one person to it.
        self.users = {shift: user for user, shift in enumerate(dict.fromkeys(self.shifts), start=1)}
        terms = {user: Terms(shift=shift) for shift, user in self.users.items() if shift is not None}
        self.staff = Staff(terms, tuple(self.users.values()))
        self.team = working_spans(self.staff.team_hours(playbook), first, last)
        """When anybody works."""
        self.hours: dict[str | None, Spans] = {
            shift: working_spans(self.staff.hours(playbook, user), first, last) for shift, user in self.users.items()
        }

    def deal(self, arrivals: Sequence[tuple[int, int]]) -> list[list[tuple[int, int]]]:
        """Each manager's leads: those at work get what comes, in turn; while nobody works, all are dealt to."""
        members: dict[frozenset[str | None], list[int]] = {}
        turns: Counter[frozenset[str | None]] = Counter()
        dealt: list[list[tuple[int, int]]] = [[] for _ in self.shifts]
        for arrival in arrivals:
            there = frozenset(shift for shift, hours in self.hours.items() if arrival[0] in hours)
            among = members.get(there)
            if among is None:
                at_work = [number for number, shift in enumerate(self.shifts) if shift in there]
                among = members[there] = at_work or list(range(len(self.shifts)))
            dealt[among[turns[there] % len(among)]].append(arrival)
            turns[there] += 1
        return dealt
