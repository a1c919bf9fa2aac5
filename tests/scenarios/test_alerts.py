"""What supervisors hear by themselves of a task that waits too long, and how that ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.scenarios.floor import Floor
from tests.scenarios.paths import labels, walk

NAME = "Проверкин"
BOSS = "Ольга"


async def _alerts(floor: Floor, client: str = "") -> list[dict[str, Any]]:
    return [one for one in await floor.messages(BOSS) if "срок был" in one["text"] and client in one["text"]]


async def test_half_an_hour_without_a_call(tmp_path: Path) -> None:
    """A new lead at the limit of its stage: one message with keys; done, it is one line without any."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await floor.new_lead()
        await floor.at("2026-11-02T10:29")
        assert await _alerts(floor) == []
        await floor.at("2026-11-02T10:31")
        (told,) = await _alerts(floor)
        assert told["text"] == "🔴 Обработать лид, срок был 10:15: Пётр Проверкин · Иван С."
        assert labels(told) == ["Ответить", "Забираю", "Передать…"]
        await floor.press(BOSS, "Передать…", NAME)
        await floor.press(BOSS, "← Назад", "Кому")
        assert (await _alerts(floor))[0]["text"] == told["text"]  # nobody has asked for help
        await floor.at("2026-11-02T12:30")
        assert len(await _alerts(floor, NAME)) == 1  # once
        await walk(floor, "Иван", NAME, "Просит перезвонить → завтра 10:00")
        shown = next(one for one in await floor.messages(BOSS) if one["message_id"] == told["message_id"])
        assert shown["text"] == "✅ Пётр Проверкин · Иван С.: результат записан, «Дожим на скоринг», 12:30"
        assert not labels(shown)
        await floor.at("2026-11-03T10:21")
        (late,) = await _alerts(floor, NAME)
        assert "Перезвонить, срок был 10:00" in late["text"]
        await floor.press(BOSS, "Забираю", NAME)
        assert "Забрал(а) Ольга Р." in str(await floor.messages(BOSS))
        assert "Перезвонить" in (await floor.card(BOSS, NAME))["text"]


async def test_whom_an_alert_leaves_in_peace(tmp_path: Path) -> None:
    """Not while somebody talks, not beside a call for help, not of one's own; five on a phone, the board counts on."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await floor.new_lead("Анна Помощь", "+74951110001")
        await floor.press("Иван", "Нужна помощь", "Помощь")
        await floor.new_lead("Борис Свой", "+74951110002", owner=BOSS)
        for number in range(6):
            owner = "Анна" if number % 2 else "Иван"
            await floor.new_lead(f"Клиент Номер{number}", f"+7495222000{number}", owner=owner)
        await floor.at("2026-11-02T10:14")
        await floor.new_lead("Вера Разговор", "+74951110003")
        await floor.at("2026-11-02T10:32")
        alerts = await _alerts(floor)
        assert len(alerts) == 4, [one["text"] for one in alerts]  # with the call for help there are five
        assert all("Номер" in one["text"] for one in alerts)
        for one in alerts:
            client, _, owner = one["text"].partition(": ")[2].partition(" · ")
            await walk(floor, owner.split()[0], client, "Не дозвонился → Не писал")
        await floor.press("Иван", "Звоню", "Разговор")
        await floor.at("2026-11-02T10:43")
        assert await _alerts(floor) == []
        await floor.at("2026-11-02T10:45")
        (late,) = await _alerts(floor)
        assert "Вера Разговор" in late["text"]
