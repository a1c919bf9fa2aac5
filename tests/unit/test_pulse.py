"""Stopping the pulse: what is under way ends, nothing new begins."""

from __future__ import annotations

import asyncio
from typing import Any

from bot.clock import WallClock
from bot.scheduler.pulse import Pulse


class Quiet:
    """Every service at once, with nothing to do."""

    async def nothing(self, *_args: object) -> int:
        return 0

    def __getattr__(self, name: str) -> Any:
        return self.nothing

    def poll_needed(self) -> bool:
        return False


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


def pulse_with(slow: Slow) -> Pulse:
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
    return Pulse(WallClock(), changes=lambda: 0, courier=slow, leadership=First(), **rooms)  # type: ignore[arg-type]


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
