"""Cards of one slot come one after another, the most urgent first; their due times stay."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bot.engine.spreading import spread_push
from bot.engine.worktime import ClientWindow, WorkCalendar

MOSCOW = ZoneInfo("Europe/Moscow")
OFFICE = WorkCalendar(MOSCOW, {weekday: ((time(9), time(19)),) for weekday in range(5)})
AT_HOME = ClientWindow(MOSCOW)
SLOT = datetime(2026, 11, 5, 15, tzinfo=MOSCOW).astimezone(UTC)
TEN = timedelta(minutes=10)


def test_five_cards_come_two_minutes_apart_by_rank_then_by_case() -> None:
    due = [(30, 7), (10, 9), (30, 2), (30, 11), (20, 5)]
    pushes = {mine: spread_push(mine, due, SLOT, TEN, OFFICE, AT_HOME) for mine in due}
    order = [(10, 9), (20, 5), (30, 2), (30, 7), (30, 11)]
    assert [pushes[mine] - SLOT for mine in order] == [timedelta(minutes=2 * place) for place in range(5)]


def test_a_single_card_comes_at_its_slot() -> None:
    assert spread_push((30, 7), [], SLOT, TEN, OFFICE, AT_HOME) == SLOT


def test_a_card_that_would_come_after_hours_or_at_night_comes_at_its_slot() -> None:
    closing = datetime(2026, 11, 5, 18, 55, tzinfo=MOSCOW).astimezone(UTC)
    due = [(30, 1), (30, 2)]
    assert spread_push((30, 2), due, closing, TEN, OFFICE, AT_HOME) == closing
    evening = ClientWindow(MOSCOW, time(9), time(15, 4))
    assert spread_push((30, 2), due, SLOT, TEN, OFFICE, evening) == SLOT


CARDS = st.lists(
    st.tuples(st.integers(0, 99), st.integers(1, 500)), min_size=1, max_size=40, unique_by=lambda one: one[1]
)


@given(due=CARDS, minutes=st.integers(0, 60), slot=st.integers(9 * 60, 19 * 60 - 1), end=st.integers(10, 21))
def test_what_holds_for_every_slot(due: list[tuple[int, int]], minutes: int, slot: int, end: int) -> None:
    at = datetime.combine(date(2026, 11, 5), time(slot // 60, slot % 60), MOSCOW).astimezone(UTC)
    spread, window = timedelta(minutes=minutes), ClientWindow(MOSCOW, time(9), time(end))
    pushes = [spread_push(mine, due, at, spread, OFFICE, window) for mine in sorted(due)]
    assert pushes == [spread_push(mine, list(reversed(due)), at, spread, OFFICE, window) for mine in sorted(due)]
    for push in pushes:
        assert at <= push <= at + spread
        assert push == at or (OFFICE.is_open(push) and window.contains(push))
    assert pushes[0] == at
    inside = [push for push in pushes if push > at]
    assert inside == sorted(inside)
