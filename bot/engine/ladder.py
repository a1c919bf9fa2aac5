"""When each step of a task's alert comes: a pure function of case and playbook."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.engine.calendars import client_window, later, next_reachable
from bot.engine.case import Case, Task
from bot.engine.sla import overdue_at
from bot.engine.staff import COMPANY, Staff
from bot.engine.tasks import is_new
from bot.engine.touches import owed_since
from bot.engine.worktime import WorkingTime
from bot.playbooks.model import Playbook

UNTOLD_AFTER = timedelta(minutes=30)
"""Working time after a task was closed in the CRM until the board says that its result is not told."""

_ABOVE = ("supervisor", "director")


def steps_of(playbook: Playbook, case: Case, task: Task, staff: Staff = COMPANY) -> Mapping[str, datetime]:
    """`remind`, `offer`, `overdue`, `board`, `supervisor`, `director` → its moment; what does not come is left out.

    Nights and absences stand still: while its holder is absent the task waits, and nobody is alerted. Only of a new
    client who came meanwhile, and for whom nobody stands in, those are told who can do something about it.
    """
    steps = _closed(playbook, case, task, staff) if task.closed_at is not None else _open(playbook, case, task, staff)
    told = _ABOVE if _is_nobodys(playbook, case, task, staff) else ()
    found = {step: at if step in told else staff.not_absent(playbook, case.holder, at) for step, at in steps.items()}
    ahead = {"remind": _remind(playbook, case, task, staff), "offer": _offer(playbook, case, task, staff)}
    return {step: at for step, at in ahead.items() if at is not None} | found


def _is_nobodys(playbook: Playbook, case: Case, task: Task, staff: Staff) -> bool:
    """Whether a new client has come to somebody who was absent already."""
    absent = staff.is_away(case.holder, task.set_at)
    return absent and task.touched_at is None and is_new(case, playbook.tasks[task.kind])


def limit_of(playbook: Playbook, case: Case, staff: Staff = COMPANY) -> datetime | None:
    """When the case has stood in its stage too long; None where nothing limits it or it was open before us."""
    stage = playbook.pipelines[case.pipeline].stages[case.stage]
    exempt = case.source is not None and case.source in stage.limit_exempt
    adopted = case.task is not None and case.task.adopted
    if case.closed or stage.limit is None or exempt or adopted:
        return None
    hours, since = staff.team_hours(playbook, case.owner), case.entered_at
    if case.parent is None:  # nobody has talked to him yet, and it may be night where he is
        since = next_reachable(hours, client_window(playbook, case), since)
    return later(hours, since, stage.limit)


def _open(playbook: Playbook, case: Case, task: Task, staff: Staff) -> dict[str, datetime]:
    kind, calendar = playbook.tasks[task.kind], _hours(playbook, case, task, staff)
    steps = _planned(playbook, case, task, staff)
    if task.adopted:
        # What was open before us alerts nobody on its first day.
        opening = calendar.open_of(calendar.next_working_day(calendar.local_day(task.set_at)))
        steps = {step: max(at, opening) for step, at in steps.items()}
    limit = limit_of(playbook, case, staff)
    if task.touched_at is not None and kind.calling:
        # Somebody is on the phone: silence until the stage's own limit, and nobody can say that the client waits.
        steps.pop("director", None)
        steps = {step: at if limit is None else max(at, limit) for step, at in steps.items()}
    if task.silent_until is not None and "supervisor" in steps:
        steps["supervisor"] = max(steps["supervisor"], task.silent_until)
    return steps


def _closed(playbook: Playbook, case: Case, task: Task, staff: Staff) -> dict[str, datetime]:
    """It counts as overdue until its result is told; the board says so after a while."""
    steps = _planned(playbook, case, task, staff)
    if steps["overdue"] <= task.push_at:
        return {step: at for step, at in steps.items() if step in ("overdue", "board")}
    board = staff.hours(playbook, case.holder).add_working(task.push_at, UNTOLD_AFTER)
    return {"overdue": task.push_at, "board": board}


def _planned(playbook: Playbook, case: Case, task: Task, staff: Staff) -> dict[str, datetime]:
    ladder = playbook.ladder(playbook.tasks[task.kind])
    owed, calendar = owed_since(playbook, case, task, staff), _hours(playbook, case, task, staff)
    steps = {step: overdue_at(owed, length, calendar) for step, length in ladder.steps if step != "notice"}
    return {"overdue": overdue_at(owed, ladder.overdue, calendar), **steps}


def _hours(playbook: Playbook, case: Case, task: Task, staff: Staff) -> WorkingTime:
    """In whose working time the task waits: of anybody of the team, while nobody has touched it."""
    untouched = is_new(case, playbook.tasks[task.kind]) and task.touched_at is None
    return staff.team_hours(playbook, case.owner) if untouched else staff.hours(playbook, case.holder)


def _offer(playbook: Playbook, case: Case, task: Task, staff: Staff) -> datetime | None:
    """Of a new client whom nobody has touched, while anybody of the team works."""
    kind = playbook.tasks[task.kind]
    before = playbook.ladder(kind).offer
    if before is None or not _is_untouched(playbook, case, task):
        return None
    at = owed_since(playbook, case, task, staff) - before
    return at if task.set_at < at and staff.team_hours(playbook, case.owner).is_open(at) else None


def may_be_offered(playbook: Playbook, case: Case, task: Task) -> bool:
    """Whether a colleague may take the client just so: he is new, and nobody is at it."""
    begun = case.run is not None and not case.run.optional
    return not case.closed and not begun and _is_untouched(playbook, case, task)


def _is_untouched(playbook: Playbook, case: Case, task: Task) -> bool:
    waits = task.touched_at is None and task.closed_at is None and not task.promised and not task.adopted
    return waits and is_new(case, playbook.tasks[task.kind])


def _remind(playbook: Playbook, case: Case, task: Task, staff: Staff) -> datetime | None:
    """Only of what its manager knows: a card that is there already, or a promise of his own."""
    before = playbook.ladder(playbook.tasks[task.kind]).remind
    if before is None or task.touched_at is not None or task.closed_at is not None:
        return None
    at = owed_since(playbook, case, task, staff) - before
    known = task.promised or task.push_at < at
    hours = staff.hours(playbook, case.holder)
    return at if known and (task.planned_at or task.set_at) < at and hours.is_open(at) else None
