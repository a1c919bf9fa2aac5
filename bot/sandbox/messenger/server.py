"""The messenger as one piece: Bot API on one side, phones on the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web

from bot.clock import Clock
from bot.sandbox.faults import Faults
from bot.sandbox.journal import Journal
from bot.sandbox.messenger.bots import Bots
from bot.sandbox.messenger.files import Files
from bot.sandbox.messenger.pace import Pace
from bot.sandbox.messenger.phone_routes import PhoneRoutes
from bot.sandbox.messenger.phones import Phones
from bot.sandbox.messenger.polling import Polls
from bot.sandbox.messenger.queries import Queries
from bot.sandbox.messenger.shelf import Shelf
from bot.sandbox.messenger.updates import Updates
from bot.sandbox.messenger.webhooks import Webhooks
from bot.sandbox.messenger.wire import POLL, TARGET, Wire
from bot.sandbox.messenger.world import World
from bot.sandbox.people import People
from bot.sandbox.store import Store

STANDSTILL_SECONDS = 2.0
"""After so many real seconds in which a bot confirmed nothing it counts as one that does not take updates now."""

LOOK_SECONDS = 0.2
"""How often, in real seconds, it is looked whether a bot still takes updates."""


class Messenger:
    """The Bot API and the phones.

    Args:
        store: where people, chats, messages, files, updates and presses are kept.
        clock: the time of all dates, limits and pauses; long polls alone run in real time.
        enforce_pace: whether too fast a bot is answered with 429.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        people: People,
        faults: Faults,
        journal: Journal,
        enforce_pace: bool = True,
    ) -> None:
        bots = Bots(store)
        self.world = World(
            store=store,
            clock=clock,
            people=people,
            bots=bots,
            updates=Updates(store, clock, bots),
            shelf=Shelf(store, clock, people),
            files=Files(store, clock),
            queries=Queries(store, clock),
            pace=Pace(enforce=enforce_pace),
        )
        self.phones = Phones(self.world)
        self._faults = faults
        self._polls = Polls(self.world)
        self._webhooks = Webhooks(self.world, self._polls, faults)
        self._wire = Wire(self.world, self._polls, self._webhooks, faults, journal)

    def routes(self) -> list[web.RouteDef]:
        """The Bot API and the people's side."""
        return [*self._wire.routes(), *PhoneRoutes(self.world.people, self.phones).routes()]

    def on_message(self, listener: Callable[[int, int], None]) -> None:
        """Have `listener(chat_id, message_id)` called after every change of a message."""
        self.world.shelf.on_change = listener

    def set_pace(self, enforce: bool) -> None:
        """Switch the rate limits on or off."""
        self.world.pace.enforce = enforce

    @property
    def version(self) -> int:
        """Grows with everything that happens in a chat."""
        return self.world.shelf.version

    def pending(self) -> int:
        """How many updates no bot has confirmed yet."""
        return sum(self.world.updates.count(bot.id) for bot in self.world.bots.all())

    def polls_open(self) -> int:
        """How many long polls wait for updates just now."""
        return self._polls.count()

    async def drained(self) -> None:
        """Return once every bot that takes updates has confirmed all of them and no call is being executed.

        A bot that is switched off, held up by a fault or that does not move for `STANDSTILL_SECONDS` is not waited
        for. Confirmed means that the bot has the update, not that it has acted on it.
        """
        updates, wire = self.world.updates, self._wire
        for _ in range(3):
            await asyncio.sleep(0)  # let what was woken by the clock begin its calls
        loop = asyncio.get_running_loop()
        still_since = loop.time()
        while wire.running or any(self._takes(bot.id) and updates.count(bot.id) for bot in self.world.bots.all()):
            if await self._moved():
                still_since = loop.time()
            elif loop.time() - still_since > STANDSTILL_SECONDS:
                return

    def start(self) -> None:
        """Go on posting to webhooks that were set before a restart; needs a running loop."""
        self._webhooks.start_all()

    def hang_up(self) -> None:
        """Let go of everybody who waits for an answer, so that the server can stop."""
        self._polls.close()
        self._wire.hang_up()
        self.world.queries.close()

    async def close(self) -> None:
        """Stop posting to webhooks."""
        await self._webhooks.close()

    async def _moved(self) -> bool:
        """Wait a little for something to be confirmed or finished, and say whether it was."""
        updates, wire = self.world.updates, self._wire
        updates.confirmed.clear()
        wire.finished.clear()
        waits = [asyncio.create_task(event.wait()) for event in (updates.confirmed, wire.finished)]
        done, late = await asyncio.wait(waits, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        for wait in late:
            wait.cancel()
        return bool(done)

    def _takes(self, bot_id: int) -> bool:
        if self._webhooks.is_active(bot_id):
            return True
        return self._polls.is_active(bot_id) and not self._faults.touches(TARGET, POLL)
