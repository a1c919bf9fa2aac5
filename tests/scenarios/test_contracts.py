"""From the contract to the activation: signed, paid, silent, handed to the lawyer, terminated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.floor import Floor
from tests.scenarios.paths import Portal, fill_in, labels, receipt, walk

NAME = "Проверкин"
MONDAY = "2026-11-02T10:00"


async def _deal(floor: Floor, stage: str, owner: str = "Иван") -> int:
    """A deal that somebody entered in the CRM in this stage."""
    contact = await floor.portal(
        "crm.contact.add",
        {
            "fields": {
                "NAME": "Пётр",
                "LAST_NAME": "Проверкин",
                "PHONE": [{"VALUE": "+74952223344", "VALUE_TYPE": "WORK"}],
            }
        },
    )
    fields = {
        "TITLE": "Банкротство: Пётр Проверкин",
        "STAGE_ID": stage,
        "CONTACT_ID": contact,
        "ASSIGNED_BY_ID": floor.people[owner]["crm_user_id"],
    }
    deal = await floor.portal("crm.deal.add", {"fields": fields})
    await floor.idle()
    return int(deal)


async def _stage(floor: Floor, deal: int) -> str:
    params = {"entityTypeId": 2, "id": deal, "useOriginalUfNames": "Y"}
    return str((await floor.portal("crm.item.get", params))["item"]["stageId"])


async def _holder(floor: Floor, deal: int) -> tuple[str, str]:
    task: dict[str, Any] = await Portal(floor).one_task(f"D_{deal}")
    names = {str(person["crm_user_id"]): name for name, person in floor.people.items()}
    return task["title"].partition(":")[0], names[str(task["responsibleId"])]


async def test_signed_paid_and_handed_to_the_lawyer(tmp_path: Path) -> None:
    """Signed, a part, the rest: active at once, the card filled in, the lawyer calls, the deal is done."""
    async with Floor(tmp_path, MONDAY) as floor:
        deal, portal = await _deal(floor, "CONTRACT_FOLLOW_UP"), Portal(floor)
        await floor.at("2026-11-03T09:01")
        await walk(floor, "Иван", NAME, "Подписал → чт 10:00")
        assert await _stage(floor, deal) == "CONTRACT_SIGNED"
        assert await portal.next_up(f"D_{deal}") == "Перезвонить об оплате: Пётр Проверкин · чт 5 10:00"
        await floor.at("2026-11-05T10:00")
        await walk(floor, "Иван", NAME, "Оплатил часть → ✎ 5000 → завтра 10:00")
        assert await _stage(floor, deal) == "CONTRACT_SIGNED"
        assert (await portal.fields("deal", deal))["PAID"] == "5000|RUB"
        await floor.at("2026-11-06T10:00")
        await walk(floor, "Иван", NAME, "Оплатил часть → ✎ 10 000")
        check = (await floor.card("Иван", NAME))["text"]
        assert "Будет: сделка → «Договор активирован»" in check
        assert "Оплачено: 10 000 ₽, всего 15 000 ₽" in check
        await floor.press("Иван", "✅ Записать", NAME)
        assert await _stage(floor, deal) == "WON"
        assert (await portal.fields("deal", deal))["PAID"] == "15000|RUB"
        assert await _holder(floor, deal) == ("Заполнить сделку", "Иван")
        await floor.advance("PT1M")
        assert "Передать юристу" not in labels(await floor.card("Иван", NAME))
        await fill_in(floor, "Иван", NAME)
        await floor.press("Иван", "Передать юристу", NAME)
        lawyer = next(name for name, one in floor.people.items() if one["role"] == "lawyer")
        assert await _holder(floor, deal) == ("Связаться с клиентом", lawyer)
        assert not labels(await floor.card(lawyer, NAME)).count("Передать")
        await floor.press(lawyer, "Не дозвонился", NAME)
        await floor.at("2026-11-09T18:00")
        await floor.press(lawyer, "Связался", NAME)
        assert await floor.tasks(f"D_{deal}") == []
        assert await _stage(floor, deal) == "WON"


@pytest.mark.slow
async def test_who_calls_about_the_payment_is_one_press(tmp_path: Path) -> None:
    """The supervisor himself, or the lawyer: task, cards and the CRM follow, the client stays his manager's."""
    async with Floor(tmp_path, MONDAY) as floor:
        deal = await _deal(floor, "CONTRACT_SIGNED")
        by_role = {one["role"]: name for name, one in floor.people.items()}
        supervisor, lawyer = by_role["supervisor"], by_role["lawyer"]
        for minute in ("09:01", "11:02"):
            await floor.at(f"2026-11-03T{minute}")
            await floor.press("Иван", "Не дозвонился", NAME)
        alarm = await floor.card(supervisor, NAME)
        await floor.press_message(supervisor, alarm["message_id"], "Позвоню сам")
        assert await _holder(floor, deal) == ("Позвонить об оплате", supervisor)
        shown = next(one for one in await floor.messages(supervisor) if one["message_id"] == alarm["message_id"])
        assert (shown["text"], labels(shown)) == (f"Пётр Проверкин – Позвоню сам: {supervisor} Р., 11:02", [])
        said = (await floor.comments("deal", deal))[-1]
        assert "Руководитель подключился: «Позвоню сам», вместо задачи «Дозвониться об оплате»" in said
        item = (await floor.portal("crm.item.get", {"entityTypeId": 2, "id": deal}))["item"]
        assert int(item["assignedById"]) == floor.people["Иван"]["crm_user_id"]
        data = {row["text"]: row["data"] for rows in alarm["buttons"] for row in rows}
        body = {"user_id": floor.people[supervisor]["id"], "data": data["Юристу"]}
        path = f"/sandbox/chats/{await floor.chat(supervisor)}/messages/{alarm['message_id']}/press"
        answer = await floor.post(path, body)  # another supervisor has pressed in the same moment
        assert answer["answer"]["text"] == "Здесь уже стоит задача «Позвонить об оплате»."
        await walk(floor, supervisor, NAME, "Не дозвонился")
        assert await _stage(floor, deal) == "PAYMENT_NO_CONTACT"
        assert (await _holder(floor, deal))[1] == "Иван"
        assert "ответ руководителя – «Не дозвонился»" in await floor.shows("Иван")
        alarm = await floor.card(supervisor, "клиент молчит")
        await floor.press_message(supervisor, alarm["message_id"], "Юристу")
        assert await _holder(floor, deal) == ("Позвонить об оплате", lawyer)
        assert "Позвонить об оплате" in (await floor.card(lawyer, NAME))["text"]
        body["data"] = data["Позвоню сам"].replace("payment_by_supervisor", "fill_deal")
        answer = await floor.post(path, body)
        assert answer["answer"]["text"] == "Клиент уже в другом месте: посмотрите его в /case."
        await walk(floor, lawyer, NAME, "Не дозвонился")
        await walk(floor, supervisor, "", "Передать… → Анна Ковалёва")
        assert (await _holder(floor, deal))[1] == "Анна"
        for settled in ("Юристу", "Передать…"):  # on a phone that has not been told yet
            answer = await floor.post(path, body | {"data": data[settled]})
            assert answer["answer"]["text"] == "Эта кнопка больше не действует.", settled
        assert (await _holder(floor, deal))[1] == "Анна"
        body |= {"user_id": floor.people["Иван"]["id"], "data": data["Юристу"]}
        message = (await floor.messages("Иван"))[-1]["message_id"]
        answer = await floor.post(f"/sandbox/chats/{await floor.chat('Иван')}/messages/{message}/press", body)
        assert answer["answer"]["text"] == "Это может только руководитель."


