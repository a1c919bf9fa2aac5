"""/plan and the button under «Сегодня»: the next day on which the person works."""

from __future__ import annotations

from pathlib import Path

from tests.scenarios.floor import Floor
from tests.scenarios.paths import labels, walk


async def test_on_friday_it_is_monday_with_what_was_promised_for_the_weekend(tmp_path: Path) -> None:
    async with Floor(tmp_path, "2026-11-12T16:00") as floor:
        await floor.new_lead("Вера Лаптева", "+74951110001")
        await floor.new_lead("Олег Ручкин", "+74951110002")
        await walk(floor, "Иван", "Вера", "Просит перезвонить → Другое время → ✎ в субботу в 12:00 → ✅ Верно")
        await walk(floor, "Иван", "Олег", "Просит перезвонить → Другое время → ✎ в понедельник в 11:00 → ✅ Верно")
        await floor.say("Иван", "/plan")
        assert await floor.shows("Иван") == "На завтра пока ничего."
        await floor.at("2026-11-13T16:00")
        await floor.say("Иван", "/plan")
        head, *rows = (await floor.shows("Иван")).split("\n")
        assert head == "Пн 16.11 2"
        assert ["завтра 12:00" in rows[0], "Вера" in rows[0]] == [True, True]
        assert ["пн 11:00" in rows[1], "Олег" in rows[1]] == [True, True]
        await floor.say("Иван", "/today")
        await floor.press("Иван", "Пн 16.11")
        assert "Пн 16.11 2" in await floor.shows("Иван")
        await floor.at("2026-11-15T16:00")
        await floor.say("Иван", "/today")
        assert "Завтра" in labels((await floor.messages("Иван"))[-1])
