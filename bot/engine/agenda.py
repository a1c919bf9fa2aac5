"""When the people who are to take part in a meeting have time for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.engine.answers import QUICK_BUTTON_AGE
from bot.engine.case import Case, Run, Task
from bot.engine.worktime import ClientWindow, WorkingTime
from bot.playbooks.model import Playbook, TaskKind

_STEP = timedelta(minutes=30)
_LOOKED_AT = 2 * 24 * 14
"""Half-hours of a fortnight."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting that is agreed already, of another client."""

    start: datetime
    end: datetime
    client: str
    """First name and initial: who asks may not be his manager."""
    people: frozenset[int]
    """CRM users who take part."""


@dataclass(frozen=True, slots=True)
class Agenda:
    """What is known of the participants' time when a meeting is agreed.

    Args:
        owner: CRM user who holds it.
        seconds: CRM users of whom one takes part beside the owner; empty: nobody is needed.
        lasts: how long it will be.
        meetings: of all these people, in the order of time.
        role: of the second participant; None: nobody is needed.
        former: who takes part in the meeting that is moved; kept where possible.
    """

    owner: int | None
    seconds: tuple[int, ...]
    lasts: timedelta
    meetings: tuple[Meeting, ...]
    role: str | None = None
    former: int | None = None

    def conflict(self, at: datetime) -> Meeting | None:
        """The meeting that stands in the way of one at `at`; None: everybody needed is free."""
        own = next((one for one in self._during(at) if self.owner in one.people), None)
        if own is not None or not self.seconds or self._free(at):
            return own
        return next((one for one in self._during(at) if one.people & set(self.seconds)), None)

    def is_own(self, meeting: Meeting) -> bool:
        """Whether it is the owner who has no time, and not the second participant."""
        return self.owner in meeting.people

    def second_at(self, at: datetime, day: WorkingTime) -> int | None:
        """Who takes part beside the owner: the one who did before, else the free one with the fewest meetings that day.

        When nobody is free, the one with the fewest meetings.
        """
        candidates = self._free(at) or self.seconds
        if self.former in candidates:
            return self.former
        today = [one for one in self.meetings if day.local_day(one.start) == day.local_day(at)]
        load: Mapping[int, int] = {user: sum(user in one.people for one in today) for user in candidates}
        return min(candidates, key=lambda user: (load[user], user), default=None)

    def nearest_free(
        self, at: datetime, now: datetime, calendar: WorkingTime, window: ClientWindow, count: int = 3
    ) -> tuple[datetime, ...]:
        """The free half-hours nearest to `at` in working hours and the client's window, in the order of time."""
        free = (one for one in _around(at) if one > now + QUICK_BUTTON_AGE and self._suits(one, calendar, window))
        found = [one for one, _ in zip(free, range(count), strict=False)]
        return tuple(sorted(found))

    def _suits(self, at: datetime, calendar: WorkingTime, window: ClientWindow) -> bool:
        return calendar.is_open(at) and window.contains(at) and self.conflict(at) is None

    def _during(self, at: datetime) -> list[Meeting]:
        return [one for one in self.meetings if one.start < at + self.lasts and at < one.end]

    def _free(self, at: datetime) -> tuple[int, ...]:
        taken = {user for one in self._during(at) for user in one.people}
        return tuple(user for user in self.seconds if user not in taken)


def meeting_kind(playbook: Playbook, question: str) -> TaskKind | None:
    """The kind of meeting whose time this question asks for; None: it asks for something else."""
    for outcome in playbook.outcomes.values():
        if outcome.next is not None and outcome.next.at == question and playbook.tasks[outcome.next.task].meeting:
            return playbook.tasks[outcome.next.task]
    return None


def invited_role(playbook: Playbook, run: Run) -> str | None:
    """The role of the second participant, by what was answered; None: nobody is invited."""
    for question, value in reversed(list(run.answers.items())):
        option = playbook.questions[question].options.get(value) if isinstance(value, str) else None
        if option is not None and option.invites is not None:
            return option.invites
    return None


def role_invited_to(playbook: Playbook, place: str) -> str | None:
    """The role of the second participant of a meeting at this place (a key of `places`); None: nobody is invited."""
    options = (question.options.get(place) for question in playbook.questions.values())
    return next((option.invites for option in options if option is not None and option.invites is not None), None)


def as_meeting(case: Case, task: Task, client: str, ends_at: datetime) -> Meeting:
    """The meeting of a case, of which only the end is not told by its task."""
    people = frozenset(user for user in (case.owner, task.second) if user is not None)
    return Meeting(task.due_at, ends_at, client, people)


def _around(at: datetime) -> Iterator[datetime]:
    """The whole half-hours around `at`, the nearer first."""
    at = at.astimezone(UTC)
    base = at - timedelta(minutes=at.minute % 30, seconds=at.second, microseconds=at.microsecond)
    yield from sorted(
        (base + step * _STEP for step in range(-_LOOKED_AT, _LOOKED_AT)), key=lambda one: (abs(one - at), one)
    )
