"""Conditions as data: which keys they ask about, and whether they are written as the engine reads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.playbooks.errors import Finding, Path, did_you_mean
from bot.playbooks.model import Compare, Condition, Playbook, Question, Result, Step
from bot.playbooks.source import Document

GROUPS = ("any", "all", "not")
BOUNDS = ("over", "at_least", "under", "at_most")
AGREED = ("promised", "unnamed", "will_call")
"""How the time of a `datetime` answer was agreed."""
CASE_NAMES = ("case.source", "case.stage", "case.task", "case.line")
CASE_NUMBERS = ("case.attempt", "case.misses")
CASE_FACTS = (
    *("case.has_phone", "case.other_contact", "case.only_writing", "case.repeat", "case.promised"),
    "case.confirmed",
)
CASE_KEYS = (*CASE_NAMES, *CASE_NUMBERS, *CASE_FACTS)
_NUMBER_KINDS = ("number", "money", "date", "datetime")


@dataclass(frozen=True, slots=True)
class Atom:
    """One key of a condition with what it is held against."""

    path: Path
    key: str
    test: Any

    def words(self) -> tuple[str, ...]:
        """The options or names it compares with."""
        test = self.test.get("none_of", ()) if isinstance(self.test, Mapping) else self.test
        if isinstance(test, str):
            return (test,)
        return tuple(word for word in test if isinstance(word, str)) if isinstance(test, tuple) else ()

    def numbers(self) -> tuple[float, ...]:
        """The bounds it compares with."""
        given = self.test.values() if isinstance(self.test, Mapping) else (self.test,)
        return tuple(number for number in given if _is_number(number))


def atoms(condition: Any, path: Path) -> Iterator[Atom]:
    """Every key of the condition, groups opened; parts of a wrong shape are passed over."""
    if not isinstance(condition, Mapping):
        return
    for key, test in condition.items():
        here = (*path, key)
        if key == "not":
            yield from atoms(test, here)
        elif key in GROUPS:
            for index, part in enumerate(test if isinstance(test, tuple) else ()):
                yield from atoms(part, (*here, index))
        else:
            yield Atom(here, key, test)


def all_conditions(playbook: Playbook) -> Iterator[tuple[Path, Condition]]:
    """Every condition of the playbook with its place."""
    for name, question in playbook.questions.items():
        for key, option in question.options.items():
            if option.when is not None:
                yield ("questions", name, "options", key, "when"), option.when
    for name, questionnaire in playbook.questionnaires.items():
        parts: dict[str, tuple[Step | Result, ...]] = {"steps": questionnaire.steps, "results": questionnaire.results}
        for part, places in parts.items():
            for index, place in enumerate(places):
                if place.when is not None:
                    yield ("questionnaires", name, part, index, "when"), place.when
    yield from _of_advice(playbook)


def _of_advice(playbook: Playbook) -> Iterator[tuple[Path, Condition]]:
    """Of what is shown to help: hints and objections."""
    for name, task in playbook.tasks.items():
        for index, hint in enumerate(task.hints):
            if hint.when is not None:
                yield ("tasks", name, "hints", index, "when"), hint.when
    for index, objection in enumerate(playbook.objections):
        if objection.when is not None:
            yield ("objections", index, "when"), objection.when


def check_conditions(playbook: Playbook, document: Document) -> list[Finding]:
    """Unknown keys and options, and tests that the key cannot meet."""
    return [
        document.finding(path, problem, mend)
        for place, condition in all_conditions(playbook)
        for path, problem, mend in _Checker(playbook).condition(condition, place)
    ]


_Complaint = tuple[Path, str, str]


class _Checker:
    def __init__(self, playbook: Playbook) -> None:
        self._playbook = playbook

    def condition(self, condition: Any, path: Path) -> Iterator[_Complaint]:
        if not isinstance(condition, Mapping) or not condition:
            yield path, "a condition is a mapping", "write {question: option}"
            return
        for key, test in condition.items():
            here = (*path, key)
            if key == "not":
                yield from self.condition(test, here)
            elif key in GROUPS:
                yield from self._group(test, here)
            elif key.startswith("case."):
                yield from self._case(key, test, here)
            else:
                yield from self._answer(key, test, here)

    def _group(self, test: Any, path: Path) -> Iterator[_Complaint]:
        if not isinstance(test, tuple) or not test:
            yield path, f"`{path[-1]}` needs a list of conditions", "write [{question: option}, …]"
            return
        for index, part in enumerate(test):
            yield from self.condition(part, (*path, index))

    def _case(self, key: str, test: Any, path: Path) -> Iterator[_Complaint]:
        if key in CASE_FACTS:
            if not isinstance(test, bool):
                yield path, f"{key} is true or false", "write true or false"
        elif key in CASE_NUMBERS:
            if not _is_number(test):
                yield from _comparison(test, path, (*BOUNDS,))
        elif key in CASE_NAMES:
            yield from self._words(test, path, self._case_names(key), key.removeprefix("case."))
        else:
            yield path, f'"{key}" is not known of a case', did_you_mean(key, CASE_KEYS)

    def _case_names(self, key: str) -> list[str]:
        if key == "case.source":
            return list(self._playbook.sources)
        if key == "case.task":
            return list(self._playbook.tasks)
        if key == "case.line":
            return self._line_options()
        return [stage for pipeline in self._playbook.pipelines.values() for stage in pipeline.stages]

    def _line_options(self) -> list[str]:
        """What may have been on the line: options of the choices that are asked on receipts."""
        offered = {outcome.after for outcome in self._playbook.outcomes.values()}
        steps = [step for key in offered for step in _steps(self._playbook, key)]
        asked = [self._playbook.questions.get(step.ask) for step in steps]
        return [option for question in asked if question and question.kind == "choice" for option in question.options]

    def _answer(self, key: str, test: Any, path: Path) -> Iterator[_Complaint]:
        question = self._playbook.questions.get(key)
        questions = [question] if question else []
        if key in self._playbook.fields:
            questions += [other for other in self._playbook.questions.values() if other.field == key]
            numeric = self._playbook.fields[key].type in ("datetime", "integer", "money", "date")
        elif question is None:
            known = (*self._playbook.questions, *self._playbook.fields, *CASE_KEYS, *GROUPS)
            yield path, f'question "{key}" is not defined', did_you_mean(key, known)
            return
        else:
            numeric = question.kind in _NUMBER_KINDS
        options = _options(questions)
        if isinstance(test, Mapping):
            allowed = ("answered", *(BOUNDS if numeric else ()), *(("none_of",) if options else ()))
            yield from _comparison(test, path, allowed)
            if "none_of" in test:
                yield from self._words(test["none_of"], (*path, "none_of"), options, "option")
        elif numeric and _is_number(test):
            return
        elif not options:
            yield path, f'"{key}" has no options to compare with', "write {answered: true}"
        else:
            yield from self._words(test, path, options, "option")

    @staticmethod
    def _words(test: Any, path: Path, known: Iterable[str], what: str) -> Iterator[_Complaint]:
        words = (test,) if isinstance(test, str) else test
        if not isinstance(words, tuple) or not words or not all(isinstance(word, str) for word in words):
            yield path, f"one {what} or a list of them is needed here", "write name or [name, name]"
            return
        for word in words:
            if word not in known:
                yield path, f'{what} "{word}" is not defined', did_you_mean(word, known)


def _options(questions: Iterable[Question]) -> list[str]:
    found: dict[str, None] = {}
    for question in questions:
        found.update(dict.fromkeys(question.options))
        if question.kind == "datetime":
            found.update(dict.fromkeys(AGREED))
    return list(found)


def _comparison(test: Any, path: Path, allowed: tuple[str, ...]) -> Iterator[_Complaint]:
    if not isinstance(test, Mapping) or not test:
        yield path, "a comparison is needed here", f"write {{{allowed[0]}: …}}"
        return
    for bound, limit in test.items():
        if bound not in Compare.model_fields:
            yield (*path, bound), f'comparison "{bound}" is unknown', did_you_mean(bound, allowed)
        elif bound not in allowed:
            yield (*path, bound), f'comparison "{bound}" has no meaning here', f"use one of: {', '.join(allowed)}"
        elif bound in BOUNDS and not _is_number(limit):
            yield (*path, bound), "a number is needed here", "write digits without quotes"
        elif bound == "answered" and not isinstance(limit, bool):
            yield (*path, bound), "`answered` is true or false", "write true or false"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _steps(playbook: Playbook, key: str | None) -> tuple[Step, ...]:
    questionnaire = playbook.questionnaires.get(key or "")
    return questionnaire.steps if questionnaire else ()
