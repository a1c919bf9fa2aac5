"""One replica of the production bot as a process, on a clock that moves forward to every moment it reads.

`python -m tests.chaos.replica 2026-11-02T07:00:00+00:00`; settings come from the environment as for `dozvon run`.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from functools import partial

from bot import running
from bot.app import App
from bot.clock import BusinessClock
from bot.settings import read_settings


async def _follow(clock: BusinessClock) -> None:
    """Go wherever the lines of stdin say."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        clock.move_to(datetime.fromisoformat(line.decode().strip()))


async def main() -> None:
    clock = BusinessClock(datetime.fromisoformat(sys.argv[1]))
    setattr(running, "App", partial(App, clock=clock))  # noqa: B010 - `dozvon run`, but for the clock
    following = asyncio.create_task(_follow(clock))
    bot = asyncio.create_task(running.run_bot(read_settings()))
    await asyncio.wait((following, bot), return_when=asyncio.FIRST_COMPLETED)  # who has begun us may be gone
    bot.cancel()
    await asyncio.gather(bot, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(main())
