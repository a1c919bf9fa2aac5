"""Somebody leaves the company: an admin closes the access, and nothing of the clients is left on that phone."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.services.people import Invited, LinkRefusal
from tests.scenarios.floor import Floor
from tests.scenarios.teams import ADMIN, join, two_teams, write
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
        told = await asked(floor, "/floor", "Ольга")
        assert ["Иван С." in told, "№" in told] == [True, False], told  # by name still, not by a number of the portal


@pytest.mark.slow
async def test_a_supervisor_who_leaves_is_told_of_nothing_any_more(tmp_path: Path) -> None:
    """What his phone tells of clients goes out, others are told of what waits, an invite of before is worth nothing."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await two_teams(floor, group_too=False)
        await write(floor, await floor.chat("группа"), ADMIN, "/bind отдел продаж")
        await floor.new_lead("Вера Новикова", "+74951110002", owner="Анна")
        await floor.say("Пётр", "/case Вера")
        await floor.say("Пётр", "/floor")
        await floor.advance("PT31M")
        assert "30 мин без звонка" in (await floor.card("Пётр", "Вера Н."))["text"]
        people = floor.demo.app.people
        user = next(one.crm_user_id for one in (await people.everybody()).all if one.name == "Пётр Второв")
        token = await people.invite(Invited("Пётр Второв", "supervisor", user), floor.people[ADMIN]["id"])
        await floor.say(ADMIN, "/people")
        await floor.press(ADMIN, "Пётр Второв")
        await floor.press(ADMIN, "🚫 Закрыть доступ…")
        await floor.press(ADMIN, "Закрыть доступ")
        await floor.advance("PT2M")
        his = await floor.messages("Пётр")
        assert not [one for one in his if "Вера Н" in one["text"] or "Анна К." in one["text"]]
        assert sum(one["text"] == "Доступ закрыт." for one in his) == 3
        assert "мин без звонка" in (await floor.card("Дмитрий", "Вера Н."))["text"]
        await floor.new_lead("Олег Новиков", "+74951110003", owner="Анна")
        await floor.advance("PT31M")
        assert len(await floor.messages("Пётр")) == len(his)
        assert await people.start(floor.people["Пётр"]["id"], "Пётр", token) is LinkRefusal.EXPIRED


async def test_a_role_is_changed_and_an_admin_of_the_settings_stays(tmp_path: Path) -> None:
    """Without a new invite; not one's own; who the server's settings let in is not shut out for nothing."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await floor.say(ADMIN, "/people")
        await floor.press(ADMIN, "Иван Соколов")
        assert "какая роль?" in await shown(floor, "Роль…")
        await floor.press(ADMIN, "руководитель")
        assert "Ваша роль теперь: руководитель" in await floor.shows("Иван")
        assert "роль Иван Соколов: менеджер → руководитель" in await asked(floor, "/audit люди")
        await floor.say("Иван", "/floor")
        assert "Отдел к" in await floor.shows("Иван")
        await join(floor, "Фёдор Админов", "admin", 77)
        await floor.say("Фёдор", "/people")
        await floor.press("Фёдор", "Алла Админова")
        await floor.press("Фёдор", "🚫 Закрыть доступ…")
        assert "по настройке ADMINS" in str(await floor.press("Фёдор", "Закрыть доступ"))
        await floor.press("Фёдор", "← Назад")
        await floor.press("Фёдор", "← Назад")
        await floor.press("Фёдор", "Фёдор Админов")
        await floor.press("Фёдор", "Роль…")
        assert "Свою роль не сменить" in str(await floor.press("Фёдор", "менеджер"))


async def test_a_new_account_takes_the_old_one_s_place_and_nothing_stays_there(tmp_path: Path) -> None:
    """A phone that was lost shows no client any more; what waits is on the new one."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await floor.new_lead("Пётр Проверкин")
        await floor.say("Иван", "/today")
        user = floor.people["Иван"]["crm_user_id"]
        await join(floor, "Ваня Соколов", "manager", user)
        await floor.advance("PT5S")
        assert "Проверкин" not in str(await floor.messages("Иван"))
        assert "Петр" not in str(await floor.messages("Иван"))
        old = [one["text"] for one in await floor.messages("Иван")]
        assert old.count("Бот теперь на другом аккаунте Telegram.") == 2
        assert "Проверкин" in (await floor.card("Ваня", "Проверкин"))["text"]
        await floor.advance("PT20M")
        assert [one["text"] for one in await floor.messages("Иван")] == old
