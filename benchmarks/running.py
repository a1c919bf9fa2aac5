"""Starting the server's process and asking it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp


@dataclass(frozen=True, slots=True)
class Report:
    """What the server saw of a run."""

    pressed: int
    edited: int
    answered: int
    unasked: int
    seconds: float
    unconfirmed: int
    """Updates that the bot never confirmed by an offset."""

    @property
    def rate(self) -> float:
        """Presses per second."""
        return self.pressed / self.seconds


@dataclass(frozen=True, slots=True)
class Telegram:
    """The server as the measuring side sees it."""

    address: str
    http: aiohttp.ClientSession

    async def forget(self, token: str) -> None:
        """Nothing of this bot's earlier runs is left: no chats, no messages."""
        async with self.http.post(f"{self.address}/bench/forget/{token}", data={}) as answer:
            await answer.read()

    async def begin(self, token: str, *, people: int, presses: int, label: str) -> None:
        """Let so many people begin to press; between them they press so many times."""
        form = {"people": str(people), "presses": str(presses), "label": label}
        async with self.http.post(f"{self.address}/bench/begin/{token}", data=form) as answer:
            await answer.read()

    async def report(self, token: str) -> Report:
        """Wait for the end of the run.

        Raises:
            TimeoutError: the bot did not bring it to an end.
        """
        async with self.http.post(f"{self.address}/bench/report/{token}", data={}) as answer:
            return Report(**await answer.json())

    async def shown(self, token: str, *, messages: int) -> None:
        """Return once the bot has sent so many messages.

        Raises:
            TimeoutError: it did not.
        """
        async with asyncio.timeout(120):
            while True:
                async with self.http.post(f"{self.address}/bench/shown/{token}", data={}) as answer:
                    if (await answer.json())["messages"] >= messages:
                        return
                await asyncio.sleep(0.05)


@asynccontextmanager
async def running_telegram() -> AsyncIterator[Telegram]:
    """The server in its own process, ended with the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.telegram",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        port = int(await process.stdout.readline())
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=180)) as http:
            yield Telegram(f"http://127.0.0.1:{port}", http)
    finally:
        process.terminate()
        await process.wait()
