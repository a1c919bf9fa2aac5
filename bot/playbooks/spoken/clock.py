"""Times of day, windows of the day and days of the week, as people write them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import time

from bot.locales.ru import changes as ru
from bot.locales.ru.days import MONTHS
from bot.playbooks.hours import WEEKDAYS, minutes, weekdays_of
from bot.playbooks.model import Playbook
from bot.playbooks.spoken.reading import Refused, Words

CLOCK = r"(?:[01]?\d|2[0-3])(?:[:.][0-5]\d)?(?!\d)"
WINDOW = rf"(?:с\s+)?(?P<start>{CLOCK})\s*(?:-|до|по)\s*(?P<end>{CLOCK}|24(?::00)?)"
_DAY = "|".join(sorted((word for words in ru.WEEKDAYS for word in words), key=len, reverse=True))
_RANGE = rf"(?:{_DAY}|{'|'.join(WEEKDAYS)})(?![а-яa-z])"
MORE_WINDOWS = rf"(?:\s*(?:,|и)\s*{re.sub(r'[(][?]P<[a-z]+>', '(?:', WINDOW)})*"
"""Further windows behind one, without names of their own."""
DATE = (
    r"(?:(?P<{0}y>20\d\d)-(?P<{0}m>\d\d)-(?P<{0}d>\d\d)"
    r"|(?P<{0}d2>\d{{1,2}})\.(?P<{0}m2>\d{{1,2}})(?:\.(?P<{0}y2>(?:20)?\d\d))?(?!\d)"
    rf"|(?P<{{0}}d3>\d{{{{1,2}}}})\s+(?P<{{0}}mw>{'|'.join(MONTHS)})(?:\s+(?P<{{0}}y3>20\d\d))?)"
)
"""A date; its groups begin with what stands for `{0}`."""
DAYS = rf"(?P<days>{_RANGE}(?:\s*(?:-|,|\s+и\s+|\s+по\s+|\s)\s*{_RANGE})*|{'|'.join(ru.DAY_GROUPS)})(?![а-яa-z])"


def read_clock(text: str) -> time:
    """`9`, `9:30`, `09.30`."""
    hour, _, minute = text.replace(".", ":").partition(":")
    return time(int(hour), int(minute or 0))


def read_window(found: re.Match[str]) -> str:
    """`09:00-19:00` of a match of `WINDOW`.

    Raises:
        Refused: it ends before it starts.
    """
    if found["end"].startswith("24"):
        raise Refused(ru.UNTIL_MIDNIGHT)
    start, end = read_clock(found["start"]), read_clock(found["end"])
    if start >= end:
        raise Refused(ru.ENDS_BEFORE.format(window=re.sub(r"\s", "", found[0])))
    return f"{start:%H:%M}-{end:%H:%M}"


def read_days(text: str) -> list[int]:
    """The days of «пн-пт», «сб и вс», «будни», Monday 0, in order."""
    text = text.lower().strip()
    for group, days in ru.DAY_GROUPS.items():
        if re.fullmatch(group, text):
            return list(days)
    found: list[int] = []
    last_end = 0
    for one in re.finditer(_RANGE, text):
        day = _weekday(one[0])
        between = text[last_end : one.start()]
        if found and re.search(r"-|\bпо\b", between):
            first = found[-1]
            found.extend((first + step) % 7 for step in range(1, (day - first) % 7 + 1))
        else:
            found.append(day)
        last_end = one.end()
    return sorted(set(found))


def said_date(found: re.Match[str], side: str) -> tuple[int, int, int | None]:
    """Day, month and year of a match of `DATE`; None: no year was said."""
    day = int(found[f"{side}d"] or found[f"{side}d2"] or found[f"{side}d3"])
    word = found[f"{side}mw"]
    month = MONTHS.index(word.lower()) + 1 if word else int(found[f"{side}m"] or found[f"{side}m2"])
    said = found[f"{side}y"] or found[f"{side}y2"] or found[f"{side}y3"]
    return day, month, (int(said) if len(said) == 4 else 2000 + int(said)) if said else None


def take_weekly(words: Words, before: Mapping[int, Sequence[str]]) -> dict[int, list[str]] | None:
    """The windows of each day after what the words say of days of the week; None: they say nothing of any.

    Raises:
        Refused: a window ends before it starts.
    """
    after = {day: list(spans) for day, spans in before.items()}
    days = words.take_all(rf"{DAYS}\s*[=:]?\s*(?:{WINDOW}(?P<more>{MORE_WINDOWS})|(?P<off>{ru.OFF}))")
    for one in days:
        spans = [] if one["off"] else [read_window(one), *more_windows(one["more"])]
        for day in read_days(one["days"]):
            after.pop(day, None)
            if spans:
                after[day] = sorted(spans)
    return after if days else None


def more_windows(text: str | None) -> list[str]:
    """All windows in the text, those of «и 14-19»."""
    return [read_window(one) for one in re.finditer(WINDOW, text or "", re.IGNORECASE)]


def windows_of(playbook: Playbook) -> list[tuple[time, time]]:
    """All windows of the day in which somebody works."""
    spans = (minutes(span) for span in playbook.hours.values())
    return [(time(start // 60 % 24, start % 60), time(end // 60 % 24, end % 60)) for start, end in spans]


def hours_by_day(hours: Mapping[str, str]) -> dict[int, list[str]]:
    """The windows of each day of the week, Monday 0, of hours as a playbook writes them."""
    found: dict[int, list[str]] = {}
    for key, span in hours.items():
        for day in weekdays_of(key):
            found.setdefault(day, []).append(_full(span))
    return {day: sorted(spans) for day, spans in sorted(found.items())}


def grouped(by_day: dict[int, list[str]]) -> dict[str, str]:
    """`{mon-fri: 09:00-19:00, sat: 10:00-16:00}` of the windows of each day."""
    found: dict[str, str] = {}
    for layer in range(max((len(spans) for spans in by_day.values()), default=0)):
        for first, last, span in _runs({day: spans[layer] for day, spans in by_day.items() if len(spans) > layer}):
            names = WEEKDAYS[first : last + 1]
            key = f"{names[0]}-{names[-1]}" if len(names) > 1 else names[0]
            found[",".join(names) if key in found else key] = span
    return found


def _runs(by_day: dict[int, str]) -> Iterator[tuple[int, int, str]]:
    """Days one after another with the same window: the first, the last, the window."""
    run: tuple[int, int, str] | None = None
    for day, span in sorted(by_day.items()):
        if run is not None and run[1] == day - 1 and run[2] == span:
            run = (run[0], day, span)
            continue
        if run is not None:
            yield run
        run = (day, day, span)
    if run is not None:
        yield run


def _full(span: str) -> str:
    start, end = (read_clock(part) if not part.startswith("24") else time(0) for part in span.split("-"))
    return f"{start:%H:%M}-{end:%H:%M}"


def _weekday(word: str) -> int:
    for number, words in enumerate(ru.WEEKDAYS):
        if word in words or word == WEEKDAYS[number]:
            return number
    raise ValueError(word)  # the pattern knows only these
