"""A group that is moved, given to another team, left and entered again: nothing that waits is lost on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.floor import Floor
from tests.scenarios.teams import ADMIN, alerts, texts, two_teams, write

START = "2026-11-02T10:00"
VERA = ("Вера Новикова", "+74951110002", "Анна")


async def lost(floor: Floor, chat: int) -> str | None:
    bound = await floor.demo.app.groups.one(chat)
    assert bound is not None
    return bound.lost


async def test_what_waits_follows_a_group_and_then_its_team(tmp_path: Path) -> None:
    """Moved, it shows anew what can be pressed; given to another team, its alerts go where their team is heard."""
    async with Floor(tmp_path, START) as floor:
        first = await floor.chat("группа")
        _, second = await two_teams(floor)
        await floor.new_lead(*VERA)
        await floor.advance("PT31M")
        assert len(await alerts(floor, second)) == 1
        await floor.post(f"/sandbox/chats/{second}/migrate", {})
        await floor.advance("PT5S")
        new = next(int(one["id"]) for one in await floor.get("/sandbox/chats") if one["title"] == "Группа Петра")
        assert ["Вера Н." in one["text"] for one in await alerts(floor, new)] == [True]
        await floor.advance("PT1M")  # a group gets one new message a minute
        assert any(one.startswith("Второй отдел · ") for one in await texts(floor, new))

        await write(floor, new, ADMIN, "/bind отдел продаж")
        await floor.advance("PT2M")
        assert await alerts(floor, new) == []
        assert any("там, где их отдел" in one for one in await texts(floor, new))
        assert ["Вера Н." in one["text"] for one in await alerts(floor, first)] == [True]


@pytest.mark.slow
async def test_a_group_that_we_were_removed_from_waits_for_bind(tmp_path: Path) -> None:
    """Neither rights that come and go nor /team make it a place where alerts are told; admins hear of it once."""
    async with Floor(tmp_path, START) as floor:
        _, second = await two_teams(floor)
        for member, can_write in ((False, True), (True, False), (True, True)):
            await floor.post(f"/sandbox/chats/{second}/bot", {"member": member, "can_write": can_write})
            await floor.advance("PT3S")
            assert await lost(floor, second) == "removed"
        told = [one["text"] for one in await floor.messages(ADMIN) if "Группа Петра" in one["text"]]
        assert [one.split(" ")[0] for one in told] == ["⚠️", "Меня"], told
        await floor.say(ADMIN, "/team отдел продаж группа Группа Петра")
        await floor.press(ADMIN, "Применить")
        assert await lost(floor, second) == "removed"
        await write(floor, second, ADMIN, "/bind второй")
        assert await lost(floor, second) is None


async def test_who_writes_in_the_name_of_the_group_or_is_a_stranger(tmp_path: Path) -> None:
    """Telegram hides an anonymous administrator: he is told how to be seen. A stranger changes nothing by any word."""
    async with Floor(tmp_path, START) as floor:
        first = await floor.chat("группа")
        place = {"id": first, "type": "supergroup", "title": "Отдел продаж"}
        hidden = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
        message = {"message_id": 90001, "date": 1793602800, "chat": place, "from": hidden, "sender_chat": place}
        for number, text in enumerate(("/unbind@dozvon_demo_bot", "Всем привет")):
            update = {"update_id": 900_000 + number, "message": message | {"message_id": 90001 + number, "text": text}}
            await floor.demo.app.inbox.take([update])
        await floor.advance("PT3S")
        said = [one for one in await texts(floor, first) if "от имени группы" in one]
        assert len(said) == 1
        assert "Отправьте /unbind от своего имени" in said[0]
        assert await lost(floor, first) is None
        stranger = await floor.post("/sandbox/people", {"name": "Чужой Человек"})
        floor.people["Чужой"] = stranger
        for words in ("/startle", "/start@other", "/bind", "привет"):
            await floor.say("Чужой", words)
            assert "Нет доступа" in await floor.shows("Чужой"), words


async def test_a_group_is_lost_together_with_the_word_about_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ended between the two, we would never tell the admins: it is one commit."""
    async with Floor(tmp_path, START) as floor:
        first, groups = await floor.chat("группа"), floor.demo.app.groups

        async def ended(*_: object) -> None:
            raise RuntimeError("killed")

        with monkeypatch.context() as patched:
            patched.setattr(groups, "tell_admins", ended)
            with pytest.raises(RuntimeError, match="killed"):
                await groups.lose(first, "rights")
        assert await lost(floor, first) is None
        await groups.lose(first, "rights")
        await groups.lose(first, "rights")
        await floor.advance("PT3S")
        assert len([one for one in await floor.messages(ADMIN) if "нельзя писать" in one["text"]]) == 1
