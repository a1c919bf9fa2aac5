"""The moments at which an open task's card comes anew, and what it asks then: a pure function of case and playbook."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.engine.calendars import client_window, next_reachable
from bot.engine.case import Case, Task
from bot.engine.staff import COMPANY, Staff
from bot.engine.worktime import ClientWindow, WorkingTime, reachable, whole_minute
from bot.playbooks.model import Material, Playbook, TaskKind, Touch

_JUST_SET = timedelta(minutes=30)
"""Nothing comes so soon after the task was set: its receipt has said everything."""
_APART = timedelta(hours=4)
"""Something to send does not come so shortly before a touch that asks for an answer."""
_BEFORE_CLOSING = timedelta(minutes=30)
_DAY = timedelta(days=1)
_LONGEST = 60
"""Most repetitions of one touch."""


@dataclass(frozen=True, slots=True)
class Coming:
    """One moment of a touch; `number` counts its repetitions from 1."""

    name: str
    at: datetime
    number: int = 1


@dataclass(frozen=True, slots=True)
class _Plan:
    kind: TaskKind
    task: Task
    calendar: WorkingTime
    window: ClientWindow

    @property
    def since(self) -> datetime:
        return self.task.planned_at or self.task.set_at


def ends_of(playbook: Playbook, task: Task) -> datetime:
    """When the meeting is over."""
    return task.ends_at or task.due_at + playbook.tasks[task.kind].lasts


def coming(playbook: Playbook, case: Case, task: Task, staff: Staff = COMPANY) -> tuple[Coming, ...]:
    """All moments of the task's touches, past and future, in order; what does not fit is left out.

    Before the due time they keep inside its holder's working hours and the client's window, except that a meeting
    agreed outside working hours is announced outside them too. After it they belong to the meeting and come at their
    minute.
    """
    kind = playbook.tasks[task.kind]
    if not kind.touches:
        return ()
    hours = staff.hours(playbook, case.owner if task.holder is None else task.holder)
    plan = _Plan(kind, task, hours, client_window(playbook, case))
    single = [
        Coming(name, at)
        for name, touch in kind.touches.items()
        if touch.every is None and (at := _moment(plan, touch, ends_of(playbook, task))) is not None
    ]
    first = min((one.at for one in single), default=task.due_at)
    repeated = [
        Coming(name, at, number)
        for name, touch in kind.touches.items()
        if touch.every is not None
        for number, at in enumerate(_every(plan, touch, touch.every, first - _APART), start=1)
    ]
    found = sorted((*repeated, *single), key=lambda one: one.at)
    return tuple(found) if task.touch not in kind.touches else _named(kind, task, found)


def touch_now(playbook: Playbook, case: Case, now: datetime, staff: Staff = COMPANY) -> Coming | None:
    """The touch that the open task has come to: the latest whose moment is past, or the one that an answer named."""
    task = case.task
    if task is None:
        return None
    order = list(playbook.tasks[task.kind].touches)
    past = [one for one in coming(playbook, case, task, staff) if one.at <= now]
    if task.touch in order and not past:
        return Coming(task.touch, task.touch_at or now)
    return max(past, key=lambda one: (order.index(one.name), one.at), default=None)


def next_touch(playbook: Playbook, case: Case, now: datetime, staff: Staff = COMPANY) -> datetime | None:
    """When the open task's card comes by itself next."""
    task = case.task
    if task is None or task.closed_at is not None:
        return None
    return min((one.at for one in coming(playbook, case, task, staff) if one.at > now), default=None)


def questionnaire_now(playbook: Playbook, case: Case, now: datetime, staff: Staff = COMPANY) -> str | None:
    """The questionnaire that ends the open task as things stand; None: there is none."""
    if case.task is None:
        return None
    kind = playbook.tasks[case.task.kind]
    here = touch_now(playbook, case, now, staff)
    asks = kind.ask
    for name, touch in kind.touches.items() if here is not None else ():
        asks = touch.ask or asks
        if here is not None and name == here.name:
            break
    return asks


