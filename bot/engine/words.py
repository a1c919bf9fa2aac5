"""Moments, durations and counts in Russian, as they stand on every screen."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.locales.ru.days import MONTHS, WEEKDAYS

_MINUTE = timedelta(minutes=1)
_HOURS_SHOWN_BELOW_DAYS = 3


def plural(count: int, one: str, few: str, many: str) -> str:
    """The form of a noun that goes with `count`: 1 попытка, 2 попытки, 5 попыток."""
    tens, units = abs(count) % 100, abs(count) % 10
    if 11 <= tens <= 14 or units == 0 or units >= 5:
        return many
    return one if units == 1 else few


def counted(count: int, one: str, few: str, many: str) -> str:
    """The number together with its noun: «2 попытки»."""
    return f"{count} {plural(count, one, few, many)}"


def say_time(at: datetime, zone: ZoneInfo) -> str:
    """The wall-clock time in `zone`: «17:30»."""
    return f"{at.astimezone(zone):%H:%M}"


def say_date(day: date, today: date) -> str:
    """The date with its weekday: «вт 17 ноября»; the year is added when it is not this one."""
    year = "" if day.year == today.year else f" {day.year}"
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}{year}"


def say_moment(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """A moment in full: «сегодня 17:30», «завтра, вт 17 ноября, 12:00», «пн 23 ноября, 14:00».

    Args:
        at: the moment, aware.
        zone: whose clock and whose «сегодня» are meant.
        now: the present moment, aware.
    """
    day, today = at.astimezone(zone).date(), now.astimezone(zone).date()
    match (day - today).days:
        case 0:
            return f"сегодня {say_time(at, zone)}"
        case 1:
            return f"завтра, {say_date(day, today)}, {say_time(at, zone)}"
        case -1:
            return f"вчера, {say_date(day, today)}, {say_time(at, zone)}"
        case _:
            return f"{say_date(day, today)}, {say_time(at, zone)}"


def say_echo(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """A moment to be confirmed, always with its weekday: «сегодня, сб 21 ноября, 17:30»."""
    day, today = at.astimezone(zone).date(), now.astimezone(zone).date()
    near = {0: "сегодня, ", 1: "завтра, "}.get((day - today).days, "")
    return f"{near}{say_date(day, today)}, {say_time(at, zone)}"


def say_short(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """A moment for a narrow line: «17:30», «завтра 09:30», «пт 11:15» within a week, «23.11 14:00» beyond it."""
    day, today = at.astimezone(zone).date(), now.astimezone(zone).date()
    away = (day - today).days
    clock = say_time(at, zone)
    if away == 0:
        return clock
    if away == 1:
        return f"завтра {clock}"
    if abs(away) < len(WEEKDAYS):
        return f"{WEEKDAYS[day.weekday()]} {clock}"
    return f"{day:%d.%m} {clock}" if day.year == today.year else f"{day:%d.%m.%Y} {clock}"


def say_when(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """A moment in the middle of a sentence: «в 17:30», «завтра в 09:30», «пт в 11:15», «23.11 в 14:00»."""
    day, _, clock = say_short(at, zone, now).rpartition(" ")
    return f"{day} в {clock}".lstrip()


def say_duration(length: timedelta) -> str:
    """A length of time, rounded down: «6 мин», «1 ч 20 мин», «1 день 5 ч», «4 дня»; its sign is ignored."""
    minutes = abs(length) // _MINUTE
    if minutes == 0:
        return "меньше минуты"
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return f"{minutes} мин"
    days, hours = divmod(hours, 24)
    if not days:
        return f"{hours} ч {minutes} мин" if minutes else f"{hours} ч"
    text = counted(days, "день", "дня", "дней")
    return f"{text} {hours} ч" if hours and days < _HOURS_SHOWN_BELOW_DAYS else text


def say_left(due: datetime, now: datetime) -> str:
    """How much is left until `due` or how long it is overdue: «осталось 12 мин», «просрочено 7 мин», «срок сейчас»."""
    left = due.astimezone(UTC) - now.astimezone(UTC)
    if left > timedelta(0):
        left = _MINUTE * round(left / _MINUTE)  # a card that comes five minutes before comes a moment later
    if abs(left) < _MINUTE:
        return "срок сейчас"
    return f"{'осталось' if left > timedelta(0) else 'просрочено'} {say_duration(left)}"
