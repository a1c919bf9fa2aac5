"""The outgoing webhook: every event is posted once, in the background; what is not taken is lost, as with a portal."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import deque
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

import aiohttp

from bot.clock import Clock
from bot.sandbox.portal.brackets import write_query
from bot.sandbox.portal.records import Event

_LOG = logging.getLogger(__name__)
_HANDLER_ID = "975"
_PATIENCE = aiohttp.ClientTimeout(total=10)


class EventSender:
    """Posts events to one handler, in the order in which they happened.

    Args:
        base_url: the portal's own address, told to the handler.
    """

    def __init__(self, clock: Clock, base_url: Callable[[], str]) -> None:
        self._clock = clock
        self._base_url = base_url
        self._url: str | None = None
        self._token = ""
        self._waiting: deque[str] = deque()
        self._worker: asyncio.Task[None] | None = None

    def set_handler(self, url: str | None, token: str) -> None:
        """Post to `url` from now on with this application token; None switches the webhook off."""
        self._url, self._token = url, token

    def send(self, events: Iterable[Event]) -> None:
        """Queue events for posting; without a handler they are dropped."""
        if self._url is None:
            return
        self._waiting.extend(self._body(event) for event in events)
        if self._waiting and (self._worker is None or self._worker.done()):
            self._worker = asyncio.get_running_loop().create_task(self._post_all())

    async def delivered(self) -> None:
        """Return when no post is under way or waiting."""
        while self._worker is not None and not self._worker.done():
            await asyncio.wait({self._worker})

    def _body(self, event: Event) -> str:
        base = self._base_url()
        domain = urlsplit(base).netloc
        return write_query(
            {
                "event": event.name,
                "event_handler_id": _HANDLER_ID,
                "data": event.data,
                "ts": int(self._clock.now().timestamp()),
                "auth": {
                    "domain": domain,
                    "client_endpoint": f"{base}/rest/",
                    "server_endpoint": f"{base}/oauth/rest/",
                    "member_id": hashlib.md5(domain.encode(), usedforsecurity=False).hexdigest(),
                    "application_token": self._token,
                },
            }
        )

    async def _post_all(self) -> None:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        async with aiohttp.ClientSession(timeout=_PATIENCE) as session:
            while self._waiting and self._url is not None:
                body = self._waiting.popleft()
                try:
                    async with session.post(self._url, data=body, headers=headers) as answer:
                        await answer.read()
                except (aiohttp.ClientError, TimeoutError) as error:
                    _LOG.info("an event was not taken and is lost: %s", type(error).__name__)
            self._waiting.clear()
