"""⏱: ready times, words, the calendar, other zones, far times; back, cancel, and going on after a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.floor import Floor
from tests.scenarios.paths import Portal, labels, receipt, walk

NAME = "Проверкин"


async def test_ready_times(tmp_path: Path) -> None:
    """The buttons of the working day, to the minute; a holiday tomorrow is named by the next working day."""
    async with Floor(tmp_path, "2026-11-03T10:00") as floor:
        lead = await floor.new_lead()
        await floor.press("Иван", "Просит перезвонить", NAME)
        shown = labels(await floor.card("Иван", NAME))
        assert shown[:4] == ["через 1 ч", "сегодня 17:30", "чт 10:00", "чт 18:00"]
        assert shown[4:8] == ["Время не назвал", "Сам наберёт", "Другое время", "Другой пояс"]
        await floor.press("Иван", "через 1 ч", NAME)
        assert await floor.deadlines(f"L_{lead}") == ["вт 3 11:00"]


@pytest.mark.slow
async def test_no_time_named(tmp_path: Path) -> None:
    """No time: the next working day, a part of the day not tried yet, no promise. «Сам наберёт»: one working day."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead = await floor.new_lead()
        await floor.press("Иван", "Не дозвонился", NAME)
        await floor.at("2026-11-02T10:40")
        await walk(floor, "Иван", NAME, "Просит перезвонить → Время не назвал")
        assert await floor.deadlines(f"L_{lead}") == ["вт 3 14:00"]
        comment = (await floor.comments("lead", lead))[-1]
        assert "Следующий контакт: вт 03.11 14:00 (время не назвал)" in comment
        await floor.at("2026-11-03T14:00")
        card = (await floor.card("Иван", NAME))["text"]
        assert "Обещали" not in card
        await walk(floor, "Иван", NAME, "Просит перезвонить → Сам наберёт")
        assert await floor.deadlines(f"L_{lead}") == ["чт 5 14:00"]


@pytest.mark.slow
async def test_a_question_that_lay_open_overnight(tmp_path: Path) -> None:
    """«завтра 10:00» of yesterday is today's 10:00: nothing is recorded, the buttons are drawn anew."""
    async with Floor(tmp_path, "2026-11-09T17:00") as floor:
        lead = await floor.new_lead()
        await floor.press("Иван", "Просит перезвонить", NAME)
        await floor.at("2026-11-10T09:05")
        before = await floor.deadlines(f"L_{lead}")
        assert "Выберите ещё раз" in str(await floor.press("Иван", "завтра 10:00", NAME))
        assert await floor.deadlines(f"L_{lead}") == before
        await floor.press("Иван", "завтра 10:00", NAME)
        assert await floor.deadlines(f"L_{lead}") == ["ср 11 10:00"]


async def test_words(tmp_path: Path) -> None:
    """Words come back for [Верно]; a bare day gives choices; the past and nonsense are said so, nothing is recorded."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead = await floor.new_lead()
        await floor.press("Иван", "Просит перезвонить", NAME)
        for words, answer in (
            ("вчера в 10", "Это время уже прошло"),
            ("абракадабра", "Не понял время"),
            ("завтра в 22", "завтра, вт 3 ноября, 22:00 – верно?\n⚠️ Это вне рабочих часов."),
        ):
            await floor.say("Иван", words)
            assert answer in (await floor.card("Иван", NAME))["text"]
        await floor.press("Иван", "Изменить", NAME)
        await floor.say("Иван", "в пятницу")
        offered = labels(await floor.card("Иван", NAME))
        assert offered[0] == "пт 6 ноября, 10:00"
        assert await floor.deadlines(f"L_{lead}") == ["пн 2 10:15"]
        assert await floor.comments("lead", lead) == []
        await floor.press("Иван", "пт 6 ноября, 15:00", NAME)
        assert await floor.deadlines(f"L_{lead}") == ["пт 6 15:00"]
        assert (await receipt(floor, "Иван", NAME)).startswith("✅ Записано")


async def test_calendar_and_zone(tmp_path: Path) -> None:
    """Another zone of the client is kept and shown on every screen; the calendar gives day, then time."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead = await floor.new_lead()
        await walk(floor, "Иван", NAME, "Просит перезвонить → Другой пояс → Новосибирск +4 → ✎ завтра в 14")
        text = (await floor.card("Иван", NAME))["text"]
        assert "завтра, вт 3 ноября, 14:00 (у клиента 18:00) – верно?" in text
        await walk(floor, "Иван", NAME, "Изменить → Другое время → › → ← Назад → Другое время → 5")
        day = await floor.card("Иван", NAME)
        assert "чт 05.11: во сколько?" in day["text"]
        assert "вне часов" in day["text"]
        assert {"16:30", "·18:30", "·19:00"} <= set(labels(day))  # at 18:30 it is half past ten at his place
        await floor.press("Иван", "12:30", NAME)
        assert await floor.deadlines(f"L_{lead}") == ["чт 5 12:30"]
        await floor.at("2026-11-05T12:30")
        assert "у него 16:30" in (await floor.card("Иван", NAME))["text"]


