"""The bucket and the cooling in virtual time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.crm.pace import Bucket, Cooling

NOW = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_fifty_at_once_then_two_a_second() -> None:
    bucket = Bucket()
    assert [bucket.take(NOW, urgent=True) for _ in range(50)] == [None] * 50
    come_back = bucket.take(NOW, urgent=True)
    assert come_back is not None
    assert abs(come_back - (NOW + SECOND / 2)) <= 2 * timedelta.resolution
    assert bucket.take(come_back, urgent=True) is None
    assert bucket.take(come_back, urgent=True) is not None


def test_background_reads_leave_the_last_ten_places() -> None:
    bucket = Bucket()
    taken = 0
    while bucket.take(NOW, urgent=False) is None:
        taken += 1
    assert taken == 40
    assert [bucket.take(NOW, urgent=True) for _ in range(10)] == [None] * 10
    assert bucket.take(NOW, urgent=True) is not None
    come_back = bucket.take(NOW, urgent=False)
    assert come_back is not None
    assert abs(come_back - (NOW + timedelta(seconds=5.5))) <= 2 * timedelta.resolution


def test_the_portals_refusal_fills_the_bucket_for_a_second() -> None:
    bucket = Bucket()
    assert bucket.overflow(NOW) == NOW + SECOND
    assert bucket.take(NOW + SECOND / 2, urgent=True) is not None
    assert bucket.take(NOW + SECOND, urgent=True) is None


def test_refusals_that_arrive_together_count_once() -> None:
    bucket = Bucket()
    for _ in range(20):
        bucket.overflow(NOW)
    assert bucket.take(NOW + SECOND, urgent=True) is None


def test_a_clock_set_back_neither_empties_nor_blocks_the_bucket() -> None:
    bucket = Bucket(capacity=1, per_second=1.0, reserve=0)
    earlier = NOW - timedelta(hours=1)
    assert bucket.take(NOW, urgent=True) is None
    assert bucket.take(earlier, urgent=True) is not None
    assert bucket.take(earlier + SECOND, urgent=True) is None


@pytest.mark.parametrize(("capacity", "per_second", "reserve"), [(10, 0.0, 1), (10, 1.0, 10), (10, 1.0, -1)])
def test_impossible_buckets_are_refused(capacity: int, per_second: float, reserve: int) -> None:
    with pytest.raises(ValueError, match="bucket"):
        Bucket(capacity, per_second, reserve)


@given(
    steps=st.lists(st.tuples(st.integers(0, 3000), st.booleans()), min_size=1, max_size=120),
    capacity=st.integers(2, 60),
    per_second=st.sampled_from([0.5, 2.0, 3.0, 7.0]),
)
def test_never_more_than_the_portal_takes_and_a_promise_is_kept(
    steps: list[tuple[int, bool]], capacity: int, per_second: float
) -> None:
    bucket = Bucket(capacity, per_second, reserve=1)
    level, at, now = 0.0, NOW, NOW
    for wait, urgent in steps:
        now += timedelta(milliseconds=wait)
        come_back = bucket.take(now, urgent)
        if come_back is not None:
            assert come_back > now
            now = come_back
            assert bucket.take(now, urgent) is None
        level = max(0.0, level - (now - at).total_seconds() * per_second) + 1
        at = now
        assert level <= capacity + 1e-3


def test_a_method_that_worked_too_long_waits_for_the_portals_moment() -> None:
    cooling = Cooling()
    cooling.note("crm.item.list", {"operating": 481, "operating_reset_at": int((NOW + 90 * SECOND).timestamp())})
    assert cooling.until("crm.item.list", NOW) is None
    assert cooling.start("CRM.item.list", NOW) == NOW + 90 * SECOND
    assert cooling.until("crm.item.list", NOW + 89 * SECOND) == NOW + 90 * SECOND
    assert cooling.until("crm.item.list", NOW + 90 * SECOND) is None
    assert cooling.until("crm.item.get", NOW) is None


@pytest.mark.parametrize("timing", [None, [], {}, {"operating": 1}, {"operating_reset_at": None}])
def test_a_portal_without_a_moment_gets_a_minute(timing: object) -> None:
    cooling = Cooling()
    cooling.note("batch", timing)
    assert cooling.start("batch", NOW) == NOW + timedelta(minutes=1)


def test_an_old_moment_is_not_used() -> None:
    cooling = Cooling()
    cooling.note("batch", {"operating_reset_at": int(NOW.timestamp()) - 1})
    assert cooling.start("batch", NOW) == NOW + timedelta(minutes=1)
