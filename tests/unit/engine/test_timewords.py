"""Typed times: a table of phrases said on Saturday 21 November 2026 at 15:20, in two zones."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.engine.timewords import (
    HINT_DAY,
    HINT_FAR,
    HINT_GENERAL,
    HINT_PAST,
    HINT_SPAN,
    Choices,
    Moment,
    NotUnderstood,
    read_time,
)
from bot.engine.worktime import WorkCalendar

NINE_TO_SEVEN = {weekday: ((time(9), time(19)),) for weekday in range(5)}
ZONES = [ZoneInfo("Europe/Moscow"), ZoneInfo("Asia/Vladivostok")]
MOSCOW = ZONES[0]
OFFICE = WorkCalendar(MOSCOW, NINE_TO_SEVEN)
SATURDAY = datetime(2026, 11, 21, 15, 20)

MOMENTS = [
    ("завтра в 14:00", "22.11 14:00"),
    ("Завтра в 14", "22.11 14:00"),
    ("завтра 14", "22.11 14:00"),
    ("завтра 14.00", "22.11 14:00"),
    ("завтра в 14-30", "22.11 14:30"),
    ("завтра 14-30", "22.11 14:30"),
    ("завтра в 14 30", "22.11 14:30"),
    ("пн 10 30", "23.11 10:30"),
    ("18 30", "21.11 18:30"),
    ("в понедельник 23 в 10", "23.11 10:00"),
    ("завтра в 2", "22.11 14:00"),
    ("завтра в 7", "22.11 19:00"),
    ("завтра в 9", "22.11 09:00"),
    ("завтра в 9.30", "22.11 09:30"),
    ("завтра в 12", "22.11 12:00"),
    ("завтра 07:30", "22.11 07:30"),
    ("завтра в два часа дня", "22.11 14:00"),
    ("завтра в час", "22.11 13:00"),
    ("завтра к трём", "22.11 15:00"),
    ("завтра 5 вечера", "22.11 17:00"),
    ("завтра в 9 вечера", "22.11 21:00"),
    ("завтра утром в 10", "22.11 10:00"),
    ("завтра вечером в 7", "22.11 19:00"),
    ("завтра вечером в 8", "22.11 20:00"),
    ("завтра в 11 ночи", "22.11 23:00"),
    ("завтра в 12 ночи", "22.11 00:00"),
    ("в 11 часов завтра", "22.11 11:00"),
    ("завтра часов в 11", "22.11 11:00"),
    ("перезвонить завтра в 12!", "22.11 12:00"),
    ("в обед", "22.11 13:00"),
    ("завтра в полдень", "22.11 12:00"),
    ("полдевятого утра", "22.11 08:30"),
    ("в половине третьего", "22.11 14:30"),
    ("14:30", "22.11 14:30"),
    ("10:00", "22.11 10:00"),
    ("в 9 утра", "22.11 09:00"),
    ("10 утра", "22.11 10:00"),
    ("в десять", "22.11 10:00"),
    ("в 12", "22.11 12:00"),
    ("16:30", "21.11 16:30"),
    ("16.30", "21.11 16:30"),
    ("18", "21.11 18:00"),
    ("в 18", "21.11 18:00"),
    ("в 5", "21.11 17:00"),
    ("к 5", "21.11 17:00"),
    ("в четыре", "21.11 16:00"),
    ("часов в 6", "21.11 18:00"),
    ("в 15:21", "21.11 15:21"),
    ("сегодня в 5", "21.11 17:00"),
    ("сегодня в 9", "21.11 21:00"),
    ("в 23:50", "21.11 23:50"),
    ("в 24:00", "22.11 00:00"),
    ("через 2 часа", "21.11 17:20"),
    ("через час", "21.11 16:20"),
    ("через часик", "21.11 16:20"),
    ("через полчаса", "21.11 15:50"),
    ("через полтора часа", "21.11 16:50"),
    ("через 1,5 часа", "21.11 16:50"),
    ("через 1 ч 30 мин", "21.11 16:50"),
    ("через пару часов", "21.11 17:20"),
    ("через два часа", "21.11 17:20"),
    ("часа через два", "21.11 17:20"),
    ("минут через 20", "21.11 15:40"),
    ("через 90 минут", "21.11 16:50"),
    ("через 2ч", "21.11 17:20"),
    ("через 3 дня в 15:00", "24.11 15:00"),
    ("через 10 дней в 12", "01.12 12:00"),
    ("послезавтра в 9 утра", "23.11 09:00"),
    ("через день в 10", "23.11 10:00"),
    ("понедельник 9:00", "23.11 09:00"),
    ("пн 10", "23.11 10:00"),
    ("вт 12:00", "24.11 12:00"),
    ("вторник в 11 утра", "24.11 11:00"),
    ("в ср в 9:15", "25.11 09:15"),
    ("в пятницу 10:30", "27.11 10:30"),
    ("в субботу в 12", "28.11 12:00"),
    ("25.11 в 9", "25.11 09:00"),
    ("25.11 14.00", "25.11 14:00"),
    ("25-11 9:00", "25.11 09:00"),
    ("25/11 10:00", "25.11 10:00"),
    ("25 ноября в 9:30", "25.11 09:30"),
    ("в среду 25.11 в 10", "25.11 10:00"),
    ("28го в 12", "28.11 12:00"),
    ("28-го числа в 12", "28.11 12:00"),
    ("15 декабря 10 утра", "15.12 10:00"),
    ("25.12.2026 в 10:00", "25.12 10:00"),
    ("2026-11-25 10:00", "25.11 10:00"),
]

CHOICES = [
    ("в 9", ["21.11 21:00", "22.11 09:00"]),
    ("в девять", ["21.11 21:00", "22.11 09:00"]),
    ("в 8", ["21.11 20:00", "22.11 08:00"]),
    ("завтра в 8", ["22.11 08:00", "22.11 20:00"]),
    ("завтра утром", ["22.11 09:00", "22.11 10:00", "22.11 11:00"]),
    ("завтра с утра", ["22.11 09:00", "22.11 10:00", "22.11 11:00"]),
    ("утром", ["22.11 09:00", "22.11 10:00", "22.11 11:00"]),
    ("завтра днём", ["22.11 13:00", "22.11 14:00", "22.11 15:00"]),
    ("в четверг после обеда", ["26.11 13:00", "26.11 14:00", "26.11 15:00"]),
    ("завтра до обеда", ["22.11 09:00", "22.11 10:00", "22.11 11:00"]),
    ("сегодня вечером", ["21.11 18:00", "21.11 19:00", "21.11 20:00"]),
    ("сегодня", ["21.11 16:00", "21.11 17:00", "21.11 18:00"]),
    ("в понедельник", ["23.11 10:00", "23.11 12:00", "23.11 15:00", "23.11 17:00"]),
    ("25 ноября", ["25.11 10:00", "25.11 12:00", "25.11 15:00", "25.11 17:00"]),
    ("через неделю", ["28.11 10:00", "28.11 12:00", "28.11 15:00", "28.11 17:00"]),
    ("в следующий понедельник", ["23.11 10:00", "30.11 10:00"]),
    ("в следующий понедельник в 12", ["23.11 12:00", "30.11 12:00"]),
]

REFUSED = [
    ("", HINT_GENERAL),
    ("не знаю", HINT_GENERAL),
    ("ок", HINT_GENERAL),
    ("скоро", HINT_GENERAL),
    ("89231234567", HINT_GENERAL),
    ("клиент 25 лет", HINT_GENERAL),
    ("31 февраля в 10", HINT_GENERAL),
    ("32.13 в 9", HINT_GENERAL),
    ("завтра в 25:00", HINT_GENERAL),
    ("завтра в 10:75", HINT_GENERAL),
    ("завтра 3 дела", HINT_GENERAL),
    ("завтра " * 20, HINT_GENERAL),
    ("3 пн в 10", HINT_GENERAL),
    ("пн 24 в 10", HINT_GENERAL),
    ("25 11 в 10", HINT_GENERAL),
    ("завтра в 10 11", HINT_GENERAL),
    ("к пятнице", HINT_GENERAL),
    ("до 12", HINT_SPAN),
    ("после 18", HINT_SPAN),
    ("завтра после 18", HINT_SPAN),
    ("завтра с 10 до 12", HINT_SPAN),
    ("в среду или четверг", HINT_SPAN),
    ("каждый понедельник в 10", HINT_SPAN),
    ("через 2 недели в пн в 10", HINT_SPAN),
    ("в выходные", HINT_DAY),
    ("на следующей неделе", HINT_DAY),
    ("в среду 26.11 в 10", HINT_DAY),
    ("вчера в 10", HINT_PAST),
    ("сегодня в 10", HINT_PAST),
    ("сегодня утром", HINT_PAST),
    ("через 0 минут", HINT_PAST),
    ("20.11", HINT_PAST),
    ("20 ноября в 10", HINT_PAST),
    ("через 2 года", HINT_FAR),
    ("1 января 2028 в 10:00", HINT_FAR),
    ("1 января 2028 в полдень", HINT_FAR),
]


def said(phrase: str, zone: ZoneInfo) -> Moment | Choices | NotUnderstood:
    calendar = WorkCalendar(zone, NINE_TO_SEVEN)
    return read_time(phrase, SATURDAY.replace(tzinfo=zone), zone, calendar)


def shown(at: datetime, zone: ZoneInfo) -> str:
    assert at.tzinfo is UTC
    return f"{at.astimezone(zone):%d.%m %H:%M}"


@pytest.mark.parametrize("zone", ZONES, ids=str)
@pytest.mark.parametrize(("phrase", "expected"), MOMENTS)
def test_a_moment_is_read(phrase: str, expected: str, zone: ZoneInfo) -> None:
    read = said(phrase, zone)
    assert isinstance(read, Moment), read
    assert shown(read.at, zone) == expected
    assert read.at.astimezone(zone).year == 2026


@pytest.mark.parametrize("zone", ZONES, ids=str)
@pytest.mark.parametrize(("phrase", "expected"), CHOICES)
def test_a_day_or_an_unclear_hour_becomes_a_choice(phrase: str, expected: list[str], zone: ZoneInfo) -> None:
    read = said(phrase, zone)
    assert isinstance(read, Choices), read
    assert [shown(at, zone) for at in read.options] == expected
    assert read.day == read.options[0].astimezone(zone).date()


@pytest.mark.parametrize("zone", ZONES, ids=str)
@pytest.mark.parametrize(("phrase", "hint"), REFUSED)
def test_what_is_not_certain_is_asked_again(phrase: str, hint: str, zone: ZoneInfo) -> None:
    assert said(phrase, zone) == NotUnderstood(hint)


def test_the_moment_is_echoed_with_its_weekday() -> None:
    tomorrow, today, later = (said(phrase, MOSCOW) for phrase in ("завтра в 14", "в 18", "пн 14:00"))
    assert isinstance(tomorrow, Moment)
    assert isinstance(today, Moment)
    assert isinstance(later, Moment)
    assert tomorrow.text == "завтра, вс 22 ноября, 14:00"
    assert today.text == "сегодня, сб 21 ноября, 18:00"
    assert later.text == "пн 23 ноября, 14:00"


def test_a_moment_outside_hours_is_marked() -> None:
    inside, outside = said("пн 18:59", MOSCOW), said("пн 19:00", MOSCOW)
    assert isinstance(inside, Moment)
    assert isinstance(outside, Moment)
    assert (inside.outside_hours, outside.outside_hours) == (False, True)


def test_seconds_are_dropped() -> None:
    now = SATURDAY.replace(second=42, tzinfo=MOSCOW)
    read = read_time("через час", now, MOSCOW, OFFICE)
    assert isinstance(read, Moment)
    assert read.at == datetime(2026, 11, 21, 16, 20, tzinfo=MOSCOW)


def test_a_bare_hour_still_ahead_today_is_today() -> None:
    morning = datetime(2026, 11, 23, 8, 30, tzinfo=MOSCOW)
    read = read_time("в 9", morning, MOSCOW, OFFICE)
    assert isinstance(read, Moment)
    assert read.at == datetime(2026, 11, 23, 9, tzinfo=MOSCOW)


def test_a_bare_day_is_offered_in_hours() -> None:
    short = WorkCalendar(MOSCOW, {0: ((time(9), time(13)),)})
    read = read_time("в понедельник", SATURDAY.replace(tzinfo=MOSCOW), MOSCOW, short)
    assert isinstance(read, Choices)
    assert [shown(at, MOSCOW) for at in read.options] == ["23.11 10:00", "23.11 12:00"]


def test_today_late_in_the_evening_has_nothing_left() -> None:
    night = datetime(2026, 11, 21, 21, 40, tzinfo=MOSCOW)
    assert read_time("сегодня", night, MOSCOW, OFFICE) == NotUnderstood(HINT_PAST)


def test_the_clients_zone_may_differ_from_the_managers() -> None:
    now = SATURDAY.replace(tzinfo=MOSCOW)
    read = read_time("завтра в 10", now, ZoneInfo("Asia/Vladivostok"), OFFICE)
    assert isinstance(read, Moment)
    # It is already 22:20 of the same Saturday in Vladivostok.
    assert shown(read.at, MOSCOW) == "22.11 03:00"


def test_hours_said_over_a_change_of_clocks_really_pass() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    now = datetime(2026, 10, 25, 1, 30, tzinfo=berlin)
    read = read_time("через 3 часа", now, berlin, OFFICE)
    assert isinstance(read, Moment)
    assert read.at - now.astimezone(UTC) == timedelta(hours=3)


WORDS = st.sampled_from(
    [
        "завтра",
        "сегодня",
        "в",
        "к",
        "до",
        "после",
        "через",
        "следующий",
        "пн",
        "среду",
        "пятницу",
        "утром",
        "вечера",
        "дня",
        "час",
        "часа",
        "два",
        "2",
        "9",
        "14",
        "25.11",
        "14:30",
        "9-30",
        "ноября",
        "1",
        "января",
        "2027",
        "месяц",
        "неделю",
        "полчаса",
        "31",
        "02",
        "00",
        ":",
        ".",
        "-",
        "обед",
        "ночью",
        "выходные",
        "числа",
        "10.30",
        "мск",
    ]
)


@settings(max_examples=400, deadline=None)
@given(
    words=st.lists(WORDS, max_size=6),
    noise=st.text(max_size=4),
    now=st.datetimes(datetime(2026, 1, 1), datetime(2027, 11, 1)),
)
def test_no_phrase_breaks_it_and_no_answer_is_in_the_past_or_too_far(
    words: list[str], noise: str, now: datetime
) -> None:
    moment = now.replace(tzinfo=MOSCOW)
    read = read_time(" ".join([*words, noise]), moment, MOSCOW, OFFICE)
    found = [read.at] if isinstance(read, Moment) else list(read.options) if isinstance(read, Choices) else []
    for at in found:
        assert moment < at <= moment + timedelta(days=366)
        assert at.second == at.microsecond == 0
    assert found == sorted(found)
    assert not isinstance(read, Choices) or isinstance(read.day, date)
