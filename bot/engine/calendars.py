"""The playbook's hours as calendars, and the arithmetic of due times on them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.engine.case import Case
from bot.engine.shifts import Rotation
from bot.engine.worktime import ClientWindow, Hours, WorkCalendar, WorkingTime, reachable
from bot.playbooks.model import OFF, Playbook

_DAY = timedelta(days=1)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYS_LOOKED_FOR_REACHABLE = 15


def zone_of(playbook: Playbook) -> ZoneInfo:
    """The company's zone."""
    return ZoneInfo(playbook.zone)


def calendar_of(playbook: Playbook) -> WorkCalendar:
    """The company's working time. Built once for every distinct set of hours.

    Raises:
        ValueError: hours, weekdays or country that the playbook's loader would have refused.
    """
    return _calendar(playbook.zone, playbook.calendar, tuple(playbook.hours.items()), tuple(playbook.days.items()))


def shift_calendar(playbook: Playbook, name: str | None) -> WorkingTime:
    """The working time of a shift; the company's for none, and for one that this version of the playbook lacks.

    A shift that keeps the public holidays keeps the company's own days off as well.
    """
    shift = playbook.shifts.get(name) if name is not None else None
    if shift is None:
        return calendar_of(playbook)
    country = playbook.calendar if shift.calendar else ""
    days_off = tuple((day, span) for day, span in playbook.days.items() if span == OFF and shift.calendar)
    if shift.window is None or shift.days is None or shift.off is None or shift.since is None:
        return _calendar(playbook.zone, country, tuple(shift.hours.items()), days_off)
    closed = frozenset(day for day, _ in days_off)
    hours = (read_span(shift.window),)
    return Rotation(zone_of(playbook), hours, shift.days, shift.off, shift.since, country or None, closed)


def client_window(playbook: Playbook, case: Case) -> ClientWindow:
    """When this client may be disturbed, on his own clock; a zone that nobody knows counts as the company's."""
    start, end = read_span(playbook.client_hours)
    zone = zone_of(playbook)
    if case.client.zone is not None:
        try:
            zone = ZoneInfo(case.client.zone)
        except (ZoneInfoNotFoundError, ValueError):
            zone = zone_of(playbook)
    return ClientWindow(zone, start, end)


def later(calendar: WorkingTime, moment: datetime, length: timedelta) -> datetime:
    """`moment` and `length` on: whole days are working days at the same time of day, the rest is working time."""
    rest = length
    if length >= _DAY:
        day = calendar.working_days_after(calendar.local_day(moment), length.days)[-1]
        same_clock = datetime.combine(day, moment.astimezone(calendar.zone).time(), calendar.zone)
        # A day added before opening or after closing stays on that day.
        moment = min(max(same_clock, calendar.open_of(day)), calendar.close_of(day))
        rest = length - timedelta(days=length.days)
        if not rest:
            return moment.astimezone(UTC)
    return calendar.add_working(moment, rest)


def end_of_day(calendar: WorkingTime, moment: datetime, days_ahead: int) -> datetime:
    """Closing time so many working days after `moment`; today's when there still is working time today."""
    today = calendar.local_day(moment)
    if days_ahead:
        return calendar.close_of(calendar.working_days_after(today, days_ahead)[-1])
    return calendar.close_of(calendar.local_day(calendar.next_open(moment)))


def next_reachable(calendar: WorkingTime, window: ClientWindow, moment: datetime) -> datetime:
    """The first moment from `moment` on at which we work and the client may be disturbed.

    When the two never meet within a fortnight, the first moment at which we work.
    """
    day = calendar.local_day(moment)
    for _ in range(_DAYS_LOOKED_FOR_REACHABLE):
        for part in reachable(calendar, window, day):
            if part.end > moment:
                return max(part.start, moment)
        day += _DAY
    return calendar.next_open(moment)


@lru_cache(maxsize=64)
def _calendar(
    zone: str, country: str, hours: tuple[tuple[str, str], ...], days: tuple[tuple[date, str], ...]
) -> WorkCalendar:
    by_weekday: dict[int, Hours] = {}
    for names, span in hours:
        for weekday in _weekdays(names):
            by_weekday[weekday] = tuple(sorted((*by_weekday.get(weekday, ()), read_span(span))))
    exceptions = {day: () if span == OFF else (read_span(span),) for day, span in days}
    return WorkCalendar(ZoneInfo(zone), by_weekday, country or None, exceptions)


def _weekdays(days: str) -> list[int]:
    """`mon-fri`, `sat`, `mon,wed` as numbers, Monday 0; a range may run over the end of the week."""
    found: list[int] = []
    for part in days.lower().replace(" ", "").split(","):
        first, _, last = part.partition("-")
        start = _WEEKDAYS.index(first)
        length = (_WEEKDAYS.index(last or first) - start) % len(_WEEKDAYS) + 1
        found.extend((start + step) % len(_WEEKDAYS) for step in range(length))
    return found


def read_span(span: str) -> tuple[time, time]:
    """The window `09:00-19:00` as times of day."""
    start, end = span.split("-")
    return _time(start), _time(end)


def _time(text: str) -> time:
    hour, minute = text.split(":")
    return time(int(hour) % 24, int(minute))
