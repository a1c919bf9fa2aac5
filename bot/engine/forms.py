"""A form: a questionnaire whose questions stand on the card all at once and are answered in any order.

What is filled in are the fields of the case itself, so a form that was left half-done is there after days, on another
phone, and in the CRM. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.engine.answers import accepted
from bot.engine.calendars import zone_of
from bot.engine.case import Case
from bot.engine.conditions import Scope, holds
from bot.engine.questionnaire import Ask, End, may_end, offered
from bot.errors import ActionNotAllowed
from bot.playbooks.model import Playbook, Questionnaire


@dataclass(frozen=True, slots=True)
class Line:
    """One question of a form.

    Args:
        ask: what is asked.
        value: what is known, in the form in which answers are stored; None: nothing yet.
        wrong: why what is known will not do, as a sentence; None: it will.
    """

    ask: Ask
    value: Any
    wrong: str | None = None

    @property
    def right(self) -> bool:
        """Whether it has an answer that will do."""
        return self.value is not None and self.wrong is None

    @property
    def missing(self) -> bool:
        """Whether the form cannot be finished because of it."""
        return not self.right and not (self.value is None and self.ask.question.optional)


def form_of(playbook: Playbook, case: Case) -> Questionnaire | None:
    """The form that ends the case's open task; None: there is no task, or it is ended in another way."""
    key = form_key(playbook, case)
    return playbook.questionnaires[key] if key is not None else None


def form_key(playbook: Playbook, case: Case) -> str | None:
    """As `form_of`, its key among the playbook's questionnaires."""
    key = playbook.tasks[case.task.kind].ask if case.task is not None else None
    return key if key is not None and playbook.questionnaires[key].form else None


def lines(playbook: Playbook, case: Case, now: datetime, role: str) -> tuple[Line, ...]:
    """The questions of the open task's form that apply now, in order; none where the task has no form."""
    form = form_of(playbook, case)
    if form is None:
        return ()
    scope = Scope(playbook, case, answers(playbook, case, form), now)
    found = []
    for place in form.steps:
        question = playbook.questions[place.ask]
        if holds(place.when, scope):
            ask = Ask(place.ask, question, place.text or question.text, offered(question, scope, role))
            value = case.facts.get(question.field or "")
            found.append(Line(ask, value if value != [] else None, _wrong(playbook, ask, case, value, now)))
    return tuple(found)


def line(playbook: Playbook, case: Case, question: str, now: datetime, role: str) -> Line | None:
    """One question of the form; None: it is not asked there."""
    return next((one for one in lines(playbook, case, now, role) if one.ask.id == question), None)


def answers(playbook: Playbook, case: Case, form: Questionnaire) -> Mapping[str, Any]:
    """Question → what is known, for every question of the form that has an answer."""
    known = ((place.ask, case.facts.get(playbook.questions[place.ask].field or "")) for place in form.steps)
    return {question: value for question, value in known if value not in (None, [])}


def outcome(playbook: Playbook, case: Case, now: datetime, role: str) -> End:
    """How the form ends with what is known."""
    form = form_of(playbook, case)
    if form is not None:
        scope = Scope(playbook, case, answers(playbook, case, form), now)
        for result in form.results:
            if holds(result.when, scope) and may_end(playbook, case, result.outcome, role):
                return End(result.outcome)
    return End(None)


def _wrong(playbook: Playbook, ask: Ask, case: Case, value: Any, now: datetime) -> str | None:
    """Why a known value will not do: it may have been typed into the CRM by hand."""
    if value in (None, []):
        return None
    try:
        accepted(ask, case, value, now, zone_of(playbook))
    except ActionNotAllowed as refusal:
        return str(refusal)
    return None
