"""Absences on a whole floor: illness, half an hour of silence, leave, the day back."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.floor import Floor, say
from tests.scenarios.teams import join


async def holders(floor: Floor, leads: list[int]) -> list[str]:
    """Who is responsible for the one open task of each lead, and its deadline."""
    names = {person["crm_user_id"]: name for name, person in floor.people.items()}
    found = []
    for lead in leads:
        (task,) = await floor.tasks(f"L_{lead}")
        found.append(f"{names[int(task['responsibleId'])]} {say(task['deadline'])}")
    return found


async def owners(floor: Floor, leads: list[int]) -> set[int]:
    return {int((await floor.lead(lead))["assignedById"]) for lead in leads}


async def last_about(floor: Floor, who: str, words: str) -> dict[str, Any]:
    found = [one for one in await floor.messages(who) if words in (one.get("text") or "")]
    assert found, [one.get("text") for one in await floor.messages(who)][-4:]
    return found[-1]


async def old_button(floor: Floor, who: str, message: dict[str, Any], by: str | None = None) -> str:
    """The toast of the first button that the message had, pressed again."""
    path = f"/sandbox/chats/{await floor.chat(who)}/messages/{message['message_id']}/press"
    press = {"user_id": floor.people[by or who]["id"], "data": message["buttons"][0][0]["data"]}
    answer = (await floor.post(path, press))["answer"] or {}
    return str(answer.get("text"))


async def three_leads(floor: Floor) -> list[int]:
    """Of Иван: promised for 15:00, not reached (next 09:40 on the morrow's plan), and a new one of 10:50."""
    promised = await floor.new_lead("Обещан Клиент", "+74951110001")
    await floor.press("Иван", "Просит перезвонить", "Обещан")
    await floor.say("Иван", "сегодня в 15:00")
    await floor.press("Иван", "Верно", "Обещан")
    missed = await floor.new_lead("Молчит Клиент", "+74951110002")
    await floor.press("Иван", "Не дозвонился", "Молчит")
    await floor.at("2026-11-05T10:50")
    fresh = await floor.new_lead("Новый Клиент", "+74951110003")
    return [promised, missed, fresh]


async def test_sick_at_eleven_half_an_hour_of_silence_then_the_split_and_the_return(tmp_path: Path) -> None:
    async with Floor(tmp_path, "2026-11-05T10:00") as floor:
        leads = await three_leads(floor)
        assert await holders(floor, leads) == ["Иван чт 5 15:00", "Иван чт 5 10:40", "Иван чт 5 11:05"]
        await floor.at("2026-11-05T11:00")
        await floor.say("Иван", "/away")
        await floor.press("Иван", "Заболел(а), сегодня")
        asked = await last_about(floor, "Ольга", "болеет")
        assert "1 обещание, 1 новый, " in asked["text"]
        assert [row[0]["text"] for row in asked["buttons"]] == [
            "Раздать по нагрузке",
            "Оставить до возвращения",
            "Передать…",
        ]
        await floor.at("2026-11-05T11:29")
        assert {line.split()[0] for line in await holders(floor, leads)} == {"Иван"}
        await floor.at("2026-11-05T11:31")
        given = await holders(floor, leads)
        assert [line.partition(" ")[2] for line in given] == ["чт 5 15:00", "чт 5 10:40", "чт 5 11:05"]
        assert "Иван" not in {line.split()[0] for line in given}
        assert await owners(floor, leads) == {floor.people["Иван"]["crm_user_id"]}
        told = await last_about(floor, "Ольга", "болеет")
        assert "30 мин без ответа" in told["text"]
        assert not told.get("buttons")
        taker = given[0].split()[0]
        await floor.at("2026-11-05T15:00")
        assert "Вы вместо: Иван" in (await floor.card(taker, "Обещан"))["text"]
        await floor.at("2026-11-05T15:30")
        await floor.say("Иван", "/away")
        await floor.press("Иван", "Я вернулся(ась)")
        assert {line.split()[0] for line in await holders(floor, leads)} == {"Иван"}
        assert "от коллег вернулось: 5" in (await last_about(floor, "Иван", "С возвращением"))["text"]
        assert "На работе снова" in (await last_about(floor, "Ольга", "болеет"))["text"]


@pytest.mark.slow
async def test_a_sick_person_is_asked_each_working_morning_in_one_message(tmp_path: Path) -> None:
    """New on the first morning, then the same message again; days off are left out; [Работаю] ends it."""
    async with Floor(tmp_path, "2026-11-05T10:00") as floor:
        await floor.say("Иван", "/away")
        await floor.press("Иван", "Заболел(а), сегодня")
        await floor.at("2026-11-06T08:59")
        assert not [one for one in await floor.messages("Иван") if "сегодня работаете" in one["text"]]
        await floor.at("2026-11-06T09:01")
        asked = await last_about(floor, "Иван", "пт 6 ноября. Вы сегодня работаете?")
        await floor.press("Иван", "Ещё болею", "сегодня работаете")
        assert "Выздоравливайте! Спрошу" in await floor.shows("Иван")
        await floor.at("2026-11-06T15:00")
        assert "Выздоравливайте! Спрошу" in await floor.shows("Иван")
        await floor.at("2026-11-08T12:00")
        assert "Выздоравливайте! Спрошу" in await floor.shows("Иван")
        await floor.at("2026-11-09T09:01")
        again = await last_about(floor, "Иван", "пн 9 ноября. Вы сегодня работаете?")
        assert again["message_id"] == asked["message_id"]
        await floor.press("Иван", "Работаю", "сегодня работаете")
        await floor.advance("PT1M")
        texts = [one["text"] for one in await floor.messages("Иван")]
        assert not [text for text in texts if "сегодня работаете" in text]
        assert [text for text in texts if "С возвращением" in text]
        await floor.at("2026-11-10T09:05")
        assert not [one for one in await floor.messages("Иван") if "сегодня работаете" in one["text"]]


@pytest.mark.slow
async def test_what_the_supervisor_leaves_is_not_overdue_and_comes_on_the_day_back(tmp_path: Path) -> None:
    async with Floor(tmp_path, "2026-11-05T10:00") as floor:
        leads = await three_leads(floor)
        await floor.at("2026-11-05T11:00")
        await floor.say("Ольга", "/away")
        await floor.press("Ольга", "Иван Соколов")
        await floor.press("Ольга", "Заболел(а), сегодня")
        question = await last_about(floor, "Ольга", "Клиенты остаются")
        await floor.press_message("Ольга", question["message_id"], "Оставить до возвращения")
        moment = datetime.fromisoformat((await floor.get("/sandbox/clock"))["now"]).timestamp()
        await floor.at("2026-11-05T15:10")
        assert await holders(floor, leads) == ["Иван чт 5 15:00", "Иван чт 5 10:40", "Иван чт 5 11:05"]
        board = (await floor.messages("группа"))[-1]["text"]
        assert "Обещан" not in board
        assert "Новый К" not in board
        assert not [one for one in await floor.messages("Иван") if one["date"] > moment]  # nobody is pushed while ill


@pytest.mark.slow
async def test_a_leave_over_a_promise(tmp_path: Path) -> None:
    """From the 6th on; a lead that comes meanwhile goes to a colleague at once; on Monday the 9th all of it is his."""
    async with Floor(tmp_path, "2026-11-05T10:00") as floor:
        promised = await floor.new_lead("Обещан Клиент", "+74951110001")
        await floor.press("Иван", "Просит перезвонить", "Обещан")
        await floor.say("Иван", "завтра в 12:00")
        await floor.press("Иван", "Верно", "Обещан")
        await floor.say("Иван", "/away с 6 по 8 ноября")
        await floor.press("Иван", "Верно", "Отпуск")
        await floor.at("2026-11-06T08:59")
        assert "в отпуске" not in await floor.shows("Ольга")
        await floor.at("2026-11-06T09:01")
        question = await last_about(floor, "Ольга", "в отпуске")
        assert "6–8 ноября" in question["text"]
        await floor.press_message("Ольга", question["message_id"], "Раздать по нагрузке")
        assert "уже решено" in await old_button(floor, "Ольга", question)
        (given,) = await holders(floor, [promised])
        assert given.endswith("пт 6 12:00")
        assert not given.startswith("Иван")
        fresh = await floor.new_lead("Свежий Клиент", "+74951110009")
        assert not (await holders(floor, [fresh]))[0].startswith("Иван")
        assert await owners(floor, [promised, fresh]) == {floor.people["Иван"]["crm_user_id"]}
        await floor.at("2026-11-09T09:01")
        assert {line.split()[0] for line in await holders(floor, [promised, fresh])} == {"Иван"}


async def test_who_stands_in_goes_on_with_the_client_and_the_owner_stays(tmp_path: Path) -> None:
    """A miss leaves the next attempt with him; a talk that makes a deal goes on in the same card, until the meeting."""
    async with Floor(tmp_path, "2026-11-05T10:00") as floor:
        promised, missed, fresh = await three_leads(floor)
        await floor.at("2026-11-05T11:00")
        await floor.say("Иван", "/away")
        await floor.press("Иван", "Заболел(а), сегодня")
        question = await last_about(floor, "Ольга", "болеет")
        await floor.press_message("Ольга", question["message_id"], "Передать…")
        await floor.press_message("Ольга", question["message_id"], "Анна Ковалёва")
        for lead in (promised, missed, fresh):
            assert (await holders(floor, [lead]))[0].startswith("Анна")
        await floor.press("Анна", "Не дозвонился", "Молчит")
        assert (await holders(floor, [missed])) == ["Анна пт 6 15:00"]
        for label in ("Дозвонился", "250–500 тыс.", "Встреча в офисе"):
            await floor.press("Анна", label, "Новый")
        await floor.say("Анна", "завтра в 12:00")
        await floor.press("Анна", "Верно", "Новый")
        (deal,) = await floor.deals_of(fresh)
        (task,) = await floor.tasks(f"D_{deal['id']}")
        assert int(deal["assignedById"]) == floor.people["Иван"]["crm_user_id"]
        assert int(task["responsibleId"]) == floor.people["Анна"]["crm_user_id"]
        await floor.at("2026-11-05T12:00")
        await floor.say("Иван", "/away")
        await floor.press("Иван", "Я вернулся(ась)")
        (task,) = await floor.tasks(f"D_{deal['id']}")
        assert int(task["responsibleId"]) == floor.people["Иван"]["crm_user_id"]
        assert await holders(floor, [promised, missed]) == ["Иван чт 5 15:00", "Иван пт 6 15:00"]


async def test_only_who_may_says_of_others(tmp_path: Path) -> None:
    """A colleague's button, pressed by a manager, and the question's, are refused with a sentence."""
    async with Floor(tmp_path, "2026-11-05T10:00") as floor:
        path = f"/sandbox/chats/{await floor.chat('Анна')}/messages"
        await floor.say("Анна", "/away")
        own = await last_about(floor, "Анна", "Вы на работе")
        press = {"user_id": floor.people["Анна"]["id"], "data": own["buttons"][0][0]["data"].replace("sick|", "sick|1")}
        forged = await floor.post(f"{path}/{own['message_id']}/press", press)
        assert "больше нет" in forged["answer"]["text"] or "только руководитель" in forged["answer"]["text"]
        press["data"] = "a|share|1"
        forged = await floor.post(f"{path}/{own['message_id']}/press", press)
        assert "только руководитель" in forged["answer"]["text"]
        await floor.say("Анна", "/away когда-нибудь")
        assert "Не понял даты" in await floor.shows("Анна")


async def test_a_leader_says_it_of_a_colleague_in_one_line(tmp_path: Path) -> None:
    async with Floor(tmp_path, "2026-11-05T10:00") as floor:
        await floor.say("Ольга", "/away Иван завтра")
        asked = await last_about(floor, "Ольга", "верно?")
        assert asked["text"].splitlines()[0] == floor.people["Иван"]["name"]
        await floor.press("Ольга", "Верно", "верно?")
        assert "отпуск" in await floor.shows("Ольга")
        await floor.say("Иван", "/away")
        assert "Отменить отпуск" in str((await floor.messages("Иван"))[-1]["buttons"])
        await floor.say("Ольга", "/away Анна")
        assert (await floor.shows("Ольга")).startswith(floor.people["Анна"]["name"])
        await join(floor, "Иван Петров", "manager", int(await floor.portal("user.add", {"NAME": "Иван"})))
        for who, words, told in (
            ("Ольга", "Никто завтра", "Не нашёл сотрудника «Никто». Кто есть – в /away."),
            ("Ольга", "всякая ерунда", "Не понял. О себе: "),
            ("Ольга", "Иван завтра", "Так зовут не одного: Иван Петров, Иван Соколов. Напишите имя и фамилию"),
            ("Ольга", "Петров на две недели", "Иван Петров\nОтпуск 5–18 ноября – верно?"),
            ("Ольга", "Петров на месяц", "Иван Петров: не понял дни «на месяц». Можно так: завтра, до пятницы"),
            ("Ольга", "Петрова вчера", "Эти дни уже прошли."),
            ("Ольга", "Петров с 14 по 1 декабря", "Последний день раньше первого."),
            ("Ольга", "с 1 декабря по 1 августа 2027", "Отпуск – не длиннее 180 дней."),
            ("Анна", "Иван завтра", "О другом сотруднике это может сказать только руководитель."),
        ):
            await floor.say(who, f"/away {words}")
            assert (await floor.shows(who)).startswith(told), (words, await floor.shows(who))
