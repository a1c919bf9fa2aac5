"""Business time of the sandbox: it goes from due moment to due moment and waits for the work at each."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import BusinessClock, WallClock
from bot.sandbox.control import STILL_SECONDS, ClockRefused, Control, read_duration, stored_moment
from bot.sandbox.store import Store
from tests.integration.messenger_kit import START, TOKEN, QuietPortal, running_sandbox


def after(**parts: int) -> datetime:
    return START + timedelta(**parts)


class Diary:
    """A floor that has things to do at given moments and writes down when it did them."""

    def __init__(self, clock: BusinessClock, *moments: datetime) -> None:
        self.clock = clock
        self.due = sorted(moments)
        self.done: list[tuple[datetime, datetime]] = []
        self.life: list[str] = []

    async def pause(self) -> None:
        self.life.append("pause")

    async def resume(self) -> None:
        self.life.append("resume")

    async def settle(self) -> None:
        while self.due and self.due[0] <= self.clock.now():
            self.done.append((self.due.pop(0), self.clock.now()))

    async def next_due(self) -> datetime | None:
        return self.due[0] if self.due else None


class QuietMessenger:
    """A messenger in which nothing happens."""

    version = 0

    def pending(self) -> int:
        return 0

    async def drained(self) -> None:
        return None


def make_control(clock, floor=None, store: Store | None = None, **more) -> Control:
    return Control(
        store=store or Store(None),
        clock=clock,
        messenger=more.pop("messenger", QuietMessenger()),
        portal=QuietPortal(),
        portal_version=lambda: 0,
        floor=floor,
        **more,
    )


async def test_every_moment_happens_at_its_own_time():
    clock = BusinessClock(START, running=False)
    floor = Diary(clock, after(minutes=5), after(minutes=20), after(days=2), after(days=8))
    moves: list[datetime] = []
    control = make_control(clock, floor, on_move=moves.append)
    assert await control.move(after(days=7)) == after(days=7)
    assert floor.done == [(moment, moment) for moment in (after(minutes=5), after(minutes=20), after(days=2))]
    assert moves == [after(minutes=5), after(minutes=20), after(days=2), after(days=7)]
    assert floor.life == ["pause", "resume"]


async def test_work_that_makes_new_work_is_done_too():
    clock = BusinessClock(START, running=False)

    class Hourly(Diary):
        async def settle(self) -> None:
            if self.due and self.due[0] <= self.clock.now():
                self.due.append(self.due[0] + timedelta(hours=1))
            await super().settle()

    floor = Hourly(clock, after(hours=1))
    await make_control(clock, floor).advance(timedelta(hours=3))
    assert [done for _, done in floor.done] == [after(hours=1), after(hours=2), after(hours=3)]


async def test_a_floor_that_sleeps_on_the_clock_while_it_settles_is_woken():
    clock = BusinessClock(START, running=False)

    class Sleepy(Diary):
        async def settle(self) -> None:
            if self.due:
                await self.clock.sleep_until(self.clock.now() + timedelta(seconds=2))
            await super().settle()

    floor = Sleepy(clock, START)
    await make_control(clock, floor).advance(timedelta(minutes=1))
    assert floor.done == [(START, after(seconds=2))]
    assert clock.now() == after(minutes=1)


async def test_a_floor_that_sleeps_past_the_goal_is_not_waited_for():
    clock = BusinessClock(START, running=False)

    class Sleepy(Diary):
        async def settle(self) -> None:
            if self.due:
                await self.clock.sleep_until(after(minutes=5))
            await super().settle()

    floor = Sleepy(clock, START)
    control = make_control(clock, floor)
    assert await control.advance(timedelta(minutes=1)) == after(minutes=1)
    assert floor.done == []
    await control.advance(timedelta(minutes=10))
    assert floor.done == [(START, after(minutes=5))]


async def test_a_running_clock_gives_the_floor_the_time_it_sleeps():
    clock = BusinessClock(START)

    class Sleepy(Diary):
        async def settle(self) -> None:
            if self.due:
                await self.clock.sleep_until(after(seconds=1))
            await super().settle()

    floor = Sleepy(clock, START)
    await make_control(clock, floor).idle()
    [(_, done)] = floor.done
    assert done >= after(seconds=1)


async def test_a_floor_that_works_hard_is_not_taken_for_one_that_waits():
    clock = BusinessClock(START, running=False)
    sleeper = asyncio.create_task(clock.sleep_until(after(minutes=1)))

    class Busy(Diary):
        async def settle(self) -> None:
            if self.due:
                await asyncio.to_thread(self.think)
            await super().settle()

        def think(self) -> None:
            until = time.process_time() + 3 * STILL_SECONDS
            while time.process_time() < until:
                sum(range(1000))

    floor = Busy(clock, START)
    await make_control(clock, floor).advance(timedelta(minutes=5))
    assert floor.done == [(START, START)]
    await sleeper


async def test_a_pass_that_changed_something_is_followed_by_another():
    clock = BusinessClock(START, running=False)
    messenger = QuietMessenger()

    class Chatty(Diary):
        async def settle(self) -> None:
            self.life.append("settle")
            if messenger.version < 3:
                messenger.version += 1

    floor = Chatty(clock)
    await make_control(clock, floor, messenger=messenger).idle()
    assert floor.life == ["settle"] * 4


async def test_an_error_of_the_floor_is_passed_on_and_the_clock_runs_again():
    clock = BusinessClock(START)

    class Broken(Diary):
        async def settle(self) -> None:
            raise RuntimeError("сломано")

    floor = Broken(clock)
    with pytest.raises(RuntimeError, match="сломано"):
        await make_control(clock, floor).advance(timedelta(minutes=1))
    assert clock.running
    assert floor.life == ["pause", "resume"]


async def test_a_running_clock_stands_during_the_move_and_runs_afterwards():
    clock = BusinessClock(START)
    floor = Diary(clock, after(hours=1))
    now = await make_control(clock, floor).move(after(hours=2))
    assert clock.running
    assert now >= after(hours=2)
    assert floor.done == [(after(hours=1), after(hours=1))]


async def test_moves_take_turns():
    clock = BusinessClock(START, running=False)
    control = make_control(clock, Diary(clock, after(minutes=30)))
    await asyncio.gather(control.advance(timedelta(hours=1)), control.advance(timedelta(hours=1)))
    assert clock.now() == after(hours=2)


async def test_no_time_passes_between_asking_a_running_clock_and_moving_it():
    clock = BusinessClock(START)
    control = make_control(clock)
    assert await control.advance(timedelta(0)) >= START


async def test_the_clock_never_goes_back_and_wall_time_is_not_moved():
    with pytest.raises(ClockRefused, match="never goes back"):
        await make_control(BusinessClock(START, running=False)).move(after(seconds=-1))
    with pytest.raises(ClockRefused, match="400 days"):
        await make_control(BusinessClock(START, running=False)).move(after(days=500))
    with pytest.raises(ClockRefused, match="wall time"):
        await make_control(WallClock()).advance(timedelta(0))


async def test_the_moment_is_stored_at_every_move_and_while_the_clock_runs(tmp_path: Path):
    store = Store(tmp_path / "sandbox.db")
    assert stored_moment(store) is None
    clock = BusinessClock(START, running=False)
    control = make_control(clock, store=store)
    keeper = asyncio.create_task(control.keep_moments())
    await asyncio.wait([keeper], timeout=0)
    assert stored_moment(store) == START
    keeper.cancel()
    with suppress(asyncio.CancelledError):
        await keeper
    await control.advance(timedelta(minutes=3))
    store.close()
    reopened = Store(tmp_path / "sandbox.db")
    assert stored_moment(reopened) == after(minutes=3)
    reopened.close()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PT15M", timedelta(minutes=15)),
        ("PT0M", timedelta(0)),
        ("P1DT2H30M", timedelta(days=1, hours=2, minutes=30)),
        ("P2W", timedelta(weeks=2)),
        ("PT1.5S", timedelta(seconds=1.5)),
    ],
)
def test_durations(text: str, expected: timedelta):
    assert read_duration(text) == expected


@pytest.mark.parametrize("text", ["", "P", "PT", "15M", "P1M", "P1DT", "-PT5M", "PT5", "P1Y"])
def test_what_is_no_duration(text: str):
    with pytest.raises(ClockRefused, match="PT15M"):
        read_duration(text)


async def test_the_clock_over_http():
    async with running_sandbox() as bench:
        assert await bench.get("/sandbox/clock") == {"now": START.isoformat(), "running": False}
        assert await bench.post("/sandbox/clock", {"advance": "PT0M"}) == {"now": START.isoformat()}
        moved = await bench.post("/sandbox/clock", {"now": "2026-11-23T11:00:00+03:00"})
        assert moved == {"now": after(hours=1).isoformat()}
        for wrong in (
            {"now": START.isoformat()},
            {"now": "2026-11-24T10:00:00"},
            {"now": "завтра"},
            {"advance": "15 минут"},
            {"advance": "PT1M", "now": "2026-11-24T10:00:00Z"},
            {},
        ):
            assert (await bench.post("/sandbox/clock", wrong, status=400))["error"]
        assert bench.clock.now() == after(hours=1)
        async with bench.http.post(f"{bench.base}/sandbox/clock", data=b"[") as answer:
            assert answer.status == 400
        assert datetime.fromisoformat((await bench.get("/sandbox/clock"))["now"]).tzinfo == UTC


async def test_a_move_waits_until_a_polling_bot_has_its_updates():
    async with running_sandbox(floor=lambda clock: Diary(clock)) as bench:
        seen: list[str | None] = []

        async def poll() -> None:
            offset = 0
            while True:
                for update in await bench.bot.get_updates(offset=offset, timeout=20):
                    offset = update.update_id + 1
                    seen.append(update.message.text if update.message else None)

        polling = asyncio.create_task(poll())
        await bench.until(bench.messenger.polls_open)
        await bench.write("раз")
        await bench.write("два")
        await bench.post("/sandbox/idle")
        assert seen == ["раз", "два"]
        assert bench.messenger.pending() == 0
        polling.cancel()
        with suppress(asyncio.CancelledError):
            await polling


async def test_a_bot_that_is_gone_is_not_waited_for():
    async with running_sandbox() as bench:
        await bench.call("getMe", TOKEN)
        await bench.write("кто-нибудь?")
        async with asyncio.timeout(5):
            await bench.post("/sandbox/clock", {"advance": "P7D"})
        assert bench.messenger.pending() == 1


async def test_the_page_and_the_board_are_served_and_nothing_beside_them():
    async with running_sandbox() as bench:
        assert await bench.get("/sandbox/board") == {"pipelines": []}
        for path in ("/page/../server.py", "/page/%2e%2e/server.py", "/page/missing.js"):
            async with bench.http.get(bench.base + path) as answer:
                assert answer.status == 404
