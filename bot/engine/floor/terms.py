"""The engine's times for simulated leads, each asked for once.

Every moment comes from the engine's own functions (`set_task`, `next_attempt`, `after_length`, `overdue_at`); what they
depend on is the key under which their answer is kept, so nothing is approximated.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import NamedTuple

from bot.engine.cadence import Exhausted, next_attempt
from bot.engine.calendars import calendar_of, client_window, next_reachable
from bot.engine.dayparts import DayPart, day_part
from bot.engine.floor.minutes import ByQuarter, Spans, days_between, minute_of, moment_of
from bot.engine.floor.path import Missed, Path, Standing
from bot.engine.follow import after_length, enter_stage
from bot.engine.misses import cadence_spec
from bot.engine.rules import Rules
from bot.engine.sla import overdue_at, turn
from bot.engine.slots import untried_part_time
from bot.engine.staff import COMPANY, Staff
from bot.engine.tasks import is_new, set_task
from bot.engine.worktime import WorkingTime
from bot.playbooks.model import Next

_PARTS = {part: number for number, part in enumerate(DayPart)}
_ROLE = "manager"
_DAY = timedelta(days=1)


class Times(NamedTuple):
    """Of a task, in minutes of UTC."""

    push: int
    """The card is shown."""
    due: int
    overdue: int


class Turn(NamedTuple):
    """What a miss brings: where the lead stands then, the misses of its cadence, and its next task's times."""

    standing: Standing
    misses: tuple[int, ...]
    times: Times


