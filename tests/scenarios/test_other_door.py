"""What people do in the CRM itself is noticed, followed, and never leaves two open tasks."""

from __future__ import annotations

from pathlib import Path

import pytest

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


@pytest.mark.slow
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


async def test_a_half_filled_questionnaire_goes_over_as_a_draft(tmp_path: Path) -> None:
    """The new manager sees what was answered and goes on or begins anew; the former one is told."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead, portal = await floor.new_lead(), Portal(floor)
        anna = floor.people["Анна"]["crm_user_id"]
        await walk(floor, "Иван", NAME, "Дозвонился → До 250 тыс.")
        await set_lead(floor, lead, ASSIGNED_BY_ID=anna)
        told = [one["text"] or "" for one in await floor.messages("Иван")]
        assert any("передано" in text for text in told)
        assert "Начатую анкету он увидит" in told[-1]
        card = await floor.card("Анна", NAME)
        assert "Иван С. уже ответил(а): Дозвонился · До 250 тыс." in card["text"]
        assert {"Продолжить", "Начать заново"} <= set(labels(card))
        assert "Дозвонился" not in labels(card)
        await walk(floor, "Анна", NAME, "Продолжить → Пока не готов → Дорого → завтра 10:00")
        assert await floor.deadlines(f"L_{lead}") == ["вт 3 10:00"]
        assert "Долги с процентами: До 250 тыс." in "".join(await floor.comments("lead", lead))
        assert (await portal.one_task(f"L_{lead}"))["responsibleId"] == str(anna)

        other = await floor.new_lead("Олег Второй", "+74952223355")
        await walk(floor, "Иван", "Второй", "Дозвонился → 250–500 тыс.")
        deal = (await floor.deals_of(other))[0]["id"]
        changed = {"entityTypeId": 2, "id": deal, "fields": {"assignedById": anna}}
        await floor.portal("crm.item.update", changed)
        await floor.idle()
        assert "Дозвонился · 250–500 тыс." in (await floor.card("Анна", "Второй"))["text"]
        await walk(floor, "Анна", "Второй", "Начать заново → Просит перезвонить → Дорого → завтра 10:00")
        assert await floor.deadlines(f"D_{deal}") == ["вт 3 10:00"]


async def test_a_kept_stage_set_by_hand(tmp_path: Path) -> None:
    """Accepted, and the director is asked: he sends it back, or agrees; a manager's forged press decides nothing."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead = await floor.new_lead()
        await walk(floor, "Иван", NAME, "Дозвонился → 250–500 тыс. → Встреча в офисе → завтра 10:00")
        deal = (await floor.deals_of(lead))[0]["id"]
        terminated = {"entityTypeId": 2, "id": deal, "fields": {"stageId": "LOST_TERMINATED"}}
        await floor.portal("crm.item.update", terminated)
        await floor.idle()
        assert await floor.tasks(f"D_{deal}") == []
        asked = await floor.card("Дмитрий", NAME)
        assert "стадия «Договор с клиентом расторгнут»" in asked["text"]
        assert "Было: «Встреча назначена»" in asked["text"]
        await floor.press("Дмитрий", "Вернуть", NAME)
        assert "Вернули в «Встреча назначена»" in await floor.shows("Дмитрий")
        assert len(await floor.tasks(f"D_{deal}")) == 1
        params = {"entityTypeId": 2, "id": deal}
        assert (await floor.portal("crm.item.get", params))["item"]["stageId"] == "MEETING"

        await floor.portal("crm.item.update", terminated)
        await floor.idle()
        await floor.press("Дмитрий", "Согласен", NAME)
        assert "Согласовано" in await floor.shows("Дмитрий")
        assert await floor.tasks(f"D_{deal}") == []
        assert "подтвердили" in (await floor.comments("deal", deal))[-1]
        told = [one["text"] for one in await floor.messages("Иван") if "поставленную в CRM вручную" in one["text"]]
        assert "вернули – снова «Встреча назначена»" in told[0]
        assert "«Договор с клиентом расторгнут», поставленную в CRM вручную, подтвердили" in told[1]


@pytest.mark.slow
async def test_tasks_reopened_and_copied_by_hand(tmp_path: Path) -> None:
    """Whatever is done to tasks by hand, one of ours stays open."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead, portal = await floor.new_lead(), Portal(floor)
        link = f"L_{lead}"
        first = (await floor.tasks(link))[0]["id"]
        await floor.portal("tasks.task.complete", {"taskId": first})
        await floor.idle()
        assert "Чем закончилось?" in (await floor.card("Иван", NAME))["text"]
        await floor.portal("tasks.task.renew", {"taskId": first})
        await floor.advance("PT3S")
        assert "Чем закончилось?" not in (await floor.card("Иван", NAME))["text"]
        assert (await portal.one_task(link))["id"] == first

        await floor.press("Иван", "Не дозвонился", NAME)
        second = (await portal.one_task(link))["id"]
        await floor.portal("tasks.task.renew", {"taskId": first})
        await floor.idle()
        assert (await portal.one_task(link))["id"] == second
        assert "снова открыли задачу" in (await floor.comments("lead", lead))[-1]

        title = (await portal.one_task(link))["title"]
        copy = {"TITLE": title, "RESPONSIBLE_ID": 1, "CREATED_BY": 1, "UF_CRM_TASK": [link], "TAGS": ["dozvon"]}
        await floor.portal("tasks.task.add", {"fields": copy})
        await floor.idle()
        assert (await portal.one_task(link))["id"] == second
        assert "Копия закрыта" in (await floor.comments("lead", lead))[-1]
        own = {"TITLE": "Купить торт", "RESPONSIBLE_ID": 1, "UF_CRM_TASK": [link], "TAGS": ["dozvon"]}
        await floor.portal("tasks.task.add", {"fields": own})
        await floor.idle()
        assert len(await floor.tasks(link)) == 2  # somebody's own business, whatever its tag


@pytest.mark.slow
async def test_a_deadline_in_the_past(tmp_path: Path) -> None:
    """Followed as well: the card comes at once and is overdue."""
    async with Floor(tmp_path, "2026-11-02T12:00") as floor:
        lead = await floor.new_lead()
        await walk(floor, "Иван", NAME, "Просит перезвонить → завтра 10:00")
        (task,) = await floor.tasks(f"L_{lead}")
        past = {"DEADLINE": "2026-11-02T11:00:00+03:00"}
        await floor.portal("tasks.task.update", {"taskId": task["id"], "fields": past})
        await floor.idle()
        await floor.advance("PT1M")
        assert "Просрочено" in (await floor.card("Иван", NAME))["text"]
        assert await floor.deadlines(f"L_{lead}") == ["пн 2 11:00"]


@pytest.mark.slow
async def test_away_and_back(tmp_path: Path) -> None:
    """In a stage that the regulation does not know a record is left alone; back from there it is in work again."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead, portal = await floor.new_lead(), Portal(floor)
        fields = {"ENTITY_ID": "STATUS", "STATUS_ID": "ELSEWHERE", "NAME": "Чужая", "SORT": 900}
        await floor.portal("crm.status.add", {"fields": fields})
        await set_lead(floor, lead, STATUS_ID="ELSEWHERE")
        assert await floor.tasks(f"L_{lead}") == []
        await set_lead(floor, lead, STATUS_ID="NEW")
        assert (await portal.one_task(f"L_{lead}"))["title"] == "Обработать лид: Пётр Проверкин"
