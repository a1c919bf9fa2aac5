"""Absences that nobody can step in for, that come twice, or that begin minutes before a promise."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.floor import Floor
from tests.scenarios.shop import sent, when
from tests.scenarios.test_away import holders, last_about, owners


async def _promise(floor: Floor, client: str, phone: str, words: str) -> int:
    lead = await floor.new_lead(f"{client} Клиент", phone)
    await floor.press("Иван", "Просит перезвонить", client)
    await floor.say("Иван", words)
    await floor.press("Иван", "Верно", client)
    return lead


async def _sick(floor: Floor, who: str) -> str | None:
    await floor.say(who, "/away")
    return await floor.press(who, "Заболел(а), сегодня")


async def test_a_promise_does_not_wait_for_the_supervisors(tmp_path: Path) -> None:
    """Ill at 11:00: the call promised for 11:10 is a colleague's at once; the one for 12:00 waits until 11:30."""
    async with Floor(tmp_path, "2026-11-05T10:00") as floor:
        leads = [
            await _promise(floor, "Скоро", "+74951110001", "сегодня в 11:10"),
            await _promise(floor, "Потом", "+74951110002", "сегодня в 12:00"),
        ]
        await floor.at("2026-11-05T11:00")
        await _sick(floor, "Иван")
        assert await holders(floor, leads) == ["Анна чт 5 11:10", "Иван чт 5 12:00"]
        asked = await last_about(floor, "Ольга", "болеет")
        assert "сразу коллегам: Анна К. 1." in asked["text"]
        assert "1 обещание" in asked["text"]
        await floor.at("2026-11-05T11:11")
        heard = [(when(one)[-5:], bool(one["buttons"])) for one in await sent(floor, "Анна", "2026-11-05T11:00")]
        assert heard == [("11:05", False), ("11:10", True)]
        assert await owners(floor, leads) == {floor.people["Иван"]["crm_user_id"]}
        await floor.press("Ольга", "Оставить до возвращения")
        await floor.at("2026-11-05T12:20")
        await floor.press("Ольга", "Раздать по нагрузке", "болеет")
        await floor.advance("PT1M")
        assert await holders(floor, leads[1:]) == ["Анна чт 5 12:00"]
        late = [one["text"].split("\n")[0] for one in await sent(floor, "Анна", "2026-11-05T12:20")]
        assert not [text for text in late if text.startswith("⏰ 12:00")], "a reminder of what is past"
        assert [text for text in late if text.startswith("⏰ Просрочено")]


async def test_ill_in_the_middle_of_a_call(tmp_path: Path) -> None:
    """[Звоню] was his: who stands in has the key anew, alerts go on, and on the day back the client is his again."""
    async with Floor(tmp_path, "2026-11-05T10:00") as floor:
        lead = await floor.new_lead("Звонок Клиент", "+74951110001")
        await floor.press("Иван", "Звоню", "Звонок")
        await floor.at("2026-11-05T10:05")
        await _sick(floor, "Иван")
        await floor.press("Ольга", "Раздать по нагрузке", "болеет")
        await floor.advance("PT1M")
        card = await floor.card("Анна", "Звонок")
        assert "Звоню" in str(card["buttons"])
        assert "Звоните с" not in card["text"]
        await floor.at("2026-11-05T10:31")
        assert "Звонок К." in next(one["text"] for one in await floor.messages("группа") if "опоздание" in one["text"])
        await floor.say("Иван", "/away")
        await floor.press("Иван", "Я вернулся(ась)")
        await floor.advance("PT1M")
        assert await holders(floor, [lead]) == ["Иван чт 5 10:15"]


async def test_everybody_is_ill(tmp_path: Path) -> None:
    """Nobody to give it to: it waits for the first one back; of a client who comes meanwhile the supervisors hear."""
    async with Floor(tmp_path, "2026-11-05T10:00") as floor:
        mine = await floor.new_lead("Ждёт Клиент", "+74951110001")
        await floor.at("2026-11-05T10:20")
        await _sick(floor, "Анна")
        await _sick(floor, "Иван")
        assert await _sick(floor, "Иван") == "Уже отмечено: болеет."
        assert len([one for one in await sent(floor, "Ольга", "2026-11-05T10:00") if "Иван" in one["text"]]) == 1
        await floor.at("2026-11-05T10:51")
        fresh = await floor.new_lead("Новый Клиент", "+74951110002")
        assert "ждут первого, кто выйдет на работу" in (await last_about(floor, "Ольга", "Иван Соколов"))["text"]
        await floor.at("2026-11-05T11:30")
        (told,) = [one for one in await sent(floor, "группа", "2026-11-05T10:20") if "Забираю" in str(one["buttons"])]
        assert (when(told), "Новый К." in told["text"]) == ("чт 5 11:21", True)
        await floor.say("Ольга", "/floor")
        (row,) = [line for line in (await floor.shows("Ольга")).split("\n") if "Иван" in line]
        assert "просрочено 0" in row, "it was late before he fell ill"
        assert "Просрочек нет" in "".join(one["text"] for one in await floor.messages("группа"))
        await floor.at("2026-11-06T09:30")
        await floor.say("Анна", "/away")
        await floor.press("Анна", "Я вернулся(ась)")
        await floor.advance("PT1M")
        assert {line.split()[0] for line in await holders(floor, [mine, fresh])} == {"Анна"}
        assert "розданы: Анна К." in (await last_about(floor, "Ольга", "Иван Соколов"))["text"]


