"""[Исправить результат]: a supervisor has the latest recorded result told anew, however long ago it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.engine.case import Case, Correction, Recorded, Task
from bot.engine.effects import CloseCard, Comment, CompleteTask, Decision, Effect, MoveTask, Redraw, RenewTask, Update
from bot.engine.events import Corrected
from bot.engine.fields import next_contact
from bot.engine.meetings import meeting_back
from bot.engine.records import in_words, stands, taken_back
from bot.engine.rules import Rules
from bot.engine.tasks import add_task
from bot.engine.titles import stamp
from bot.engine.touches import touch_now
from bot.engine.worktime import whole_minute
from bot.engine.zones import dialled_before
from bot.errors import ActionNotAllowed
from bot.locales.ru import engine as ru

WITHIN = timedelta(minutes=30)
"""Working time in which a wrong result is to be told anew."""


def corrected(rules: Rules, case: Case, event: Corrected) -> Decision:
    """The case as it was before the record, with a new task that asks for its questionnaire once more.

    The answered task stays completed, and so does what it has set. Fields that people have changed since stay.

    Raises:
        ActionNotAllowed: something stands in the way; the sentence says what.
    """
    record = _correctable(rules, case, event)
    before, words = record.before, in_words(record)
    moved, open_still = before.stage != case.stage, case.task is not None and case.task.id == before.task.id
    restored = replace(
        case,
        stage=before.stage,
        entered_at=rules.now if moved else case.entered_at,
        closed=False,
        task=None,
        run=None,
        before=None,
        recorded=None,
        draft=None,
        approval=None,
        misses=before.misses,
        cadence=before.cadence,
        tried=before.tried,
        paused=before.paused,
        said=before.said,
        facts={**case.facts, **taken_back(case, record)},
        client=dialled_before(case.client, before.phones),
    )
    former = before.task.corrects  # told anew already: the work is still his who had told it first
    correction = Correction(former.by if former is not None else before.by, record.at, words, event.by)
    restored = _asking(rules, restored, record, event, correction, open_still=open_still)
    if restored.task is not None and case.task is not None:  # a call of the client since then waits for an answer
        heard = replace(restored.task, heard_at=case.task.heard_at, heard=case.task.heard)
        restored = replace(restored, task=heard)
    fields = {**taken_back(case, record)} | next_contact(rules.playbook, restored)
    restored = replace(restored, facts={**restored.facts, **fields})
    stage = rules.stage(restored).title
    said = ru.COMMENT_CORRECTED.format(card=before.card, words=words, at=stamp(record.at, rules.zone))
    effects: list[Effect] = []
    if moved or fields:
        effects.append(Update(restored.stage if moved else None, fields))
    effects.append(Comment(f"{said} {ru.COMMENT_STAGE.format(stage=stage)}" if moved else said, by=event.by))
    if case.task is not None and not open_still:
        effects += (CompleteTask(case.task.id), CloseCard(case.task.id, ru.CARD_CORRECTED))
    if not open_still:
        effects += add_task(rules, restored)
    elif case.task is not None:
        effects += _still_open(case, case.task, restored)
    effects += (*meeting_back(rules, case, restored), Redraw())
    why = ru.WHY_CORRECTED_BACK.format(words=words, stage=stage) if moved else ru.WHY_CORRECTED.format(words=words)
    return Decision(restored, tuple(effects), why)


def _still_open(case: Case, old: Task, restored: Case) -> list[Effect]:
    """What the portal and the phones must follow of a task that was answered and stayed open."""
    new, effects = restored.task, list[Effect]()
    if old.closed_at is not None:
        effects.append(RenewTask(old.id))
    passed_on = restored.holder if restored.holder != case.holder else None
    due = new.due_at if new is not None and new.due_at != old.due_at else None
    if passed_on is not None or due is not None:
        effects.append(MoveTask(old.id, due_at=due, responsible=passed_on))
    if passed_on is not None:
        effects.append(CloseCard(old.id, ru.CARD_CORRECTED))
    return effects


def _correctable(rules: Rules, case: Case, event: Corrected) -> Recorded:
    """The latest result.

    Raises:
        ActionNotAllowed: it cannot be corrected (any more).
    """
    record, task, run = case.recorded, case.task, case.run
    if task is not None and task.corrects is not None and task.id != event.task:
        raise ActionNotAllowed(ru.CORRECTED_ALREADY)
    if record is None or record.before.task.id != event.task:
        raise ActionNotAllowed(ru.NOTHING_TO_CORRECT if record is None else ru.ANSWERED_SINCE)
    if case.barred or case.no_calls != record.before.no_calls:
        raise ActionNotAllowed(ru.BARRED_STAYS)
    if not stands(case, record):
        raise ActionNotAllowed(ru.MOVED_SINCE.format(stage=rules.stage(case).title))
    if run is not None and not run.optional:
        raise ActionNotAllowed(ru.ANSWERS_NOW)
    stages = rules.playbook.pipelines[case.pipeline].stages
    if record.before.stage not in stages or record.before.task.kind not in rules.playbook.tasks:
        raise ActionNotAllowed(ru.PLAYBOOK_CHANGED)
    if task is not None and task.holder not in (None, event.by) and not task.cover and task.id != event.task:
        raise ActionNotAllowed(ru.ANOTHERS_TASK.format(task=rules.kind(task.kind).title))
    for key in (case.stage, record.before.stage):
        allowed_at(rules, case, key)
    role = rules.kind(record.before.task.kind).role
    if event.to == event.by and role not in (None, rules.role):
        raise ActionNotAllowed(ru.ROLE_ANSWERS)
    return record


def allowed_at(rules: Rules, case: Case, key: str) -> None:
    """A stage that is kept for some roles is theirs to enter and to leave.

    Raises:
        ActionNotAllowed: this person has none of them.
    """
    stage = rules.stage(case, key)
    if stage.roles is not None and rules.role not in stage.roles:
        raise ActionNotAllowed(ru.STAGE_OF_OTHERS.format(stage=stage.title))


def _asking(
    rules: Rules, case: Case, record: Recorded, event: Corrected, correction: Correction, *, open_still: bool
) -> Case:
    """The case with the task that asks anew: at once of him who has pressed, otherwise in the hours of who answers.

    A meeting keeps its time, and asks what it asked then.
    """
    old = record.before.task
    theirs = event.to == case.owner and rules.kind(old.kind).role is None
    hours = rules.staff.hours(rules.playbook, event.to)
    push = rules.now if event.to == event.by else hours.next_open(rules.now)
    due = whole_minute(hours.add_working(push, WITHIN))
    number = case.tasks_set if open_still else case.tasks_set + 1
    task = replace(
        _fresh(old),
        id=old.id if open_still else f"{case.id}-{number}",
        set_at=rules.now,
        planned_at=rules.now,
        due_at=due,
        push_at=push,
        holder=None if theirs else event.to,
        corrects=correction,
    )
    if rules.kind(old.kind).touches or rules.kind(old.kind).meeting:
        then = touch_now(rules.playbook, replace(case, task=old), record.at, rules.staff)
        touch = then.name if then is not None else None
        task = replace(task, due_at=old.due_at, ends_at=old.ends_at, touch=touch, touch_at=due if touch else None)
    return replace(case, task=task, tasks_set=number)


def _fresh(old: Task) -> Task:
    """The task as nobody has worked on it: what it is stays, what came of it goes."""
    return replace(
        old,
        promised=False,
        touched_at=None,
        note=None,
        placed=False,
        adopted=False,
        cover=False,
        said=None,
        said_at=None,
        heard_at=None,
        heard=None,
        closed_at=None,
        silent_until=None,
        asked_at=None,
        asked_by=None,
        by_rule=None,
    )
