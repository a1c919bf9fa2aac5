"""The HTTP surface where somebody else than Telegram knocks, or an outside world does not answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.messenger.poll import Raw
from bot.web import routes
from bot.web.routes import health_routes, telegram_route

_SECRET = "s3cret"
Client = TestClient[web.Request, web.Application]


@pytest.fixture
def taken() -> list[int]:
    return []


@pytest.fixture
async def client(taken: list[int]) -> AsyncIterator[Client]:
    async def take(updates: list[Raw]) -> None:
        taken.extend(update["update_id"] for update in updates)

    async def fine() -> str | None:
        return None

    async def hangs() -> str | None:
        await asyncio.Event().wait()
        return None

    async def measured() -> None:
        return

    application = web.Application()
    application.add_routes(telegram_route(_SECRET, take))
    application.add_routes(health_routes({"database": fine, "crm": hangs}, measured))
    async with TestClient(TestServer(application)) as opened:
        yield opened


@pytest.mark.parametrize(("path", "header"), [("ж", _SECRET), (_SECRET, "ж"), ("x", "x"), (_SECRET, None)])
async def test_a_stranger_is_refused(client: Client, taken: list[int], path: str, header: str | None) -> None:
    headers = {"X-Telegram-Bot-Api-Secret-Token": header} if header else {}
    answer = await client.post(f"/telegram/{path}", json={"update_id": 1}, headers=headers)
    assert answer.status == 401
    assert taken == []


@pytest.mark.parametrize(("body", "status"), [(b'{"update_id": 7}', 200), (b"[]", 400), (b"{", 400), (b"\xff", 400)])
async def test_an_update_is_taken_once_it_can_be_read(
    client: Client, taken: list[int], body: bytes, status: int
) -> None:
    headers = {"X-Telegram-Bot-Api-Secret-Token": _SECRET}
    answer = await client.post(f"/telegram/{_SECRET}", data=body, headers=headers)
    assert answer.status == status
    assert taken == ([7] if status == 200 else [])


async def test_a_world_that_hangs_makes_the_bot_unready_not_silent(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "_CHECK_SECONDS", 0.05)
    answer = await client.get("/readyz")
    assert answer.status == 503
    body = await answer.json()
    assert (body["ready"], body["database"]) == (False, "ok")
    assert "no answer" in body["crm"]
    assert "warnings" not in body


async def test_warnings_stop_nothing() -> None:
    async def fine() -> str | None:
        return None

    async def measured() -> None:
        return None

    application = web.Application()
    application.add_routes(health_routes({"database": fine}, measured, lambda: ["the calendar of 2028 is not known"]))
    async with TestClient(TestServer(application)) as client:
        answer = await client.get("/readyz")
        assert answer.status == 200
        assert await answer.json() == {
            "ready": True,
            "database": "ok",
            "warnings": ["the calendar of 2028 is not known"],
        }
