"""Every name that one part of a playbook uses must be defined by another part."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bot.playbooks.errors import Finding, Path, did_you_mean
from bot.playbooks.model import Outcome, Playbook, QuestionKind
from bot.playbooks.source import Document

ROLES = ("manager", "supervisor", "director", "lawyer", "admin")

_Reference = tuple[Path, str, str | None, Collection[str]]
"""Place, what it names, the name, and the names that are defined."""


def check_references(playbook: Playbook, document: Document) -> list[Finding]:
    """One error for each name that is not defined, with the nearest one that is."""
    return [
        document.finding(path, f'{what} "{name}" is not defined', did_you_mean(name, known))
        for path, what, name, known in _references(playbook)
        if name is not None and name not in known
    ]


def _references(playbook: Playbook) -> Iterator[_Reference]:
    yield from _of_stages(playbook)
    yield from _of_tasks(playbook)
    yield from _of_cadences(playbook)
    yield from _of_questions(playbook)
    for mark, whole in playbook.marks_within.items():
        yield ("marks_within", mark), "mark", mark, playbook.marks
        yield ("marks_within", mark), "mark", whole, playbook.marks
    for name, outcome in playbook.outcomes.items():
        yield from _of_outcome(playbook, ("outcomes", name), outcome)
        yield from _roles(("outcomes", name), outcome.roles)


def _roles(here: Path, roles: tuple[str, ...] | None) -> Iterator[_Reference]:
    for index, role in enumerate(roles or ()):
        yield (*here, "roles", index), "role", role, ROLES


def _of_stages(playbook: Playbook) -> Iterator[_Reference]:
    for pipeline, part in playbook.pipelines.items():
        yield ("pipelines", pipeline, "on_barred"), "outcome", part.on_barred, playbook.outcomes
        yield ("pipelines", pipeline, "on_barred_request"), "task", part.on_barred_request, playbook.tasks
        for name, stage in part.stages.items():
            here = ("pipelines", pipeline, "stages", name)
            yield (*here, "task"), "task", stage.task, playbook.tasks
            yield (*here, "on_barred"), "outcome", stage.on_barred, playbook.outcomes
            yield (*here, "inbound"), "task", stage.inbound, playbook.tasks
            yield from _roles(here, stage.roles)
            for index, source in enumerate(stage.limit_exempt):
                yield (*here, "limit_exempt", index), "source", source, playbook.sources


def _of_tasks(playbook: Playbook) -> Iterator[_Reference]:
    for name, task in playbook.tasks.items():
        yield ("tasks", name, "ask"), "questionnaire", task.ask, playbook.questionnaires
        for key, touch in task.touches.items():
            here = ("tasks", name, "touches", key)
            yield (*here, "ask"), "questionnaire", touch.ask, playbook.questionnaires
            for index, material in enumerate(touch.materials):
                yield (*here, "materials", index), "material", material, playbook.materials
        yield ("tasks", name, "writing"), "task", task.writing, playbook.tasks
        yield ("tasks", name, "ladder"), "ladder", task.ladder, playbook.ladders
        yield ("tasks", name, "role"), "role", task.role, ROLES
        for source in task.by_source:
            yield ("tasks", name, "by_source", source), "source", source, playbook.sources


def _of_cadences(playbook: Playbook) -> Iterator[_Reference]:
    for name, cadence in playbook.cadences.items():
        yield ("cadences", name, "task"), "task", cadence.task, playbook.tasks
        yield ("cadences", name, "exhausted"), "outcome", cadence.exhausted, playbook.outcomes
        for source in cadence.by_source:
            yield ("cadences", name, "by_source", source), "source", source, playbook.sources


def _of_questions(playbook: Playbook) -> Iterator[_Reference]:
    for name, question in playbook.questions.items():
        yield ("questions", name, "field"), "field", question.field, playbook.fields
        for key, option in question.options.items():
            yield ("questions", name, "options", key, "outcome"), "outcome", option.outcome, playbook.outcomes
            yield ("questions", name, "options", key, "invites"), "role", option.invites, ROLES
            yield from _roles(("questions", name, "options", key), option.roles)
    for name, questionnaire in playbook.questionnaires.items():
        here = ("questionnaires", name)
        yield (*here, "aside"), "questionnaire", questionnaire.aside, playbook.questionnaires
        for index, step in enumerate(questionnaire.steps):
            yield (*here, "steps", index, "ask"), "question", step.ask, playbook.questions
        for index, result in enumerate(questionnaire.results):
            yield (*here, "results", index, "outcome"), "outcome", result.outcome, playbook.outcomes
    options = {key for question in playbook.questions.values() for key in question.options}
    for place in playbook.places:
        yield ("places", place), "option", place, options


def _of_outcome(playbook: Playbook, here: Path, outcome: Outcome) -> Iterator[_Reference]:
    stages = {stage for pipeline in playbook.pipelines.values() for stage in pipeline.stages}
    yield (*here, "stage"), "stage", outcome.stage, stages
    yield (*here, "miss"), "cadence", outcome.miss, playbook.cadences
    yield (*here, "after"), "questionnaire", outcome.after, playbook.questionnaires
    yield (*here, "resume"), "questionnaire", outcome.resume, playbook.questionnaires
    yield from _roles((*here, "tell"), outcome.tell.roles if outcome.tell is not None else None)
    for index, key in enumerate(outcome.tell.keys if outcome.tell is not None else ()):
        yield (*here, "tell", "keys", index, "task"), "task", key.task, playbook.tasks
    yield (*here, "phone"), "phone question", outcome.phone, _of_kind(playbook, "phone")
    yield (*here, "joins"), "duplicate question", outcome.joins, _of_kind(playbook, "duplicate")
    for field in outcome.write:
        yield (*here, "write", field), "field", field, playbook.fields
    if outcome.next is not None:
        yield (*here, "next", "task"), "task", outcome.next.task, playbook.tasks
        yield (*here, "next", "at"), "datetime question", outcome.next.at, _of_kind(playbook, "datetime")
    if outcome.convert is not None:
        pipeline, _, stage = outcome.convert.to.partition(".")
        deals = [name for name, part in playbook.pipelines.items() if part.entity == "deal"]
        yield (*here, "convert", "to"), "deal pipeline", pipeline, deals
        if pipeline in deals:
            yield (*here, "convert", "to"), "stage", stage, playbook.pipelines[pipeline].stages
        yield (*here, "convert", "resume"), "questionnaire", outcome.convert.resume, playbook.questionnaires


def _of_kind(playbook: Playbook, kind: QuestionKind) -> list[str]:
    return [name for name, question in playbook.questions.items() if question.kind == kind]
