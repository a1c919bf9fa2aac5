"""A running sandbox for the tests of its messenger: real HTTP on a loopback port, a clock that only tests move."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.clock import BusinessClock
from bot.sandbox.control import Floor, stored_moment
from bot.sandbox.faults import Faults
from bot.sandbox.journal import Journal
from bot.sandbox.messenger.server import Messenger
from bot.sandbox.people import People
from bot.sandbox.portal.board import NO_TERMS, Terms
from bot.sandbox.server import build_sandbox
from bot.sandbox.store import Store

START = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
TOKEN = "4242:TESTTESTTESTTESTTESTTESTTESTTESTTES"
BOT_ID = 4242
CAST: list[dict[str, object]] = [
    {"name": "Иван Соколов", "username": "sokolov", "role": "manager", "phone": "+79000000101", "crm_user_id": 2},
    {"name": "Анна Ковалёва", "username": "kovaleva", "role": "manager", "phone": "+79000000102", "crm_user_id": 3},
    {"name": "Ольга Руднева", "username": "rudneva", "role": "supervisor", "phone": "+79000000103", "crm_user_id": 4},
    {"name": "Юлия Право", "username": "pravo", "role": "lawyer", "phone": "+79000000104", "crm_user_id": 6},
]


class QuietPortal:
    """A portal in which nothing happens unless a test says so."""

    def __init__(self) -> None:
        self.on_change: Callable[[], None] | None = None
        self.asked = 0

    def routes(self) -> list[web.RouteDef]:
        return []

    def board(self, terms: Terms = NO_TERMS) -> Mapping[str, object]:
        return {"pipelines": []}

    async def delivered(self) -> None:
        self.asked += 1


@dataclass
class Bench:
    """Everything that a test may want to reach."""

    base: str
    store: Store
    clock: BusinessClock
    people: People
    faults: Faults
    journal: Journal
    messenger: Messenger
    portal: QuietPortal
    http: aiohttp.ClientSession
    stack: AsyncExitStack
    bots: dict[str, Bot] = field(default_factory=dict)

    @property
    def bot(self) -> Bot:
        return self.make_bot(TOKEN)

    def make_bot(self, token: str) -> Bot:
        """An aiogram bot that talks to this sandbox; closed with it."""
        if token not in self.bots:
            bot = Bot(token, AiohttpSession(api=TelegramAPIServer.from_base(self.base)))
            self.stack.push_async_callback(bot.session.close)
            self.bots[token] = bot
        return self.bots[token]

    def person(self, name: str) -> int:
        """The id of the person whose name begins like this."""
        return next(person.id for person in self.people.all() if person.name.startswith(name))

    @property
    def ivan(self) -> int:
        return self.person("Иван")

    @property
    def anna(self) -> int:
        return self.person("Анна")

    @property
    def group(self) -> int:
        group = self.people.group_id
        assert group is not None
        return group

    async def get(self, path: str, status: int = 200) -> Any:
        """The JSON of a GET, which must have this status."""
        async with self.http.get(self.base + path) as answer:
            assert answer.status == status, await answer.text()
            return await answer.json()

    async def post(self, path: str, body: object = None, status: int = 200) -> Any:
        """The JSON of a POST, which must have this status."""
        async with self.http.post(self.base + path, json={} if body is None else body) as answer:
            assert answer.status == status, await answer.text()
            return await answer.json()

    async def call(self, method: str, token: str = TOKEN, /, **params: object) -> Any:
        """A raw call of the Bot API and its whole answer."""
        async with self.http.post(f"{self.base}/bot{token}/{method}", json=params) as answer:
            body = await answer.json()
            assert answer.status == body.get("error_code", 200)
            return body

    async def until(self, condition: Callable[[], object]) -> None:
        """Return once this is so, asking the sandbox the time over and over meanwhile."""
        async with asyncio.timeout(10):
            while not condition():
                await self.get("/sandbox/clock")

    async def write(self, text: str, user: int | None = None, chat: int | None = None) -> int:
        """A person writes; the message's id."""
        user = user or self.ivan
        sent = await self.post(f"/sandbox/chats/{chat or user}/messages", {"user_id": user, "text": text})
        return int(sent["message_id"])

    async def shown(self, chat: int | None = None, after: int = 0) -> list[dict[str, Any]]:
        """The messages of a chat as its phones show them."""
        rows: list[dict[str, Any]] = await self.get(f"/sandbox/chats/{chat or self.ivan}/messages?after={after}")
        return rows


@asynccontextmanager
async def running_sandbox(
    data: Path | None = None, *, floor: Callable[[BusinessClock], Floor] | None = None
) -> AsyncIterator[Bench]:
    """A sandbox on a free loopback port; with `data` it goes on from what is in that file."""
    store = Store(data)
    clock = BusinessClock(stored_moment(store) or START, running=False)
    people, faults, journal, portal = People(store), Faults(), Journal(store), QuietPortal()
    people.seed(CAST)
    messenger = Messenger(store, clock, people=people, faults=faults, journal=journal)
    app = build_sandbox(
        store=store,
        clock=clock,
        portal=portal,
        messenger=messenger,
        faults=faults,
        journal=journal,
        floor=None if floor is None else floor(clock),
    )
    async with AsyncExitStack() as stack:
        stack.callback(store.close)
        server = TestServer(app)
        await server.start_server()
        stack.push_async_callback(server.close)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        base = str(server.make_url("")).rstrip("/")
        yield Bench(base, store, clock, people, faults, journal, messenger, portal, http, stack)
