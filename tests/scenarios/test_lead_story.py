"""The lead half of a manager's day, over the real wires, to the minute."""

from __future__ import annotations

from pathlib import Path

from tests.scenarios.floor import Floor

NAME = "Проверкин"


async def test_six_misses_are_the_worked_example(tmp_path: Path) -> None:
    """A lead that never answers: attempts 2…6 to the minute, then «Неконтакт» with all of them in the comment."""
    async with Floor(tmp_path, "2026-11-02T16:50") as floor:
        lead = await floor.new_lead()
        assert "16:50" in (await floor.card("Иван", NAME))["text"] or "17:05" in (await floor.shows("Иван"))
        for moment, following in (
            ("2026-11-02T16:58", "пн 2 17:38"),
            ("2026-11-02T17:41", "вт 3 09:30"),
            ("2026-11-03T09:34", "вт 3 13:00"),
            ("2026-11-03T13:10", "чт 5 15:00"),
            ("2026-11-05T15:02", "пт 6 11:15"),
        ):
            await floor.at(moment)
            await floor.press("Иван", "Не дозвонился", NAME)
            assert await floor.deadlines(f"L_{lead}") == [following]
            assert (await floor.lead(lead))["stageId"] == "NO_ANSWER"
        await floor.at("2026-11-06T11:20")
        await floor.press("Иван", "Не дозвонился", NAME)
        assert (await floor.lead(lead))["stageId"] == "NO_CONTACT"
        assert await floor.tasks(f"L_{lead}") == []
        last = (await floor.comments("lead", lead))[-1]
        for moment in ("16:58", "17:41", "09:34", "13:10", "15:02", "11:20"):
            assert moment in last


async def test_promised_call_in_words(tmp_path: Path) -> None:
    """Reached, calls back at a time in words: stage, fields, comment, closed task, new task with that deadline."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead = await floor.new_lead()
        await floor.press("Иван", "Просит перезвонить", NAME)
        await floor.say("Иван", "завтра в 14")
        assert "верно?" in (await floor.card("Иван", NAME))["text"]
        await floor.press("Иван", "Верно", NAME)
        assert "✅ Записано" in (await floor.shows("Иван"))
        item = await floor.lead(lead)
        assert item["stageId"] == "FOLLOW_UP"
        assert item["UF_CRM_DZ_NEXT_AT"].startswith("2026-11-03T14:00")
        assert await floor.deadlines(f"L_{lead}") == ["вт 3 14:00"]
        assert len(await floor.tasks(f"L_{lead}", open_only=False)) == 2
        assert len(await floor.comments("lead", lead)) == 1
        await floor.at("2026-11-03T14:00")
        assert "Обещали" in (await floor.card("Иван", NAME))["text"]


async def test_office_meeting_makes_contact_and_deal(tmp_path: Path) -> None:
    """An office meeting agreed: lead converted, contact and deal in «Встреча назначена» with the task at its time."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead = await floor.new_lead()
        for label in ("Дозвонился", "До 250 тыс.", "Встреча в офисе"):
            await floor.press("Иван", label, NAME)
        assert (await floor.lead(lead))["stageId"] == "CONVERTED"
        (deal,) = await floor.deals_of(lead)
        assert deal["stageId"] == "NEW"
        await floor.press("Иван", "завтра 10:00", NAME)
        (deal,) = await floor.deals_of(lead)
        assert deal["stageId"] == "MEETING"
        assert deal["contactId"]
        assert await floor.tasks(f"L_{lead}") == []
        assert await floor.deadlines(f"D_{deal['id']}") == ["вт 3 10:00"]
