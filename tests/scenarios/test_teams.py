"""Departments of the CRM are teams: each group hears of its own, whatever happens to departments, people and groups."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.floor import Floor
from tests.scenarios.paths import Portal, walk
from tests.scenarios.teams import (
    ADMIN,
    FIRST,
    alerts,
    group,
    read_departments,
    texts,
    two_teams,
    write,
)
from tests.scenarios.test_pins import pinned

START = "2026-11-02T10:00"
VERA = ("Вера Новикова", "+74951110002", "Анна")


async def test_each_group_hears_of_its_own_team(tmp_path: Path) -> None:
    """The second group has its board and alerts; the first one, of the whole floor, no second copy of its alerts."""
    async with Floor(tmp_path, START) as floor:
        first = await floor.chat("группа")
        _, second = await two_teams(floor)
        shown = await texts(floor, second)
        assert shown[1] == "Готово: табло отдела «Второй отдел» будет здесь. Группа слышит о задачах этого отдела."
        assert shown[-1].startswith("Второй отдел · ")
        assert "Анна К." in shown[-1]
        assert "Иван С." not in shown[-1]
        await floor.new_lead("Пётр Проверкин", "+74951110001", owner="Иван")
        await floor.new_lead("Вера Новикова", "+74951110002", owner="Анна")
        await floor.advance("PT31M")
        assert [("Пётр П." in one["text"], "Вера Н." in one["text"]) for one in await alerts(floor, first)] == [
            (True, False)
        ]
        assert [("Пётр П." in one["text"], "Вера Н." in one["text"]) for one in await alerts(floor, second)] == [
            (False, True)
        ]
        board = next(text for text in reversed(await texts(floor, first)) if "сделано" in text)
        assert "Просрочено 2" in board  # the whole floor's board shows everybody
        board = next(text for text in reversed(await texts(floor, second)) if "сделано" in text)
        assert "Просрочено 1" in board
        for who in ("Ольга", "Пётр"):
            assert not [one for one in await floor.messages(who) if "Забираю" in str(one["buttons"])]


async def test_without_a_group_a_team_s_supervisor_is_told_on_his_phone(tmp_path: Path) -> None:
    """No group hears of the second team: its head does, and no other supervisor."""
    async with Floor(tmp_path, START) as floor:
        first = await floor.chat("группа")
        await two_teams(floor, group_too=False)
        await write(floor, first, ADMIN, "/bind отдел продаж")
        await floor.new_lead("Вера Новикова", "+74951110002", owner="Анна")
        await floor.advance("PT31M")
        assert await alerts(floor, first) == []
        assert "Вера Н." in (await floor.card("Пётр", "Вера"))["text"]
        assert not [one for one in await floor.messages("Ольга") if "Вера" in one["text"]]


async def test_a_team_without_a_group_has_its_board_on_the_phone(tmp_path: Path) -> None:
    """Its supervisor's /floor is kept current and stays on top; the next one takes its place."""
    async with Floor(tmp_path, START) as floor:
        first = await floor.chat("группа")
        await two_teams(floor, group_too=False)
        await floor.say("Ольга", "/floor")
        assert not await pinned(floor, "Ольга")  # the group has her board
        await write(floor, first, ADMIN, "/bind отдел продаж")
        await floor.say("Пётр", "/floor")
        (board,) = await pinned(floor, "Пётр")
        assert "Анна К. – сегодня 2, просрочено 0" in board["text"]
        assert "Иван" not in board["text"]
        count = len(await floor.messages("Пётр"))
        await floor.new_lead("Вера Новикова", "+74951110002", owner="Анна")
        await floor.advance("PT25M")
        (board,) = await pinned(floor, "Пётр")
        assert "Анна К. – сегодня 3, просрочено 1" in board["text"]
        assert len(await floor.messages("Пётр")) == count
        await floor.press_message("Пётр", board["message_id"], "🔄 Обновить")
        assert "Анна К. – сегодня 3, просрочено 1" in (await pinned(floor, "Пётр"))[0]["text"]
        await floor.say("Пётр", "/floor")
        (newer,) = await pinned(floor, "Пётр")
        assert newer["message_id"] > board["message_id"]


