"""The moments at which something must happen to a case by itself: a pure function of the case."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from bot.engine.calendars import later
from bot.engine.case import Case, Task
from bot.engine.sla import overdue_at
from bot.engine.staff import COMPANY, Staff
from bot.engine.tasks import is_new
from bot.engine.touches import coming, owed_since
from bot.engine.worktime import WorkingTime
from bot.playbooks.model import Playbook

ASKED_AGAIN = timedelta(minutes=15)
"""Working time after which the result of a task that was closed in the CRM is asked for once more."""

TimerKind = Literal["push", "overdue", "alert", "limit", "undo"]


@dataclass(frozen=True, slots=True)
class Timer:
    """One moment.

    Args:
        kind: `push`: the card is shown; `overdue`: the task has waited too long; `alert`: so long that
            supervisors are to hear of it; `limit`: the case has stood in its
            stage too long; `undo`: [Исправить] ends.
        at: when.
        key: stays the same for the same thing, so that another `at` under a known key moves it.
    """

    kind: TimerKind
    at: datetime
    key: str


def wanted(playbook: Playbook, case: Case, staff: Staff = COMPANY) -> tuple[Timer, ...]:
    """All timers that the case needs as it is now; those of it that are stored and not among these are obsolete.

    While its holder is absent the task waits: it is neither shown nor overdue before he is back.
    """
    timers: list[Timer] = []
    task = case.task
    if task is not None:
        pushes = [Timer("push", task.push_at, f"{case.id}:push:{task.id}")]
        if task.closed_at is not None:
            again = staff.hours(playbook, case.holder).add_working(task.push_at, ASKED_AGAIN)
            pushes.append(Timer("push", again, f"{case.id}:again:{task.id}"))
        else:
            pushes += _touches(playbook, case, task, staff)
        timers += (replace(one, at=staff.not_absent(playbook, case.holder, one.at)) for one in pushes)
        at = staff.not_absent(playbook, case.holder, _overdue(playbook, case, task, staff))
        timers.append(Timer("overdue", at, f"{case.id}:overdue:{task.id}"))
        alert = _alert(playbook, case, task, staff)
        if alert is not None:
            at = staff.not_absent(playbook, case.holder, alert)
            timers.append(Timer("alert", at, f"{case.id}:alert:{task.id}"))
    limit = _limit(playbook, case, staff)
    if limit is not None:
        timers.append(Timer("limit", limit, f"{case.id}:limit:{case.stage}@{case.entered_at:%Y%m%dT%H%M%S}"))
    if case.before is not None:
        timers.append(Timer("undo", case.before.until, f"{case.id}:undo:{case.before.task.id}"))
    return tuple(timers)


def _touches(playbook: Playbook, case: Case, task: Task, staff: Staff) -> list[Timer]:
    """The touches after the first one, which is the task's own push."""
    return [
        Timer("push", one.at, f"{case.id}:push:{task.id}:{one.name}:{one.number}")
        for one in coming(playbook, case, task, staff)
        if one.at > task.push_at
    ]


def _overdue(playbook: Playbook, case: Case, task: Task, staff: Staff) -> datetime:
    kind, calendar = playbook.tasks[task.kind], _hours(playbook, case, task, staff)
    at = overdue_at(owed_since(playbook, case, task, staff), kind.overdue_after, calendar)
    if task.closed_at is not None:
        # It counts as overdue until its result is told.
        return min(at, task.push_at)
    if task.adopted:
        # What was open before us alerts nobody on its first day.
        next_day = calendar.next_working_day(calendar.local_day(task.set_at))
        at = max(at, calendar.open_of(next_day))
    limit = _limit(playbook, case, staff)
    if task.touched_at is not None and kind.calling and limit is not None:
        # Somebody is on the phone: silence until the stage's own limit.
        at = max(at, limit)
    return at


def _alert(playbook: Playbook, case: Case, task: Task, staff: Staff) -> datetime | None:
    """When supervisors hear that the task is overdue; a talk that goes on is left in peace until the stage's limit."""
    after = playbook.tasks[task.kind].alert_after
    if after is None or task.closed_at is not None:
        return None
    since = _overdue(playbook, case, replace(task, touched_at=None), staff)
    at = _hours(playbook, case, task, staff).add_working(since, after)
    limit = _limit(playbook, case, staff) if task.touched_at is not None else None
    return at if limit is None else max(at, limit)


def _hours(playbook: Playbook, case: Case, task: Task, staff: Staff) -> WorkingTime:
    """Whose time it is that runs out: the team's as long as nobody has touched a new client, then the holder's."""
    untouched = is_new(case, playbook.tasks[task.kind]) and task.touched_at is None
    return staff.team_hours(playbook) if untouched else staff.hours(playbook, case.holder)


def _limit(playbook: Playbook, case: Case, staff: Staff) -> datetime | None:
    """When the case has stood in its stage too long; None where nothing limits it or it was open before us."""
    stage = playbook.pipelines[case.pipeline].stages[case.stage]
    exempt = case.source is not None and case.source in stage.limit_exempt
    adopted = case.task is not None and case.task.adopted
    if case.closed or stage.limit is None or exempt or adopted:
        return None
    return later(staff.team_hours(playbook), case.entered_at, stage.limit)
