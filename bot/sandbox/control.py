"""Business time: moved from due moment to due moment, so that everything happens at its own time."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.clock import BusinessClock, Clock
from bot.sandbox.store import Store

KEEP_EVERY_SECONDS = 5.0
"""How often the moment of a running clock is stored, in real seconds."""
STILL_SECONDS = 0.3
"""A floor that has worked and touched the wires so little for so long, in real seconds, while somebody sleeps on a
standing clock, is waiting for business time."""
STILL_SHARE = 0.03
"""The share of `STILL_SECONDS` that the process may spend working and still counts as waiting; small, for a machine
that is busy with something else leaves a working process little more."""
PATIENCE_SECONDS = 30.0
"""How long a floor may take to come to rest while the clock runs, in real seconds."""
MOST_PASSES = 50
FURTHEST = timedelta(days=400)

_SCHEMA = "CREATE TABLE IF NOT EXISTS sandbox_moment (id INTEGER PRIMARY KEY CHECK (id = 1), now TEXT NOT NULL);"
_DURATION = re.compile(
    r"P(?:(?P<weeks>\d+(?:\.\d+)?)W)?(?:(?P<days>\d+(?:\.\d+)?)D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d+(?:\.\d+)?)H)?(?:(?P<minutes>\d+(?:\.\d+)?)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)


class ClockRefused(ValueError):
    """The clock cannot be moved like that; `str()` says why."""


class Floor(Protocol):
    """The bot, as the sandbox sees it when both share a clock."""

    async def pause(self) -> None:
        """Stop doing things by itself when the clock says so; from now on `settle` does them.

        Nothing of a paused floor may go on sleeping on the clock in short steps: every end of a sleep is a stop of
        the move.
        """
        ...

    async def resume(self) -> None:
        """Go back to doing things by itself."""
        ...

    async def settle(self) -> None:
        """Do all that is due at `clock.now()`; return when nothing is left to do at this moment.

        What waits for a later moment (a limit, a back-off) does not count as left. A floor that sleeps on the clock
        inside `settle` is understood too: a standing clock moves on to the end of the sleep, a running one is given
        the time.
        """
        ...

    async def next_due(self) -> datetime | None:
        """The earliest moment after now at which something becomes due, or None."""
        ...


class Messenger(Protocol):
    """What the control needs of the messenger."""

    @property
    def version(self) -> int: ...

    def pending(self) -> int: ...

    async def drained(self) -> None: ...


class Portal(Protocol):
    """What the control needs of the portal."""

    async def delivered(self) -> None: ...


class Control:
    """Moves the clock, waits for rest and keeps the moment.

    Args:
        clock: any clock; only a `BusinessClock` can be moved.
        portal_version: a number that grows with every change on the portal.
        floor: the bot that shares the clock, if there is one.
        on_move: called with every moment that the clock is set to.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        messenger: Messenger,
        portal: Portal,
        portal_version: Callable[[], int],
        floor: Floor | None,
        on_move: Callable[[datetime], None] | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._messenger = messenger
        self._portal = portal
        self._portal_version = portal_version
        self._floor = floor
        self._on_move = on_move
        self._one_at_a_time = asyncio.Lock()
        self._settling: asyncio.Task[None] | None = None
        store.executescript(_SCHEMA)

    async def move(self, target: datetime) -> datetime:
        """Move the clock to `target` through every due moment before it, and return where it stands.

        Returns when all work that became due has been done, or was tried and waits for a later moment.

        Raises:
            ClockRefused: `target` is before now or too far, or this clock cannot be moved.
        """
        return await self._move(lambda now: target.astimezone(UTC))

    async def advance(self, by: timedelta) -> datetime:
        """Move the clock on by this much from where it stands when the turn of this move comes; see `move`."""
        return await self._move(lambda now: now + by)

    async def idle(self) -> None:
        """Return when nothing is left to do at this moment; the clock is not moved."""
        async with self._one_at_a_time:
            await self._settle_all()

    async def next_due(self) -> datetime | None:
        """The next moment at which something happens by itself, for the page's «to the next event»."""
        return await self._floor.next_due() if self._floor is not None else None

    def keep_moment(self) -> None:
        """Store where the clock stands."""
        self._store.execute(
            "INSERT OR REPLACE INTO sandbox_moment (id, now) VALUES (1, ?)", (self._clock.now().isoformat(),)
        )

    async def keep_moments(self) -> None:
        """Store the moment every `KEEP_EVERY_SECONDS`, for ever."""
        while True:
            self.keep_moment()
            await asyncio.sleep(KEEP_EVERY_SECONDS)

    async def close(self) -> None:
        """End what is still under way."""
        if self._settling is not None:
            self._settling.cancel()
            with suppress(asyncio.CancelledError):
                await self._settling

    async def _move(self, goal: Callable[[datetime], datetime]) -> datetime:
        """Move to the goal that follows from the moment at which the clock was stopped."""
        clock = self._clock
        if not isinstance(clock, BusinessClock):
            raise ClockRefused("this sandbox lives on wall time; its clock cannot be moved")
        async with self._one_at_a_time:
            was_running = clock.running
            clock.hold()
            try:
                await self._move_held(clock, _checked(clock.now(), goal))
                moment = clock.now()
            finally:
                if was_running:
                    clock.release()
                self.keep_moment()
            if was_running:
                await self._settle_all()  # what only waited for a wire's pace goes out within seconds
            return moment

    async def _move_held(self, clock: BusinessClock, target: datetime) -> None:
        if self._floor is not None:
            await self._floor.pause()
        try:
            await self._settle_all()
            while (due := await self._next_due(clock)) is not None and due <= target:
                self._set(clock, due)
                await self._settle_all()
            if clock.now() < target:
                self._set(clock, target)
                await self._settle_all()
        finally:
            if self._floor is not None:
                await self._floor.resume()

    def _set(self, clock: BusinessClock, moment: datetime) -> None:
        clock.move_to(moment)
        self.keep_moment()
        if self._on_move is not None:
            self._on_move(moment)

    async def _next_due(self, clock: BusinessClock) -> datetime | None:
        moments = [clock.next_wake()]
        if self._floor is not None and self._settling is None:
            moments.append(await self._floor.next_due())
        later = [moment for moment in moments if moment is not None and moment > clock.now()]
        return min(later, default=None)

    async def _settle_all(self) -> None:
        """Let both wires and the floor work until a whole pass has changed nothing."""
        for _ in range(MOST_PASSES):
            before = self._marks()
            await self._messenger.drained()
            await self._portal.delivered()
            if not await self._settle_floor():
                return
            if self._marks() == before:
                return

    async def _settle_floor(self) -> bool:
        """One `settle` of the floor; False when it waits for a later moment of the clock.

        A `settle` that waits stays under way and is taken up again by the next call.
        """
        if self._floor is None:
            return True
        if self._settling is None:
            self._settling = asyncio.create_task(self._floor.settle(), name="settle")
        task = self._settling
        if isinstance(self._clock, BusinessClock) and not self._clock.running:
            while not task.done():
                marks, worked = self._marks(), time.process_time()
                await asyncio.wait([task], timeout=STILL_SECONDS)
                is_still = self._marks() == marks and time.process_time() - worked < STILL_SHARE * STILL_SECONDS
                if not task.done() and is_still and self._clock.next_wake() is not None:
                    return False
        else:
            await asyncio.wait([task], timeout=PATIENCE_SECONDS)
            if not task.done():
                return False
        self._settling = None
        await task
        return True

    def _marks(self) -> tuple[int, int, int]:
        return self._messenger.version, self._messenger.pending(), self._portal_version()


