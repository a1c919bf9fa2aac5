"""A portal that sends no events: everything people do there is noticed by asking."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.floor import Floor
from tests.scenarios.shop import polling_alone

START = "2026-11-02T10:00"
LEAD, DEAL = 1, 2


async def _quiet_lead(floor: Floor, name: str, phone: str, owner: str = "Иван") -> int:
    """A lead that is known two minutes later."""
    lead = await floor.new_lead(name, phone, owner)
    await floor.advance("PT2M")
    assert len(await floor.tasks(f"L_{lead}")) == 1
    return lead


async def _change(floor: Floor, entity: int, number: int, **fields: Any) -> None:
    params = {"entityTypeId": entity, "id": number, "fields": fields, "useOriginalUfNames": "Y"}
    await floor.portal("crm.item.update", params)
    await floor.advance("PT2M")


async def _the_task(floor: Floor, link: str) -> dict[str, Any]:
    """Exactly one of ours is open."""
    (task,) = await floor.tasks(link)
    return task


async def test_a_lead_from_arrival_to_deletion(tmp_path: Path) -> None:
    """Noticed within two minutes: a new lead, another phone, another stage, another owner, its deletion."""
    async with Floor(tmp_path, START) as floor:
        polling_alone(floor)
        lead = await _quiet_lead(floor, "Пётр Проверкин", "+74951110001")
        assert "+74951110001" in (await floor.card("Иван", "Проверкин"))["text"]
        row = (await floor.lead(lead))["fm"][0]
        phone = {"typeId": "PHONE", "valueType": "WORK", "value": "+74959998877"}
        await _change(floor, LEAD, lead, fm={str(row["id"]): phone})
        assert "+74959998877" in (await floor.card("Иван", "Проверкин"))["text"]

        first = await _the_task(floor, f"L_{lead}")
        await _change(floor, LEAD, lead, stageId="FOLLOW_UP")
        second = await _the_task(floor, f"L_{lead}")
        assert (second["id"] != first["id"], second["title"]) == (True, "Перезвонить: Пётр Проверкин")

        await _change(floor, LEAD, lead, assignedById=floor.people["Анна"]["crm_user_id"])
        task = await _the_task(floor, f"L_{lead}")
        assert (task["id"], task["responsibleId"]) == (second["id"], str(floor.people["Анна"]["crm_user_id"]))
        assert not [one for one in await floor.messages("Иван") if "Проверкин" in one["text"] and one["buttons"]]

        await floor.portal("crm.item.delete", {"entityTypeId": LEAD, "id": lead})
        await floor.advance("PT2M")
        assert await floor.tasks(f"L_{lead}") == []
        for who in ("Иван", "Анна"):
            assert not [one for one in await floor.messages(who) if "Проверкин" in one["text"] and one["buttons"]]


async def test_a_task_in_other_hands(tmp_path: Path) -> None:
    """Re-dated: the card follows. Delegated: the lead follows. Completed: its result is asked for. Deleted: as well."""
    async with Floor(tmp_path, START) as floor:
        polling_alone(floor)
        lead = await _quiet_lead(floor, "Пётр Проверкин", "+74951110001")
        link = f"L_{lead}"
        number = int((await _the_task(floor, link))["id"])
        fields = {"DEADLINE": "2026-11-02T12:30:00+03:00"}
        await floor.portal("tasks.task.update", {"taskId": number, "fields": fields})
        await floor.advance("PT2M")
        assert "до 12:30" in (await floor.card("Иван", "Проверкин"))["text"]

        await floor.portal("tasks.task.delegate", {"taskId": number, "userId": floor.people["Анна"]["crm_user_id"]})
        await floor.advance("PT2M")
        assert (await floor.lead(lead))["assignedById"] == floor.people["Анна"]["crm_user_id"]
        await floor.at("2026-11-02T12:31")
        assert "до 12:30" in (await floor.card("Анна", "Проверкин"))["text"]

        await floor.portal("tasks.task.complete", {"taskId": number})
        await floor.advance("PT2M")
        assert "закрыта в CRM без анкеты" in (await floor.card("Анна", "Проверкин"))["text"]
        await floor.press("Анна", "Не дозвонился", "Проверкин")
        assert (await floor.lead(lead))["stageId"] == "NO_ANSWER"
        attempt = await _the_task(floor, link)

        await floor.portal("tasks.task.delete", {"taskId": int(attempt["id"])})
        await floor.at("2026-11-02T13:45")
        assert "закрыта в CRM без анкеты" in (await floor.card("Анна", "Проверкин"))["text"]
        await floor.press("Анна", "Не дозвонился", "Проверкин")
        await floor.advance("PT1M")
        await _the_task(floor, link)


@pytest.mark.slow
async def test_a_deal_moved_by_hand(tmp_path: Path) -> None:
    """The deal's card follows, also into a final stage and back out of it."""
    async with Floor(tmp_path, START) as floor:
        polling_alone(floor)
        lead = await _quiet_lead(floor, "Пётр Проверкин", "+74951110001")
        for label in ("Дозвонился", "До 250 тыс.", "Встреча в офисе", "завтра 10:00"):
            await floor.press("Иван", label, "Проверкин")
        (deal,) = await floor.deals_of(lead)
        link = f"D_{deal['id']}"
        assert (await _the_task(floor, link))["title"].startswith("Встреча")
        await _change(floor, DEAL, deal["id"], stageId="CONTRACT_FOLLOW_UP")
        assert (await _the_task(floor, link))["title"].startswith("Перезвонить по договору")
        contact = await floor.portal("crm.contact.get", {"id": deal["contactId"]})
        phones = [{"ID": contact["PHONE"][0]["ID"], "VALUE": "+74959998877"}]
        await floor.portal("crm.contact.update", {"id": deal["contactId"], "fields": {"PHONE": phones}})
        await floor.advance("PT2M")
        await floor.at("2026-11-03T18:30")
        assert "+74959998877" in (await floor.card("Иван", "Проверкин"))["text"]
        await _change(floor, DEAL, deal["id"], stageId="LOST_REFUSED")
        assert await floor.tasks(link) == []
        await _change(floor, DEAL, deal["id"], stageId="MEETING_FOLLOW_UP")
        assert (await _the_task(floor, link))["title"].startswith("Перезвонить по сделке")


