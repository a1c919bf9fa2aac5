"""The supervisors' board: one message in the group, edited in place, quiet when there is nothing to say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.floor import Floor
from tests.scenarios.paths import walk

ADMIN = "Алла"
START = "2026-11-02T10:00"


async def _group(floor: Floor) -> int:
    """Where the group is now: after an upgrade, the supergroup."""
    groups = [chat for chat in await floor.get("/sandbox/chats") if chat["type"] != "private"]
    return int(next((chat for chat in groups if chat["type"] == "supergroup"), groups[0])["id"])


async def _boards(floor: Floor) -> list[dict[str, Any]]:
    found = await floor.get(f"/sandbox/chats/{await _group(floor)}/messages?after=0")
    return [one for one in found if "сделано" in one["text"] and not one["deleted"]]


async def _board(floor: Floor) -> str:
    (message,) = await _boards(floor)
    return str(message["text"])


async def _calls(floor: Floor, after: int = 0) -> list[dict[str, Any]]:
    """Calls of the messenger about the group, without those that people never see."""
    group = str(await _group(floor))
    rows = await floor.get(f"/sandbox/journal?target=telegram&after={after}")
    return [row for row in rows if str((row["params"] or {}).get("chat_id")) == group]


async def _bind(floor: Floor) -> None:
    body = {"user_id": floor.people[ADMIN]["id"], "text": "/bind"}
    await floor.post(f"/sandbox/chats/{await _group(floor)}/messages", body)
    await floor.idle()
    await floor.advance("PT3S")


async def test_what_one_call_did_counts_once(tmp_path: Path) -> None:
    """The lead's task and the deal's end in one conversation; what somebody else ended is no deed of the manager's."""
    async with Floor(tmp_path, START) as floor:
        await floor.new_lead("Пётр Проверкин", "+74951110001")
        steps = "Дозвонился → Больше 1 млн → Встреча в офисе → завтра 10:00"
        await walk(floor, "Иван", "Пётр", steps)
        await floor.advance("PT1M")
        assert "Иван С.  0  сегодня 3, сделано 1" in await _board(floor)
        await floor.new_lead("Вера Новикова", "+74951110002")
        await walk(floor, "Иван", "Вера", "Дозвонился → Больше 1 млн → Отмена")
        await floor.advance("PT1M")
        assert "Иван С.  0  сегодня 5, сделано 2" in await _board(floor)
        await walk(floor, "Иван", "Вера", "Записал на встречу → Офис → завтра 11:00")
        await floor.advance("PT1M")
        assert "Иван С.  0  сегодня 5, сделано 3" in await _board(floor)
        lead = await floor.new_lead("Олег Проверкин", "+74951110003")
        await floor.portal("crm.lead.update", {"id": lead, "fields": {"STATUS_ID": "SPAM"}})
        await floor.idle()
        await floor.advance("PT1M")
        assert "Иван С.  0  сегодня 5, сделано 3" in await _board(floor)


async def test_who_is_late_and_how_long(tmp_path: Path) -> None:
    """Five minutes after the due time the board names client and manager; ages grow; done is gone."""
    async with Floor(tmp_path, START) as floor:
        assert "🟢 Просрочек нет" in await _board(floor)
        await floor.new_lead("Пётр Проверкин", "+74951110001")
        await floor.at("2026-11-02T10:03")
        await floor.new_lead("Вера Новикова", "+74951110002", owner="Анна")
        await floor.at("2026-11-02T10:19")
        assert "🟢 Просрочек нет" in await _board(floor)
        await floor.at("2026-11-02T10:20")
        text = await _board(floor)
        assert "🔴 Просрочено 1 · старейшее 5 мин" in text
        assert "Обработать лид 1 (5 мин – Пётр П., Иван С.)" in text
        assert "Иван С.  1 (старшее 5 мин)" in text
        await floor.at("2026-11-02T10:33")
        text = await _board(floor)
        assert "🔴 Просрочено 2 · старейшее 18 мин" in text
        assert "Обработать лид 2 (старший 18 мин – Пётр П., Иван С.)" in text
        assert "Анна К.  1 (старшее 15 мин)" in text
        for secret in ("Проверкин", "Новикова", "+7495"):
            assert secret not in text
        await floor.press("Иван", "Не дозвонился", "Проверкин")
        assert "🔴 Просрочено 1" in await _board(floor)
        await floor.press("Анна", "Не дозвонился", "Новикова")
        await floor.idle()
        text = await _board(floor)
        assert "🟢 Просрочек нет" in text
        assert "Иван С.  0  сегодня 4, сделано 1" in text