def _checked(now: datetime, goal: Callable[[datetime], datetime]) -> datetime:
    try:
        target = goal(now)
    except OverflowError:
        target = now + 2 * FURTHEST
    if target < now:
        raise ClockRefused(f"the clock stands at {now.isoformat()} and never goes back")
    if target > now + FURTHEST:
        raise ClockRefused(f"the clock moves by {FURTHEST.days} days at most")
    return target


def stored_moment(store: Store) -> datetime | None:
    """Where the clock of this data stood when it was last stored, or None for new data."""
    store.executescript(_SCHEMA)
    row = store.execute("SELECT now FROM sandbox_moment").fetchone()
    return None if row is None else datetime.fromisoformat(row[0])


def read_duration(text: str) -> timedelta:
    """An ISO-8601 duration of weeks, days, hours, minutes and seconds, such as `PT15M` or `P1DT2H`.

    Raises:
        ClockRefused: it is none; months and years have no fixed length and are not taken.
    """
    match = _DURATION.fullmatch(text)
    if match is None or not any(match.groupdict().values()):
        raise ClockRefused(f"advance is {text!r}; expected an ISO-8601 duration like PT15M, PT2H30M or P1D")
    try:
        return timedelta(**{unit: float(value) for unit, value in match.groupdict().items() if value is not None})
    except OverflowError:
        raise ClockRefused(f"the clock moves by {FURTHEST.days} days at most") from None
