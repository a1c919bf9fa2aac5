"""A client who asks for no calls: his number is left alone wherever it stands."""

from __future__ import annotations

from pathlib import Path

from tests.scenarios.floor import Floor
from tests.scenarios.paths import Portal, walk

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
