"""Answers of a person to the questionnaire of the open task."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.engine import form_talk, forms, receipt_talk
from bot.engine.answers import accepted, last_in_words, said_of_sum
from bot.engine.case import Case, Run, Task
from bot.engine.drafts import draft_of
from bot.engine.effects import Decision, Redraw
from bot.engine.events import Answered, Cancelled, Confirmed, SteppedBack
from bot.engine.questionnaire import Ask, End, next_step, own_answers
from bot.engine.retiming import dropped
from bot.engine.rules import Rules
from bot.engine.settle import settle
from bot.engine.touches import questionnaire_now
from bot.errors import ActionNotAllowed
from bot.locales.ru import engine as ru
from bot.playbooks.model import Option


def answered(rules: Rules, case: Case, event: Answered) -> Decision:
    """Take an answer; the last one of a path records the questionnaire, or asks for confirmation first."""
    offered = receipt_talk.question_now(rules, case)
    if offered is not None and offered.id == event.question:
        return receipt_talk.answered(rules, case, event, offered)
    task = _open_task(case)
    if forms.line(rules.playbook, case, event.question, rules.now, rules.role) is not None:
        return form_talk.answered(rules, case, event)
    run = _open_run(rules, case, task, event.by)
    if run.confirming is not None:
        raise ActionNotAllowed(ru.CONFIRM_FIRST)
    step = next_step(rules.playbook, case, run, rules.now, rules.role)
    if not isinstance(step, Ask) or step.id != event.question:
        raise ActionNotAllowed(ru.STALE_BUTTON)
    value = accepted(step, case, event.value, rules.now, rules.zone)
    if step.question.adds:
        event = replace(event, label=said_of_sum(step.question, event.value, value))
    run = with_answer(run, event, value)
    following = next_step(rules.playbook, case, run, rules.now, rules.role)
    if isinstance(following, Ask):
        why = ru.WHY_ASKED.format(answer=last_in_words(rules.playbook, run) or ru.SKIPPED, question=following.text)
        return Decision(replace(case, run=run), (Redraw(),), why)
    return _ended(rules, case, task, run, following, step.options.get(value) if isinstance(value, str) else None)


def stepped_back(rules: Rules, case: Case, event: SteppedBack) -> Decision:
    """Take the newest answer back; without any left the card is a card again."""
    run = _running(case, event.by)
    if rules.playbook.questionnaires[run.questionnaire].form:
        return Decision(replace(case, run=None), (Redraw(),), ru.WHY_BACK)
    own = list(own_answers(run))
    if not own:
        raise ActionNotAllowed(ru.NOTHING_TO_STEP_BACK)
    last = own.pop()
    left = replace(
        run,
        answers={key: value for key, value in run.answers.items() if key != last},
        labels={key: label for key, label in run.labels.items() if key != last},
        confirming=None,
    )
    if not own and not run.given:
        return dropped(rules, case, run, ru.WHY_BACK)
    return Decision(replace(case, run=left), (Redraw(),), ru.WHY_BACK)


def cancelled(rules: Rules, case: Case, event: Cancelled) -> Decision:
    """Drop the answers that are not recorded yet."""
    return dropped(rules, case, _running(case, event.by), ru.WHY_CANCELLED)


def confirmed(rules: Rules, case: Case, event: Confirmed) -> Decision:
    """Record what waited for the confirmation."""
    task = _open_task(case)
    run = _running(case, event.by)
    if run.confirming is None:
        raise ActionNotAllowed(ru.NOTHING_TO_CONFIRM)
    if rules.playbook.questionnaires[run.questionnaire].form:
        return form_talk.confirmed(rules, case, event)
    return settle(rules, case, task, replace(run, confirming=None), run.confirming)


def with_answer(run: Run, event: Answered, value: Any) -> Run:
    """The run with one more answer, its words included."""
    return replace(
        run,
        answers={**run.answers, event.question: value},
        labels={**run.labels, event.question: event.label},
    )


def _ended(rules: Rules, case: Case, task: Task, run: Run, end: End, pressed: Option | None) -> Decision:
    if end.outcome is None:
        raise ActionNotAllowed(ru.NO_RESULT)
    already_confirmed = pressed is not None and pressed.label.startswith(ru.CONFIRMING_MARK)
    if rules.playbook.outcomes[end.outcome].confirm is not None and not already_confirmed:
        return Decision(replace(case, run=replace(run, confirming=end.outcome)), (Redraw(),), ru.WHY_CONFIRM)
    return settle(rules, case, task, run, end.outcome)


def _open_task(case: Case) -> Task:
    if case.closed:
        raise ActionNotAllowed(ru.CLOSED)
    if case.task is None:
        raise ActionNotAllowed(ru.NO_TASK)
    return case.task


def _open_run(rules: Rules, case: Case, task: Task, by: int) -> Run:
    """The questionnaire that is open on the task, or a new one; the optional one of a receipt ends with it."""
    if case.run is not None and not case.run.optional:
        if case.run.by != by:
            raise ActionNotAllowed(ru.OTHER_PERSON)
        if case.run.picked is None:
            return case.run
    if draft_of(case) is not None:
        raise ActionNotAllowed(ru.DRAFT_FIRST)
    questionnaire = questionnaire_now(rules.playbook, case, rules.now, rules.staff)
    form = forms.form_of(rules.playbook, case)
    if form is not None:
        questionnaire = form.aside
    if questionnaire is None:
        raise ActionNotAllowed(ru.NO_QUESTIONNAIRE)
    return Run(questionnaire, task.id, by, rules.now)


def _running(case: Case, by: int) -> Run:
    if case.run is None or case.run.optional:
        raise ActionNotAllowed(ru.NOTHING_OPEN)
    if case.run.by != by:
        raise ActionNotAllowed(ru.OTHER_PERSON)
    return case.run
