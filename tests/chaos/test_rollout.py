"""`kill -9` while a version is put in force for all cases: it goes on after the start, and nobody notices."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.chaos.running import Running
from tests.scenarios.floor import say

pytestmark = [pytest.mark.chaos, pytest.mark.xdist_group("kill")]
NIGHT = "2026-11-02T20:30"
LEADS, IN_BATCH = 150, 50
KILLS = 2


async def _night_leads(floor: Running) -> None:
    """They come from the site after closing: each has a task for the morning, and no card yet."""
    owner = floor.people["Иван"]["crm_user_id"]
    for first in range(0, LEADS, IN_BATCH):
        commands = {}
        for number in range(first, first + IN_BATCH):
            fields = {
                "TITLE": f"Заявка: Ночной Лид{number:03d}й",
                "NAME": "Ночной",
                "LAST_NAME": f"Лид{number:03d}й",
                "SOURCE_ID": "WEB",
                "ASSIGNED_BY_ID": owner,
                "PHONE][0][VALUE": f"+7495223{number:04d}",
            }
            commands[f"a{number}"] = "crm.lead.add?" + urlencode({f"fields[{key}]": one for key, one in fields.items()})
        made = await floor.portal("batch", {"halt": 1, "cmd": commands})
        assert len(made["result"]) == IN_BATCH, made
        await floor.advance("PT20S")
    await floor.advance("PT2M")


def _ask(database: Path, query: str, *values: str) -> list[tuple[object, ...]]:
    """Rows as another process reads them, while the bot writes on."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)) as connection:
        return [tuple(row) for row in connection.execute(query, values)]


def _met(database: Path, version: str) -> int:
    query = "SELECT count(*) FROM cases WHERE coalesce(follows, playbook) = ? AND NOT closed"
    (row,) = _ask(database, query, version)
    return int(str(row[0]))


async def _dies_on_the_way(floor: Running, database: Path, former: str, since: int) -> int:
    """Pull the plug as soon as more than `since` cases have met the new version; returns how many have."""
    new, met = "", 0
    while met <= since:
        await asyncio.sleep(0.002)
        for (found,) in _ask(database, "SELECT hash FROM playbook_activations WHERE former = ?", former):
            new = str(found)
        met = _met(database, new)
    await floor.kill()
    return _met(database, new)


@pytest.mark.timeout(600)
@pytest.mark.slow
async def test_killed_while_a_version_is_rolled_out(tmp_path: Path) -> None:
    async with Running(tmp_path / "data", NIGHT) as floor:
        database = tmp_path / "data" / "dozvon.db"
        await _night_leads(floor)
        (version,) = _ask(database, "SELECT hash FROM playbook_versions WHERE active")
        former = str(version[0])
        live = _met(database, former)
        assert live >= LEADS
        admin = next(name for name, one in floor.people.items() if one["role"] == "admin")
        await floor.say(admin, "/sla Обработать лид 25 мин")
        preview = await floor.card(admin, "Что изменится")
        assert f"сдвинутся задачи: {LEADS}" in preview["text"]
        path = f"/sandbox/chats/{await floor.chat(admin)}/messages/{preview['message_id']}/press"
        press = {"user_id": floor.people[admin]["id"], "text": "Применить ко всем"}
        pressed = asyncio.create_task(floor.post(path, press))
        met = [await _dies_on_the_way(floor, database, former, 0)]
        await asyncio.gather(pressed, return_exceptions=True)
        while len(met) < KILLS:
            began = asyncio.create_task(floor.begin())
            met.append(await _dies_on_the_way(floor, database, former, met[-1]))
            await asyncio.gather(began, return_exceptions=True)
        assert 0 < met[0] < LEADS  # it was in the middle of it
        await floor.begin()
        await floor.idle()
        await floor.advance("PT3M")

        activations = _ask(database, "SELECT hash, done, counts FROM playbook_activations WHERE mode = 'all'")
        ((new, done, counts),) = activations
        assert done
        assert json.loads(str(counts))["retimed"] == LEADS
        assert _met(database, former) == 0
        told = _ask(database, "SELECT case_id, count(*) FROM journal WHERE event = 'Republished' GROUP BY case_id")
        assert Counter(count for _, count in told) == {1: live}
        assert _ask(database, "SELECT count(*) FROM audit WHERE what = 'playbook.published'") == [(2,)]

        await floor.at("2026-11-03T08:59")
        tasks = await _tasks(floor)
        assert Counter(say(deadline) for deadline in tasks.values())["вт 3 09:25"] == LEADS
        await floor.at("2026-11-03T09:30")
        for name in floor.people:
            cards = [one["text"] for one in await floor.messages(name) if one.get("buttons")]
            shown = [found[0] for text in cards if (found := re.search(r"Ночной Лид\d+й", text or ""))]
            assert len(shown) == len(set(shown)), name
        assert str(new) != former


async def _tasks(floor: Running) -> dict[str, str]:
    """Every open task of ours by its number: no lead and no deal has two."""
    found: dict[str, str] = {}
    links: list[str] = []
    for start in range(0, LEADS + IN_BATCH, IN_BATCH):
        params = {
            "filter": {"TAG": "dozvon", "!REAL_STATUS": 5},
            "select": ["ID", "DEADLINE", "UF_CRM_TASK"],
            "order": {"ID": "asc"},
            "start": start,
        }
        for task in (await floor.portal("tasks.task.list", params))["tasks"]:
            found[task["id"]] = task["deadline"]
            links += task["ufCrmTask"]
    assert len(links) == len(set(links)) >= LEADS
    return found
