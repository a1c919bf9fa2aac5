"""What every decision without a questionnaire has in common."""

from __future__ import annotations

from dataclasses import replace

from bot.engine.case import Case
from bot.engine.effects import Decision, Effect, Update
from bot.engine.fields import next_contact
from bot.engine.rules import Rules


def with_next_contact(rules: Rules, case: Case, effects: tuple[Effect, ...], why: str) -> Decision:
    """The decision with the field of the next contact kept true, first of all effects."""
    fields = next_contact(rules.playbook, case)
    if not fields:
        return Decision(case, effects, why)
    case = replace(case, facts={**case.facts, **fields})
    return Decision(case, (Update(None, fields), *effects), why)
