"""The cadence: the worked example to the minute, every rule of the default strategy, and what holds always."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.engine.cadence import Attempt, CadenceSpec, Exhausted, next_attempt
from bot.engine.dayparts import DayPart
from bot.engine.worktime import ClientWindow, NoWorkingTime, WorkCalendar, reachable

MOSCOW = ZoneInfo("Europe/Moscow")
VLADIVOSTOK = ZoneInfo("Asia/Vladivostok")
HONOLULU = ZoneInfo("Pacific/Honolulu")
NINE_TO_SEVEN = {weekday: ((time(9), time(19)),) for weekday in range(5)}
OFFICE = WorkCalendar(MOSCOW, NINE_TO_SEVEN)
AT_HOME = ClientWindow(MOSCOW)
SLOTS = (time(9, 30), time(11, 15), time(13), time(15), time(17, 30))
SCORING = CadenceSpec(
    attempts=5, within_days=3, second=timedelta(minutes=40), gap=timedelta(minutes=90), slots=SLOTS, per_day=2
)


def local(month: int, day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, second, tzinfo=MOSCOW)


def attempt(
    *misses: datetime,
    spec: CadenceSpec = SCORING,
    calendar: WorkCalendar = OFFICE,
    window: ClientWindow = AT_HOME,
    now: datetime | None = None,
) -> Attempt:
    planned = next_attempt(spec, misses, calendar, window, now or max(misses))
    assert isinstance(planned, Attempt)
    return planned


EXAMPLE_MISSES = (
    local(11, 2, 16, 58),
    local(11, 2, 17, 41),
    local(11, 3, 9, 34),
    local(11, 3, 13, 10),
    local(11, 5, 15, 2),
    local(11, 6, 11, 20),
)


@pytest.mark.parametrize(
    ("made", "due", "part", "untried"),
    [
        (1, local(11, 2, 17, 38), DayPart.EVENING, False),
        (2, local(11, 3, 9, 30), DayPart.MORNING, True),
        (3, local(11, 3, 13, 0), DayPart.DAYTIME, True),
        (4, local(11, 5, 15, 0), DayPart.DAYTIME, False),
        (5, local(11, 6, 11, 15), DayPart.MORNING, False),
    ],
)
def test_the_worked_example_holds_to_the_minute(made: int, due: datetime, part: DayPart, untried: bool) -> None:
    planned = attempt(*EXAMPLE_MISSES[:made])
    assert planned.at == due
    assert (planned.number, planned.of) == (made + 1, 6)
    assert (planned.day_part, planned.untried_part) == (part, untried)
    assert not planned.outside_client_window


def test_after_the_last_miss_the_cadence_is_exhausted() -> None:
    done = next_attempt(SCORING, EXAMPLE_MISSES, OFFICE, AT_HOME, EXAMPLE_MISSES[-1])
    assert done == Exhausted(tuple(miss.astimezone(UTC) for miss in EXAMPLE_MISSES))


def test_no_miss_is_no_cadence() -> None:
    with pytest.raises(ValueError, match="begins with a miss"):
        next_attempt(SCORING, (), OFFICE, AT_HOME, local(11, 2, 12))


def test_the_order_in_which_misses_are_told_does_not_matter() -> None:
    assert attempt(*EXAMPLE_MISSES[:4]) == attempt(*reversed(EXAMPLE_MISSES[:4]))


def test_the_seconds_of_a_miss_are_dropped() -> None:
    assert attempt(local(11, 2, 10, 0, 59)).at == local(11, 2, 10, 40)


class TestSecondAttempt:
    def test_it_follows_the_first_miss_by_its_own_distance(self) -> None:
        planned = attempt(local(11, 2, 10))
        assert planned.at == local(11, 2, 10, 40)
        assert planned.why == "2-я попытка из 6: через 40 мин после первого звонка"

    def test_the_last_minute_before_closing_still_fits(self) -> None:
        assert attempt(local(11, 2, 18, 19)).at == local(11, 2, 18, 59)

    def test_at_closing_it_joins_the_others(self) -> None:
        assert attempt(local(11, 2, 18, 20)).at == local(11, 3, 9, 30)

    def test_a_short_day_closes_earlier(self) -> None:
        assert attempt(local(11, 3, 17, 20)).at == local(11, 5, 9, 30)

    def test_a_miss_before_opening_counts_from_opening(self) -> None:
        assert attempt(local(11, 2, 7, 30)).at == local(11, 2, 9, 40)

    def test_a_miss_on_a_day_off_leads_to_the_next_working_day(self) -> None:
        assert attempt(local(11, 7, 12)).at == local(11, 9, 9, 30)

    def test_a_lunch_break_is_not_working_time(self) -> None:
        shop = WorkCalendar(MOSCOW, {day: ((time(9), time(13)), (time(14), time(19))) for day in range(5)})
        assert attempt(local(11, 2, 12, 40), calendar=shop).at == local(11, 3, 9, 30)

    def test_outside_the_clients_window_it_joins_the_others(self) -> None:
        assert attempt(local(11, 2, 13, 30), window=ClientWindow(VLADIVOSTOK)).at == local(11, 3, 9, 30)

    def test_nothing_else_happens_on_the_day_of_the_first_miss(self) -> None:
        planned = attempt(local(11, 2, 9, 5), local(11, 2, 9, 46))
        assert planned.at == local(11, 3, 15, 0)


class TestShareOfADay:
    def test_what_is_left_is_spread_over_the_days_left(self) -> None:
        first = (local(11, 9, 10), local(11, 9, 10, 41))
        tuesday = (local(11, 10, 9, 31), local(11, 10, 13, 1))
        assert attempt(*first).at.date() == date(2026, 11, 10)
        assert attempt(*first, tuesday[0]).at.date() == date(2026, 11, 10)
        assert attempt(*first, *tuesday).at.date() == date(2026, 11, 11)
        assert attempt(*first, *tuesday, local(11, 11, 15, 1)).at.date() == date(2026, 11, 12)

    def test_an_unplanned_miss_counts_toward_its_day(self) -> None:
        planned = attempt(local(11, 9, 10), local(11, 9, 10, 41), local(11, 10, 9, 5), local(11, 10, 9, 20))
        assert (planned.number, planned.at.date()) == (5, date(2026, 11, 11))

    def test_a_day_without_a_free_slot_passes_its_share_on(self) -> None:
        late = local(11, 10, 16, 30)
        assert attempt(local(11, 9, 10), local(11, 9, 10, 41), late).at.date() == date(2026, 11, 11)
        after = attempt(local(11, 9, 10), local(11, 9, 10, 41), late, local(11, 11, 9, 31))
        assert after.at.date() == date(2026, 11, 11)

    def test_a_slow_rule_leaves_days_between(self) -> None:
        slow = replace(SCORING, attempts=3, within_days=5)
        misses = [local(11, 9, 10), local(11, 9, 10, 41)]
        assert attempt(*misses, spec=slow).at.date() == date(2026, 11, 10)
        misses.append(local(11, 10, 13, 1))
        assert attempt(*misses, spec=slow).at.date() == date(2026, 11, 11)

    def test_after_the_span_every_working_day_takes_its_full_share(self) -> None:
        misses = [local(11, 9, 10), local(11, 9, 10, 41), local(11, 16, 9, 31)]
        assert attempt(*misses).at.date() == date(2026, 11, 16)
        misses.append(local(11, 16, 13, 1))
        assert attempt(*misses).at.date() == date(2026, 11, 17)

    def test_duty_days_count_as_working_days_of_that_person(self) -> None:
        on_duty = WorkCalendar(MOSCOW, NINE_TO_SEVEN, exceptions={date(2026, 11, 14): ((time(10), time(16)),)})
        assert attempt(local(11, 13, 18, 50)).at == local(11, 16, 9, 30)
        assert attempt(local(11, 13, 18, 50), calendar=on_duty).at == local(11, 14, 11, 15)


class TestChoiceOfSlot:
    def test_the_earliest_untried_part_of_the_day_comes_first(self) -> None:
        planned = attempt(local(11, 9, 9, 10), local(11, 9, 9, 51))
        assert (planned.day_part, planned.untried_part) == (DayPart.DAYTIME, True)
        assert planned.why == "3-я попытка из 6: днём ещё не звонили"

    def test_inside_the_part_the_slot_farthest_from_all_misses_wins(self) -> None:
        assert attempt(local(11, 9, 12, 30), local(11, 9, 17, 0)).at == local(11, 10, 9, 30)
        assert attempt(local(11, 9, 8, 30), local(11, 9, 16, 30)).at == local(11, 10, 13, 0)

    def test_of_equals_the_earlier_wins(self) -> None:
        spec = replace(SCORING, slots=(time(12), time(14)))
        assert attempt(local(11, 9, 11), local(11, 9, 13), spec=spec).at == local(11, 10, 12)

    def test_the_parts_are_those_of_the_clients_clock(self) -> None:
        # 12:30 in Moscow is still morning in Kaliningrad.
        spec, misses = replace(SCORING, slots=(time(12, 30), time(15, 30))), (local(11, 9, 10), local(11, 9, 17, 30))
        assert attempt(*misses, spec=spec).at == local(11, 10, 12, 30)
        there = attempt(*misses, spec=spec, window=ClientWindow(ZoneInfo("Europe/Kaliningrad")))
        assert (there.at, there.day_part) == (local(11, 10, 15, 30), DayPart.DAYTIME)

    def test_the_gap_after_the_last_miss_is_kept(self) -> None:
        planned = attempt(local(11, 9, 10), local(11, 9, 10, 41), local(11, 10, 11, 31))
        assert planned.at == local(11, 10, 15, 0)

    def test_a_slot_after_closing_is_not_used(self) -> None:
        spec = replace(SCORING, slots=(time(10), time(18, 30)))
        misses = (local(11, 2, 10, 0), local(11, 2, 10, 41))
        assert attempt(*misses, spec=spec).at == local(11, 3, 10, 0)

    def test_a_day_that_has_no_slot_in_hours_begins_with_its_first_minute(self) -> None:
        spec = replace(SCORING, slots=(time(8, 30), time(18, 30)))
        planned = attempt(local(11, 2, 16, 0), local(11, 2, 16, 41), spec=spec)
        assert planned.at == local(11, 3, 9, 0)


class TestClientsWindow:
    def test_without_a_slot_in_it_the_first_common_minute_is_taken(self) -> None:
        window = ClientWindow(MOSCOW, time(18), time(21))
        planned = attempt(local(11, 9, 10), local(11, 9, 10, 41), window=window)
        assert planned.at == local(11, 10, 18, 0)
        assert not planned.outside_client_window

    def test_the_first_common_minute_keeps_the_gap_too(self) -> None:
        window = ClientWindow(MOSCOW, time(13, 30), time(14, 45))
        spec = replace(SCORING, slots=(time(9, 30),), gap=timedelta(minutes=30))
        misses = (local(11, 9, 10), local(11, 9, 10, 41), local(11, 10, 13, 31))
        assert attempt(*misses, spec=spec, window=window).at == local(11, 10, 14, 1)

    def test_hours_that_never_meet_leave_the_managers_hours_and_say_so(self) -> None:
        window = ClientWindow(HONOLULU, time(9), time(18))
        planned = attempt(local(11, 9, 10), local(11, 9, 10, 41), window=window)
        assert planned.outside_client_window
        assert planned.at.astimezone(MOSCOW).time() in SLOTS
        assert planned.why.endswith("у клиента неудобное время")

    def test_a_client_reachable_on_some_days_only_is_called_on_those(self) -> None:
        long_fridays = WorkCalendar(MOSCOW, {**NINE_TO_SEVEN, 4: ((time(9), time(23)),)})
        window = ClientWindow(HONOLULU, time(9), time(18))
        planned = attempt(local(11, 9, 10), calendar=long_fridays, window=window)
        assert planned.at == local(11, 13, 22, 0)
        assert not planned.outside_client_window

    def test_a_single_day_of_common_hours_in_the_past_does_not_stop_planning(self) -> None:
        once = WorkCalendar(MOSCOW, NINE_TO_SEVEN, exceptions={date(2026, 11, 9): ((time(9), time(23)),)})
        planned = attempt(local(11, 9, 22, 30), calendar=once, window=ClientWindow(HONOLULU, time(9), time(18)))
        assert planned.outside_client_window
        assert once.is_open(planned.at)


class TestCallsOfANumber:
    """What other cases of the same phone number have called counts toward its day."""

    CAPPED = replace(SCORING, per_number=3)

    def planned(self, *misses: datetime, elsewhere: tuple[datetime, ...], now: datetime | None = None) -> Attempt:
        found = next_attempt(self.CAPPED, misses, OFFICE, AT_HOME, now or max(misses), elsewhere=elsewhere)
        assert isinstance(found, Attempt)
        return found

    def test_two_calls_leave_room_for_one(self) -> None:
        assert self.planned(local(11, 9, 10), elsewhere=(local(11, 9, 9, 30),)).at == local(11, 9, 10, 40)

    def test_the_day_is_full_and_the_next_attempt_moves_to_the_next(self) -> None:
        planned = self.planned(local(11, 9, 10), elsewhere=(local(11, 9, 9, 30), local(11, 9, 9, 50)))
        assert (planned.at, planned.number) == (local(11, 10, 15), 2)
        assert planned.why.endswith("раньше на этот номер звонили достаточно")

    def test_calls_of_other_days_do_not_count(self) -> None:
        before = tuple(local(11, 8, hour) for hour in range(9, 15))
        planned = self.planned(local(11, 9, 10), elsewhere=before)
        assert planned.at == local(11, 9, 10, 40)
        assert "достаточно" not in planned.why

    def test_an_attempt_that_is_late_does_not_fall_into_a_full_day(self) -> None:
        others = tuple(local(11, 9, 11, minute) for minute in (0, 10, 20))
        planned = self.planned(local(11, 6, 18), elsewhere=others, now=local(11, 9, 12))
        assert planned.at == local(11, 10, 9)


class TestPlacedAnew:
    def test_times_that_have_passed_are_no_choice(self) -> None:
        misses = (local(11, 9, 10), local(11, 9, 10, 41))
        assert attempt(*misses).at == local(11, 10, 15)
        anew = next_attempt(SCORING, misses, OFFICE, AT_HOME, local(11, 10, 16), anew=True)
        assert isinstance(anew, Attempt)
        assert anew.at == local(11, 10, 17, 30)
        assert "время прошло" not in anew.why

    def test_as_long_as_nothing_has_passed_the_plan_is_the_same(self) -> None:
        misses = (local(11, 9, 10), local(11, 9, 10, 41))
        assert next_attempt(SCORING, misses, OFFICE, AT_HOME, local(11, 10, 9), anew=True) == attempt(*misses)


class TestLateness:
    def test_a_time_already_past_means_now(self) -> None:
        planned = attempt(local(11, 9, 10), now=local(11, 9, 12, 0))
        assert planned.at == local(11, 9, 12, 0)
        assert "время прошло" in planned.why

    def test_now_is_rounded_up_to_a_whole_minute(self) -> None:
        assert attempt(local(11, 9, 10), now=local(11, 9, 12, 0, 1)).at == local(11, 9, 12, 1)

    def test_now_outside_hours_means_the_next_opening(self) -> None:
        assert attempt(local(11, 9, 10), now=local(11, 9, 20)).at == local(11, 10, 9, 0)

    def test_now_outside_the_clients_window_waits_for_it(self) -> None:
        planned = attempt(local(11, 9, 9), window=ClientWindow(VLADIVOSTOK), now=local(11, 9, 15))
        assert planned.at == local(11, 10, 9, 0)


def test_an_empty_calendar_is_told() -> None:
    with pytest.raises(NoWorkingTime):
        attempt(local(11, 9, 10), calendar=WorkCalendar(MOSCOW, {}))


CLIENT_ZONES = [MOSCOW, VLADIVOSTOK, ZoneInfo("Europe/Kaliningrad"), ZoneInfo("Europe/Berlin"), HONOLULU]
SPECS = st.builds(
    CadenceSpec,
    attempts=st.integers(1, 8),
    within_days=st.integers(1, 6),
    second=st.integers(5, 240).map(lambda minutes: timedelta(minutes=minutes)),
    gap=st.integers(90, 240).map(lambda minutes: timedelta(minutes=minutes)),
    slots=st.sets(st.sampled_from([time(hour, minute) for hour in range(7, 22) for minute in (0, 30)]), min_size=1).map(
        lambda slots: tuple(sorted(slots))
    ),
    per_day=st.integers(1, 3),
)
STARTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 11, 30), timezones=st.just(UTC))
DELAYS = st.lists(st.integers(0, 4 * 24 * 60), max_size=9)


@settings(max_examples=150, deadline=None)
@given(spec=SPECS, start=STARTS, delays=DELAYS, zone=st.sampled_from(CLIENT_ZONES))
def test_what_holds_for_every_plan(spec: CadenceSpec, start: datetime, delays: list[int], zone: ZoneInfo) -> None:
    window, misses = ClientWindow(zone), [start]
    for delay in [*delays, 0]:
        now = misses[-1]
        planned = next_attempt(spec, misses, OFFICE, window, now)
        assert planned == next_attempt(spec, list(misses), OFFICE, window, now)
        if isinstance(planned, Exhausted):
            assert len(misses) == spec.attempts + 1
            return
        day = OFFICE.local_day(planned.at)
        assert planned.at >= now
        assert planned.at.second == planned.at.microsecond == 0
        assert OFFICE.is_open(planned.at)
        assert planned.outside_client_window != window.contains(planned.at)
        if reachable(OFFICE, window, day):
            assert window.contains(planned.at)
        assert sum(OFFICE.local_day(miss) == day for miss in misses) < max(spec.per_day, 2)
        if len(misses) > 1:
            assert planned.at - misses[-1].replace(second=0, microsecond=0) >= spec.gap
            assert day > OFFICE.local_day(misses[0])
        misses.append(planned.at + timedelta(minutes=delay))
    assert len(misses) <= spec.attempts + 1


@settings(max_examples=100, deadline=None)
@given(
    spec=SPECS,
    cap=st.integers(1, 4),
    start=STARTS,
    delays=DELAYS,
    zone=st.sampled_from(CLIENT_ZONES),
    others=st.lists(st.integers(-600, 5 * 24 * 60), max_size=12),
    anew=st.booleans(),
)
def test_a_number_is_never_called_more_often_than_allowed(
    spec: CadenceSpec,
    cap: int,
    start: datetime,
    delays: list[int],
    zone: ZoneInfo,
    others: list[int],
    anew: bool,
) -> None:
    """No attempt lands on a day on which the number has had its calls, whoever made them."""
    spec, misses = replace(spec, per_number=cap), [start]
    elsewhere = sorted(start + timedelta(minutes=minutes) for minutes in others)
    for delay in [*delays, 0]:
        now = misses[-1]
        known = [moment for moment in elsewhere if moment <= now]
        planned = next_attempt(spec, misses, OFFICE, ClientWindow(zone), now, elsewhere=known, anew=anew)
        if isinstance(planned, Exhausted):
            return
        day = OFFICE.local_day(planned.at)
        assert sum(OFFICE.local_day(call) == day for call in (*misses, *known)) < cap
        assert planned.at >= now
        assert OFFICE.is_open(planned.at)
        misses.append(planned.at + timedelta(minutes=delay))


@settings(max_examples=100, deadline=None)
@given(start=STARTS, lags=st.lists(st.integers(0, 20), min_size=5, max_size=5))
def test_a_prompt_manager_finishes_inside_the_span(start: datetime, lags: list[int]) -> None:
    misses = [start]
    for lag in lags:
        misses.append(attempt(*misses).at + timedelta(minutes=lag))
    span = OFFICE.working_days_after(OFFICE.local_day(start), SCORING.within_days)
    assert OFFICE.local_day(misses[-1]) in span
