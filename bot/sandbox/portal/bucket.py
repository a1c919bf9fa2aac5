"""The portal's limit of intensity: a bucket that leaks steadily and refuses what would make it run over."""

from __future__ import annotations

from datetime import datetime


class LeakyBucket:
    """One bucket for the whole portal.

    Args:
        size: requests it holds before it refuses.
        per_second: requests that leak out per second of business time.
    """

    def __init__(self, size: float = 50.0, per_second: float = 2.0) -> None:
        self._size = size
        self._per_second = per_second
        self._level = 0.0
        self._seen: datetime | None = None

    def admits(self, now: datetime) -> bool:
        """Count one request at `now`; False means it is refused (and does not fill the bucket)."""
        if self._seen is not None:
            self._level = max(0.0, self._level - (now - self._seen).total_seconds() * self._per_second)
        self._seen = now
        if self._level + 1 > self._size:
            return False
        self._level += 1
        return True
