"""Russian forms of moments, durations and counts."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.engine.words import plural, say_duration, say_left, say_moment, say_short

MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 11, 16, 10, 3, tzinfo=MOSCOW)


@pytest.mark.parametrize(
    ("count", "form"),
    [
        (0, "попыток"),
        (1, "попытка"),
        (2, "попытки"),
        (4, "попытки"),
        (5, "попыток"),
        (11, "попыток"),
        (12, "попыток"),
        (14, "попыток"),
        (21, "попытка"),
        (22, "попытки"),
        (111, "попыток"),
    ],
)
def test_the_noun_follows_its_number(count: int, form: str) -> None:
    assert plural(count, "попытка", "попытки", "попыток") == form


@pytest.mark.parametrize(
    ("at", "full", "short"),
    [
        (datetime(2026, 11, 16, 17, 30, tzinfo=MOSCOW), "сегодня 17:30", "17:30"),
        (datetime(2026, 11, 17, 12, 0, tzinfo=MOSCOW), "завтра, вт 17 ноября, 12:00", "завтра 12:00"),
        (datetime(2026, 11, 15, 12, 0, tzinfo=MOSCOW), "вчера, вс 15 ноября, 12:00", "вс 12:00"),
        (datetime(2026, 11, 20, 11, 15, tzinfo=MOSCOW), "пт 20 ноября, 11:15", "пт 11:15"),
        (datetime(2026, 11, 23, 14, 0, tzinfo=MOSCOW), "пн 23 ноября, 14:00", "23.11 14:00"),
        (datetime(2027, 1, 11, 9, 0, tzinfo=MOSCOW), "пн 11 января 2027, 09:00", "11.01.2027 09:00"),
    ],
)
def test_a_moment_is_told_as_people_say_it(at: datetime, full: str, short: str) -> None:
    assert say_moment(at, MOSCOW, NOW) == full
    assert say_short(at, MOSCOW, NOW) == short


def test_today_is_the_day_of_the_reader() -> None:
    at = datetime(2026, 11, 16, 23, 30, tzinfo=UTC)
    assert say_moment(at, MOSCOW, NOW) == "завтра, вт 17 ноября, 02:30"
    assert say_moment(at, ZoneInfo("UTC"), NOW) == "сегодня 23:30"


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(seconds=59), "меньше минуты"),
        (timedelta(minutes=6, seconds=40), "6 мин"),
        (timedelta(minutes=80), "1 ч 20 мин"),
        (timedelta(hours=2), "2 ч"),
        (timedelta(hours=29), "1 день 5 ч"),
        (timedelta(days=2), "2 дня"),
        (timedelta(days=5, hours=3), "5 дней"),
        (-timedelta(minutes=7), "7 мин"),
    ],
)
def test_a_duration_is_told_in_the_two_largest_units(length: timedelta, text: str) -> None:
    assert say_duration(length) == text


def test_what_is_left_and_what_is_late() -> None:
    assert say_left(NOW + timedelta(minutes=12), NOW) == "осталось 12 мин"
    assert say_left(NOW + timedelta(minutes=5), NOW + timedelta(milliseconds=300)) == "осталось 5 мин"
    assert say_left(NOW - timedelta(minutes=7), NOW) == "просрочено 7 мин"
    assert say_left(NOW - timedelta(seconds=30), NOW) == "срок сейчас"
