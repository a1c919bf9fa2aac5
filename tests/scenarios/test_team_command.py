"""/team: who leads a department, when it works, which group hears of it; supervisors see their own team alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.floor import Floor
from tests.scenarios.teams import ADMIN, FIRST, alerts, join, read_departments, two_teams
from tests.scenarios.test_shifts import playbook_with_shifts

START = "2026-11-02T10:00"


async def labels(floor: Floor, who: str) -> list[str]:
    return [button["text"] for row in (await floor.messages(who))[-1]["buttons"] for button in row]


async def test_by_buttons_with_a_preview_and_in_the_audit(tmp_path: Path) -> None:
    """The list, a department, [Руководитель…]: nothing changes before [Применить]; help goes to who was put over it."""
    async with Floor(tmp_path, START) as floor:
        await two_teams(floor)
        await floor.say(ADMIN, "/team")
        shown = await floor.shows(ADMIN)
        assert "Отдел продаж – Ольга Р. (по CRM)\n1 менеджер · Часы компании" in shown
        assert "Второй отдел – Пётр В. (по CRM)\n1 менеджер" in shown
        assert "группа «Группа Петра»" in shown
        await floor.press(ADMIN, "Второй отдел")
        assert await labels(floor, ADMIN) == ["Руководитель…", "Смена…", "Группа…", "← Назад"]
        await floor.press(ADMIN, "Руководитель…")
        assert set(await labels(floor, ADMIN)) == {
            "Ольга Руднева",
            "Дмитрий Орлов",
            "Пётр Второв",
            "Как в CRM",
            "← Назад",
        }
        await floor.press(ADMIN, "Ольга Руднева")
        assert "Руководитель: Пётр В. (по CRM) → Ольга Руднева" in await floor.shows(ADMIN)
        await floor.press(ADMIN, "Отмена")
        await floor.press(ADMIN, "Руководитель…")
        await floor.press(ADMIN, "Ольга Руднева")
        await floor.press(ADMIN, "Применить")
        assert "Готово: отделом «Второй отдел» руководит Ольга Р. (назначено)." in await floor.shows(ADMIN)
        await floor.say(ADMIN, "/audit отделы")
        assert "руководитель отдела «Второй отдел»: Ольга Руднева" in await floor.shows(ADMIN)
        await floor.new_lead("Вера Новикова", "+74951110002", owner="Анна")
        await floor.press("Анна", "Нужна помощь", "Вера")
        assert "просит помощи" in await floor.shows("Ольга")
        assert not [one for one in await floor.messages("Пётр") if "просит помощи" in one["text"]]


async def test_by_words_and_every_refusal_says_what_is_allowed(tmp_path: Path) -> None:
    async with Floor(tmp_path, START) as floor:
        await two_teams(floor)
        said = {
            "/team отдел продаж руководитель ольга": "Руководитель: Ольга Р. (по CRM) → Ольга Руднева",
            "/team второго отдела начальник дмитрий орлов": "→ Дмитрий Орлов",
            "/team второй руководитель Иван": "Иван Соколов – менеджер. Руководить может руководитель или директор: ",
            "/team второй руководитель Зинаида": "Не нашёл «Зинаида». Руководить может руководитель или директор",
            "/team второй смена лунная": "Нет смены «лунная». Есть: ",
            "/team второй смена компании": "Так уже и есть.",
            "/team второй группа отдел продаж": "Группа Отдел продаж слышит: Вся компания → Второй отдел",
            "/team второй группа чужая": "Нет привязанной группы «чужая». Есть: ",
            "/team второй руководитель": "Кто руководит?",
            "/team отдел": "Подходит несколько отделов: ",
            "/team луна": "Не нашёл отдел «луна». Есть: ",
            "/team второй": "Второй отдел – Пётр В. (по CRM)",
            "/team обновить": "Отделы",
        }
        for words, answer in said.items():
            await floor.say(ADMIN, words)
            assert answer in await floor.shows(ADMIN), words
        await floor.say("Иван", "/team")
        assert await floor.shows("Иван") == "Отделы видят администратор, руководители и директор."
        await floor.say("Пётр", "/team")
        assert "Второй отдел" in await floor.shows("Пётр")
        assert "Отдел продаж" not in await floor.shows("Пётр")
        assert (await floor.messages("Пётр"))[-1]["buttons"] == []
        await floor.say("Пётр", "/team второй смена вечерняя")
        assert await floor.shows("Пётр") == "Это может только администратор."


async def test_forged_presses_change_nothing(tmp_path: Path) -> None:
    async with Floor(tmp_path, START) as floor:
        number, _ = await two_teams(floor, group_too=False)
        await floor.say(ADMIN, "/team")
        message = (await floor.messages(ADMIN))[-1]["message_id"]
        path = f"/sandbox/chats/{await floor.chat(ADMIN)}/messages/{message}/press"
        before = await floor.demo.app.people.everybody()
        known = abs(await floor.chat("группа"))
        forged = ("lead|2", "lead|x", "shift|no", "group|77", "moon|1", f"moon|{known}", "lead")
        for data in (
            *(f"b|set|{number}|{one}" for one in forged),
            *("b|set|999999999999|lead|4", f"b|pick|{number}|moon", "b|moon|1", "b|one|x", "b"),
        ):
            await floor.post(path, {"user_id": floor.people[ADMIN]["id"], "data": data})
        await floor.post(path, {"user_id": floor.people["Ольга"]["id"], "data": f"b|set|{number}|lead|4"}, status=403)
        assert (await floor.demo.app.people.everybody()).teams == before.teams


@pytest.mark.slow
async def test_a_team_s_shift_is_when_its_leads_run(tmp_path: Path) -> None:
    """A lead of the evening team that comes at 19:30 is due in a quarter of an hour; another's in the morning."""
    async with Floor(tmp_path / "data", START, playbook_with_shifts(tmp_path)) as floor:
        await two_teams(floor)
        await floor.say(ADMIN, "/team второй отдел смена вечерняя")
        shown = await floor.shows(ADMIN)
        assert "→ Вечерняя, пн–пт 12:00–21:00" in shown
        assert "Анна К." in shown
        await floor.press(ADMIN, "Применить")
        assert "Ваши рабочие часы: Вечерняя, пн–пт 12:00–21:00." in await floor.shows("Анна")
        await floor.at("2026-11-02T19:30")
        one = await floor.new_lead("Вера Новикова", "+74951110002", owner="Анна")
        other = await floor.new_lead("Пётр Проверкин", "+74951110001", owner="Иван")
        assert await floor.deadlines(f"L_{one}") == ["пн 2 19:45"]
        assert await floor.deadlines(f"L_{other}") == ["вт 3 09:15"]
        await floor.at("2026-11-02T20:01")
        assert len(await alerts(floor, (await _groups(floor))[-1])) == 1


