"""The HTTP session towards the Bot API."""

from __future__ import annotations

from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer


class PlainSession(AiohttpSession):
    """A session without TLS, for a Bot API server of one's own: nothing to wait for when it is closed."""

    async def close(self) -> None:
        if self._session is not None and not self._session.closed:
            await self._session.close()


def session_for(address: str) -> AiohttpSession:
    """The session for the Bot API server at this address."""
    kind = PlainSession if address.startswith("http://") else AiohttpSession
    return kind(api=TelegramAPIServer.from_base(address))
