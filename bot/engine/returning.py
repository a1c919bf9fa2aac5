"""[Вернуть в работу]: a supervisor opens a closed case again, in a stage of his choice."""

from __future__ import annotations

from dataclasses import replace

from bot.engine.case import Case
from bot.engine.correcting import allowed_at
from bot.engine.effects import Comment, Decision, Effect, SetOwner, Update
from bot.engine.events import Returned
from bot.engine.fields import next_contact
from bot.engine.follow import enter_stage
from bot.engine.meetings import meeting_effects
from bot.engine.misses import end_cadence
from bot.engine.records import stands, taken_back
from bot.engine.rules import Rules
from bot.engine.tasks import add_task
from bot.errors import ActionNotAllowed
from bot.locales.ru import engine as ru
from bot.playbooks.model import Playbook


def returned(rules: Rules, case: Case, event: Returned) -> Decision:
    """The case in work again with the stage's task; what its end has written to the fields is taken back.

    Raises:
        ActionNotAllowed: something stands in the way; the sentence says what.
    """
    _check(rules, case, event)
    before, record, end = case, case.recorded, rules.stage(case).title
    ended = record if record is not None and stands(case, record) else None
    case = replace(
        end_cadence(rules, case),
        stage=event.stage,
        entered_at=rules.now,
        owner=event.to,
        closed=False,
        task=None,
        run=None,
        before=None,
        recorded=None,
        draft=None,
        paused=None,
        approval=None,
    )
    facts = taken_back(before, ended) if ended is not None else {}
    case = enter_stage(rules, replace(case, facts={**case.facts, **facts}))
    fields = {**facts} | next_contact(rules.playbook, case)
    case = replace(case, facts={**case.facts, **fields})
    words = ru.RETURNED.format(end=end, stage=rules.stage(case).title)
    effects: list[Effect] = [SetOwner(event.to)] if event.to != before.owner else []
    effects += (
        Update(event.stage, fields),
        Comment(words, by=event.by),
        *add_task(rules, case),
        *meeting_effects(rules, before, case),
    )
    return Decision(case, tuple(effects), words)


def stages_to_return(playbook: Playbook, case: Case, role: str) -> tuple[str, ...]:
    """Where somebody of this role may put the closed case back, in the order of the pipeline."""
    return tuple(
        key
        for key, stage in playbook.pipelines[case.pipeline].stages.items()
        if stage.kind == "open" and stage.task is not None and (stage.roles is None or role in stage.roles)
    )


def _check(rules: Rules, case: Case, event: Returned) -> None:
    stage = rules.stage(case)
    if not case.closed:
        raise ActionNotAllowed(ru.IN_WORK_ALREADY.format(stage=stage.title))
    if stage.kind == "open":
        raise ActionNotAllowed(ru.GONE_FROM_CRM)
    if stage.kind == "success":
        raise ActionNotAllowed(ru.LEAD_IS_DEAL if case.entity == "lead" else ru.SUCCESS_STAYS.format(stage=stage.title))
    if event.barred or case.barred:
        raise ActionNotAllowed(ru.BARRED_STAYS)
    allowed_at(rules, case, case.stage)
    if event.stage not in stages_to_return(rules.playbook, case, rules.role):
        raise ActionNotAllowed(ru.NOT_TO_RETURN)
