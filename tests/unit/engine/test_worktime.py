"""Working time against the facts of the Russian calendar of 2026 and 2027."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.calendars import calendar_of
from bot.engine.worktime import (
    ClientWindow,
    NoWorkingTime,
    TeamCalendar,
    Window,
    WorkCalendar,
    next_whole_minute,
    reachable,
    whole_minute,
)
from bot.playbooks.load import builtin, load

MOSCOW = ZoneInfo("Europe/Moscow")
BERLIN = ZoneInfo("Europe/Berlin")
VLADIVOSTOK = ZoneInfo("Asia/Vladivostok")
NINE_TO_SEVEN = {weekday: ((time(9), time(19)),) for weekday in range(5)}
OFFICE = WorkCalendar(MOSCOW, NINE_TO_SEVEN)

SHORT_DAYS = {
    2026: {date(2026, 4, 30), date(2026, 5, 8), date(2026, 6, 11), date(2026, 11, 3)},
    2027: {date(2027, 2, 20), date(2027, 4, 30), date(2027, 6, 11), date(2027, 11, 3)},
}
OFF_WEEKDAYS = {
    2026: {
        (1, 1),
        (1, 2),
        (1, 5),
        (1, 6),
        (1, 7),
        (1, 8),
        (1, 9),
        (2, 23),
        (3, 9),
        (5, 1),
        (5, 11),
        (6, 12),
        (11, 4),
        (12, 31),
    },
    2027: {
        (1, 1),
        (1, 4),
        (1, 5),
        (1, 6),
        (1, 7),
        (1, 8),
        (2, 22),
        (2, 23),
        (3, 8),
        (5, 3),
        (5, 10),
        (6, 14),
        (11, 4),
        (11, 5),
        (12, 31),
    },
}
WORKED_WEEKENDS = {2026: set(), 2027: {date(2027, 2, 20)}}


def local(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=MOSCOW)


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=offset) for offset in range((date(year + 1, 1, 1) - first).days)]


@pytest.mark.parametrize("year", [2026, 2027])
def test_every_day_of_the_year_is_worked_or_free_as_decreed(year: int) -> None:
    worked = {day for day in days_of(year) if OFFICE.is_working_day(day)}
    free = {date(year, month, day) for month, day in OFF_WEEKDAYS[year]}
    expected = {day for day in days_of(year) if day.weekday() < 5 and day not in free} | WORKED_WEEKENDS[year]
    assert worked == expected


@pytest.mark.parametrize("year", [2026, 2027])
def test_exactly_the_eves_of_holidays_end_an_hour_earlier(year: int) -> None:
    short = {
        day
        for day in days_of(year)
        if OFFICE.is_working_day(day) and OFFICE.close_of(day).astimezone(MOSCOW).time() == time(18)
    }
    assert short == SHORT_DAYS[year]


def test_years_without_a_decree_are_told_apart() -> None:
    assert [OFFICE.known_year(year) for year in (2025, 2026, 2027, 2028)] == [False, True, True, False]
    assert WorkCalendar(MOSCOW, NINE_TO_SEVEN, country=None).known_year(2040)
    assert WorkCalendar(BERLIN, NINE_TO_SEVEN, country="DE").known_year(2028)


def test_other_countries_have_their_holidays_and_no_short_days() -> None:
    german = WorkCalendar(BERLIN, NINE_TO_SEVEN, country="DE")
    assert not german.is_working_day(date(2026, 12, 25))
    assert german.is_working_day(date(2026, 11, 4))
    assert german.close_of(date(2026, 4, 30)) == datetime(2026, 4, 30, 19, tzinfo=BERLIN)


def test_a_calendar_without_a_country_works_on_holidays() -> None:
    assert WorkCalendar(MOSCOW, NINE_TO_SEVEN, country=None).is_working_day(date(2026, 11, 4))


def test_exceptions_override_weekday_holiday_and_short_day() -> None:
    calendar = WorkCalendar(
        MOSCOW,
        NINE_TO_SEVEN,
        exceptions={
            date(2026, 11, 3): ((time(10), time(20)),),
            date(2026, 11, 4): ((time(12), time(15)),),
            date(2026, 11, 5): (),
        },
    )
    assert calendar.close_of(date(2026, 11, 3)) == local(2026, 11, 3, 20)
    assert calendar.open_of(date(2026, 11, 4)) == local(2026, 11, 4, 12)
    assert not calendar.is_working_day(date(2026, 11, 5))


def test_moments_are_in_utc() -> None:
    (window,) = OFFICE.windows(date(2026, 11, 2))
    assert window == Window(datetime(2026, 11, 2, 6, tzinfo=UTC), datetime(2026, 11, 2, 16, tzinfo=UTC))
    assert window.start.tzinfo is UTC
    assert OFFICE.next_open(local(2026, 11, 2, 12)).tzinfo is UTC


def test_the_closing_minute_is_not_open() -> None:
    assert OFFICE.is_open(local(2026, 11, 2, 9))
    assert OFFICE.is_open(local(2026, 11, 2, 18, 59))
    assert not OFFICE.is_open(local(2026, 11, 2, 19))
    assert not OFFICE.is_open(local(2026, 11, 2, 8, 59))
    assert not OFFICE.is_open(local(2026, 11, 4, 12))


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        (local(2026, 11, 2, 10, 0), 15, local(2026, 11, 2, 10, 15)),
        (local(2026, 11, 2, 23, 40), 15, local(2026, 11, 3, 9, 15)),
        (local(2026, 11, 6, 23, 40), 15, local(2026, 11, 9, 9, 15)),
        (local(2026, 11, 2, 18, 45), 15, local(2026, 11, 2, 19, 0)),
        (local(2026, 11, 2, 18, 50), 15, local(2026, 11, 3, 9, 5)),
        (local(2026, 11, 3, 17, 50), 15, local(2026, 11, 5, 9, 5)),
        (local(2026, 11, 2, 8, 0), 0, local(2026, 11, 2, 9, 0)),
        (local(2026, 11, 2, 12, 0), 0, local(2026, 11, 2, 12, 0)),
        (local(2026, 11, 2, 9, 0), 60 * 25, local(2026, 11, 5, 15, 0)),
    ],
)
def test_working_minutes_are_added(start: datetime, minutes: int, end: datetime) -> None:
    assert OFFICE.add_working(start, timedelta(minutes=minutes)) == end


def test_a_lunch_break_stands_still() -> None:
    shop = WorkCalendar(MOSCOW, {0: ((time(9), time(13)), (time(14), time(18)))})
    assert shop.add_working(local(2026, 11, 2, 12, 50), timedelta(minutes=20)) == local(2026, 11, 2, 14, 10)
    assert not shop.is_open(local(2026, 11, 2, 13, 30))
    assert shop.working_between(local(2026, 11, 2, 12), local(2026, 11, 2, 15)) == timedelta(hours=2)


def test_a_day_may_end_at_midnight() -> None:
    night = WorkCalendar(MOSCOW, {0: ((time(18), time(0)),)})
    assert night.close_of(date(2026, 11, 2)) == local(2026, 11, 3, 0)
    assert night.is_open(local(2026, 11, 2, 23, 59))
    assert not night.is_open(local(2026, 11, 3, 0))


def test_a_short_day_loses_its_last_hour_even_when_that_is_all_after_lunch() -> None:
    shop = WorkCalendar(MOSCOW, {1: ((time(9), time(13)), (time(14), time(15)))})
    assert shop.close_of(date(2026, 11, 3)) == local(2026, 11, 3, 13)
    assert shop.close_of(date(2026, 11, 10)) == local(2026, 11, 10, 15)


def test_negative_time_is_refused() -> None:
    with pytest.raises(ValueError, match="backwards"):
        OFFICE.add_working(local(2026, 11, 2, 10), -timedelta(minutes=1))


@pytest.mark.parametrize(
    "windows",
    [
        ((time(19), time(9)),),
        ((time(9), time(9)),),
        ((time(9), time(14)), (time(13), time(18))),
        ((time(9), time(0)), (time(13), time(18))),
    ],
)
def test_impossible_hours_are_refused(windows: tuple[tuple[time, time], ...]) -> None:
    with pytest.raises(ValueError, match="working hours"):
        WorkCalendar(MOSCOW, {0: windows})


def test_an_unknown_country_is_refused() -> None:
    with pytest.raises(ValueError, match="XX"):
        WorkCalendar(MOSCOW, NINE_TO_SEVEN, country="XX")


def test_an_empty_calendar_says_so_instead_of_searching_for_ever() -> None:
    empty = WorkCalendar(MOSCOW, {})
    moment = local(2026, 11, 2, 12)
    with pytest.raises(NoWorkingTime):
        empty.next_open(moment)
    with pytest.raises(NoWorkingTime):
        empty.add_working(moment, timedelta(minutes=1))
    with pytest.raises(NoWorkingTime):
        empty.next_working_day(moment.date())
    with pytest.raises(NoWorkingTime):
        empty.close_of(moment.date())


def test_working_days_after_skip_weekends_and_holidays() -> None:
    assert OFFICE.working_days_after(date(2026, 11, 2), 3) == (date(2026, 11, 3), date(2026, 11, 5), date(2026, 11, 6))
    assert OFFICE.next_working_day(date(2026, 12, 30)) == date(2027, 1, 11)


def test_working_time_between_counts_only_open_hours() -> None:
    assert OFFICE.working_between(local(2026, 11, 2, 18), local(2026, 11, 5, 10)) == timedelta(hours=1 + 9 + 1)
    assert OFFICE.working_between(local(2026, 11, 5, 10), local(2026, 11, 2, 18)) == timedelta(0)


def test_a_team_works_while_anybody_does() -> None:
    early = WorkCalendar(MOSCOW, {0: ((time(8), time(14)),)})
    late = WorkCalendar(MOSCOW, {0: ((time(13), time(21)),), 5: ((time(10), time(16)),)})
    team = TeamCalendar(MOSCOW, (early, late))
    assert team.windows(date(2026, 11, 2)) == (Window(local(2026, 11, 2, 8), local(2026, 11, 2, 21)),)
    assert team.is_working_day(date(2026, 11, 7))
    assert not team.is_working_day(date(2026, 11, 8))
    assert team.add_working(local(2026, 11, 2, 20, 50), timedelta(minutes=15)) == local(2026, 11, 7, 10, 5)


def test_a_team_member_in_another_zone_lengthens_the_day() -> None:
    far = WorkCalendar(VLADIVOSTOK, NINE_TO_SEVEN)
    team = TeamCalendar(MOSCOW, (OFFICE, far))
    assert team.windows(date(2026, 11, 2)) == (Window(local(2026, 11, 2, 2), local(2026, 11, 2, 19)),)


def test_a_client_far_in_the_east_is_reachable_in_our_morning() -> None:
    client = ClientWindow(VLADIVOSTOK)
    assert reachable(OFFICE, client, date(2026, 11, 2)) == (Window(local(2026, 11, 2, 9), local(2026, 11, 2, 14)),)
    assert client.contains(local(2026, 11, 2, 13, 59))
    assert not client.contains(local(2026, 11, 2, 14, 0))


def test_a_client_whose_day_turns_inside_ours_is_reachable_twice() -> None:
    client = ClientWindow(ZoneInfo("Pacific/Auckland"), time(6), time(22))
    whole_day = WorkCalendar(MOSCOW, {0: ((time(0), time(0)),)})
    first, second = reachable(whole_day, client, date(2026, 11, 2))
    assert (first.end, second.start) == (local(2026, 11, 2, 12), local(2026, 11, 2, 20))


def test_a_client_who_never_wakes_in_our_hours_is_not_reachable() -> None:
    client = ClientWindow(ZoneInfo("Pacific/Honolulu"), time(9), time(18))
    assert reachable(OFFICE, client, date(2026, 11, 2)) == ()


def test_changes_of_clocks_are_counted_as_they_pass() -> None:
    before, after = date(2026, 10, 23), date(2026, 10, 26)
    client = ClientWindow(BERLIN)
    assert client.span(before).start == datetime(2026, 10, 23, 7, tzinfo=UTC)
    assert client.span(after).start == datetime(2026, 10, 26, 8, tzinfo=UTC)
    around_the_clock = WorkCalendar(BERLIN, {weekday: ((time(0), time(0)),) for weekday in range(7)}, country=None)
    start = datetime(2026, 10, 24, 12, tzinfo=BERLIN)
    assert around_the_clock.working_between(start, datetime(2026, 10, 25, 12, tzinfo=BERLIN)) == timedelta(hours=25)


def test_seconds_are_dropped_or_rounded_up() -> None:
    moment = datetime(2026, 11, 2, 12, 0, 0, 1, tzinfo=MOSCOW)
    assert whole_minute(moment) == local(2026, 11, 2, 12)
    assert next_whole_minute(moment) == local(2026, 11, 2, 12, 1)
    assert next_whole_minute(local(2026, 11, 2, 12)) == local(2026, 11, 2, 12)


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC))


@given(moment=MOMENTS, minutes=st.integers(1, 60 * 60))
def test_added_time_is_what_passes_between(moment: datetime, minutes: int) -> None:
    delta = timedelta(minutes=minutes)
    due = OFFICE.add_working(moment, delta)
    assert OFFICE.working_between(moment, due) == delta
    assert OFFICE.is_open(due - timedelta(microseconds=1))


@given(moment=MOMENTS)
def test_the_next_opening_is_open_and_not_before(moment: datetime) -> None:
    opening = OFFICE.next_open(moment)
    assert opening >= moment
    assert OFFICE.is_open(opening)
    assert OFFICE.working_between(moment, opening) == timedelta(0)


def test_single_days_of_the_playbook_override_hours_and_holidays() -> None:
    text = builtin("bankruptcy").text + "days: {2026-12-30: off, 2027-02-20: 10:00-16:00}\n"
    calendar = calendar_of(load(text, checked=True).playbook)
    assert not calendar.is_working_day(date(2026, 12, 30))
    saturday = calendar.windows(date(2027, 2, 20))
    assert [(f"{one.start.astimezone(MOSCOW):%H:%M}", f"{one.end.astimezone(MOSCOW):%H:%M}") for one in saturday] == [
        ("10:00", "16:00")
    ]
    assert calendar_of(builtin("bankruptcy").playbook).is_working_day(date(2026, 12, 30))
