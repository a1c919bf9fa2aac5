"""A chat's turn on both databases: one takes it, and what waits for it is found when it comes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert

from bot.db import deliveries, turns
from bot.db import tables as t
from bot.db.session import Database

NOW = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
GROUP, OTHER, PHONE = -1, -2, 7


async def _take(database: Database, *chats: int, at: datetime = NOW) -> set[int]:
    async with database.write() as connection:
        return await turns.take(connection, chats, at)


async def _waiting(database: Database, at: datetime) -> list[str]:
    async with database.read() as connection:
        return [message.key for message in (await deliveries.due(connection, at, 10)).messages]


async def _next(database: Database) -> datetime | None:
    async with database.read() as connection:
        return await deliveries.next_due(connection)


async def test_one_of_several_takes_it(database: Database) -> None:
    found = await asyncio.gather(*(_take(database, GROUP) for _ in range(5)))
    assert sorted(map(len, found)) == [0, 0, 0, 0, 1]
    assert await _take(database, GROUP, OTHER) == {OTHER}
    async with database.write() as connection:
        await turns.end(connection, GROUP, NOW)  # it was refused
    assert await _take(database, GROUP) == {GROUP}
    assert await _take(database, GROUP, at=NOW + turns.APART) == {GROUP}


async def test_what_waits_for_it(database: Database) -> None:
    """An alert on a phone waits for the one before, a card does not, and nothing waits behind what has to."""
    for key, chat, kind in (("итог", GROUP, "picture"), ("тревога", PHONE, "alert"), ("карточка", PHONE, "card")):
        row = {"key": key, "chat_id": chat, "kind": kind, "screen": {"text": key, "rows": []}, "next_try": NOW}
        async with database.write() as connection:
            await connection.execute(insert(t.messages).values(**row, created_at=NOW, updated_at=NOW))
    assert await _waiting(database, NOW) == ["итог", "тревога"]
    await _take(database, GROUP, PHONE)
    assert await _waiting(database, NOW) == ["карточка"]
    assert await _next(database) == NOW
    later = NOW + turns.APART
    assert await _waiting(database, later - timedelta(seconds=1)) == ["карточка"]
    assert await _waiting(database, later) == ["итог", "тревога"]


async def test_the_next_moment_is_the_turn(database: Database) -> None:
    async with database.write() as connection:
        row = {"key": "итог", "chat_id": GROUP, "kind": "picture", "screen": {"text": "", "rows": []}, "next_try": NOW}
        await connection.execute(insert(t.messages).values(**row, created_at=NOW, updated_at=NOW))
    assert await _next(database) == NOW
    await _take(database, GROUP)
    await _take(database, OTHER, at=NOW - turns.APART)
    assert await _next(database) == NOW + turns.APART
    async with database.write() as connection:
        await turns.move(connection, GROUP, OTHER)
    assert await _next(database) == NOW
    assert await _take(database, OTHER) == set()


async def test_a_number_that_was_written_to_already_keeps_its_later_turn(database: Database) -> None:
    """The group is known by its new number before we hear that the old one is the same."""
    await _take(database, OTHER, at=NOW - timedelta(seconds=30))
    await _take(database, GROUP, at=NOW)
    async with database.write() as connection:
        await turns.move(connection, OTHER, GROUP)
    assert await _take(database, GROUP, at=NOW + timedelta(seconds=45)) == set()
    assert await _take(database, GROUP, at=NOW + turns.APART) == {GROUP}