async def test_digests_and_tasks_without_anybody_belong_to_a_team(tmp_path: Path) -> None:
    """Семён is in the second department and not linked: its board counts his task, the digest of the day is its own."""
    async with Floor(tmp_path, START) as floor:
        first = await floor.chat("группа")
        number, second = await two_teams(floor)
        await write(floor, first, ADMIN, "/bind отдел продаж")
        strange = await floor.portal("user.add", {"NAME": "Семён", "UF_DEPARTMENT": [number]})
        await read_departments(floor)
        fields = {"TITLE": "Чужой", "NAME": "Чужой", "ASSIGNED_BY_ID": strange}
        await floor.portal("crm.lead.add", {"fields": fields | {"PHONE": [{"VALUE": "+74951110009"}]}})
        await floor.advance("PT1M")
        boards = [next(t for t in reversed(await texts(floor, chat)) if "сделано" in t) for chat in (first, second)]
        assert ["Нет исполнителя в боте: 1" in board for board in boards] == [False, True]
        await floor.advance("PT31M")
        assert ["Чужой" in one["text"] for one in await alerts(floor, second)] == [True]
        assert await alerts(floor, first) == []
        await floor.new_lead("Вера Новикова", "+74951110002", owner="Анна")
        await floor.press("Анна", "Не дозвонился", "Вера")
        await floor.at("2026-11-02T19:02")
        told = [next(one for one in reversed(await texts(floor, chat)) if "итог: " in one) for chat in (first, second)]
        assert [one.split(" · ")[0] for one in told] == ["Отдел продаж", "Второй отдел"]
        assert ["Новых лидов в рабочее время не было" in one for one in told] == [True, False]
        assert ["Задач закрыто 1" in one for one in told] == [False, True]


async def test_the_group_of_a_department_above_hears_of_those_below(tmp_path: Path) -> None:
    """The second department has no group: its alerts come to the one above it."""
    async with Floor(tmp_path, START) as floor:
        first = await floor.chat("группа")
        number, _ = await two_teams(floor, group_too=False)
        await floor.portal("department.update", {"ID": number, "PARENT": FIRST})
        await read_departments(floor)
        await write(floor, first, ADMIN, "/bind отдел продаж")
        await floor.new_lead("Вера Новикова", "+74951110002", owner="Анна")
        await floor.advance("PT31M")
        assert ["Вера Н." in one["text"] for one in await alerts(floor, first)] == [True]


async def test_a_renamed_department_and_a_person_who_moves(tmp_path: Path) -> None:
    async with Floor(tmp_path, START) as floor:
        number, second = await two_teams(floor)
        await floor.portal("department.update", {"ID": number, "NAME": "Отдел &quot;Север&quot;"})
        await floor.portal("user.update", {"ID": floor.people["Иван"]["crm_user_id"], "UF_DEPARTMENT": [number]})
        await floor.portal("user.update", {"ID": floor.people["Анна"]["crm_user_id"], "UF_DEPARTMENT": [FIRST]})
        await read_departments(floor)
        board = (await texts(floor, second))[-1]
        assert board.startswith('Отдел "Север" · ')
        assert "Иван С." in board
        assert "Анна К." not in board
        await floor.new_lead("Пётр Проверкин", "+74951110001", owner="Иван")
        await floor.advance("PT31M")
        assert ["Пётр П." in one["text"] for one in await alerts(floor, second)] == [True]


