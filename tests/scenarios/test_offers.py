"""«Кто возьмёт?»: new clients whom nobody has touched shortly before they are due."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.floor import Floor
from tests.scenarios.paths import Portal, labels

NAME = "Проверкин"
OVER = "Этот клиент уже не ждёт: его взяли, позвонили ему или предложили другим."


async def offers(floor: Floor, who: str) -> list[str]:
    """The texts of what was offered to somebody and can still be pressed, or says what became of it."""
    over = ("Взял(а)", "уже на связи", "передали руководителю", "разобрали", "не нужно", "предложили другим")
    marks = ("Кто возьмёт?", "Ждут звонка", *over)
    return [one["text"] for one in await floor.messages(who) if any(mark in (one["text"] or "") for mark in marks)]


async def test_the_first_press_has_the_client(tmp_path: Path) -> None:
    """Two that wait are one message; record, task and card follow who takes; who is late is the supervisors'."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        first, portal = await floor.new_lead(), Portal(floor)
        await floor.at("2026-11-02T10:04")
        await floor.new_lead("Олег Ручкин", "+74951110004")
        await floor.at("2026-11-02T10:09")
        assert await offers(floor, "Анна") == []
        await floor.at("2026-11-02T10:10")
        assert await offers(floor, "Анна") == ["🙋 Кто возьмёт? Пётр П., Сайт, ждёт звонка с 10:00 · Иван С."]
        assert await offers(floor, "Иван") == []
        assert await offers(floor, "Ольга") == []
        await floor.at("2026-11-02T10:14")
        assert await offers(floor, "Анна") == [
            "🙋 Ждут звонка новые клиенты: 2\n1. Пётр П., Сайт, с 10:00 · Иван С.\n2. Олег Р., Сайт, с 10:04 · Иван С."
        ]
        await floor.press("Анна", "Беру первого")
        anna = floor.people["Анна"]["crm_user_id"]
        assert int((await floor.lead(first))["assignedById"]) == anna
        assert int((await portal.one_task(f"L_{first}"))["responsibleId"]) == anna
        assert "Анна Ковалёва забирает клиента. Был: Иван Соколов" in (await floor.comments("lead", first))[-1]
        card = await floor.card("Анна", NAME)
        assert "Звоню" in labels(card)
        assert "– передано" in str([one["text"] for one in await floor.messages("Иван") if NAME in (one["text"] or "")])
        assert await offers(floor, "Анна") == ["🙋 Кто возьмёт? Олег Р., Сайт, ждёт звонка с 10:04 · Иван С."]
        await floor.at("2026-11-02T10:34")
        assert await offers(floor, "Анна") == ["Новых клиентов разобрали, 10:34"]
        assert "Олег Р." in str([one["text"] for one in await floor.messages("группа")])


async def test_who_is_called_meanwhile_is_nobodys_to_take(tmp_path: Path) -> None:
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead = await floor.new_lead()
        await floor.at("2026-11-02T10:10")
        offered = (await floor.messages("Анна"))[-1]
        body = {"user_id": floor.people["Иван"]["id"], "data": f"o|{lead}-1"}
        chat, forged = await floor.chat("Иван"), (await floor.messages("Иван"))[-1]["message_id"]
        answer = await floor.post(f"/sandbox/chats/{chat}/messages/{forged}/press", body)
        assert answer["answer"]["text"] == OVER
        await floor.press("Иван", "Звоню", NAME)
        shown = next(one for one in await floor.messages("Анна") if one["message_id"] == offered["message_id"])
        assert (shown["text"], shown["buttons"]) == ("Иван С. уже на связи, 10:10: Пётр П., Сайт", [])

        await floor.at("2026-11-02T11:00")
        lead, portal = await floor.new_lead("Олег Ручкин", "+74951110004", owner="Анна"), Portal(floor)
        await floor.at("2026-11-02T11:11")
        (asked,) = await offers(floor, "Иван")
        task = await portal.one_task(f"L_{lead}")
        fields = {"DEADLINE": "2026-11-02T11:40:00+03:00"}
        await floor.portal("tasks.task.update", {"taskId": task["id"], "fields": fields})
        await floor.at("2026-11-02T11:36")
        assert await offers(floor, "Иван") == [asked]  # he is offered anew, and stands there once
        await floor.portal("crm.lead.delete", {"id": lead})
        await floor.advance("PT2M")
        assert await offers(floor, "Иван") == ["Звонить больше не нужно, 11:36: Олег Р., Сайт"]


@pytest.mark.slow
async def test_nobody_who_is_busy_or_away_is_asked(tmp_path: Path) -> None:
    """On a call, ill, or at night: nothing is sent, and the supervisors hear of it as ever."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await floor.new_lead("Олег Ручкин", "+74951110004", owner="Анна")
        await floor.at("2026-11-02T10:09")
        await floor.press("Анна", "Звоню", "Ручкин")
        await floor.new_lead()
        await floor.at("2026-11-02T10:40")
        assert await offers(floor, "Анна") == []
        assert "Пётр П." in str([one["text"] for one in await floor.messages("группа")])
        await floor.at("2026-11-02T19:30")
        await floor.new_lead("Ночной Клиент", "+74951110009")
        await floor.at("2026-11-02T23:30")
        assert await offers(floor, "Анна") == []
        await floor.at("2026-11-03T09:10")
        assert "Ночной К." in str(await offers(floor, "Анна"))


async def test_who_could_not_take_him_any_more_is_refused(tmp_path: Path) -> None:
    """Offered to Анна, who has become a lawyer or gone to another department since: he stays Иван's."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        first, people = await floor.new_lead(), floor.demo.app.people
        chat = await floor.chat("Анна")
        admin, anna = [(await people.everybody()).by_telegram[floor.people[one]["id"]] for one in ("Алла", "Анна")]

        async def offered() -> tuple[int, str]:
            found = next(one for one in await floor.messages("Анна") if "Беру" in labels(one))
            return found["message_id"], found["buttons"][0][0]["data"]

        async def refused(lead: int, message: int, data: str) -> str:
            body = {"user_id": floor.people["Анна"]["id"], "data": data}
            answer = await floor.post(f"/sandbox/chats/{chat}/messages/{message}/press", body)
            assert int((await floor.lead(lead))["assignedById"]) == floor.people["Иван"]["crm_user_id"]
            return str(answer["answer"]["text"])

        await floor.at("2026-11-02T10:10")
        button = await offered()
        await people.set_role(admin, anna, "lawyer")
        assert await refused(first, *button) == "Этого клиента берут менеджеры его отдела."
        assert await offers(floor, "Анна") == ["Клиента предложили другим, 10:10: Пётр П., Сайт"]
        assert await refused(first, *button) == OVER
        await people.set_role(admin, anna, "manager")

        await floor.new_lead("Олег Ручкин", "+74951110004")
        await floor.at("2026-11-02T10:21")
        assert "Олег Р." in (await offers(floor, "Анна"))[-1]
        number = int(await floor.portal("department.add", {"NAME": "Второй отдел", "PARENT": 1}))
        await floor.portal("user.update", {"ID": floor.people["Анна"]["crm_user_id"], "UF_DEPARTMENT": [number]})
        await floor.say("Алла", "/team обновить")
        assert "Клиента предложили другим, 10:21: Олег Р., Сайт" in await offers(floor, "Анна")
