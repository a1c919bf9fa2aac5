"""A client who forbade calls and messages: what his number is planned for elsewhere stops as well."""

from __future__ import annotations

from dataclasses import replace

from bot.engine.case import Case
from bot.engine.effects import CloseCard, Comment, CompleteTask, Decision, Effect, Update
from bot.engine.events import ClientBarred
from bot.engine.fields import next_contact
from bot.engine.meetings import meeting_effects
from bot.engine.misses import end_cadence
from bot.engine.rules import Rules
from bot.locales.ru import engine as ru
from bot.playbooks.model import Outcome


def client_barred(rules: Rules, case: Case, event: ClientBarred) -> Decision:
    """The case ends where its pipeline has an outcome for this; otherwise it stays where it is, without a task."""
    if case.closed or case.barred:
        return Decision(case, (), ru.WHY_NOTHING)
    effects: list[Effect] = []
    if case.task is not None:
        effects += (CompleteTask(case.task.id), CloseCard(case.task.id, ru.BARRED_ALL))
    end = _end(rules, case)
    after = replace(
        end_cadence(rules, case), task=None, run=None, before=None, no_calls=True, barred=True, closed=end is not None
    )
    fields = dict(next_contact(rules.playbook, after))
    if end is not None and end.stage is not None:
        after = replace(after, stage=end.stage, entered_at=rules.now)
        fields |= {key: text for key, text in end.write.items() if case.entity in rules.playbook.fields[key].on}
    after = replace(after, facts={**after.facts, **fields})
    stage = end.stage if end is not None else None
    if stage is not None or fields:
        effects.insert(0, Update(stage, fields))
    effects += meeting_effects(rules, case, after)
    return Decision(after, (*effects, Comment(ru.BARRED_ELSEWHERE)), ru.BARRED_ELSEWHERE)


def _end(rules: Rules, case: Case) -> Outcome | None:
    stages = rules.playbook.pipelines[case.pipeline].stages
    ends = (outcome for outcome in rules.playbook.outcomes.values() if outcome.bar == "all" and outcome.stage in stages)
    return next(ends, None)
