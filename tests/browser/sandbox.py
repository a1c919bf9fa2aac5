"""The sandbox's servers on an ephemeral port, and a bot of a few lines that lives on them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime

import aiohttp
from aiohttp import web

from bot.clock import BusinessClock
from bot.sandbox.faults import Faults
from bot.sandbox.journal import Journal
from bot.sandbox.messenger.server import Messenger
from bot.sandbox.people import People
from bot.sandbox.portal.portal import Portal
from bot.sandbox.portal.seed import load_seed
from bot.sandbox.server import build_sandbox
from bot.sandbox.store import Store

MONDAY = datetime.fromisoformat("2026-11-23T10:00:00+03:00")
TOKEN = "7000001:page-test-page-test-page-test-page-t"

Json = dict[str, object]
Keyboard = Sequence[Sequence[Mapping[str, object]]]


class Sandbox:
    """The address of a running sandbox and the calls that tests make on it."""

    def __init__(self, base: str, http: aiohttp.ClientSession, people: People) -> None:
        self.base = base
        self._http = http
        self._people = people

    def person(self, role: str, number: int = 0) -> int:
        """The id of the n-th person with this role, which is also the id of the private chat."""
        return [person.id for person in self._people.all() if person.role == role][number]

    @property
    def group(self) -> int:
        group = self._people.group_id
        assert group is not None
        return group

    async def bot(self, method: str, **params: object) -> object:
        """One call of the Bot API; the result."""
        async with self._http.post(f"{self.base}/bot{TOKEN}/{method}", json=params) as answer:
            body = await answer.json()
            assert body["ok"], body
            return body["result"]

    async def crm(self, method: str, **params: object) -> object:
        """One call of the portal as its admin; the result."""
        async with self._http.post(f"{self.base}/rest/1/sandbox/{method}", json=params) as answer:
            body = await answer.json()
            assert answer.status == 200, body
            return body["result"]

    async def get(self, path: str) -> object:
        async with self._http.get(f"{self.base}{path}") as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def post(self, path: str, body: Json) -> object:
        async with self._http.post(f"{self.base}{path}", json=body) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def say(self, chat: int, text: str, rows: Keyboard | None = None) -> int:
        """A message of the bot in HTML; its id."""
        markup = {} if rows is None else {"reply_markup": {"inline_keyboard": rows}}
        sent = await self.bot("sendMessage", chat_id=chat, text=text, parse_mode="HTML", **markup)
        assert isinstance(sent, dict)
        return int(sent["message_id"])

    @asynccontextmanager
    async def answering(self, toast: str, *, alert: bool = False, edit: str | None = None) -> AsyncIterator[list[Json]]:
        """A bot that answers every press with `toast` and may rewrite the message; yields the updates it got."""
        got: list[Json] = []

        async def live() -> None:
            offset = 0
            while True:
                updates = await self.bot("getUpdates", offset=offset, timeout=20)
                assert isinstance(updates, list)
                for update in updates:
                    offset = update["update_id"] + 1
                    got.append(update)
                    query = update.get("callback_query")
                    if query is None:
                        continue
                    if edit is not None:
                        place = {
                            "chat_id": query["message"]["chat"]["id"],
                            "message_id": query["message"]["message_id"],
                        }
                        await self.bot("editMessageText", text=edit, parse_mode="HTML", **place)
                    await self.bot("answerCallbackQuery", callback_query_id=query["id"], text=toast, show_alert=alert)

        task = asyncio.create_task(live())
        try:
            yield got
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


@asynccontextmanager
async def serve(*, running: bool = False, port: int = 0) -> AsyncIterator[Sandbox]:
    """A seeded sandbox whose business time stands at Monday 10:00 until it is moved."""
    store = Store(None)
    clock = BusinessClock(MONDAY, running=running)
    faults, journal, people = Faults(), Journal(store), People(store)
    address: list[str] = []
    portal = Portal(
        store,
        clock,
        faults=faults,
        journal=journal,
        seed=load_seed("bankruptcy", MONDAY),
        base_url=lambda: address[0],
    )
    people.seed(
        [
            {"name": row["name"], "role": row["role"], "phone": row["phone"], "crm_user_id": row["id"]}
            for row in portal.users()
        ]
    )
    messenger = Messenger(store, clock, people=people, faults=faults, journal=journal, enforce_pace=False)
    app = build_sandbox(store=store, clock=clock, portal=portal, messenger=messenger, faults=faults, journal=journal)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    address.append(f"http://127.0.0.1:{runner.addresses[0][1]}")
    try:
        async with aiohttp.ClientSession() as http:
            yield Sandbox(address[0], http, people)
    finally:
        await runner.cleanup()
        store.close()