async def test_a_supervisor_sees_his_own_team(tmp_path: Path) -> None:
    """/floor, /case, /away, /digest and whom a client can be handed to; a director sees everybody."""
    async with Floor(tmp_path, START) as floor:
        await two_teams(floor)
        await floor.new_lead("Пётр Проверкин", "+74951110001", owner="Иван")
        await floor.new_lead("Вера Новикова", "+74951110002", owner="Анна")
        for who, mine, other in (("Ольга", "Иван С.", "Анна К."), ("Пётр", "Анна К.", "Иван С.")):
            await floor.say(who, "/floor")
            shown = await floor.shows(who)
            assert mine in shown
            assert other not in shown
        await floor.say("Дмитрий", "/floor")
        assert "Анна К." in await floor.shows("Дмитрий")
        assert "Иван С." in await floor.shows("Дмитрий")
        await floor.say("Ольга", "/case Новикова")
        assert await floor.shows("Ольга") == "Это клиент другого отдела. О нём знает руководитель: Пётр В."
        await floor.say("Пётр", "/case Новикова")
        assert "Новикова" in await floor.shows("Пётр")
        await floor.say("Ольга", "/away")
        assert "Анна Ковалёва" not in await labels(floor, "Ольга")
        assert any("Иван" in label for label in await labels(floor, "Ольга"))
        await floor.say("Пётр", "/digest")
        assert "Второй отдел" in (await floor.messages("Пётр"))[-1]["text"]
        await floor.press("Анна", "Не дозвонился", "Новикова")
        for who, told in (("Ольга", False), ("Пётр", True), ("Дмитрий", True)):
            await floor.say(who, "/attempts")
            assert ("Анна К." in await floor.shows(who)) is told
        await floor.press("Иван", "Передать", "Проверкин")
        assert not {"Анна Ковалёва", "Пётр Второв"} & set(await labels(floor, "Иван"))
        assert "Ольга Руднева" in await labels(floor, "Иван")


