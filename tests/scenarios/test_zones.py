"""Where the client is: told by his number, corrected on the card, and what is planned follows at once."""

from __future__ import annotations

from pathlib import Path

from bot.db import cases as db_cases
from bot.services.intents import Show
from tests.scenarios.floor import Floor
from tests.scenarios.paths import Portal, labels, walk

NAME = "Проверкин"
MISS = "Не дозвонился"


async def test_a_mobile_says_where_it_was_given_out(tmp_path: Path) -> None:
    """A Vladivostok mobile: his time stands on the card as told by the number, and can be corrected there."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await floor.new_lead(phone="+79147912345")
        card = await floor.card("Иван", NAME)
        assert "у него 17:00 (по номеру)" in card["text"]
        await floor.press("Иван", "Пояс", NAME)
        panel = await floor.card("Иван", NAME)
        assert "Сейчас считаем: Владивосток +7, у него 17:00. (по номеру)" in panel["text"]
        assert "Камчатка +9" in labels(panel)
        await floor.press("Иван", "Москва", NAME)
        text = (await floor.card("Иван", NAME))["text"]
        assert "у него 10:00" in text
        assert "по номеру" not in text


async def test_a_landline_needs_no_correction(tmp_path: Path) -> None:
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await floor.new_lead(phone="+74232201234")
        card = await floor.card("Иван", NAME)
        assert "у него 17:00" in card["text"]
        assert "по номеру" not in card["text"]
        assert "Пояс" not in labels(card)


async def test_nobody_is_late_while_the_client_sleeps(tmp_path: Path) -> None:
    """In Vladivostok it is half past ten, in Kaliningrad not yet nine: the term begins with the client's morning."""
    async with Floor(tmp_path, "2026-11-02T15:30") as floor:
        east = await floor.new_lead("Пётр Восточный", "+74232201234")
        assert await floor.deadlines(f"L_{east}") == ["вт 3 09:15"]
        await floor.at("2026-11-02T17:00")
        assert not any("Восточный" in (one["text"] or "") for one in await floor.messages("Анна"))
        assert not any("без звонка" in (one["text"] or "") for one in await floor.messages("группа"))
        await floor.say("Ольга", "/stuck")
        assert (await floor.shows("Ольга")).startswith("Застряли: 0, ничьих: 0")
        await floor.new_lead("Яна Западная", "+74012201234")
        await floor.press("Иван", MISS, "Яна")
        await floor.say("Ольга", "/digest")
        assert "Первый звонок ≤ 15 мин: 100 % (1 из 1), обычно меньше минуты, с ночи 1" in await floor.shows("Ольга")
        await floor.at("2026-11-02T23:00")
        west = await floor.new_lead("Олег Западный", "+74012201235")
        await floor.at("2026-11-03T09:01")
        text = (await floor.card("Иван", "Восточный"))["text"]
        assert "Обработать лид · до 09:15" in text
        assert "Просрочено" not in text
        assert await floor.deadlines(f"L_{west}") == ["вт 3 10:15"]
        await floor.at("2026-11-03T10:01")
        assert "до 10:15" in (await floor.card("Иван", "Западный"))["text"]


