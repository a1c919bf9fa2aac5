"""«Не дозвонился»: its receipt and what it asks, [Исправить], the regulations by source, and where they end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.floor import Floor
from tests.scenarios.paths import Portal, labels, receipt, walk

NAME = "Проверкин"
MISS = "Не дозвонился"


@pytest.mark.slow
async def test_one_tap_and_what_its_receipt_asks(tmp_path: Path) -> None:
    """The miss is committed by its tap; messengers and details may follow; «Нет мессенджеров» ends the question."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead, portal = await floor.new_lead(), Portal(floor)
        await floor.press("Иван", MISS, NAME)
        text = await receipt(floor, "Иван", NAME)
        assert text.startswith("✅ Записано: Недозвон 1 из 6. Дальше 10:40")
        assert "Куда написали?" in text
        asked = ["MAX", "Telegram", "WhatsApp", "SMS", "Не писал", "Нет мессенджеров", "Исправить"]
        assert labels(await floor.card("Иван", NAME)) == asked
        await floor.press("Иван", "MAX", NAME)
        assert (await portal.fields("lead", lead))["MESSENGERS"] == ["MAX"]
        await floor.press("Иван", "Выключен", NAME)
        assert labels(await floor.card("Иван", NAME)) == ["Исправить"]
        told = "\n".join(await floor.comments("lead", lead))
        assert "Писали: MAX" in told
        assert "На линии: Выключен" in told

        await floor.at("2026-11-02T10:40")
        card = (await floor.card("Иван", NAME))["text"]
        assert "Попытка 2 из 6 · 10:40" in card
        assert "Не брал: 10:00" in card
        await floor.press("Иван", MISS, NAME)
        assert (await receipt(floor, "Иван", NAME)).startswith("✅ Записано: Недозвон 2 из 6. Дальше завтра 15:00")
        await floor.press("Иван", "Нет мессенджеров", NAME)
        await floor.at("2026-11-03T15:00")
        await floor.press("Иван", MISS, NAME)
        assert "Куда написали?" not in await receipt(floor, "Иван", NAME)
        assert (await portal.fields("lead", lead))["TRIES"] == 3


async def test_a_busy_line_is_no_attempt(tmp_path: Path) -> None:
    """«Занято»: the same attempt once more in ten minutes, nothing counted."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead, portal = await floor.new_lead(), Portal(floor)
        await walk(floor, "Иван", NAME, f"{MISS} → Не писал → Занято")
        assert await floor.deadlines(f"L_{lead}") == ["пн 2 10:10"]
        assert "TRIES" not in await portal.fields("lead", lead)
        await floor.at("2026-11-02T10:10")
        await floor.press("Иван", MISS, NAME)
        assert (await receipt(floor, "Иван", NAME)).startswith("✅ Записано: Недозвон 1 из 6. Дальше 10:50")


async def test_taken_back_within_a_minute(tmp_path: Path) -> None:
    """[Исправить]: stage, fields and task as before, the new task completed, said in the timeline; then too late."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead, portal = await floor.new_lead(), Portal(floor)
        card = await floor.card("Иван", NAME)
        await floor.press("Иван", MISS, NAME)
        await floor.advance("PT50S")
        await floor.press("Иван", "Исправить", NAME)
        assert (await floor.lead(lead))["stageId"] == "NEW"
        assert "TRIES" not in await portal.fields("lead", lead)
        assert await portal.next_up(f"L_{lead}") == "Обработать лид: Пётр Проверкин · пн 2 10:15"
        statuses = [task["status"] for task in await floor.tasks(f"L_{lead}", open_only=False)]
        assert statuses == ["2", "5"]
        assert "Исправление" in (await floor.comments("lead", lead))[-1]
        again = await floor.card("Иван", NAME)
        assert (again["message_id"], labels(again)) == (card["message_id"], labels(card))

        await floor.press("Иван", MISS, NAME)
        fix = next(
            one for row in (await floor.card("Иван", NAME))["buttons"] for one in row if one["text"] == "Исправить"
        )
        await floor.advance("PT61S")
        assert "Исправить" not in labels(await floor.card("Иван", NAME))
        path = f"/sandbox/chats/{await floor.chat('Иван')}/messages/{card['message_id']}/press"
        late = await floor.post(path, {"user_id": floor.people["Иван"]["id"], "data": fix["data"]})
        assert "в течение минуты" in late["answer"]["text"]
        assert (await floor.lead(lead))["stageId"] == "NO_ANSWER"


