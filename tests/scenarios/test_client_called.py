"""The client calls or writes himself: his plan waits, he comes first, and nothing that was promised is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.floor import Floor
from tests.scenarios.paths import Portal, labels, receipt, walk
from tests.scenarios.shop import polling_alone

NAME = "Проверкин"
LEAD, DEAL, CONTACT = 1, 2, 3
CALL, LETTER, CHAT = 2, 4, 6
INWARD, OUTWARD = 1, 2


async def contacted(
    floor: Floor, owner_type: int, owner: int, kind: int = CALL, direction: int = INWARD, began: str | None = None
) -> None:
    """A call or a message appears in the record's timeline."""
    fields = {
        "OWNER_TYPE_ID": owner_type,
        "OWNER_ID": owner,
        "TYPE_ID": kind,
        "DIRECTION": direction,
        "SUBJECT": "Звонок",
        "COMPLETED": "Y",
        "COMMUNICATIONS": [{"VALUE": "+74952223344", "TYPE": "PHONE"}],
    }
    if kind == CHAT:
        fields |= {"PROVIDER_ID": "IMOPENLINES_SESSION", "PROVIDER_TYPE_ID": "IMOPENLINES_SESSION"}
    if began is not None:
        fields["START_TIME"] = began
    await floor.portal("crm.activity.add", {"fields": fields})
    await floor.advance("PT3S")


async def test_in_the_middle_of_the_attempts(tmp_path: Path) -> None:
    """The attempt is completed with a note, the call comes first; a miss there is the next attempt of the six."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead, portal = await floor.new_lead(), Portal(floor)
        await floor.press("Иван", "Не дозвонился", NAME)
        assert (await portal.one_task(f"L_{lead}"))["title"] == "Попытка дозвониться: Пётр Проверкин"
        await floor.at("2026-11-02T10:20")
        await contacted(floor, LEAD, lead)
        assert await portal.next_up(f"L_{lead}") == "Клиент звонил: Пётр Проверкин · пн 2 10:35"
        card = await floor.card("Иван", NAME)
        assert "Клиент звонил" in card["text"]
        assert "Звонил сам в 10:20" in card["text"]
        assert "Оставить как было" not in labels(card)  # an attempt is no promise
        assert "Было намечено: Попытка дозвониться" in (await floor.comments("lead", lead))[-1]
        await contacted(floor, LEAD, lead)  # he calls again: the same task
        await floor.press("Иван", "Не дозвонился", NAME)
        assert "Недозвон 2 из 6" in await receipt(floor, "Иван", NAME)
        await floor.advance("PT61S")
        await contacted(floor, LEAD, lead, kind=CHAT)
        assert "Написал сам" in (await floor.card("Иван", NAME))["text"]
        await walk(floor, "Иван", NAME, "Просит перезвонить → завтра 10:00")
        assert (await portal.fields("lead", lead)).get("TRIES") is None  # a conversation ends the count


@pytest.mark.slow
async def test_before_a_promised_call(tmp_path: Path) -> None:
    """The card names the promise; a miss leaves it standing, so does [Оставить как было]; both doors alone by polls."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        polling_alone(floor)
        lead, portal = await floor.new_lead(), Portal(floor)
        await floor.advance("PT2M")
        await walk(floor, "Иван", NAME, "Просит перезвонить → завтра 10:00")
        promise = await portal.one_task(f"L_{lead}")
        await floor.advance("PT2M")
        await contacted(floor, LEAD, lead)
        await floor.advance("PT1M")
        called = await portal.one_task(f"L_{lead}")
        assert called["title"] == "Клиент звонил: Пётр Проверкин"
        card = await floor.card("Иван", NAME)
        assert "Было намечено: Перезвонить, завтра 10:00" in card["text"]
        assert "Оставить как было" in labels(card)
        await floor.press("Иван", "Не дозвонился", NAME)
        assert (await portal.one_task(f"L_{lead}"))["id"] == promise["id"]
        assert (await floor.lead(lead))["stageId"] == "FOLLOW_UP"
        await floor.press("Иван", "Исправить", NAME)
        assert (await portal.one_task(f"L_{lead}"))["id"] == called["id"]
        await floor.press("Иван", "Оставить как было", NAME)
        assert await portal.next_up(f"L_{lead}") == "Перезвонить: Пётр Проверкин · вт 3 10:00"
        assert "договорённость прежняя" in (await floor.comments("lead", lead))[-1]
        assert (await portal.fields("lead", lead))["NEXT_AT"] == "вт 3 10:00"
        await floor.at("2026-11-03T10:00")
        assert "Обещали в 10:00" in (await floor.card("Иван", NAME))["text"]


