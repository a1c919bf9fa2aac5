"""The portal's limits, kept on our side so that we do not run into its refusals.

The leaky bucket: every request adds one drop, the bucket leaks at a constant rate, and what does not fit has to come
back later. Background reads leave a reserve, so that the writes of people at work always find room. The cooling: a
method that used up its working time is left alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

CAPACITY = 50
"""Requests that an ordinary Bitrix24 plan takes at once."""
PER_SECOND = 2.0
"""Requests a second that an ordinary plan lets leak out of the bucket."""
RESERVE = 10
"""Places that only urgent requests may use."""
_OVERFLOW_PAUSE = timedelta(seconds=1)
_OPERATING_PIECE = timedelta(minutes=1)
_ROUNDING = 1e-9


class Bucket:
    """A leaky bucket on the caller's clock.

    Args:
        capacity: how many requests fit at once.
        per_second: how many of them leak away each second.
        reserve: the last places, kept free for urgent requests; must be smaller than the capacity.
    """

    def __init__(self, capacity: int = CAPACITY, per_second: float = PER_SECOND, reserve: int = RESERVE) -> None:
        if per_second <= 0 or not 0 <= reserve < capacity:
            raise ValueError("a bucket needs a positive leak and a reserve smaller than its capacity")
        self._capacity = capacity
        self._per_second = per_second
        self._reserve = reserve
        self._level = 0.0
        self._at: datetime | None = None

    def take(self, now: datetime, urgent: bool) -> datetime | None:
        """Put one request in.

        Returns:
            None when the request may go now, otherwise the moment at which it may ask again.
        """
        self._leak(now)
        room = self._capacity if urgent else self._capacity - self._reserve
        excess = self._level + 1 - room
        if excess <= _ROUNDING:
            self._level += 1
            return None
        return now + timedelta(seconds=excess / self._per_second) + timedelta.resolution

    def overflow(self, now: datetime) -> datetime:
        """Learn that the portal's own bucket is full (other programs share it).

        Returns:
            The moment at which an urgent request may try again.
        """
        self._leak(now)
        self._level = max(self._level, self._capacity - 1 + _OVERFLOW_PAUSE.total_seconds() * self._per_second)
        return now + _OVERFLOW_PAUSE

    def _leak(self, now: datetime) -> None:
        # A wall clock that was set back leaks nothing at that moment, and then goes on from there.
        elapsed = max(0.0, (now - self._at).total_seconds()) if self._at is not None else 0.0
        self._level = max(0.0, self._level - elapsed * self._per_second)
        self._at = now


class Cooling:
    """Methods that the portal has closed for a while because they worked too long, and the whole portal likewise."""

    def __init__(self) -> None:
        self._reset_at: dict[str, datetime] = {}
        self._until: dict[str, datetime] = {}
        self._closed_until: datetime | None = None

    def note(self, method: str, timing: object) -> None:
        """Remember from an answer's `time` when the method's counter will fall (unix seconds, may be missing)."""
        reset_at = timing.get("operating_reset_at") if isinstance(timing, Mapping) else None
        if isinstance(reset_at, (int, float)) and not isinstance(reset_at, bool) and reset_at > 0:
            self._reset_at[method.casefold()] = datetime.fromtimestamp(reset_at, UTC)

    def start(self, method: str, now: datetime) -> datetime:
        """Close a method; returns when it opens again.

        That is the portal's own moment when it lies ahead, otherwise a minute from now: the portal counts in
        one-minute pieces.
        """
        known = self._reset_at.get(method.casefold())
        until = known if known is not None and known > now else now + _OPERATING_PIECE
        self._until[method.casefold()] = until
        return until

    def until(self, method: str, now: datetime) -> datetime | None:
        """When a closed method opens again, or None if it is open."""
        until = self._until.get(method.casefold())
        return until if until is not None and until > now else None

    def close(self, until: datetime) -> None:
        """Leave the whole portal alone until this moment."""
        self._closed_until = until

    def closed_until(self, now: datetime) -> datetime | None:
        """When the portal may be asked again, or None if it may be asked now."""
        until = self._closed_until
        return until if until is not None and until > now else None
