"""The client himself calls or writes: what was planned for him waits, his call comes first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.engine.case import Case, Task
from bot.engine.drafts import draft_of
from bot.engine.effects import (
    CloseCard,
    Comment,
    CompleteTask,
    Decision,
    Effect,
    Receipt,
    Redraw,
    RenewTask,
)
from bot.engine.events import ClientCalled, LeftAsItWas
from bot.engine.news import with_next_contact
from bot.engine.rules import Rules
from bot.engine.tasks import add_task, first_push, set_task
from bot.engine.titles import stamp
from bot.engine.words import say_short
from bot.errors import ActionNotAllowed
from bot.locales.ru import engine as ru

_AT_IT = timedelta(minutes=15)
"""A questionnaire begun so lately is about this very call: its card stays under the manager's fingers."""


def client_called(rules: Rules, case: Case, event: ClientCalled) -> Decision:
    """The open task is completed with a note, the stage's task for such a call takes its place; the misses stay.

    News of before the task was set were its reason or are answered already. A task that is being answered, or was
    closed in the CRM, or waits for another role, stays, and so it does where the stage has none for this: its card
    says that the client has called.
    """
    task, kind = case.task, rules.stage(case).inbound
    known = task is None or event.at <= (task.heard_at or task.set_at)
    if task is None or case.barred or known:
        return Decision(case, (), ru.WHY_NOTHING)
    run = case.run if case.run is not None and not case.run.optional else None
    others = rules.kind(task.kind).role is not None
    if kind is None or task.kind == kind or others or run is not None or task.closed_at is not None:
        return _said_on_the_card(rules, case, task, event)
    draft = draft_of(case)
    words = ru.HEARD[event.how].format(at=stamp(event.at, rules.zone))
    case = set_task(rules, replace(case, run=None, before=None), kind)
    assert case.task is not None  # just set
    same = draft is not None and rules.kind(kind).ask == draft.questionnaire
    case = replace(
        case,
        task=replace(case.task, heard_at=event.at, heard=event.how),
        draft=replace(draft, task=case.task.id) if draft is not None and same else None,
        paused=task,
    )
    note = ru.COMMENT_HEARD.format(what=words, task=rules.kind(task.kind).title, at=stamp(task.due_at, rules.zone))
    effects: tuple[Effect, ...] = (
        CompleteTask(task.id),
        CloseCard(task.id, ru.CARD_CLIENT_CALLED),
        Comment(note),
        *add_task(rules, case),
    )
    return with_next_contact(rules, case, effects, words)


def _said_on_the_card(rules: Rules, case: Case, task: Task, event: ClientCalled) -> Decision:
    """The task stays; a card that nobody looks at just now comes again, or sooner than it would."""
    task = replace(task, heard_at=event.at, heard=event.how)
    run = case.run if case.run is not None and not case.run.optional else None
    if task.push_at > rules.now or (run is not None and run.started_at <= rules.now - _AT_IT):
        task = replace(task, push_at=rules.calendar(case).next_open(rules.now), by_rule=None)
    return Decision(replace(case, task=task), (Redraw(),), ru.WHY_CALLED_MEANWHILE)


def left_as_it_was(rules: Rules, case: Case, event: LeftAsItWas) -> Decision:
    """What was promised before the client called stands; his call is done."""
    task, promise = case.task, promise_kept(rules, case)
    if task is None or promise is None:
        raise ActionNotAllowed(ru.NOTHING_PROMISED)
    promise = replace(promise, push_at=first_push(rules, case, promise))
    case = replace(case, task=promise, run=None, before=None, recorded=None, draft=None, paused=None)
    title, at = rules.kind(promise.kind).title, stamp(promise.due_at, rules.zone)
    said = ru.COMMENT_STANDS.format(task=title, at=at)
    short = ru.SHORT_KEPT.format(at=say_short(promise.due_at, rules.zone, rules.now))
    effects: tuple[Effect, ...] = (
        Comment(said, by=event.by),
        CompleteTask(task.id),
        RenewTask(promise.id),
        Receipt(task.id, (said,), short),
    )
    return with_next_contact(rules, case, effects, said)


def promise_kept(rules: Rules, case: Case) -> Task | None:
    """The task that the client's call has pushed aside, if it was agreed with him and is still to come."""
    task = case.paused
    if task is None or task.due_at <= rules.now:
        return None
    return task if task.promised or rules.kind(task.kind).meeting else None
