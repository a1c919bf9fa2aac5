"""Who hears of a task that waits, to the minute: its manager, the board, the supervisors' group, the director."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.floor import Floor
from tests.scenarios.paths import walk
from tests.scenarios.shop import Restarts, sent, when

GROUP = "группа"
NAME = "Проверкин"
LEAD = "Пётр Проверкин"
SUPERVISOR = "Ольга"


_WORDS = ("опоздание", "без звонка", "результат", "Ждут ответа")


async def _told(floor: Floor, who: str = GROUP, after: str = "2026-11-02T00:00") -> list[dict[str, Any]]:
    """Messages about tasks that wait."""
    return [one for one in await sent(floor, who, after) if any(word in one["text"] for word in _WORDS)]


async def _board(floor: Floor) -> str:
    return str(next(one["text"] for one in await floor.messages(GROUP) if "сделано" in one["text"]))


async def _cards(floor: Floor, who: str, after: str) -> list[tuple[str, str]]:
    """When messages about the client came, and their first lines."""
    return [
        (when(one)[-5:], one["text"].split("\n")[0]) for one in await sent(floor, who, after) if NAME in one["text"]
    ]


def _labels(message: dict[str, Any]) -> list[list[str]]:
    return [[button["text"] for button in row] for row in message["buttons"] or []]


async def _untouched(floor: Floor) -> dict[str, Any]:
    """A lead that nobody has called for half an hour, as the group reads of it."""
    await floor.new_lead(LEAD)
    await floor.at("2026-11-02T10:30")
    (message,) = await _told(floor)
    return message


async def test_a_new_lead_that_nobody_calls(tmp_path: Path) -> None:
    """Reminder, notice, board, supervisors, after an hour the director; done, each becomes one line."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await floor.new_lead(LEAD)
        await floor.at("2026-11-02T10:09")
        assert [at for at, _ in await _cards(floor, "Иван", "2026-11-02T10:00")] == ["10:00"]
        await floor.at("2026-11-02T10:14")
        former, card = await _cards(floor, "Иван", "2026-11-02T10:00")
        assert "карточка ниже" in former[1]
        assert card == ("10:10", "🔴 Обработать лид · до 10:15, осталось 5 мин")
        await floor.at("2026-11-02T10:16")
        cards = await _cards(floor, "Иван", "2026-11-02T10:00")
        assert [at for at, _ in cards] == ["10:00", "10:10", "10:15"]
        assert cards[-1][1] == "⏰ Просрочено 1 мин"
        assert "Просрочек нет" in await _board(floor)
        await floor.at("2026-11-02T10:29")
        assert "Просрочено 1" in await _board(floor)
        assert await _told(floor) == []
        await floor.at("2026-11-02T10:44")
        (message,) = await _told(floor)
        assert when(message) == "пн 2 10:30"
        assert message["text"].startswith("🔴 30 мин без звонка: Пётр П., Сайт, лид ")
        assert message["text"].endswith(" · Иван С.")
        assert _labels(message) == [
            ["Забираю", "Передать…"],
            ["Спросить: Иван", "CRM"],
            ["Не напоминать 30 мин"],
        ]
        director = next(name for name, one in floor.people.items() if one["role"] == "director")
        assert await _told(floor, director) == []
        await floor.at("2026-11-02T11:30")
        assert [when(one) for one in await _told(floor, director)] == ["пн 2 11:00"]
        assert len(await _told(floor)) == 1
        await floor.press("Иван", "Не дозвонился", NAME)
        await floor.advance("PT1M")
        (message,) = await _told(floor)
        assert message["text"] == "✅ Пётр П. · Иван С.: результат записан, «Недозвон на скоринг», 11:30"
        assert not message["buttons"]
        assert not (await _told(floor, director))[0]["buttons"]


