"""Calls to one number in other cases, as the journal tells them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.db.session import Database
from bot.services.numbers import elsewhere
from tests.builders import lead, moscow


def _missed(task: str) -> dict[str, Any]:
    return {"told": {"task": task, "attempt": 1, "at": "2026-11-03T07:00:00+00:00"}}


async def test_a_corrected_miss_is_one_call_however_often_it_is_told(database: Database) -> None:
    """Told anew as a miss it counts once, at its own minute; told anew as a talk not at all."""
    case, now = replace(lead(), id=1), moscow("2026-11-03 12:00")
    lines = [(2, _missed("2-1")), (2, {"corrected": "2-1"})]
    async with database.read() as connection:
        assert await elsewhere(connection, case, now, lines[:1]) == (moscow("2026-11-03 10:00"),)
        assert await elsewhere(connection, case, now, lines) == ()
        assert await elsewhere(connection, case, now, [*lines, (2, _missed("2-3"))]) == (moscow("2026-11-03 10:00"),)
