"""A client who asks for no calls: his number is left alone wherever it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.floor import Floor
from tests.scenarios.paths import Portal, labels, walk

NAME = "Проверкин"


async def test_barred_numbers(tmp_path: Path) -> None:
    """«Не звонить и не писать» stops what is planned for that number in other leads too."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        other = await floor.new_lead("Пётр Другой", owner="Анна")
        lead = await floor.new_lead()
        await walk(floor, "Иван", NAME, "Другой результат → Просит не звонить → Не звонить и не писать → ✅ Записать")
        assert (await floor.lead(lead))["stageId"] == "JUNK"
        assert await floor.tasks(f"L_{other}") == []
        assert not [one for one in await floor.messages("Анна") if one.get("buttons")]
        assert (await floor.lead(other))["stageId"] == "JUNK"
        assert "просили не звонить" in (await floor.comments("lead", other))[0]


async def test_only_writing(tmp_path: Path) -> None:
    """«Только переписка»: every later task of the client is «Написать», its card has no call in it."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead, portal = await floor.new_lead(), Portal(floor)
        await walk(floor, "Иван", NAME, "Другой результат → Просит не звонить → Только переписка → ✅ Записать")
        card = await floor.card("Иван", NAME)
        assert "только писать" in card["text"]
        assert "Звоню" not in str(card["buttons"])
        await walk(floor, "Иван", NAME, "Ответил в мессенджере → Дал время → завтра 10:00")
        assert await portal.next_up(f"L_{lead}") == "Написать: Пётр Проверкин · вт 3 10:00"
        assert not [one for one in await floor.messages("Иван") if "Звоню" in str(one.get("buttons"))]


async def test_what_is_barred_elsewhere_leaves_no_dead_key(tmp_path: Path) -> None:
    """An answer can no longer be taken back once another lead of the number has changed the plan: its key goes."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await floor.new_lead("Пётр Другой", owner="Анна")
        await floor.new_lead()
        await walk(floor, "Анна", "Другой", "Просит перезвонить → завтра 10:00")
        assert "Исправить" in labels(await floor.card("Анна", "Другой"))
        await walk(floor, "Иван", NAME, "Другой результат → Просит не звонить → Только переписка → ✅ Записать")
        assert not [one for one in await floor.messages("Анна") if "Исправить" in labels(one)]


async def test_a_new_request_from_a_barred_number(tmp_path: Path) -> None:
    """The supervisor is asked first, nobody else gets a card; allowed, the lead is a lead, and the next one too."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await floor.new_lead()
        await walk(floor, "Иван", NAME, "Другой результат → Просит не звонить → Не звонить и не писать → ✅ Записать")
        again, portal = await floor.new_lead("Пётр Второй", owner="Анна"), Portal(floor)
        asked = await floor.card("Ольга", "Второй")
        assert "Номер просил не звонить" in asked["text"]
        assert {"Разрешить звонок", "Закрыть"} <= set(labels(asked))
        assert not [one for one in await floor.messages("Анна") if one.get("buttons")]
        assert (await portal.one_task(f"L_{again}"))["responsibleId"] == str(floor.people["Ольга"]["crm_user_id"])
        await walk(floor, "Ольга", "Второй", "Закрыть → ✅ Записать")
        assert (await floor.lead(again))["stageId"] == "JUNK"

        third = await floor.new_lead("Пётр Третий", owner="Анна")
        await floor.press("Ольга", "Разрешить звонок", "Третий")
        assert (await portal.one_task(f"L_{third}"))["title"] == "Обработать лид: Пётр Третий"
        assert "Звоню" in labels(await floor.card("Анна", "Третий"))
        assert "Запрет на звонки и сообщения снят" in (await floor.comments("lead", third))[-1]
        fourth = await floor.new_lead("Пётр Четвёртый", owner="Анна")
        assert (await portal.one_task(f"L_{fourth}"))["title"] == "Обработать лид: Пётр Четвёртый"


@pytest.mark.slow
async def test_deals_of_a_barred_number(tmp_path: Path) -> None:
    """A deal on the way to a meeting is lost; of a signed one the supervisor decides; letters instead of calls."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        portal = Portal(floor)
        deals = []
        for _ in range(2):
            lead = await floor.new_lead(owner="Анна")
            await walk(floor, "Анна", NAME, "Дозвонился → 250–500 тыс. → Пока не готов → Дорого → завтра 10:00")
            deals.append((await floor.deals_of(lead))[0]["id"])
        signed = {"entityTypeId": 2, "id": deals[1], "fields": {"stageId": "CONTRACT_SIGNED"}}
        await floor.portal("crm.item.update", signed)
        await floor.idle()
        writing = await floor.new_lead("Пётр Письменный", owner="Иван")
        steps = "Другой результат → Просит не звонить → Только переписка → ✅ Записать"
        await walk(floor, "Иван", "Письменный", steps)
        assert (await portal.one_task(f"D_{deals[1]}"))["title"].startswith("Написать об оплате")
        assert (await portal.one_task(f"D_{deals[0]}"))["title"].startswith("Написать по сделке")

        await walk(floor, "Иван", "Письменный", "Просит не писать → Не звонить и не писать → ✅ Записать")
        assert (await floor.lead(writing))["stageId"] == "JUNK"
        stages = [
            (await floor.portal("crm.item.get", {"entityTypeId": 2, "id": deal}))["item"]["stageId"] for deal in deals
        ]
        assert stages == ["LOST_REFUSED", "CONTRACT_SIGNED"]
        assert await floor.tasks(f"D_{deals[0]}") == []
        await floor.press("Ольга", "Оставить: только переписка", NAME)
        assert (await portal.one_task(f"D_{deals[1]}"))["title"].startswith("Написать об оплате")
