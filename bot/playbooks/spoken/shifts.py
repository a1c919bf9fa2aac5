"""«смена вечер 13:00-22:00», «смена 2/2 с 23.11 09:00-21:00», «смена вечер убрать»: hours that people can be given."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta

from bot.locales.ru import changes as ru
from bot.playbooks.edit import Change, Drop, Put
from bot.playbooks.model import Playbook, Shift
from bot.playbooks.quoting import Value
from bot.playbooks.spoken.clock import (
    DATE,
    MORE_WINDOWS,
    WINDOW,
    grouped,
    hours_by_day,
    more_windows,
    read_window,
    said_date,
    take_weekly,
)
from bot.playbooks.spoken.reading import Refused, Words

_TURNS = r"(?P<on>\d{1,2})\s*(?:/|через)\s*(?P<off>\d{1,2})(?![\d:.])"
_SINCE = rf"(?:с|от|since|начиная\s+с)\s+{DATE.format('a')}"
_LONGEST_TITLE, _LONGEST_KEY, _MOST_TURN = 30, 20, 31
_FAR = timedelta(days=366)
_ROTATION = ("window", "days", "off", "since")


def shift_changes(playbook: Playbook, words: Words, today: date) -> list[Change]:
    """What the words behind «смена» ask for: a new shift, other hours of one, its end.

    Raises:
        Refused: they were not understood, or cannot be.
    """
    words.take(rf"(?:{ru.ADD}|новую|новая)(?!\w)")
    found = words.name({key: (key, shift.title) for key, shift in playbook.shifts.items()})
    key = found[0] if found else None
    if words.take(ru.REMOVE):
        return _removed(playbook, words, key)
    asked = _asked(playbook, words, today, playbook.shifts.get(key) if key is not None else None)
    title = _title(words)
    if key is None:
        return [_new(playbook, title, asked, words)]
    if title is not None:
        asked["title"] = title
    shift = playbook.shifts[key]
    now = shift.model_dump(mode="json", by_alias=True)
    changes: list[Change] = [
        Put(("shifts", key, name), value) for name, value in asked.items() if now.get(name) != value
    ]
    turning = any(name in asked for name in _ROTATION)
    lost = ("hours",) if turning and shift.hours else _ROTATION if "hours" in asked and shift.window else ()
    changes += (Drop(("shifts", key, name)) for name in lost)
    if not asked:
        raise Refused(ru.SHIFT_FORMS)
    if not changes:
        raise Refused(ru.ALREADY_THERE.format(place=shift.title))
    return changes


def _removed(playbook: Playbook, words: Words, key: str | None) -> list[Change]:
    if key is None:
        listed = ", ".join(shift.title for shift in playbook.shifts.values()) or ru.NONE
        raise Refused(ru.WHICH_SHIFT.format(known=listed))
    words.must_be_empty(ru.SHIFT_FORMS)
    return [Drop(("shifts", key)) if len(playbook.shifts) > 1 else Drop(("shifts",))]


def _asked(playbook: Playbook, words: Words, today: date, shift: Shift | None) -> dict[str, Value]:
    """The shift's figures that the words name, by the keys of the model."""
    asked: dict[str, Value] = {}
    for pattern, keeps in ((ru.ON_HOLIDAYS, False), (ru.NOT_ON_HOLIDAYS, True)):
        if words.take(pattern):
            asked["calendar"] = keeps
    turns, since = words.take(_TURNS), words.take(_SINCE)
    if turns is not None:
        asked["days"], asked["off"] = (_turn(turns[name]) for name in ("on", "off"))
        asked["since"] = today.isoformat()
    if since is not None:
        asked["since"] = _day(since, today).isoformat()
    rotates = turns is not None or since is not None or (shift is not None and shift.window is not None)
    before = hours_by_day(shift.hours) if shift is not None else {}
    weekly = take_weekly(words, before)
    window = words.take(rf"{WINDOW}(?P<more>{MORE_WINDOWS})")
    if weekly is not None and (turns is not None or since is not None):
        raise Refused(ru.SHIFT_FORMS)
    if weekly is not None:
        if not weekly:
            raise Refused(ru.NOBODY_WORKS)
        asked["hours"] = dict(grouped(weekly))
    elif window is not None and rotates:
        if window["more"]:
            raise Refused(ru.ONE_WINDOW)
        asked["window"] = read_window(window)
    elif window is not None:
        spans = sorted([read_window(window), *more_windows(window["more"])])
        days = before or hours_by_day(playbook.hours)
        asked["hours"] = dict(grouped(dict.fromkeys(days, spans)))
    return asked


def _new(playbook: Playbook, title: str | None, asked: Mapping[str, Value], words: Words) -> Put:
    if title is None and "days" in asked:
        title = f"{asked['days']}/{asked['off']}"
    whole = "hours" in asked or all(name in asked for name in _ROTATION)
    if title is None or not whole:
        raise Refused(ru.SHIFT_FORMS)
    if any(shift.title.casefold() == title.casefold() for shift in playbook.shifts.values()):
        raise Refused(ru.SHIFT_THERE.format(title=title))
    return Put(("shifts", _key(title, playbook.shifts)), {"title": title, **asked}, after="hours")


def _title(words: Words) -> str | None:
    """What is left of the words: the name of a new shift, or another name for one."""
    named = re.sub(r"^[\s=:,;-]*(?:назвать|название|title)?[\s=:,;-]*", "", words.left, flags=re.IGNORECASE)
    title = re.sub(r"\s+", " ", named).strip(" \"'«»,;:=-")
    if not title:
        return None
    if len(title) > _LONGEST_TITLE or not title.isprintable() or not any(sign.isalnum() for sign in title):
        raise Refused(ru.SHIFT_TITLE.format(most=_LONGEST_TITLE))
    if any(sign.isdigit() for sign in title):
        raise Refused(ru.NOT_UNDERSTOOD.format(words=title, allowed=ru.SHIFT_FORMS))
    return title[0].upper() + title[1:]


def _key(title: str, taken: Mapping[str, Shift]) -> str:
    """An identifier that looks like the title."""
    latin = "".join(ru.LATIN.get(sign, sign) for sign in title.casefold())
    key = re.sub(r"[^a-z0-9]+", "_", latin).strip("_")[:_LONGEST_KEY] or "shift"
    key = key if key[0].isalpha() else f"shift_{key}"
    return next(name for name in (key, *(f"{key}_{number}" for number in range(2, 999))) if name not in taken)


def _turn(text: str) -> int:
    if not 1 <= int(text) <= _MOST_TURN:
        raise Refused(ru.TURN_RANGE.format(most=_MOST_TURN))
    return int(text)


def _day(found: re.Match[str], today: date) -> date:
    """A first working day; without a year the one nearest to today."""
    day, month, year = said_date(found, "a")
    try:
        near = [date(one, month, day) for one in ((year,) if year else (today.year - 1, today.year, today.year + 1))]
    except ValueError as error:
        raise Refused(ru.NO_SUCH_DAY.format(day=f"{day:02}.{month:02}")) from error
    nearest = min(near, key=lambda one: abs(one - today))
    if abs(nearest - today) > _FAR:
        raise Refused(ru.SINCE_TOO_FAR.format(day=f"{nearest:%d.%m.%Y}"))
    return nearest
