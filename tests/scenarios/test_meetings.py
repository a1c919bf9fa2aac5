"""Meetings: warm-up, confirmation, «Пришёл?», the result, and everything that can come between."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.floor import Floor, say
from tests.scenarios.paths import Portal, labels, walk
from tests.scenarios.shop import sent, when

NAME = "Пётр Проверкин"
BOOKING = "Дозвонился → Больше 1 млн → Встреча в офисе"


async def booked(floor: Floor, time: str = "завтра 10:00", steps: str = BOOKING) -> int:
    """A lead talked into a meeting; returns its deal."""
    lead = await floor.new_lead()
    await walk(floor, "Иван", NAME, f"{steps} → {time}")
    (deal,) = await floor.deals_of(lead)
    return int(deal["id"])


async def stage(floor: Floor, deal: int) -> str:
    params = {"entityTypeId": 2, "id": deal}
    return str((await floor.portal("crm.item.get", params))["item"]["stageId"])


async def to_dos(floor: Floor, deal: int) -> list[tuple[str, str]]:
    """The deal's to-dos as «вт 3 10:00», with N for open and Y for done ones, oldest first."""
    params = {"filter": {"OWNER_TYPE_ID": 2, "OWNER_ID": deal, "PROVIDER_ID": "CRM_TODO"}, "order": {"ID": "ASC"}}
    found = await floor.portal("crm.activity.list", params)
    return [(row["DEADLINE"], row["COMPLETED"]) for row in found]


async def test_a_meeting_from_its_booking_to_the_contract(tmp_path: Path) -> None:
    """Evening confirmation, reminder two hours before, late, came, goes on, contract without payment."""
    async with Floor(tmp_path, "2026-11-02T11:00") as floor:
        deal = await booked(floor, "✎ завтра в 12 → Верно")
        receipt = await floor.shows("Иван")
        assert "Напомню за 2 ч" in receipt, receipt
        await walk(floor, "Иван", NAME, "Готово (0)")
        await floor.at("2026-11-02T18:01")
        card = await floor.card("Иван", NAME)
        assert when(card) == "пн 2 18:00"
        assert "Встреча завтра 12:00, Офис" in card["text"]
        await floor.press("Иван", "Подтвердил", NAME)
        card = await floor.card("Иван", NAME)
        assert await stage(floor, deal) == "MEETING"
        assert len(await floor.tasks(f"D_{deal}")) == 1
        await floor.at("2026-11-03T10:01")
        card = await floor.card("Иван", NAME)
        assert "в 12:00, Офис" in card["text"]
        assert "Подтвердил вчера 18:01" in card["text"]
        assert "Подтвердил" not in labels(card)  # what is done is not offered; that he does not answer now, is
        await floor.press("Иван", "Не ответил", NAME)
        assert "Подтвердил" in labels(await floor.card("Иван", NAME))
        await floor.at("2026-11-03T12:16")
        card = await floor.card("Иван", NAME)
        assert when(card) == "вт 3 12:15"
        await floor.press("Иван", "Опаздывает", NAME)
        await floor.at("2026-11-03T12:37")
        card = await floor.card("Иван", NAME)
        assert when(card) == "вт 3 12:36"
        await floor.press("Иван", "Пришёл", NAME)
        await floor.at("2026-11-03T13:21")
        card = await floor.card("Иван", NAME)
        assert when(card) == "вт 3 13:20"
        await floor.press("Иван", "Ещё идёт, +30 мин", NAME)
        await floor.at("2026-11-03T13:52")
        card = await floor.card("Иван", NAME)
        assert when(card) == "вт 3 13:51"
        await walk(floor, "Иван", NAME, "Договор без оплаты → чт 10:00")
        assert await stage(floor, deal) == "CONTRACT_SIGNED"
        assert await floor.deadlines(f"D_{deal}") == ["чт 5 10:00"]
        assert [done for _, done in await to_dos(floor, deal)] == ["Y"]
        assert "MEETING_AT" in await Portal(floor).fields("deal", deal)


