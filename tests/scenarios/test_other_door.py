"""What people do in the CRM itself is noticed, followed, and never leaves two open tasks."""

from __future__ import annotations

from pathlib import Path

from tests.scenarios.floor import Floor
from tests.scenarios.paths import Portal, labels, receipt, walk

NAME = "Проверкин"


async def set_lead(floor: Floor, lead: int, **fields: object) -> None:
    """A person edits the lead in the CRM; a minute goes by."""
    await floor.portal("crm.lead.update", {"id": lead, "fields": fields})
    await floor.idle()
    await floor.advance("PT1M")


async def test_a_stage_moved_by_hand(tmp_path: Path) -> None:
    """Accepted: the old task closed with a note, the right one set; a final stage leaves none; and back again."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead, portal = await floor.new_lead(), Portal(floor)
        await walk(floor, "Иван", NAME, "Дозвонился → До 250 тыс.")
        await set_lead(floor, lead, STATUS_ID="FOLLOW_UP")
        assert (await portal.next_up(f"L_{lead}")).startswith("Перезвонить: Пётр Проверкин")
        (note,) = await floor.comments("lead", lead)
        assert "Стадию сменили в CRM: «Новый лид» → «Дожим на скоринг»" in note
        assert any("стадию сменили в CRM" in (one["text"] or "") for one in await floor.messages("Иван"))
        await set_lead(floor, lead, STATUS_ID="JUNK")
        assert await floor.tasks(f"L_{lead}") == []
        await set_lead(floor, lead, STATUS_ID="NEW")
        assert await portal.next_up(f"L_{lead}") == "Обработать лид: Пётр Проверкин · пн 2 10:17"
        assert "Дозвонился" in labels(await floor.card("Иван", NAME))


async def test_a_task_closed_in_the_crm(tmp_path: Path) -> None:
    """Its result is asked for at once, again after 15 minutes, told to the group after 30; it counts when closed."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead = await floor.new_lead()
        (task,) = await floor.tasks(f"L_{lead}")
        await floor.at("2026-11-02T10:03")
        await floor.portal("tasks.task.complete", {"taskId": task["id"]})
        await floor.idle()
        await floor.at("2026-11-02T10:05")
        asked = await floor.card("Иван", NAME)
        assert "Задача закрыта в CRM без анкеты. Чем закончилось?" in asked["text"]
        await floor.at("2026-11-02T10:19")
        assert (await floor.card("Иван", NAME))["message_id"] > asked["message_id"]
        assert "без анкеты" not in await floor.shows("группа")
        await floor.at("2026-11-02T10:34")
        assert "без анкеты 1" in await floor.shows("группа")
        assert await floor.tasks(f"L_{lead}") == []

        await floor.press("Иван", "Не дозвонился", NAME)
        assert (await receipt(floor, "Иван", NAME)).startswith("✅ Записано: Недозвон 1 из 6. Дальше 10:43")
        assert (await floor.comments("lead", lead))[0].startswith("Обработать лид · пн 02.11 10:03")
        await floor.advance("PT1M")
        assert "без анкеты" not in await floor.shows("группа")


async def test_a_deadline_moved_in_the_crm(tmp_path: Path) -> None:
    """Followed: the field says it and the card comes at the new time."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead, portal = await floor.new_lead(), Portal(floor)
        await floor.press("Иван", "Не дозвонился", NAME)
        (task,) = await floor.tasks(f"L_{lead}")
        moved = {"DEADLINE": "2026-11-02T12:20:00+03:00"}
        await floor.portal("tasks.task.update", {"taskId": task["id"], "fields": moved})
        await floor.idle()
        await floor.at("2026-11-02T11:00")
        assert (await portal.fields("lead", lead))["NEXT_AT"] == "пн 2 12:20"
        receipt_id = (await floor.card("Иван", NAME))["message_id"]
        await floor.at("2026-11-02T12:20")
        card = await floor.card("Иван", NAME)
        assert card["message_id"] > receipt_id
        assert "Попытка 2 из 6 · 12:20" in card["text"]


async def test_another_owner_and_back(tmp_path: Path) -> None:
    """The lead's owner takes the task along; a task given away takes the lead along; the card follows each time."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead = await floor.new_lead()
        ivan, anna = (floor.people[who]["crm_user_id"] for who in ("Иван", "Анна"))
        await set_lead(floor, lead, ASSIGNED_BY_ID=anna)
        (task,) = await floor.tasks(f"L_{lead}")
        assert task["responsibleId"] == str(anna)
        assert NAME in (await floor.card("Анна", NAME))["text"]
        assert not [one for one in await floor.messages("Иван") if one.get("buttons")]

        await floor.portal("tasks.task.update", {"taskId": task["id"], "fields": {"RESPONSIBLE_ID": ivan}})
        await floor.idle()
        await floor.advance("PT1M")
        assert (await floor.lead(lead))["assignedById"] == ivan
        await walk(floor, "Иван", NAME, "Просит перезвонить → завтра 10:00")
        assert await floor.deadlines(f"L_{lead}") == ["вт 3 10:00"]


async def test_deleted_in_the_crm(tmp_path: Path) -> None:
    """A deleted task is asked about like a closed one; a deleted lead stops everything."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead = await floor.new_lead()
        (task,) = await floor.tasks(f"L_{lead}")
        await floor.portal("tasks.task.delete", {"taskId": task["id"]})
        await floor.idle()
        await floor.advance("PT2M")
        assert "Чем закончилось?" in (await floor.card("Иван", NAME))["text"]
        await walk(floor, "Иван", NAME, "Просит перезвонить → завтра 10:00")
        assert await floor.deadlines(f"L_{lead}") == ["вт 3 10:00"]
        await floor.portal("crm.lead.delete", {"id": lead})
        await floor.idle()
        await floor.advance("PT2M")
        assert await floor.tasks(f"L_{lead}") == []
        assert not [one for one in await floor.messages("Иван") if one.get("buttons")]
        await floor.at("2026-11-03T10:05")
        assert not [one for one in await floor.messages("Иван") if NAME in (one["text"] or "") and one.get("buttons")]
