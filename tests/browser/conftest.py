"""A visitor with a real browser, who complains about everything that a page should not do."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, Playwright, async_playwright

from tests.browser.sandbox import Sandbox, serve

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Visitor:
    """Somebody in front of the page.

    Attributes:
        complaints: console errors, exceptions, refused requests and requests to elsewhere.
    """

    def __init__(self, context: BrowserContext, page: Page, base: str) -> None:
        self.context = context
        self.page = page
        self.base = base
        self.complaints: list[str] = []
        page.on("console", lambda line: self._note(line.type in ("error", "warning"), f"console: {line.text}"))
        page.on("pageerror", lambda error: self._note(True, f"exception: {error}"))
        page.on("response", lambda answer: self._note(answer.status >= 400, f"{answer.status} {answer.url}"))
        page.on("request", lambda asked: self._note(not asked.url.startswith((base, "data:")), f"left: {asked.url}"))

    async def open(self) -> Page:
        """Open the page and wait until it shows the board and the phones."""
        await self.page.goto(f"{self.base}/")
        await self.page.locator(".column").first.wait_for()
        return self.page

    @contextmanager
    def forgiving(self) -> Iterator[None]:
        """What breaks inside is broken on purpose."""
        before = list(self.complaints)
        yield
        self.complaints[:] = before

    def _note(self, wrong: bool, text: str) -> None:
        if wrong:
            self.complaints.append(text)


@pytest_asyncio.fixture(loop_scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    """A seeded sandbox whose clock stands at Monday 10:00."""
    async with serve() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Chromium without a window, for all tests of a file; each opens a context of its own."""
    if not CHROMIUM.exists():
        if os.environ.get("DOZVON_REQUIRE_BROWSER") == "1":
            pytest.fail(f"{CHROMIUM} is missing and DOZVON_REQUIRE_BROWSER=1")
        pytest.skip(f"{CHROMIUM} is missing")
    async with async_playwright() as playwright:
        running = await _launch(playwright)
        yield running
        await running.close()


@pytest_asyncio.fixture(loop_scope="module")
async def visitor(sandbox: Sandbox, browser: Browser) -> AsyncIterator[Visitor]:
    """A visitor of the page at 1440 × 900; complaints fail the test."""
    context = await browser.new_context(
        viewport={"width": 1440, "height": 900},
        locale="ru-RU",
        timezone_id="Asia/Vladivostok",
        reduced_motion="reduce",
        permissions=["clipboard-read", "clipboard-write"],
    )
    context.set_default_timeout(10_000)
    someone = Visitor(context, await context.new_page(), sandbox.base)
    yield someone
    await context.close()
    assert someone.complaints == []


async def _launch(playwright: Playwright) -> Browser:
    return await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
