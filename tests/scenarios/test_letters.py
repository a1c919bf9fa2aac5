"""Clients who are written to, and calls that somebody else answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.floor import Floor
from tests.scenarios.paths import Portal, labels, receipt, walk

NAME = "Почтова"
START = "2026-11-02T10:00"


async def letter_lead(floor: Floor, name: str = "Елена Почтова", mail: str = "e.p@example.org") -> int:
    """A lead with an e-mail and no phone."""
    first, _, last = name.partition(" ")
    fields = {
        "TITLE": "Письмо",
        "NAME": first,
        "LAST_NAME": last,
        "ASSIGNED_BY_ID": floor.people["Иван"]["crm_user_id"],
        "EMAIL": [{"VALUE": mail, "VALUE_TYPE": "WORK"}],
    }
    lead = int(await floor.portal("crm.lead.add", {"fields": fields}))
    await floor.idle()
    return lead


async def test_correspondence_goes_on_until_it_qualifies(tmp_path: Path) -> None:
    """«Переписываемся» asks again in half an hour; the data that were sent convert like those of a call."""
    async with Floor(tmp_path, START) as floor:
        lead, portal = await letter_lead(floor), Portal(floor)
        await walk(floor, "Иван", NAME, "Ответил в мессенджере → Переписываемся")
        assert await portal.next_up(f"L_{lead}") == "Ответить: Елена Почтова · пн 2 10:30"
        await floor.at("2026-11-02T10:30")
        await walk(floor, "Иван", NAME, "Ответил в мессенджере → Прислал данные → 500 тыс.–1 млн")
        assert (await floor.lead(lead))["stageId"] == "CONVERTED"
        await walk(floor, "Иван", NAME, "Видео с юристом → завтра 10:00")
        (deal,) = await floor.deals_of(lead)
        assert (deal["stageId"], bool(deal["contactId"])) == ("MEETING", True)


async def test_silence_in_letters_is_counted_like_silence_on_the_phone(tmp_path: Path) -> None:
    """«Не ответил» is a miss of the same regulations; its tasks stay letters."""
    async with Floor(tmp_path, START) as floor:
        lead, portal = await letter_lead(floor), Portal(floor)
        await floor.press("Иван", "Не ответил", NAME)
        assert (await receipt(floor, "Иван", NAME)).startswith("✅ Записано: Недозвон 1 из 6. Дальше 10:40")
        assert await portal.next_up(f"L_{lead}") == "Написать: Елена Почтова · пн 2 10:40"
        assert (await floor.lead(lead))["stageId"] == "NO_ANSWER"


@pytest.mark.slow
async def test_somebody_else_answered(tmp_path: Path) -> None:
    """«Ответил не клиент» says nothing of debts; a time that was named counts as an attempt and is kept."""
    async with Floor(tmp_path, START) as floor:
        lead, portal = await floor.new_lead(), Portal(floor)
        await walk(floor, "Иван", "Проверкин", "Другой результат → Ответил не клиент")
        card = await floor.card("Иван", "Проверкин")
        assert "О долгах – ни слова" in card["text"]
        assert labels(card)[:4] == ["Позовут, есть время", "Дал другой номер", "Сам интересуется", "Клиента здесь нет"]
        await walk(floor, "Иван", "Проверкин", "Позовут, есть время → завтра 10:00")
        assert (await portal.fields("lead", lead))["TRIES"] == 1
        await floor.at("2026-11-03T10:00")
        await floor.press("Иван", "Не дозвонился", "Проверкин")
        assert (await receipt(floor, "Иван", "Проверкин")).startswith("✅ Записано: Недозвон 2 из 6")


async def test_hung_up_is_written_to_first(tmp_path: Path) -> None:
    """«Бросил трубку»: the next day, «Написать и позвонить», with the reason to write first."""
    async with Floor(tmp_path, START) as floor:
        lead, portal = await floor.new_lead(), Portal(floor)
        await walk(floor, "Иван", "Проверкин", "Другой результат → Бросил трубку")
        assert (await floor.lead(lead))["stageId"] == "FOLLOW_UP"
        assert (await portal.next_up(f"L_{lead}")).startswith("Написать и позвонить: Пётр Проверкин · вт 3")
        await floor.at("2026-11-03T10:00")
        assert "сначала напишите" in (await floor.card("Иван", "Проверкин"))["text"]
