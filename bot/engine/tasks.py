"""Setting the one open task of a case."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot.engine.calendars import calendar_of, end_of_day, later, next_reachable
from bot.engine.case import ByRule, Case, Task
from bot.engine.conditions import has_other_contact
from bot.engine.effects import AddTask
from bot.engine.rules import Rules
from bot.engine.titles import task_description, task_title
from bot.engine.touches import coming
from bot.engine.worktime import WorkingTime, whole_minute
from bot.playbooks.model import Due, Outcome, Playbook, TaskKind


def set_task(
    rules: Rules,
    case: Case,
    key: str,
    *,
    since: datetime | None = None,
    due_at: datetime | None = None,
    promised: bool = False,
    attempt: int | None = None,
    attempts: int | None = None,
    note: str | None = None,
    second: int | None = None,
    cadence: str | None = None,
) -> Case:
    """The case with a new open task in place of the one it had.

    Args:
        rules: what is in force.
        case: whose task.
        key: its kind; the kind's writing twin takes its place where the client cannot or may not be called.
        since: from when its due time counts when `due_at` does not give it; by default from now.
        due_at: when it is due; a moment that has passed is now.
        promised: the client was promised this very minute.
        attempt: which attempt it is, with `attempts` in all.
        note: why it stands at this time.
        second: CRM user who takes part in a meeting beside the owner.
        cadence: whose next attempt it is, due at `due_at`.
    """
    key = kind_for(rules, case, key)
    kind = rules.kind(key)
    if due_at is None and kind.meeting:
        due_at = known_meeting(rules, case)
    since = since or rules.now
    ruled = cadence is not None or due_at is None
    due = whole_minute(max(due_at or due_by_kind(rules, case, kind, since), rules.now))
    number = case.tasks_set + 1
    task = Task(
        id=f"{case.id}-{number}",
        kind=key,
        set_at=rules.now,
        due_at=due,
        push_at=push_time(rules, case, kind, due, promised=promised, own_due=due_at is None),
        attempt=attempt,
        attempts=attempts,
        promised=promised and kind.promise,
        note=note,
        second=second,
        activity=f"{case.id}-{number}" if kind.meeting and due_at is not None else None,
        by_rule=ByRule((case.playbook,), since, case.source, case.client.zone, cadence) if ruled else None,
    )
    return replace(case, task=replace(task, push_at=first_push(rules, case, task)), tasks_set=number)


def first_push(rules: Rules, case: Case, task: Task) -> datetime:
    """When the card is shown first: at the first touch that is still ahead; without touches, when `push_at` says."""
    ahead = (one.at for one in coming(rules.playbook, case, task, rules.staff) if one.at > rules.now)
    return min(ahead, default=task.push_at)


def known_meeting(rules: Rules, case: Case) -> datetime | None:
    """The meeting's time as the CRM has it, if it is ahead."""
    keys = (key for key, crm_field in rules.playbook.fields.items() if crm_field.system == "meeting_at")
    text = next((case.facts[key] for key in keys if case.facts.get(key)), None)
    at = datetime.fromisoformat(text) if isinstance(text, str) else None
    return at if at is not None and at.tzinfo is not None and at > rules.now else None


def add_task(rules: Rules, case: Case) -> tuple[AddTask, ...]:
    """The effect that creates the case's open task in the CRM; none without a task."""
    if case.task is None:
        return ()
    return (AddTask(case.task, task_title(rules.playbook, case, case.task), task_description(case.task)),)


def kind_for(rules: Rules, case: Case, key: str) -> str:
    """The kind itself, or its writing twin for a client who may not or cannot be called but can be written to."""
    writing = rules.kind(key).writing
    only_writing = case.no_calls or (not case.client.phones and has_other_contact(case))
    return writing if writing is not None and only_writing else key


def due_by_kind(rules: Rules, case: Case, kind: TaskKind, since: datetime) -> datetime:
    """The kind's own due time, counted from `since`; a kind without one is due as soon as the client may be called."""
    due, hours = _due_rule(case, kind), _hours(rules, case, kind)
    if due is not None and is_new(case, kind):
        hours = rules.staff.team_hours(rules.playbook, case.owner)
        if due.within is not None:  # while he may not be disturbed, nobody is late
            since = next_reachable(hours, rules.window(case), since)
    if due is not None and due.within is not None:
        return later(hours, since, due.within)
    if due is not None and due.by_end_of_day is not None:
        return end_of_day(hours, since, due.by_end_of_day)
    return next_reachable(hours, rules.window(case), max(since, rules.now))


def is_new(case: Case, kind: TaskKind) -> bool:
    """Whether it is work that anybody of the team may take up: pushed at once, and nobody has touched the client."""
    return kind.push == "at_once" and kind.role is None and case.first_touch_at is None and not case.misses


def push_time(
    rules: Rules, case: Case, kind: TaskKind, due: datetime, *, promised: bool = False, own_due: bool = False
) -> datetime:
    """When the card is shown.

    A promise comes at its very minute; everything else only when we work and the client may be disturbed.

    Args:
        rules: what is in force.
        case: whose task.
        kind: of the task.
        due: its deadline.
        promised: the client was promised this very minute.
        own_due: the deadline is the kind's own. Then what is pushed at once comes now, and work for a day from its
            morning; a deadline that people gave is when the card comes.
    """
    if promised and kind.promise:
        return due
    wanted = due
    rule = _due_rule(case, kind)
    if kind.push == "at_once" and own_due:
        wanted = rules.now
    elif kind.push_before is not None:
        wanted = due - kind.push_before
    elif own_due and rule is not None and rule.by_end_of_day is not None:
        wanted = _morning(_hours(rules, case, kind), due)
    wanted = max(wanted, rules.now)
    push = next_reachable(_hours(rules, case, kind), rules.window(case), wanted)
    if kind.push_before is not None and push > due:
        # Agreed for a day off: hearing of it on the next working day would be too late.
        return wanted
    return push


def _hours(rules: Rules, case: Case, kind: TaskKind) -> WorkingTime:
    """Working time of who will do it; a task for another role is nobody's yet."""
    waits = kind.role is not None and (case.task is None or case.task.holder is None)
    return calendar_of(rules.playbook) if waits else rules.calendar(case)


def _morning(hours: WorkingTime, due: datetime) -> datetime:
    """The opening of the day on which it is due; a day off has none (the case was seen late, its own day is over)."""
    day = hours.local_day(due)
    return hours.open_of(day) if hours.is_working_day(day) else due


def _due_rule(case: Case, kind: TaskKind) -> Due | None:
    by_source = kind.by_source.get(case.source) if case.source else None
    return by_source.due if by_source is not None and by_source.due is not None else kind.due


def is_call(playbook: Playbook, task: Task, outcomes: Iterable[Outcome]) -> bool:
    """Whether the client was called for this answer; a duplicate is known by looking, unless [Звоню] was pressed."""
    looked = task.touched_at is None and any(outcome.joins is not None for outcome in outcomes)
    return playbook.tasks[task.kind].calling and not looked
