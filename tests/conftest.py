"""Fixtures that every folder of tests may ask for. Databases: `tests/databases.py` makes them."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from bot.db.migrate import migrate
from bot.db.session import Database, open_database
from tests.databases import Cluster, PostgresMissing, start_cluster
from tests.folders import choose_folders

choose_folders()
# A busy machine makes no test red.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
DIALECTS = [
    pytest.param("sqlite", id="sqlite"),
    pytest.param("postgresql", id="postgresql", marks=pytest.mark.postgresql),
]


@pytest.hookimpl(tryfirst=True)  # before what is slow is left out
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What goes through the store and is not the store itself takes its second database with the slow tests."""
    for item in items:
        if item.get_closest_marker("above_the_store") and item.get_closest_marker("postgresql"):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A private PostgreSQL server of this test process, on a free loopback port; gone afterwards."""
    try:
        running = start_cluster()
    except PostgresMissing as missing:
        if os.environ.get("DOZVON_REQUIRE_POSTGRES") == "1":
            raise
        pytest.skip(f"no PostgreSQL here: {missing}")
    with running:
        yield running


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the migrated file lies that every SQLite test database is a copy of."""
    return tmp_path_factory.mktemp("sqlite") / "template.db"


@pytest.fixture(params=DIALECTS)
def blank_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with nothing in it, on each of the two kinds."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'dozvon.db'}"
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.create()


@pytest.fixture(params=DIALECTS)
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a fresh database with the newest schema, on each of the two kinds."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("empty_sqlite")
        if not template.exists():
            await _migrated(f"sqlite+aiosqlite:///{template}")
        file = tmp_path / "dozvon.db"
        file.write_bytes(template.read_bytes())
        return f"sqlite+aiosqlite:///{file}"
    cluster: Cluster = request.getfixturevalue("cluster")
    if cluster.template is None:
        cluster.template = cluster.create()
        await _migrated(cluster.template)
    return cluster.create(template=cluster.template)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A fresh, migrated database, open, on each of the two kinds."""
    opened = open_database(database_url)
    yield opened
    await opened.close()


async def _migrated(url: str) -> None:
    made = open_database(url)
    await migrate(made)
    await made.close()
