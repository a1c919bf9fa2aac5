"""A client entered by hand: he begins where he stands, with one contact, one record and one task."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.db import newcomers as db_newcomers
from bot.db import tables as t
from bot.engine.newcomer import Known
from bot.services.client_search import ClientSearch
from tests.scenarios.floor import Floor
from tests.scenarios.paths import Portal, labels, walk
from tests.scenarios.shop import Restarts

START = "2026-11-02T10:00"  # a Monday
NAME = "Вера Новикова"
PHONE = "+79161234567"


async def _contacts(floor: Floor, phone: str = PHONE) -> list[int]:
    found = await floor.portal("crm.duplicate.findbycomm", {"type": "PHONE", "values": [phone]})
    return list((found or {}).get("CONTACT", []))


async def _deals(floor: Floor, phone: str = PHONE) -> list[dict[str, Any]]:
    params = {"entityTypeId": 2, "filter": {"@contactId": await _contacts(floor, phone)}, "useOriginalUfNames": "Y"}
    return list((await floor.portal("crm.item.list", params))["items"])


async def _leads(floor: Floor) -> list[dict[str, Any]]:
    params = {"entityTypeId": 1, "filter": {"originatorId": "dozvon"}, "useOriginalUfNames": "Y"}
    return list((await floor.portal("crm.item.list", params))["items"])


async def _form(floor: Floor, who: str) -> dict[str, Any]:
    return next(one for one in reversed(await floor.messages(who)) if "Новый клиент" in (one["text"] or ""))


async def _enter(floor: Floor, who: str, steps: str) -> None:
    await floor.say(who, "/new")
    await walk(floor, who, "", steps)


async def test_an_unknown_client_begins_in_his_stage(tmp_path: Path) -> None:
    """Name and number in one message, four taps, a time: contact, deal and task, once; the card at its time."""
    async with Floor(tmp_path, START) as floor:
        portal = Portal(floor)
        await _enter(floor, "Иван", f"✎ {NAME} 8 916 123-45-67 → Звонок → Сделки → Дожим на встречу → завтра 10:00")
        summary = await floor.card("Иван", "Проверьте")
        assert "Имя: Вера Новикова\nТелефон: +79161234567\nИсточник: Звонок" in summary["text"]
        assert "Стадия: Дожим на встречу (сделки)\nПерезвонить по сделке: завтра, вт 3 ноября, 10:00" in summary["text"]
        assert await _contacts(floor) == []
        await floor.press("Иван", "✅ Записать", "Проверьте")
        receipt = next(one for one in await floor.messages("Иван") if one["message_id"] == summary["message_id"])
        assert receipt["text"].startswith("✅ Записано: Вера Новикова: сделка «Дожим на встречу»")
        assert not receipt["buttons"]
        (deal,) = await _deals(floor)
        assert (deal["stageId"], deal["sourceId"], deal["assignedById"]) == ("MEETING_FOLLOW_UP", "CALL", 2)
        assert len(await _contacts(floor)) == 1
        assert await portal.next_up(f"D_{deal['id']}") == f"Перезвонить по сделке: {NAME} · вт 3 10:00"
        assert (await portal.fields("deal", deal["id"]))["NEXT_AT"] == "вт 3 10:00"
        assert "Заведён вручную" in (await floor.comments("deal", deal["id"]))[0]
        await floor.advance("PT10M")  # several polls see the record: it is ours
        assert len(await floor.tasks(f"D_{deal['id']}", open_only=False)) == 1
        await floor.at("2026-11-03T10:01")
        card = await floor.card("Иван", NAME)
        assert "Обещали в" in card["text"]
        await floor.press("Иван", "Не дозвонился", NAME)
        assert len(await floor.tasks(f"D_{deal['id']}")) == 1


@pytest.mark.slow
async def test_a_lead_by_hand(tmp_path: Path) -> None:
    """A lead carries its client itself; nobody becomes a contact before he is qualified."""
    async with Floor(tmp_path, START) as floor:
        await _enter(floor, "Иван", f"✎ {NAME} → ✎ 8(916)1234567 → Партнёр → Лиды")
        asked = await _form(floor, "Иван")
        assert "Дожим на скоринг – Клиент на связи" in asked["text"]
        assert "Новый лид" not in labels(asked)
        await walk(floor, "Иван", "", "Дожим на скоринг → через 1 ч → ✅ Записать")
        (lead,) = await _leads(floor)
        assert (lead["stageId"], lead["sourceId"], lead["name"]) == ("FOLLOW_UP", "PARTNER", "Вера")
        assert not lead["contactId"]
        assert await _contacts(floor) == []
        assert await floor.deadlines(f"L_{lead['id']}") == ["пн 2 11:01"]
        await floor.advance("PT1H10M")
        await walk(floor, "Иван", NAME, "Дозвонился → Больше 1 млн → Встреча в офисе → завтра 10:00")
        assert len(await floor.deals_of(lead["id"])) == 1
        assert len(await _contacts(floor)) == 1


async def test_a_meeting_by_hand(tmp_path: Path) -> None:
    """Place, then the time in words, which comes back to be confirmed; the fields of the meeting are written."""
    async with Floor(tmp_path, START) as floor:
        portal = Portal(floor)
        await _enter(floor, "Иван", f"✎ {NAME} → ✎ 9161234567 → Звонок → Сделки → Встреча назначена → Офис")
        assert "Время не назвал" not in labels(await _form(floor, "Иван"))
        await walk(floor, "Иван", "", "✎ в среду в полдень → ✎ чт 14:30 → Верно → ✅ Записать")
        (deal,) = await _deals(floor)
        assert deal["stageId"] == "MEETING"
        fields = await portal.fields("deal", deal["id"])
        assert (fields["MEETING_AT"], fields["PLACE"]) == ("чт 5 14:30", "Офис")
        assert await portal.next_up(f"D_{deal['id']}") == f"Встреча: {NAME} · чт 5 14:30"
        where = {"OWNER_TYPE_ID": 2, "OWNER_ID": deal["id"], "PROVIDER_ID": "CRM_TODO"}
        activities = await floor.portal("crm.activity.list", {"filter": where})
        assert len(activities) == 1
        steps = "✎ Олег Второй 89161234568 → Звонок → Сделки → Встреча назначена → Офис → ✎ чт в 15:00"
        await _enter(floor, "Иван", steps)
        busy = await _form(floor, "Иван")
        assert "14:30–15:30" in busy["text"]
        assert "Вера Н." in busy["text"]
        await walk(floor, "Иван", "", f"{labels(busy)[1]} → ✅ Записать")
        assert await floor.deadlines(f"D_{(await _deals(floor, '+79161234568'))[0]['id']}") != ["чт 5 15:00"]


async def test_a_far_meeting_has_a_reason(tmp_path: Path) -> None:
    """A week ahead and more: «Что мешает раньше?», by a key or in words; the summary and the timeline tell it."""
    async with Floor(tmp_path, START) as floor:
        steps = f"✎ {NAME} 8 916 123-45-67 → Звонок → Сделки → Встреча назначена → Офис → ✎ 11.11 в 14 → Верно"
        await _enter(floor, "Иван", steps)
        asked = await _form(floor, "Иван")
        assert "Что мешает раньше?" in asked["text"]
        await walk(floor, "Иван", "", "← Назад → ✎ чт 14:30 → Верно")  # three days are near enough
        assert "Почему не раньше" not in (await floor.card("Иван", "Проверьте"))["text"]
        await walk(floor, "Иван", "", "Изменить → Время → ✎ 11.11 в 14 → Верно → Другое → ✎ Ждёт сестру")
        assert "Почему не раньше: Ждёт сестру" in (await floor.card("Иван", "Проверьте"))["text"]
        await walk(floor, "Иван", "", "Изменить → Причину → Вахта → ✅ Записать")
        (deal,) = await _deals(floor)
        assert "Почему не раньше: Вахта" in (await floor.comments("deal", deal["id"]))[0]


@pytest.mark.slow
async def test_a_meeting_with_a_lawyer_that_is_taken_meanwhile(tmp_path: Path) -> None:
    """Two managers agree on the same hour of the only lawyer: the second is told at [✅ Записать], and chooses."""
    async with Floor(tmp_path, START) as floor:
        lawyer = next(name for name, one in floor.people.items() if one["role"] == "lawyer")
        for who, phone in (("Иван", "8 916 123-45-67"), ("Анна", "8 916 123-45-68")):
            steps = f"✎ {NAME} {phone} → Звонок → Сделки → Встреча назначена → Видео с юристом → завтра 10:00"
            await _enter(floor, who, steps)
        await floor.press("Иван", "✅ Записать", "Проверьте")
        assert "Вера Н." in await floor.shows(lawyer)
        await floor.press("Анна", "✅ Записать", "Проверьте")
        asked = await _form(floor, "Анна")
        assert "10:00–11:00" in asked["text"]
        anyway = next(label for label in labels(asked) if "10:00" in label and "всё равно" in label.lower())
        await walk(floor, "Анна", "", f"{anyway} → ✅ Записать")
        assert len(await _deals(floor, "+79161234568")) == 1


async def test_a_known_client(tmp_path: Path) -> None:
    """Who has him is shown by initials; his own card can be opened; a further deal takes the contact that is there."""
    async with Floor(tmp_path, START) as floor:
        await floor.new_lead("Пётр Проверкин", PHONE, owner="Анна")
        await walk(floor, "Анна", "Проверкин", "Дозвонился → Больше 1 млн → Встреча в офисе → завтра 18:00")
        assert len(await _contacts(floor)) == 1
        await _enter(floor, "Анна", "✎ Петя → ✎ +7 (916) 123 45 67")
        known = await _form(floor, "Анна")
        assert "Пётр П. · Встреча назначена · Анна" in known["text"]
        assert await floor.press_message("Анна", known["message_id"], "Открыть: Встреча назначена") == "Карточка ниже."
        assert "Встреча" in (await floor.card("Анна", "Проверкин"))["text"]
        await _enter(floor, "Иван", "✎ Петя → ✎ +7 (916) 123 45 67")
        known = await _form(floor, "Иван")
        assert "Проверкин" not in known["text"]
        assert labels(known) == ["Новая сделка этому клиенту", "← Назад", "Отмена"]
        await walk(floor, "Иван", "", "Новая сделка этому клиенту → Звонок → Сделки → Договор подписан")
        assert labels(await _form(floor, "Иван"))[0].startswith("По регламенту: ")
        await floor.press("Иван", labels(await _form(floor, "Иван"))[0])
        await floor.press("Иван", "✅ Записать", "Проверьте")
        assert len(await _contacts(floor)) == 1
        assert sorted(deal["stageId"] for deal in await _deals(floor)) == ["CONTRACT_SIGNED", "MEETING"]
        assert "Вашему клиенту Пётр П. завели ещё одно дело" in await floor.shows("Анна")


@pytest.mark.slow
async def test_a_client_whom_only_the_portal_knows(tmp_path: Path) -> None:
    """A contact without deals is shown with its owner, and is taken."""
    async with Floor(tmp_path, START) as floor:
        fields = {"NAME": "Олег", "LAST_NAME": "Старый", "ASSIGNED_BY_ID": 3, "PHONE": [{"VALUE": "8 916 123 45 67"}]}
        contact = await floor.portal("crm.contact.add", {"fields": fields})
        await _enter(floor, "Иван", f"✎ Олег {PHONE}")
        assert "Олег С. · контакт в CRM" in (await _form(floor, "Иван"))["text"]
        await walk(floor, "Иван", "", "Новая сделка этому клиенту → Звонок → Сделки → Дожим на договор → завтра 10:00")
        await floor.press("Иван", "✅ Записать", "Проверьте")
        assert await _contacts(floor) == [contact]
        (deal,) = await _deals(floor)
        assert (await Portal(floor).next_up(f"D_{deal['id']}")).startswith("Перезвонить по договору: Олег Старый")


@pytest.mark.slow
async def test_the_form_is_patient(tmp_path: Path) -> None:
    """Bad answers, steps back, another card between, a restart, days: nothing is lost, and nothing is written."""
    async with Floor(tmp_path, START) as floor, Restarts(floor) as bot:
        await floor.new_lead("Пётр Проверкин", "+74951110001")
        await _enter(floor, "Иван", "✎ 7")
        assert "от 2 до 200 букв" in (await _form(floor, "Иван"))["text"]
        await walk(floor, "Иван", "", f"✎ {NAME} → ✎ 12345")
        assert "Номер не понят" in (await _form(floor, "Иван"))["text"]
        await walk(floor, "Иван", "", "Нет телефона → ✎ голубиная почта")
        assert "Не понял" in (await _form(floor, "Иван"))["text"]
        await walk(floor, "Иван", "Проверкин", "Просит перезвонить → ✎ завтра в 11 → Верно")
        await bot.stop()
        await bot.start()
        await floor.at("2026-11-04T10:00")
        await walk(floor, "Иван", "", "✎ тг @vera")
        assert "Откуда клиент?" in (await _form(floor, "Иван"))["text"]
        old = await _form(floor, "Иван")
        await floor.say("Иван", "/new")
        new = await _form(floor, "Иван")
        assert new["message_id"] != old["message_id"]
        assert await floor.press_message("Иван", new["message_id"], "← Назад") == ""
        await walk(floor, "Иван", "", "✎ @vera_n → Почта → Сделки → Дожим на встречу → Время не назвал")
        await walk(floor, "Иван", "", "Изменить → Имя → ✎ Вера Петровна Новикова → ✅ Записать")
        await floor.advance("PT1M")
        rows = await floor.portal("crm.contact.list", {"filter": {"LAST_NAME": "Петровна Новикова"}})
        assert len(rows) == 1
        await floor.at("2026-11-05T19:00")
        assert "Telegram: @vera_n" in (await floor.card("Иван", "Петровна"))["text"]


@pytest.mark.slow
async def test_cancelled_half_way(tmp_path: Path) -> None:
    async with Floor(tmp_path, START) as floor:
        await _enter(floor, "Иван", f"✎ {NAME} {PHONE} → Звонок")
        form = await _form(floor, "Иван")
        await floor.press("Иван", "Отмена", NAME)
        assert (await _form(floor, "Иван"))["text"] == "Новый клиент: отменено, ничего не записано."
        assert "Жду" not in await floor.shows("Иван")
        await floor.say("Иван", "/new")
        assert "Как зовут клиента?" in (await _form(floor, "Иван"))["text"]
        assert form["message_id"] != (await _form(floor, "Иван"))["message_id"]
        assert await _contacts(floor) == []


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["down", "ambiguous"])
async def test_a_portal_in_trouble(tmp_path: Path, mode: str) -> None:
    """Down: recorded all the same and written later. Answers lost: each record was made once."""
    async with Floor(tmp_path, START) as floor:
        if mode == "down":
            await floor.faults("bitrix24", mode)
        await _enter(floor, "Иван", f"✎ {NAME} {PHONE}")
        assert ("CRM сейчас не отвечает" in (await _form(floor, "Иван"))["text"]) is (mode == "down")
        await walk(floor, "Иван", "", "Звонок → Сделки → Дожим на встречу → завтра 10:00")
        if mode == "ambiguous":
            await floor.faults("bitrix24", mode)
        summary = await floor.card("Иван", "Проверьте")
        assert await floor.press_message("Иван", summary["message_id"], "✅ Записать") == ""
        assert "✅ Записано" in await floor.shows("Иван")
        await floor.advance("PT3M")
        await floor.faults("bitrix24", "none")
        await floor.advance("PT10M")
        assert len(await _contacts(floor)) == 1
        (deal,) = await _deals(floor)
        assert len(await floor.tasks(f"D_{deal['id']}", open_only=False)) == 1
        assert len(await floor.comments("deal", deal["id"])) == 1


@pytest.mark.slow
async def test_pressed_twice(tmp_path: Path) -> None:
    """The second press on [✅ Записать] finds it done, whatever the phone still shows."""
    async with Floor(tmp_path, START) as floor:
        await _enter(floor, "Иван", f"✎ {NAME} {PHONE} → Звонок → Сделки → Дожим на встречу → завтра 10:00")
        await floor.faults("telegram", "down", methods=["editMessageText"])
        summary = await floor.card("Иван", "Проверьте")
        toasts = [await floor.press_message("Иван", summary["message_id"], "✅ Записать") for _ in range(2)]
        assert toasts == ["", "Уже записано."]
        await floor.faults("telegram", "none")
        await floor.advance("PT1M")
        assert len(await _deals(floor)) == 1


@pytest.mark.slow
async def test_two_people_with_the_same_client(tmp_path: Path) -> None:
    """Whoever is second is told who was first, and decides again; never two contacts, even while the portal is away."""
    async with Floor(tmp_path, START) as floor:
        await floor.faults("bitrix24", "down")
        for who in ("Иван", "Анна"):
            await _enter(floor, who, f"✎ {NAME} {PHONE} → Звонок → Сделки → Дожим на встречу → завтра 10:00")
        await floor.press("Иван", "✅ Записать", "Проверьте")
        await floor.press("Анна", "✅ Записать", "Проверьте")
        told = await _form(floor, "Анна")
        assert "Пока вы заполняли форму, этого клиента завели:\nВера Н. · Дожим на встречу · Иван С." in told["text"]
        await floor.press("Анна", "Новая сделка этому клиенту", "Новый клиент")
        await floor.press("Анна", "✅ Записать", "Проверьте")
        assert "Вашему клиенту Вера Н. завели ещё одно дело" in await floor.shows("Иван")
        await floor.faults("bitrix24", "none")
        await floor.advance("PT5M")
        assert len(await _contacts(floor)) == 1
        assert sorted(deal["assignedById"] for deal in await _deals(floor)) == [2, 3]


@pytest.mark.slow
async def test_who_may_and_for_whom(tmp_path: Path) -> None:
    """A lawyer and a stranger may not; a supervisor picks the owner; «Сегодня» has a button for it."""
    async with Floor(tmp_path, START) as floor:
        lawyer = next(name for name, one in floor.people.items() if one["role"] == "lawyer")
        supervisor = next(name for name, one in floor.people.items() if one["role"] == "supervisor")
        await floor.say(lawyer, "/new")
        assert await floor.shows(lawyer) == "Завести клиента может менеджер или руководитель."
        stranger = await floor.post("/sandbox/people", {"name": "Чужой Человек"})
        floor.people["Чужой"] = stranger
        await floor.say("Чужой", "/new")
        assert "Нет доступа" in await floor.shows("Чужой")
        await floor.say(supervisor, "/today")
        await walk(floor, supervisor, "Сегодня", "➕ Новый клиент")
        await walk(floor, supervisor, "Новый клиент", f"✎ {NAME} {PHONE} → Звонок")
        assert labels(await _form(floor, supervisor))[0] == "Я"
        await walk(floor, supervisor, "", f"{floor.people['Анна']['name']} → Сделки → Дожим на договор → завтра 10:00")
        await floor.press(supervisor, "✅ Записать", "Проверьте")
        (deal,) = await _deals(floor)
        assert deal["assignedById"] == floor.people["Анна"]["crm_user_id"]
        await floor.at("2026-11-03T10:01")
        assert "Перезвонить по договору" in (await floor.card("Анна", NAME))["text"]


@pytest.mark.slow
async def test_a_barred_number(tmp_path: Path) -> None:
    """A manager stops there; a supervisor lifts the bar and goes on."""
    async with Floor(tmp_path, START) as floor:
        supervisor = next(name for name, one in floor.people.items() if one["role"] == "supervisor")
        await floor.new_lead("Пётр Проверкин", PHONE)
        steps = "Другой результат → Просит не звонить → Не звонить и не писать → ✅ Записать"
        await walk(floor, "Иван", "Проверкин", steps)
        await _enter(floor, "Иван", f"✎ {NAME} {PHONE}")
        form = await _form(floor, "Иван")
        assert "клиент просил не звонить и не писать" in form["text"]
        assert labels(form) == ["Другой номер", "← Назад", "Отмена"]
        await _enter(floor, supervisor, f"✎ {NAME} {PHONE} → Снять запрет и продолжить → Новая сделка этому клиенту")
        await walk(floor, supervisor, "", "Звонок → Я → Сделки → Дожим на встречу → завтра 10:00")
        await floor.press(supervisor, "✅ Записать", "Проверьте")
        (deal,) = await _deals(floor)
        assert f"Запрет звонить снят: {PHONE}" in (await floor.comments("deal", deal["id"]))[0]


BARRING = "Другой результат → Просит не звонить → Не звонить и не писать → ✅ Записать"


async def _forged(floor: Floor, who: str, verb: str) -> None:
    """A press with data that no button of the form carries now."""
    form = await _form(floor, who)
    data = next(one["data"] for row in form["buttons"] for one in row if one.get("data", "").endswith("|cancel"))
    person = floor.people[who]
    path = f"/sandbox/chats/{person['private_chat_id']}/messages/{form['message_id']}/press"
    await floor.post(path, {"user_id": person["id"], "data": data.removesuffix("cancel") + verb})
    await floor.idle()


async def test_a_bar_is_not_talked_round(tmp_path: Path) -> None:
    """Neither the same number typed once more nor a forged press leads a manager past the bar."""
    async with Floor(tmp_path, START) as floor:
        await floor.new_lead("Пётр Проверкин", PHONE)
        await walk(floor, "Иван", "Проверкин", BARRING)
        await _enter(floor, "Иван", f"✎ {NAME} {PHONE}")
        await walk(floor, "Иван", "", f"Другой номер → ✎ {PHONE}")
        assert "клиент просил не звонить и не писать" in (await _form(floor, "Иван"))["text"]
        await _forged(floor, "Иван", "to|summary")
        assert "клиент просил не звонить и не писать" in (await _form(floor, "Иван"))["text"]
        await _forged(floor, "Иван", "to|source")
        assert "клиент просил не звонить и не писать" in (await _form(floor, "Иван"))["text"]


@pytest.mark.slow
async def test_a_bar_that_came_while_the_form_was_filled_in(tmp_path: Path) -> None:
    """[✅ Записать] looks once more: the client has meanwhile asked another manager for peace."""
    async with Floor(tmp_path, START) as floor:
        await floor.new_lead("Пётр Проверкин", PHONE, owner="Анна")
        steps = f"✎ {NAME} {PHONE} → Новая сделка этому клиенту → Звонок → Сделки → Дожим на встречу → завтра 10:00"
        await _enter(floor, "Иван", steps)
        await walk(floor, "Анна", "Проверкин", BARRING)
        await floor.press("Иван", "✅ Записать", "Проверьте")
        assert "клиент просил не звонить и не писать" in (await _form(floor, "Иван"))["text"]
        assert await _deals(floor) == []


@pytest.mark.slow
async def test_two_people_with_a_client_whom_only_the_portal_knows(tmp_path: Path) -> None:
    """Both saw the bare contact; the second one still hears that the first has begun with him."""
    async with Floor(tmp_path, START) as floor:
        fields = {"NAME": "Олег", "LAST_NAME": "Старый", "ASSIGNED_BY_ID": 3, "PHONE": [{"VALUE": "8 916 123 45 67"}]}
        await floor.portal("crm.contact.add", {"fields": fields})
        steps = "Новая сделка этому клиенту → Звонок → Сделки → Дожим на договор → завтра 10:00"
        for who in ("Иван", "Анна"):
            await _enter(floor, who, f"✎ Олег {PHONE} → {steps}")
        await floor.press("Иван", "✅ Записать", "Проверьте")
        await floor.press("Анна", "✅ Записать", "Проверьте")
        assert "Пока вы заполняли форму, этого клиента завели" in (await _form(floor, "Анна"))["text"]
        assert len(await _deals(floor)) == 1


async def test_a_form_that_ended_while_the_portal_was_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another replica has taken [Отмена] meanwhile: what was typed does not bring the form back, nor its contents."""

    async def cancelled_meanwhile(search: ClientSearch, *_: object) -> tuple[list[Known], bool]:
        async with search._database.write() as connection:
            await db_newcomers.finish(connection, 1, None, datetime(2026, 11, 2, 7, tzinfo=UTC))
        return [], False

    async with Floor(tmp_path, START) as floor:
        await _enter(floor, "Иван", f"✎ {NAME}")
        monkeypatch.setattr(ClientSearch, "find", cancelled_meanwhile)
        await floor.say("Иван", PHONE)
        database = floor.demo.app.database
        async with database.read() as connection:
            (row,) = list(await connection.execute(select(t.newcomers.c.state, t.newcomers.c.over)))
        assert (row.state, row.over) == ({}, True)
        assert "Откуда клиент?" not in await floor.shows("Иван")
