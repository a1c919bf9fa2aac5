"""Meetings: warm-up, confirmation, «Пришёл?», the result, and everything that can come between."""

from __future__ import annotations

from pathlib import Path

from tests.scenarios.floor import Floor
from tests.scenarios.paths import Portal, labels, walk
from tests.scenarios.shop import when

NAME = "Пётр Проверкин"
BOOKING = "Дозвонился → Больше 1 млн → Встреча в офисе"


async def booked(floor: Floor, time: str = "завтра 10:00", steps: str = BOOKING) -> int:
    """A lead talked into a meeting; returns its deal."""
    lead = await floor.new_lead()
    await walk(floor, "Иван", NAME, f"{steps} → {time}")
    (deal,) = await floor.deals_of(lead)
    return int(deal["id"])


async def stage(floor: Floor, deal: int) -> str:
    params = {"entityTypeId": 2, "id": deal}
    return str((await floor.portal("crm.item.get", params))["item"]["stageId"])


async def to_dos(floor: Floor, deal: int) -> list[tuple[str, str]]:
    """The deal's to-dos as «вт 3 10:00», with N for open and Y for done ones, oldest first."""
    params = {"filter": {"OWNER_TYPE_ID": 2, "OWNER_ID": deal, "PROVIDER_ID": "CRM_TODO"}, "order": {"ID": "ASC"}}
    found = await floor.portal("crm.activity.list", params)
    return [(row["DEADLINE"], row["COMPLETED"]) for row in found]


async def test_a_meeting_from_its_booking_to_the_contract(tmp_path: Path) -> None:
    """Evening confirmation, reminder two hours before, late, came, goes on, contract without payment."""
    async with Floor(tmp_path, "2026-11-02T11:00") as floor:
        deal = await booked(floor, "✎ завтра в 12 → Верно")
        receipt = await floor.shows("Иван")
        assert "Напомню за 2 ч" in receipt, receipt
        await walk(floor, "Иван", NAME, "Готово (0)")
        await floor.at("2026-11-02T18:01")
        card = await floor.card("Иван", NAME)
        assert when(card) == "пн 2 18:00"
        assert "Встреча завтра 12:00, Офис" in card["text"]
        await floor.press("Иван", "Подтвердил", NAME)
        card = await floor.card("Иван", NAME)
        assert await stage(floor, deal) == "MEETING"
        assert len(await floor.tasks(f"D_{deal}")) == 1
        await floor.at("2026-11-03T10:01")
        card = await floor.card("Иван", NAME)
        assert "в 12:00, Офис" in card["text"]
        assert "Подтвердил вчера 18:01" in card["text"]
        await floor.at("2026-11-03T12:16")
        card = await floor.card("Иван", NAME)
        assert when(card) == "вт 3 12:15"
        await floor.press("Иван", "Опаздывает", NAME)
        await floor.at("2026-11-03T12:37")
        card = await floor.card("Иван", NAME)
        assert when(card) == "вт 3 12:36"
        await floor.press("Иван", "Пришёл", NAME)
        await floor.at("2026-11-03T13:21")
        card = await floor.card("Иван", NAME)
        assert when(card) == "вт 3 13:20"
        await floor.press("Иван", "Ещё идёт, +30 мин", NAME)
        await floor.at("2026-11-03T13:52")
        card = await floor.card("Иван", NAME)
        assert when(card) == "вт 3 13:51"
        await walk(floor, "Иван", NAME, "Договор без оплаты → чт 10:00")
        assert await stage(floor, deal) == "CONTRACT_SIGNED"
        assert await floor.deadlines(f"D_{deal}") == ["чт 5 10:00"]
        assert [done for _, done in await to_dos(floor, deal)] == ["Y"]
        assert "MEETING_AT" in await Portal(floor).fields("deal", deal)


async def test_busy_people_are_named_and_free_times_offered(tmp_path: Path) -> None:
    """A second meeting at the same hour: not among the buttons, named when typed, booked all the same if meant so."""
    async with Floor(tmp_path, "2026-11-02T11:00") as floor:
        await booked(floor, "✎ завтра в 10 → Верно")
        second = await floor.new_lead("Анна Проверкина", "+74952223355")
        await walk(floor, "Иван", "Анна", "Дозвонился → Больше 1 млн → Видео с юристом")
        card = await floor.card("Иван", "Анна")
        assert "завтра 10:00" not in labels(card), labels(card)
        assert {"завтра 11:00", "завтра 18:00"} <= set(labels(card))
        await floor.say("Иван", "завтра в 10:30")
        card = await floor.card("Иван", "Анна")
        assert "у вас встреча: 10:00–11:00, Пётр П." in card["text"], card["text"]
        assert "завтра, вт 3 ноября, 11:00" in labels(card), labels(card)
        await floor.press("Иван", "завтра, вт 3 ноября, 11:00", "Анна")
        (deal,) = await floor.deals_of(second)
        assert await floor.deadlines(f"D_{deal['id']}") == ["вт 3 11:00"]
        for one in floor.people.values():
            if one["role"] == "lawyer":
                lawyer = one["name"].split()[0]
        assert "Встреча с вашим участием: Анна П., завтра, вт 3 ноября, 11:00, Видео с юристом" in await floor.shows(
            lawyer
        )
        await floor.say(lawyer, "/calendar")
        await floor.press(lawyer, "Завтра", "Встречи")
        text = await floor.shows(lawyer)
        assert "10:00–11:00 Пётр П., Офис – Иван" in text
        # The lawyer is busy for others too.
        await floor.new_lead("Олег Другой", "+74952223366", owner="Анна")
        await walk(floor, "Анна", "Олег", "Дозвонился → Больше 1 млн → Видео с юристом → ✎ завтра в 11:30")
        card = await floor.card("Анна", "Олег")
        await floor.press("Анна", "Всё равно 11:30", "Олег")
