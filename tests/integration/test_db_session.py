"""Transactions keep their promise on both databases: wholly or not at all, in turn, whatever is cancelled."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.pool import QueuePool

from bot.db import tables as t
from bot.db.session import READERS, Database, insert, open_database
from bot.errors import SettingsError
from tests.databases import Cluster

settings = t.settings


async def put(database: Database, key: str, value: object) -> None:
    async with database.write() as connection:
        await connection.execute(settings.insert().values(key=key, value=value))


async def keys(database: Database) -> list[str]:
    async with database.read() as connection:
        return list((await connection.scalars(select(settings.c.key).order_by(settings.c.key))).all())


def checked_out(database: Database) -> int:
    pools = {engine.sync_engine.pool for engine in (database.engine, database._reader)}
    return sum(pool.checkedout() for pool in pools if isinstance(pool, QueuePool))


async def test_a_block_that_ends_is_kept(database: Database) -> None:
    await put(database, "a", 1)
    assert await keys(database) == ["a"]


async def test_a_block_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(LookupError):
        async with database.write() as connection:
            await connection.execute(settings.insert().values(key="a", value=1))
            raise LookupError
    assert await keys(database) == []
    await put(database, "b", 1)
    assert await keys(database) == ["b"]
    assert checked_out(database) == 0


async def test_a_statement_that_fails_leaves_nothing(database: Database) -> None:
    await put(database, "a", 1)
    with pytest.raises(IntegrityError):
        async with database.write() as connection:
            await connection.execute(settings.insert().values(key="b", value=1))
            await connection.execute(settings.insert().values(key="a", value=2))
    assert await keys(database) == ["a"]
    assert checked_out(database) == 0


async def test_a_savepoint_rolls_back_alone(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(settings.insert().values(key="a", value=1))
        with pytest.raises(LookupError):
            async with connection.begin_nested():
                await connection.execute(settings.insert().values(key="b", value=1))
                raise LookupError
        await connection.execute(settings.insert().values(key="c", value=1))
    assert await keys(database) == ["a", "c"]


async def test_foreign_keys_hold(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.write() as connection:
            await connection.execute(t.contacts.insert().values(case_id=404, value="+79990000000"))


async def test_reading_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError, match=r"(?i)read-?only"):
        async with database.read() as connection:
            await connection.execute(settings.insert().values(key="a", value=1))
    assert await keys(database) == []
    await put(database, "b", 1)


async def test_a_reader_sees_one_state_and_does_not_wait_for_the_writer(database: Database) -> None:
    await put(database, "a", 1)
    count = select(func.count()).select_from(settings)
    async with database.read() as reader:
        assert await reader.scalar(count) == 1
        async with database.write() as writer:
            await writer.execute(settings.insert().values(key="b", value=1))
            assert await reader.scalar(count) == 1
        assert await reader.scalar(count) == 1
    assert await keys(database) == ["a", "b"]


async def test_readers_stand_side_by_side(database: Database) -> None:
    started = asyncio.Barrier(READERS[database.dialect])

    async def read() -> int | None:
        async with database.read() as connection:
            await started.wait()
            return await connection.scalar(select(func.count()).select_from(settings))

    async with asyncio.timeout(20):
        assert (
            await asyncio.gather(*(read() for _ in range(READERS[database.dialect]))) == [0] * READERS[database.dialect]
        )


async def test_writers_lose_no_update(database: Database) -> None:
    """Each reads, gives way, and writes one more: without turns or row locks, updates would be lost."""
    await put(database, "counter", 0)

    async def add_one() -> None:
        async with database.write() as connection:
            row = select(settings.c.value).where(settings.c.key == "counter").with_for_update()
            value = (await connection.execute(row)).scalar_one()
            await asyncio.sleep(0)
            await connection.execute(update(settings).where(settings.c.key == "counter").values(value=value + 1))

    await asyncio.gather(*(add_one() for _ in range(40)))
    async with database.read() as connection:
        assert await connection.scalar(select(settings.c.value)) == 40


async def test_every_change_is_counted(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of writers side by side, and of who is cancelled when his rows are there already."""
    before = database.changes
    await asyncio.gather(*(put(database, f"{number}", number) for number in range(50)))
    assert database.changes == before + 50
    async with database.write(noticed=False) as connection:
        await connection.execute(settings.insert().values(key="of nobody", value=1))
    assert len(await keys(database)) == 51
    assert database.changes == before + 50
    real = AsyncConnection.close

    async def cancelled(connection: AsyncConnection) -> None:
        await real(connection)
        raise asyncio.CancelledError

    with monkeypatch.context() as patch, pytest.raises(asyncio.CancelledError):
        patch.setattr(AsyncConnection, "close", cancelled)
        await put(database, "of the last", 1)
    assert "of the last" in await keys(database)
    assert database.changes == before + 51