@pytest.mark.slow
async def test_a_department_that_is_removed_is_told_of_once(tmp_path: Path) -> None:
    """Its people are in the one above; its group hears nothing more, and an admin knows it."""
    async with Floor(tmp_path, START) as floor:
        first = await floor.chat("группа")
        number, second = await two_teams(floor)
        await floor.portal("department.delete", {"ID": number})
        await read_departments(floor)
        told = [one["text"] for one in await floor.messages(ADMIN) if "больше нет" in one["text"]]
        assert len(told) == 1
        assert told[0].startswith("Отдела «Второй отдел» в CRM больше нет. Группа «Группа Петра»")
        await read_departments(floor)
        assert len([one for one in await floor.messages(ADMIN) if "больше нет" in one["text"]]) == 1
        await floor.new_lead("Вера Новикова", "+74951110002", owner="Анна")
        await floor.advance("PT31M")
        assert ["Вера Н." in one["text"] for one in await alerts(floor, first)] == [True]
        assert await alerts(floor, second) == []


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"member": False}, "удалили"),
        pytest.param({"member": True, "can_write": False}, "нельзя", marks=pytest.mark.slow),
    ],
)
async def test_a_group_that_is_lost_loses_no_alert(tmp_path: Path, body: dict[str, bool], why: str) -> None:
    """What it was told of and nobody settled is told in the next better place; admins learn of it once."""
    async with Floor(tmp_path, START) as floor:
        first = await floor.chat("группа")
        _, second = await two_teams(floor)
        await floor.new_lead("Вера Новикова", "+74951110002", owner="Анна")
        await floor.advance("PT31M")
        assert len(await alerts(floor, second)) == 1
        await floor.post(f"/sandbox/chats/{second}/bot", body)
        await floor.advance("PT2M")
        assert ["Вера Н." in one["text"] for one in await alerts(floor, first)] == [True]
        await floor.new_lead("Олег Проверкин", "+74951110003", owner="Анна")
        await floor.advance("PT31M")
        assert len(await alerts(floor, first)) == 2
        told = [one["text"] for one in await floor.messages(ADMIN) if "«Группа Петра»" in one["text"]]
        assert len(told) == 1
        assert why in told[0]
        assert "Тревоги идут в группы: «Отдел продаж»." in told[0]
        await floor.post(f"/sandbox/chats/{second}/bot", {"member": True})
        await floor.advance("PT3S")
        if why == "удалили":
            assert "отправьте в ней /bind" in await floor.shows(ADMIN)
            await write(floor, second, ADMIN, "/bind второй")
        else:
            assert "снова можно писать" in await floor.shows(ADMIN)
        await floor.new_lead("Иван Новиков", "+74951110004", owner="Анна")
        await floor.advance("PT31M")
        assert "Иван Н." in (await alerts(floor, second))[-1]["text"]


async def test_rights_that_were_taken_without_a_word_are_noticed_at_the_next_message(tmp_path: Path) -> None:
    """Telegram's own word about it was lost; its refusal says the same."""
    async with Floor(tmp_path, START) as floor:
        first = await floor.chat("группа")
        _, second = await two_teams(floor)
        await floor.post(f"/sandbox/chats/{second}/bot", {"member": True, "can_write": False, "told": False})
        await floor.new_lead("Вера Новикова", "+74951110002", owner="Анна")
        await floor.advance("PT33M")
        assert ["Вера Н." in one["text"] for one in await alerts(floor, first)] == [True]
        assert len([one for one in await floor.messages(ADMIN) if "нельзя писать" in one["text"]]) == 1


async def test_bind_by_buttons_in_a_topic_that_becomes_known_elsewhere(tmp_path: Path) -> None:
    """Several departments: buttons. Others than admins are refused quietly. A topic stays bound when all else moves."""
    async with Floor(tmp_path, START) as floor:
        number, _ = await two_teams(floor, group_too=False)
        chat = await group(floor, "Общая группа")
        await write(floor, chat, "Ольга", "/bind")
        assert len(await texts(floor, chat)) == 1
        assert "попросите его отправить /bind в группе «Общая группа»" in await floor.shows("Ольга")
        await floor.post(f"/sandbox/chats/{chat}/migrate", {})
        chats = [one for one in await floor.get("/sandbox/chats") if one["title"] == "Общая группа"]
        chat = chats[0]["id"]
        topic = (await floor.post(f"/sandbox/chats/{chat}/topics", {"name": "Тревоги"}))["message_thread_id"]
        await write(floor, chat, ADMIN, "/bind", topic)
        found = [one for one in await floor.get(f"/sandbox/chats/{chat}/messages?after=0") if not one["service"]][-1]
        labels = [button["text"] for row in found["buttons"] for button in row]
        assert labels == ["Второй отдел", "Отдел продаж", "Вся компания"]
        path = f"/sandbox/chats/{chat}/messages/{found['message_id']}/press"
        pressed = await floor.post(path, {"user_id": floor.people["Ольга"]["id"], "text": "Второй отдел"})
        assert pressed["answer"]["text"] == "Это может только администратор."
        await floor.post(path, {"user_id": floor.people[ADMIN]["id"], "text": "Второй отдел"})
        await floor.advance("PT30S")
        bound = await floor.demo.app.groups.one(chat)
        assert bound is not None
        assert (bound.team, bound.thread_id) == (number, topic)
        assert "табло отдела «Второй отдел»" in (await texts(floor, chat))[-2]


