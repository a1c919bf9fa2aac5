"""One phone number in several cases, one manager whom nobody answers, many attempts at one moment."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import pytest

from tests.scenarios.floor import Floor
from tests.scenarios.paths import labels, walk

MISS = "Не дозвонился"
PHONE = "+74957770001"


async def test_all_cases_of_a_number_share_its_day(tmp_path: Path) -> None:
    """Three calls of a number are a day's worth: the fourth waits for tomorrow, whosever case it is."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        first = await floor.new_lead("Глеб Первый", PHONE)
        second = await floor.new_lead("Борис Второй", PHONE, owner="Анна")
        await floor.press("Иван", MISS, "Первый")
        await floor.at("2026-11-02T10:05")
        await floor.press("Анна", MISS, "Второй")
        assert await floor.deadlines(f"L_{first}") == ["пн 2 10:40"]
        assert await floor.deadlines(f"L_{second}") == ["пн 2 10:45"]
        await floor.at("2026-11-02T10:40")
        await floor.press("Иван", MISS, "Первый")
        assert await floor.deadlines(f"L_{first}") == ["вт 3 15:00"]
        assert await floor.deadlines(f"L_{second}") == ["вт 3 15:00"]
        await floor.at("2026-11-02T10:50")
        assert not [one for one in await floor.messages("Анна") if MISS in labels(one) and "Второй" in one["text"]]


async def test_a_busy_line_is_no_call_of_its_day(tmp_path: Path) -> None:
    """«Занято» takes the miss back, so the number keeps its room; [Исправить] does, too."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await floor.new_lead("Глеб Первый", PHONE)
        second = await floor.new_lead("Борис Второй", PHONE)
        third = await floor.new_lead("Вера Третья", PHONE)
        await walk(floor, "Иван", "Первый", f"{MISS} → Не писал → Занято")
        await floor.press("Иван", MISS, "Второй")
        await floor.press("Иван", "Исправить", "Второй")
        await floor.press("Иван", MISS, "Третья")
        assert await floor.deadlines(f"L_{third}") == ["пн 2 10:40"]
        await floor.press("Иван", MISS, "Второй")
        assert await floor.deadlines(f"L_{second}") == ["пн 2 10:40"]


@pytest.mark.slow
async def test_nobody_answers_this_manager(tmp_path: Path) -> None:
    """Twelve misses in a row: he is advised to call from another number, his supervisor hears of it, once."""
    told: list[str] = []
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        for number in range(14):
            await floor.new_lead(f"Клиент Номер{number:02d}", f"+749577700{number:02d}")
            await floor.advance("PT20S")  # the pace of Telegram
            await floor.press("Иван", MISS, f"Номер{number:02d}")
            told = [one["text"] for one in await floor.messages("Ольга") if "подряд" in one["text"]]
            assert len(told) == (number >= 11)
        assert told == ["Иван С.: 12 недозвонов подряд за 3 ч. Похоже, номер помечен как спам – нужен другой."]
        own = [one["text"] for one in await floor.messages("Иван") if "подряд" in one["text"]]
        assert own == ["12 недозвонов подряд за 3 ч. Похоже, ваш номер помечен как спам: наберите с другого номера."]


@pytest.mark.slow
async def test_a_talk_breaks_the_row(tmp_path: Path) -> None:
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        for number in range(13):
            name = f"Номер{number:02d}"
            await floor.new_lead(f"Клиент {name}", f"+749577700{number:02d}")
            await floor.advance("PT20S")
            await walk(floor, "Иван", name, "Просит перезвонить → завтра 10:00" if number == 6 else MISS)
        assert not [one for one in await floor.messages("Ольга") if "подряд" in one["text"]]


@pytest.mark.slow
async def test_cards_of_one_slot_come_one_after_another(tmp_path: Path) -> None:
    """With `spread: 10m` four attempts due at 15:00 come at 15:00, 15:02:30, 15:05 and 15:07:30; deadlines stay."""
    text = (resources.files("bot.playbooks") / "catalog" / "bankruptcy.yaml").read_text(encoding="utf-8")
    own = tmp_path / "own.yaml"
    own.write_text(re.sub(r"(\n  scoring:\n)", r"\1    spread: 10m\n", text, count=1), encoding="utf-8")
    folder = tmp_path / "floor"
    folder.mkdir()
    async with Floor(folder, "2026-11-02T10:00", str(own)) as floor:
        leads = [await floor.new_lead(f"Клиент Номер{one}", f"+7495777000{one}") for one in range(4)]
        for moment in ("2026-11-02T10:00", "2026-11-02T10:50"):
            await floor.at(moment)
            for one in range(4):
                await floor.press("Иван", MISS, f"Номер{one}")
        for moment, shown in (
            ("2026-11-03T14:59:59", 0),
            ("2026-11-03T15:00:00", 1),
            ("2026-11-03T15:02:29", 1),
            ("2026-11-03T15:02:30", 2),
            ("2026-11-03T15:05:00", 3),
            ("2026-11-03T15:07:30", 4),
        ):
            await floor.at(moment)
            cards = [one for one in await floor.messages("Иван") if "Попытка 3 из 6" in one["text"]]
            assert len([one for one in cards if MISS in labels(one)]) == shown
        for lead in leads:
            assert await floor.deadlines(f"L_{lead}") == ["вт 3 15:00"]