async def test_two_processes_lose_no_update(database_url: str) -> None:
    """Two open databases stand for two processes: the turn inside one of them does not help the other."""
    databases = [open_database(database_url) for _ in range(2)]
    try:
        await put(databases[0], "counter", 0)

        async def add_one(database: Database) -> None:
            async with database.write() as connection:
                row = select(settings.c.value).where(settings.c.key == "counter").with_for_update()
                value = (await connection.execute(row)).scalar_one()
                await connection.execute(update(settings).where(settings.c.key == "counter").values(value=value + 1))

        await asyncio.gather(*(add_one(databases[number % 2]) for number in range(30)))
        async with databases[0].read() as connection:
            assert await connection.scalar(select(settings.c.value)) == 30
    finally:
        for database in databases:
            await database.close()


async def test_on_conflict_works_the_same(database: Database) -> None:
    async with database.write() as connection:
        for key, value in [("a", 1), ("a", 2), ("b", 3)]:
            statement = insert(connection, settings).values(key=key, value=value)
            await connection.execute(
                statement.on_conflict_do_update(index_elements=["key"], set_={"value": statement.excluded.value})
            )
        ignored = database.insert(settings).values(key="b", value=9).on_conflict_do_nothing(index_elements=["key"])
        assert (await connection.execute(ignored.returning(settings.c.key))).all() == []
    async with database.read() as connection:
        rows = (await connection.execute(select(settings.c.key, settings.c.value).order_by(settings.c.key))).all()
    assert [tuple(row) for row in rows] == [("a", 2), ("b", 3)]


@pytest.mark.parametrize("seed", range(3))
async def test_cancelled_tasks_leave_whole_transactions_and_no_connection(database: Database, seed: int) -> None:
    """A pair of rows per transaction, tasks cut down after a random number of turns of the loop."""
    dice = random.Random(seed)

    async def write_pair(number: int) -> None:
        async with database.write() as connection:
            await connection.execute(settings.insert().values(key=f"{number}-left", value=1))
            await connection.execute(settings.insert().values(key=f"{number}-right", value=1))

    async def read_twice() -> None:
        async with database.read() as connection:
            first = await connection.scalar(select(func.count()).select_from(settings))
            assert await connection.scalar(select(func.count()).select_from(settings)) == first

    async def cut(task: asyncio.Task[None], turns: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()

    tasks = [asyncio.create_task(write_pair(n) if n % 3 else read_twice()) for n in range(60)]
    cuts = [asyncio.create_task(cut(task, int(2 ** dice.uniform(2, 12)))) for task in tasks if dice.random() < 0.6]
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.gather(*cuts)

    assert {type(outcome) for outcome in outcomes} <= {type(None), asyncio.CancelledError}
    assert checked_out(database) == 0
    stored = await keys(database)
    whole = {key.split("-")[0] for key in stored}
    assert len(stored) == 2 * len(whole)
    assert whole >= {str(n) for n, outcome in enumerate(outcomes) if outcome is None and n % 3}
    await put(database, "afterwards", 1)


async def test_those_behind_a_cancelled_first_one_get_their_turn(database_url: str) -> None:
    """The first task is cut down while it makes the only connection; the others must not wait for it for ever."""
    for turns in range(0, 60, 4):
        database = open_database(database_url)
        tasks = [asyncio.create_task(put(database, f"{turns}-{number}", 1)) for number in range(4)]
        for _ in range(turns):
            await asyncio.sleep(0)
        tasks[0].cancel()
        async with asyncio.timeout(20):
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert outcomes[1:] == [None] * 3
        await database.close()


async def test_sqlite_is_set_up_for_safety(tmp_path: Path) -> None:
    database = open_database(f"sqlite+aiosqlite:///{tmp_path / 'new' / 'folder' / 'dozvon.db'}")
    try:
        for block in (database.write, database.read):
            async with block() as connection:
                found = {
                    name: await connection.scalar(text(f"PRAGMA {name}"))
                    for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
                }
            assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}
    finally:
        await database.close()


