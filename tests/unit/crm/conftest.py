"""A scripted portal behind httpx's own transport seam: the client runs its real HTTP code against it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from bot.clock import BusinessClock
from bot.crm.client import CrmClient

START = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
SECRET = "s3cretcode"
WEBHOOK = f"https://portal.example/rest/1/{SECRET}/"

Answer = httpx.Response | Exception
Handler = Callable[[httpx.Request], Answer]


class ScriptedPortal:
    """Answers requests in turn from `script` (the last answer repeats) and keeps what it was sent."""

    secret = SECRET
    webhook = WEBHOOK

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.script: list[Answer | Handler] = []
        self.before: Callable[[], Awaitable[None]] | None = None

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(request.content) for request in self.requests]

    @property
    def methods(self) -> list[str]:
        return [request.url.path.rsplit("/", 1)[1].removesuffix(".json") for request in self.requests]

    async def handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.before is not None:
            await self.before()
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if callable(step) and not isinstance(step, httpx.Response):
            step = step(request)
        if isinstance(step, Exception):
            raise step
        # One Response object may serve several requests, so each gets its own copy.
        return httpx.Response(step.status_code, headers=step.headers, content=step.content)

    @staticmethod
    def ok(result: Any, **top: Any) -> httpx.Response:
        """A successful answer of the portal."""
        return httpx.Response(200, json={"result": result, "time": {"operating": 0}, **top})

    @staticmethod
    def refused(status: int, code: Any, description: str = "") -> httpx.Response:
        """A refusal in the portal's envelope."""
        return httpx.Response(status, json={"error": code, "error_description": description})

    @classmethod
    def batch(cls, result: Any, errors: Any, **sections: Any) -> httpx.Response:
        """A batch answer; empty sections are lists, as PHP writes them."""
        inner = {"result": result, "result_error": errors, "result_total": [], "result_next": [], "result_time": []}
        return cls.ok({**inner, **sections})


@pytest.fixture
def clock() -> BusinessClock:
    return BusinessClock(START, running=False)


@pytest.fixture
def portal() -> ScriptedPortal:
    return ScriptedPortal()


@pytest.fixture
async def client(clock: BusinessClock, portal: ScriptedPortal) -> AsyncIterator[CrmClient]:
    client = CrmClient(WEBHOOK, clock, transport=httpx.MockTransport(portal.handle))
    yield client
    await client.aclose()
