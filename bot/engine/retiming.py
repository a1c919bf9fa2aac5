"""An attempt that is planned already gets another time: the client's clock or the calls to his number have changed."""

from __future__ import annotations

from dataclasses import replace

from bot.engine.cadence import Attempt
from bot.engine.case import Case, Run
from bot.engine.effects import Comment, Decision, Effect, MoveTask, Redraw
from bot.engine.events import NumberCalled, PushSpread, PutOff
from bot.engine.misses import plan_attempt
from bot.engine.news import with_next_contact
from bot.engine.rules import Rules
from bot.engine.tasks import push_time
from bot.engine.titles import stamp
from bot.errors import ActionNotAllowed
from bot.locales.ru import engine as ru


def retimed(rules: Rules, case: Case, *, shown: bool = False) -> Case | None:
    """The case with its open attempt where the cadence places it now; None when nothing is to be moved.

    Only what the cadence has placed is moved. An attempt whose card has come stays while somebody answers it, and
    while the client may be called; `shown`: even then it is moved, unless somebody answers.
    """
    task = case.task
    if task is None or not task.placed or task.closed_at is not None or task.touched_at is not None:
        return None
    if task.push_at <= rules.now and (is_answered(case) or (not shown and rules.window(case).contains(rules.now))):
        return None
    plan = plan_attempt(rules, case, anew=True)
    if not isinstance(plan, Attempt):
        return None
    push_at = push_time(rules, case, rules.kind(task.kind), plan.at)
    if (plan.at, push_at) == (task.due_at, task.push_at):
        return None
    rule = replace(task.by_rule, zone=case.client.zone) if task.by_rule is not None else None
    return replace(case, task=replace(task, due_at=plan.at, push_at=push_at, note=plan.why, by_rule=rule))


def moved_task(before: Case, after: Case) -> tuple[MoveTask, ...]:
    """The one deadline write of a re-timed attempt; none where only its card comes at another time."""
    if before.task is None or after.task is None or before.task.due_at == after.task.due_at:
        return ()
    return (MoveTask(after.task.id, due_at=after.task.due_at),)


def moved_words(rules: Rules, case: Case) -> str:
    """Where the attempt stands now and why, for the journal."""
    assert case.task is not None  # it was moved
    return ru.WHY_ATTEMPT_MOVED.format(why=case.task.note or "", at=stamp(case.task.due_at, rules.zone))


def number_called(rules: Rules, case: Case, _event: NumberCalled) -> Decision:
    """The attempt moves to another day when the number has had its calls of the day on which it is due."""
    task, cap = case.task, rules.playbook.calls_per_number
    moved = None
    if task is not None and cap is not None:
        calendar = rules.calendar(case)
        calls = [*(miss.at for miss in case.misses), *rules.elsewhere]
        day = calendar.local_day(task.due_at)
        if sum(calendar.local_day(call) == day for call in calls) >= cap:
            moved = retimed(rules, case, shown=True)
    if moved is None:
        return Decision(case, (), ru.WHY_NOTHING)
    return with_next_contact(rules, moved, (*moved_task(case, moved), Redraw()), moved_words(rules, moved))


def put_off(rules: Rules, case: Case, event: PutOff) -> Decision:
    """The attempt waits for another day, where its cadence places it.

    Raises:
        ActionNotAllowed: somebody is at it or has moved it, or the cadence does not place it there.
    """
    task = case.task
    later = replace(rules, now=max(event.since, rules.now))
    same = task is not None and (task.id, task.due_at) == (event.task, event.due_at)
    moved = retimed(later, case, shown=True) if same else None
    if moved is None or moved.task is None or moved.task.due_at < event.since:
        raise ActionNotAllowed(ru.WHY_NOTHING)
    words = ru.PUT_OFF.format(at=stamp(moved.task.due_at, rules.zone))
    effects: tuple[Effect, ...] = (*moved_task(case, moved), Comment(words, by=event.by), Redraw())
    return with_next_contact(rules, moved, effects, f"{words}; {moved.task.note}")


def push_spread(rules: Rules, case: Case, event: PushSpread) -> Decision:
    """The card comes a little later; nobody sees any other change."""
    task = case.task
    inside = rules.calendar(case).is_open(event.push_at) and rules.window(case).contains(event.push_at)
    if task is None or task.id != event.task or not inside:
        return Decision(case, (), ru.WHY_NOTHING)
    why = ru.WHY_SPREAD.format(at=stamp(event.push_at, rules.zone))
    return Decision(replace(case, task=replace(task, push_at=event.push_at)), (), why)


def dropped(rules: Rules, case: Case, run: Run, why: str) -> Decision:
    """These answers are given up: the attempt moves where the client's corrected clock would have moved it without."""
    left = replace(case, run=None)
    moved = retimed(rules, left) if run.rezoned else None
    if moved is None:
        return Decision(left, (Redraw(),), why)
    return with_next_contact(rules, moved, (*moved_task(left, moved), Redraw()), f"{why}. {moved_words(rules, moved)}")


def is_answered(case: Case) -> bool:
    """Whether somebody has begun to answer."""
    return case.run is not None and not case.run.optional and len(case.run.answers) > len(case.run.given)
