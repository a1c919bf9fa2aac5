"""The client on real sockets: a server that hangs up, cuts, stalls, or is not there."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx
import pytest

from bot.clock import BusinessClock
from bot.crm.client import CrmClient
from bot.crm.errors import CrmAmbiguous, CrmError, CrmUnavailable

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
ANSWER = b'{"result": 7}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


class Line:
    """A listening socket that counts the requests it was sent and treats them as `serve` says."""

    def __init__(self, serve: Serve) -> None:
        self.serve = serve
        self.requests = 0

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
                await reader.readexactly(length)
                self.requests += 1
                await self.serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD % len(ANSWER) + ANSWER)
    await writer.drain()


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()
    raise ConnectionResetError


async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD % len(ANSWER) + ANSWER[:5])
    await writer.drain()
    await hang_up(reader, writer)


async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    raise ConnectionResetError


@asynccontextmanager
async def connected(serve: Serve) -> AsyncIterator[tuple[Line, CrmClient]]:
    line = Line(serve)
    server = await asyncio.start_server(line.accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = client_on(port)
    try:
        yield line, client
    finally:
        await client.aclose()
        server.close()
        await server.wait_closed()


def client_on(port: int) -> CrmClient:
    clock = BusinessClock(datetime(2026, 11, 24, 7, tzinfo=UTC), running=False)
    return CrmClient(f"http://127.0.0.1:{port}/rest/1/code/", clock, timeout=httpx.Timeout(5.0, read=0.2))


async def outcome(client: CrmClient, *, write: bool) -> type[CrmError]:
    with pytest.raises(CrmError) as caught:
        await client.call("crm.item.add" if write else "profile", {"id": 1}, write=write)
    return type(caught.value)


async def test_one_connection_serves_many_calls() -> None:
    async with connected(answer) as (line, client):
        assert [await client.call("profile") for _ in range(3)] == [7, 7, 7]
        assert line.requests == 3


@pytest.mark.parametrize("serve", [hang_up, cut], ids=["hang-up", "cut"])
async def test_a_lost_answer(serve: Serve) -> None:
    async with connected(serve) as (line, client):
        assert await outcome(client, write=True) is CrmAmbiguous
        assert line.requests == 1
        assert await outcome(client, write=False) is CrmUnavailable
        assert line.requests == 3


async def test_a_stalled_answer_is_not_asked_for_twice() -> None:
    async with connected(stall) as (line, client):
        assert await outcome(client, write=True) is CrmAmbiguous
        assert await outcome(client, write=False) is CrmUnavailable
        assert line.requests == 2


async def test_a_portal_that_comes_back_is_used_again() -> None:
    async with connected(hang_up) as (line, client):
        assert await outcome(client, write=True) is CrmAmbiguous
        line.serve = answer
        assert await client.call("crm.item.add", {}, write=True) == 7


async def test_a_connection_closed_while_idle_does_not_make_a_write_ambiguous() -> None:
    async def answer_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer(reader, writer)
        writer.close()
        await writer.wait_closed()
        raise ConnectionResetError

    async with connected(answer_and_close) as (line, client):
        assert [await client.call("crm.item.add", {}, write=True) for _ in range(3)] == [7, 7, 7]
        assert line.requests == 3


async def test_nobody_listens() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        client = client_on(held.getsockname()[1])
        assert await outcome(client, write=True) is CrmUnavailable
        assert await outcome(client, write=False) is CrmUnavailable
        await client.aclose()
