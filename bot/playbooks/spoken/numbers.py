"""«на номер не больше 3 в день», «сменить номер после 12 недозвонов за 3 часа»: what holds for phone numbers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.locales.ru import changes as ru
from bot.playbooks.edit import Change, Drop, Put
from bot.playbooks.model import Playbook, WornNumber, bounds_of, write_duration
from bot.playbooks.spoken.reading import LENGTH, NUMBER, Refused, Words, read_length, read_number

_DAY = timedelta(days=1)
_CAP = (
    rf"(?:calls_per_number|{ru.ON_A_NUMBER})\s*[=:]?\s*"
    rf"(?:(?P<none>{ru.WITHOUT_LIMIT})|(?:не\s+(?:чаще|больше|более)\s+|до\s+|максимум\s+)?{NUMBER.format('n')}"
    rf"(?:\s*(?:раза?|звонк\w*|попыт\w*))?(?:\s*(?:в|на)\s+день)?)(?!\w)"
)
_WORN = (
    rf"(?:worn_number|{ru.ANOTHER_NUMBER})\s*[=:]?\s*"
    rf"(?:(?:после|misses)?\s*[=:]?\s*{NUMBER.format('n')}\s*(?:недозвон\w*|звонк\w*|попыт\w*)?(?:\s*подряд)?)?"
    rf"\s*(?:(?:за|within)\s*[=:]?\s*{LENGTH.format('l')})?"
)


def number_changes(playbook: Playbook, words: Words) -> list[Change]:
    """What the words say of phone numbers, taken out of them; nothing where they say nothing of them.

    Raises:
        Refused: the figures cannot be.
    """
    changes: list[Change] = []
    cap, worn = words.take(_CAP), words.take(_WORN)
    if cap is None and words.take(rf"(?:calls_per_number|{ru.ON_A_NUMBER})(?!\w)") is not None:
        raise Refused(ru.NUMBER_FORMS)
    if cap is not None:
        changes += _cap(playbook, None if cap["none"] else read_number(cap["n"]))
    if worn is not None:
        if worn["n"] is None and worn["l"] is None:
            raise Refused(ru.NUMBER_FORMS)
        asked: dict[str, Any] = {}
        if worn["n"] is not None:
            asked["misses"] = _in_range(read_number(worn["n"]))
        if worn["l"] is not None:
            asked["within"] = read_length(worn["l"])
            if not timedelta(0) < asked["within"] <= _DAY:
                raise Refused(ru.WORN_RANGE)
        for key, value in asked.items():
            if getattr(playbook.worn_number, key) != value:
                written = write_duration(value) if isinstance(value, timedelta) else value
                changes.append(Put(("worn_number", key), written, after="calls_per_number"))
    if (cap is not None or worn is not None) and not changes:
        raise Refused(ru.ALREADY)
    return changes


def _cap(playbook: Playbook, calls: int | None) -> list[Change]:
    if calls == playbook.calls_per_number:
        return []
    if calls is None:
        return [Drop(("calls_per_number",))]
    low, high = bounds_of(Playbook, "calls_per_number")
    if not low <= calls <= high:
        raise Refused(ru.OUT_OF_RANGE.format(name=ru.CALLS_PER_NUMBER, low=low, high=high, given=calls))
    return [Put(("calls_per_number",), calls)]


def _in_range(misses: int) -> int:
    low, high = bounds_of(WornNumber, "misses")
    if not low <= misses <= high:
        raise Refused(ru.OUT_OF_RANGE.format(name=ru.WORN_MISSES, low=low, high=high, given=misses))
    return misses
