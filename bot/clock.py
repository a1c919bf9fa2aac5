"""Time, as the only place that reads it.

Everything that waits in Dozvon (due tasks, SLAs, polls, back-off, leases, rate limits) asks a `Clock`.
In production it is the wall clock. In the sandbox and in tests it is one `BusinessClock` that the bot and both
sandboxed wires share, so that a week can be moved through in seconds and every moment still happens at its own time.

All moments are timezone-aware and in UTC.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What the rest of the code may ask about time."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...

    async def sleep_until(self, moment: datetime) -> None:
        """Return once `now()` has reached `moment`."""
        ...


class WallClock:
    """The machine's own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep_until(self, moment: datetime) -> None:
        while (left := (moment - self.now()).total_seconds()) > 0:
            await asyncio.sleep(left)


class BusinessClock:
    """A clock that starts where it is told, runs at real speed or stands, and can be moved forward, never back.

    Args:
        start: the first moment, aware.
        running: False makes a clock that only moves when it is moved (tests).
    """

    def __init__(self, start: datetime, *, running: bool = True) -> None:
        self._base = start.astimezone(UTC)
        self._running = running
        self._since = time.monotonic()
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def running(self) -> bool:
        """Whether business time passes by itself just now."""
        return self._running

    def now(self) -> datetime:
        if not self._running:
            return self._base
        return self._base + timedelta(seconds=time.monotonic() - self._since)

    def hold(self) -> None:
        """Stop the clock where it stands; a move is about to go from due moment to due moment."""
        self._base = self.now()
        self._running = False
        self._set_alarm()

    def release(self) -> None:
        """Let the clock run on at real speed."""
        self._since = time.monotonic()
        self._running = True
        self._set_alarm()

    def move_to(self, moment: datetime) -> None:
        """Set the clock forward to `moment`; an earlier moment leaves it where it is."""
        if moment > self.now():
            self._base = moment.astimezone(UTC)
            self._since = time.monotonic()
        self._wake()

    def next_wake(self) -> datetime | None:
        """The earliest moment that somebody sleeps until, or None."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return self._sleepers[0][0] if self._sleepers else None

    async def sleep_until(self, moment: datetime) -> None:
        if moment <= self.now():
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (moment, next(self._order), waiter))
        self._set_alarm()
        await waiter

    def _wake(self) -> None:
        now = self.now()
        while self._sleepers and self._sleepers[0][0] <= now:
            waiter = heapq.heappop(self._sleepers)[2]
            if not waiter.done():
                waiter.set_result(None)
        self._set_alarm()

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        wake_at = self.next_wake()
        if self._running and wake_at is not None:
            left = (wake_at - self.now()).total_seconds()
            self._alarm = asyncio.get_running_loop().call_later(max(left, 0.0), self._wake)
