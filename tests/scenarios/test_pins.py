"""What stays at the top of a chat: «Сегодня» of a person, the board of a group. Without a sound, and kept current."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.scenarios.floor import Floor
from tests.scenarios.shop import Restarts

GROUP = "группа"
_TOKEN = "7000000001:sandbox-demo-token"


async def pinned(floor: Floor, who: str) -> list[dict[str, Any]]:
    return [one for one in await floor.messages(who) if one["pinned"]]


async def services(floor: Floor, who: str) -> int:
    """How often the chat says that something was pinned."""
    found = await floor.get(f"/sandbox/chats/{await floor.chat(who)}/messages?after=0")
    return sum(one["service"] == "pinned_message" for one in found)


async def test_today_stays_on_top_and_current(tmp_path: Path) -> None:
    """Counters follow the work; the next one takes its place; other lists open beside it."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await floor.say("Анна", "/today")
        (first,) = await pinned(floor, "Анна")
        before = first["text"]
        await floor.new_lead("Пётр Проверкин", "+74952223344", owner="Анна")
        await floor.advance("PT30S")
        (now,) = await pinned(floor, "Анна")
        assert now["message_id"] == first["message_id"]
        assert "10:15 Обработать лид – Пётр П." in now["text"]
        assert "след. в 10:15" in now["text"]
        assert "Пётр П." not in before
        edited = now["edit_date"]
        await floor.at("2026-11-02T10:03")
        assert (await pinned(floor, "Анна"))[0]["edit_date"] == edited  # it says the same with every minute
        await floor.at("2026-11-02T10:21")
        assert "Обработать лид – Пётр П. ⏰" in (await pinned(floor, "Анна"))[0]["text"]
        await floor.press("Анна", "Не дозвонился", "Проверкин")
        await floor.advance("PT30S")
        assert "Обработать лид – Пётр П." not in (await pinned(floor, "Анна"))[0]["text"]

        await floor.press_message("Анна", first["message_id"], "Завтра")
        assert (await floor.shows("Анна")).startswith(("Завтра", "На завтра"))
        assert (await pinned(floor, "Анна"))[0]["text"].startswith("Сегодня")
        await floor.say("Анна", "/today")
        (second,) = await pinned(floor, "Анна")
        assert second["message_id"] > first["message_id"]
        assert await services(floor, "Анна") == 2
        assert (await floor.shows("Анна")).startswith("Сегодня")  # what Telegram says of the pin is gone
        assert not [one for one in await floor.messages("Анна") if "Нет доступа" in one["text"]]


async def test_what_is_left_overnight_says_of_which_day_it_is(tmp_path: Path) -> None:
    """A renamed client is renamed there as well."""
    async with Floor(tmp_path, "2026-11-02T18:00") as floor:
        lead = await floor.new_lead("Пётр Проверкин", "+74952223344", owner="Анна")
        await floor.at("2026-11-02T18:40")
        await floor.say("Анна", "/today")
        assert "18:15 Обработать лид – Пётр П. ⏰" in (await pinned(floor, "Анна"))[0]["text"]
        await floor.portal("crm.lead.update", {"id": lead, "fields": {"NAME": "Павел"}})
        await floor.advance("PT1M")
        assert "18:15 Обработать лид – Павел П. ⏰" in (await pinned(floor, "Анна"))[0]["text"]
        await floor.at("2026-11-03T08:00")
        assert "пн 18:15 Обработать лид – Павел П. ⏰" in (await pinned(floor, "Анна"))[0]["text"]


async def test_who_takes_it_down_or_deletes_it_is_left_in_peace(tmp_path: Path) -> None:
    async with Floor(tmp_path, "2026-11-02T10:00") as floor, Restarts(floor) as bot:
        await floor.say("Анна", "/today")
        (first,) = await pinned(floor, "Анна")
        token, chat = _TOKEN, await floor.chat("Анна")
        await floor.post(f"/bot{token}/unpinChatMessage", {"chat_id": chat, "message_id": first["message_id"]})
        await bot.stop()
        await bot.start()
        await floor.new_lead("Пётр Проверкин", "+74952223344", owner="Анна")
        await floor.advance("PT30S")
        assert await pinned(floor, "Анна") == []
        shown = next(one for one in await floor.messages("Анна") if one["message_id"] == first["message_id"])
        assert "Пётр П." in shown["text"]
        await floor.post(f"/bot{token}/deleteMessage", {"chat_id": chat, "message_id": first["message_id"]})
        await floor.press("Анна", "Не дозвонился", "Проверкин")
        await floor.advance("PT1M")
        assert not [one for one in await floor.messages("Анна") if (one["text"] or "").startswith("Сегодня")]
        await floor.say("Анна", "/today")
        assert len(await pinned(floor, "Анна")) == 1


async def test_the_board_is_pinned_once_it_may_be(tmp_path: Path) -> None:
    """A refusal is obeyed until the bot's rights change; a board that was bound anew takes the place of the other."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        (board,) = await pinned(floor, GROUP)
        assert "сделано" in board["text"]
        await floor.faults("telegram", "reject", methods=["pinChatMessage"])
        group = await floor.chat(GROUP)
        body = {"user_id": floor.people["Алла"]["id"], "text": "/bind"}
        await floor.post(f"/sandbox/chats/{group}/messages", body)
        await floor.advance("PT1M")  # the group has just got another new message
        assert await pinned(floor, GROUP) == []
        await floor.faults("telegram", "none")
        await floor.new_lead()
        await floor.at("2026-11-02T10:25")
        assert await pinned(floor, GROUP) == []
        for member in (False, True):
            await floor.post(f"/sandbox/chats/{group}/bot", {"member": member})
            await floor.idle()
        await floor.advance("PT30S")
        (again,) = await pinned(floor, GROUP)
        assert again["message_id"] > board["message_id"]
