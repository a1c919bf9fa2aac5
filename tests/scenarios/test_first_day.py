"""A bot meets a portal in which people have worked for weeks: what is open is taken over without a stir."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from bot.app import App
from bot.services.people import Invited
from tests.scenarios.floor import Floor, say
from tests.scenarios.shop import Restarts, sent

STRANDED = 34
"""Leads of one manager that nobody has set a task for."""


async def _open_tasks(floor: Floor) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        params = {
            "filter": {"TAG": "dozvon", "!REAL_STATUS": 5},
            "select": ["ID", "DEADLINE", "XML_ID", "UF_CRM_TASK", "RESPONSIBLE_ID"],
            "start": len(found),
        }
        page = (await floor.portal("tasks.task.list", params))["tasks"]
        found += page
        if len(page) < 50:
            return found


async def _link(floor: Floor, app: App, who: str) -> None:
    admin = floor.people["Алла"]
    person = floor.people[who]
    await floor.say("Алла", "/start")
    token = await app.people.invite(Invited(person["name"], person["role"], person["crm_user_id"]), by=admin["id"])
    await floor.say(who, f"/start {token}")
    body = {"user_id": admin["id"], "text": "/bind"}
    await floor.post(f"/sandbox/chats/{await floor.chat('группа')}/messages", body)
    await floor.advance("PT3S")


async def test_the_first_day(tmp_path: Path) -> None:
    """Own open tasks stay as they are; the others get theirs over the next days, at most ten a day, in silence."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor, Restarts(floor) as bot:
        await bot.stop()
        kept = {task["id"]: (task["deadline"], task["xmlId"]) for task in await _open_tasks(floor)}
        assert kept
        leads = set()
        for number in range(STRANDED):
            fields = {
                "TITLE": f"Забытый {number}",
                "NAME": f"Забытый{number:02}",
                "STATUS_ID": ("NO_ANSWER", "FOLLOW_UP")[number % 2],
                "ASSIGNED_BY_ID": floor.people["Иван"]["crm_user_id"],
                "PHONE": [{"VALUE": f"+749577700{number:02}", "VALUE_TYPE": "WORK"}],
            }
            leads.add(f"L_{await floor.portal('crm.lead.add', {'fields': fields})}")
        await floor.at("2026-11-02T11:00")
        app = await bot.start(f"sqlite+aiosqlite:///{tmp_path / 'other.db'}")
        await floor.advance("PT1M")
        now = {task["id"]: task for task in await _open_tasks(floor)}
        assert {key: (task["deadline"], task["xmlId"]) for key, task in now.items() if key in kept} == kept
        fresh = [task for key, task in now.items() if key not in kept]
        assert {task["ufCrmTask"][0] for task in fresh} == leads
        assert len(fresh) == STRANDED
        days = Counter(" ".join(say(task["deadline"]).split()[:2]) for task in fresh)
        assert sorted(days.values(), reverse=True) == [9, 9, 8, 8]
        assert set(days) == {"вт 3", "чт 5", "пт 6", "пн 9"}, "no task for today, none for the holiday"
        await _link(floor, app, "Иван")
        await floor.at("2026-11-02T18:59")
        assert not [one for one in await sent(floor, "Иван", "2026-11-02T11:00") if "Забытый" in one["text"]]
        board = [one for one in await sent(floor, "группа", "2026-11-02T11:00") if "сделано" in one["text"]][-1]
        assert "🟢 Просрочек нет" in board["text"]
        await floor.at("2026-11-03T09:01")
        assert [one for one in await sent(floor, "Иван", "2026-11-03T09:00") if "Забытый" in one["text"]]
