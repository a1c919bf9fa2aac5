"""The demo as a process of its own, which can be killed at any moment and started again on its data."""

from __future__ import annotations

import asyncio
import socket
import sys
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import aiohttp

from tests.scenarios.floor import Floor

READY_WITHIN = 60.0
ROOT = Path(__file__).parents[2]


@dataclass
class Running(Floor):
    """Use as `async with Running(folder, "2026-11-02T10:00") as floor`; everything else is as on any floor."""

    port: int = field(default_factory=lambda: free_port())
    log: Path = field(default_factory=Path)
    _process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Running:
        self.log = self.folder.parent / f"{self.folder.name}.log"
        await self.begin()
        for person in await self.get("/sandbox/people"):
            self.people[person["name"].split()[0]] = person
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.kill()

    async def begin(self) -> None:
        """Start the process and wait until it says that it is ready."""
        with self.log.open("ab") as errors:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "demo", "--port", str(self.port), "--data", str(self.folder)),
                *("--playbook", self.playbook, "--start", f"{self.start}:00+03:00"),
                cwd=ROOT,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
            )
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), READY_WITHIN)
        assert line, f"the demo did not start: {self.log.read_text()[-2000:]}"
        self._stack = AsyncExitStack()
        session = aiohttp.ClientSession(base_url=f"http://127.0.0.1:{self.port}")
        self._http = await self._stack.enter_async_context(session)

    async def kill(self) -> None:
        """`kill -9`, this very moment."""
        if self._process is not None:
            self._process.kill()
            await self._process.wait()
            self._process = None
            await self._stack.aclose()

    async def stop(self) -> int:
        """SIGTERM, as `docker stop` and Ctrl-C do; returns the exit code."""
        assert self._process is not None
        self._process.terminate()
        code = await asyncio.wait_for(self._process.wait(), READY_WITHIN)
        self._process = None
        await self._stack.aclose()
        return code


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
