"""The times that buttons offer when a manager sets the next contact."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from bot.engine.dayparts import DayPart, day_part
from bot.engine.words import say_time
from bot.engine.worktime import ClientWindow, WorkingTime, next_whole_minute, reachable
from bot.locales.ru.days import WEEKDAYS

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_TOO_NEAR = timedelta(minutes=20)
_SAME_DAY = time(17, 30)
_NEXT_DAY = (time(10), time(18))
_PICKER_STEP = timedelta(minutes=30)
_PICKER_FROM, _PICKER_TO = time(9), time(20, 30)
_FURTHEST = timedelta(days=366)
_MIDDLE_OF = {DayPart.MORNING: time(10), DayPart.DAYTIME: time(14), DayPart.EVENING: time(17)}


@dataclass(frozen=True, slots=True)
class QuickTime:
    """A button with a ready time.

    Args:
        label: what stands on it: «через 1 ч», «сегодня 17:30», «завтра 10:00», «пн 10:00».
        at: the moment, a whole minute in UTC.
        outside_hours: it falls outside the manager's working time or the client's window; allowed after a warning.
    """

    label: str
    at: datetime
    outside_hours: bool


@dataclass(frozen=True, slots=True)
class MonthDay:
    """A day of the picker's month: whether it may be chosen and whether anybody works on it."""

    day: date
    selectable: bool
    working: bool


@dataclass(frozen=True, slots=True)
class DayTime:
    """A time of day in the picker: what stands on the button, the moment, and whether it falls outside hours."""

    label: str
    at: datetime
    outside_hours: bool


def quick_times(now: datetime, calendar: WorkingTime, window: ClientWindow) -> tuple[QuickTime, ...]:
    """The ready times, in order; those past or nearer than 20 minutes are left out.

    Instead of «завтра» stands the next working day by its weekday when nobody works tomorrow, with its date when that
    is a week away or more.

    Raises:
        NoWorkingTime: the calendar is empty.
    """
    today = calendar.local_day(now)
    following = calendar.next_working_day(today)
    name = _day_name(following, today)
    offered = [("через 1 ч", next_whole_minute(now.astimezone(UTC) + _HOUR))]
    if calendar.is_working_day(today):
        offered.append((f"сегодня {_SAME_DAY:%H:%M}", _local(today, _SAME_DAY, calendar)))
    offered.extend((f"{name} {clock:%H:%M}", _local(following, clock, calendar)) for clock in _NEXT_DAY)
    return tuple(
        QuickTime(label, at, _is_outside(at, calendar, window)) for label, at in offered if at - now >= _TOO_NEAR
    )


def untried_part_time(
    now: datetime, calendar: WorkingTime, window: ClientWindow, misses: Sequence[datetime] = ()
) -> datetime:
    """The time for a client who named none: the next working day, in a part of the day not tried before.

    The earliest untried part of the client's day that our hours reach is taken; when all were tried, the earliest
    reachable one. Hours that never meet the client's leave the opening of that day.

    Args:
        now: the present moment, aware.
        calendar: the manager's working time.
        window: when the client may be disturbed.
        misses: the moments at which the client was not reached.

    Raises:
        NoWorkingTime: the calendar is empty.
    """
    day = calendar.next_working_day(calendar.local_day(now))
    open_windows = reachable(calendar, window, day)
    tried = {day_part(miss, window.zone) for miss in misses}
    candidates = [
        at
        for near in (day - _DAY, day, day + _DAY)
        for middle in _MIDDLE_OF.values()
        for at in (datetime.combine(near, middle, window.zone).astimezone(UTC),)
        if any(at in part for part in open_windows)
    ]
    untried = [at for at in candidates if day_part(at, window.zone) not in tried]
    for options in (untried, candidates, [part.start for part in open_windows]):
        if options:
            return options[0]
    return calendar.open_of(day)


def check_in_time(now: datetime, calendar: WorkingTime) -> datetime:
    """When to look after a client who promised to call: the same time on the next working day, kept inside its hours.

    Raises:
        NoWorkingTime: the calendar is empty.
    """
    day = calendar.next_working_day(calendar.local_day(now))
    same_clock = now.astimezone(calendar.zone).time().replace(second=0, microsecond=0)
    wanted = _local(day, same_clock, calendar)
    opening, closing = calendar.open_of(day), calendar.close_of(day)
    if wanted >= closing:
        return closing - _HOUR / 2 if closing - opening > _HOUR / 2 else opening
    return calendar.next_open(max(wanted, opening))


def month_days(year: int, month: int, now: datetime, calendar: WorkingTime) -> tuple[MonthDay, ...]:
    """Every day of the month for the picker; past days and those more than a year ahead cannot be chosen."""
    today = calendar.local_day(now)
    days = (date(year, month, number) for number in range(1, monthrange(year, month)[1] + 1))
    return tuple(MonthDay(day, today <= day <= today + _FURTHEST, calendar.is_working_day(day)) for day in days)


def day_times(day: date, now: datetime, calendar: WorkingTime, window: ClientWindow) -> tuple[DayTime, ...]:
    """The half-hours of a chosen day that are still ahead: first those in hours, then the rest, each group in order."""
    count = (_minutes(_PICKER_TO) - _minutes(_PICKER_FROM)) // (_PICKER_STEP // timedelta(minutes=1))
    start = datetime.combine(day, _PICKER_FROM)
    clocks = [(start + step * _PICKER_STEP).time() for step in range(count + 1)]
    moments = [_local(day, clock, calendar) for clock in clocks]
    times = [DayTime(say_time(at, calendar.zone), at, _is_outside(at, calendar, window)) for at in moments if at > now]
    return tuple(sorted(times, key=lambda offered: (offered.outside_hours, offered.at)))


def _day_name(day: date, today: date) -> str:
    away = (day - today).days
    if away == 1:
        return "завтра"
    return WEEKDAYS[day.weekday()] if away < len(WEEKDAYS) else f"{WEEKDAYS[day.weekday()]} {day:%d.%m}"


def _local(day: date, clock: time, calendar: WorkingTime) -> datetime:
    return datetime.combine(day, clock, calendar.zone).astimezone(UTC)


def _is_outside(at: datetime, calendar: WorkingTime, window: ClientWindow) -> bool:
    return not (calendar.is_open(at) and window.contains(at))


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute
