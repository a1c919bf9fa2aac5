"""One replica delivers at a time."""

from __future__ import annotations

import pytest

from bot.db.leadership import Leadership
from bot.db.session import Database, open_database


@pytest.mark.postgresql
async def test_one_leads_and_the_next_takes_over(database: Database, database_url: str) -> None:
    """Only one of two replicas leads on PostgreSQL; when it goes, the other does. A SQLite file has one process."""
    other = open_database(database_url)
    first, second = Leadership(database), Leadership(other)
    try:
        assert await first.held()
        assert await first.held()
        assert await second.held() == (database.dialect == "sqlite")
        await first.resign()
        assert await second.held()
    finally:
        await first.resign()
        await second.resign()
        await other.close()
