"""What is known of a client and how his earlier cases ended, in words for cards and histories."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.engine.case import Case
from bot.engine.past import Record
from bot.locales.ru import engine as ru
from bot.playbooks.model import Playbook

_LONGEST_VALUE = 80


def known_of(playbook: Playbook, case: Case) -> tuple[str, ...]:
    """The fields that the playbook wants told, in its order and its words: «мешает: советуется с семьёй»."""
    return _told(playbook, case.facts)


def end_of(playbook: Playbook, case: Case) -> str:
    """How a case ended: its stage, the reason, what was known of the client."""
    stage = playbook.pipelines[case.pipeline].stages[case.stage].title
    return _end(playbook, stage, case.facts, "")


def end_of_record(playbook: Playbook, record: Record) -> str:
    """How a record ended that is in the CRM alone: what people wrote into it stands where no reason was given."""
    return _end(playbook, record.stage, record.facts, record.comment)


def _end(playbook: Playbook, stage: str, facts: Mapping[str, Any], comment: str) -> str:
    why = reason_of(playbook, facts) or _short(comment)
    reason = ru.STORY_REASON.format(reason=_lowered(why)) if why else ""
    return ru.SAID_SEPARATOR.join((ru.STORY_END.format(stage=stage, reason=reason), *_told(playbook, facts)))


def _told(playbook: Playbook, facts: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(
        field.told.replace("{value}", words)
        for key, field in playbook.fields.items()
        if field.told is not None and (words := _value_words(playbook, key, facts.get(key)))
    )


def reason_of(playbook: Playbook, facts: Mapping[str, Any]) -> str:
    """Why the case ended, in a few words; empty where no reason is known."""
    keys = (key for key, field in playbook.fields.items() if field.system == "reason")
    text = next((str(facts[key]) for key in keys if facts.get(key)), "")
    return _short(text)


def _value_words(playbook: Playbook, key: str, value: Any) -> str:
    if value is None or value in ("", []):
        return ""
    if isinstance(value, (list, tuple)):
        return ", ".join(words for one in value if (words := _value_words(playbook, key, one)))
    label = next(_labels(playbook, key, value), None)
    if label is not None:
        return _lowered(label)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{value:,.10g}".replace(",", " ")
    return _short(str(value))


def _labels(playbook: Playbook, key: str, value: Any) -> Iterator[str]:
    for question in playbook.questions.values():
        if question.field == key and isinstance(value, str) and value in question.options:
            yield question.options[value].label


def _lowered(words: str) -> str:
    """As it stands inside a sentence; abbreviations stay."""
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE].rstrip()}…"
