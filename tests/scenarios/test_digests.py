"""Digests in the group: once a day, with a picture, and every figure as the portal's own data say."""

from __future__ import annotations

import csv
from collections import Counter
from io import StringIO
from pathlib import Path
from typing import Any

import aiohttp

from tests.scenarios.floor import Floor
from tests.scenarios.paths import walk

MONDAY, TUESDAY = "2026-11-02", "2026-11-03"


async def _digests(floor: Floor, word: str = "") -> list[dict[str, Any]]:
    found = await floor.messages("группа")
    return [one for one in found if one["photo"] and word in one["text"]]


async def _closed(floor: Floor, day: str) -> Counter[int]:
    """Whose tasks of ours the portal has closed that day."""
    params = {"filter": {"TAG": "dozvon", "REAL_STATUS": 5}, "select": ["ID", "RESPONSIBLE_ID", "CLOSED_DATE"]}
    rows = (await floor.portal("tasks.task.list", params))["tasks"]
    return Counter(int(row["responsibleId"]) for row in rows if row["closedDate"].startswith(day))


async def _file(floor: Floor, message: dict[str, Any]) -> bytes:
    async with aiohttp.ClientSession(base_url=floor.demo.inner) as http, http.get(message["document"]["url"]) as answer:
        return await answer.read()


async def _monday(floor: Floor) -> None:
    """Two calls in time and one late, a meeting agreed, a test lead, a task closed past us and a lead moved by hand."""
    await floor.new_lead("Пётр Проверкин", "+74951110001")
    late = await floor.new_lead("Вера Новикова", "+74951110002", owner="Анна")
    await floor.advance("PT5M")
    await walk(floor, "Иван", "Пётр", "Дозвонился → Больше 1 млн → Встреча в офисе → завтра 10:00")
    await floor.advance("PT20M")
    await walk(floor, "Анна", "Вера", "Не дозвонился")
    test = await floor.new_lead("Тест Тестов", "+74951110003")
    await walk(floor, "Иван", "Тест", "Другой результат → Тест → ✅ Записать")
    assert (await floor.lead(test))["stageId"] == "TEST"
    moved = await floor.new_lead("Олег Ручкин", "+74951110004")
    await floor.portal("crm.lead.update", {"id": moved, "fields": {"STATUS_ID": "FOLLOW_UP"}})
    await floor.idle()
    (task,) = await floor.tasks(f"L_{late}")
    await floor.portal("tasks.task.complete", {"taskId": task["id"]})
    await floor.idle()


async def test_a_day_in_figures_that_the_portal_confirms(tmp_path: Path) -> None:
    async with Floor(tmp_path, f"{MONDAY}T10:00") as floor:
        await _monday(floor)
        await floor.at(f"{MONDAY}T18:59")
        assert await _digests(floor) == []
        await floor.at(f"{MONDAY}T19:00")
        (digest,) = await _digests(floor)
        text = digest["text"]
        assert "итог: пн 02.11" in text
        assert "Записаны 1, пришли 0 из 0 · договоры 0, оплаты 0" in text
        deals = await floor.portal("crm.deal.list", {"filter": {"STAGE_ID": "MEETING", ">=DATE_CREATE": MONDAY}})
        assert len(deals) == 1
        # Three counted leads came; the moved one was never called and is not in its stage any more.
        assert "Первый звонок ≤ 15 мин: 50 % (1 из 2), обычно 15 мин" in text
        assert "Звонков 2, на связи 50 % (1 из 2)" in text
        assert "закрыто в CRM без анкеты 1 (без результата 1)" in text
        assert "стадии руками 1" in text
        # The portal has closed the deal's first task, the test lead's and the one closed past us as well.
        assert sum((await _closed(floor, MONDAY)).values()) >= 4
        assert "Задач закрыто 2 (с опозданием 1)" in text
    async with Floor(tmp_path, f"{MONDAY}T10:00") as floor:
        await floor.at(f"{MONDAY}T19:20")
        (digest,) = await _digests(floor)
        await walk(floor, "Анна", "Вера", "Не дозвонился")
        await floor.say("Ольга", "/digest")  # until midnight it is today, as in the live views
        text = await floor.shows("Ольга")
        assert "сегодня к 19:20" in text
        assert "Задач закрыто 3 (с опозданием 2)" in text
        await floor.at(f"{TUESDAY}T08:30")
        await floor.say("Ольга", "/digest")
        assert (await floor.shows("Ольга")).split("\n")[1:] == digest["text"].split("\n")[1:]  # as the closing saw it
        await floor.at(f"{TUESDAY}T09:01")  # what waits since Monday was told before it
        _, opening = await _digests(floor)
        assert "вт 03.11, открываемся" in opening["text"]
        assert "Встреч 1" in opening["text"]
        for command in ("/digest", "/digest неделя"):  # at ten it has not begun
            await floor.say("Ольга", command)
            assert "пришли 0 из 0" in await floor.shows("Ольга")
        await floor.at(f"{TUESDAY}T10:16")
        await walk(floor, "Иван", "Пётр", "Пришёл")
        await floor.at(f"{TUESDAY}T11:00")
        await walk(floor, "Иван", "Пётр", "Договор и оплата → ✎ 15000 → ✅ Записать")
        await floor.say("Ольга", "/digest")
        asked = (await floor.messages("Ольга"))[-1]
        assert "Записаны 0, пришли 1 из 1 · договоры 1, оплаты 1" in asked["text"]
        assert asked["photo"]["width"] == 1080
        await floor.say("Ольга", "/digest неделя")
        week = (await floor.messages("Ольга"))[-1]
        rows = list(csv.reader(StringIO((await _file(floor, week)).decode("utf-8-sig")), delimiter=";"))
        total = dict(zip(rows[0], rows[-1], strict=True))
        assert (total["Договоры"], total["Оплаты"], total["Встреч записано"], total["Пришли"]) == ("1", "1", "1", "1")
        days = [dict(zip(rows[0], row, strict=True)) for row in rows[1:-1] if row[0] != "Неделя" and row[1] == "Все"]
        assert sum(int(row["Закрыто задач"]) for row in days) == int(total["Закрыто задач"])
        assert sum(int(row["Новых лидов"]) for row in days) == int(total["Новых лидов"]) == 3
        await floor.say("Иван", "/digest")
        assert await floor.shows("Иван") == "Это видят руководитель и директор."
