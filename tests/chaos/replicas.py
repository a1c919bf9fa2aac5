"""Two replicas of the bot behind a balancer, on one PostgreSQL database and one sandbox; any of them can be killed."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import web
from sqlalchemy import func, select

from bot.db import deliveries
from bot.db import tables as t
from bot.db.session import Database, open_database
from bot.services.escalations import STEPS
from tests.chaos.running import READY_WITHIN, ROOT, free_port
from tests.scenarios.floor import Floor

REPLICAS = 2
QUIET_WITHIN = 60.0
"""Seconds in which everything that is due must have been done."""
LOOK_SECONDS = 0.2
STILL_SECONDS = 2.0
"""Two beats."""
_SECRET, _TOKEN = "webhook-of-the-test", "events-of-the-test"


@dataclass
class Replica:
    """One process."""

    port: int
    process: asyncio.subprocess.Process

    async def kill(self) -> None:
        """`kill -9`."""
        self.process.kill()
        await self.process.wait()


@dataclass
class Replicas(Floor):
    """Use as `async with Replicas(folder, start, database_url=…) as floor`; everything else is as on any floor."""

    alive: list[Replica] = field(default_factory=list)
    log: Path = field(default_factory=Path)
    _turn: count[int] = field(default_factory=count)
    _balancer: int = field(default_factory=lambda: free_port())
    _rows: Database | None = None
    _journal: int = 0

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self.log = self.folder.parent / f"{self.folder.name}.log"
        app = self.demo.app  # it has made the floor ready, and lives on in the replicas
        self.demo.floor.app = None
        await app.stop()
        assert self.database_url is not None
        self._rows = open_database(self.database_url)
        self._stack.push_async_callback(self._rows.close)
        await self._open_balancer()
        self.demo.clock.release()
        self.demo.sandbox.portal.set_event_handler(f"http://127.0.0.1:{self._balancer}/bitrix24/events", _TOKEN)
        for _ in range(REPLICAS):
            await self.begin()
        await self.idle()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in self.alive:
            await one.kill()
        await super().__aexit__(kind, error, trace)

    async def begin(self) -> None:
        """One replica more; returns when it is ready."""
        port, settings = free_port(), self.demo.app.settings
        environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            "PYTHONPATH": str(ROOT),
            "BOT_TOKEN": settings.bot_token.get_secret_value(),
            "BITRIX24_WEBHOOK_URL": settings.bitrix24_webhook_url.get_secret_value(),
            "TELEGRAM_API_URL": settings.telegram_api_url,
            "DATABASE_URL": self.database_url or "",
            "PLAYBOOK": self.playbook,
            "ADMINS": ",".join(map(str, settings.admins)),
            "PUBLIC_URL": f"http://127.0.0.1:{self._balancer}",
            "WEBHOOK_SECRET": _SECRET,
            "BITRIX24_EVENT_TOKEN": _TOKEN,
            "HTTP_PORT": str(port),
        }
        with self.log.open("ab") as errors:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.chaos.replica", self.demo.clock.now().isoformat()),
                cwd=self.folder,
                env=environment,
                stdin=asyncio.subprocess.PIPE,
                stderr=errors,
            )
        self.alive.append(Replica(port, process))
        async with aiohttp.ClientSession() as session:
            for _ in range(int(READY_WITHIN / LOOK_SECONDS)):
                if await _is_up(session, port):
                    return await self._tell_time()
                assert process.returncode is None, self.log.read_text()[-2000:]
                await asyncio.sleep(LOOK_SECONDS)
        raise AssertionError(f"the replica did not start: {self.log.read_text()[-2000:]}")

    async def kill(self) -> None:
        """`kill -9` of one replica, the first and the last begun in turn: who leads is among them."""
        await self.alive.pop(0 if next(self._turn) % 2 == 0 else -1).kill()

    # Time ---------------------------------------------------------------------------------------------------------

    async def idle(self) -> None:
        """Until nothing is due any more for any replica, and none of them has asked a wire for anything for a while."""
        still, before = 0, -1
        for _ in range(int(QUIET_WITHIN / LOOK_SECONDS)):
            calls = await self._calls()
            still = still + 1 if calls == before and await self._is_quiet() else 0
            if still * LOOK_SECONDS >= STILL_SECONDS:
                return
            before = calls
            await asyncio.sleep(LOOK_SECONDS)
        raise AssertionError(f"still something to do: {self.log.read_text()[-2000:]}")

    async def _calls(self) -> int:
        """How many calls both wires have taken."""
        found = await self.get(f"/sandbox/journal?after={self._journal}")
        self._journal = int(found[-1]["id"]) if found else self._journal
        return self._journal

    async def advance(self, duration: str) -> None:
        await super().advance(duration)
        await self._tell_time()
        await self.idle()

    async def at(self, moment: str) -> None:
        await super().at(moment)
        await self._tell_time()
        await self.idle()

    async def _tell_time(self) -> None:
        now = self.demo.clock.now().isoformat()
        for one in self.alive:
            assert one.process.stdin is not None
            one.process.stdin.write(f"{now}\n".encode())
            await one.process.stdin.drain()

    async def _is_quiet(self) -> bool:
        if self.demo.sandbox.messenger.pending():
            return False
        assert self._rows is not None
        now = self.demo.clock.now()
        late = now - timedelta(seconds=1)  # a beat
        async with self._rows.read() as connection:
            if (await deliveries.due(connection, late, 1)).messages:
                return False
            queries = (
                select(func.count()).where(t.tg_inbox.c.done_at.is_(None)),
                select(func.count()).where(
                    t.timers.c.done.is_(False), t.timers.c.at <= late, t.timers.c.kind.not_in(STEPS)
                ),
                select(func.count()).where(t.outbox.c.state == "pending", t.outbox.c.next_try <= late),
            )
            return not any([(await connection.execute(query)).scalar_one() for query in queries])

    # The balancer -------------------------------------------------------------------------------------------------

    async def _open_balancer(self) -> None:
        session = await self._stack.enter_async_context(aiohttp.ClientSession())
        turn = count()

        async def forward(request: web.Request) -> web.Response:
            body, start = await request.read(), next(turn)
            kept = {name: value for name, value in request.headers.items() if name not in ("Host", "Content-Length")}
            for place in range(len(self.alive)):
                one = self.alive[(start + place) % len(self.alive)]
                try:
                    url = f"http://127.0.0.1:{one.port}{request.path_qs}"
                    async with session.post(url, data=body, headers=kept) as answer:
                        return web.Response(status=answer.status, body=await answer.read())
                except aiohttp.ClientError:
                    continue
            return web.Response(status=502)

        application = web.Application()
        application.router.add_post("/{path:.*}", forward)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", self._balancer).start()


async def _is_up(session: aiohttp.ClientSession, port: int) -> bool:
    try:
        async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False
