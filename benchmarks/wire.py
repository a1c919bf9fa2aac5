"""As little HTTP/1.1 as a bot's client needs, so that the server's own cost hides nobody's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl

Answers = Callable[[str, dict[str, str]], bytes | Awaitable[bytes]]
"""Path and form fields to a JSON body; an awaitable keeps the caller waiting (a long poll)."""


class Connection(asyncio.Protocol):
    """One keep-alive connection. Requests come one after another; bodies are forms with a content length."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._waiting is not None:
            self._waiting.cancel()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].decode("latin-1")
            length = _content_length(head)
            if len(self._buffer) < end + 4 + length:
                return
            body = self._buffer[end + 4 : end + 4 + length]
            self._buffer = self._buffer[end + 4 + length :]
            path = head.split(" ", 2)[1]
            self._respond(self._answers(path, dict(parse_qsl(body.decode(), keep_blank_values=True))))

    def _respond(self, answer: bytes | Awaitable[bytes]) -> None:
        if isinstance(answer, bytes):
            self._send(answer)
        else:
            self._waiting = asyncio.get_running_loop().create_task(self._respond_later(answer))

    async def _respond_later(self, answer: Awaitable[bytes]) -> None:
        self._send(await answer)

    def _send(self, body: bytes) -> None:
        if self._transport is not None:
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            self._transport.write(head.encode() + body)


def _content_length(head: str) -> int:
    for line in head.split("\r\n")[1:]:
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            return int(value)
    return 0