async def test_the_page_knows_that_a_meeting_goes_on(tmp_path: Path) -> None:
    """The board of the demo takes the bot's word for what is late: a deadline alone does not tell."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        deal = await booked(floor, "✎ сегодня в 12 → Верно")

        async def term() -> tuple[str, str, str]:
            board = await floor.get("/sandbox/board")
            cards = [card for line in board["pipelines"] for stage in line["stages"] for card in stage["cards"]]
            (card,) = [card for card in cards if (card["entity"], card["id"]) == ("deal", deal)]
            (task,) = card["open_tasks"]
            return say(task["deadline"]), say(task["owed_from"]), say(task["late_from"])

        assert await term() == ("пн 2 12:00", "пн 2 12:15", "пн 2 12:30")
        await floor.at("2026-11-02T12:16")
        await floor.press("Иван", "Пришёл", NAME)
        assert await term() == ("пн 2 12:00", "пн 2 13:00", "пн 2 13:15")


@pytest.mark.slow
async def test_tomorrow_is_today_after_midnight(tmp_path: Path) -> None:
    """The card of the evening says «завтра»; at midnight the words change silently, in the message that is there."""
    async with Floor(tmp_path, "2026-11-02T11:00") as floor:
        await booked(floor, "✎ завтра в 12 → Верно")
        await walk(floor, "Иван", NAME, "Готово (0)")
        await floor.at("2026-11-02T18:01")
        evening = await floor.card("Иван", NAME)
        assert "Встреча завтра 12:00" in evening["text"]
        await floor.at("2026-11-03T00:01")
        night = await floor.card("Иван", NAME)
        assert night["message_id"] == evening["message_id"]
        assert "Встреча в 12:00" in night["text"], night["text"]
        journal = await floor.get("/sandbox/journal?target=telegram&after=0")
        seen = len(journal)
        await floor.at("2026-11-03T06:00")
        later = (await floor.get("/sandbox/journal?target=telegram&after=0"))[seen:]
        assert not [row for row in later if "edit" in row["method"]]


@pytest.mark.slow
async def test_busy_people_are_named_and_free_times_offered(tmp_path: Path) -> None:
    """A second meeting at the same hour: not among the buttons, named when typed, booked all the same if meant so."""
    async with Floor(tmp_path, "2026-11-02T11:00") as floor:
        await booked(floor, "✎ завтра в 10 → Верно")
        second = await floor.new_lead("Анна Проверкина", "+74952223355")
        await walk(floor, "Иван", "Анна", "Дозвонился → Больше 1 млн → Видео с юристом")
        card = await floor.card("Иван", "Анна")
        assert "завтра 10:00" not in labels(card), labels(card)
        assert {"завтра 11:00", "завтра 18:00"} <= set(labels(card))
        await floor.say("Иван", "завтра в 10:30")
        card = await floor.card("Иван", "Анна")
        assert "у вас встреча: 10:00–11:00, Пётр П." in card["text"], card["text"]
        assert "завтра, вт 3 ноября, 11:00" in labels(card), labels(card)
        await floor.press("Иван", "завтра, вт 3 ноября, 11:00", "Анна")
        (deal,) = await floor.deals_of(second)
        assert await floor.deadlines(f"D_{deal['id']}") == ["вт 3 11:00"]
        lawyer = next(name for name, one in floor.people.items() if one["role"] == "lawyer")
        assert "Встреча с вашим участием: Анна П., завтра, вт 3 ноября, 11:00, Видео с юристом" in await floor.shows(
            lawyer
        )
        await floor.say(lawyer, "/calendar")
        await floor.press(lawyer, "Завтра", "Встречи")
        text = await floor.shows(lawyer)
        assert "10:00–11:00 Пётр П., Офис – Иван" in text
        # The lawyer is busy for others too.
        await floor.new_lead("Олег Другой", "+74952223366", owner="Анна")
        await walk(floor, "Анна", "Олег", "Дозвонился → Больше 1 млн → Видео с юристом → ✎ завтра в 11:30")
        card = await floor.card("Анна", "Олег")
        await floor.press("Анна", "Всё равно 11:30", "Олег")


@pytest.mark.slow
async def test_warm_up_while_the_meeting_is_far(tmp_path: Path) -> None:
    """A reason from seven days on; a material every second day, then the evening before and two hours before."""
    async with Floor(tmp_path, "2026-11-09T11:00") as floor:
        deal = await booked(floor, "✎ 18.11 в 12:00 → Верно → Отпуск")
        assert "Почему не раньше: Отпуск" in (await floor.comments("deal", deal))[-1]
        assert "Пётр, добрый день! Ждём вас ср 18 ноября, 12:00, Офис." in await copied(floor, "📋 Текст клиенту")
        await floor.at("2026-11-18T12:14")
        cards = await sent(floor, "Иван", "2026-11-09T12:00")
        about = [(when(card), card["text"]) for card in cards if NAME in (card["text"] or "")]
        # Sat 14 is no working day: the third material waits for Monday, and then it is too near for a fourth.
        assert [moment for moment, _ in about] == [
            "ср 11 11:00",
            "пт 13 11:00",
            "пн 16 09:00",
            "вт 17 18:00",
            "ср 18 10:00",
        ]
        assert len(await floor.tasks(f"D_{deal}", open_only=False)) == 2


@pytest.mark.slow
async def test_the_first_no_show_without_an_answer_keeps_the_stage(tmp_path: Path) -> None:
    """One more try two hours later, the second miss enters «Неконтакт на встречу»; the activity is done."""
    async with Floor(tmp_path, "2026-11-02T11:00") as floor:
        deal = await booked(floor)
        await floor.at("2026-11-03T10:16")
        await walk(floor, "Иван", NAME, "Не пришёл → Не берёт трубку")
        assert await stage(floor, deal) == "MEETING"
        assert await floor.deadlines(f"D_{deal}") == ["вт 3 12:16"]
        assert [done for _, done in await to_dos(floor, deal)] == ["Y"]
        await floor.at("2026-11-03T12:17")
        await floor.press("Иван", "Не дозвонился", NAME)
        assert await stage(floor, deal) == "MEETING_NO_CONTACT"


@pytest.mark.slow
async def test_moved_before_it_begins(tmp_path: Path) -> None:
    """«Перенести» sets a new task and moves the same activity; taken back, all is as it was."""
    async with Floor(tmp_path, "2026-11-02T11:00") as floor:
        deal = await booked(floor, "✎ завтра в 12 → Верно")
        first = await to_dos(floor, deal)
        await floor.at("2026-11-02T18:01")
        await walk(floor, "Иван", NAME, "Перенести → ✎ 05.11 в 15:00 → Верно")
        assert "Встреча перенесена" in await floor.shows("Иван")
        assert await floor.deadlines(f"D_{deal}") == ["чт 5 15:00"]
        assert [(say(at), done) for at, done in await to_dos(floor, deal)] == [("чт 5 15:00", "N")]
        await floor.press("Иван", "Исправить", NAME)
        assert await floor.deadlines(f"D_{deal}") == ["вт 3 12:00"]
        assert await to_dos(floor, deal) == first
        await walk(floor, "Иван", NAME, "Отменил → Вернуться позже → Нет времени → завтра 10:00")
        assert await stage(floor, deal) == "MEETING_FOLLOW_UP"
        assert [done for _, done in await to_dos(floor, deal)] == ["Y"]


@pytest.mark.slow
async def test_moved_in_the_portal(tmp_path: Path) -> None:
    """Another deadline of the task moves the touches, the field and the activity; what was said before goes."""
    async with Floor(tmp_path, "2026-11-02T11:00") as floor:
        deal = await booked(floor, "✎ завтра в 12 → Верно")
        await floor.at("2026-11-02T18:01")
        await floor.press("Иван", "Подтвердил", NAME)
        (task,) = await floor.tasks(f"D_{deal}")
        fields = {"DEADLINE": "2026-11-05T16:00:00+03:00"}
        await floor.portal("tasks.task.update", {"taskId": task["id"], "fields": fields})
        await floor.at("2026-11-05T15:00")
        cards = [one for one in await sent(floor, "Иван", "2026-11-02T18:30") if NAME in (one["text"] or "")]
        assert [when(one) for one in cards] == ["вт 3 17:30", "чт 5 14:00"]  # the eve of a holiday closes at 18:00
        assert "Подтвердил" not in cards[-1]["text"].split("\n")[1]
        assert [say(at) for at, _ in await to_dos(floor, deal)] == ["чт 5 16:00"]
        assert (await Portal(floor).fields("deal", deal))["MEETING_AT"] == "чт 5 16:00"


async def test_the_activity_is_made_once(tmp_path: Path) -> None:
    """The portal made it and the answer was lost: it is looked up before anything is repeated."""
    async with Floor(tmp_path, "2026-11-02T11:00") as floor:
        lead = await floor.new_lead()
        await walk(floor, "Иван", NAME, BOOKING)
        await floor.faults("bitrix24", "ambiguous", methods=["batch"])
        await floor.press("Иван", "завтра 10:00", NAME)
        await floor.advance("PT30S")
        await floor.faults("bitrix24", "none")
        await floor.advance("PT5M")
        (deal,) = await floor.deals_of(lead)
        assert [(say(at), done) for at, done in await to_dos(floor, deal["id"])] == [("вт 3 10:00", "N")]


@pytest.mark.slow
async def test_a_double_tap_is_recorded_once(tmp_path: Path) -> None:
    """«Подтвердил» pressed twice on the same picture of the card: one record, and the card lives on."""
    async with Floor(tmp_path, "2026-11-02T11:00") as floor:
        deal = await booked(floor, "✎ завтра в 12 → Верно")
        await floor.at("2026-11-02T18:01")
        before = len(await floor.comments("deal", deal))
        card = await floor.card("Иван", NAME)
        data = next(b["data"] for row in card["buttons"] for b in row if b["text"] == "Подтвердил")
        await floor.press("Иван", "Подтвердил", NAME)
        path = f"/sandbox/chats/{await floor.chat('Иван')}/messages/{card['message_id']}/press"
        await floor.post(path, {"user_id": floor.people["Иван"]["id"], "data": data})
        assert len(await floor.comments("deal", deal)) == before + 1
        await floor.press("Иван", "Исправить", NAME)
        assert "Подтвердил" not in (await floor.card("Иван", NAME))["text"].split("\n")[1]


async def copied(floor: Floor, label: str) -> str:
    """What the newest card's button with this label copies."""
    card = await floor.card("Иван", NAME)
    path = f"/sandbox/chats/{await floor.chat('Иван')}/messages/{card['message_id']}/press"
    return str((await floor.post(path, {"user_id": floor.people["Иван"]["id"], "text": label}))["copied"])
