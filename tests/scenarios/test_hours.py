"""Whose hours hold: the manager's, the client's by his own clock, and none for a promise."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.floor import Floor
from tests.scenarios.paths import Portal, receipt, walk

NAME = "Проверкин"


async def test_a_promise_comes_at_its_minute(tmp_path: Path) -> None:
    """Promised for 20:30, an hour and a half after closing: warned, taken, and shown at 20:30; overdue at 20:35."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead = await floor.new_lead()
        await walk(floor, "Иван", NAME, "Просит перезвонить → ✎ сегодня в 20:30")
        assert "⚠️ Это вне рабочих часов." in (await floor.card("Иван", NAME))["text"]
        await floor.press("Иван", "Верно", NAME)
        assert await floor.deadlines(f"L_{lead}") == ["пн 2 20:30"]
        await floor.at("2026-11-02T20:29")
        assert not [one for one in await floor.messages("Иван") if one.get("buttons") and NAME in one["text"]]
        await floor.at("2026-11-02T20:30")
        assert "Обещали в 20:30" in (await floor.card("Иван", NAME))["text"]
        await floor.press("Иван", "Не дозвонился", NAME)
        assert (await receipt(floor, "Иван", NAME)).startswith("✅ Записано: Недозвон 1 из 6. Дальше завтра 09:30")


async def test_everything_else_waits_for_the_morning(tmp_path: Path) -> None:
    """A deadline that the CRM puts at 22:00 is no promise: its card comes at the opening of the next working day."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead = await floor.new_lead()
        await floor.press("Иван", "Не дозвонился", NAME)
        (task,) = await floor.tasks(f"L_{lead}")
        late = {"DEADLINE": "2026-11-02T22:00:00+03:00"}
        await floor.portal("tasks.task.update", {"taskId": task["id"], "fields": late})
        await floor.idle()
        await floor.at("2026-11-03T08:59")
        assert "Попытка 2 из 6" not in (await floor.card("Иван", NAME))["text"]
        await floor.at("2026-11-03T09:00")
        assert "Попытка 2 из 6" in (await floor.card("Иван", NAME))["text"]


@pytest.mark.slow
async def test_attempts_keep_to_the_clients_clock(tmp_path: Path) -> None:
    """A client in Kamchatka (+9) is called between our opening and noon, which is nine in the evening there."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead, portal = await floor.new_lead(), Portal(floor)
        zone = "Просит перезвонить → Другой пояс → Камчатка +9 → завтра 10:00"
        await walk(floor, "Иван", NAME, zone)
        for moment, following in (
            ("2026-11-03T10:00", "вт 3 10:40"),
            ("2026-11-03T10:40", "чт 5 11:15"),
            ("2026-11-05T11:15", "пт 6 09:30"),
        ):
            await floor.at(moment)
            assert "у него" in (await floor.card("Иван", NAME))["text"]
            await floor.press("Иван", "Не дозвонился", NAME)
            assert await floor.deadlines(f"L_{lead}") == [following]
        assert (await portal.fields("lead", lead))["TRIES"] == 3


async def _board(floor: Floor) -> str:
    return str(next(one["text"] for one in await floor.messages("группа") if "сделано" in one["text"]))


async def test_overdue_on_the_card(tmp_path: Path) -> None:
    """The first line says how late it is, [Звоню] silences it until the 30 minutes of the stage are over."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await floor.new_lead()
        for moment, line in (
            ("2026-11-02T10:15", "⏰ Просрочено"),
            ("2026-11-02T10:16", "⏰ Просрочено 1 мин"),
            ("2026-11-02T10:20", "⏰ Просрочено 5 мин"),
        ):
            await floor.at(moment)
            assert (await floor.card("Иван", NAME))["text"].split("\n")[0] == line
        assert "Ждёт 20 мин" in (await floor.card("Иван", NAME))["text"]
        assert "Пётр П., Иван С." in await _board(floor)
        await floor.press("Иван", "Звоню", NAME)
        assert "Просрочено" not in (await floor.card("Иван", NAME))["text"]
        await floor.at("2026-11-02T10:29")
        assert "Просрочек нет" in await _board(floor)
        await floor.at("2026-11-02T10:36")
        assert "Пётр П., Иван С." in await _board(floor)
        await floor.press("Иван", "Не дозвонился", NAME)
        await floor.advance("PT1M")
        assert "Просрочек нет" in await _board(floor)


async def test_a_card_that_changes_hands_goes_on_counting(tmp_path: Path) -> None:
    """The new owner's card is drawn again as the former one's was, and at last names the moment once for all."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await floor.new_lead()
        await floor.at("2026-11-02T10:17")
        await walk(floor, "Иван", NAME, "Передать → Анна Ковалёва")
        for moment, line in (
            ("2026-11-02T10:18", "⏰ Просрочено 2 мин"),
            ("2026-11-02T10:25", "⏰ Просрочено 10 мин"),
            ("2026-11-02T10:46", "⏰ Просрочено с 10:15"),
            ("2026-11-02T13:00", "⏰ Просрочено с 10:15"),
        ):
            await floor.at(moment)
            assert (await floor.card("Анна", NAME))["text"].split("\n")[0] == line