async def test_one_team_sees_everybody_as_before(tmp_path: Path) -> None:
    """A second supervisor of a floor with one department: both hear of everything."""
    async with Floor(tmp_path, START) as floor:
        user = int(await floor.portal("user.add", {"NAME": "Пётр", "LAST_NAME": "Второв", "UF_DEPARTMENT": [FIRST]}))
        await join(floor, "Пётр Второв", "supervisor", user)
        await read_departments(floor)
        await floor.say(ADMIN, "/team")
        told = await floor.shows(ADMIN)
        assert "Менеджеры в одном отделе" in told
        assert told.count("группа «Отдел продаж (вся компания)»") == 2  # the company's, and the department's as well
        await floor.new_lead("Вера Новикова", "+74951110002", owner="Анна")
        await floor.press("Анна", "Нужна помощь", "Вера")
        for who in ("Ольга", "Пётр"):
            assert "просит помощи" in await floor.shows(who)


async def test_a_hidden_company_is_told_where_one_looks(tmp_path: Path) -> None:
    async with Floor(tmp_path, START) as floor:
        floor.demo.sandbox.portal.withhold("user_basic")
        await read_departments(floor)
        await floor.say(ADMIN, "/team")
        assert "у вебхука нет права «user_basic»" in await floor.shows(ADMIN)
        await floor.say(ADMIN, "/health")
        assert "CRM не показывает отделы: вебхуку нужно право «user_basic»" in await floor.shows(ADMIN)


@pytest.mark.slow
async def test_the_silent_portal_leaves_the_teams_as_they_are(tmp_path: Path) -> None:
    async with Floor(tmp_path, START) as floor:
        await two_teams(floor)
        await floor.faults("bitrix24", "down")
        await floor.say(ADMIN, "/team обновить")
        assert await floor.shows(ADMIN) == "CRM сейчас не отвечает, попробуйте через минуту."
        await floor.say(ADMIN, "/team")
        assert "Второй отдел – Пётр В. (по CRM)" in await floor.shows(ADMIN)
        await floor.faults("bitrix24", "none")


async def _groups(floor: Floor) -> list[int]:
    return [one["id"] for one in await floor.get("/sandbox/chats") if one["type"] != "private"]


async def test_of_two_admins_the_second_is_told(tmp_path: Path) -> None:
    """Both have looked, one was quicker: the other sees what he would replace now, and only then replaces it."""
    async with Floor(tmp_path, START) as floor:
        await two_teams(floor)

        async def looked(words: str) -> int:
            await floor.say(ADMIN, f"/team второй {words}")
            return int((await floor.messages(ADMIN))[-1]["message_id"])

        async def applied(message: int) -> str:
            toast = await floor.press_message(ADMIN, message, "Применить")
            shown = next(one for one in await floor.messages(ADMIN) if one["message_id"] == message)
            return str(toast or shown["text"])

        slow, quick = await looked("руководитель Дмитрий"), await looked("руководитель Ольга")
        assert "Готово: отделом «Второй отдел» руководит Ольга Р. (назначено)." in await applied(quick)
        told = await applied(slow)
        assert told.startswith("Пока вы смотрели, это изменил другой администратор. Проверьте ещё раз.\n")
        assert "Руководитель: Ольга Р. (назначено) → Дмитрий Орлов" in told
        teams = (await floor.demo.app.people.everybody()).teams.all.values()
        assert floor.people["Ольга"]["crm_user_id"] in [team.supervisor for team in teams]  # nothing was replaced yet
        assert "Готово: отделом «Второй отдел» руководит Дмитрий О. (назначено)." in await applied(slow)

        both = [await looked("группа отдел продаж") for _ in range(2)]
        assert "слышит о задачах отдела «Второй отдел»" in await applied(both[0])
        assert await applied(both[1]) == "Так уже и есть."