async def test_a_corrected_zone_moves_the_open_attempt_at_once(tmp_path: Path) -> None:
    """Unknown at first: the company's clock holds. Corrected on the card: one new deadline, the card shows it."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead, portal = await floor.new_lead(phone="+79991234567"), Portal(floor)
        await floor.press("Иван", MISS, NAME)
        await floor.at("2026-11-02T10:41")
        await floor.press("Иван", MISS, NAME)
        assert await floor.deadlines(f"L_{lead}") == ["вт 3 15:00"]
        await floor.at("2026-11-03T08:59")  # before the cards of the opening take their turns in the chat
        await _opens(floor, lead)
        await floor.at("2026-11-03T09:00")
        for zone, deadline, there in (
            ("Камчатка +9", "вт 3 11:15", "18:00"),
            ("Владивосток +7", "вт 3 13:00", "16:00"),
            ("Москва", "вт 3 15:00", "09:00"),
            ("Камчатка +9", "вт 3 11:15", "18:00"),
        ):
            await walk(floor, "Иван", NAME, f"Пояс → {zone}")
            assert await floor.deadlines(f"L_{lead}") == [deadline]
            text = (await floor.card("Иван", NAME))["text"]
            assert f"Попытка 3 из 6 · {deadline[-5:]}" in text
            assert f"у него {there}" in text
        assert await portal.next_up(f"L_{lead}") == f"Попытка дозвониться: Пётр Проверкин · {deadline}"
        await floor.at("2026-11-03T11:15")
        assert "Попытка 3 из 6 · 11:15" in (await floor.card("Иван", NAME))["text"]
        assert len(await floor.tasks(f"L_{lead}")) == 1


async def test_a_promise_keeps_its_instant(tmp_path: Path) -> None:
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead = await floor.new_lead(phone="+79991234567")
        await walk(floor, "Иван", NAME, "Просит перезвонить → сегодня 17:30")
        await floor.at("2026-11-02T17:30")
        await walk(floor, "Иван", NAME, "Пояс → Владивосток +7")
        assert await floor.deadlines(f"L_{lead}") == ["пн 2 17:30"]
        assert "у него 00:30" in (await floor.card("Иван", NAME))["text"]


async def test_another_number_in_the_crm_moves_the_attempt_too(tmp_path: Path) -> None:
    """The portal gets the client's landline: that is where he is from now on."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead = await floor.new_lead(phone="+79991234567")
        await floor.press("Иван", MISS, NAME)
        await floor.at("2026-11-02T10:41")
        await floor.press("Иван", MISS, NAME)
        (phone,) = (await floor.portal("crm.lead.get", {"id": lead}))["PHONE"]
        fields = {"PHONE": [{"ID": phone["ID"], "VALUE": "+74232201234"}]}
        await floor.portal("crm.lead.update", {"id": lead, "fields": fields})
        await floor.advance("PT2M")
        assert await floor.deadlines(f"L_{lead}") == ["вт 3 13:00"]


async def test_a_client_abroad_by_button_and_by_words(tmp_path: Path) -> None:
    """The second page, typed places on the card and in the time picker; what names no place is said and asks again."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead = await floor.new_lead(phone="+79991234567")
        await walk(floor, "Иван", NAME, "Пояс → За границей ›")
        assert {"Берлин −2", "Алматы +2", "Тель-Авив −1", "‹ Россия"} <= set(labels(await floor.card("Иван", NAME)))
        await floor.press("Иван", "Берлин −2", NAME)
        assert "у него 08:00" in (await floor.card("Иван", NAME))["text"]
        await floor.press("Иван", "Пояс", NAME)
        assert "Сейчас считаем: Берлин −2, у него 08:00" in (await floor.card("Иван", NAME))["text"]
        for nonsense in ("Марс", "UTC+40", "ж" * 3000):
            await floor.say("Иван", nonsense)
            assert "крупный город" in await floor.shows("Иван")
        for words, there in (("Бангкок", "14:00"), ("UTC+6", "13:00")):
            await floor.say("Иван", words)
            assert f"у него {there}" in (await floor.card("Иван", NAME))["text"]
            await floor.press("Иван", "Пояс", NAME)
        await floor.press("Иван", "История", NAME)
        await floor.say("Иван", "Берлин")
        assert "жду нажатия" in await floor.shows("Иван")
        await floor.press("Иван", "Пояс", NAME)
        await floor.press("Иван", "← К карточке", NAME)
        await floor.say("Иван", "Берлин")
        assert "жду нажатия" in await floor.shows("Иван")
        await walk(floor, "Иван", NAME, "Просит перезвонить → Другой пояс → За границей ›")
        assert "Стамбул" in labels(await floor.card("Иван", NAME))
        await floor.say("Иван", "Марс")
        assert "крупный город" in await floor.shows("Иван")
        await floor.say("Иван", "завтра в 14:00")
        assert "14:00" in (await floor.card("Иван", NAME))["text"]
        await floor.say("Иван", "алма-ата")
        card = await floor.card("Иван", NAME)
        assert "Пояс: Алматы +2, у него 12:0" in card["text"]
        await floor.press("Иван", "сегодня 17:30", NAME)
        assert await floor.deadlines(f"L_{lead}") == ["пн 2 17:30"]


async def _opens(floor: Floor, lead: int) -> None:
    """Иван has come to this client in his list, before the card comes by itself."""
    app = floor.demo.app
    async with app.database.read() as connection:
        case = (await db_cases.by_crm(connection, "lead", [lead]))[lead]
    person = next(one for one in (await app.people.everybody()).all if one.name.startswith("Иван"))
    await app.apply(Show(person, case))
    await floor.idle()
