"""A sandbox portal on a free loopback port, with a clock that only the test moves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
from aiohttp import web

from bot.clock import BusinessClock
from bot.sandbox.faults import Faults
from bot.sandbox.journal import Journal
from bot.sandbox.portal import Portal, load_seed
from bot.sandbox.store import Store

START = datetime(2026, 11, 2, 7, 0, tzinfo=UTC)
"""Monday, ten o'clock in Moscow."""


class HeardClock(BusinessClock):
    """A standing clock that tells when somebody waits for a later moment."""

    def __init__(self, start: datetime) -> None:
        super().__init__(start, running=False)
        self.asked = asyncio.Event()

    async def sleep_until(self, moment: datetime) -> None:
        if moment > self.now():
            self.asked.set()
        await super().sleep_until(moment)


@dataclass
class RunningPortal:
    """The portal under test and everything around it."""

    url: str
    portal: Portal
    clock: HeardClock
    faults: Faults
    journal: Journal
    http: aiohttp.ClientSession

    def webhook(self, user: int = 1) -> str:
        """The address that a client of the portal is configured with."""
        return f"{self.url}/rest/{user}/sandbox/"

    async def post(self, method: str, body: object = None, user: int = 1) -> tuple[int, dict]:
        """Send a JSON body; status and decoded answer."""
        async with self.http.post(self.webhook(user) + method, json={} if body is None else body) as answer:
            return answer.status, await answer.json()

    async def call(self, method: str, body: Mapping[str, object] | None = None, user: int = 1):
        """The `result` of a call that must succeed."""
        status, answer = await self.post(method, body, user)
        assert status == 200, answer
        return answer["result"]

    async def refusal(self, method: str, body: Mapping[str, object] | None = None, user: int = 1) -> tuple[int, object]:
        """Status and code of a call that must be refused."""
        status, answer = await self.post(method, body, user)
        assert status != 200, answer
        assert set(answer) == {"error", "error_description"}
        return status, answer["error"]

    def pass_time(self, **span: float) -> None:
        """Move the clock on by a timedelta's arguments."""
        self.clock.move_to(self.clock.now() + timedelta(**span))

    def calls(self) -> list[tuple[str, object]]:
        """Method and parameters of every call in the journal."""
        return [(str(row["method"]), row["params"]) for row in self.journal.list("bitrix24")]


@asynccontextmanager
async def running_portal(*, seed: str = "bankruptcy", data: Path | None = None) -> AsyncIterator[RunningPortal]:
    """Serve a portal until the block ends."""
    store = Store(data)
    clock = HeardClock(START)
    faults, journal = Faults(), Journal(store)
    address = [""]
    portal = Portal(
        store, clock, faults=faults, journal=journal, seed=load_seed(seed, START), base_url=lambda: address[0]
    )
    app = web.Application()
    app.add_routes(portal.routes())
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    address[0] = f"http://{host}:{port}"
    try:
        async with aiohttp.ClientSession() as http:
            yield RunningPortal(address[0], portal, clock, faults, journal, http)
    finally:
        await portal.delivered()
        await runner.cleanup()
        store.close()
