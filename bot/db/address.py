"""`DATABASE_URL`, read with care: what is wrong with it is said in one line that never holds the password."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, Literal

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import SettingsError

Dialect = Literal["sqlite", "postgresql"]

_DRIVERS: Final[dict[str, Dialect]] = {"sqlite+aiosqlite": "sqlite", "postgresql+asyncpg": "postgresql"}
EXPECTED: Final = "sqlite+aiosqlite:///data/dozvon.db or postgresql+asyncpg://user:password@host:5432/name"


def parse_address(url: str) -> tuple[URL, Dialect]:
    """The address taken apart, and which of the two databases it names.

    Raises:
        SettingsError: it is no database address, or of a driver that Dozvon does not speak, or names no database.
    """
    try:
        address = make_url(url.strip())
    except (ArgumentError, ValueError):
        raise SettingsError(f"DATABASE_URL is not a database address; expected {EXPECTED}") from None
    dialect = _DRIVERS.get(address.drivername)
    if dialect is None:
        raise SettingsError(f"DATABASE_URL: unknown driver “{address.drivername}”; expected {EXPECTED}")
    if dialect == "sqlite" and address.database in (None, "", ":memory:"):
        raise SettingsError("DATABASE_URL: SQLite needs a file; expected sqlite+aiosqlite:///data/dozvon.db")
    if dialect == "postgresql" and not address.database:
        raise SettingsError(f"DATABASE_URL names no database; expected {EXPECTED}")
    return address, dialect


def prepare_folder(address: URL) -> None:
    """Make the folder of a SQLite file, and see that the file and its journals can be written there.

    Raises:
        SettingsError: the folder cannot be made or written, or the file cannot be.
    """
    file = Path(address.database or "")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"DATABASE_URL: cannot make the folder {file.parent}: {error.strerror}") from error
    if not os.access(file.parent, os.W_OK | os.X_OK):
        raise SettingsError(f"DATABASE_URL: the folder {file.parent} is not writable for this user")
    if file.is_dir():
        raise SettingsError(f"DATABASE_URL: {file} is a folder; expected a file, as in {EXPECTED}")
    if file.exists() and not os.access(file, os.R_OK | os.W_OK):
        raise SettingsError(f"DATABASE_URL: the file {file} is not readable and writable for this user")


def shown(address: URL) -> str:
    """The address without user, password and parameters, for messages."""
    if address.host is None:
        return f"{address.drivername}:///{address.database}"
    port = f":{address.port}" if address.port else ""
    return f"{address.drivername}://{address.host}{port}/{address.database}"
