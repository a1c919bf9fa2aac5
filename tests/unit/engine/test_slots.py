"""Ready times on buttons and the picker of days and times."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.engine.slots import check_in_time, day_times, month_days, quick_times, untried_part_time
from bot.engine.worktime import ClientWindow, WorkCalendar

MOSCOW = ZoneInfo("Europe/Moscow")
VLADIVOSTOK = ZoneInfo("Asia/Vladivostok")
NINE_TO_SEVEN = {weekday: ((time(9), time(19)),) for weekday in range(5)}
OFFICE = WorkCalendar(MOSCOW, NINE_TO_SEVEN)
AT_HOME = ClientWindow(MOSCOW)


def local(month: int, day: int, hour: int, minute: int = 0, second: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=MOSCOW)


def labels(now: datetime) -> list[str]:
    return [quick.label for quick in quick_times(now, OFFICE, AT_HOME)]


class TestQuickTimes:
    def test_on_a_working_morning_all_four_are_offered(self) -> None:
        quick = quick_times(local(11, 16, 10, 5, 30), OFFICE, AT_HOME)
        assert [(one.label, one.at, one.outside_hours) for one in quick] == [
            ("через 1 ч", local(11, 16, 11, 6), False),
            ("сегодня 17:30", local(11, 16, 17, 30), False),
            ("завтра 10:00", local(11, 17, 10), False),
            ("завтра 18:00", local(11, 17, 18), False),
        ]

    @pytest.mark.parametrize(
        ("minute", "offered"),
        [(10, True), (11, False), (40, False)],
    )
    def test_a_time_too_near_is_left_out(self, minute: int, offered: bool) -> None:
        assert ("сегодня 17:30" in labels(local(11, 16, 17, minute))) is offered

    def test_before_a_day_off_the_next_working_day_stands_by_its_weekday(self) -> None:
        assert labels(local(11, 20, 15)) == ["через 1 ч", "сегодня 17:30", "пн 10:00", "пн 18:00"]
        assert labels(local(11, 3, 15)) == ["через 1 ч", "сегодня 17:30", "чт 10:00", "чт 18:00"]

    def test_a_day_far_away_also_has_its_date(self) -> None:
        assert labels(local(12, 30, 15))[2:] == ["пн 11.01 10:00", "пн 11.01 18:00"]

    def test_on_a_day_off_today_is_not_offered(self) -> None:
        assert labels(local(11, 21, 11)) == ["через 1 ч", "пн 10:00", "пн 18:00"]

    def test_on_the_eve_of_a_working_day_tomorrow_is_called_so(self) -> None:
        assert labels(local(11, 22, 11)) == ["через 1 ч", "завтра 10:00", "завтра 18:00"]

    def test_times_outside_hours_or_the_clients_window_are_marked(self) -> None:
        evening = quick_times(local(11, 16, 18, 30), OFFICE, AT_HOME)
        assert [one.outside_hours for one in evening] == [True, False, False]
        far = quick_times(local(11, 16, 10), OFFICE, ClientWindow(VLADIVOSTOK))
        assert [one.outside_hours for one in far] == [False, True, False, True]


class TestUntriedPart:
    def test_the_earliest_untried_part_of_the_next_working_day(self) -> None:
        now = local(11, 20, 15)
        assert untried_part_time(now, OFFICE, AT_HOME) == local(11, 23, 10)
        assert untried_part_time(now, OFFICE, AT_HOME, [local(11, 19, 9, 40)]) == local(11, 23, 14)
        tried = [local(11, 19, 9, 40), local(11, 19, 13)]
        assert untried_part_time(now, OFFICE, AT_HOME, tried) == local(11, 23, 17)

    def test_when_all_were_tried_the_earliest(self) -> None:
        tried = [local(11, 19, hour) for hour in (9, 13, 17)]
        assert untried_part_time(local(11, 19, 18), OFFICE, AT_HOME, tried) == local(11, 20, 10)

    def test_the_parts_are_the_clients(self) -> None:
        # Our hours reach 16:00–21:00 in Vladivostok: only its evening.
        assert untried_part_time(local(11, 16, 10), OFFICE, ClientWindow(VLADIVOSTOK)) == local(11, 17, 10)

    def test_a_window_that_misses_every_middle_gives_its_first_minute(self) -> None:
        window = ClientWindow(MOSCOW, time(11), time(13))
        assert untried_part_time(local(11, 16, 10), OFFICE, window) == local(11, 17, 11)

    def test_hours_that_never_meet_give_the_opening(self) -> None:
        window = ClientWindow(ZoneInfo("Pacific/Honolulu"), time(9), time(18))
        assert untried_part_time(local(11, 16, 10), OFFICE, window) == local(11, 17, 9)


class TestCheckIn:
    @pytest.mark.parametrize(
        ("now", "at"),
        [
            (local(11, 16, 12, 34, 56), local(11, 17, 12, 34)),
            (local(11, 20, 12), local(11, 23, 12)),
            (local(11, 16, 7), local(11, 17, 9)),
            (local(11, 16, 20), local(11, 17, 18, 30)),
            (local(11, 2, 18, 20), local(11, 3, 17, 30)),
        ],
    )
    def test_one_working_day_later_inside_hours(self, now: datetime, at: datetime) -> None:
        assert check_in_time(now, OFFICE) == at

    def test_inside_a_lunch_break_after_it(self) -> None:
        shop = WorkCalendar(MOSCOW, {day: ((time(9), time(13)), (time(14), time(18))) for day in range(5)})
        assert check_in_time(local(11, 16, 13, 20), shop) == local(11, 17, 14)

    def test_a_very_short_day_gives_its_opening(self) -> None:
        brief = WorkCalendar(MOSCOW, {day: ((time(9), time(9, 20)),) for day in range(5)})
        assert check_in_time(local(11, 16, 15), brief) == local(11, 17, 9)


class TestPicker:
    def test_a_month_tells_past_and_free_days(self) -> None:
        days = {entry.day.day: entry for entry in month_days(2026, 11, local(11, 3, 12), OFFICE)}
        assert len(days) == 30
        assert [days[number].selectable for number in (1, 2, 3, 4, 30)] == [False, False, True, True, True]
        assert [days[number].working for number in (2, 3, 4, 5, 7)] == [True, True, False, True, False]

    def test_more_than_a_year_ahead_cannot_be_chosen(self) -> None:
        days = {entry.day: entry.selectable for entry in month_days(2027, 11, local(11, 3, 12), OFFICE)}
        assert (days[date(2027, 11, 4)], days[date(2027, 11, 5)]) == (True, False)

    def test_times_in_hours_come_first(self) -> None:
        times = day_times(date(2026, 11, 17), local(11, 16, 12), OFFICE, ClientWindow(MOSCOW, time(10), time(21)))
        assert len(times) == 24
        inside = [one.label for one in times if not one.outside_hours]
        assert (inside[0], inside[-1], len(inside)) == ("10:00", "18:30", 18)
        assert [one.label for one in times[18:]] == ["09:00", "09:30", "19:00", "19:30", "20:00", "20:30"]

    def test_today_only_what_is_ahead(self) -> None:
        times = day_times(date(2026, 11, 16), local(11, 16, 18, 0), OFFICE, AT_HOME)
        assert [one.label for one in times] == ["18:30", "19:00", "19:30", "20:00", "20:30"]
        assert times[0].at - local(11, 16, 18, 0) == timedelta(minutes=30)

    def test_a_past_day_has_no_times(self) -> None:
        assert day_times(date(2026, 11, 13), local(11, 16, 18), OFFICE, AT_HOME) == ()
