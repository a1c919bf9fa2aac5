"""Stopping the pulse: what is under way ends, nothing new begins."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.clock import BusinessClock, Clock, WallClock
from bot.scheduler.pulse import Pulse


class Quiet:
    """Every service at once, with nothing to do."""

    paced_until = None

    async def nothing(self, *_args: object) -> int:
        return 0

    def __getattr__(self, name: str) -> Any:
        return self.nothing

    def poll_needed(self) -> bool:
        return False

    def drop_hints(self) -> None:
        return


class First(Quiet):
    """This process leads."""

    async def held(self) -> bool:
        return True


class Slow(Quiet):
    """A deliverer that is in the middle of a delivery until it is let go."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.go = asyncio.Event()
        self.ended = 0

    async def deliver_due(self) -> int:
        self.begun.set()
        await self.go.wait()
        self.ended += 1
        return 0


class Asked(Quiet):
    """Timers of which none is due, now or later, as far as this process knows."""

    def __init__(self) -> None:
        self.times = 0

    async def ring_due(self) -> int:
        self.times += 1
        return 0

    async def next_due(self) -> None:
        return None


def pulse_with(slow: Quiet, clock: Clock | None = None, *, alone: bool = True, **others: Quiet) -> Pulse:
    quiet = (
        "apply",
        "timers",
        "relay",
        "intake",
        "recall",
        "rollout",
        "board",
        "inbox",
        "escalations",
        "offers",
        "counters",
    )
    of_the_day = ("absences", "shift_change", "morning", "digests", "midnight", "curfew")
    rooms: dict[str, Any] = dict.fromkeys((*quiet, *of_the_day), Quiet())
    rooms |= {"courier": slow, "leadership": First()} | others
    return Pulse(clock or WallClock(), changes=lambda: 0, alone=alone, **rooms)


async def test_a_delivery_under_way_ends_before_the_pulse_stops() -> None:
    slow = Slow()
    pulse = pulse_with(slow)
    pulse.start()
    await slow.begun.wait()
    stopping = asyncio.create_task(pulse.stop())
    await asyncio.wait([stopping], timeout=0.05)
    assert not stopping.done()
    slow.go.set()
    await stopping
    assert slow.ended >= 1


async def test_a_stopped_pulse_begins_nothing() -> None:
    slow = Slow()
    slow.go.set()
    pulse = pulse_with(slow)
    pulse.start()
    await slow.begun.wait()
    await pulse.stop()
    ended = slow.ended
    pulse.kick()
    await pulse.beat()
    assert slow.ended == ended


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("running", [True, False])
async def test_who_rests_sleeps_through_nothing(running: bool, alone: bool) -> None:
    """A clock that runs, or another process that changes rows: what was found idle is asked again all the same."""
    asked, clock = Asked(), BusinessClock(datetime(2026, 11, 2, 7, tzinfo=UTC), running=running)
    pulse = pulse_with(Quiet(), clock, alone=alone, timers=asked)
    await pulse.settle()
    await pulse.next_due()  # who moves the clock looks ahead
    before = asked.times
    await pulse.beat()
    assert asked.times == before + (running or not alone)


@pytest.mark.parametrize("leads", [True, False])
async def test_only_who_leads_keeps_the_hints_of_the_portal(leads: bool) -> None:
    """Posts reach every replica; those that do not poll would gather them for ever."""
    dropped: list[bool] = []

    class Portal(Quiet):
        def drop_hints(self) -> None:
            dropped.append(True)

    class Lead(Quiet):
        async def held(self) -> bool:
            return leads

    await pulse_with(Quiet(), intake=Portal(), leadership=Lead()).beat()
    assert bool(dropped) != leads
