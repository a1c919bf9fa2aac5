"""A condition may only look back: at what was asked before, was inherited, or is known of the client."""

from __future__ import annotations

from collections.abc import Iterator

from bot.playbooks.conditions import Atom, atoms
from bot.playbooks.errors import Finding, Path
from bot.playbooks.model import Playbook, Questionnaire
from bot.playbooks.source import Document


def check_order(playbook: Playbook, document: Document) -> list[Finding]:
    """Conditions that speak of a question before it can have been answered."""
    return [
        document.finding(atom.path, f'"{atom.key}" cannot be answered before it is asked about here', mend)
        for name, questionnaire in playbook.questionnaires.items()
        for atom, mend in _early(playbook, name, questionnaire)
    ]


def _early(playbook: Playbook, name: str, questionnaire: Questionnaire) -> Iterator[tuple[Atom, str]]:
    here: Path = ("questionnaires", name)
    answered = _inherited(playbook, name)
    asked = [step.ask for step in questionnaire.steps]
    for index, step in enumerate(questionnaire.steps):
        yield from _unanswered(playbook, (*here, "steps", index, "when"), step.when, answered, asked)
        if step.ask not in answered:
            for key, option in playbook.questions[step.ask].options.items():
                place = ("questions", step.ask, "options", key, "when")
                yield from _unanswered(playbook, place, option.when, answered, asked)
        answered = answered | {step.ask}
    for index, result in enumerate(questionnaire.results):
        yield from _unanswered(playbook, (*here, "results", index, "when"), result.when, answered, asked)


def _unanswered(
    playbook: Playbook, place: Path, condition: object, answered: frozenset[str], asked: list[str]
) -> Iterator[tuple[Atom, str]]:
    for atom in atoms(condition, place):
        if atom.key.startswith("case.") or atom.key in answered or atom.key in playbook.fields:
            continue
        if atom.key in asked:
            yield atom, f'move the step that asks "{atom.key}" up'
        else:
            yield atom, f'ask "{atom.key}" in this questionnaire, or remove it from the condition'


def _inherited(playbook: Playbook, name: str) -> frozenset[str]:
    """What may have been answered in the questionnaires that go on as this one."""
    givers = {key for key, outcome in playbook.outcomes.items() if outcome.convert and outcome.convert.resume == name}
    found: set[str] = set()
    for questionnaire in playbook.questionnaires.values():
        asked = {step.ask for step in questionnaire.steps}
        ends = {result.outcome for result in questionnaire.results}
        ends |= {option.outcome or "" for ask in asked for option in playbook.questions[ask].options.values()}
        if ends & givers:
            found |= asked
    return frozenset(found)
