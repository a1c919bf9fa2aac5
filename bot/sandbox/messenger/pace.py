"""How fast a bot may send: the messenger's limits, counted in business time.

The real figures are not published. These are the ones that bots are told to keep to: 30 calls a second in all, about
one message a second in a private chat with short bursts, and 20 messages and edits a minute in a group.
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from datetime import datetime, timedelta

from bot.sandbox.messenger.refusals import too_many_requests

ALL_CALLS, ALL_SECONDS = 30, 1.0
GROUP_CALLS, GROUP_SECONDS = 20, 60.0
PRIVATE_BURST, PRIVATE_EVERY_SECONDS = 3, 1.0


class _Window:
    """At most so many calls in any stretch of so many seconds."""

    def __init__(self, calls: int, seconds: float) -> None:
        self._calls = calls
        self._span = timedelta(seconds=seconds)
        self._taken: deque[datetime] = deque()

    def wait(self, now: datetime) -> float:
        while self._taken and self._taken[0] + self._span <= now:
            self._taken.popleft()
        if len(self._taken) < self._calls:
            return 0.0
        return (self._taken[0] + self._span - now).total_seconds()

    def take(self, now: datetime) -> None:
        self._taken.append(now)


class _Burst:
    """So many calls at once, then one every so many seconds."""

    def __init__(self, burst: int, every: float) -> None:
        self._burst = burst
        self._every = timedelta(seconds=every)
        self._full_at: datetime | None = None

    def wait(self, now: datetime) -> float:
        if self._full_at is None:
            return 0.0
        return max((self._full_at - (self._burst - 1) * self._every - now).total_seconds(), 0.0)

    def take(self, now: datetime) -> None:
        self._full_at = max(self._full_at or now, now) + self._every


class Pace:
    """The limits of all bots. A refused call does not count; a restart forgets what was counted.

    Args:
        enforce: False lets everything through.
    """

    def __init__(self, *, enforce: bool = True) -> None:
        self.enforce = enforce
        self._all: defaultdict[int, _Window] = defaultdict(lambda: _Window(ALL_CALLS, ALL_SECONDS))
        self._groups: defaultdict[tuple[int, int], _Window] = defaultdict(lambda: _Window(GROUP_CALLS, GROUP_SECONDS))
        self._private: defaultdict[tuple[int, int], _Burst] = defaultdict(
            lambda: _Burst(PRIVATE_BURST, PRIVATE_EVERY_SECONDS)
        )

    def take(self, bot_id: int, chat_id: int, now: datetime, *, edit: bool = False) -> None:
        """Count one call of a bot in a chat.

        Raises:
            Refused: 429 with the whole seconds to wait; nothing was counted.
        """
        if not self.enforce:
            return
        limits: list[_Window | _Burst] = [self._all[bot_id]]
        if chat_id < 0:
            limits.append(self._groups[bot_id, chat_id])
        elif not edit:
            limits.append(self._private[bot_id, chat_id])
        wait = max(limit.wait(now) for limit in limits)
        if wait > 0:
            raise too_many_requests(max(math.ceil(wait), 1))
        for limit in limits:
            limit.take(now)
