"""An answer as it comes from a person: whether it will do, its stored form, and its words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from bot.engine.calendars import zone_of
from bot.engine.case import Case, Run
from bot.engine.phones import normalise
from bot.engine.questionnaire import Ask
from bot.engine.titles import stamp
from bot.engine.words import counted
from bot.engine.worktime import whole_minute
from bot.errors import ActionNotAllowed
from bot.locales.ru import engine as ru
from bot.playbooks.model import Playbook, Question, QuestionKind

QUICK_BUTTON_AGE = timedelta(minutes=5)
"""A quick time button may lie on the screen for a while before it is pressed."""
_AGREED = ("promised", "unnamed", "will_call")
_FREE: frozenset[QuestionKind] = frozenset({"text", "phone", "number", "money", "date", "duplicate"})


@dataclass(frozen=True, slots=True)
class _Given:
    """One answer that is looked at."""

    ask: Ask
    case: Case
    value: Any
    now: datetime
    today: date


def accepted(ask: Ask, case: Case, value: Any, now: datetime, zone: tzinfo) -> Any:
    """The answer in its stored form. `zone` is the company's: its days are counted there.

    Raises:
        ActionNotAllowed: it does not fit the question; the sentence says what is wanted.
    """
    if value is None:
        if not ask.question.optional:
            raise ActionNotAllowed(ru.NOT_OFFERED)
        return None
    if isinstance(value, str) and value in ask.options and ask.question.kind != "multi":
        return value
    return _CHECKS[ask.question.kind](_Given(ask, case, value, now, now.astimezone(zone).date()))


def answers_in_words(playbook: Playbook, run: Run, *, inherited: bool = False) -> tuple[str, ...]:
    """One line «Долги с процентами: 500 тыс.–1 млн» for every answer given in the run.

    `inherited`: also for those that were given before it began.
    """
    return tuple(
        ru.ANSWER_LINE.format(question=_name(playbook.questions[question_id]), answer=answer)
        for question_id in run.answers
        if (inherited or question_id not in run.given)
        and (answer := answer_in_words(playbook, run, question_id))
        # «✅ Записать» confirms the answers before it and is none itself.
        and not answer.startswith(ru.CONFIRMING_MARK)
    )


def last_in_words(playbook: Playbook, run: Run) -> str:
    """The newest answer as people read it; empty when it was skipped or there is none."""
    return answer_in_words(playbook, run, next(reversed(list(run.answers)))) if run.answers else ""


def answer_in_words(playbook: Playbook, run: Run, question_id: str) -> str:
    """The answer to one question as people read it; empty for a skipped one."""
    question, value = playbook.questions[question_id], run.answers[question_id]
    label = run.labels.get(question_id, "")
    if value is None:
        return ""
    if isinstance(value, (list, tuple)) and question.kind == "multi":
        return ", ".join(question.options[key].label for key in value if key in question.options) or ru.NO_ANSWER
    if isinstance(value, str) and value in question.options:
        return question.options[value].label
    if question.adds and label:
        return label
    say = _WORDS.get(question.kind)
    return (say(playbook, value, label) if say is not None else label) or str(value)


def typed_in_words(playbook: Playbook, run: Run) -> tuple[str, ...]:
    """The lines of what was typed or picked from a list in this run: nobody else has checked it."""
    mine = replace(run, answers={key: value for key, value in run.answers.items() if _is_free(playbook, key)})
    return answers_in_words(playbook, mine)


def said_of_sum(question: Question, given: Any, value: Any) -> str:
    """What was named of a sum that is added up: «10 000 ₽, всего 15 000 ₽»; empty when it is the whole."""
    if not question.adds or not isinstance(given, (int, float)) or given == value:
        return ""
    part, whole = (
        ru.MONEY.format(sum=_figure(sum_)) if question.kind == "money" else _figure(sum_) for sum_ in (given, value)
    )
    return ru.PART_OF.format(part=part, whole=whole)


def _is_free(playbook: Playbook, question_id: str) -> bool:
    return playbook.questions[question_id].kind in _FREE


def _name(question: Question) -> str:
    return question.short or question.text.rstrip("?… :")


def _choice(given: _Given) -> Any:
    raise ActionNotAllowed(ru.NOT_OFFERED)


def _multi(given: _Given) -> list[str]:
    value = given.value
    if not isinstance(value, (list, tuple)) or any(key not in given.ask.options for key in value):
        raise ActionNotAllowed(ru.NOT_OFFERED)
    chosen = [key for key in given.ask.options if key in value]
    alone = next((given.ask.options[key] for key in chosen if given.ask.options[key].alone), None)
    if alone is not None and len(chosen) > 1:
        raise ActionNotAllowed(ru.ALONE.format(label=alone.label))
    return chosen


def _number(given: _Given) -> float:
    value, question = given.value, given.ask.question
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        raise ActionNotAllowed(ru.NOT_A_NUMBER)
    if question.at_least is not None and value < question.at_least:
        raise ActionNotAllowed(ru.TOO_SMALL.format(limit=_figure(question.at_least)))
    if question.at_most is not None and value > question.at_most:
        raise ActionNotAllowed(ru.TOO_BIG.format(limit=_figure(question.at_most)))
    if question.adds and question.field is not None:
        value = float(value) + float(given.case.facts.get(question.field) or 0)
    return int(value) if float(value).is_integer() else value


def _text(given: _Given) -> str:
    text = given.value.strip() if isinstance(given.value, str) else ""
    if not text:
        raise ActionNotAllowed(ru.EMPTY_TEXT)
    longest = given.ask.question.longest
    if longest is not None and len(text) > longest:
        raise ActionNotAllowed(ru.TOO_LONG.format(limit=longest))
    return text


def _date(given: _Given) -> str:
    try:
        day = date.fromisoformat(given.value)
    except (TypeError, ValueError):
        raise ActionNotAllowed(ru.NOT_A_DATE) from None
    if given.ask.question.not_future and day > given.today:
        raise ActionNotAllowed(ru.FUTURE_DATE)
    return day.isoformat()


def _datetime(given: _Given) -> dict[str, Any]:
    value = given.value
    try:
        at, how = datetime.fromisoformat(value["at"]), value["how"]
    except (TypeError, KeyError, ValueError):
        raise ActionNotAllowed(ru.NOT_A_TIME) from None
    if at.tzinfo is None or how not in _AGREED:
        raise ActionNotAllowed(ru.NOT_A_TIME)
    if given.ask.question.exact and how != _AGREED[0]:
        raise ActionNotAllowed(ru.NOT_OFFERED)
    if at < given.now - QUICK_BUTTON_AGE:
        raise ActionNotAllowed(ru.PAST_TIME)
    taken = {"at": whole_minute(at).isoformat(), "how": how}
    second = value.get("with")
    return taken | {"with": second} if isinstance(second, int) else taken


def _phone(given: _Given) -> str:
    phone = normalise(given.value) if isinstance(given.value, str) else None
    if phone is None:
        raise ActionNotAllowed(ru.NOT_A_PHONE)
    return phone.e164


def _files(given: _Given) -> list[Any]:
    if not isinstance(given.value, (list, tuple)) or not given.value:
        raise ActionNotAllowed(ru.NO_FILE)
    return list(given.value)


def _duplicate(given: _Given) -> int:
    if isinstance(given.value, bool) or not isinstance(given.value, int) or given.value == given.case.id:
        raise ActionNotAllowed(ru.NOT_A_CASE)
    return given.value


_CHECKS: Mapping[QuestionKind, Callable[[_Given], Any]] = {
    "choice": _choice,
    "multi": _multi,
    "number": _number,
    "money": _number,
    "text": _text,
    "date": _date,
    "datetime": _datetime,
    "phone": _phone,
    "files": _files,
    "duplicate": _duplicate,
}


def _figure(value: float) -> str:
    return f"{value:,.10g}".replace(",", " ").replace(".", ",")


def _say_datetime(playbook: Playbook, value: Any, _said: str) -> str:
    at = stamp(datetime.fromisoformat(value["at"]).astimezone(UTC), zone_of(playbook))
    match value["how"]:
        case "unnamed":
            return ru.TIME_UNNAMED.format(at=at)
        case "will_call":
            return ru.TIME_WILL_CALL.format(at=at)
        case _:
            return at


_WORDS: Mapping[str, Callable[[Playbook, Any, str], str]] = {
    "number": lambda _playbook, value, _said: _figure(value),
    "money": lambda _playbook, value, _said: ru.MONEY.format(sum=_figure(value)),
    "text": lambda _playbook, value, _said: str(value),
    "date": lambda _playbook, value, _said: f"{date.fromisoformat(value):%d.%m.%Y}",
    "datetime": _say_datetime,
    "files": lambda _playbook, value, said: said or counted(len(value), *ru.FILES),
}
