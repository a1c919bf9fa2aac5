"""Which question comes next, and where a questionnaire ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.engine.case import Case, Run
from bot.engine.conditions import Scope, holds
from bot.engine.staff import COMPANY, Staff
from bot.engine.touches import questionnaire_now
from bot.playbooks.model import Option, Playbook, Question

_MANAGER = "manager"


@dataclass(frozen=True, slots=True)
class Ask:
    """The question that is asked now.

    Args:
        id: its key among the playbook's questions.
        question: what is asked.
        text: the words, the step's own if it has any.
        options: the buttons that are offered, in order.
        position: which question of the conversation it is, from 1; the one that the card itself carries is not counted.
        total: how many there will be if the first button is taken each time; never less than `position`.
    """

    id: str
    question: Question
    text: str
    options: Mapping[str, Option]
    position: int = 1
    total: int = 1


@dataclass(frozen=True, slots=True)
class End:
    """Nothing is left to ask. `outcome` None: no result of the questionnaire holds (usual for an optional one)."""

    outcome: str | None


def walk(playbook: Playbook, case: Case, run: Run, now: datetime, role: str = _MANAGER) -> Ask | End:
    """Where the run stands: the next question with its place in the conversation, or the outcome."""
    step = next_step(playbook, case, run, now, role)
    if isinstance(step, End) or run.picked is not None:
        return step
    position = _position(run)
    return replace(step, position=position, total=position + _left_after(playbook, case, run, step, now, role))


def next_step(playbook: Playbook, case: Case, run: Run, now: datetime, role: str = _MANAGER) -> Ask | End:
    """As `walk`, without the progress, which costs as much again for every question that is left."""
    questionnaire = playbook.questionnaires[run.questionnaire]
    if questionnaire.form:
        return _picked(playbook, case, run, now, role)
    scope = Scope(playbook, case, run.answers, now)
    own = own_answers(run)
    pressed = _outcome_of_option(playbook, own)
    if pressed is not None:
        return End(pressed)
    for result in questionnaire.results if run.answers else ():
        if result.early and holds(result.when, scope) and may_end(playbook, case, result.outcome, role):
            return End(result.outcome)
    for place in questionnaire.steps:
        if place.ask in run.answers or not holds(place.when, scope):
            continue
        question = playbook.questions[place.ask]
        options = offered(question, scope, role)
        if options or question.kind not in ("choice", "multi"):
            return Ask(place.ask, question, place.text or question.text, options)
    for result in questionnaire.results:
        if holds(result.when, scope) and may_end(playbook, case, result.outcome, role):
            return End(result.outcome)
    return End(None)


def _picked(playbook: Playbook, case: Case, run: Run, now: datetime, role: str) -> Ask | End:
    """Of a form, the question that is open; without one nothing is asked: the form itself stands on the card."""
    for place in playbook.questionnaires[run.questionnaire].steps:
        if place.ask == run.picked:
            question = playbook.questions[place.ask]
            buttons = offered(question, Scope(playbook, case, run.answers, now), role)
            return Ask(place.ask, question, place.text or question.text, buttons)
    return End(None)


def first_question(
    playbook: Playbook, case: Case, now: datetime, role: str = _MANAGER, staff: Staff = COMPANY
) -> Ask | None:
    """The question whose buttons the card of the case's open task carries itself; None when the kind asks nothing.

    Below a form it is the first one of its `aside`.
    """
    if case.task is None:
        return None
    questionnaire = questionnaire_now(playbook, case, now, staff)
    if questionnaire is not None and playbook.questionnaires[questionnaire].form:
        questionnaire = playbook.questionnaires[questionnaire].aside
    if questionnaire is None:
        return None
    step = next_step(playbook, case, Run(questionnaire, case.task.id, 0, now), now, role)
    return step if isinstance(step, Ask) else None


def offered(question: Question, scope: Scope, role: str) -> dict[str, Option]:
    """The buttons of a question that this role sees now, in order."""
    return {
        key: option
        for key, option in question.options.items()
        if (option.roles is None or role in option.roles)
        and (option.outcome is None or may_end(scope.playbook, scope.case, option.outcome, role))
        and holds(option.when, scope)
    }


def may_end(playbook: Playbook, case: Case, outcome: str, role: str) -> bool:
    """Whether this role may end with the outcome: neither the outcome nor the stage it leads to is kept from it."""
    end = playbook.outcomes[outcome]
    if end.roles is not None and role not in end.roles:
        return False
    stage = playbook.pipelines[case.pipeline].stages.get(end.stage) if end.stage else None
    return stage is None or stage.roles is None or role in stage.roles


def own_answers(run: Run) -> dict[str, Any]:
    """The answers given in this run, without the inherited ones."""
    return {question: value for question, value in run.answers.items() if question not in run.given}


def _outcome_of_option(playbook: Playbook, answers: Mapping[str, Any]) -> str | None:
    for question_id, value in answers.items():
        options = playbook.questions[question_id].options
        for key in value if isinstance(value, (list, tuple)) else (value,):
            option = options.get(key) if isinstance(key, str) else None
            if option is not None and option.outcome is not None:
                return option.outcome
    return None


def _position(run: Run) -> int:
    """Answers that were given before the run began were part of the same conversation, so it counts on."""
    on_card = 0 if run.optional else 1
    return max(1, len(run.answers) + 1 - on_card)


def _left_after(playbook: Playbook, case: Case, run: Run, step: Ask, now: datetime, role: str) -> int:
    """How many questions follow this one when the first button is taken each time."""
    left = 0
    seen: Ask | End = step
    while isinstance(seen, Ask):
        run = replace(run, answers={**run.answers, seen.id: _likely(seen, now)})
        seen = next_step(playbook, case, run, now, role)
        left += isinstance(seen, Ask)
    return left


def _likely(step: Ask, now: datetime) -> Any:
    first = next(iter(step.options), None)
    match step.question.kind:
        case "multi":
            return [first]
        case "datetime":
            return {"at": (now + timedelta(days=1)).isoformat(), "how": "promised"}
        case "number" | "money":
            return step.question.at_least or 1
        case _:
            return first or "…"