async def test_a_promise(tmp_path: Path) -> None:
    """A line five minutes before, the card at its minute, late from the fifth minute on; then as a new lead."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await floor.new_lead(LEAD)
        await walk(floor, "Иван", NAME, "Просит перезвонить → через 1 ч · 11:00")
        await floor.at("2026-11-02T11:24")
        found = await sent(floor, "Иван", "2026-11-02T10:50")
        assert [when(one)[-5:] for one in found] == ["10:55", "11:00", "11:05"]
        assert found[0]["text"] == "⏰ 11:00 – Перезвонить: Пётр Проверкин"
        assert [bool(one["buttons"]) for one in found] == [False, False, True]
        assert "Просрочено 1" in await _board(floor)
        (message,) = await _told(floor)
        assert (when(message), message["text"].split(":")[0]) == ("пн 2 11:20", "🔴 Перезвонить, опоздание 20 мин")


async def test_an_attempt_is_the_boards_alone(tmp_path: Path) -> None:
    """Ninety minutes after its slot, without a word to anybody."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await floor.new_lead(LEAD)
        await floor.press("Иван", "Не дозвонился", NAME)
        await floor.at("2026-11-02T12:09")
        assert "Просрочек нет" in await _board(floor)
        await floor.at("2026-11-02T12:11")
        assert "Просрочено 1" in await _board(floor)
        await floor.at("2026-11-02T16:00")
        assert await _told(floor) == []
        assert [at for at, _ in await _cards(floor, "Иван", "2026-11-02T10:05")] == ["10:40"]


async def test_nights_and_weekends_stand_still(tmp_path: Path) -> None:
    """A lead of Friday's last minutes is told of on Monday, after the working time that was left."""
    async with Floor(tmp_path, "2026-11-06T18:50") as floor:
        await floor.new_lead(LEAD)
        await floor.at("2026-11-09T09:19")
        assert await _told(floor) == []
        assert [at for at, _ in await _cards(floor, "Иван", "2026-11-06T18:51")] == ["09:00", "09:05"]
        await floor.at("2026-11-09T09:20")
        assert [when(one) for one in await _told(floor)] == ["пн 9 09:20"]


async def test_supervisors_step_in(tmp_path: Path) -> None:
    """Ask, keep quiet, take over: each shows in the message, on the manager's phone and in the CRM."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        number = (await _untouched(floor))["message_id"]
        said = await floor.press_message(GROUP, number, "Забираю", by="Иван")
        assert said == "Это может только руководитель."
        assert "Забрал" not in (await _told(floor))[0]["text"]
        await floor.press_message(GROUP, number, "Спросить: Иван", by=SUPERVISOR)
        (message,) = await _told(floor)
        assert "Спросил(а) Ольга Р., 10:30" in message["text"]
        assert "Спросить: Иван" not in str(_labels(message))
        assert "❓ Ольга Р. спрашивает, что с клиентом (10:30)" in (await floor.card("Иван", NAME))["text"]
        await floor.press_message(GROUP, number, "Не напоминать 30 мин", by=SUPERVISOR)
        assert "Не напоминать до 11:00 – Ольга Р." in (await _told(floor))[0]["text"]
        await floor.at("2026-11-02T10:59")
        assert len(await _told(floor)) == 1
        assert "Просрочено 1" in await _board(floor)
        await floor.at("2026-11-02T11:01")
        former, message = [one for one in await sent(floor, GROUP, "2026-11-02T10:30") if "сделано" not in one["text"]]
        assert (former["text"], former["buttons"]) == ("🔁 Всё ещё ждёт, напомнил ниже в 11:00", [])
        assert message["text"].startswith("🔴 1 ч без звонка")
        await floor.press_message(GROUP, message["message_id"], "Забираю", by=SUPERVISOR)
        message = (await _told(floor))[-1]
        assert "Забрал(а) Ольга Р., 11:01" in message["text"]
        assert _labels(message) == [["CRM"]]
        (lead,) = [int(part.split()[0]) for part in message["text"].split("лид ")[1:]]
        assert (await floor.lead(lead))["assignedById"] == floor.people[SUPERVISOR]["crm_user_id"]
        (task,) = await floor.tasks(f"L_{lead}")
        assert task["responsibleId"] == str(floor.people[SUPERVISOR]["crm_user_id"])
        told = "\n".join(await floor.comments("lead", lead))
        assert "Руководитель спрашивает, что с клиентом" in told
        assert "Руководитель знает о задержке, не напоминать до пн 02.11 11:00" in told
        assert "забирает клиента. Был: Иван" in told


async def test_two_press_at_once(tmp_path: Path) -> None:
    """One of them has the client, the other reads whose he is; the message, the card and the CRM agree."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        message = await _untouched(floor)
        path = f"/sandbox/chats/{await floor.chat(GROUP)}/messages/{message['message_id']}/press"
        director = next(name for name, one in floor.people.items() if one["role"] == "director")
        presses = [{"user_id": floor.people[who]["id"], "text": "Забираю"} for who in (SUPERVISOR, director)]
        answers = await asyncio.gather(*(floor.post(path, press) for press in presses))
        await floor.advance("PT5S")
        said = [(answer["answer"] or {}).get("text") or "" for answer in answers]
        winner = (SUPERVISOR, director)[said.index("")]
        (refused,) = [text for text in said if text]
        assert winner in refused
        assert f"Забрал(а) {winner}" in (await _told(floor))[0]["text"]
        (lead,) = [int(part.split()[0]) for part in message["text"].split("лид ")[1:]]
        assert (await floor.lead(lead))["assignedById"] == floor.people[winner]["crm_user_id"]
        assert len([one for one in await floor.comments("lead", lead) if "забирает клиента" in one]) == 1


