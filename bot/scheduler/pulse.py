"""The pulse: a few recurring jobs. It remembers nothing; what is due stands in the tables.

In real time APScheduler calls `beat` and friends. When a shared business clock is moved, the mover pauses the pulse and
calls `settle` at each due moment instead, so both ways run the very same code. On a clock that stands, in a process
that has the database for itself, a job that has found nothing to do is asked again only when a row has changed or its
moment has come.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.clock import BusinessClock, Clock
from bot.db.leadership import Leadership
from bot.messenger.poll import Inbox
from bot.messenger.send import Courier
from bot.services.absences import Absences
from bot.services.apply import Apply
from bot.services.board import BoardService
from bot.services.counters import Counters
from bot.services.curfew import Curfew
from bot.services.digests import Digests
from bot.services.escalations import Escalations
from bot.services.intake import Intake
from bot.services.midnight import Midnight
from bot.services.morning import Morning
from bot.services.offers import Offers
from bot.services.recall import Recall
from bot.services.relay import Relay
from bot.services.rollout import Rollout
from bot.services.shift_change import ShiftChange
from bot.services.timers import TimerService

log = logging.getLogger(__name__)
BOARD_EVERY = timedelta(seconds=20)
BEAT_SECONDS = 1
HOUSEKEEPING_SECONDS = 3600
STOP_SECONDS = 5
LONGEST_PACE = timedelta(seconds=30)
"""So long a settling floor waits for the pace of Telegram on a running clock."""
MOST_ROUNDS = 200
"""A round does everything due; the next one does what that caused. More than this is an endless loop, a bug."""


class Kick:
    """One kind of work that need not wait for the next beat."""

    def __init__(self, name: str, work: Callable[[], Awaitable[int]]) -> None:
        self.name = name
        self.work = work
        self.wanted = asyncio.Event()
        self.rests = asyncio.Event()
        self.rests.set()

    def want(self) -> None:
        """There is something to do."""
        self.rests.clear()
        self.wanted.set()


Standing = tuple[int, int]
"""How often rows were changed, and how often something happened that no row tells of."""
NextDue = Callable[[], Awaitable[datetime | None]]


class Job:
    """One recurring work.

    Args:
        name: for the log.
        work: does what is due; returns how much it did.
        next_due: when it will have something to do if nothing happens; None: who knows.
    """

    def __init__(self, name: str, work: Callable[[], Awaitable[int]], next_due: NextDue | None = None) -> None:
        self.name = name
        self.work = work
        self.next_due = next_due
        self._idle: tuple[Standing, datetime] | None = None
        """How things stood, and when, the last time that it found nothing to do."""
        self._wakes: datetime | None = None
        self._has_looked_ahead = False

    def has_done(self, found: int | None, before: Standing, after: Standing, at: datetime) -> None:
        """It was done at this moment, with this result; None: it failed."""
        self._idle = (after, at) if found == 0 and before == after else None
        self._has_looked_ahead = False

    async def look_ahead(self, standing: Standing) -> datetime | None:
        """When it is due next; it rests until then unless something happens."""
        if self.next_due is None:
            return None
        stands = self._idle is not None and self._idle[0] == standing
        if not stands or not self._has_looked_ahead:
            self._wakes = await self.next_due()
            self._has_looked_ahead = stands
        return self._wakes

    def rests(self, standing: Standing, now: datetime) -> bool:
        """Whether it has found nothing to do, and since then neither has anything happened nor its moment come."""
        if self._idle is None or self._idle[0] != standing:
            return False
        return now == self._idle[1] or (self._has_looked_ahead and (self._wakes is None or now < self._wakes))


class Pulse:
    """See the module.

    Args:
        clock: says what is due.
        changes: a number that grows with every change of a row by this process.
        alone: whether no other process can change rows.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        changes: Callable[[], int],
        alone: bool,
        apply: Apply,
        timers: TimerService,
        courier: Courier,
        curfew: Curfew,
        relay: Relay,
        intake: Intake,
        recall: Recall,
        rollout: Rollout,
        board: BoardService,
        escalations: Escalations,
        offers: Offers,
        counters: Counters,
        absences: Absences,
        shift_change: ShiftChange,
        morning: Morning,
        digests: Digests,
        midnight: Midnight,
        inbox: Inbox,
        leadership: Leadership,
    ) -> None:
        self._clock = clock
        self._changes = changes
        self._alone = alone
        self._leadership = leadership
        self._apply = apply
        self._timers = timers
        self._courier = courier
        self._relay = relay
        self._intake = intake
        self._recall = recall
        self._rollout = rollout
        self._board = board
        self._escalations = escalations
        self._offers = offers
        self._counters = counters
        self._absences = absences
        self._shift_change = shift_change
        self._morning = morning
        self._digests = digests
        self._midnight = midnight
        self._inbox = inbox
        self._scheduler = AsyncIOScheduler(timezone="UTC", job_defaults={"coalesce": True, "misfire_grace_time": None})
        self._lock = asyncio.Lock()
        self._kick_presses = Kick("presses", courier.deliver_urgent)
        self._kick_courier = Kick("courier", self._deliver_beside)
        self._kick_relay = Kick("relay", relay.deliver_due)
        self._kick_hints = Kick("hints", intake.reread_hinted)
        self._kick_poll = Kick("poll", self._poll_if_due)
        self._kick_recall = Kick("recall", recall.read_due)
        self._crm_kicks = (self._kick_hints, self._kick_poll, self._kick_recall, self._kick_relay)
        self._kicks = (self._kick_presses, self._kick_courier, *self._crm_kicks)
        self._deciding = (
            Job("rollout", rollout.run_due),
            Job("hints", intake.reread_hinted),
            Job("poll", self._poll_if_due),
            Job("recall", recall.read_due, recall.next_due),
            Job("absences", absences.run_due, absences.next_due),
            Job("shift change", shift_change.turn_over, shift_change.next_due),
            Job("midnight", midnight.turn_if_due, midnight.next_due),
            Job("morning", morning.open_if_due, morning.next_due),
            Job("timers", self._ring_due, timers.next_due),
            Job("offers", offers.tell_due, offers.next_due),
            Job("escalations", escalations.tell_due, escalations.next_due),
            Job("digests", digests.send_due, digests.next_due),  # alerts go before them
            Job("curfew", curfew.hold),
            Job("relay", relay.deliver_due, relay.next_due),
        )
        self._showing = (Job("board", self._board_if_due), Job("courier", courier.deliver_due, courier.next_due))
        at_the_portal = {kick.name for kick in self._crm_kicks}
        self._ours = tuple(job for job in (*self._deciding, *self._showing) if job.name not in at_the_portal)
        self._ringing = False
        self._board_at: datetime | None = None
        self._stirs = 0
        """How often something happened that no row tells of."""
        self._board_saw: Standing | None = None
        self._paused = False
        self._stopping = False
        self._leads = False
        self._watchers: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to beat."""
        self._scheduler.add_job(self.beat, IntervalTrigger(seconds=BEAT_SECONDS), id="beat", max_instances=1)
        self._scheduler.add_job(
            self._inbox.forget_old, IntervalTrigger(seconds=HOUSEKEEPING_SECONDS), id="housekeeping", max_instances=1
        )
        self._scheduler.start()
        loop = asyncio.get_running_loop()
        self._watchers = [loop.create_task(self._watch(kick), name=kick.name) for kick in self._kicks]

    async def stop(self) -> None:
        """Beat no more; what is under way ends first, unless an outside world holds it up too long."""
        self._paused = self._stopping = True
        for kick in self._kicks:
            kick.wanted.set()
        if self._watchers:
            await asyncio.wait(self._watchers, timeout=STOP_SECONDS)
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS), self._lock:
                pass
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)  # it cancels what still runs
        for watcher in self._watchers:
            watcher.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)
        async with self._lock:
            self._watchers.clear()
            self._leads = False
            await self._leadership.resign()

    def kick(self, *, answers: bool = True, messages: bool = True, writes: bool = True) -> None:
        """Rows of these kinds were committed that may wait for delivery: do not wait for the next beat."""
        if answers:
            self._kick_presses.want()
        if messages:
            self._kick_courier.want()
        if writes:
            self._kick_relay.want()

    def hinted(self) -> None:
        """The portal said that something changed."""
        self._stirs += 1
        self._kick_hints.want()

    def chat_freed(self) -> None:
        """A message that found its chat being written to can go now."""
        self._stirs += 1
        self._kick_courier.want()

    def board_wanted(self) -> None:
        """A group was just bound."""
        self._stirs += 1
        self._board_at = None
        self._kick_courier.want()

    async def beat(self) -> None:
        """Everything that is due now, once. What asks the portal goes on beside it: a slow portal delays no card."""
        if self._paused or self._lock.locked():
            return
        await self._guarded("versions", self._rollout.refresh)  # every replica's own, whoever leads
        async with self._lock:
            await self._round(self._ours)
        if not self._leads:
            self._intake.drop_hints()
            return
        for kick in self._crm_kicks:
            kick.want()

    async def pause(self) -> None:
        """From now on only `settle` does things. It waits for a beat under way, which may sleep on the clock itself."""
        self._paused = True

    async def resume(self) -> None:
        """Beat by ourselves again."""
        self._paused = False
        self.kick()

    async def settle(self) -> None:
        """Do all that is due now and all that it causes; returns when nothing is left to do at this moment.

        On a running clock short waits of the pace are waited out, so that nothing is left unsent.
        """
        while True:
            async with self._lock:
                for _ in range(MOST_ROUNDS):
                    await self._inbox.drain()
                    await self._apply.drain()
                    for kick in self._kicks:
                        await kick.rests.wait()
                    # People are shown what has come of it all, not every step of the way there.
                    done = await self._round(self._deciding) or await self._round(self._showing)
                    if not done and all(kick.rests.is_set() for kick in self._kicks):
                        break
                else:
                    log.error("settle: still something to do after %d rounds", MOST_ROUNDS)
            wait = await self._pace_wait()
            if wait is None:
                return
            await self._clock.sleep_until(wait)

    async def next_due(self) -> datetime | None:
        """The next moment at which something is due."""
        jobs = (*self._deciding, *self._showing)
        moments = [await job.look_ahead(self._standing()) for job in jobs]
        return min((moment for moment in moments if moment is not None), default=None)

    async def _pace_wait(self) -> datetime | None:
        """Until when the pace alone holds messages back; what waits after a failure waits for its own later moment."""
        running = isinstance(self._clock, BusinessClock) and self._clock.running
        moment = self._courier.paced_until
        if not running or moment is None or moment > self._clock.now() + LONGEST_PACE:
            return None
        return max(moment, self._clock.now() + timedelta(milliseconds=20))

    async def _round(self, jobs: Sequence[Job]) -> bool:
        """Each of these once; whether anything was done. Only the leading replica does it."""
        done = 0
        if not await self._leadership.held():
            self._leads = False
            return False
        for job in jobs:
            before, now = self._standing(), self._clock.now()
            if not done and self._misses_nothing and job.rests(before, now):
                continue
            found = await self._guarded(job.name, job.work)
            job.has_done(found, before, self._standing(), now)
            done += found or 0
        self._leads = True  # not before: what was left from another day is looked at before anything is delivered
        return done > 0

    @property
    def _misses_nothing(self) -> bool:
        """Whether all that can give a job something to do is known here."""
        return self._alone and isinstance(self._clock, BusinessClock) and not self._clock.running

    def _standing(self) -> Standing:
        return self._changes(), self._stirs

    async def _guarded(self, name: str, work: Callable[[], Awaitable[int]]) -> int | None:
        """What it has done; None: it failed."""
        try:
            done: int = await work()
        except Exception:
            log.exception("the job %s failed; it is tried again at the next beat", name)
            return None
        return done

    async def _ring_due(self) -> int:
        self._ringing = True
        try:
            return await self._timers.ring_due()
        finally:
            self._ringing = False

    async def _deliver_beside(self) -> int:
        """Not while timers ring: of many cards that come at once most are folded before anybody should see them."""
        return 0 if self._ringing else await self._courier.deliver_due()

    async def _poll_if_due(self) -> int:
        if not self._intake.poll_needed():
            return 0
        done = await self._intake.poll()
        self._stirs += self._intake.polled_at != self._clock.now()  # a portal that does not answer is told of
        return done

    async def _board_if_due(self) -> int:
        now, seen = self._clock.now(), self._standing()
        if (
            self._board_at is not None
            and now - self._board_at < BOARD_EVERY
            and (not self._paused or seen == self._board_saw)
        ):
            return 0
        self._board_at, self._board_saw = now, seen
        told = await self._offers.refresh() + await self._escalations.refresh()
        return told + await self._counters.refresh() + await self._board.refresh()

    async def _watch(self, kick: Kick) -> None:
        """Do this work as soon as it is wanted, beside the beat."""
        while not self._stopping:
            await kick.wanted.wait()
            kick.wanted.clear()
            if not self._paused and self._leads:
                await self._guarded(kick.name, kick.work)
            if not kick.wanted.is_set():
                kick.rests.set()