async def test_a_board_that_would_read_the_same_is_left_alone(tmp_path: Path) -> None:
    """An hour in which nothing is late costs the group no call."""
    async with Floor(tmp_path, START) as floor:
        await floor.advance("PT1M")
        last = (await floor.get("/sandbox/journal?target=telegram"))[-1]["id"]
        for _ in range(12):
            await floor.advance("PT5M")
        assert await _calls(floor, last) == []
        (message,) = await _boards(floor)
        assert message["edit_date"] is None


async def test_owners_who_are_not_linked(tmp_path: Path) -> None:
    """The task is set in the CRM for him, the board counts it, nobody gets the card; colleagues may take him."""
    async with Floor(tmp_path, START) as floor:
        assert "Нет исполнителя" not in await _board(floor)
        lead = await floor.new_lead("Чужой Клиент", "+74951110003", owner=ADMIN)
        (task,) = await floor.tasks(f"L_{lead}")
        assert task["responsibleId"] == str(floor.people[ADMIN]["crm_user_id"])
        await floor.advance("PT20S")
        assert "Нет исполнителя в боте: 1" in await _board(floor)
        await floor.at("2026-11-02T10:30")
        for who in floor.people:
            cards = [one for one in await floor.messages(who) if "Чужой" in one["text"] and one["buttons"]]
            assert cards == []
        assert "Чужой К., Сайт" in str([one["text"] for one in await floor.messages("Анна")])


@pytest.mark.slow
async def test_a_busy_minute_stays_under_the_groups_limit(tmp_path: Path) -> None:
    """The board changes every two seconds; the group gets at most 18 calls a minute and then the last state."""
    async with Floor(tmp_path, START) as floor:
        await floor.advance("PT5M")
        last = (await floor.get("/sandbox/journal?target=telegram"))[-1]["id"]
        for number in range(30):
            await floor.new_lead(f"Частый{number:02} Клиент", f"+749511100{number:02}")
            await floor.advance("PT2S")
        calls = await _calls(floor, last)
        assert 0 < len(calls) <= 18
        assert {call["method"].casefold() for call in calls} == {"editmessagetext"}
        await floor.advance("PT30S")
        assert "Иван С.  0  сегодня 32, сделано 0" in await _board(floor)


async def test_the_group_becomes_a_supergroup(tmp_path: Path) -> None:
    """The board goes on in the supergroup, as one message."""
    async with Floor(tmp_path, START) as floor:
        await floor.post(f"/sandbox/chats/{await _group(floor)}/migrate", {})
        await floor.new_lead("Пётр Проверкин", "+74951110001")
        await floor.at("2026-11-02T10:25")
        assert "Просрочено 1 · старейшее 10 мин" in await _board(floor)
        await floor.at("2026-11-02T10:30")
        assert "Просрочено 1 · старейшее 15 мин" in await _board(floor)


async def test_a_group_without_the_bot(tmp_path: Path) -> None:
    """Removed: no more calls, work goes on. Added again and bound: a new board below, the old one points to it."""
    async with Floor(tmp_path, START) as floor:
        group = await _group(floor)
        await floor.post(f"/sandbox/chats/{group}/bot", {"member": False})
        await floor.new_lead("Пётр Проверкин", "+74951110001")
        await floor.advance("PT1M")
        last = (await floor.get("/sandbox/journal?target=telegram"))[-1]["id"]
        await floor.at("2026-11-02T10:30")
        assert await _calls(floor, last) == []
        assert await floor.card("Иван", "Проверкин")
        await floor.post(f"/sandbox/chats/{group}/bot", {"member": True})
        await _bind(floor)
        found = await floor.messages("группа")
        assert "Просрочено 1 · старейшее 15 мин" in await _board(floor)
        assert "Просрочено 1" in found[-1]["text"]
        assert [one["text"] for one in found].count("Табло – ниже.") == 1
