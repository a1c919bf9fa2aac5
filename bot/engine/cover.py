"""Standing in: a colleague has the open task while the case's owner is not at work. The client stays the owner's."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.engine.calendars import next_reachable
from bot.engine.case import Case, Task
from bot.engine.drafts import left_behind
from bot.engine.effects import AddTask, CloseCard, Comment, Decision, Effect, MoveTask, Redraw
from bot.engine.events import CameBack, Covered, HoursChanged
from bot.engine.misses import next_free
from bot.engine.news import with_next_contact
from bot.engine.rules import Rules
from bot.engine.tasks import first_push
from bot.errors import ActionNotAllowed
from bot.locales.ru import engine as ru


def covering(case: Case) -> int | None:
    """The CRM user who stands in for the case's owner just now."""
    return case.task.holder if case.task is not None and case.task.cover else None


def covered(rules: Rules, case: Case, event: Covered) -> Decision:
    """A colleague has the open task from now on. A promise keeps its minute, a meeting its time.

    A task that waits for a role is not the owner's, so nobody covers for him: it is the new holder's for good.

    Raises:
        ActionNotAllowed: somebody else has given it out meanwhile.
    """
    task = case.task
    if event.seen is not None and case.holder != event.seen:
        raise ActionNotAllowed(ru.WHY_NOTHING)
    if task is None or task.id != event.task or event.to == case.holder:
        return _nothing(case)
    for_role = rules.kind(task.kind).role is not None
    if not for_role and (event.to == case.owner or not (task.holder is None or task.cover)):
        return _nothing(case)
    task = replace(task, holder=event.to, cover=not for_role, push_at=max(task.push_at, rules.now), by_rule=None)
    return _given(rules, case, task, event.why)


def came_back(rules: Rules, case: Case, event: CameBack) -> Decision:
    """The owner is at work again: the task is his."""
    task = case.task
    if task is None or task.id != event.task or not task.cover:
        return _nothing(case)
    task = replace(task, holder=None, cover=False, push_at=max(task.push_at, rules.now), by_rule=None)
    return _given(rules, case, task, event.why)


def hours_changed(rules: Rules, case: Case, event: HoursChanged) -> Decision:
    """The working time of the task's holder is another one: what is still to come is placed in it."""
    before = case.task
    if before is None or before.closed_at is not None:
        return _nothing(case)
    case = fitted(rules, case)
    task = case.task
    if task is None or task == before:
        return _nothing(case)
    moved: tuple[Effect, ...] = (MoveTask(task.id, due_at=task.due_at),) if task.due_at != before.due_at else ()
    return with_next_contact(rules, case, (*moved, Redraw()), ru.WHY_HOURS)


def stands_in(rules: Rules, before: Case, decision: Decision, user: int | None) -> Decision:
    """The decision with this CRM user, or the owner for none, as the one who does the task that it has set."""
    task = decision.case.task
    if task is None:
        raise ValueError("there is no task to stand in for")
    case = given_to(rules, decision.case, task, user)
    effects = tuple(
        replace(effect, task=case.task) if isinstance(effect, AddTask) and case.task is not None else effect
        for effect in decision.effects
    )
    return replace(decision, case=case, effects=effects)


def given_to(rules: Rules, case: Case, task: Task, user: int | None) -> Case:
    """The case with the task that was just set for it in the hands of `user`, or of its owner for none."""
    at_once = rules.kind(task.kind).push == "at_once" and not task.promised and task.due_at != task.push_at
    push = rules.now if at_once else task.push_at
    given = replace(task, holder=user, cover=user is not None, push_at=push, by_rule=task.by_rule if not user else None)
    return fitted(rules, replace(case, task=given))


def fitted(rules: Rules, case: Case) -> Case:
    """The case with its open task in its holder's working time.

    Only what the cadence has planned gets another due time, on a day that its caps leave free; what was agreed with
    people keeps it. A card that has not
    come yet comes when its holder works.
    """
    task = case.task
    if task is None:
        return case
    kind, hours, window = rules.kind(task.kind), rules.staff.hours(rules.playbook, case.holder), rules.window(case)
    absent = rules.staff.is_away(case.holder, task.due_at)
    due = task.due_at
    if task.attempt is not None and due > rules.now and not (task.promised or absent or hours.is_open(due)):
        due = next_free(rules, case, hours, due)
    push = task.push_at
    if push == task.due_at:
        push = due
    keeps = task.promised or task.closed_at is not None or kind.push_before is not None
    if push >= rules.now and not keeps and not rules.staff.is_away(case.holder, push):
        push = next_reachable(hours, window, push)
    moved = replace(task, due_at=due, push_at=push)
    if kind.touches and push > rules.now:
        moved = replace(moved, push_at=first_push(rules, case, moved))
    return replace(case, task=moved if moved == task else replace(moved, by_rule=None))


def _given(rules: Rules, case: Case, task: Task, why: str) -> Decision:
    was: datetime | None = case.task.due_at if case.task is not None else None
    former, draft = case.holder, left_behind(case)
    task = replace(task, touched_at=None)  # it was the former holder who was on the phone
    case = fitted(rules, replace(case, task=task, run=None, before=None, draft=draft))
    assert case.task is not None  # it was given
    due = case.task.due_at if case.task.due_at != was else None
    effects: list[Effect] = [MoveTask(task.id, due_at=due, responsible=case.holder)]
    if former is not None:
        effects.append(CloseCard(task.id, ru.CARD_HANDED_OVER))
    effects.append(Comment(why))
    return with_next_contact(rules, case, tuple(effects), why)


def _nothing(case: Case) -> Decision:
    return Decision(case, (), ru.WHY_NOTHING)
