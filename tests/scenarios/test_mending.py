"""A supervisor has a recorded result told anew, and opens a closed client again, from /case."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.floor import Floor
from tests.scenarios.paths import Portal, labels, walk

NAME = "Проверкин"


async def opened(floor: Floor, name: str = NAME) -> dict[str, Any]:
    """The client, opened anew by the supervisor."""
    await floor.say("Ольга", f"/case {name}")
    return (await floor.messages("Ольга"))[-1]


async def press(floor: Floor, message: dict[str, Any], label: str) -> str | None:
    return await floor.press_message("Ольга", message["message_id"], label)


async def shown(floor: Floor, message: dict[str, Any]) -> dict[str, Any]:
    """The message as it looks now."""
    found = await floor.messages("Ольга")
    return next(one for one in found if one["message_id"] == message["message_id"])


async def test_a_result_is_given_back_and_told_anew(tmp_path: Path) -> None:
    """The wrong result leaves stage, fields and figures; the manager answers anew, and the work counts once."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead, portal = await floor.new_lead(), Portal(floor)
        first = await portal.one_task(f"L_{lead}")
        await floor.press("Иван", "Не дозвонился", NAME)
        await floor.at("2026-11-02T11:30")
        panel = await opened(floor)
        assert "Исправить результат" in labels(panel)
        await press(floor, panel, "Исправить результат")
        looks = await shown(floor, panel)
        assert "10:00, Иван С.: Обработать лид\nОтвет: Не дозвонился" in looks["text"]
        assert "Стадия: «Новый лид» → «Недозвон на скоринг»" in looks["text"]
        assert labels(looks) == ["Вернуть: Иван С.", "Отвечу сам(а)", "← Назад"]
        assert await press(floor, panel, "Вернуть: Иван С.") == "Анкету задали заново. Отвечает: Иван С."
        again = await portal.one_task(f"L_{lead}")
        assert (again["id"] != first["id"], again["title"]) == (True, "Обработать лид: Пётр Проверкин")
        assert (await floor.lead(lead))["stageId"] == "NEW"
        assert "TRIES" not in await portal.fields("lead", lead)
        assert "«Не дозвонился» – отменён" in (await floor.comments("lead", lead))[-1]
        assert "Ольга" in (await floor.comments("lead", lead))[-1]
        assert "Исправить результат" not in labels(await shown(floor, panel))
        card = await floor.card("Иван", NAME)
        assert "✏️ Руководитель просит исправить: «Не дозвонился» (10:00)" in card["text"]

        await walk(floor, "Иван", NAME, "Просит перезвонить → завтра 10:00")
        assert await portal.next_up(f"L_{lead}") == "Перезвонить: Пётр Проверкин · вт 3 10:00"
        text = (await opened(floor))["text"]
        assert "Исправляют результат «Не дозвонился»" in text
        assert text.count("Не дозвонился") == 1
        await floor.say("Иван", "/me")
        assert "\nЗадач закрыто 1, осталось 2\nЗвонков 1, на связи 100 % (1 из 1)\n" in await floor.shows("Иван")
        await floor.say("Ольга", "/attempts")
        assert (await floor.shows("Ольга")).startswith("Дозвон за 30 дней: 1 из 1 ")


async def test_the_supervisor_answers_himself_or_gives_it_back(tmp_path: Path) -> None:
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead, portal = await floor.new_lead(), Portal(floor)
        await floor.press("Иван", "Не дозвонился", NAME)
        panel = await opened(floor)
        await press(floor, panel, "Исправить результат")
        await press(floor, panel, "Отвечу сам(а)")
        assert "✏️ Исправляете ответ «Не дозвонился»" in (await floor.card("Ольга", NAME))["text"]
        task = await portal.one_task(f"L_{lead}")
        assert int(task["responsibleId"]) == floor.people["Ольга"]["crm_user_id"]
        panel = await opened(floor)
        await press(floor, panel, "Вернуть менеджеру")
        assert int((await portal.one_task(f"L_{lead}"))["responsibleId"]) == floor.people["Иван"]["crm_user_id"]
        assert "Руководитель просит исправить" in (await floor.card("Иван", NAME))["text"]

        other = await floor.new_lead("Олег Ручкин", "+74951110004")
        await floor.press("Иван", "Не дозвонился", "Ручкин")
        panel = await opened(floor, "Ручкин")
        await press(floor, panel, "Исправить результат")
        await press(floor, panel, "Отвечу сам(а)")
        await walk(floor, "Ольга", "Ручкин", "Просит перезвонить → завтра 10:00")
        assert await portal.next_up(f"L_{other}") == "Перезвонить: Олег Ручкин · вт 3 10:00"
        task = await portal.one_task(f"L_{other}")
        assert int(task["responsibleId"]) == floor.people["Иван"]["crm_user_id"]


