"""One whole story on each kind of database."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.floor import Floor

NAME = "Проверкин"
# Every other scenario lives on SQLite.
both = pytest.mark.parametrize(
    "blank_url",
    [pytest.param("sqlite", marks=pytest.mark.slow), pytest.param("postgresql", marks=pytest.mark.postgresql)],
    indirect=True,
)


@both
async def test_a_miss_then_a_meeting(tmp_path: Path, blank_url: str) -> None:
    """Missed, tried again in time, booked: the portal and the phones agree on either database."""
    async with Floor(tmp_path / "data", "2026-11-02T10:00", database_url=blank_url) as floor:
        lead = await floor.new_lead()
        await floor.press("Иван", "Не дозвонился", NAME)
        assert await floor.deadlines(f"L_{lead}") == ["пн 2 10:40"]
        await floor.at("2026-11-02T10:40")
        for label in ("Дозвонился", "250–500 тыс.", "Встреча в офисе", "завтра 10:00"):
            await floor.press("Иван", label, NAME)
        (deal,) = await floor.deals_of(lead)
        assert deal["stageId"] == "MEETING"
        assert await floor.deadlines(f"D_{deal['id']}") == ["вт 3 10:00"]
        assert await floor.tasks(f"L_{lead}") == []
        await floor.say("Иван", "/today")
        assert "Сегодня" in await floor.shows("Иван")


@both
async def test_a_lead_that_waits_and_is_taken_over(tmp_path: Path, blank_url: str) -> None:
    """Told of in the group, silenced, told of again, taken over, done: one line is left."""
    async with Floor(tmp_path / "data", "2026-11-02T10:00", database_url=blank_url) as floor:
        await floor.new_lead()
        for minute, label in (("10:30", "Не напоминать 30 мин"), ("11:01", "Забираю")):
            await floor.at(f"2026-11-02T{minute}")
            message = [one for one in await floor.messages("группа") if "без звонка" in one["text"]][-1]
            await floor.press_message("группа", message["message_id"], label, by="Ольга")
        await floor.press("Ольга", "Не дозвонился", NAME)
        await floor.advance("PT1M")
        assert "✅ Пётр П. · Ольга Р.: результат записан" in (await floor.messages("группа"))[-1]["text"]
