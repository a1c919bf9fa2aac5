"""What a floor of many years costs: nothing that a beat or a press asks for reads a growing table from end to end."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event

from tests.scenarios.floor import Floor
from tests.scenarios.paths import walk

GROWING = ("cases", "tasks", "messages", "timers", "journal", "outbox", "contacts", "pasts", "tg_inbox")
_SCAN = re.compile(rf"^SCAN (?:{'|'.join(GROWING)})(?: USING INDEX \w+)?$")
"""Not «SEARCH …», and not «USING COVERING INDEX», by which the newest number is found."""


@contextmanager
def _asked(floor: Floor) -> Iterator[dict[str, Any]]:
    """Statements with the parameters of their last run."""
    found: dict[str, Any] = {}

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        found[statement] = parameters[0] if many else parameters

    database = floor.demo.app.database
    engines = {engine.sync_engine for engine in (database.engine, database._reader)}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield found
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


def _scans(path: Path, asked: Mapping[str, Any]) -> list[str]:
    """What SQLite says of those that it would answer by reading a whole table; without statistics it guesses alike
    for ten rows and for a million."""
    found = []
    raw = sqlite3.connect(path)
    for statement, parameters in asked.items():
        if statement.lstrip().startswith(("SELECT", "WITH", "UPDATE", "DELETE")):
            plan = [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            found += [f"{step}: {' '.join(statement.split())}" for step in plan if _SCAN.match(step)]
    raw.close()
    return found


async def test_beats_presses_and_views_read_no_whole_table(tmp_path: Path) -> None:
    async with Floor(tmp_path, "2026-11-02T18:00") as floor:
        with _asked(floor) as asked:
            await floor.new_lead("Пётр Проверкин", "+74951110001")
            await walk(floor, "Иван", "Пётр", "Не дозвонился → MAX")
            await floor.new_lead("Анна Вторая", "+74951110002")
            await floor.advance("PT31M")
            for command in ("/today", "/me", "/plan"):
                await floor.say("Иван", command)
            for command in ("/floor", "/promises", "/stuck", "/digest"):
                await floor.say("Ольга", command)
            await floor.say("Иван", "/away")
            await floor.press("Иван", "Заболел(а), сегодня")
            await floor.at("2026-11-03T09:31")
        assert len(asked) > 100
        assert _scans(tmp_path / "dozvon.db", asked) == []
