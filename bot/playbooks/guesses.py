"""Made-up answers and facts that cover every different way through a questionnaire, and how conditions meet them.

Each button of a choice, each interesting set of a multiple choice, numbers and times on both sides of every bound, any
text. Buttons that no condition speaks of lead the same way, so the first of them stands for all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from bot.playbooks.conditions import AGREED, CASE_FACTS, CASE_NUMBERS, Atom, all_conditions, atoms
from bot.playbooks.model import Option, Playbook, Question

_MAX_SUBSET_OF = 5
_SOMETHING = "…"


@dataclass(frozen=True, slots=True)
class Moment:
    """A made-up answer to a `datetime` question."""

    days: float
    how: str


class Guesses:
    """What is worth trying, by what the conditions of the playbook speak of."""

    def __init__(self, playbook: Playbook) -> None:
        self._playbook = playbook
        self._words: dict[str, set[str]] = {}
        self._points: dict[str, set[float]] = {}
        for place, condition in all_conditions(playbook):
            if place[0] == "tasks":
                continue  # hints change nothing about the way
            for atom in atoms(condition, place):
                self._words.setdefault(atom.key, set()).update(atom.words())
                self._points.setdefault(atom.key, set()).update(_both_sides(atom))

    def facts(self, key: str, pipeline: str) -> list[Any]:
        """What a key that is no answer of this run may hold, for cases of the pipeline."""
        words = sorted(self._words.get(key, ()))
        if key in CASE_FACTS:
            return [True, False]
        if key in CASE_NUMBERS:
            return [number for number in self._numbers(key) if number >= 0]
        if key == "case.stage":
            stages = self._playbook.pipelines[pipeline].stages
            return [stage for stage in stages if stage in words] + ([_SOMETHING] if set(stages) - set(words) else [])
        if key.startswith("case."):
            return [*words, _SOMETHING]
        if key not in self._playbook.fields:
            return [None]
        if self._points.get(key):
            return [None, *self._numbers(key)]
        return [None, *words, _SOMETHING]

    def answers(self, name: str, question: Question, options: Mapping[str, Option]) -> Iterator[Any]:
        """Answers to a question with these buttons; None is skipping it."""
        mentioned = self._words.get(name, set()) | self._words.get(question.field or "", set())
        plain = [key for key, option in options.items() if key not in mentioned and _is_plain(option)]
        apart = [key for key in options if key not in plain] + plain[:1]
        if question.optional:
            yield None
        match question.kind:
            case "choice":
                yield from apart
            case "multi":
                for size in range(min(len(apart), _MAX_SUBSET_OF) + 1):
                    yield from combinations(apart[:_MAX_SUBSET_OF], size)
            case "datetime":
                for days in self._numbers(name):
                    for how in sorted(mentioned & set(AGREED) | {"promised"}):
                        yield Moment(days, how)
            case "number" | "money" | "date":
                yield from (*apart, *self._numbers(name))
            case _:
                yield from (*apart, _SOMETHING)

    def _numbers(self, key: str) -> list[float]:
        return sorted(self._points.get(key) or {1.0})


def _is_plain(option: Option) -> bool:
    return option.outcome is None and option.when is None and option.roles is None


def matches(value: Any, test: Any) -> bool:
    """Whether an answer or fact meets what a condition holds it against."""
    if isinstance(test, bool):
        return value is test
    if not isinstance(test, str | tuple) and isinstance(test, Mapping):
        return all(_compares(value, bound, limit) for bound, limit in test.items())
    words = _as_words(value)
    return any(word in words for word in test) if isinstance(test, tuple) else test in words


def say_guess(value: Any) -> str:
    """A made-up answer in a word or two."""
    if isinstance(value, Moment):
        return f"in {value.days:g} days"
    if isinstance(value, tuple):
        return "+".join(map(str, value)) or "nothing"
    return "nothing" if value is None else str(value)


def _compares(value: Any, bound: str, limit: Any) -> bool:
    if bound == "answered":
        return limit is (value is not None)
    if bound == "none_of":
        return not any(word in limit for word in _as_words(value))
    number = value.days if isinstance(value, Moment) else value
    if not isinstance(number, int | float):
        return False
    holds: dict[str, bool] = {
        "over": number > limit,
        "at_least": number >= limit,
        "under": number < limit,
        "at_most": number <= limit,
    }
    return holds[bound]


def _as_words(value: Any) -> tuple[Any, ...]:
    if value is None:
        return ()
    if isinstance(value, Moment):
        return (value.how,)
    return value if isinstance(value, tuple) else (value,)


def _both_sides(atom: Atom) -> Iterator[float]:
    """Numbers for which the test holds and for which it does not."""
    if not isinstance(atom.test, Mapping):
        for number in atom.numbers():
            yield from (number - 1, number, number + 1)
        return
    for bound, limit in atom.test.items():
        if bound in ("over", "at_most"):
            yield from (limit, limit + 1)
        elif bound in ("at_least", "under"):
            yield from (limit - 1, limit)
