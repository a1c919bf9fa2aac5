"""Bring a database to the newest schema, or see where it stands. Needs no alembic.ini: works from the package."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final, Literal

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from bot.db.session import Database
from bot.errors import SettingsError

_FOLDER: Final = Path(__file__).parent / "migrations"


@cache
def newest_revision() -> str:
    """The revision that this release of the code works with."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


async def current_revision(database: Database) -> str | None:
    """The revision that the database stands at; None: it is empty."""
    async with database.read() as connection:
        return await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())


async def migrate(database: Database) -> None:
    """Bring the schema to the newest revision in one transaction; safe to call from several replicas at once.

    Raises:
        SettingsError: the database cannot be reached, or was written by a newer release of Dozvon.
    """
    await move(database, "upgrade", "head")


async def move(database: Database, direction: Literal["upgrade", "downgrade"], revision: str) -> None:
    """Move the schema up or down to `revision` (an id, "head" or "base"; "base" drops every table).

    Raises:
        SettingsError: as `migrate`.
    """
    await database.check()
    async with database.reshape() as connection:
        await connection.run_sync(_move, direction, revision)


def _move(connection: Connection, direction: Literal["upgrade", "downgrade"], revision: str) -> None:
    config = _config(connection)
    at = MigrationContext.configure(connection).get_current_revision()
    if at is not None and at not in {known.revision for known in ScriptDirectory.from_config(config).walk_revisions()}:
        raise SettingsError(f"DATABASE_URL: the database stands at the unknown revision {at}: update Dozvon itself")
    (command.upgrade if direction == "upgrade" else command.downgrade)(config, revision)


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