@pytest.mark.slow
async def test_colleagues_are_offered_by_load(tmp_path: Path) -> None:
    """The one with the fewest open tasks first; the list leads back; the card goes to whom it is given."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        for number in range(4):
            await floor.new_lead(f"Занята{number} Анна", f"+749522200{number:02}", owner="Анна")
            await walk(floor, "Анна", f"Занята{number}", "Не дозвонился")
        number = (await _untouched(floor))["message_id"]
        await floor.press_message(GROUP, number, "Передать…", by=SUPERVISOR)
        labels = [label for row in _labels((await _told(floor))[0]) for label in row]
        loads = [int(label.rpartition("· ")[2]) for label in labels[:-1]]
        assert loads == sorted(loads)
        assert labels[-1] == "← Назад"
        assert "Иван" not in str(labels)
        await floor.press_message(GROUP, number, "← Назад", by=SUPERVISOR)
        await floor.press_message(GROUP, number, "Передать…", by=SUPERVISOR)
        anna = next(label for label in labels if "Анна" in label)
        await floor.press_message(GROUP, number, anna, by=SUPERVISOR)
        assert "Передано: Анна К., 10:30" in (await _told(floor))[0]["text"]
        assert (await floor.card("Анна", NAME))["buttons"]
        await floor.press("Анна", "Не дозвонился", NAME)
        await floor.advance("PT1M")
        assert (await _told(floor))[0]["text"].startswith("✅ Пётр П. · Анна К.")


async def test_one_of_several_closes_by_itself(tmp_path: Path) -> None:
    """Who opens one of a list hides the others from nobody, and may forget to go back."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await floor.new_lead(LEAD)
        await floor.new_lead("Анна Вторая", "+74951110001")
        await floor.at("2026-11-02T10:31")
        (listed,) = await _told(floor)
        assert "Ждут ответа: 2" in listed["text"]
        await floor.press_message(GROUP, listed["message_id"], "1. Пётр П.", by=SUPERVISOR)
        await floor.press_message(GROUP, listed["message_id"], "Передать…", by=SUPERVISOR)
        (opened,) = await _told(floor)
        assert "Кому передать?" in opened["text"]
        assert "Ещё ждут: Анна В." in opened["text"]
        await floor.advance("PT4M")
        assert (await _told(floor))[0]["text"] == opened["text"]
        await floor.advance("PT2M")
        assert (await _told(floor))[0]["text"] == listed["text"]