class Terms:
    """Times under one playbook for clients of one zone at managers of one shift.

    Args:
        path: the way of unreached leads.
        zone: name of the clients' zone; None: the company's.
        first, last: the days that are asked about.
        staff: who works when.
        owner: CRM user; any manager of the shift.
    """

    def __init__(
        self, path: Path, zone: str | None, first: date, last: date, staff: Staff = COMPANY, owner: int = 1
    ) -> None:
        self._path = path
        self._playbook = path.playbook
        self._zone = zone
        self._staff, self._owner = staff, owner
        self._calendar = staff.hours(path.playbook, owner)
        self._team = staff.team_hours(path.playbook)
        self._case = path.case(path.first(None), zone, owner)
        self._window = client_window(path.playbook, self._case)
        days = days_between(first - _DAY, last + _DAY)
        spans = (self._window.span(day) for day in days)
        self._client_hours = Spans((minute_of(span.start), minute_of(span.end)) for span in spans)
        self._times: dict[tuple[str, str | None, int | None, int | None, bool], Times] = {}
        self._new: dict[tuple[str, bool, bool], bool] = {}
        self._overdue: dict[tuple[str, int, bool], int] = {}
        self._second: dict[tuple[str, str | None, int], int] = {}
        self._after: dict[tuple[timedelta, int], int] = {}

    @cached_property
    def part(self) -> ByQuarter:
        """The part of the client's day in which a minute lies: 0 morning, 1 by day, 2 evening."""
        return ByQuarter(lambda moment: _PARTS[day_part(moment, self._window.zone)])

    def may_call(self, minute: int) -> bool:
        """Whether the client may be disturbed, or could never be in our hours."""
        return minute in self._client_hours or self.next_call(minute) == minute

    def next_call(self, minute: int) -> int:
        """The first minute from then on at which we work and he may be disturbed."""
        return _up(next_reachable(self._calendar, self._window, moment_of(minute)))

    def first(self, standing: Standing, arrived: int, seen: int) -> Times:
        """Of the first task of a lead that arrived and was seen at these minutes."""
        new = self._is_new(standing, standing.kind)
        key = (standing.kind, standing.source, arrived, seen, new)
        known = self._times.get(key)
        if known is None:
            case = self._path.case(standing, self._zone, self._owner)
            entered = enter_stage(self._rules(seen), case, since=moment_of(arrived))
            assert entered.task is not None  # the path begins with a stage that has one
            known = self._times[key] = self._of(standing.kind, entered.task.push_at, entered.task.due_at, new)
        return known

    def handed_out(self, standing: Standing, due: datetime, opening: int) -> Times:
        """Of a lead of the night, whose place in the queue of the opening is `due`."""
        push, due = turn(self._calendar, self._window, due, moment_of(opening))
        return self._of(standing.kind, push, due, self._is_new(standing, standing.kind))

    @property
    def calendar(self) -> WorkingTime:
        """The managers' working time."""
        return self._calendar

    def handed_out_at(self, standing: Standing, arrived: int) -> int | None:
        """The opening at which a lead of the night is handed out; None: its task comes by its own terms."""
        kind = self._playbook.tasks[standing.kind]
        moment = moment_of(arrived)
        company = calendar_of(self._playbook)
        if kind.push != "at_once" or standing.source in kind.by_source or company.is_open(moment):
            return None
        opening = company.next_open(moment)
        return minute_of(opening) if self._calendar.is_open(opening) else None

    def task(self, standing: Standing, kind: str, now: int, due: int | None) -> Times:
        """Of a task set at `now`; without a due time its kind gives one."""
        rule = self._playbook.tasks[kind]
        own = due is None or rule.push_before is not None or due < now
        new = self._is_new(standing, kind)
        key = (kind, standing.source, due, now if own else None, new)
        known = self._times.get(key)
        if known is None:
            case = self._path.case(standing, self._zone, self._owner)
            at = moment_of(due) if due is not None else None
            task = set_task(self._rules(now), case, kind, due_at=at).task
            assert task is not None  # just set
            known = self._times[key] = self._of(kind, task.push_at, task.due_at, new)
        return known

    def after_miss(
        self, standing: Standing, misses: tuple[int, ...], at: int, told: int, *, busy: bool = False
    ) -> Turn | None:
        """What a miss brings; None: nobody tries this lead again.

        Args:
            standing: of the lead when it was dialled.
            misses: those before, of its cadence, minutes of UTC.
            at: when this one counts.
            told: when its result is known and the next task is set.
            busy: the line was busy; that counts only where the playbook does not say otherwise.
        """
        missed = self._path.missed(standing)
        if missed.cadence is None:
            return None
        before = misses if missed.misses > 1 else ()
        count, after = missed.misses, (*before, at)
        if missed.following is not None:
            kind, due = missed.following.task, self._named(missed.following, after, told)
        else:
            kind, due = self._playbook.cadences[missed.cadence].task, self._attempt(missed, standing, after, told)
            if due is None:
                return None
        if busy and missed.busy is not None:
            count, after = count - 1, before
            kind, due = missed.busy.task, self._named(missed.busy, after, told)
        touched = standing.touched or self._playbook.tasks[standing.kind].calling
        following = Standing(missed.stage, kind, standing.source, missed.cadence, count, touched)
        return Turn(following, after, self.task(following, kind, told, due))

    def _attempt(self, missed: Missed, standing: Standing, misses: tuple[int, ...], now: int) -> int | None:
        """When the cadence wants the next attempt; None: all are used."""
        assert missed.cadence is not None  # who asks has seen it
        # Most leads have one miss, and those of one minute have the same plan; later plans hardly ever meet.
        source = standing.source
        key = (missed.cadence, source, misses[0]) if len(misses) == 1 and now == misses[0] else None
        if key is not None and key in self._second:
            return self._second[key]
        spec = cadence_spec(self._playbook, missed.cadence, source)
        plan = next_attempt(spec, [moment_of(one) for one in misses], self._calendar, self._window, moment_of(now))
        if isinstance(plan, Exhausted):
            return None
        if key is not None:
            self._second[key] = minute_of(plan.at)
        return minute_of(plan.at)

    def _named(self, following: Next, misses: tuple[int, ...], now: int) -> int | None:
        """When a task that an outcome names is due; None: its kind says."""
        if following.part is not None:
            tried = [moment_of(one) for one in misses]
            return minute_of(untried_part_time(moment_of(now), self._calendar, self._window, tried))
        if following.after is None:
            return None
        key = (following.after, now)
        if key not in self._after:
            at = after_length(self._rules(now), self._case, following)
            self._after[key] = _up(at) if at is not None else now
        return self._after[key]

    def _is_new(self, standing: Standing, kind: str) -> bool:
        key = (kind, standing.touched, standing.misses > 0)
        known = self._new.get(key)
        if known is None:
            case = self._path.case(standing, self._zone, self._owner)
            known = self._new[key] = is_new(case, self._playbook.tasks[kind])
        return known

    def _of(self, kind: str, push: datetime, due: datetime, new: bool) -> Times:
        end = minute_of(due)
        overdue = self._overdue.get((kind, end, new))
        if overdue is None:
            calendar = self._team if new else self._calendar
            at = overdue_at(due, self._playbook.ladder(self._playbook.tasks[kind]).overdue, calendar)
            overdue = self._overdue[kind, end, new] = minute_of(at)
        return Times(_up(push), end, overdue)

    def _rules(self, minute: int) -> Rules:
        return Rules(self._playbook, moment_of(minute), _ROLE, self._staff)


def _up(moment: datetime) -> int:
    """The first whole minute that is not before `moment`."""
    minute = minute_of(moment.astimezone(UTC))
    return minute if moment_of(minute) == moment else minute + 1