@pytest.mark.slow
async def test_an_illness_before_a_leave(tmp_path: Path) -> None:
    """What is planned for December stands, whether he comes back before it or not."""
    async with Floor(tmp_path, "2026-11-05T10:00") as floor:
        await floor.say("Иван", "/away с 1 по 14 декабря")
        await floor.press("Иван", "Верно")
        await _sick(floor, "Иван")
        await floor.at("2026-11-06T09:30")
        await floor.say("Иван", "/away")
        assert "Болеет" in await floor.shows("Иван")
        await floor.press("Иван", "Я вернулся(ась)")
        await floor.say("Иван", "/away")
        shown = await floor.shows("Иван")
        assert "1–14 декабря" in shown
        assert "Болеет" not in shown


async def test_a_leave_of_years_is_refused(tmp_path: Path) -> None:
    """Also by a button that nobody was shown: nothing could wait for somebody who never works."""
    async with Floor(tmp_path, "2026-11-05T10:00") as floor:
        await floor.say("Иван", "/away с 1 по 14 декабря")
        card = await floor.card("Иван", "14 декабря")
        path = f"/sandbox/chats/{await floor.chat('Иван')}/messages/{card['message_id']}/press"
        verb, person, first = card["buttons"][0][0]["data"].split("|")[1:4]
        for last in ("2027-09-02", "2090-01-01"):
            press = {"user_id": floor.people["Иван"]["id"], "data": f"a|{verb}|{person}|{first}|{last}"}
            answer = (await floor.post(path, press))["answer"]
            assert answer["text"] == "Так далеко отпуск не поставить. Последний день – не позже 1 сентября."
        await floor.press("Иван", "Верно")
        assert "1–14 декабря" in await floor.shows("Иван")


@pytest.mark.slow
async def test_a_client_of_the_night_before_a_leave(tmp_path: Path) -> None:
    """He came when she had gone: nobody asks the supervisors first, he is in a colleague's queue of the morning."""
    async with Floor(tmp_path, "2026-11-05T18:00") as floor:
        await floor.say("Анна", "/away 6 ноября")
        await floor.press("Анна", "Верно")
        evening = await floor.new_lead("Вечерний Клиент", "+74951110001", owner="Анна")
        await floor.at("2026-11-05T20:00")
        night = await floor.new_lead("Ночной Клиент", "+74951110002", owner="Анна")
        await floor.at("2026-11-06T09:01")
        assert await holders(floor, [evening, night]) == ["Анна чт 5 18:15", "Иван пт 6 09:15"]
        assert "За ночь 1 лид" in "".join(one["text"] for one in await sent(floor, "Иван", "2026-11-06T09:00"))


@pytest.mark.slow
async def test_ill_in_the_evening(tmp_path: Path) -> None:
    """The supervisors are asked at the opening, the promise of the next morning has changed hands before."""
    async with Floor(tmp_path, "2026-11-05T18:00") as floor:
        early = await _promise(floor, "Рано", "+74951110001", "завтра в 9:05")
        await floor.at("2026-11-05T21:00")
        await _sick(floor, "Иван")
        assert await holders(floor, [early]) == ["Анна пт 6 09:05"]
        await floor.at("2026-11-06T08:59")
        assert not [one for one in await sent(floor, "Ольга", "2026-11-05T20:00") if "болеет" in one["text"]]
        await floor.at("2026-11-06T09:06")
        assert [when(one) for one in await sent(floor, "Ольга", "2026-11-05T20:00") if "болеет" in one["text"]] == [
            "пт 6 09:00"
        ]
        assert "Дозвонился" in str((await floor.card("Анна", "Рано"))["buttons"])