async def test_whom_three_alarms_do_not_reach_a_fourth_does_not(tmp_path: Path) -> None:
    """A manager who answers nothing for hours: the group rings thrice, then twice an hour; its list is up to date."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        for number in range(8):
            await floor.new_lead(f"Клиент{number} Новый", f"+7495111000{number}")
            await floor.advance("PT7M")
        await floor.at("2026-11-02T11:26")
        told = await _told(floor)
        assert [when(one) for one in told] == ["пн 2 10:30", "пн 2 10:37", "пн 2 10:44", "пн 2 11:19"]
        assert "Ждут ответа: 5" in told[2]["text"]  # what came from 10:51 to 11:12 stands below the third
        assert "Клиент7" in told[3]["text"]
        await floor.press_message(GROUP, told[3]["message_id"], "Спросить: Иван", by=SUPERVISOR)
        await floor.press_message(GROUP, told[0]["message_id"], "Спросить: Иван", by=SUPERVISOR)
        await floor.new_lead("Анна Девятая", "+74951110009")
        await floor.at("2026-11-02T12:00")
        assert when((await _told(floor))[-1]) == "пн 2 11:56"  # somebody answers: it is rung again


@pytest.mark.parametrize(
    ("key", "minutes"),
    [
        ("Спросить: Иван", ["10:30", "10:37", "10:44", "10:51"]),
        pytest.param("Не напоминать 30 мин", ["10:30", "10:37", "10:44", "10:51", "11:00"], marks=pytest.mark.slow),
    ],
)
async def test_an_answered_alarm_stays_answered(tmp_path: Path, key: str, minutes: list[str]) -> None:
    """Though whom the answer was about has left the list since: it is no pile that nobody looks at."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await floor.new_lead("Анна Первая", "+74951110001")
        await floor.new_lead("Борис Второй", "+74951110002")
        for minute in (7, 14, 21):
            await floor.at(f"2026-11-02T10:{minute:02}")
            await floor.new_lead(f"Клиент{minute} Новый", f"+749511101{minute:02}")
        await floor.at("2026-11-02T10:30")
        (listed,) = await _told(floor)
        await floor.press_message(GROUP, listed["message_id"], "1. Анна П.", by=SUPERVISOR)
        await floor.press_message(GROUP, listed["message_id"], key, by=SUPERVISOR)
        await floor.at("2026-11-02T10:50")
        if "Спросить" in key:
            await floor.press("Иван", "Не дозвонился", "Первая")
        await floor.at("2026-11-02T11:02")
        assert [when(one)[-5:] for one in await _told(floor)] == minutes


@pytest.mark.slow
async def test_a_morning_of_sixty(tmp_path: Path) -> None:
    """Sixty leads of the night that nobody calls: never two messages in a minute, what is done leaves the lists."""
    async with Floor(tmp_path, "2026-11-02T20:00") as floor:
        managers = [one["name"].split()[0] for one in floor.people.values() if one["role"] == "manager"]
        for number in range(60):
            owner = managers[number % len(managers)]
            await floor.new_lead(f"Ночной{number:02} Клиент", f"+749533300{number:02}", owner=owner)
            if number % 8 == 7:
                await floor.advance("PT30S")  # the portal's pace
        await floor.at("2026-11-03T11:30")
        found = await _told(floor, after="2026-11-03T00:00")
        minutes = [when(one) for one in found]
        assert len(set(minutes)) == len(minutes)
        assert len(found) <= 30
        group, calls = str(await floor.chat(GROUP)), await floor.get("/sandbox/journal?target=telegram&after=0")
        per_minute = Counter(str(row["at"])[:16] for row in calls if str((row["params"] or {}).get("chat_id")) == group)
        assert 0 < max(per_minute.values()) <= 18
        several = next(one for one in found if "Ждут ответа" in one["text"])
        await floor.press_message(GROUP, several["message_id"], several["buttons"][0][0]["text"], by=SUPERVISOR)
        opened = next(one for one in await floor.messages(GROUP) if one["message_id"] == several["message_id"])
        assert _labels(opened)[-1] == ["← Список"]


@pytest.mark.slow
async def test_three_hours_without_the_bot_are_one_message(tmp_path: Path) -> None:
    async with Floor(tmp_path, "2026-11-02T10:00") as floor, Restarts(floor) as bot:
        await bot.stop()
        for number in range(20):
            await floor.new_lead(f"Новый{number:02} Клиент", f"+749522200{number:02}")
        await floor.at("2026-11-02T13:10")
        await bot.start()
        await floor.advance("PT20M")  # they are due from the moment at which anybody could know of them
        found = await _told(floor)
        assert [("Ждут ответа: 20" in one["text"], "…и ещё 10 – на табло" in one["text"]) for one in found] == [
            (True, True)
        ]