@pytest.mark.slow
async def test_a_silent_client_who_owes(tmp_path: Path) -> None:
    """Two misses: the supervisor is told at once; in touch again ends the plan; the supervisor decides at the end."""
    async with Floor(tmp_path, MONDAY) as floor:
        deal = await _deal(floor, "CONTRACT_SIGNED")
        supervisor = next(name for name, one in floor.people.items() if one["role"] == "supervisor")
        await floor.at("2026-11-03T09:01")
        await floor.press("Иван", "Не дозвонился", NAME)
        assert await _stage(floor, deal) == "CONTRACT_SIGNED"
        assert await floor.deadlines(f"D_{deal}") == ["вт 3 11:01"]
        await floor.at("2026-11-03T11:02")
        assert not [one for one in await floor.messages(supervisor) if NAME in (one.get("text") or "")]
        await floor.press("Иван", "Не дозвонился", NAME)
        assert await _stage(floor, deal) == "PAYMENT_NO_CONTACT"
        told = await floor.card(supervisor, NAME)
        assert "не оплачен, клиент молчит" in told["text"]
        assert labels(told) == ["Позвоню сам", "Юристу", "Передать…"]
        assert await floor.deadlines(f"D_{deal}") == ["чт 5 15:00"]
        await floor.at("2026-11-05T15:00")
        assert "Просрочено" not in (await floor.card("Иван", NAME))["text"]  # it has only just come
        await floor.press("Иван", "Клиент на связи", NAME)
        card = await floor.card("Иван", NAME)
        assert "Что с оплатой?" in card["text"]
        assert await floor.deadlines(f"D_{deal}") == ["чт 5 15:15"]
        await floor.press("Иван", "Отмена", NAME)
        assert "Оплатил часть" in labels(await floor.card("Иван", NAME))
        await walk(floor, "Иван", NAME, "Заплатит позже → Дорого → завтра 10:00")
        assert await _stage(floor, deal) == "CONTRACT_SIGNED"
        assert await floor.deadlines(f"D_{deal}") == ["пт 6 10:00"]
        assert sum("Дорого" in one for one in await floor.comments("deal", deal)) == 1