@pytest.mark.slow
async def test_both_doors_at_once(tmp_path: Path) -> None:
    """People press in Telegram and edit in the CRM in turn: each living case has exactly one open task of ours."""
    async with Floor(tmp_path, START) as floor:
        polling_alone(floor)
        leads = [await _quiet_lead(floor, f"Клиент{n} Двойной", f"+7495111000{n}") for n in range(5)]
        links = [f"L_{lead}" for lead in leads]
        await floor.portal("crm.item.update", _moved(leads[0], stageId="FOLLOW_UP"))
        await floor.press("Иван", "Не дозвонился", "Клиент0")
        await floor.press("Иван", "Не дозвонился", "Клиент1")
        await floor.portal("crm.item.update", _moved(leads[1], stageId="FOLLOW_UP"))
        await floor.press("Иван", "Дозвонился", "Клиент2")
        await floor.portal("crm.item.update", _moved(leads[2], assignedById=3))
        await floor.portal("tasks.task.complete", {"taskId": int((await floor.tasks(links[3]))[0]["id"])})
        await floor.press("Иван", "Не дозвонился", "Клиент3")
        await floor.portal("crm.item.update", _moved(leads[4], stageId="SPAM"))
        await floor.press("Иван", "Не дозвонился", "Клиент4")
        for _ in range(3):
            await floor.advance("PT2M")
        await floor.advance("PT11M")
        for number, lead in enumerate(leads):
            stage = (await floor.lead(lead))["stageId"]
            tasks = await floor.tasks(links[number])
            assert len(tasks) == (0 if stage == "SPAM" else 1), (number, stage)
            owner = str((await floor.lead(lead))["assignedById"])
            assert {task["responsibleId"] for task in tasks} <= {owner}
        assert (await floor.lead(leads[1]))["stageId"] == "FOLLOW_UP"
        assert "Клиент2" in (await floor.card("Анна", "Клиент2"))["text"]


def _moved(lead: int, **fields: Any) -> dict[str, Any]:
    return {"entityTypeId": LEAD, "id": lead, "fields": fields}
