"""Who is who and when is when, as people write it: «у Ивана», «руководителю», «вт 14:00», «40 минут»."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from tests.scenarios.floor import MOSCOW, WEEKDAYS

MONDAY = datetime(2026, 11, 9, tzinfo=MOSCOW)
"""Where a story begins that names a weekday and no date: a week without holidays."""
GROUP = "группа"
_PEOPLE = {
    "Иван": ("Ивана", "Ивану", "менеджер", "менеджера"),
    "Анна": ("Анны", "Анне", "Анну"),
    "Ольга": ("Ольги", "Ольге", "Ольгу", "руководитель", "руководителя", "руководителю"),
    "Дмитрий": ("Дмитрия", "Дмитрию", "директор", "директора", "директору"),
    "Юлия": ("Юлии", "Юлию", "юрист", "юриста", "юристу"),
    "Алла": ("Аллы", "Алле", "Аллу", "администратор", "администратора"),
    GROUP: ("группы", "группе", "группу"),
}
_BY_WORD = {word: name for name, words in _PEOPLE.items() for word in (name, *words)}
_MONTHS = (
    *("января", "февраля", "марта", "апреля", "мая", "июня"),
    *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
)
_MOMENT = re.compile(r"(?:(?P<weekday>[а-я]{2}) ?)?(?:(?P<day>\d{1,2}) (?P<month>[а-я]+) )?(?P<h>\d{1,2}):(?P<m>\d\d)")
_SPANS = (("секунд", "seconds"), ("минут", "minutes"), ("час", "hours"), ("д", "days"), ("сут", "days"))


class NotUnderstood(ValueError):
    """The words name nobody, or no moment; `str()` says what is allowed."""


def person(word: str) -> str:
    """«Ивана», «руководителю» → the name under which the floor knows the person."""
    if word not in _BY_WORD:
        known = ", ".join(name for name in _PEOPLE)
        raise NotUnderstood(f"«{word}» здесь не работает; есть {known}, руководитель, директор, юрист")
    return _BY_WORD[word]


def moment(words: str, now: datetime | None = None) -> datetime:
    """The next such moment: «вт 14:00», «чт 5 ноября 10:00», «14:00» of today.

    Args:
        words: as above.
        now: where the clock stands; None: the story begins.
    """
    found = _MOMENT.fullmatch(words)
    if found is None or int(found["h"]) > 23 or int(found["m"]) > 59:
        raise NotUnderstood(f"«{words}» – не момент; можно «14:00», «вт 14:00», «чт 5 ноября 14:00»")
    base = (now or MONDAY).astimezone(MOSCOW).replace(second=0, microsecond=0)
    at = base.replace(hour=int(found["h"]), minute=int(found["m"]))
    if found["day"]:
        if found["month"] not in _MONTHS:
            raise NotUnderstood(f"«{found['month']}» – не месяц; можно {', '.join(_MONTHS)}")
        try:
            at = at.replace(month=_MONTHS.index(found["month"]) + 1, day=int(found["day"]))
        except ValueError:
            raise NotUnderstood(f"дня {found['day']} {found['month']} нет") from None
        if found["weekday"] and WEEKDAYS[at.weekday()] != found["weekday"]:
            raise NotUnderstood(f"{found['day']} {found['month']} – это {WEEKDAYS[at.weekday()]}")
    elif found["weekday"]:
        at += timedelta(days=(WEEKDAYS.index(found["weekday"]) - at.weekday()) % 7)
        at += timedelta(days=7 if at < base and now is not None else 0)
    if now is not None and at < base:
        raise NotUnderstood(f"часы уже {said(base)}, назад они не идут")
    return at


def said(at: datetime) -> str:
    """A moment as stories write it: «вт 14:00»."""
    local = at.astimezone(MOSCOW)
    return f"{WEEKDAYS[local.weekday()]} {local:%H:%M}"


def said_with_date(at: datetime) -> str:
    """«вт 10 ноября 14:00»."""
    local = at.astimezone(MOSCOW)
    return f"{WEEKDAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local:%H:%M}"


def span(words: str) -> timedelta:
    """«40 минут», «2 часа», «1 день»."""
    count, _, unit = words.partition(" ")
    return next(timedelta(**{name: int(count)}) for start, name in _SPANS if unit.startswith(start))
