"""How fast we may send: all chats together, one chat, one group. Ready chats go first; nothing here sleeps.

Figures: Telegram's documented limits with a margin (30/s in all, about 1/s in a chat, 20/min in a group with edits).
"""

from __future__ import annotations

from datetime import datetime, timedelta

EVERYBODY_PER_SECOND = 25.0
CHAT_PER_SECOND = 1.0
CHAT_BURST = 3
GROUP_PER_MINUTE = 12
GROUP_BURST = 6
"""With the tokens that come back, never more than 18 in any minute."""
GROUP_FIRST = 2
"""Of a process that has just begun, and does not know what another one has sent: so Telegram's own 20 are kept."""
_FORGET_AFTER = timedelta(minutes=2)


class _Bucket:
    """Tokens that come back with time."""

    __slots__ = ("_at", "_full", "_left", "_rate")

    def __init__(self, rate: float, full: float, now: datetime) -> None:
        self._rate, self._full, self._left, self._at = rate, full, full, now

    @classmethod
    def begun(cls, rate: float, full: float, left: float, since: datetime) -> _Bucket:
        """One that had so many tokens left then."""
        bucket = cls(rate, full, since)
        bucket._left = left
        return bucket

    def _refill(self, now: datetime) -> None:
        passed = max((now - self._at).total_seconds(), 0.0)
        self._left = min(self._full, self._left + passed * self._rate)
        self._at = max(now, self._at)

    def ready_at(self, now: datetime) -> datetime:
        self._refill(now)
        if self._left >= 1.0:
            return now
        # One microsecond more than the division says: a float just under one token would ask again at the same moment.
        return now + timedelta(seconds=(1.0 - self._left) / self._rate, microseconds=1)

    def take(self, now: datetime) -> None:
        self._refill(now)
        self._left -= 1.0

    @property
    def touched(self) -> datetime:
        return self._at


class Pace:
    """When the next message to a chat may go. Telegram's own «retry after» is obeyed on top."""

    def __init__(self) -> None:
        self._all: _Bucket | None = None
        self._since: datetime | None = None
        """When we have begun to send: who did before is not known here."""
        self._chats: dict[int, _Bucket] = {}
        self._held: dict[int, datetime] = {}
        self._all_held: datetime | None = None

    def ready_at(self, chat: int, now: datetime) -> datetime:
        """`now` if it may go at once, otherwise the moment at which it may."""
        moments = [self._everybody(now).ready_at(now), self._chat(chat, now).ready_at(now)]
        moments += [moment for moment in (self._held.get(chat), self._all_held) if moment is not None]
        return max(moments)

    def take(self, chat: int, now: datetime) -> None:
        """One message goes to this chat."""
        self._everybody(now).take(now)
        self._chat(chat, now).take(now)
        if len(self._chats) > 1000:
            self._chats = {key: one for key, one in self._chats.items() if now - one.touched < _FORGET_AFTER}

    def hold(self, chat: int, until: datetime) -> None:
        """Telegram said «retry after» for this chat; said for a second chat meanwhile, it holds for all."""
        others = [moment for key, moment in self._held.items() if key != chat and moment > until - _FORGET_AFTER]
        self._held[chat] = until
        if others:
            self._all_held = until

    def _everybody(self, now: datetime) -> _Bucket:
        if self._all is None:
            self._all, self._since = _Bucket(EVERYBODY_PER_SECOND, EVERYBODY_PER_SECOND, now), now
        return self._all

    def _chat(self, chat: int, now: datetime) -> _Bucket:
        if chat not in self._chats:
            group = chat < 0
            rate = GROUP_PER_MINUTE / 60 if group else CHAT_PER_SECOND
            self._chats[chat] = (
                _Bucket.begun(rate, GROUP_BURST, GROUP_FIRST, self._since or now)
                if group
                else _Bucket(rate, CHAT_BURST, now)
            )
        return self._chats[chat]
