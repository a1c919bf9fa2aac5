"""[Исправить]: a recorded questionnaire is taken back within its minute."""

from __future__ import annotations

from dataclasses import replace

from bot.engine.case import Before, Case
from bot.engine.effects import CloseCard, Comment, CompleteTask, Decision, Effect, Redraw, RenewTask, Update
from bot.engine.events import UndoExpired, Undone
from bot.engine.fields import difference, file_facts
from bot.engine.meetings import meeting_back
from bot.engine.rules import Rules
from bot.engine.zones import dialled_before
from bot.errors import ActionNotAllowed
from bot.locales.ru import engine as ru


def undone(rules: Rules, case: Case, event: Undone) -> Decision:
    """Everything as it was before the record: stage, fields, misses, and the answered task open again."""
    before = case.before
    if before is None or rules.now > before.until:
        raise ActionNotAllowed(ru.UNDO_LATE)
    if before.by != event.by:
        raise ActionNotAllowed(ru.UNDO_FOREIGN)
    stage_changed = before.stage != case.stage
    facts = {**before.facts, **file_facts(rules.playbook, case.facts)}
    fields = difference(case.facts, facts)
    effects: list[Effect] = []
    if stage_changed or fields:
        effects.append(Update(before.stage if stage_changed else None, fields))
    effects.append(Comment(_comment(rules, case, before, stage_changed=stage_changed), by=event.by))
    kept = case.task is not None and case.task.id == before.task.id
    if case.task is not None and not kept:
        effects.append(CompleteTask(case.task.id))
    if not kept and before.task.closed_at is None:
        effects.append(RenewTask(before.task.id))  # one that was closed in the CRM stays closed, and is asked for again
    elif kept and before.task.closed_at is not None:
        effects.append(CompleteTask(before.task.id))
    if case.task is not None and not kept:
        effects.append(CloseCard(case.task.id, ru.CARD_UNDONE))
    effects.append(Redraw())
    restored = replace(
        case,
        stage=before.stage,
        entered_at=before.entered_at or case.entered_at,
        task=before.task,
        run=None,
        misses=before.misses,
        cadence=before.cadence,
        tried=before.tried,
        facts=facts,
        no_calls=before.no_calls,
        first_touch_at=before.first_touch_at,
        paused=before.paused,
        said=before.said,
        before=None,
        recorded=None,
        client=dialled_before(case.client, before.phones),
    )
    effects += meeting_back(rules, case, restored)
    return Decision(restored, tuple(effects), ru.WHY_UNDONE)


def undo_expired(rules: Rules, case: Case, event: UndoExpired) -> Decision:
    """The minute is over."""
    if case.before is None or rules.now < case.before.until:
        return Decision(case, (), ru.WHY_NOTHING)
    return Decision(replace(case, before=None), (), ru.WHY_UNDO_EXPIRED)


def _comment(rules: Rules, case: Case, before: Before, *, stage_changed: bool) -> str:
    if stage_changed:
        return ru.COMMENT_UNDONE_STAGE.format(card=before.card, stage=rules.stage(case, before.stage).title)
    return ru.COMMENT_UNDONE.format(card=before.card)