async def test_whom_an_alert_leaves_in_peace(tmp_path: Path) -> None:
    """Not while somebody talks, not beside a call for help, not of a supervisor's own."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await floor.new_lead("Анна Помощь", "+74951110001")
        await floor.press("Иван", "Нужна помощь", "Помощь")
        await floor.new_lead("Борис Свой", "+74951110002", owner=SUPERVISOR)
        await floor.new_lead("Вера Разговор", "+74951110003")
        await floor.at("2026-11-02T10:14")
        await floor.press("Иван", "Звоню", "Разговор")
        await floor.at("2026-11-02T10:29")
        assert await _told(floor) == []
        await floor.at("2026-11-02T10:32")
        (late,) = await _told(floor)
        assert late["text"].startswith("🔴 Обработать лид, опоздание 15 мин: Вера Р.")


async def test_forged_presses_change_nothing(tmp_path: Path) -> None:
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        message = await _untouched(floor)
        person = floor.people[SUPERVISOR]["id"]
        path = f"/sandbox/chats/{await floor.chat(GROUP)}/messages/{message['message_id']}/press"
        for data in ("take|999-1", "give|1-1|x", "ask", "hush|", "open|999-1", "list|1-1|7|7", "nothing|1-1"):
            answer = await floor.post(path, {"user_id": person, "data": f"e|{data}"})
            assert answer["answer"]["text"] == "Эта кнопка больше не действует."
        assert (await _told(floor))[0]["text"] == message["text"]


async def test_what_an_outage_has_made_late_waits_for_the_opening(tmp_path: Path) -> None:
    """The bot was down over the closing: at eight in the evening nobody is called, at nine one message tells of all."""
    async with Floor(tmp_path, "2026-11-02T17:30") as floor, Restarts(floor) as bot:
        await floor.new_lead(LEAD)
        await floor.new_lead("Анна Вторая", "+74951110001", owner="Анна")
        await bot.stop()
        await floor.at("2026-11-02T20:00")
        await bot.start()
        await floor.at("2026-11-03T08:59")
        director = next(name for name, one in floor.people.items() if one["role"] == "director")
        assert await _told(floor) + await _told(floor, director) == []
        await floor.at("2026-11-03T09:01")
        for chat in (GROUP, director):
            told = [(when(one), "Ждут ответа: 2" in one["text"]) for one in await _told(floor, chat)]
            assert told == [("вт 3 09:00", True)]


@pytest.mark.slow
async def test_how_long_it_waits_when_somebody_reads_it(tmp_path: Path) -> None:
    """Telegram was away at 10:30: what comes at 11:25 says how long it is then, from the minute of the request on."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await floor.advance("PT9S")
        await floor.new_lead(LEAD)
        await floor.faults("telegram", "down")
        await floor.at("2026-11-02T11:25")
        await floor.faults("telegram", "none")
        await floor.at("2026-11-02T11:27")
        (message,) = await _told(floor)
        assert (when(message), message["text"].partition(" без звонка")[0]) == ("пн 2 11:25", "🔴 1 ч 25 мин")
        await floor.new_lead("Анна Вторая", "+74951110001")
        await floor.at("2026-11-02T11:58")
        assert (await _told(floor))[-1]["text"].startswith("🔴 30 мин без звонка: Анна В.")


async def test_the_last_minute_before_closing(tmp_path: Path) -> None:
    """Fifteen minutes late at 19:00 sharp: told before the digest, and not on the next day."""
    async with Floor(tmp_path, "2026-11-02T18:30") as floor:
        await floor.new_lead(LEAD)
        await floor.at("2026-11-02T19:05")
        assert [when(one) for one in await _told(floor)] == ["пн 2 19:00"]


async def test_a_supervisors_own_client_waits(tmp_path: Path) -> None:
    """The group need not be told what its supervisor has herself; the director is, after an hour."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await floor.new_lead(LEAD, owner=SUPERVISOR)
        await floor.at("2026-11-02T11:05")
        director = next(name for name, one in floor.people.items() if one["role"] == "director")
        assert await _told(floor) == []
        assert [when(one) for one in await _told(floor, director)] == ["пн 2 11:00"]


async def test_supervisors_read_why_its_manager_does_not_answer(tmp_path: Path) -> None:
    """In a meeting; once it is over the message says so no longer."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await floor.new_lead("Встречный Клиент", "+74951110001")
        await walk(floor, "Иван", "Встречный", "Дозвонился → 250–500 тыс. → Встреча в офисе")
        await floor.say("Иван", "сегодня в 11:00")
        await floor.press("Иван", "Верно", "Встречный")
        await floor.at("2026-11-02T10:50")
        await floor.new_lead(LEAD, "+74951110002")
        await floor.at("2026-11-02T11:21")
        (message,) = await _told(floor)
        assert message["text"].endswith(" · Иван С., на встрече до 12:00")
        await floor.at("2026-11-02T12:01")
        (message,) = await _told(floor)
        assert message["text"].endswith(" · Иван С.")