async def test_far_times_ask_why(tmp_path: Path) -> None:
    """From seven days on a reason is asked and told in the comment; six days need none."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead = await floor.new_lead()
        await walk(floor, "Иван", NAME, "Просит перезвонить → ✎ 9 ноября в 12 → Верно")
        assert {"Вахта", "Отпуск", "Ждёт зарплату", "Ждёт документы", "Семья", "Другое"} <= set(
            labels(await floor.card("Иван", NAME))
        )
        await walk(floor, "Иван", NAME, "Другое → ✎ уехал к родителям")
        (comment,) = await floor.comments("lead", lead)
        assert "Почему не раньше: Другое\nПочему не раньше: уехал к родителям" in comment
        assert await floor.deadlines(f"L_{lead}") == ["пн 9 12:00"]

        near = await floor.new_lead("Олег Близкий", "+74952223355")
        await walk(floor, "Иван", "Близкий", "Просит перезвонить → ✎ 6 ноября в 12 → Верно")
        assert await floor.deadlines(f"L_{near}") == ["пт 6 12:00"]


async def test_back_and_cancel(tmp_path: Path) -> None:
    """[← Назад] takes one answer back, [Отмена] all of them; neither records anything."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead = await floor.new_lead()
        before = await floor.card("Иван", NAME)
        await walk(floor, "Иван", NAME, "Дозвонился → До 250 тыс. → ← Назад")
        assert "Долги с процентами?" in (await floor.card("Иван", NAME))["text"]
        await walk(floor, "Иван", NAME, "Суммы не знает → Отмена")
        after = await floor.card("Иван", NAME)
        assert (after["message_id"], labels(after)) == (before["message_id"], labels(before))
        await walk(floor, "Иван", NAME, "Дозвонился → ← Назад")
        assert labels(await floor.card("Иван", NAME)) == labels(before)
        assert await floor.comments("lead", lead) == []
        await walk(floor, "Иван", NAME, "Другой результат → Спам → Изменить ответ → Тест → ✅ Записать")
        assert (await floor.lead(lead))["stageId"] == "TEST"


@pytest.mark.slow
async def test_resumed_after_days_and_a_restart(tmp_path: Path) -> None:
    """A questionnaire begun on Monday is finished on Wednesday, in another process, in the message where it began."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead = await floor.new_lead()
        await walk(floor, "Иван", NAME, "Дозвонился → До 250 тыс.")
        began = (await floor.card("Иван", NAME))["message_id"]
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await floor.at("2026-11-05T11:00")
        assert "О чём договорились?" in (await floor.card("Иван", NAME))["text"]
        await walk(floor, "Иван", NAME, "Пока не готов → Нет времени → ✎ завтра в 14 → Верно")
        assert await floor.deadlines(f"L_{lead}") == ["пт 6 14:00"]
        message = next(one for one in await floor.messages("Иван") if one["message_id"] == began)
        assert message["text"].startswith("✅ Записано")


async def test_typed_answers_with_two_cards(tmp_path: Path) -> None:
    """Two cards wait for words: what is typed answers the one that asked last, whatever was sent in between."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        first = await floor.new_lead("Анна Первая", "+74950000001")
        second = await floor.new_lead("Борис Второй", "+74950000002")
        await walk(floor, "Иван", "Первая", "Просит перезвонить")
        await walk(floor, "Иван", "Второй", "Просит перезвонить")
        await floor.say("Иван", "/help")
        await floor.say("Иван", "завтра в 12")
        await floor.press("Иван", "Верно", "Второй")
        assert await floor.deadlines(f"L_{second}") == ["вт 3 12:00"]
        assert await floor.deadlines(f"L_{first}") == ["пн 2 10:15"]
        await floor.say("Иван", "завтра в 13")
        await floor.press("Иван", "Верно", "Первая")
        assert await floor.deadlines(f"L_{first}") == ["вт 3 13:00"]
        await floor.say("Иван", "просто так")
        assert "Я жду нажатия кнопки" in await floor.shows("Иван")


@pytest.mark.slow
async def test_known_obstacle_is_offered_again(tmp_path: Path) -> None:
    """«Как в прошлый раз» appears once an obstacle is known, and keeps the field as it was."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead, portal = await floor.new_lead(), Portal(floor)
        await walk(floor, "Иван", NAME, "Дозвонился → До 250 тыс. → Пока не готов")
        assert "Как в прошлый раз" not in labels(await floor.card("Иван", NAME))
        await walk(floor, "Иван", NAME, "Боится за имущество → завтра 10:00")
        await floor.at("2026-11-03T10:00")
        assert "Мешает: боится за имущество" in (await floor.card("Иван", NAME))["text"]
        await walk(floor, "Иван", NAME, "Дозвонился → До 250 тыс. → Пока не готов → Как в прошлый раз → сегодня 17:30")
        assert (await portal.fields("lead", lead))["OBSTACLE"] == "Боится за имущество"
        assert "Что мешает: Как в прошлый раз" in (await floor.comments("lead", lead))[-1]
