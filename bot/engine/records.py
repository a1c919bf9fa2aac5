"""What is kept of the latest recorded result, so that a supervisor can have it told anew, and what it takes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.engine.case import Before, Case, Recorded
from bot.engine.effects import Told
from bot.engine.fields import file_facts
from bot.engine.rules import Rules


def recorded(rules: Rules, before: Before, after: Case, told: Told) -> Recorded:
    """The record of a questionnaire that has led from `before` to `after`. Files are none of it: they only grow."""
    files = {*file_facts(rules.playbook, before.facts), *file_facts(rules.playbook, after.facts)}
    changed = [
        key
        for key in dict.fromkeys((*before.facts, *after.facts))
        if key not in files and before.facts.get(key) != after.facts.get(key)
    ]
    return Recorded(
        at=told.at,
        words=told.words,
        before=replace(before, facts={key: before.facts.get(key) for key in changed}),
        wrote={key: after.facts.get(key) for key in changed},
        stage=after.stage,
        entered_at=after.entered_at,
    )


def stands(case: Case, record: Recorded) -> bool:
    """Whether the case is still where the record has left it."""
    return (case.stage, case.entered_at) == (record.stage, record.entered_at)


def taken_back(case: Case, record: Recorded) -> Mapping[str, Any]:
    """The fields as they were before the record; what people have changed since is left alone."""
    return {key: record.before.facts.get(key) for key, value in record.wrote.items() if case.facts.get(key) == value}


def in_words(record: Recorded) -> str:
    """«Дозвонился · До 250 тыс.»; where nothing was answered, what the task was."""
    return " · ".join(record.words) or record.before.card
