"""/audit: whatever admins and supervisors have changed stands in one list, and words choose from it."""

from __future__ import annotations

from pathlib import Path

from tests.scenarios.floor import Floor
from tests.scenarios.paths import labels
from tests.scenarios.test_admin_playbook import asked, shown

START = "2026-11-11T10:00"


async def test_who_changed_what(tmp_path: Path) -> None:
    async with Floor(tmp_path, START) as floor:
        assert "табло" in await asked(floor, "/audit группы")
        supervisor = next(name for name, one in floor.people.items() if one["role"] == "supervisor")
        await floor.say("Алла", "/people")
        for label in ("Иван Соколов", "➕ Дежурство", "14", "10:00–16:00"):
            await floor.press("Алла", label)
        await floor.say(supervisor, "/away")
        for label in ("Анна Ковалёва", "Заболел(а), сегодня"):
            await floor.press(supervisor, label)
        await asked(floor, "/cadence scoring 6 попыток")
        await floor.press("Алла", "Только к новым")
        await floor.faults("bitrix24", "reject", methods=["crm.timeline.comment.add"])
        await floor.new_lead("Молчит Клиент")
        await floor.press("Иван", "Не дозвонился", "Молчит")
        await floor.advance("PT1M")
        await floor.say("Алла", "/outbox")
        skip = next(label for label in labels((await floor.messages("Алла"))[-1]) if label.startswith("Пропустить"))
        assert "Почему" in await shown(floor, skip)
        assert "CRM не приняла" in await shown(floor, "← Назад")
        await floor.press("Алла", skip)
        assert "Ничего не застряло" in await shown(floor, "Больше не нужно")

        whole = await asked(floor, "/audit неделя")
        parts = (
            "без записи в CRM",
            "Причина: больше не нужно",
            "регламент для новых",
            "попыток 5 → 6",
            "Анна Ковалёва болеет",
            "Иван Соколов – дежурство сб 14 ноября, 10:00-16:00",
        )
        assert sorted(parts, key=whole.index) == list(parts)
        assert f"{floor.people[supervisor]['name']}: Анна Ковалёва болеет" in whole
        told = await asked(floor, "/audit соколов")
        assert "дежурство" in told
        assert "болеет" not in told
        everything = await asked(floor, "/audit")
        assert "/audit Иванов" in everything
        first = await shown(floor, "Раньше ›")
        assert first != everything
        assert "подключение: " in await asked(floor, "/audit люди")
        assert "подключение: " in await shown(floor, "Раньше ›")
        assert "Таких изменений нет" in await asked(floor, "/audit слон люди")
        assert "до 22 знаков" in await asked(floor, "/audit " + "очень длинные слова " * 9)
        assert "только администратор" in await asked(floor, "/audit", "Иван")
