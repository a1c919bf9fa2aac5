"""The optional questions on a receipt: each answer is added to what is recorded already and blocks nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.engine.answers import accepted, answer_in_words, answers_in_words
from bot.engine.case import Case, Miss, Run
from bot.engine.effects import Comment, Decision, Effect, MoveTask, Receipt, Redraw, Update
from bot.engine.events import Answered
from bot.engine.fields import answer_fields, next_contact
from bot.engine.follow import after_length
from bot.engine.misses import attempts_in_all
from bot.engine.questionnaire import Ask, End, next_step
from bot.engine.rules import Rules
from bot.engine.tasks import push_time
from bot.engine.titles import stamp
from bot.engine.told import added
from bot.engine.words import say_short
from bot.engine.worktime import whole_minute
from bot.errors import ActionNotAllowed
from bot.locales.ru import engine as ru


def question_now(rules: Rules, case: Case) -> Ask | None:
    """The question that the case's receipt offers, if any."""
    if case.run is None or not case.run.optional:
        return None
    step = next_step(rules.playbook, case, case.run, rules.now, rules.role)
    return step if isinstance(step, Ask) else None


def answered(rules: Rules, case: Case, event: Answered, ask: Ask) -> Decision:
    """Add one answer to the record: its field and the detail of the miss; the last one, a timeline comment of them all.

    An option with an outcome repeats the attempt: the miss is taken back and the open task moved.
    """
    run = case.run
    if run is None or run.by != event.by:
        raise ActionNotAllowed(ru.OTHER_PERSON)
    value = accepted(ask, case, event.value, rules.now, rules.zone)
    one = Run(run.questionnaire, run.task, run.by, run.started_at, {ask.id: value}, {ask.id: event.label})
    answers = {**run.answers, ask.id: value}
    run = replace(run, answers=answers, labels={**run.labels, ask.id: event.label})
    words = answer_in_words(rules.playbook, one, ask.id)
    fields = answer_fields(rules.playbook, case, one)
    case = replace(case, facts={**case.facts, **fields})
    step = next_step(rules.playbook, case, run, rules.now, rules.role)
    told = answers_in_words(rules.playbook, run) if isinstance(step, End) else ()
    said = (Comment("\n".join(told), by=event.by),) if told else ()
    if isinstance(step, End) and step.outcome is not None:
        repeated = _repeated(rules, replace(case, run=None), run, step.outcome, words, (*_update(fields), *said))
        return replace(repeated, told=added(rules, run, words))
    case = replace(_detailed(case, run.task, words, ask, value), run=run if isinstance(step, Ask) else None)
    effects: tuple[Effect, ...] = (*_update(fields), *said, Redraw(run.task))
    why = ru.WHY_DETAIL.format(answer=words or ru.SKIPPED)
    return Decision(case, effects, why, told=added(rules, run, words))


def _detailed(case: Case, task: str, words: str, ask: Ask, value: Any) -> Case:
    """The case with the answer added to the miss that the receipt tells of."""
    if not words:
        return case
    wrote: tuple[str, ...] = ()
    if isinstance(value, list):
        wrote = tuple(ask.options[key].label for key in value if not ask.options[key].alone)
    line = value if isinstance(value, str) and ask.question.kind == "choice" else None

    def told(miss: Miss) -> Miss:
        details = (*miss.details, words)
        return replace(miss, details=details, wrote=(*miss.wrote, *wrote), line=line or miss.line)

    return replace(case, misses=tuple(told(miss) if miss.task == task else miss for miss in case.misses))


def _repeated(
    rules: Rules, case: Case, run: Run, outcome_key: str, words: str, recorded: tuple[Effect, ...]
) -> Decision:
    """The same attempt once more, soon: nothing is completed, the open task moves."""
    outcome = rules.playbook.outcomes[outcome_key]
    if case.task is None or outcome.next is None:
        raise ActionNotAllowed(ru.NO_TASK)
    due = after_length(rules, case, outcome.next)
    if due is None:
        raise ActionNotAllowed(ru.NOT_OFFERED)
    due = whole_minute(due)
    kind, task = rules.kind(case.task.kind), case.task
    attempt = task.attempt
    if outcome.unmiss and case.misses and case.misses[-1].task == run.task:
        attempt = case.misses[-1].number if outcome.next.same_attempt else attempt
        case = replace(case, misses=case.misses[:-1])
    why = ru.WHY_BUSY.format(answer=words, at=stamp(due, rules.zone))
    task = replace(
        task,
        due_at=due,
        push_at=push_time(rules, case, kind, due),
        attempt=attempt,
        attempts=attempts_in_all(rules, case),
        promised=False,
        placed=False,
        note=why,
        by_rule=None,
    )
    fields = next_contact(rules.playbook, replace(case, task=task))
    case = replace(case, task=task, facts={**case.facts, **fields})
    receipt = Receipt(
        run.task,
        (words, ru.RECEIPT_NEXT.format(task=kind.title, at=say_short(due, rules.zone, rules.now))),
        ru.SHORT_NEXT.format(what=words, at=say_short(due, rules.zone, rules.now)),
    )
    return Decision(case, (*recorded, *_update(fields), MoveTask(task.id, due_at=due), receipt), why, (outcome_key,))


def _update(fields: Mapping[str, object]) -> tuple[Update, ...]:
    return (Update(None, fields),) if fields else ()