async def test_a_bound_group_that_becomes_a_supergroup_keeps_its_team(tmp_path: Path) -> None:
    async with Floor(tmp_path, START) as floor:
        number, second = await two_teams(floor)
        await floor.post(f"/sandbox/chats/{second}/migrate", {})
        await floor.advance("PT3S")
        new = next(one["id"] for one in await floor.get("/sandbox/chats") if one["title"] == "Группа Петра")
        bound = await floor.demo.app.groups.one(new)
        assert bound is not None
        assert bound.team == number
        await floor.new_lead("Вера Новикова", "+74951110002", owner="Анна")
        await floor.advance("PT31M")
        assert ["Вера Н." in one["text"] for one in await alerts(floor, new)] == [True]


async def test_bind_by_words_again_and_unbind(tmp_path: Path) -> None:
    async with Floor(tmp_path, START) as floor:
        first = await floor.chat("группа")
        _, second = await two_teams(floor)
        await write(floor, second, ADMIN, "/bind северный")
        assert "Не нашёл отдел «северный». Есть: «Второй отдел», «Отдел продаж»." in (await texts(floor, second))[-1]
        await write(floor, second, ADMIN, "/bind вся компания")
        assert "Группа слышит обо всей компании." in (await texts(floor, second))[-1]
        await floor.advance("PT1M")  # its new board waits for the group's turn
        assert "Иван С." in (await texts(floor, second))[-1]
        await floor.say(ADMIN, "/bind")
        assert "Отправьте /bind в той группе" in await floor.shows(ADMIN)
        await floor.say("Иван", "/bind")
        assert await floor.shows("Иван") == "Это может только администратор."
        await write(floor, second, ADMIN, "/unbind")
        assert (await texts(floor, second))[-1] == "Группа отвязана. Тревоги идут в группы: «Отдел продаж»."
        await write(floor, second, ADMIN, "/unbind")
        assert "не привязана" in (await texts(floor, second))[-1]
        await write(floor, first, ADMIN, "/unbind")
        assert (await texts(floor, first))[-1] == "Группа отвязана. Тревоги идут в личные чаты: Ольга Р., Пётр В."


async def test_one_department_is_the_whole_floor(tmp_path: Path) -> None:
    """The demo: the group is bound at once by one line, and hears of everybody."""
    async with Floor(tmp_path, START) as floor:
        first = await floor.chat("группа")
        await read_departments(floor)
        await write(floor, first, ADMIN, "/bind")
        shown = await texts(floor, first)
        assert shown[-2] == "Готово: табло «Отдел продаж» будет здесь. Группа слышит обо всей компании."
        assert "Иван С." in shown[-1]
        assert "Анна К." in shown[-1]


async def test_a_portal_that_hides_its_departments(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Everybody is one team; it is said once in the log."""
    async with Floor(tmp_path, START, playbook="bankruptcy") as floor:
        floor.demo.sandbox.portal.withhold("department")
        for _ in range(3):
            await read_departments(floor)
        assert [one for one in caplog.messages if "hides its departments" in one] == [
            "the portal hides its departments: the webhook lacks the right 'department'"
        ]
        assert await floor.demo.app.company.lacks() == "department"
        await floor.new_lead("Пётр Проверкин", "+74951110001", owner="Иван")
        await floor.advance("PT31M")
        assert len(await alerts(floor, await floor.chat("группа"))) == 1
        floor.demo.sandbox.portal.withhold()
        await read_departments(floor)
        assert await floor.demo.app.company.lacks() is None


async def test_what_a_supervisor_has_to_decide_goes_to_the_client_s_own(tmp_path: Path) -> None:
    """A client of Анна's who is barred writes again: Пётр, who heads her department, is asked, and not Ольга."""
    async with Floor(tmp_path, START) as floor:
        await two_teams(floor, group_too=False)
        await floor.new_lead(*VERA)
        steps = "Другой результат → Просит не звонить → Не звонить и не писать → ✅ Записать"
        await walk(floor, "Анна", "Вера", steps)
        lead = await floor.new_lead(*VERA)
        task = await Portal(floor).one_task(f"L_{lead}")
        people = await floor.demo.app.people.everybody()
        assert people.name_of(int(task["responsibleId"])) == "Пётр Второв"
        assert "Вера" in (await floor.card("Пётр", "Вера"))["text"]
