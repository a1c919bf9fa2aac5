"""Live events for whoever watches the sandbox, as server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections import deque

from aiohttp import web

MOST_WAITING = 500
"""So many events may wait for one slow watcher; after that the oldest are dropped."""
KEEP_ALIVE_SECONDS = 15.0


class _Watcher:
    def __init__(self) -> None:
        self.events: deque[tuple[str, str]] = deque(maxlen=MOST_WAITING)
        self.arrival = asyncio.Event()


class Live:
    """Hands events to every watcher. An event that is still waiting is not queued twice."""

    def __init__(self) -> None:
        self._watchers: set[_Watcher] = set()
        self._closing = False

    def publish(self, event: str, data: dict[str, object]) -> None:
        """Tell every watcher; nothing waits and nothing is kept for those who come later."""
        line = event, json.dumps(data, ensure_ascii=False, default=str)
        for watcher in self._watchers:
            if line not in watcher.events:
                watcher.events.append(line)
            watcher.arrival.set()

    def close(self) -> None:
        """End all streams, so that the server can stop."""
        self._closing = True
        for watcher in self._watchers:
            watcher.arrival.set()

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """`GET /sandbox/stream`: events until the client or the server goes."""
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        watcher = _Watcher()
        self._watchers.add(watcher)
        try:
            await response.write(b": hello\n\n")
            while not self._closing:
                try:
                    await asyncio.wait_for(watcher.arrival.wait(), KEEP_ALIVE_SECONDS)
                except TimeoutError:
                    await response.write(b": still here\n\n")
                    continue
                watcher.arrival.clear()
                while watcher.events:
                    event, data = watcher.events.popleft()
                    await response.write(f"event: {event}\ndata: {data}\n\n".encode())
        except ConnectionError:
            pass  # the watcher has left
        finally:
            self._watchers.discard(watcher)
        return response