async def test_a_call_in_the_contacts_timeline(tmp_path: Path) -> None:
    """It is about the contact's deal; while a questionnaire is open on it, nothing is taken from under the fingers."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead, portal = await floor.new_lead(), Portal(floor)
        await walk(floor, "Иван", NAME, "Дозвонился → 250–500 тыс. → Пока не готов → Дорого → завтра 10:00")
        (deal,) = await floor.deals_of(lead)
        await floor.advance("PT2M")
        await contacted(floor, CONTACT, deal["contactId"])
        link = f"D_{deal['id']}"
        first = await portal.one_task(link)
        assert first["title"] == "Клиент звонил: Пётр Проверкин"
        await floor.press("Иван", "Просит перезвонить", NAME)
        await contacted(floor, LEAD, lead)  # in the timeline of the lead that the deal was made from
        assert (await portal.one_task(link))["id"] == first["id"]
        await walk(floor, "Иван", NAME, "Дорого → завтра 18:00")
        assert await portal.next_up(link) == "Перезвонить по сделке: Пётр Проверкин · вт 3 18:00"


@pytest.mark.slow
async def test_our_own_call_is_the_first_touch(tmp_path: Path) -> None:
    """A recorded outgoing call stamps it as [Звоню] does; one of before the task does not, a letter neither."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead = await floor.new_lead()
        await contacted(floor, LEAD, lead, direction=OUTWARD, began="2026-11-02T09:00:00+03:00")
        await contacted(floor, LEAD, lead, kind=LETTER, direction=OUTWARD)
        assert "Звоню" in labels(await floor.card("Иван", NAME))
        await contacted(floor, LEAD, lead, direction=OUTWARD)
        card = await floor.card("Иван", NAME)
        assert "Звоните с 10:00" in card["text"]
        assert "Звоню" not in labels(card)


@pytest.mark.slow
async def test_a_new_lead_stays_a_new_lead(tmp_path: Path) -> None:
    """The call that has made the lead changes nothing but a line; so does one at night until the morning."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead, portal = await floor.new_lead(), Portal(floor)
        await contacted(floor, LEAD, lead)
        assert (await portal.one_task(f"L_{lead}"))["title"] == "Обработать лид: Пётр Проверкин"
        await walk(floor, "Иван", NAME, "Просит перезвонить → завтра 18:00")
        await floor.at("2026-11-02T23:00")
        await contacted(floor, LEAD, lead)
        assert await portal.next_up(f"L_{lead}") == "Клиент звонил: Пётр Проверкин · вт 3 09:15"
        assert "Звонил" not in await floor.shows("Иван")
        await floor.at("2026-11-03T09:01")
        assert "Звонил сам пн в 23:00" in (await floor.card("Иван", NAME))["text"]


@pytest.mark.slow
async def test_before_a_meeting(tmp_path: Path) -> None:
    """The meeting waits beside the call: left as it was it is the same task; answered otherwise it is off."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead, portal = await floor.new_lead(), Portal(floor)
        await walk(floor, "Иван", NAME, "Дозвонился → 250–500 тыс. → Встреча в офисе → завтра 10:00")
        (deal,) = await floor.deals_of(lead)
        link = f"D_{deal['id']}"
        meeting = await portal.one_task(link)
        await floor.advance("PT2M")
        await contacted(floor, DEAL, deal["id"])
        assert (await portal.one_task(link))["title"] == "Клиент звонил: Пётр Проверкин"
        await floor.press("Иван", "Оставить как было", NAME)
        assert (await portal.one_task(link))["id"] == meeting["id"]
        await floor.advance("PT2M")
        await contacted(floor, DEAL, deal["id"])
        await walk(floor, "Иван", NAME, "Просит перезвонить → Дорого → завтра 18:00")
        assert await portal.next_up(link) == "Перезвонить по сделке: Пётр Проверкин · вт 3 18:00"
        todo = {"OWNER_TYPE_ID": DEAL, "OWNER_ID": deal["id"], "PROVIDER_ID": "CRM_TODO"}
        found = await floor.portal("crm.activity.list", {"filter": todo})
        assert [one["COMPLETED"] for one in found] == ["Y"]


async def test_a_meeting_beside_the_call_keeps_its_time(tmp_path: Path) -> None:
    """While his call is worked on the meeting still stands: nobody else is booked over it. Called off, it is free."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead = await floor.new_lead()
        await walk(floor, "Иван", NAME, "Дозвонился → Больше 1 млн → Встреча в офисе → завтра 10:00")
        (deal,) = await floor.deals_of(lead)
        await floor.at("2026-11-02T11:00")
        await contacted(floor, CONTACT, deal["contactId"])
        assert "Клиент звонил" in (await floor.card("Иван", NAME))["text"]
        await floor.say("Иван", "/calendar")
        await floor.press("Иван", "Завтра", "Встречи")
        assert "10:00–11:00 Пётр П." in await floor.shows("Иван")
        await floor.new_lead("Анна Летова", "+74951110002")
        await walk(floor, "Иван", "Летова", "Дозвонился → Больше 1 млн → Встреча в офисе → ✎ завтра в 10:30")
        assert "В это время у вас встреча: 10:00–11:00, Пётр П." in (await floor.card("Иван", "Летова"))["text"]
        await walk(floor, "Иван", NAME, "Просит перезвонить → Дорого → завтра 18:00")
        await walk(floor, "Иван", "Летова", "✎ завтра в 10:30")
        assert "Верно" in labels(await floor.card("Иван", "Летова"))