async def test_foreign_keys_are_on_again_after_reshape(database: Database) -> None:
    async with database.reshape() as connection:
        await connection.execute(text("SELECT 1"))
    await test_foreign_keys_hold(database)


async def test_check_passes_on_a_good_database(database: Database) -> None:
    await database.check()
    assert checked_out(database) == 0


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql+aiomysql://me:secret-word@db/x", "unknown driver “mysql+aiomysql”"),
        ("postgresql://me:secret-word@db/x", "unknown driver “postgresql”"),
        ("postgresql+asyncpg://me:secret-word@db", "names no database"),
        ("sqlite+aiosqlite://", "needs a file"),
        ("sqlite+aiosqlite:///:memory:", "needs a file"),
        ("secret-word", "not a database address"),
        ("postgresql+asyncpg://me:secret-word@db:port/x", "not a database address"),
        ("", "not a database address"),
    ],
)
def test_a_wrong_address_is_told_in_one_line(url: str, says: str) -> None:
    with pytest.raises(SettingsError) as caught:
        open_database(url)
    line = str(caught.value)
    assert line.startswith("DATABASE_URL")
    assert says in line
    assert "expected" in line
    assert "secret-word" not in line
    assert "\n" not in line


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(SettingsError, match=r"DATABASE_URL: cannot make the folder"):
        open_database(f"sqlite+aiosqlite:///{tmp_path}/data/dozvon.db")


def test_a_folder_without_right_to_write_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: Path(path) != tmp_path)  # root may write anywhere
    with pytest.raises(SettingsError, match=r"DATABASE_URL: the folder .* is not writable"):
        open_database(f"sqlite+aiosqlite:///{tmp_path}/dozvon.db")


def test_a_file_that_is_a_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"is a folder"):
        open_database(f"sqlite+aiosqlite:///{tmp_path}")


async def test_a_file_of_another_kind_is_told(tmp_path: Path) -> None:
    (tmp_path / "dozvon.db").write_text("Это не база данных, а заметка, и довольно длинная.\n" * 40)
    database = open_database(f"sqlite+aiosqlite:///{tmp_path}/dozvon.db")
    with pytest.raises(SettingsError, match=r"DATABASE_URL: cannot use .*not a database"):
        await database.check()
    await database.close()


async def test_a_server_that_does_not_answer_is_told(unused_tcp_port: int) -> None:
    database = open_database(f"postgresql+asyncpg://me:secret-word@127.0.0.1:{unused_tcp_port}/floor")
    with pytest.raises(SettingsError) as caught:
        await database.check()
    await database.close()
    assert f"DATABASE_URL: cannot use postgresql+asyncpg://127.0.0.1:{unused_tcp_port}/floor" in str(caught.value)
    assert "secret-word" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.postgresql
async def test_a_database_that_is_not_there_is_told(cluster: Cluster) -> None:
    database = open_database(cluster.create().rsplit("/", 1)[0] + "/nowhere")
    with pytest.raises(SettingsError, match=r'database "nowhere" does not exist'):
        await database.check()
    await database.close()


@pytest.mark.postgresql
async def test_connections_that_the_server_cut_are_replaced(cluster: Cluster) -> None:
    database = open_database(cluster.create())
    other = open_database(database.address.render_as_string(hide_password=False))
    await database.check()
    cut = (
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    async with other.write() as connection:
        assert await connection.scalar(text(cut)) == 1
    await database.check()
    await database.close()
    await other.close()


async def test_replicas_that_open_a_new_file_at_once_are_not_refused(tmp_path: Path) -> None:
    """SQLite refuses at once, whatever its timeout, those who find the log being begun by somebody else."""
    for attempt in range(40):
        together = [open_database(f"sqlite+aiosqlite:///{tmp_path}/{attempt}.db") for _ in range(6)]
        try:
            await asyncio.gather(*(database.check() for database in together))
        finally:
            await asyncio.gather(*(database.close() for database in together))
