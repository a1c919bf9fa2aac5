"""Polling while our own database is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiogram.types import Update
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from bot.db import tables as t
from bot.db.migrate import migrate
from bot.db.session import Database, open_database
from bot.messenger import poll
from bot.messenger.poll import Inbox
from tests.integration.messenger_kit import Bench, running_sandbox


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with running_sandbox() as running:
        yield running


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Database]:
    opened = open_database(f"sqlite+aiosqlite:///{tmp_path / 'dozvon.db'}")
    await migrate(opened)
    yield opened
    await opened.close()


async def test_updates_that_could_not_be_stored_come_again(
    bench: Bench, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    handled: list[str] = []
    failures = [OperationalError("INSERT", {}, Exception("the server closed the connection"))] * 2
    real = Inbox.take

    async def handle(update: Update) -> None:
        assert update.message is not None
        handled.append(update.message.text or "")

    async def take(inbox: Inbox, updates: Any) -> None:
        if failures:
            raise failures.pop()
        await real(inbox, updates)

    monkeypatch.setattr(poll, "_PAUSE", 0.01)
    monkeypatch.setattr(Inbox, "take", take)
    inbox = Inbox(store, bench.clock, bench.bot, handle)
    polling = asyncio.create_task(inbox.poll_forever())
    await bench.write("раз")
    await bench.until(lambda: handled or polling.done())
    await inbox.drain()
    assert handled == ["раз"]
    assert not polling.done()
    polling.cancel()
    await asyncio.gather(polling, return_exceptions=True)


async def test_an_update_that_cannot_be_read_fails_alone(bench: Bench, store: Database) -> None:
    handled: list[int] = []

    async def handle(update: Update) -> None:
        handled.append(update.update_id)

    inbox = Inbox(store, bench.clock, bench.bot, handle)
    person = {"id": bench.ivan, "is_bot": False, "first_name": "Иван"}
    chat = {"id": bench.ivan, "type": "private"}
    fine = {"message_id": 1, "date": 0, "chat": chat, "from": person, "text": "слово"}
    await inbox.take(
        [
            {"update_id": 1, "message": {"from": "nobody", "text": "тайна"}},
            {"update_id": 2, "message": fine},
        ]
    )
    await inbox.drain()
    assert handled == [2]
    async with store.read() as connection:
        rows = list(await connection.execute(select(t.tg_inbox.c.error).order_by(t.tg_inbox.c.update_id)))
    assert rows[0].error.startswith("unreadable")
    assert "тайна" not in rows[0].error
    assert rows[1].error is None
