"""What another version of a playbook does differently, in sentences for people. The titles come from the data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any, TypeAlias

from pydantic import BaseModel

from bot.locales.ru import comparing as ru
from bot.playbooks.model import OFF, Due, Playbook
from bot.playbooks.spoken.names import cadence_title, source_title

_LONGEST = 60
_Where: TypeAlias = "tuple[Any, ...]"


def differences(old: Playbook, new: Playbook) -> list[str]:
    """One sentence for each figure, part and text that differs, in the order of the document."""
    return [_sentence(path, before, after, old, new) for path, before, after in _changes(old, new)]


def say_length(length: timedelta) -> str:
    """«3 дн.», «1 ч 30 мин», «сразу» for none."""
    minutes = length // timedelta(minutes=1)
    days, minutes = divmod(minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((ru.DAYS, days), (ru.HOURS, hours), (ru.MINUTES, minutes))
    return " ".join(words.format(n=number) for words, number in parts if number) or ru.AT_ONCE


def say_due(due: Due | None) -> str:
    """«15 мин», «до конца дня»."""
    if due is None or (due.within is None and due.by_end_of_day is None):
        return ru.NO_DUE
    if due.within is not None:
        return say_length(due.within)
    ends = {0: ru.END_OF_DAY, 1: ru.END_OF_NEXT_DAY}
    return ends.get(due.by_end_of_day or 0) or ru.END_OF_DAYS.format(days=due.by_end_of_day)


def say_hours(hours: Mapping[str, str]) -> str:
    """«пн-пт 09:00-19:00, сб 10:00-16:00»."""
    return ", ".join(f"{_in_russian(days)} {span}" for days, span in hours.items())


def _in_russian(days: str) -> str:
    for english, russian in ru.WEEKDAYS.items():
        days = days.lower().replace(english, russian)
    return days


def _changes(old: Playbook, new: Playbook) -> Iterator[tuple[_Where, Any, Any]]:
    """Of alerts it is told what they mean for each task, wherever their figures stand."""
    for path, before, after in _walk((), old, new):
        if path[0] != "ladders" and not (path[0] == "tasks" and path[2:] == ("ladder",)):
            yield path, before, after
    for key in (one for one in old.tasks if one in new.tasks):
        yield from _walk(("tasks", key), old.ladder(old.tasks[key]), new.ladder(new.tasks[key]))


def _walk(path: _Where, old: Any, new: Any) -> Iterator[tuple[_Where, Any, Any]]:
    """Places that differ, with both values; None where there is none."""
    if old == new:
        return
    if path == ("hours",) or isinstance(old, Due) or isinstance(new, Due):
        yield path, old, new
    elif isinstance(old, BaseModel) and isinstance(new, BaseModel):
        for name in type(old).model_fields:
            yield from _walk((*path, name), getattr(old, name), getattr(new, name))
    elif path[-1:] != ("when",) and isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys((*old, *new)):
            yield from _walk((*path, key), old.get(key), new.get(key))
    elif path in (("objections",), ("lint",)) and isinstance(old, Sequence) and isinstance(new, Sequence):
        for index in range(max(len(old), len(new))):
            pair = (part[index] if index < len(part) else None for part in (old, new))
            yield from _walk((*path, index), *pair)
    else:
        yield path, old, new


def _sentence(path: _Where, old: Any, new: Any, before: Playbook, after: Playbook) -> str:
    if len(path) == 1 and path[0] in ru.WHOLE:
        return ru.WHOLE_CHANGED.format(place=ru.WHOLE[path[0]], before=_value(old), after=_value(new))
    if path[0] == "days" and isinstance(path[-1], date):
        return ru.DAY.format(day=f"{path[-1]:%d.%m.%Y}", before=_of_day(old), after=_of_day(new))
    place, rest = _place(path, before, after)
    figure = " ".join(ru.FIGURES.get(str(part), str(part)) for part in rest)
    parts = [one for one in (old, new) if isinstance(one, BaseModel | Mapping) and not isinstance(one, Due)]
    if parts or not rest:
        if old is not None and new is not None:
            return ru.REWRITTEN.format(place=place, figure=figure)
        return (ru.ADDED if old is None else ru.REMOVED).format(place=f"{place}, {figure}" if figure else place)
    if _is_long(old) or _is_long(new):
        return ru.REWRITTEN.format(place=place, figure=figure)
    return ru.CHANGED.format(place=place, figure=figure, before=_value(old), after=_value(new))


def _place(path: _Where, before: Playbook, after: Playbook) -> tuple[str, _Where]:
    """What the sentence begins with, and what is left of the path."""
    length = 4 if path[0] == "pipelines" and len(path) > 3 and path[2] == "stages" else 2
    section = str(path[length - 2]) if len(path) >= length else str(path[0])
    name = _name(path[:length], after) or _name(path[:length], before) or str(path[min(length, len(path)) - 1])
    place = ru.SECTIONS.get(section, "{name}").format(name=name)
    rest = path[length:]
    if len(rest) >= 2 and rest[0] == "by_source":
        place, rest = f"{place}, {source_title(after, str(rest[1]))}", rest[2:]
    return place, rest


def _name(path: _Where, playbook: Playbook) -> str | None:
    """What people call this part in this version."""
    if path[0] == "cadences" and path[1] in playbook.cadences:
        return cadence_title(playbook, str(path[1]))
    part: Any = playbook
    for name in path:
        if isinstance(part, BaseModel):
            part = getattr(part, str(name), None)
        elif isinstance(part, Mapping):
            part = part.get(name)
        elif isinstance(part, Sequence) and isinstance(name, int) and name < len(part):
            part = part[name]
        else:
            return None
    found = getattr(part, "title", None) or getattr(part, "text", None)
    return _cut(str(found)) if found else None


def _of_day(span: str | None) -> str:
    return ru.DAY_USUAL if span is None else ru.DAY_OFF if span == OFF else span


def _value(value: Any) -> str:
    if value is None or value == ():
        return ru.NONE
    if isinstance(value, bool):
        return ru.YES if value else ru.NO
    if isinstance(value, timedelta):
        return say_length(value)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, Due):
        return say_due(value)
    if isinstance(value, Mapping):
        return say_hours(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return " ".join(_value(one) for one in value)
    return f"«{value}»" if isinstance(value, str) and " " in value else str(value)


def _is_long(value: Any) -> bool:
    """Not fit to be told in a line."""
    if isinstance(value, str):
        return len(value) > _LONGEST or "\n" in value
    return isinstance(value, Sequence) and any(isinstance(one, BaseModel | Mapping) for one in value)


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