@pytest.mark.slow
async def test_a_cold_source_is_tried_less(tmp_path: Path) -> None:
    """БДТ: due by the end of the next working day, no 30-minute limit; four calls in all, over five working days."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead = await floor.new_lead(source="BDT")
        assert await floor.deadlines(f"L_{lead}") == ["вт 3 18:00"]
        await floor.at("2026-11-02T12:00")
        assert "Просрочено" not in (await floor.card("Иван", NAME))["text"]
        following = []
        for moment in ("2026-11-02T12:00", "2026-11-02T12:41", "2026-11-03T09:30"):
            await floor.at(moment)
            await floor.press("Иван", MISS, NAME)
            following += await floor.deadlines(f"L_{lead}")
        assert following == ["пн 2 12:40", "вт 3 09:30", "чт 5 17:30"]
        await floor.at("2026-11-05T17:30")
        await floor.press("Иван", MISS, NAME)
        assert (await floor.lead(lead))["stageId"] == "NO_CONTACT"


@pytest.mark.slow
async def test_a_talk_in_between_begins_anew(tmp_path: Path) -> None:
    """Two misses, a talk, silence again: the regulations start from the first miss."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead, portal = await floor.new_lead(), Portal(floor)
        await floor.press("Иван", MISS, NAME)
        await floor.at("2026-11-02T10:40")
        await floor.press("Иван", MISS, NAME)
        assert (await portal.fields("lead", lead))["TRIES"] == 2
        await floor.at("2026-11-03T15:00")
        await walk(floor, "Иван", NAME, "Просит перезвонить → сегодня 17:30")
        assert "TRIES" not in await portal.fields("lead", lead)
        await floor.at("2026-11-03T17:30")
        await floor.press("Иван", MISS, NAME)
        assert (await receipt(floor, "Иван", NAME)).startswith("✅ Записано: Недозвон 1 из 6. Дальше чт 09:30")
        assert (await floor.lead(lead))["stageId"] == "NO_ANSWER"


async def test_an_early_miss_counts(tmp_path: Path) -> None:
    """A call before its time is the next attempt all the same."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead = await floor.new_lead()
        await floor.press("Иван", MISS, NAME)
        await floor.at("2026-11-02T10:20")
        await floor.say("Иван", "/today")
        await floor.press("Иван", "▶️ Начать с первого")
        await floor.press("Иван", MISS, NAME)
        assert (await receipt(floor, "Иван", NAME)).startswith("✅ Записано: Недозвон 2 из 6. Дальше завтра 15:00")
        assert await floor.deadlines(f"L_{lead}") == ["вт 3 15:00"]


async def test_only_supervisors_give_up_early(tmp_path: Path) -> None:
    """«Неконтакт» before its time is offered to a supervisor alone, with a reason."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        own = await floor.new_lead()
        await floor.press("Иван", "Другой результат", NAME)
        assert "Неконтакт" not in labels(await floor.card("Иван", NAME))
        theirs = await floor.new_lead("Олег Чужой", "+74950000009", owner="Ольга")
        await walk(floor, "Ольга", "Чужой", "Другой результат → Неконтакт → ✎ номер фирмы → ✅ Записать")
        assert (await floor.lead(theirs))["stageId"] == "NO_CONTACT"
        assert (await floor.lead(theirs))["UF_CRM_DZ_REASON"] == "номер фирмы"
        assert (await floor.lead(own))["stageId"] == "NEW"
