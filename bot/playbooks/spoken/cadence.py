"""«5 попыток за 3 дня», `attempts=5 within=3d`, «для БДТ 3 за 5 дней»: changes of a cadence."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Any

from bot.locales.ru import changes as ru
from bot.playbooks.edit import Change, Drop, Put
from bot.playbooks.model import Cadence, Playbook, SourceCadence, bounds_of, write_duration
from bot.playbooks.spoken.clock import CLOCK, read_clock, windows_of
from bot.playbooks.spoken.names import cadence_title, source_title, take_cadence, take_source
from bot.playbooks.spoken.numbers import number_changes
from bot.playbooks.spoken.reading import LENGTH, NUMBER, Refused, Words, read_length, read_number
from bot.playbooks.values import LONGEST

_DAY = timedelta(days=1)
_WIDEST_SPREAD = timedelta(hours=1)
_CLOCKS = rf"{CLOCK}(?:(?:\s*[,;]\s*|\s+и\s+|\s+){CLOCK})*"
_PER_DAY = (
    r"per_day\s*[=:]?\s*{n}",
    r"(?:не\s+(?:чаще|больше|более)\s+|до\s+|максимум\s+|по\s+)?{n}\s*(?:раза?\s+|попыт\w*\s+|звонк\w*\s+)?(?:в|на)\s+день",
    r"в\s+день\s*[=:]?\s*(?:не\s+(?:чаще|больше|более)\s+|до\s+)?{n}",
)
_SECOND = r"(?:second|втор(?:ая|ую|ой)(?:\s+(?:попытк|звон)\w+)?|2-(?:я|ю|й))\s*[=:]?\s*(?:через\s+)?{l}"
_GAP = r"(?:gap|пауз[ауы]|перерыв|промежуток|интервал)\s*[=:]?\s*(?:≥|от|не\s+(?:меньше|менее)|минимум)?\s*{l}"
_SPREAD = r"(?:spread|разброс\w*)\s*[=:]?\s*(?:на\s+|до\s+)?{l}"
_ATTEMPTS = (r"{n}\s*(?:попыт\w+|звонк\w+|раза?(?!\s+в))(?!\w)", r"(?:attempts|попыт\w+|звонк\w+)\s*[=:]?\s*{n}")
_WITHIN = rf"(?:within|за|срок|в\s+течение)\s*[=:]?\s*(?:{LENGTH.format('l')}|{NUMBER.format('n')})"
_DAYS = (r"{n}\s*(?:раб\w*\s+)?(?:дн(?:ей|я)|день)(?!\w)", r"дн(?:ей|и|я)\s*[=:]?\s*{n}")
_FIRST = re.compile(rf"(?<!\w)(?:{NUMBER.format('n')}|(?P<name>attempts|попыт|звонк|дн(?:ей|и|я)))", re.IGNORECASE)
"""What stands first in «6 попыток 4 дня» and in «попыток 6 дней 4»."""


def cadence_changes(playbook: Playbook, text: str) -> list[Change]:
    """What the words ask for.

    Raises:
        Refused: they were not understood, or the figures cannot be.
    """
    words = Words(text)
    words.take(ru.VERBS)
    of_numbers = number_changes(playbook, words)
    if of_numbers and words.is_empty:
        return of_numbers
    cadence = take_cadence(playbook, words)
    source = take_source(playbook, words)
    path = ("cadences", cadence) if source is None else ("cadences", cadence, "by_source", source)
    if words.take(ru.AS_OTHERS):
        words.must_be_empty(ru.CADENCE_FORMS)
        if source is None:
            raise Refused(ru.AS_OTHERS_OF_WHOM)
        if source not in playbook.cadences[cadence].by_source:
            raise Refused(ru.ALREADY)
        return [Drop(path)]
    figures = _figures(words)
    words.must_be_empty(ru.CADENCE_FORMS)
    if not figures:
        raise Refused(ru.CADENCE_FORMS)
    _check(playbook, cadence, source, figures)
    return [*of_numbers, *(Put((*path, key), _written(value)) for key, value in figures.items())]


def named_cadence(playbook: Playbook, text: str) -> str | None:
    """The cadence that the words name and ask nothing else of: it is to be shown.

    Raises:
        Refused: it is to be shown, but there is no such cadence.
    """
    words = Words(text)
    if words.take(ru.SHOW_WORDS) is not None:
        return take_cadence(playbook, words)
    names = {key: (key, cadence_title(playbook, key)) for key in playbook.cadences}
    found = words.name(names)
    return found[0] if len(found) == 1 and words.is_empty else None


def _figures(words: Words) -> dict[str, Any]:
    """Figures by the keys of the model. What is most particular is looked for first."""
    found: dict[str, Any] = {}
    slots = words.take(rf"(?:slots|слот\w*|времена|время)\s*[=:]?\s*(?:в\s+)?(?P<s>{_CLOCKS})(?!\w)")
    if slots is not None:
        found["slots"] = [read_clock(one) for one in re.findall(CLOCK, slots["s"])]
    found["spread"] = timedelta(0) if words.take(ru.WITHOUT_SPREAD) else words.length(_SPREAD)
    found["second"] = words.length(_SECOND)
    found["gap"] = words.length(_GAP)
    found["per_day"] = _first(words, _PER_DAY)
    within = words.take(_WITHIN)
    if within is not None:
        found["within"] = (
            read_length(within["l"]) if within["l"] else timedelta(days=min(read_number(within["n"]), 999))
        )
    first = _FIRST.search(words.left)
    order = -1 if first is not None and first["name"] else 1
    found["attempts"] = _first(words, _ATTEMPTS[::order])
    if found.get("within") is None:
        days = _first(words, _DAYS[::order])
        found["within"] = timedelta(days=min(days, 999)) if days is not None else None
    if found["attempts"] is None and found["within"] is not None:
        found["attempts"] = words.number("{n}")  # «3 за 5 дней»
    return {key: value for key, value in found.items() if value is not None}


def _first(words: Words, patterns: tuple[str, ...]) -> int | None:
    return next((number for pattern in patterns if (number := words.number(pattern)) is not None), None)


def _check(playbook: Playbook, cadence: str, source: str | None, figures: dict[str, Any]) -> None:
    """What the loader would refuse, said in the words of a phone."""
    _check_spread(source, figures.get("spread"))
    whole = playbook.cadences[cadence]
    own = whole.by_source.get(source, SourceCadence()) if source is not None else whole
    after = {key: getattr(own, key) or getattr(whole, key) for key in ("attempts", "within", "per_day")} | figures
    for key, name in (("attempts", ru.ATTEMPTS), ("per_day", ru.PER_DAY)):
        low, high = bounds_of(Cadence, key)
        if not low <= figures.get(key, low) <= high:
            raise Refused(ru.OUT_OF_RANGE.format(name=name, low=low, high=high, given=figures[key]))
    for key, name in (("second", ru.SECOND), ("gap", ru.GAP)):
        if key in figures and not timedelta(0) < figures[key] < _DAY:
            raise Refused(ru.NOT_IN_DAY.format(name=name))
    if "within" in figures and (not _DAY <= after["within"] <= LONGEST or after["within"] % _DAY):
        raise Refused(ru.WHOLE_DAYS.format(most=LONGEST.days))
    days, per_day = after["within"] // _DAY, after["per_day"]
    if after["attempts"] > days * per_day:
        values = {"attempts": after["attempts"], "days": days, "per_day": per_day, "fit": days * per_day}
        raise Refused(ru.DO_NOT_FIT.format(**values))
    windows = windows_of(playbook)
    for slot in figures.get("slots", ()):
        if figures["slots"].count(slot) > 1:
            raise Refused(ru.SLOT_TWICE.format(slot=f"{slot:%H:%M}"))
        if not any(start <= slot < end for start, end in windows):
            raise Refused(ru.SLOT_OUTSIDE.format(slot=f"{slot:%H:%M}", hours=_hours_in_words(playbook)))
    if all(getattr(own, key) == (tuple(value) if key == "slots" else value) for key, value in figures.items()):
        title = cadence_title(playbook, cadence)
        place = title if source is None else f"{title}, {source_title(playbook, source)}"
        raise Refused(ru.ALREADY_THERE.format(place=place))


def _check_spread(source: str | None, spread: timedelta | None) -> None:
    if spread is not None and source is not None:
        raise Refused(ru.SPREAD_FOR_ALL)
    if spread is not None and not timedelta(0) <= spread <= _WIDEST_SPREAD:
        raise Refused(ru.SPREAD_RANGE)


def _hours_in_words(playbook: Playbook) -> str:
    return ", ".join(f"{days} {span}" for days, span in playbook.hours.items())


def _written(value: Any) -> Any:
    if isinstance(value, timedelta):
        return write_duration(value)
    if isinstance(value, list):
        return [f"{one:%H:%M}" for one in value if isinstance(one, time)]
    return value
