"""The steps of the schema end where the tables say, on both databases, and go both ways."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import insert, inspect, select, text

from bot.db import tables as t
from bot.db.migrate import current_revision, migrate, move, newest_revision
from bot.db.session import Database, open_database
from bot.errors import SettingsError


@pytest.fixture
async def blank(blank_url: str) -> AsyncIterator[Database]:
    opened = open_database(blank_url)
    yield opened
    await opened.close()


async def table_names(database: Database) -> set[str]:
    async with database.read() as connection:
        return set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))


async def test_migrations_end_where_the_tables_say(database: Database) -> None:
    async with database.read() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync), t.metadata)
        )
    assert differences == []


async def test_a_blank_database_stands_nowhere_and_then_at_the_newest(blank: Database) -> None:
    assert await current_revision(blank) is None
    await migrate(blank)
    assert await current_revision(blank) == newest_revision()
    assert await table_names(blank) == {*t.metadata.tables, "alembic_version"}


async def test_up_down_up(blank: Database) -> None:
    await move(blank, "upgrade", "head")
    await move(blank, "downgrade", "base")
    assert await table_names(blank) == {"alembic_version"}
    await move(blank, "upgrade", "head")
    assert await table_names(blank) == {*t.metadata.tables, "alembic_version"}


async def test_migrating_again_changes_nothing(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(insert(t.settings).values(key="digest", value={"at": "09:00"}))
    await migrate(database)
    async with database.read() as connection:
        assert await connection.scalar(select(t.settings.c.value)) == {"at": "09:00"}


async def test_replicas_that_start_together_migrate_once(blank_url: str) -> None:
    replicas = [open_database(blank_url) for _ in range(4)]
    try:
        await asyncio.gather(*(migrate(replica) for replica in replicas))
        assert {await current_revision(replica) for replica in replicas} == {newest_revision()}
    finally:
        await asyncio.gather(*(replica.close() for replica in replicas))


async def test_a_database_of_a_newer_release_is_refused(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SettingsError, match="unknown revision 9999"):
        await migrate(database)
    assert await current_revision(database) == "9999"


async def test_a_step_that_fails_leaves_nothing(blank: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_off(*_: object) -> None:
        raise RuntimeError("half way")

    monkeypatch.setattr("alembic.runtime.migration.HeadMaintainer.update_to_step", break_off)
    with pytest.raises(RuntimeError, match="half way"):
        await migrate(blank)
    monkeypatch.undo()
    assert await table_names(blank) == set()
    await migrate(blank)
    assert await current_revision(blank) == newest_revision()


async def test_reshape_keeps_children_when_their_table_is_made_anew(database: Database) -> None:
    await make_tree(database)
    async with database.reshape() as connection:
        if database.dialect == "sqlite":
            await connection.execute(text("CREATE TABLE remade AS SELECT * FROM trees"))
            await connection.execute(text("DROP TABLE trees"))
            await connection.execute(text("CREATE TABLE trees (id INTEGER PRIMARY KEY)"))
            await connection.execute(text("INSERT INTO trees SELECT * FROM remade"))
    async with database.read() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM leaves")) == 1


async def test_reshape_refuses_to_orphan(database: Database) -> None:
    await make_tree(database)
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        async with database.reshape() as connection:
            await connection.execute(text("DELETE FROM trees"))
    async with database.read() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM trees")) == 1


async def make_tree(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(text("CREATE TABLE trees (id INTEGER PRIMARY KEY)"))
        await connection.execute(text("CREATE TABLE leaves (tree INTEGER REFERENCES trees)"))
        await connection.execute(text("INSERT INTO trees VALUES (1)"))
        await connection.execute(text("INSERT INTO leaves VALUES (1)"))
