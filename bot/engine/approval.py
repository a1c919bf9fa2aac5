"""A stage that is kept for some roles was set by hand: accepted, and somebody of them says whether it stays."""

from __future__ import annotations

from dataclasses import replace

from bot.engine.case import Approval, Case
from bot.engine.effects import CloseCard, Comment, CompleteTask, Decision, Effect, Tell, Update
from bot.engine.events import Approved, SentBack
from bot.engine.fields import next_contact
from bot.engine.follow import enter_stage
from bot.engine.meetings import meeting_effects
from bot.engine.rules import Rules
from bot.engine.tasks import add_task
from bot.engine.titles import shown_name
from bot.errors import ActionNotAllowed
from bot.locales.ru import engine as ru


def waiting_approval(case: Case) -> Approval | None:
    """What somebody is asked about; None when nothing is, or the case has gone on since."""
    approval = case.approval
    return approval if approval is not None and approval.stage == case.stage else None


def approved(rules: Rules, case: Case, event: Approved) -> Decision:
    """The stage stays."""
    _waiting(case)
    words = ru.APPROVED.format(stage=rules.stage(case).title)
    effects = (Comment(words, by=event.by), *_owner_told(rules, case, event.by, ru.TOLD_APPROVED))
    return Decision(replace(case, approval=None), effects, words)


def sent_back(rules: Rules, case: Case, event: SentBack) -> Decision:
    """The case stands where it stood before, with the task that belongs there."""
    approval = _waiting(case)
    before, across = case, approval.back_pipeline != case.pipeline
    ended: tuple[Effect, ...] = ()
    if case.task is not None:
        ended = (CompleteTask(case.task.id), CloseCard(case.task.id, ru.CARD_SENT_BACK))
    case = replace(
        case,
        pipeline=approval.back_pipeline,
        stage=approval.back,
        entered_at=rules.now,
        task=None,
        run=None,
        before=None,
        draft=None,
        paused=None,
        approval=None,
    )
    stage = rules.stage(case)
    case = replace(case, closed=rules.is_over(case))
    if not case.closed:
        case = enter_stage(rules, case)
    fields = next_contact(rules.playbook, case)
    case = replace(case, facts={**case.facts, **fields})
    words = ru.SENT_BACK.format(stage=stage.title)
    effects: tuple[Effect, ...] = (
        Update(case.stage, fields, across=across),
        *ended,
        Comment(words, by=event.by),
        *add_task(rules, case),
        *meeting_effects(rules, before, case),
        *_owner_told(rules, case, event.by, ru.TOLD_SENT_BACK),
    )
    return Decision(case, effects, words)


def _owner_told(rules: Rules, case: Case, by: int, words: str) -> tuple[Effect, ...]:
    if case.owner is None or case.owner == by:
        return ()
    name = shown_name(rules.playbook, case)
    return (Tell(case.owner, words.format(name=name, stage=rules.stage(case).title)),)


def _waiting(case: Case) -> Approval:
    approval = waiting_approval(case)
    if approval is None:
        raise ActionNotAllowed(ru.NOTHING_TO_APPROVE)
    return approval
