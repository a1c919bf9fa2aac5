"""Somebody leaves the company: an admin closes the access, and nothing of the clients is left on that phone."""

from __future__ import annotations

from pathlib import Path

from tests.scenarios.floor import Floor
from tests.scenarios.test_admin_playbook import asked, shown


async def test_access_is_closed(tmp_path: Path) -> None:
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead = await floor.new_lead("Пётр Проверкин")
        card = await floor.card("Иван", "Проверкин")
        await floor.say("Алла", "/people")
        await floor.press("Алла", "Алла Админова")
        await floor.press("Алла", "🚫 Закрыть доступ…")
        assert "Себе доступ не закрыть" in (await floor.press("Алла", "Закрыть доступ") or "")
        await floor.press("Алла", "← Назад")
        await floor.press("Алла", "← Назад")

        await floor.press("Алла", "Иван Соколов")
        assert "Открытых задач: " in await shown(floor, "🚫 Закрыть доступ…")
        assert "Иван" not in await shown(floor, "Закрыть доступ")
        assert "доступ закрыт: Иван Соколов" in await asked(floor, "/audit люди")
        his = await floor.messages("Иван")
        assert not any("Проверкин" in one["text"] and one["buttons"] for one in his)
        assert next(one["text"] for one in his if one["message_id"] == card["message_id"]) == "Доступ закрыт."
        await floor.say("Иван", "/today")
        assert "Нет доступа" in await floor.shows("Иван")

        count = len(await floor.messages("Иван"))
        await floor.new_lead("Вера Вторая", "+74951110002")
        await floor.advance("PT20M")
        assert len(await floor.messages("Иван")) == count
        assert len(await floor.tasks(f"L_{lead}")) == 1
        assert any("Нет исполнителя в боте: " in one["text"] for one in await floor.messages("группа"))
