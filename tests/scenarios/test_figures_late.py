"""What is told anew, or reaches the portal late, counts once, and on the day on which it was done; duplicates."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

import aiohttp
import pytest

from tests.scenarios.floor import Floor
from tests.scenarios.paths import labels, walk
from tests.scenarios.test_mending import opened, press

NAME = "Проверкин"
_COLUMNS = ("Закрыто задач", "Звонков", "На связи", "Встреч записано")


async def _days(floor: Floor) -> dict[str, tuple[str, ...]]:
    """Of the week's file: day → some figures of all."""
    await floor.say("Ольга", "/digest неделя")
    (*_, sent) = [one for one in await floor.messages("Ольга") if one.get("document")]
    async with aiohttp.ClientSession(base_url=floor.demo.inner) as http:
        text = await (await http.get(sent["document"]["url"])).read()
    head, *rows = csv.reader(StringIO(text.decode("utf-8-sig")), delimiter=";")
    named = [dict(zip(head, row, strict=True)) for row in rows]
    found = {row["День"]: tuple(row[one] for one in _COLUMNS) for row in named if row["Менеджер"] == "Все"}
    return {day: figures for day, figures in found.items() if day in ("02.11.2026", "03.11.2026", "Неделя")}


async def _asks(floor: Floor, command: str) -> str:
    await floor.say("Ольга", command)
    return await floor.shows("Ольга")


async def test_a_result_corrected_on_the_next_day_counts_on_its_own(tmp_path: Path) -> None:
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead = await floor.new_lead()
        await walk(floor, "Иван", NAME, "Дозвонился → Долгов нет → ✅ Записать")
        assert "Новый лид: потеряны 1 из 1\n   Некачественный: Долгов нет 1" in await _asks(floor, "/funnel")
        await floor.at("2026-11-03T10:00")
        panel = await opened(floor)
        await press(floor, panel, "Исправить результат")
        await press(floor, panel, "Вернуть: Иван С.")
        assert (await floor.lead(lead))["stageId"] == "NEW"
        assert (await _asks(floor, "/funnel")).startswith("Где теряем клиентов, 30 дней\nПусто.")
        await walk(floor, "Иван", NAME, "Не дозвонился")
        assert await _days(floor) == {
            "02.11.2026": ("1", "1", "0", "0"),
            "03.11.2026": ("0", "0", "0", "0"),
            "Неделя": ("1", "1", "0", "0"),
        }
        assert "Звонков" not in await _asks(floor, "/digest")
        assert "попытка 1: 0 из 1" in await _asks(floor, "/attempts")


@pytest.mark.slow
async def test_a_result_of_an_outage_counts_when_it_was_told(tmp_path: Path) -> None:
    async with Floor(tmp_path, "2026-11-02T18:40") as floor:
        lead = await floor.new_lead()
        await floor.faults("bitrix24", "down")
        await walk(floor, "Иван", NAME, "Не дозвонился")
        await floor.at("2026-11-02T19:00")
        (evening,) = [one["text"] for one in await floor.messages("группа") if "итог: пн" in (one["text"] or "")]
        assert "\nЗвонков 1, на связи 0 % (0 из 1)" in evening
        await floor.at("2026-11-02T20:00")
        await floor.faults("bitrix24", "none")
        await floor.at("2026-11-03T09:30")
        assert (await floor.lead(lead))["stageId"] == "NO_ANSWER"  # written at night
        assert await _days(floor) == {
            "02.11.2026": ("1", "1", "0", "0"),
            "03.11.2026": ("0", "0", "0", "0"),
            "Неделя": ("1", "1", "0", "0"),
        }


async def test_a_duplicate_is_neither_called_nor_lost(tmp_path: Path) -> None:
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await floor.new_lead(owner="Анна")
        second = await floor.new_lead("Пётр Двойной")
        await walk(floor, "Иван", "Двойной", "Другой результат → Дубль")
        (other,) = [one for one in labels(await floor.card("Иван", "Двойной")) if one.startswith("Пётр П.")]
        await walk(floor, "Иван", "Двойной", f"{other} → ✅ Записать")
        assert (await floor.lead(second))["stageId"] == "DUPLICATE"
        assert "Пусто." in await _asks(floor, "/funnel")
        text = await _asks(floor, "/digest")
        assert "Новых лидов 2, о первом звонке судить пока не по чему" in text
        assert "Задач закрыто 1" in text
        assert "Звонков" not in text
