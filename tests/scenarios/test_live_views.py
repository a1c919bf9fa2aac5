"""What supervisors look at in their private chat: the floor, a client, promises, bypasses, what is stuck."""

from __future__ import annotations

from pathlib import Path

from tests.scenarios.floor import Floor
from tests.scenarios.paths import labels, walk

COMMANDS = ("/floor", "/case Проверкин", "/promises", "/bypasses", "/stuck", "/funnel", "/attempts")
REFUSED = "Это видят руководитель и директор."


async def _asks(floor: Floor, command: str) -> str:
    await floor.say("Ольга", command)
    return await floor.shows("Ольга")


async def test_a_supervisor_looks_and_advises(tmp_path: Path) -> None:
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead = await floor.new_lead("Пётр Проверкин", "+74951110001")
        await walk(floor, "Иван", "Пётр", "Просит перезвонить → сегодня 17:30")
        moved = await floor.new_lead("Олег Ручкин", "+74951110004", owner="Анна")
        await floor.portal("crm.lead.update", {"id": moved, "fields": {"STATUS_ID": "FOLLOW_UP"}})
        await floor.new_lead("Вера Застрявшая", "+74951110005", owner="Анна")
        await floor.at("2026-11-02T10:50")

        text = await _asks(floor, "/floor")
        assert text.startswith("Отдел к 10:50\nАнна К. – сегодня 3, просрочено 1 (старшее")
        assert "Иван С. – сегодня 3, просрочено 0, сделано 1" in text
        assert "2. Олег Ручкин – Анна К." not in text
        text = await _asks(floor, "/promises")
        assert text.startswith("Обещанные звонки: вовремя 0, поздно 0, сорваны 0")
        assert "17:30 Пётр Проверкин – Иван С." in text
        text = await _asks(floor, "/bypasses")
        assert "Олег Ручкин – Анна К.: стадия руками «Новый лид» → «Дожим на скоринг»" in text
        text = await _asks(floor, "/stuck")
        assert "Вера Застрявшая «Новый лид» с 10:" in text

        for words in ("Проверкин", "проверкин", "8 (495) 111-00-01", f"https://x.example/crm/lead/details/{lead}/"):
            text = await _asks(floor, f"/case {words}")
            head = "Пётр Проверкин · «Дожим на скоринг» · Иван С.\n+74951110001\nДальше: Перезвонить"
            assert text.startswith(head)
            assert "Просит перезвонить" in text
        assert await _asks(floor, "/case Никто") == (
            "Никого не нашли. Попробуйте часть фамилии, телефон целиком или ссылку на карточку."
        )
        await _asks(floor, "/case Проверкин")
        panel = (await floor.messages("Ольга"))[-1]
        assert labels(panel)[0] == "Подсказать"
        await floor.press_message("Ольга", panel["message_id"], "Подсказать")
        await floor.say("Ольга", "Спросите про ипотеку")
        assert "Спросите про ипотеку" in await floor.shows("Иван")
        asked = [one for one in await floor.messages("Ольга") if one["message_id"] == panel["message_id"]]
        assert asked[0]["text"] == "Ответ отправлен: Иван Соколов."
        assert "советует: «Спросите про ипотеку»" in await _asks(floor, "/case Проверкин")
        assert (await floor.comments("lead", lead))[-1].startswith(
            "советует: «Спросите про ипотеку»\nЗаписал(а): Ольга"
        )

        assert "Новый лид" not in await _asks(floor, "/funnel")
        assert (await _asks(floor, "/attempts")).startswith("Дозвон за 30 дней: 1 из 1 – мало для вывода")
        await floor.say("Иван", "/me")
        assert "Мои показатели: Иван Соколов\nСегодня" in await floor.shows("Иван")
        await floor.say("Иван", "/plan")
        assert await floor.shows("Иван") == "На завтра пока ничего."
        for typed in ("/nonsense", "/Today"):
            await floor.say("Иван", typed)
            assert await floor.shows("Иван") == "Такой команды нет. Все команды – маленькими буквами, список: /help"
        assert await _asks(floor, "/digest вчера") == "Не понял «вчера». Можно: /digest – сегодня, /digest неделя"
        assert "неделя" in await _asks(floor, "/digest за неделю")
        await floor.say("Алла", "/me")
        assert await floor.shows("Алла") == "Показатели есть у тех, кто работает с клиентами."
        for who in ("Иван", "Алла"):
            for command in COMMANDS:
                await floor.say(who, command)
                assert await floor.shows(who) == REFUSED
        forged = (await floor.messages("Ольга"))[-1]["message_id"]
        chat = await floor.chat("Ольга")
        body = {"user_id": floor.people["Ольга"]["id"], "data": "v|floor|x"}
        answer = await floor.post(f"/sandbox/chats/{chat}/messages/{forged}/press", body)
        assert answer["answer"]["text"] == "Эта кнопка больше не действует."
