"""Time zones as people name them: cities, countries, «+5» against our own clock, «UTC+3»."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.locales.ru import places as ru

_ALL = (*ru.HOME, *ru.ABROAD, *ru.OTHERS)
PLACES = tuple((zone, title) for zone, title, _ in (*ru.HOME, *ru.ABROAD))
"""Those with a button, by whose place in this row the button names them: the home country's first."""
HOME = len(ru.HOME)
"""How many of `PLACES` lie in the home country."""
_TITLES = {zone: title for zone, title, _ in _ALL}
_HOUR = timedelta(hours=1)


def _plain(text: str) -> str:
    return re.sub(r"[\s-]+", " ", text.casefold().replace("ё", "е")).strip(" .,!?\"'«»")


_BY_NAME = {_plain(name): zone for zone, title, names in _ALL for name in (title, *names)}
_OFFSET = re.compile(
    r"(?P<base>utc|gmt|утс|гмт|мск|москва|msk)? ?(?P<sign>[+\u2212–-]) ?(?P<hours>\d{1,2})(?::?(?P<half>30))?"
)
_MOSCOW = ("мск", "москва", "msk")
_BEFORE_NAME = re.compile(r"^(?:(?:он|она|клиент|живет|сейчас|город|г\.|во|в|из) )+")


def read_zone(text: str, ours: ZoneInfo, now: datetime) -> str | None:
    """The zone that these words name, and nothing else; None: they name none.

    Args:
        text: «Берлин», «Алма-Ата», «+5» (to our own clock), «мск+2», «UTC+3», «UTC+5:30».
        ours: the zone of who writes.
        now: hours are counted as they stand at this moment.
    """
    words = text.casefold().strip().replace("ё", "е")
    found = _OFFSET.fullmatch(words)
    if found is not None:
        minutes = int(found["hours"]) * 60 + int(found["half"] or 0)
        offset = timedelta(minutes=-minutes if found["sign"] != "+" else minutes)
        base = found["base"]
        if base is None:
            offset += _offset(ours, now)
        elif base in _MOSCOW:
            offset += _offset(ZoneInfo("Europe/Moscow"), now)
        return _zone_at(offset, now)
    plain = _plain(text)
    return _BY_NAME.get(plain) or _BY_NAME.get(_BEFORE_NAME.sub("", plain))


def say_zone(zone: str, ours: ZoneInfo, now: datetime) -> str:
    """«Владивосток +7»: the name and how far it is ahead of us just now; clock changes count."""
    ahead = _offset(ZoneInfo(zone), now) - _offset(ours, now)
    if zone not in _TITLES:
        return _by_offset(zone, now)
    return f"{_TITLES[zone]} {_signed(ahead)}" if ahead else _TITLES[zone]


def _by_offset(zone: str, now: datetime) -> str:
    """«UTC+3» for a zone that was given by its hours; another one by its IANA name."""
    offset = _offset(ZoneInfo(zone), now)
    return ru.BY_OFFSET.format(offset=_signed(offset)) if zone.startswith("Etc/") else zone


def _zone_at(offset: timedelta, now: datetime) -> str | None:
    """A zone whose clock is so far ahead of UTC and never changes; None: there is none."""
    for zone, *_ in _ALL:
        known = ZoneInfo(zone)
        if _offset(known, now) == offset and not any(_changes(known, now)):
            return zone
    hours, rest = divmod(offset, _HOUR)
    if rest or not -12 <= hours <= 14:
        return None
    return f"Etc/GMT{-hours:+d}" if hours else "Etc/GMT"


def _changes(zone: ZoneInfo, now: datetime) -> list[bool]:
    months = (now + timedelta(days=30 * month) for month in range(12))
    return [_offset(zone, moment) != _offset(zone, now) for moment in months]


def _offset(zone: ZoneInfo, now: datetime) -> timedelta:
    return now.astimezone(zone).utcoffset() or timedelta(0)


def _signed(offset: timedelta) -> str:
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    sign = "−" if offset < timedelta(0) else "+"
    return f"{sign}{hours}" + (f":{minutes:02d}" if minutes else "")
