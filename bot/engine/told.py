"""What is remembered of a recorded questionnaire: for the client's history, and in short for his next card."""

from __future__ import annotations

from dataclasses import replace

from bot.engine.answers import answer_in_words
from bot.engine.case import Case, Run, Said, Task
from bot.engine.effects import Told
from bot.engine.rules import Rules
from bot.engine.settled import Settled
from bot.locales.ru import engine as ru
from bot.playbooks.model import Outcome, Question

_CARD_LENGTH = 120
_NOT_SAID = ("datetime", "date", "phone", "files", "duplicate")
"""Kinds of questions whose answers stand elsewhere on the card, or are nothing that the client said."""


def told(rules: Rules, settled: Settled) -> Told:
    """What a recorded questionnaire said, and which attempt it was that did not reach the client."""
    miss = settled.miss
    return replace(said(rules, settled.task, settled.run), attempt=miss.number if miss is not None else None)


def said(rules: Rules, task: Task, run: Run) -> Told:
    """All answers of this run in words; those given before it began were told then."""
    answers = _answers(rules, run)
    words = tuple(_quoted(question, answer) for question, answer in answers)
    far = [answer for question, answer in answers if question.far]
    return Told(
        task=task.id,
        title=rules.kind(task.kind).title,
        at=task.done_at(rules.now),
        words=words,
        questionnaire=run.questionnaire,
        far=far[-1] if far else None,
    )


def added(rules: Rules, run: Run, words: str) -> Told | None:
    """An answer given on the receipt; a skipped one is none."""
    return Told(run.task, "", rules.now, (words,), more=True) if words else None


def last_words(rules: Rules, case: Case, outcome: Outcome, run: Run) -> Case:
    """The case with what the client said last, unless he was not reached."""
    if outcome.miss is not None:
        return case
    spoken = [
        _quoted(question, answer)
        for question, answer in _answers(rules, run)
        if question.kind not in _NOT_SAID and not _is_told(rules, question)
    ]
    words = ru.SAID_SEPARATOR.join(spoken)
    if len(words) > _CARD_LENGTH:
        words = f"{words[:_CARD_LENGTH].rstrip()}…"
    return replace(case, said=Said(rules.now, run.by, words)) if words else case


def _answers(rules: Rules, run: Run) -> list[tuple[Question, str]]:
    questions = rules.playbook.questions
    pairs = [(questions[key], answer_in_words(rules.playbook, run, key)) for key in run.answers if key not in run.given]
    return [(question, words) for question, words in pairs if words and not words.startswith(ru.CONFIRMING_MARK)]


def _quoted(question: Question, words: str) -> str:
    """Typed words stand in quotes; an option of a text question is a label like any other."""
    labels = {option.label for option in question.options.values()}
    return ru.QUOTED.format(words=words) if question.kind == "text" and words not in labels else words


def _is_told(rules: Rules, question: Question) -> bool:
    field = rules.playbook.fields.get(question.field or "")
    return field is not None and field.told is not None
