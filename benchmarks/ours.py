"""Dozvon as it runs in production, over the benchmark's server and a SQLite file that is flushed at each commit."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from benchmarks.running import Telegram
from bot.app import App
from bot.clock import BusinessClock
from bot.engine.case import Client
from bot.messenger import pace
from bot.playbooks.choose import choose
from bot.services.intents import Found, Seen
from bot.services.people import Invited
from bot.settings import Settings

TOKEN = "4343:ours-ours-ours"  # noqa: S105 - the local server takes any
LABEL = "Дозвонился"
_MORNING = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
"""A Monday, 10:00 in the office."""
_PLAYBOOK = "bankruptcy"
_NO_LIMIT = 1e6


@asynccontextmanager
async def running_app(telegram: Telegram, folder: Path, *, people: int, cases: int) -> AsyncIterator[App]:
    """The bot with linked people and live cases, their cards on the phones. The portal refuses every connection."""
    pace.EVERYBODY_PER_SECOND = pace.CHAT_PER_SECOND = _NO_LIMIT  # the server of the benchmark has no limits either
    with closing(socket.socket()) as nobody:
        nobody.bind(("127.0.0.1", 0))  # taken, but nobody listens
        settings = Settings(
            _env_file=None,
            bot_token=SecretStr(TOKEN),
            telegram_api_url=telegram.address,
            bitrix24_webhook_url=SecretStr(f"http://127.0.0.1:{nobody.getsockname()[1]}/rest/1/bench/"),
            database_url=f"sqlite+aiosqlite:///{folder / 'bench.db'}",
            playbook=_PLAYBOOK,
        )
        app = App(settings, clock=BusinessClock(_MORNING))
        await telegram.forget(TOKEN)
        try:
            await app.open()
            await app.start()
            await _plant(app, people, cases)
            await telegram.shown(TOKEN, messages=cases)
            yield app
        finally:
            await app.stop()


async def _plant(app: App, people: int, cases: int) -> None:
    for person in range(1, people + 1):
        token = await app.people.invite(Invited(f"Иван Иванов {person}", "manager", 1000 + person), by=0)
        await app.people.start(person, "Иван", token)
    version = choose(_PLAYBOOK).hash
    for number in range(1, cases + 1):
        phone = f"+7495{number:07d}"
        seen = Seen(
            entity="lead",
            crm_id=number,
            pipeline="leads",
            stage="new",
            owner=1001 + number % people,
            title=f"Заявка {number}",
            client=Client(name=f"Клиент {number}", phones=(phone,)),
            arrived_at=app.clock.now(),
            source="WEB",
        )
        await app.apply(Found(seen, version))


def count_rows(folder: Path) -> tuple[int, int, int]:
    """Of a stopped bot: presses stored and worked on without an error, journal lines of them, messages not shown."""
    with closing(sqlite3.connect(folder / "bench.db")) as database:

        def count(query: str) -> int:
            return int(database.execute(query).fetchone()[0])

        return (
            count("SELECT count(*) FROM tg_inbox WHERE done_at IS NOT NULL AND error IS NULL"),
            count("SELECT count(*) FROM journal WHERE event IN ('Answered', 'SteppedBack')"),
            count("SELECT count(*) FROM messages WHERE shown <> want OR next_try IS NOT NULL"),
        )
