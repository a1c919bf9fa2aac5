"""Signals."""

from __future__ import annotations

import asyncio
import os
import signal

from bot.running import run_until_stopped


async def test_a_stop_that_is_asked_for_twice_ends_once_and_cleanly() -> None:
    ended: list[str] = []

    async def work() -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.Event().wait()
        finally:
            os.kill(os.getpid(), signal.SIGINT)
            for _ in range(20):  # the loop looks at signals between its rounds
                await asyncio.sleep(0)
            ended.append("clean")

    await run_until_stopped(work())
    assert ended == ["clean"]
