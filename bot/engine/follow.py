"""The task that follows: after a recorded outcome, or on entering a stage."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.engine.cadence import Attempt
from bot.engine.calendars import later, next_reachable
from bot.engine.case import Case, Run, Task
from bot.engine.meetings import meeting_after
from bot.engine.misses import attempts_in_all, plan_attempt
from bot.engine.rules import Rules
from bot.engine.slots import untried_part_time
from bot.engine.tasks import set_task
from bot.playbooks.model import Next, Outcome

_PROMISED = "promised"


def next_task(rules: Rules, case: Case, answered: Task, run: Run, outcome: Outcome, plan: Attempt | None) -> Case:
    """The live case with the task that comes after `outcome`.

    What the outcome names comes first, then the next attempt of the cadence, then the stage's own task; a stage
    without one asks for the same kind of task once more.
    """
    if outcome.next is not None:
        return _named(rules, case, answered, run, outcome.next)
    if plan is not None:
        return set_attempt(rules, case, plan)
    kind = rules.stage(case).task
    return set_task(rules, case, kind if kind is not None else answered.kind)


def enter_stage(rules: Rules, case: Case, since: datetime | None = None) -> Case:
    """The live case with its stage's own task; without a task where the stage has none.

    Where the stage goes on with the cadence that is running, its next attempt is placed by it.
    """
    kind = rules.stage(case).task
    if kind is None:
        return case
    if case.cadence is not None and rules.playbook.cadences[case.cadence].task == kind:
        plan = plan_attempt(rules, case)
        if isinstance(plan, Attempt):
            return set_attempt(rules, case, plan)
    return set_task(rules, case, kind, since=since)


def set_attempt(rules: Rules, case: Case, plan: Attempt) -> Case:
    """The case with the next attempt of its running cadence as its task."""
    if case.cadence is None:
        raise ValueError("an attempt is planned by a running cadence")
    kind = rules.playbook.cadences[case.cadence].task
    case = set_task(
        rules,
        case,
        kind,
        due_at=plan.at,
        attempt=plan.number,
        attempts=plan.of,
        note=plan.why,
        cadence=case.cadence,
    )
    assert case.task is not None  # just set
    return replace(case, task=replace(case.task, placed=True))


def after_length(rules: Rules, case: Case, following: Next) -> datetime | None:
    """When a task is due that comes so long after now; None when the outcome does not say so."""
    if following.after is None:
        return None
    calendar = rules.calendar(case)
    return next_reachable(calendar, rules.window(case), later(calendar, rules.now, following.after))


def _named(rules: Rules, case: Case, answered: Task, run: Run, following: Next) -> Case:
    due_at, promised = _when(rules, case, run, following)
    attempt, attempts = _attempt(rules, case, answered, following)
    answer = run.answers.get(following.at) if following.at is not None else None
    case = set_task(
        rules,
        case,
        following.task,
        due_at=due_at,
        promised=promised,
        attempt=attempt,
        attempts=attempts,
        second=answer.get("with") if answer is not None else None,
    )
    return meeting_after(rules, case, answered)


def _when(rules: Rules, case: Case, run: Run, following: Next) -> tuple[datetime | None, bool]:
    """The due time that the outcome gives, and whether the client was promised it."""
    if following.part is not None:
        misses = [miss.at for miss in case.misses]
        return untried_part_time(rules.now, rules.calendar(case), rules.window(case), misses), False
    answer = run.answers.get(following.at) if following.at is not None else None
    if answer is not None:
        return datetime.fromisoformat(answer["at"]), answer["how"] == _PROMISED
    return after_length(rules, case, following), False


def _attempt(rules: Rules, case: Case, answered: Task, following: Next) -> tuple[int | None, int | None]:
    if following.same_attempt:
        return answered.attempt, answered.attempts
    if case.cadence is not None and following.task == rules.playbook.cadences[case.cadence].task:
        return len(case.misses) + 1, attempts_in_all(rules, case)
    return None, None
