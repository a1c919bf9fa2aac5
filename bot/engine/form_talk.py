"""Filling in the form of the open task: a question is picked, answered, written at once; the last button ends it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.engine import files, forms
from bot.engine.answers import accepted, answer_in_words
from bot.engine.case import Case, Run, Task
from bot.engine.effects import AddFile, Decision, Effect, Redraw, Tell, Update
from bot.engine.events import Answered, Confirmed, FileArrived, Filed, FileRefused, Finished, Picked
from bot.engine.fields import answer_fields
from bot.engine.forms import Line
from bot.engine.rules import Rules
from bot.engine.settle import settle
from bot.engine.titles import shown_name
from bot.engine.words import counted
from bot.errors import ActionNotAllowed
from bot.locales.ru import engine as ru


def picked(rules: Rules, case: Case, event: Picked) -> Decision:
    """Open one question of the form in the card's message."""
    task, line = _line(rules, case, event.question)
    run = _opened(rules, case, task, event.by, line)
    return Decision(replace(case, run=run), (Redraw(),), ru.WHY_PICKED.format(question=line.ask.text))


def answered(rules: Rules, case: Case, event: Answered) -> Decision:
    """Write one answer to its field and show the form again.

    Raises:
        ActionNotAllowed: it does not fit, or is the answer that is known already.
    """
    task, line = _line(rules, case, event.question)
    if line.ask.question.kind == "files":
        raise ActionNotAllowed(ru.NO_FILE)
    _opened(rules, case, task, event.by, line)
    value = accepted(line.ask, case, event.value, rules.now, rules.zone)
    one = _run(rules, case, task, event.by, {line.ask.id: value}, {line.ask.id: event.label})
    known = case.facts.get(line.ask.question.field or "")
    words = answer_in_words(rules.playbook, one, line.ask.id) or ru.SKIPPED
    kept = case.run if case.run is not None and case.run.optional else None
    if value is None or value == known:
        return Decision(replace(case, run=kept), (Redraw(),), ru.WHY_BACK)
    fields = answer_fields(rules.playbook, case, one)
    case = replace(case, run=kept, facts={**case.facts, **fields})
    return Decision(case, (Update(None, fields), Redraw()), ru.WHY_FILLED.format(question=line.ask.text, answer=words))


def filed(rules: Rules, case: Case, event: Filed) -> Decision:
    """Take files to a question of the form; it stays open for more of them.

    Raises:
        ActionNotAllowed: they are there already, or there are too many.
    """
    task, line = _line(rules, case, event.question)
    if line.ask.question.kind != "files":
        raise ActionNotAllowed(ru.STALE_BUTTON)
    run = _opened(rules, case, task, event.by, line)
    known = list(line.value or ())
    new = files.added(known, event.files)
    if not new:
        raise ActionNotAllowed(ru.FILE_KNOWN)
    most = files.rule_of(line.ask.question).most
    if len(known) + len(new) > most:
        raise ActionNotAllowed(ru.FILES_TOO_MANY.format(most=counted(most, *ru.FILES_UP_TO)))
    field = line.ask.question.field or ""
    facts = {**case.facts, field: [*known, *(one.stored() for one in new)]}
    effects: list[Effect] = [AddFile(field, one) for one in new]
    why = ru.WHY_FILED.format(question=line.ask.text, files=counted(len(new), *ru.FILES))
    return Decision(replace(case, run=run, facts=facts), (*effects, Redraw()), why)


def arrived(rules: Rules, case: Case, event: FileArrived) -> Decision:
    """The CRM has a file."""
    known = case.facts.get(event.field) or []
    facts = {**case.facts, event.field: files.arrived(known, event.file, event.in_crm)}
    return Decision(replace(case, facts=facts), (Redraw(),), ru.WHY_FILE_ARRIVED)


def refused(rules: Rules, case: Case, event: FileRefused) -> Decision:
    """A file will not reach the CRM: it is missing again, and its manager is told what to do."""
    left = files.without(case.facts.get(event.field) or [], event.file)
    effects: list[Effect] = [Redraw()]
    if case.owner is not None:
        asked = any(one.ask.question.field == event.field for one in _lines(rules, case))
        words = ru.FILE_LOST if asked else ru.FILE_LOST_LATER
        told = words.format(client=shown_name(rules.playbook, case), name=event.name, why=event.why)
        effects.append(Tell(case.owner, told))
    why = ru.WHY_FILE_REFUSED.format(why=event.why)
    return Decision(replace(case, facts={**case.facts, event.field: left}), tuple(effects), why)


def finished(rules: Rules, case: Case, event: Finished) -> Decision:
    """End the form, or ask for the confirmation of its outcome.

    Raises:
        ActionNotAllowed: something is missing or wrong; the sentence names it.
    """
    task, run, end = _whole(rules, case, event.by)
    if rules.playbook.outcomes[end].confirm is not None:
        return Decision(replace(case, run=replace(run, answers={}, confirming=end)), (Redraw(),), ru.WHY_CONFIRM)
    return settle(rules, case, task, run, end)


def confirmed(rules: Rules, case: Case, event: Confirmed) -> Decision:
    """Record the form as it is now: the CRM may have changed while it waited.

    Raises:
        ActionNotAllowed: something is missing or wrong now.
    """
    task, run, end = _whole(rules, case, event.by)
    return settle(rules, case, task, run, end)


def _whole(rules: Rules, case: Case, by: int) -> tuple[Task, Run, str]:
    """The open task, all that the form has been told, and the outcome."""
    task = _task(case)
    lines = _lines(rules, case)
    if not lines:
        raise ActionNotAllowed(ru.STALE_BUTTON)
    lacking = [line.ask.question.short or line.ask.text for line in lines if line.missing]
    if lacking:
        raise ActionNotAllowed(ru.FORM_LACKS.format(what=", ".join(lacking)))
    end = forms.outcome(rules.playbook, case, rules.now, rules.role).outcome
    if end is None:
        raise ActionNotAllowed(ru.NO_RESULT)
    return task, _run(rules, case, task, by, {line.ask.id: line.value for line in lines if line.right}, {}), end


def _lines(rules: Rules, case: Case) -> tuple[Line, ...]:
    return forms.lines(rules.playbook, case, rules.now, rules.role)


def _task(case: Case) -> Task:
    if case.task is None:
        raise ActionNotAllowed(ru.CLOSED if case.closed else ru.NO_TASK)
    return case.task


def _line(rules: Rules, case: Case, question: str) -> tuple[Task, Line]:
    task = _task(case)
    line = forms.line(rules.playbook, case, question, rules.now, rules.role)
    if line is None:
        raise ActionNotAllowed(ru.STALE_BUTTON)
    return task, line


def _opened(rules: Rules, case: Case, task: Task, by: int, line: Line) -> Run:
    """The run with this question open.

    Raises:
        ActionNotAllowed: somebody else is filling the form in, or it waits for its confirmation.
    """
    run = case.run
    if run is not None and not run.optional:
        if run.by != by:
            raise ActionNotAllowed(ru.OTHER_PERSON)
        if run.confirming is not None:
            raise ActionNotAllowed(ru.CONFIRM_FIRST)
    return replace(_run(rules, case, task, by, {}, {}), picked=line.ask.id)


def _run(rules: Rules, case: Case, task: Task, by: int, answers: dict[str, Any], labels: dict[str, str]) -> Run:
    key = forms.form_key(rules.playbook, case)
    assert key is not None  # its lines were read
    return Run(key, task.id, by, rules.now, answers, labels)
