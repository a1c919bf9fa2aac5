"""Forms and what they ask: a form keeps its answers in fields, so each of its questions needs one that can hold it."""

from __future__ import annotations

from collections.abc import Iterator

from bot.playbooks.errors import Finding, Path
from bot.playbooks.model import Playbook, Question, Questionnaire
from bot.playbooks.source import Document

_KINDS = ("choice", "multi", "number", "money", "text", "phone", "date", "files")
_Complaint = tuple[Path, str, str]


def check_forms(playbook: Playbook, document: Document) -> list[Finding]:
    """Errors of forms, and of keys that only questions of some kind have."""
    complaints = [*_of_questions(playbook), *_of_questionnaires(playbook), *_of_uses(playbook)]
    return [document.finding(*complaint) for complaint in complaints]


def _of_questions(playbook: Playbook) -> Iterator[_Complaint]:
    for name, question in playbook.questions.items():
        here: Path = ("questions", name)
        if question.not_future and question.kind != "date":
            yield (*here, "not_future"), f"`not_future` has no meaning for `{question.kind}`", "use kind: date"
        if question.longest is not None and question.kind != "text":
            yield (*here, "longest"), f"`longest` has no meaning for `{question.kind}`", "use kind: text"
        if question.files is not None and question.kind != "files":
            yield (*here, "files"), f"`files` has no meaning for `{question.kind}`", "use kind: files"


def _of_questionnaires(playbook: Playbook) -> Iterator[_Complaint]:
    for name, part in playbook.questionnaires.items():
        here: Path = ("questionnaires", name)
        if part.form:
            yield from _of_form(playbook, here, part)
            continue
        for key in ("finish", "aside"):
            if getattr(part, key) is not None:
                yield (*here, key), f"`{key}` belongs to a form", "add `form: true`, or remove it"
        for index, step in enumerate(part.steps):
            if playbook.questions[step.ask].kind == "files":
                yield (*here, "steps", index, "ask"), "files are asked for in a form only", "add `form: true`"


def _of_form(playbook: Playbook, here: Path, form: Questionnaire) -> Iterator[_Complaint]:
    if form.finish is None:
        yield here, "nothing ends the form", "add `finish`: the words of its last button"
    if form.aside is not None and playbook.questionnaires[form.aside].form:
        yield (*here, "aside"), "a form cannot stand beside a form", "name a questionnaire that asks in order"
    for index, step in enumerate(form.steps):
        for problem, mend in _of_step(playbook.questions[step.ask]):
            yield (*here, "steps", index, "ask"), f'"{step.ask}" {problem}', mend
    for index, result in enumerate(form.results):
        if result.early:
            yield (*here, "results", index, "early"), "a form ends by its last button only", "remove `early`"


def _of_step(question: Question) -> Iterator[tuple[str, str]]:
    if question.field is None:
        yield "has no field to keep its answer in", "add `field` to the question"
    if question.kind not in _KINDS:
        yield f"is of kind `{question.kind}`, which a form cannot ask", f"use one of {', '.join(_KINDS)}"
    for key, option in question.options.items():
        if option.outcome is not None:
            yield f'ends something with option "{key}"', "ask it in the questionnaire `aside`"
        if not option.stored:
            yield f'forgets option "{key}"', "remove `stored: false`"


def _of_uses(playbook: Playbook) -> Iterator[_Complaint]:
    """Only a task is ended by a form: a receipt or a talk that goes on asks in order."""
    for name, outcome in playbook.outcomes.items():
        resumed = outcome.convert.resume if outcome.convert is not None else None
        for path, used in ((("after",), outcome.after), (("convert", "resume"), resumed)):
            if used is not None and playbook.questionnaires[used].form:
                place: Path = ("outcomes", name, *path)
                yield place, f'"{used}" is a form', "name a questionnaire that asks in order"
