"""«Что мешает раньше?» outside a questionnaire: what the playbook asks of a time that lies far ahead.

The playbook says it where it says everything: in the steps of the task's questionnaire. Those that depend on nothing
but the time, and those that depend on nothing but their answers, hold for a client who is entered by hand as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.engine.case import Case
from bot.engine.conditions import Scope, holds
from bot.playbooks.model import Playbook, TaskKind


def asked_of_time(playbook: Playbook, kind: TaskKind, case: Case, at: datetime, now: datetime) -> str | None:
    """The question with buttons that this kind of task asks of such a time; None: it is near enough."""
    times = {name: {"at": at.isoformat(), "how": "promised"} for name in _times(playbook)}
    return _following(playbook, kind, Scope(playbook, case, times, now), "choice")


def asked_of_answer(
    playbook: Playbook, kind: TaskKind, case: Case, question: str, answer: str, now: datetime
) -> str | None:
    """The question for words that follows from this answer."""
    return _following(playbook, kind, Scope(playbook, case, {question: answer}, now), "text")


def _following(playbook: Playbook, kind: TaskKind, scope: Scope, wanted: str) -> str | None:
    """The first step that is asked because of nothing but the answers in the scope."""
    if kind.ask is None:
        return None
    for step in playbook.questionnaires[kind.ask].steps:
        if (
            playbook.questions[step.ask].kind == wanted
            and _only_of(step.when, scope.answers)
            and holds(step.when, scope)
        ):
            return step.ask
    return None


def _only_of(condition: Mapping[str, object] | None, answers: Mapping[str, object]) -> bool:
    return bool(condition) and all(key in answers for key in condition or {})


def _times(playbook: Playbook) -> list[str]:
    return [name for name, question in playbook.questions.items() if question.kind == "datetime"]
