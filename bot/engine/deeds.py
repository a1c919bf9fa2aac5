"""What a decision adds to the figures: kept with its journal line, so that digests need not understand a case again.

A deed is plain JSON under these keys, all but `holder` only where there is something to say:

    holder     CRM user whose turn it was; of a new case, whose it is now
    at         of answers that are told anew: when they were told first, which is when they count
    arrived    a new lead: `within`, seconds of working time until its first touch is due (none: it has terms of its
               own), and whether it came while nobody worked or the client could not be called (`night`)
    touched    its first touch: `wait`, seconds of working time since it came
    ended      the task that ended: `kind`, `due`, `how` (`done` or `over`), `late`, and of a promise `promise`
    dial       a call that was told of: its `number`, `reached`, the `part` of the client's day
    counts     milestones: from outcomes, the questionnaire, and the stage that the case has come to
    far        a next contact far ahead: `at`, `reason`
    breach     what was done past the rules: `closed` (a task closed in the CRM without answers) or `moved` (a stage,
               from and to: `stages`)
    answered   the task whose answers these are; `undone` takes everything back that was told of that task last,
               `corrected` what the answers said, but not that the task was done
    lost       the case has ended in failure; `returned` takes its marks back
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.engine.calendars import client_window
from bot.engine.case import Case, Task
from bot.engine.dayparts import day_part
from bot.engine.effects import Decision, OpenDeal, Told
from bot.engine.events import Arrived, Corrected, Entered, Event, Returned, StageMoved, TaskClosed, Undone
from bot.engine.staff import Staff
from bot.engine.tasks import is_call
from bot.engine.timers import wanted
from bot.playbooks.model import Playbook

KEPT, LATE, BROKEN = "kept", "late", "broken"


def deed_of(
    playbook: Playbook,
    before: Case,
    event: Event,
    decision: Decision,
    now: datetime,
    staff: Staff,
    ended: Mapping[str, str],
) -> dict[str, Any] | None:
    """The deed, or None where nothing counts.

    Args:
        playbook: the version on which the case ran.
        before: the case before the decision.
        event: what happened.
        decision: what came of it.
        now: the moment.
        staff: who works when.
        ended: tasks that are over by it, and how: `done` or `over`.
    """
    after = decision.case
    if isinstance(event, Undone | Corrected | Returned):
        return _taken_back(before, event, after)
    deed: dict[str, Any] = {}
    if isinstance(event, Arrived) and not event.adopted and event.task is None and after.task is not None:
        deed |= _arrived(playbook, after, staff)
    if before.first_touch_at is None and after.first_touch_at is not None and after.entity == "lead":
        hours = staff.team_hours(playbook, after.owner)
        wait = hours.working_between(after.arrived_at, after.first_touch_at)
        deed["touched"] = {"wait": int(wait.total_seconds())}
    again = before.task.corrects if before.task is not None else None
    if before.task is not None and before.task.id in ended and again is None:
        deed["ended"] = _ended(playbook, before, before.task, ended[before.task.id], now, staff)
    deed |= _told(playbook, before, decision, staff)
    counts = dict.fromkeys(_counts(playbook, before, event, decision))
    if counts:
        deed["counts"] = list(counts)
    if isinstance(event, Entered) and event.far is not None and after.task is not None:
        deed["far"] = {"at": after.task.due_at.isoformat(), "reason": event.far[1]}
    breach = _breach(before, event, decision)
    if breach is not None:
        deed["breach"] = breach
        if breach == "moved":
            deed["stages"] = [before.stage, after.stage]
    if _is_lost(playbook, before, after):
        deed["lost"] = True
    if not deed:
        return None
    if again is not None and "answered" in deed:  # whoever tells it anew: the work was his who had told it first
        return {"holder": again.by, "at": again.at.isoformat(), **deed}
    fresh = before.task is None
    return {"holder": after.holder if fresh else before.holder, **deed}


def _taken_back(before: Case, event: Undone | Corrected | Returned, after: Case) -> dict[str, Any] | None:
    match event:
        case Corrected(task=task):
            return {"holder": before.holder, "corrected": task}
        case Returned():
            return {"holder": after.holder, "returned": True}
        case _ if before.before is not None:
            return {"holder": before.holder, "undone": before.before.task.id}
        case _:
            return None


def _is_lost(playbook: Playbook, before: Case, after: Case) -> bool:
    stage = playbook.pipelines[after.pipeline].stages[after.stage]
    return after.closed and not before.closed and stage.kind == "failure"


def _arrived(playbook: Playbook, case: Case, staff: Staff) -> dict[str, Any]:
    kind = playbook.tasks[case.task.kind] if case.task is not None else None
    if case.entity != "lead" or kind is None or not kind.calling or kind.push != "at_once":
        return {}
    own = case.source is not None and case.source in kind.by_source
    within = kind.due.within if kind.due is not None and not own else None
    nobody_works = not staff.team_hours(playbook, case.owner).is_open(case.arrived_at)
    night = nobody_works or not client_window(playbook, case).contains(case.arrived_at)
    return {"arrived": {"within": int(within.total_seconds()) if within is not None else None, "night": night}}


def _ended(playbook: Playbook, case: Case, task: Task, how: str, now: datetime, staff: Staff) -> dict[str, Any]:
    overdue = _overdue(playbook, case, staff)
    planned = _overdue(playbook, replace(case, task=replace(task, touched_at=None, closed_at=None)), staff)
    met = task.touched_at or task.done_at(now)
    # A call puts off being overdue; one that was begun too late was late all the same.
    too_late = planned is not None and task.touched_at is not None and planned < task.touched_at
    late = too_late or (overdue is not None and overdue <= now)
    found: dict[str, Any] = {"kind": task.kind, "due": task.due_at.isoformat(), "how": how, "late": late}
    if task.promised and playbook.tasks[task.kind].promise:
        on_time = planned is None or met <= planned
        if how == "done":
            found["promise"] = KEPT if on_time else LATE
        elif late:
            found["promise"] = BROKEN
    return found


def _overdue(playbook: Playbook, case: Case, staff: Staff) -> datetime | None:
    return next((timer.at for timer in wanted(playbook, case, staff) if timer.kind == "overdue"), None)


def _told(playbook: Playbook, before: Case, decision: Decision, staff: Staff) -> dict[str, Any]:
    told, task = decision.told, before.task
    if told is None or told.more or task is None or task.id != told.task:
        return {}
    found: dict[str, Any] = {"answered": task.id}
    if told.far is not None and decision.case.task is not None:
        found["far"] = {"at": decision.case.task.due_at.isoformat(), "reason": told.far}
    goes_on = before.run is not None and before.run.goes_on
    if not goes_on and is_call(playbook, task, [playbook.outcomes[key] for key in decision.outcomes]):
        found["dial"] = _dial(playbook, before, task, told, decision)
    return found


def _dial(playbook: Playbook, before: Case, task: Task, told: Told, decision: Decision) -> dict[str, Any]:
    """A promised call is no attempt, whoever picks up: it has no number. Of the others it says how many in a row."""
    outcomes = [playbook.outcomes[key] for key in decision.outcomes]
    agreed = playbook.tasks[task.kind].promise and task.promised
    number = None if agreed else told.attempt or len(before.misses) + 1
    part = day_part(told.at, client_window(playbook, before).zone)
    return {"number": number, "reached": any(one.conversation for one in outcomes), "part": str(part)}


def _counts(playbook: Playbook, before: Case, event: Event, decision: Decision) -> Iterator[str]:
    after = decision.case
    for key in decision.outcomes:
        yield from playbook.outcomes[key].counts
    if decision.told is not None and decision.told.questionnaire in playbook.questionnaires:
        yield from playbook.questionnaires[decision.told.questionnaire].counts
    for effect in decision.effects:
        if isinstance(effect, OpenDeal):
            yield from playbook.pipelines[effect.deal.pipeline].stages[effect.deal.stage].counts
    came = (before.pipeline, before.stage) != (after.pipeline, after.stage)
    new = isinstance(event, Entered) or (isinstance(event, Arrived) and not event.adopted)
    if came or new:
        yield from playbook.pipelines[after.pipeline].stages[after.stage].counts


def _breach(before: Case, event: Event, decision: Decision) -> str | None:
    after = decision.case
    if isinstance(event, StageMoved) and (before.pipeline, before.stage) != (after.pipeline, after.stage):
        return "moved"
    was, task = before.task, after.task
    if isinstance(event, TaskClosed) and was is not None and was.closed_at is None and task != was:
        return "closed"
    return None
