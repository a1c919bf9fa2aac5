"""Whether a playbook's condition holds for a case and the answers so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.engine.case import Answers, Case
from bot.playbooks.model import Compare, Condition, Playbook


@dataclass(frozen=True, slots=True)
class Scope:
    """What a condition may look at."""

    playbook: Playbook
    case: Case
    answers: Answers
    now: datetime


def holds(condition: Condition | None, scope: Scope) -> bool:
    """Whether every key of `condition` holds; a missing or empty condition always does.

    A key is a question (answered in this run), a field (the answer of this run that is written to it, otherwise what
    is known of the client), a `case.*` fact, or one of the groups `any`, `all`, `not`.
    A time or date compares in calendar days ahead on the company's clock, a time against words by how it was agreed
    (`promised`, `unnamed`, `will_call`); a list of options meets a list when they share one.

    Raises:
        ValueError: an unknown `case.*` key or a test of an unknown shape.
    """
    if not condition:
        return True
    return all(_key_holds(key, test, scope) for key, test in condition.items())


def known(key: str, scope: Scope) -> Any:
    """The answer of this run to the question or into the field `key`, or else what is known of the client; or None."""
    if key in scope.answers:
        return scope.answers[key]
    for question_id, answer in reversed(list(scope.answers.items())):
        question = scope.playbook.questions.get(question_id)
        if question is not None and question.field == key:
            return answer
    return scope.case.facts.get(key)


def days_ahead(moment: datetime, now: datetime, playbook: Playbook) -> int:
    """Calendar days from now to `moment` on the company's clock."""
    zone = ZoneInfo(playbook.zone)
    return (moment.astimezone(zone).date() - now.astimezone(zone).date()).days


def has_other_contact(case: Case) -> bool:
    """Whether the client can be written to, by e-mail or messenger."""
    return bool(case.client.emails or case.client.messengers)


def attempt_now(case: Case) -> int:
    """Number of the attempt that is being made, as people count."""
    if case.task is not None and case.task.attempt is not None:
        return case.task.attempt
    return len(case.misses) + 1


_CASE_KEYS: dict[str, Callable[[Case], Any]] = {
    "case.source": lambda case: case.source,
    "case.stage": lambda case: case.stage,
    "case.task": lambda case: case.task.kind if case.task else None,
    "case.attempt": attempt_now,
    "case.misses": lambda case: len(case.misses),
    "case.line": lambda case: case.misses[-1].line if case.misses else None,
    "case.has_phone": lambda case: bool(case.client.phones),
    "case.other_contact": has_other_contact,
    "case.only_writing": lambda case: case.no_calls,
    "case.repeat": lambda case: case.repeat is not None,
    "case.promised": lambda case: case.task is not None and case.task.promised,
    "case.confirmed": lambda case: case.task is not None and case.task.confirmed,
}


def _key_holds(key: str, test: Any, scope: Scope) -> bool:
    match key:
        case "any":
            return any(holds(part, scope) for part in test)
        case "all":
            return all(holds(part, scope) for part in test)
        case "not":
            return not holds(test, scope)
        case _:
            return _matches(_value(key, scope), test, scope)


def _value(key: str, scope: Scope) -> Any:
    if not key.startswith("case."):
        return known(key, scope)
    read = _CASE_KEYS.get(key)
    if read is None:
        raise ValueError(f"unknown condition key {key!r}")
    return read(scope.case)


def _matches(value: Any, test: Any, scope: Scope) -> bool:
    if isinstance(test, bool):
        return value is test
    if isinstance(test, Compare):
        return _compares(value, test.model_dump(exclude_none=True), scope)
    if isinstance(test, Mapping):
        return _compares(value, test, scope)
    if isinstance(test, (str, int, float)):
        return test in _as_words(value)
    if isinstance(test, Sequence):
        return any(word in test for word in _as_words(value))
    raise ValueError(f"a condition cannot test against {test!r}")


def _as_words(value: Any) -> tuple[Any, ...]:
    """An answer as the options or words that a test may name."""
    if value is None:
        return ()
    if isinstance(value, Mapping):
        return (value.get("how"),)
    if isinstance(value, (list, tuple)):
        return tuple(value)
    return (value,)


def _compares(value: Any, test: Mapping[str, Any], scope: Scope) -> bool:
    for bound, limit in test.items():
        match bound:
            case "answered":
                if (value is not None) is not limit:
                    return False
            case "none_of":
                if any(word in limit for word in _as_words(value)):
                    return False
            case "over" | "at_least" | "under" | "at_most":
                number = _as_number(value, scope)
                if number is None or not _BOUNDS[bound](number, limit):
                    return False
            case _:
                raise ValueError(f"unknown comparison {bound!r}")
    return True


_BOUNDS: dict[str, Callable[[float, float], bool]] = {
    "over": lambda number, limit: number > limit,
    "at_least": lambda number, limit: number >= limit,
    "under": lambda number, limit: number < limit,
    "at_most": lambda number, limit: number <= limit,
}


def _as_number(value: Any, scope: Scope) -> float | None:
    if isinstance(value, Mapping) and "at" in value:
        return days_ahead(datetime.fromisoformat(value["at"]), scope.now, scope.playbook)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _days_until(value, scope)
    return None


def _days_until(text: str, scope: Scope) -> int | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return (day - scope.now.astimezone(ZoneInfo(scope.playbook.zone)).date()).days
