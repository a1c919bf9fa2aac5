"""getUpdates: the long poll. Its time-out is a matter of the connection and runs in real time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox.messenger.bots import Bot
from bot.sandbox.messenger.params import Params
from bot.sandbox.messenger.refusals import bad_request, conflict
from bot.sandbox.messenger.world import World

LONGEST_SECONDS = 50.0
LOOK_SECONDS = 0.5
"""How often a waiting poll looks whether its client is still there."""
ACTIVE_SECONDS = 1.0
"""For how long after its last poll a bot still counts as one that polls: longer than one waits after a failure."""


class ClientGone(Exception):
    """Nobody waits for the answer any more."""


@dataclass(eq=False, slots=True)
class _Poll:
    pushed_out: str | None = None


class Polls:
    """The polls that are open, one a bot at most."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._open: dict[int, _Poll] = {}
        self._last: dict[int, float] = {}
        self._closed = False

    async def get_updates(self, bot: Bot, params: Params, is_there: Callable[[], bool]) -> list[dict[str, object]]:
        """Confirm what `offset` says, then return the oldest updates, waiting for one up to `timeout` seconds.

        Args:
            is_there: whether the client still holds the connection.

        Raises:
            Refused: a webhook is set, a later poll took over, or a parameter is wrong.
            ClientGone: the client went away; nothing was handed out.
        """
        world = self._world
        if world.bots.webhook(bot.id) is not None:
            raise conflict(
                "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            )
        kinds = params.structure("allowed_updates")
        if kinds is not None:
            if not isinstance(kinds, list):
                raise bad_request("can't parse allowed_updates: expected an Array of String")
            world.bots.set_allowed(bot.id, known_kinds(kinds))
        poll = self._take_over(bot.id)
        try:
            world.bots.listens(bot.id)
            world.updates.confirm(bot.id, params.integer("offset") or 0)
            limit = params.integer("limit") or 100
            return await self._wait(bot.id, poll, min(max(limit, 1), 100), _timeout(params), is_there)
        finally:
            if self._open.get(bot.id) is poll:
                del self._open[bot.id]
            self.tried(bot.id)

    def tried(self, bot_id: int) -> None:
        """The bot has called, whatever becomes of it."""
        self._last[bot_id] = asyncio.get_running_loop().time()

    def push_out(self, bot_id: int, reason: str) -> None:
        """End the open poll of a bot with a 409 of these words."""
        poll = self._open.pop(bot_id, None)
        if poll is not None:
            poll.pushed_out = reason
            self._world.updates.wake(bot_id)

    def wake_all(self) -> None:
        """Let every open poll look around: something other than an update has changed."""
        for bot_id in self._open:
            self._world.updates.wake(bot_id)

    def close(self) -> None:
        """Drop every poll, now and later: the sandbox is going down."""
        self._closed = True
        self.wake_all()

    def count(self) -> int:
        """How many polls are open."""
        return len(self._open)

    def is_active(self, bot_id: int) -> bool:
        """Whether the bot polls, as far as one can see from here."""
        if bot_id in self._open:
            return True
        last = self._last.get(bot_id)
        return last is not None and asyncio.get_running_loop().time() - last < ACTIVE_SECONDS

    def _take_over(self, bot_id: int) -> _Poll:
        self.push_out(bot_id, "terminated by other getUpdates request; make sure that only one bot instance is running")
        poll = _Poll()
        self._open[bot_id] = poll
        return poll

    async def _wait(
        self, bot_id: int, poll: _Poll, limit: int, seconds: float, is_there: Callable[[], bool]
    ) -> list[dict[str, object]]:
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        arrival = self._world.updates.arrival(bot_id)
        while True:
            if poll.pushed_out is not None:
                raise conflict(poll.pushed_out)
            arrival.clear()
            if self._closed or not is_there():
                raise ClientGone
            found = self._world.updates.waiting(bot_id, limit)
            left = until - loop.time()
            if found or left <= 0:
                return found
            try:
                await asyncio.wait_for(arrival.wait(), min(left, LOOK_SECONDS))
            except TimeoutError:
                continue


def known_kinds(kinds: list[object]) -> list[str]:
    """The kinds of updates among these names; names that do not exist are passed over, as the real service does."""
    return [str(kind) for kind in kinds if kind in UPDATE_KINDS]


UPDATE_KINDS = frozenset(
    {
        "message",
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "business_connection",
        "business_message",
        "edited_business_message",
        "deleted_business_messages",
        "message_reaction",
        "message_reaction_count",
        "inline_query",
        "chosen_inline_result",
        "callback_query",
        "shipping_query",
        "pre_checkout_query",
        "purchased_paid_media",
        "poll",
        "poll_answer",
        "my_chat_member",
        "chat_member",
        "chat_join_request",
        "chat_boost",
        "removed_chat_boost",
    }
)


def _timeout(params: Params) -> float:
    return min(max(float(params.integer("timeout") or 0), 0.0), LONGEST_SECONDS)
