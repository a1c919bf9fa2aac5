"""When digests are written: once for each group and day, within an hour, never at night, whatever was restarted."""

from __future__ import annotations

from sqlalchemy import insert, select, update

from bot.clock import BusinessClock
from bot.db import tables as t
from bot.db.session import Database
from bot.playbooks.load import builtin
from bot.services.digests import Digests
from bot.services.library import Library
from bot.services.overload import Overloads
from bot.services.showing import Showing
from tests.builders import moscow
from tests.integration.test_reports import Store, ended

LOADED = builtin("bankruptcy")


def digests(database: Database, now: str) -> Digests:
    return digests_by(database, BusinessClock(moscow(now), running=False))


def digests_by(database: Database, clock: BusinessClock) -> Digests:
    library = Library(LOADED)
    return Digests(database, clock, library, Showing(database, clock), Overloads(database, clock, library))


async def _bind(database: Database, *chats: int) -> None:
    async with database.write() as connection:
        for chat in chats:
            await connection.execute(insert(t.chats).values(id=chat, title="Отдел", bound_by=1, active=chat != -3))


async def _written(database: Database) -> list[str]:
    async with database.read() as connection:
        rows = await connection.execute(select(t.messages.c.key, t.messages.c.kind).order_by(t.messages.c.id))
        found = list(rows)
    assert {row.kind for row in found} <= {"picture"}
    return [row.key for row in found]


async def test_each_bound_group_gets_one_however_often_we_start(database: Database) -> None:
    await _bind(database, -1, -2, -3)
    for _ in range(2):
        bot = digests(database, "2026-11-03 18:59")  # a short day: the eve of a holiday
        await bot.send_due()
        assert await bot.send_due() == 0
    assert await _written(database) == ["digest:evening:-1:2026-11-03", "digest:evening:-2:2026-11-03"]


async def test_what_was_missed_comes_with_the_opening_if_anything_was_done(database: Database) -> None:
    await _bind(database, -1)
    store = Store(database)
    for silent in ("03 17:59", "03 19:00", "04 10:00", "05 08:59", "05 10:00"):
        assert await digests(database, f"2026-11-{silent}").send_due() == 0
    assert await digests(database, "2026-11-03 09:30").send_due() == 1  # of Monday there is nothing to tell
    await store.line(await store.case(), moscow("2026-11-03 12:00"), ended())
    assert await digests(database, "2026-11-05 09:30").send_due() == 2
    assert await digests(database, "2026-11-05 09:31").send_due() == 0  # by a bot that was started anew
    assert await _written(database) == [
        "digest:morning:-1:2026-11-03",
        "digest:evening:-1:2026-11-03",
        "digest:morning:-1:2026-11-05",
    ]


async def test_what_telegram_did_not_take_in_its_hour_does_not_ring_at_night(database: Database) -> None:
    await _bind(database, -1, -2)
    store = Store(database)
    await store.line(await store.case(), moscow("2026-11-03 12:00"), ended())
    clock = BusinessClock(moscow("2026-11-03 18:00"), running=False)
    bot = digests_by(database, clock)
    assert await bot.send_due() == 2
    async with database.write() as connection:
        await connection.execute(update(t.messages).where(t.messages.c.chat_id == -1).values(telegram_id=5, shown=1))
    clock.move_to(moscow("2026-11-03 18:59"))
    await bot.send_due()
    assert len(await _written(database)) == 2
    clock.move_to(moscow("2026-11-03 19:00"))
    await bot.send_due()
    assert await _written(database) == ["digest:evening:-1:2026-11-03"]
    clock.move_to(moscow("2026-11-05 09:00"))
    assert await bot.send_due() == 3
    assert (await _written(database))[1:] == [
        "digest:morning:-1:2026-11-05",
        "digest:evening:-2:2026-11-03",
        "digest:morning:-2:2026-11-05",
    ]


async def test_the_next_hour(database: Database) -> None:
    for now, due in (
        ("2026-11-03 08:00", "2026-11-03 09:00"),
        ("2026-11-03 09:00", "2026-11-03 18:00"),
        ("2026-11-03 19:00", "2026-11-05 09:00"),
        ("2026-11-04 12:00", "2026-11-05 09:00"),
    ):
        assert await digests(database, now).next_due() == moscow(due)
