"""What fits into a day, who takes the rest, and what goes to another day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.engine.calendars import calendar_of
from bot.engine.workload import Piece, put_off, room_left, spread, surplus, turned_away
from bot.playbooks.load import builtin
from tests.builders import moscow

IVAN, ANNA, OLEG = 7, 8, 9
TUESDAY, WEDNESDAY, THURSDAY = (date(2026, 11, day) for day in (10, 11, 12))


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def piece(number: int, lasts: int = 10, *, user: int = IVAN, rank: int = 40, **more: object) -> Piece:
    due = moscow(f"2026-11-09 10:{number:02d}")
    return Piece(number, f"{number}-1", user, minutes(lasts), rank, due, **more)  # type: ignore[arg-type]


def all_of(user: int) -> tuple[int, ...]:
    """Everybody is one team."""
    return (IVAN, ANNA, OLEG)


def names(pieces: list[Piece]) -> list[int]:
    return [one.case for one in pieces]


def test_promises_take_their_room_first_and_the_least_important_does_not_fit() -> None:
    day = [piece(1), piece(2, rank=10), piece(3, rank=45), piece(4, 25, rank=90, fixed=True), piece(5)]
    over = surplus(day, {IVAN: minutes(45)})
    assert names(over) == [3, 5]  # the least important first
    assert room_left(day, over, {IVAN: minutes(45)}) == {IVAN: minutes(0)}


def test_promises_that_do_not_fit_are_counted_and_given_to_nobody() -> None:
    over = surplus([piece(1, 40, fixed=True), piece(2, 40, fixed=True)], {IVAN: minutes(60)})
    assert names(over) == [2]
    assert spread(over, {ANNA: minutes(99)}, all_of) == []
    assert put_off(over, [TUESDAY], lambda user, day: minutes(99)) == []


def test_whose_day_is_not_known_is_not_looked_at() -> None:
    assert surplus([piece(1, user=OLEG)], {IVAN: minutes(0)}) == []


def test_each_goes_to_the_one_with_the_most_room_as_long_as_it_fits() -> None:
    over = [piece(1, 20), piece(2, 20), piece(3, 20), piece(4, 20)]
    assert [taker for _, taker in spread(over, {IVAN: minutes(99), ANNA: minutes(30), OLEG: minutes(45)}, all_of)] == [
        OLEG,
        ANNA,
        OLEG,
    ]


def test_another_team_takes_nothing() -> None:
    free = {ANNA: minutes(99), OLEG: minutes(99)}
    assert [taker for _, taker in spread([piece(1, 20)], free, lambda user: (IVAN, OLEG))] == [OLEG]
    assert spread([piece(1, 20)], {ANNA: minutes(99)}, lambda user: (IVAN, OLEG)) == []


def test_an_attempt_goes_to_the_first_day_with_room_within_its_cadence() -> None:
    room = {TUESDAY: minutes(10), WEDNESDAY: minutes(0), THURSDAY: minutes(99)}
    over = [piece(1, last_day=THURSDAY), piece(2, last_day=WEDNESDAY), piece(3, last_day=THURSDAY), piece(4)]
    found = put_off(over, [TUESDAY, WEDNESDAY, THURSDAY], lambda user, day: room[day])
    assert [(one.case, day) for one, day in found] == [(1, TUESDAY), (3, THURSDAY)]


@given(
    st.lists(st.tuples(st.integers(1, 60), st.integers(0, 90), st.sampled_from([IVAN, ANNA]), st.booleans())),
    st.integers(0, 300),
    st.integers(0, 300),
)
def test_nobody_is_given_more_than_fits(days: list[tuple[int, int, int, bool]], ivan: int, anna: int) -> None:
    pieces = [
        Piece(number, f"{number}-1", user, minutes(lasts), rank, moscow("2026-11-09 10:00"), fixed)
        for number, (lasts, rank, user, fixed) in enumerate(days)
    ]
    room = {IVAN: minutes(ivan), ANNA: minutes(anna)}
    over = surplus(pieces, room)
    left = room_left(pieces, over, room)
    assert all(free >= timedelta() for free in left.values())
    for one, taker in spread(over, left, all_of):
        left[taker] -= one.lasts
        assert taker != one.user
        assert not one.fixed
    assert all(free >= timedelta() for free in left.values())


def test_new_clients_of_the_night_whose_turn_comes_tomorrow_have_not_fitted_into_today() -> None:
    evening, hours = (
        moscow("2026-11-09 21:00"),
        dict.fromkeys((IVAN, ANNA), calendar_of(builtin("bankruptcy").playbook)),
    )
    today = replace(piece(1, waits_since=evening), due_at=moscow("2026-11-10 18:55"))
    first = replace(today, case=2, due_at=moscow("2026-11-11 09:02"))
    second = replace(today, case=3, user=ANNA, due_at=moscow("2026-11-11 09:09"))
    of_today = replace(today, case=4, waits_since=moscow("2026-11-10 18:58"), due_at=moscow("2026-11-11 09:13"))
    promise = replace(first, case=5, waits_since=None)
    pieces = [promise, of_today, first, today, second]
    assert names(turned_away(pieces, TUESDAY, hours)) == [3, 2]
    assert turned_away(pieces, date(2026, 11, 8), hours) == []  # nobody works on a Sunday