def owed_since(playbook: Playbook, case: Case, task: Task, staff: Staff = COMPANY) -> datetime:
    """From when on the task waits for its answer: its due time, or its first touch that asks and is not answered."""
    touches = playbook.tasks[task.kind].touches
    moments = coming(playbook, case, task, staff)
    return next((one.at for one in moments if touches[one.name].ask is not None), task.due_at)


def turn_of(playbook: Playbook, case: Case, task: Task, staff: Staff = COMPANY) -> datetime:
    """When the task is to be worked on next: its due time, or the touch that an answer has put off."""
    return owed_since(playbook, case, task, staff) if task.touch is not None else task.due_at


def material_of(playbook: Playbook, case: Case, here: Coming | None) -> Material | None:
    """What to send the client at this moment."""
    if here is None or case.task is None:
        return None
    keys = playbook.tasks[case.task.kind].touches[here.name].materials
    place = case.task.warmed + here.number - 1
    return playbook.materials[keys[place]] if place < len(keys) else None


def warmed_by(playbook: Playbook, case: Case, task: Task, now: datetime, staff: Staff = COMPANY) -> int:
    """How many materials the client was sent until now."""
    touches = playbook.tasks[task.kind].touches
    shown = [one for one in coming(playbook, case, replace(task, touch=None), staff) if one.at <= now]
    return task.warmed + sum(bool(touches[one.name].materials) for one in shown)


def _moment(plan: _Plan, touch: Touch, ends_at: datetime) -> datetime | None:
    due = plan.task.due_at
    if touch.at_end:
        return ends_at
    if touch.after is not None:
        return due + touch.after
    at = _evening_before(plan, touch) if touch.evening_before is not None else _before(plan, touch)
    return at if at is not None and plan.since + _JUST_SET <= at <= due else None


def _before(plan: _Plan, touch: Touch) -> datetime | None:
    wanted = plan.task.due_at - (touch.before or timedelta())
    at = next_reachable(plan.calendar, plan.window, wanted)
    if at <= plan.task.due_at and _fits(plan, at):
        return at
    if not plan.calendar.is_open(plan.task.due_at) and plan.window.contains(wanted):
        return wanted  # agreed for a day off: hearing of it on the next working day would be too late
    return None


def _evening_before(plan: _Plan, touch: Touch) -> datetime | None:
    calendar, clock = plan.calendar, touch.evening_before
    assert clock is not None  # the caller has looked
    day = calendar.local_day(plan.task.due_at) - _DAY
    while not calendar.is_working_day(day) and day > calendar.local_day(plan.since):
        day -= _DAY
    wanted = datetime.combine(day, clock, calendar.zone)
    for part in reversed(reachable(calendar, plan.window, day)):
        if part.start <= wanted:
            return wanted if wanted in part else max(part.start, min(wanted, part.end - _BEFORE_CLOSING))
    return None


def _every(plan: _Plan, touch: Touch, step: timedelta, last: datetime) -> Iterator[datetime]:
    last = min(last, plan.task.due_at - touch.until)
    at = plan.since
    left = max(0, len(touch.materials) - plan.task.warmed) if touch.materials else _LONGEST
    for _ in range(left):
        at = next_reachable(plan.calendar, plan.window, whole_minute(at + step))
        if at > last or not _fits(plan, at):
            return
        yield at


def _fits(plan: _Plan, at: datetime) -> bool:
    return plan.calendar.is_open(at) and plan.window.contains(at)


def _named(kind: TaskKind, task: Task, found: list[Coming]) -> tuple[Coming, ...]:
    """An answer has named the touch that is next: what comes before it is over, and it comes when the answer said."""
    order = list(kind.touches)
    place = order.index(task.touch or "")
    own = next((one.at for one in found if one.name == task.touch), task.due_at)
    following = (one for one in found if order.index(one.name) > place)
    return (Coming(order[place], task.touch_at or own), *following)
