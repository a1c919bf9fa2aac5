"""How many buttons are pressed between a card and what is recorded, on every way that the rules allow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.locales.ru import engine as ru
from bot.playbooks.model import Playbook
from bot.playbooks.walks import End, Explorer

_NOT_PRESSED = ("datetime", "text", "phone", "number", "money", "date", "files")
"""Times are not counted; words are typed."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way through a questionnaire, from its first question to its outcome.

    Args:
        questionnaire: a key of `questionnaires`; one that goes on where another one has recorded begins anew.
        answers: question → answer, in order, without what it was given to begin with.
        outcome: how it ends.
        taps: question → buttons pressed for it; a far time's reason belongs to the time.
        confirmed: whether one more button confirms the outcome.
    """

    questionnaire: str
    answers: Mapping[str, Any]
    outcome: str
    taps: Mapping[str, int]
    confirmed: bool

    def words(self) -> str:
        """`lead_call: reached=answered, debts=none → no_debt`."""
        said = ", ".join(f"{key}={value}" for key, value in self.answers.items())
        return f"{self.questionnaire}: {said} → {self.outcome}"


def ways(playbook: Playbook) -> Iterator[Way]:
    """Every way through every questionnaire that a card, or a conversation that goes on, may ask.

    Not counted: forms, which are filled in line by line over days, and what receipts offer.
    """
    return _Counter(playbook).ways()


class _Counter:
    def __init__(self, playbook: Playbook) -> None:
        self._playbook = playbook
        self._explorer = Explorer(playbook)
        steps = [step for questionnaire in playbook.questionnaires.values() for step in questionnaire.steps]
        self._of_time = {step.ask for step in steps if step.when and all(map(self._is_time, step.when))}

    def ways(self) -> Iterator[Way]:
        asked = [ask for kind in self._playbook.tasks.values() for ask in kind.asks]
        asked += [
            questionnaire.aside for questionnaire in self._playbook.questionnaires.values() if questionnaire.aside
        ]
        for ask in dict.fromkeys(ask for ask in asked if not self._playbook.questionnaires[ask].form):
            for pipeline in self._playbook.pipelines:
                yield from self._through(ask, pipeline, {})

    def _through(self, ask: str, pipeline: str, given: Mapping[str, Any]) -> Iterator[Way]:
        walks = self._explorer.walks(ask, pipeline, (given,))
        assert walks.complete, f"too many ways through {ask}"
        fitting = [end for end in walks.ends if self._fits(end, pipeline)]
        for end in fitting:
            yield self._way(ask, end, given)
        for name in dict.fromkeys(end.outcome for end in fitting if end.outcome is not None):
            outcome = self._playbook.outcomes[name]
            if outcome.resume is not None:
                yield from self._through(outcome.resume, pipeline, {})
            if outcome.convert is not None and outcome.convert.resume is not None:
                for kept in self._explorer.inheritance(walks, name, outcome.convert.resume):
                    yield from self._through(outcome.convert.resume, outcome.convert.to.partition(".")[0], kept)

    def _fits(self, end: End, pipeline: str) -> bool:
        """Tasks of the other pipeline are walked through as well: their outcomes lead to stages that are not here."""
        if end.outcome is None:
            return False
        stage = self._playbook.outcomes[end.outcome].stage
        return stage is None or stage in self._playbook.pipelines[pipeline].stages

    def _way(self, ask: str, end: End, given: Mapping[str, Any]) -> Way:
        own = {name: value for name, value in end.answers.items() if name not in given}
        outcome = self._playbook.outcomes[end.outcome or ""]
        taps = {name: self._taps(name, value) for name, value in own.items()}
        return Way(ask, own, end.outcome or "", taps, outcome.confirm is not None and not self._records(own))

    def _taps(self, name: str, value: Any) -> int:
        question = self._playbook.questions[name]
        if question.kind in _NOT_PRESSED or name in self._of_time or value is None:
            return 0
        return len(value) + 1 if question.kind == "multi" else 1

    def _records(self, answers: Mapping[str, Any]) -> bool:
        """Whether the last button says itself that it records."""
        name, value = list(answers.items())[-1]
        option = self._playbook.questions[name].options.get(value) if isinstance(value, str) else None
        return option is not None and option.label.startswith(ru.CONFIRMING_MARK)

    def _is_time(self, key: str) -> bool:
        return key in self._playbook.questions and self._playbook.questions[key].kind == "datetime"