async def test_a_closed_client_goes_on(tmp_path: Path) -> None:
    """One tap where he stood before; another manager and another stage by two."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead, portal = await floor.new_lead(), Portal(floor)
        await walk(floor, "Иван", NAME, "Просит перезвонить → сегодня 17:30")
        await floor.at("2026-11-02T17:30")
        await walk(floor, "Иван", NAME, "Дозвонился → Долгов нет → ✅ Записать")
        assert (await floor.lead(lead))["stageId"] == "JUNK"
        await floor.at("2026-11-03T10:00")
        panel = await opened(floor)
        assert labels(panel)[0] == "Вернуть в работу"
        await press(floor, panel, "Вернуть в работу")
        looks = await shown(floor, panel)
        assert "Займётся: Иван Соколов" in looks["text"]
        assert labels(looks)[0] == "«Дожим на скоринг»"
        await press(floor, panel, "Другому…")
        await press(floor, panel, "Анна Ковалёва")
        assert "Займётся: Анна Ковалёва" in (await shown(floor, panel))["text"]
        toast = await press(floor, panel, "«Дожим на скоринг»")
        assert toast == "Снова в работе: «Дожим на скоринг», Анна К."
        record = await floor.lead(lead)
        assert (record["stageId"], int(record["assignedById"])) == ("FOLLOW_UP", floor.people["Анна"]["crm_user_id"])
        assert "REASON" not in await portal.fields("lead", lead)
        task = await portal.one_task(f"L_{lead}")
        assert int(task["responsibleId"]) == floor.people["Анна"]["crm_user_id"]
        assert "Возвращён в работу: «Некачественный» → «Дожим на скоринг»" in (await floor.comments("lead", lead))[-1]
        assert await portal.next_up(f"L_{lead}") == "Перезвонить: Пётр Проверкин · чт 5 19:00"
        text = (await opened(floor))["text"]
        assert "Возвращён в работу" in text
        await floor.say("Ольга", "/funnel")
        assert "Некачественный" not in await floor.shows("Ольга")


async def test_what_stands_in_the_way_is_said(tmp_path: Path) -> None:
    """Deleted in the portal, barred, moved meanwhile, and people without the right: nothing changes."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        for number, name in enumerate(("Ушёл Первый", "Ушёл Второй"), start=1):
            await floor.new_lead(name, f"+7495222000{number}")
            await walk(floor, "Иван", name, "Дозвонился → Долгов нет → ✅ Записать")
        barred = await opened(floor, "Второй")
        lead = await floor.new_lead("Ушёл Третий", "+74952220003")
        await floor.press("Иван", "Не дозвонился", "Третий")
        panel = await opened(floor, "Первый")
        await press(floor, panel, "Вернуть в работу")
        gone = (await floor.portal("crm.lead.list", {"filter": {"LAST_NAME": "Первый"}}))[0]["ID"]
        await floor.portal("crm.lead.delete", {"id": gone})
        assert await press(floor, panel, "«Новый лид»") == "Карточки клиента больше нет в CRM: вернуть нечего."

        again = await floor.new_lead("Ушёл Второй", "+74952220002", owner="Анна")
        await walk(
            floor, "Анна", "Второй", "Другой результат → Просит не звонить → Не звонить и не писать → ✅ Записать"
        )
        assert (await floor.lead(again))["stageId"] == "JUNK"
        await press(floor, barred, "Вернуть в работу")
        toast = await press(floor, barred, "«Новый лид»")
        assert toast == "Клиент просил не звонить: по этому номеру вернуть нельзя. Он может обратиться снова сам."

        panel = await opened(floor, "Третий")
        await press(floor, panel, "Исправить результат")
        await floor.portal("crm.lead.update", {"id": lead, "fields": {"STATUS_ID": "FOLLOW_UP"}})
        await floor.advance("PT5S")
        toast = await press(floor, panel, "Вернуть: Иван С.")
        assert toast == "После этого ответа клиента перенесли в CRM: сейчас «Дожим на скоринг». Исправлять нечего."

        forged = (await floor.messages("Иван"))[-1]["message_id"]
        body = {"user_id": floor.people["Иван"]["id"], "data": "r|fix|1"}
        answer = await floor.post(f"/sandbox/chats/{await floor.chat('Иван')}/messages/{forged}/press", body)
        assert answer["answer"]["text"] == "Это видят руководитель и директор."


