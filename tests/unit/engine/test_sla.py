"""Due times, the queue of a night, and what counts as overdue."""

from datetime import UTC, datetime, timedelta
from datetime import time as clock
from zoneinfo import ZoneInfo

import pytest

from bot.engine.sla import due_at, is_overdue, night_queue, overdue_at
from bot.engine.worktime import WorkCalendar

MOSCOW = ZoneInfo("Europe/Moscow")
OFFICE = WorkCalendar(MOSCOW, {weekday: ((clock(9), clock(19)),) for weekday in range(5)})
QUARTER = timedelta(minutes=15)


def local(month: int, day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, second, tzinfo=MOSCOW)


@pytest.mark.parametrize(
    ("arrived", "due"),
    [
        (local(11, 9, 10), local(11, 9, 10, 15)),
        (local(11, 9, 10, 0, 59), local(11, 9, 10, 15)),
        (local(11, 9, 23, 40), local(11, 10, 9, 15)),
        (local(11, 7, 12), local(11, 9, 9, 15)),
        (local(11, 3, 17, 55), local(11, 5, 9, 10)),
    ],
)
def test_a_task_is_due_after_working_time_only(arrived: datetime, due: datetime) -> None:
    assert due_at(arrived, QUARTER, OFFICE) == due


def test_a_due_time_is_a_whole_minute_in_utc() -> None:
    due = due_at(local(11, 9, 10, 0, 59), QUARTER, OFFICE)
    assert (due.second, due.tzinfo) == (0, UTC)


@pytest.mark.parametrize(
    ("due", "grace", "overdue"),
    [
        (local(11, 9, 10, 15), timedelta(0), local(11, 9, 10, 15)),
        (local(11, 9, 14), timedelta(minutes=5), local(11, 9, 14, 5)),
        (local(11, 9, 18, 30), timedelta(minutes=90), local(11, 10, 10, 0)),
        (local(11, 9, 21), timedelta(minutes=5), local(11, 10, 9, 5)),
        (local(11, 9, 21), timedelta(0), local(11, 9, 21)),
    ],
)
def test_a_task_is_overdue_after_its_grace(due: datetime, grace: timedelta, overdue: datetime) -> None:
    assert overdue_at(due, grace, OFFICE) == overdue
    assert is_overdue(due, grace, OFFICE, overdue)
    assert not is_overdue(due, grace, OFFICE, overdue - timedelta(seconds=1))


ARRIVALS = (local(11, 9, 20), local(11, 10, 7), local(11, 9, 23, 40))


@pytest.mark.parametrize("now", [local(11, 9, 22), local(11, 10, 8, 59), local(11, 10, 9), local(11, 10, 9, 30)])
def test_the_freshest_lead_of_the_night_comes_first(now: datetime) -> None:
    queue = night_queue(ARRIVALS, OFFICE, now)
    assert [(lead.rank, lead.position) for lead in queue] == [(1, 1), (2, 2), (3, 0)]
    assert [lead.due for lead in queue] == [local(11, 10, 9, 15), local(11, 10, 9, 22), local(11, 10, 9, 29)]


def test_a_weekend_queue_waits_for_monday() -> None:
    (lead,) = night_queue((local(11, 7, 12),), OFFICE, local(11, 7, 13))
    assert lead.due == local(11, 9, 9, 15)


def test_a_queue_longer_than_the_day_goes_on_in_the_next() -> None:
    queue = night_queue([local(11, 9, 20)] * 90, OFFICE, local(11, 10, 9))
    assert queue[-1].due == local(11, 11, 9, 38)


def test_nobody_waiting_is_no_queue() -> None:
    assert night_queue((), OFFICE, local(11, 10, 9)) == ()
