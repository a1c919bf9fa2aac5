"""Zone, public holidays and working hours: what no calendar can be made of is an error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from holidays import list_supported_countries

from bot.playbooks.errors import Path, did_you_mean
from bot.playbooks.model import OFF, Playbook, Shift

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_ID = 40
"""Characters of a shift's id."""
_Complaint = tuple[Path, str, str]


def check_hours(playbook: Playbook) -> Iterator[_Complaint]:
    """Place, problem and mend of each mistake."""
    if not _is_zone(playbook.zone):
        yield ("zone",), f'time zone "{playbook.zone}" is unknown', did_you_mean(playbook.zone, available_timezones())
    if playbook.calendar and playbook.calendar not in list_supported_countries(include_aliases=True):
        yield ("calendar",), f'no public holidays are known of "{playbook.calendar}"', "write a country's letters: RU"
    if not playbook.hours:
        yield ("hours",), "nobody ever works", "write {mon-fri: 09:00-19:00}"
    yield from _span(("client_hours",), playbook.client_hours)
    yield from _weekly(("hours",), playbook.hours)
    for day, span in playbook.days.items():
        if span != OFF:
            yield from _span(("days", day.isoformat()), span)
    for name, shift in playbook.shifts.items():
        if len(name) > LONGEST_ID:
            yield ("shifts", name), f"the id is longer than {LONGEST_ID} characters", "shorten it: buttons carry it"
        yield from _shift(("shifts", name), shift)


def minutes(span: str) -> tuple[int, int]:
    """Start and end of a window of the day, in minutes from midnight."""
    start, end = ((int(hour) * 60 + int(minute)) for hour, minute in (part.split(":") for part in span.split("-")))
    return start, end


def _shift(path: Path, shift: Shift) -> Iterator[_Complaint]:
    """Weekly hours or a whole rotation, and not both."""
    turn = {"window": shift.window, "days": shift.days, "off": shift.off, "since": shift.since}
    given = [key for key, value in turn.items() if value is not None]
    if shift.hours and given:
        yield (
            (*path, given[0]),
            "a shift of weekly hours has no rotation",
            "keep `hours`, or window, days, off and since",
        )
    elif given and len(given) < len(turn):
        missing = ", ".join(key for key in turn if key not in given)
        yield path, f"the rotation is not whole: {missing} missing", "give window, days, off and since"
    elif not given and not shift.hours:
        yield path, "nobody ever works", "write hours: {mon-fri: 12:00-21:00}, or window, days, off and since"
    yield from _weekly((*path, "hours"), shift.hours)
    if shift.window is not None:
        yield from _span((*path, "window"), shift.window)


def _weekly(path: Path, hours: Mapping[str, str]) -> Iterator[_Complaint]:
    taken: dict[int, list[tuple[int, int]]] = {}
    for key, span in hours.items():
        here = (*path, key)
        yield from _span(here, span)
        weekdays, wrong = _read_days(key)
        if wrong is not None:
            yield here, f'"{wrong}" is not a day of the week', did_you_mean(wrong, WEEKDAYS)
        start, end = minutes(span)
        for weekday in weekdays:
            if any(start < other_end and other_start < end for other_start, other_end in taken.get(weekday, ())):
                problem = f"the hours of {WEEKDAYS[weekday]} overlap with those of another line"
                yield here, problem, "let each day's windows follow one another"
                break
            taken.setdefault(weekday, []).append((start, end))


def weekdays_of(key: str) -> list[int]:
    """The days of a valid key of `hours`, Monday 0."""
    return _read_days(key)[0]


def _read_days(key: str) -> tuple[list[int], str | None]:
    """The days of `mon-fri`, `sat`, `mon,wed`, Monday 0, and the first word that is no day."""
    found: list[int] = []
    for part in key.lower().replace(" ", "").split(","):
        first, _, last = part.partition("-")
        for word in (first, last or first):
            if word not in WEEKDAYS:
                return found, word
        start = WEEKDAYS.index(first)
        length = (WEEKDAYS.index(last or first) - start) % len(WEEKDAYS) + 1
        found.extend((start + step) % len(WEEKDAYS) for step in range(length))
    return found, None


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _span(path: Path, span: str) -> Iterator[_Complaint]:
    start, end = minutes(span)
    if start >= end:
        yield path, f"{span} ends before it starts", "write the earlier time first"