async def test_who_is_not_there_is_neither_asked_nor_given_the_client(tmp_path: Path) -> None:
    """A client waits for nobody's leave to end; and who has another request in work is said to have it."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await floor.new_lead()
        await floor.press("Иван", "Не дозвонился", NAME)
        await floor.new_lead("Ушёл Первый", "+74952220001")
        await walk(floor, "Иван", "Первый", "Дозвонился → Долгов нет → ✅ Записать")
        await floor.new_lead("Ушёл Первый", "+74952220001", owner="Анна")
        await floor.say("Иван", "/away")
        await floor.press("Иван", "Заболел(а), сегодня")
        panel = await opened(floor)
        await press(floor, panel, "Исправить результат")
        looks = await shown(floor, panel)
        assert labels(looks) == ["Отвечу сам(а)", "← Назад"]
        assert "Менеджера сейчас нет: ответить можете только вы." in looks["text"]
        assert "Исправить можно только последний результат" in looks["text"]
        forged = looks["buttons"][0][0]["data"].replace("|self|", "|man|")
        body = {"user_id": floor.people["Ольга"]["id"], "data": forged}
        path = f"/sandbox/chats/{await floor.chat('Ольга')}/messages/{panel['message_id']}/press"
        answer = await floor.post(path, body)
        assert answer["answer"]["text"] == "Ответственного нет: ответьте сами или передайте клиента."
        await press(floor, panel, "Отвечу сам(а)")
        panel = await opened(floor)
        assert await press(floor, panel, "Вернуть менеджеру") == (
            "Ответственного нет: ответьте сами или передайте клиента."
        )

        await floor.say("Ольга", "/case Первый")
        choice = (await floor.messages("Ольга"))[-1]
        await press(floor, choice, "Ушёл Первый · Некачественный · Иван С.")
        choice = (await floor.messages("Ольга"))[-1]
        await press(floor, choice, "Вернуть в работу")
        looks = await shown(floor, choice)
        assert "⚠️ Уже в работе, Анна К.: «Новый лид»" in looks["text"]
        assert "Иван Соколов сейчас не на связи. Кому вернуть?" in looks["text"]
        assert "Анна Ковалёва" in labels(looks)


@pytest.mark.slow
async def test_what_the_portal_has_sent_back_is_taken_back_as_well(tmp_path: Path) -> None:
    """Fields that came back from the CRM in its own writing are still those which the wrong result had written."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead, portal = await floor.new_lead(), Portal(floor)
        before = await portal.fields("lead", lead)
        await walk(floor, "Иван", NAME, "Дозвонился → До 250 тыс. → Пока не готов → Дорого → завтра 10:00")
        assert {"DEBT", "OBSTACLE", "NEXT_AT"} <= (await portal.fields("lead", lead)).keys()
        await floor.portal("crm.lead.update", {"id": lead, "fields": {"TITLE": "Заявка с сайта, срочно"}})
        await floor.advance("PT1M")
        await floor.at("2026-11-02T12:00")
        panel = await opened(floor)
        await press(floor, panel, "Исправить результат")
        await press(floor, panel, "Вернуть: Иван С.")
        assert (await portal.fields("lead", lead)).keys() - {"NEXT_AT"} == before.keys() - {"NEXT_AT"}
        assert (await floor.lead(lead))["title"] == "Заявка с сайта, срочно"