@pytest.mark.slow
async def test_an_alert_ends_with_its_matter(tmp_path: Path) -> None:
    """The client pays: what the supervisor was alarmed by is one line without keys, and so is a call for help."""
    async with Floor(tmp_path, MONDAY) as floor:
        await _deal(floor, "CONTRACT_SIGNED")
        supervisor = next(name for name, one in floor.people.items() if one["role"] == "supervisor")
        await floor.at("2026-11-03T09:01")
        await floor.press("Иван", "Не дозвонился", NAME)
        await floor.at("2026-11-03T11:02")
        await floor.press("Иван", "Не дозвонился", NAME)
        alert = (await floor.card(supervisor, NAME))["message_id"]
        await floor.at("2026-11-05T15:00")
        await walk(floor, "Иван", NAME, "Клиент на связи → Заплатит позже → Дорого → завтра 10:00")
        shown = next(one for one in await floor.messages(supervisor) if one["message_id"] == alert)
        assert not labels(shown)
        assert shown["text"] == "✅ Пётр Проверкин · Иван С.: теперь «Договор подписан», 15:00"
        await floor.at("2026-11-06T10:00")
        await floor.press("Иван", "Не дозвонился", NAME)
        await floor.at("2026-11-06T12:02")
        await floor.press("Иван", "Не дозвонился", NAME)
        alert = (await floor.card(supervisor, NAME))["message_id"]
        await floor.at("2026-11-09T18:00")
        await floor.press("Иван", "Нужна помощь", NAME)
        call = await floor.card(supervisor, NAME)
        assert "просит помощи" in call["text"]  # one place to answer: the alert has none any more
        assert not labels(next(one for one in await floor.messages(supervisor) if one["message_id"] == alert))
        await floor.press(supervisor, "Ответить", NAME)
        await floor.say(supervisor, "Предложите рассрочку")
        await walk(floor, "Иван", NAME, "Клиент на связи → Оплатил → ✎ 15000 → ✅ Записать")
        await floor.press("Иван", "Нужна помощь", NAME)
        call = await floor.card(supervisor, NAME)
        assert "просит помощи" in call["text"]
        await fill_in(floor, "Иван", NAME)
        assert labels(await floor.card(supervisor, NAME))  # the task is still the same
        await floor.press("Иван", "Передать юристу", NAME)
        shown = next(one for one in await floor.messages(supervisor) if one["message_id"] == call["message_id"])
        assert not labels(shown)
        assert "результат записан" in shown["text"]


@pytest.mark.slow
async def test_only_the_director_terminates(tmp_path: Path) -> None:
    """The manager asks, the calls stop, the director has the card; he leaves it in work, then ends it."""
    async with Floor(tmp_path, MONDAY) as floor:
        deal = await _deal(floor, "CONTRACT_SIGNED")
        director = next(name for name, one in floor.people.items() if one["role"] == "director")
        await floor.at("2026-11-03T09:01")
        await walk(floor, "Иван", NAME, "Просит расторгнуть")
        assert await _holder(floor, deal) == ("Решить о расторжении", director)
        assert "✅ Записано" in await receipt(floor, "Иван", NAME)
        card = await floor.card(director, NAME)
        assert {"Оставить в работе", "Договор расторгнут"} <= set(labels(card))
        await floor.press(director, "Оставить в работе", NAME)
        assert await _holder(floor, deal) == ("Перезвонить об оплате", "Иван")
        told = "Пётр Проверкин: ответ директора – «Оставить в работе». Дальше: Перезвонить об оплате"
        assert any(one["text"].startswith(told) for one in await floor.messages("Иван"))
        await floor.at("2026-11-06T18:00")
        await walk(floor, "Иван", NAME, "Просит расторгнуть")
        await walk(floor, director, NAME, "Договор расторгнут → ✎ вернули деньги → ✅ Записать")
        assert await _stage(floor, deal) == "LOST_TERMINATED"
        assert await floor.tasks(f"D_{deal}") == []
        assert (await Portal(floor).fields("deal", deal))["REASON"] == "вернули деньги"
        told = "Пётр Проверкин: ответ директора – «Договор расторгнут». Сделка → «Договор с клиентом расторгнут»"
        assert await floor.shows("Иван") == told


@pytest.mark.slow
async def test_decided_by_the_supervisor(tmp_path: Path) -> None:
    """All attempts are used: the manager gives the decision up, the supervisor sends the deal round once more."""
    async with Floor(tmp_path, MONDAY) as floor:
        deal = await _deal(floor, "CONTRACT_NO_CONTACT")
        supervisor = next(name for name, one in floor.people.items() if one["role"] == "supervisor")
        for _ in range(40):
            task = await Portal(floor).one_task(f"D_{deal}")
            if task["title"].startswith("Решить"):
                break
            for card in reversed(await floor.messages("Иван")):
                if "Не дозвонился" in labels(card) and NAME in card["text"]:
                    await floor.press_message("Иван", card["message_id"], "Не дозвонился")
                    break
            await floor.advance("PT3H")
        assert await _holder(floor, deal) == ("Решить по сделке", "Иван")
        await floor.at("2026-11-13T09:30")
        card = await floor.card("Иван", NAME)
        assert "Закрыть: неконтакт" not in labels(card)
        await floor.press("Иван", "Отдать руководителю", NAME)
        assert await _holder(floor, deal) == ("Решить по сделке", supervisor)
        await floor.press(supervisor, "Ещё круг попыток", NAME)
        assert await _holder(floor, deal) == ("Дозвониться по договору", "Иван")
