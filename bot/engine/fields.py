"""Which fields of the CRM a recorded questionnaire writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.engine.answers import answers_in_words
from bot.engine.cadence import Exhausted
from bot.engine.case import Case, Run
from bot.engine.rules import Rules
from bot.engine.settled import Settled
from bot.engine.words import counted
from bot.locales.ru import engine as ru
from bot.playbooks.model import Playbook, Question

_REASON_LENGTH = 250


def answer_fields(playbook: Playbook, case: Case, run: Run) -> dict[str, Any]:
    """Field key → answer for every answered question that is written to a field of this kind of case.

    Files have a way of their own; what a form has written already is left out.
    """
    found: dict[str, Any] = {}
    form = playbook.questionnaires[run.questionnaire].form
    for question_id, value in run.answers.items():
        question = playbook.questions[question_id]
        if question.field is None or question.kind == "files" or not _is_on(playbook, case, question.field):
            continue
        stored = _stored(question, value)
        if stored is not None and not (form and case.facts.get(question.field) == stored):
            found[question.field] = stored
    return found


def settled_fields(rules: Rules, settled: Settled) -> dict[str, Any]:
    """Everything that the recorded questionnaire writes: answers, fixed texts, and the fields that the engine keeps."""
    playbook, case = rules.playbook, settled.after
    found = answer_fields(playbook, case, settled.run)
    for outcome in (settled.outcome, settled.last):
        found |= {key: text for key, text in outcome.write.items() if _is_on(playbook, case, key)}
    return found | {key: value for key, value in _kept(rules, settled).items() if key not in found}


def next_contact(playbook: Playbook, case: Case) -> dict[str, Any]:
    """The next contact, the attempts made and the meeting's time, where they differ from what the CRM knows."""
    wanted: dict[str, Any] = {
        "next_at": case.task.due_at.isoformat() if case.task is not None else None,
        "tries": len(case.misses) or None,
    }
    if case.task is not None and playbook.tasks[case.task.kind].meeting:
        wanted["meeting_at"] = case.task.due_at.isoformat()
    return _changed(playbook, case, wanted)


def meeting_fields(playbook: Playbook, case: Case, place: str | None) -> dict[str, Any]:
    """Time and place of the meeting that the case's task is, where they differ from what the CRM knows."""
    if case.task is None or not playbook.tasks[case.task.kind].meeting:
        return {}
    wanted = {"meeting_at": case.task.due_at.isoformat()}
    return _changed(playbook, case, wanted if place is None else {**wanted, "meeting_place": place})


def carried_facts(playbook: Playbook, facts: Mapping[str, Any], entity: str) -> dict[str, Any]:
    """What is known of the client and stays true when the case goes on as another one."""
    return {
        key: value
        for key, value in facts.items()
        if (crm_field := playbook.fields.get(key)) is not None
        and entity in crm_field.on
        and crm_field.system is None
        and crm_field.type != "file"
    }


def file_facts(playbook: Playbook, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The files among what is known: they are only ever added to, and never taken back with an answer."""
    return {
        key: value
        for key, value in facts.items()
        if (crm_field := playbook.fields.get(key)) is not None and crm_field.type == "file"
    }


def meeting_place(playbook: Playbook, case: Case) -> str | None:
    """Where the meeting is held, as far as the CRM has a field for it."""
    keys = (key for key, crm_field in playbook.fields.items() if crm_field.system == "meeting_place")
    return next((case.facts[key] for key in keys if case.facts.get(key)), None)


def difference(new: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    """What must be written to come from `new` back to `old`; None where nothing was known."""
    return {key: old.get(key) for key in (*new, *old) if new.get(key) != old.get(key)}


def _stored(question: Question, value: Any) -> Any:
    """The answer as the field holds it; None for one that is not kept there."""
    if isinstance(value, Mapping):
        return value.get("at")
    if question.kind == "multi" and value is not None:
        return [key for key in value if question.options[key].stored] or None
    if isinstance(value, str) and value in question.options and not question.options[value].stored:
        return None
    return value


def _kept(rules: Rules, settled: Settled) -> dict[str, Any]:
    playbook, case = rules.playbook, settled.after
    found = next_contact(playbook, case) | meeting_fields(playbook, case, _place(playbook, settled.run))
    if rules.stage(case).kind == "failure":
        found |= _changed(playbook, case, {"reason": _reason(playbook, settled)})
    return found


def _changed(playbook: Playbook, case: Case, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The wanted values of system fields by field key, those left out that the CRM holds already."""
    found: dict[str, Any] = {}
    for key, crm_field in playbook.fields.items():
        if crm_field.system is None or crm_field.system not in wanted or not _is_on(playbook, case, key):
            continue
        value = wanted[crm_field.system]
        if case.facts.get(key) != value:
            found[key] = value
    return found


def _place(playbook: Playbook, run: Run) -> str | None:
    """The address of the meeting that was agreed, the newest answer first."""
    for question_id, value in reversed(list(run.answers.items())):
        if isinstance(value, str) and value in playbook.questions[question_id].options and value in playbook.places:
            return playbook.places[value]
    return None


def _reason(playbook: Playbook, settled: Settled) -> str:
    if isinstance(settled.plan, Exhausted):
        return ru.ALL_TRIED.format(count=counted(len(settled.plan.misses), *ru.ATTEMPTS))
    return "; ".join(answers_in_words(playbook, settled.run, inherited=True))[:_REASON_LENGTH]


def _is_on(playbook: Playbook, case: Case, key: str) -> bool:
    crm_field = playbook.fields.get(key)
    return crm_field is not None and case.entity in crm_field.on
