"""[Исправить] for a minute, and both doors meanwhile; a supervisor who was about to advise may think better of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.floor import Floor
from tests.scenarios.paths import Portal, labels, walk
from tests.scenarios.shop import Restarts

NAME = "Проверкин"


async def test_what_went_out_is_put_right(tmp_path: Path) -> None:
    """The task is open again, the new one completed, stage and fields are back; once, and for sixty seconds."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead, portal = await floor.new_lead(), Portal(floor)
        first = await portal.one_task(f"L_{lead}")
        await floor.press("Иван", "Не дозвонился", NAME)
        receipt = (await floor.card("Иван", NAME))["message_id"]
        await floor.press("Иван", "MAX", NAME)
        await floor.press_message("Иван", receipt, "Исправить")
        assert (await portal.one_task(f"L_{lead}"))["id"] == first["id"]
        assert (await floor.lead(lead))["stageId"] == "NEW"
        assert "TRIES" not in await portal.fields("lead", lead)
        assert "отменена" in (await floor.comments("lead", lead))[-1]
        card = await floor.card("Иван", NAME)
        assert (card["message_id"], "Звоню" in labels(card)) == (receipt, True)

        await floor.press("Иван", "Не дозвонился", NAME)
        await floor.advance("PT58S")  # with the three seconds of the press: the sixty-first
        assert "Исправить" not in str([one.get("buttons") for one in await floor.messages("Иван")])
        assert (await floor.lead(lead))["stageId"] == "NO_ANSWER"


@pytest.mark.slow
async def test_the_other_door_ends_it(tmp_path: Path) -> None:
    """After the stage was moved, the owner changed or the next task closed in the CRM nothing is taken back."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        portal = Portal(floor)
        for number, change in enumerate(("stage", "task"), start=1):
            name = f"Клиент{number} Двойной"
            lead = await floor.new_lead(name, f"+7495222330{number}")
            await floor.press("Иван", "Не дозвонился", name)
            receipt = (await floor.card("Иван", name))["message_id"]
            second = await portal.one_task(f"L_{lead}")
            if change == "stage":
                await floor.portal("crm.lead.update", {"id": lead, "fields": {"STATUS_ID": "FOLLOW_UP"}})
            else:
                await floor.portal("tasks.task.complete", {"taskId": second["id"]})
            await floor.advance("PT5S")
            shown = next(one for one in await floor.messages("Иван") if one["message_id"] == receipt)
            assert "Исправить" not in str(shown.get("buttons"))
            assert (await floor.lead(lead))["stageId"] == ("FOLLOW_UP" if change == "stage" else "NO_ANSWER")


@pytest.mark.slow
async def test_a_task_closed_in_the_crm_asks_again(tmp_path: Path) -> None:
    """Its answer taken back, it is still closed there: the result is asked for, and counts at its time."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead = await floor.new_lead()
        (task,) = await floor.tasks(f"L_{lead}")
        await floor.at("2026-11-02T10:03")
        await floor.portal("tasks.task.complete", {"taskId": task["id"]})
        await floor.at("2026-11-02T10:05")
        await floor.press("Иван", "Не дозвонился", NAME)
        await floor.press("Иван", "Исправить", NAME)
        assert await floor.tasks(f"L_{lead}") == []
        assert "Чем закончилось?" in (await floor.card("Иван", NAME))["text"]
        await floor.press("Иван", "Не дозвонился", NAME)
        assert await floor.deadlines(f"L_{lead}") == ["пн 2 10:43"]


@pytest.mark.slow
async def test_after_a_restart(tmp_path: Path) -> None:
    """The minute goes on in the next process."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor, Restarts(floor) as bot:
        lead, portal = await floor.new_lead(), Portal(floor)
        first = await portal.one_task(f"L_{lead}")
        await floor.press("Иван", "Не дозвонился", NAME)
        await bot.stop()
        await bot.start()
        await floor.press("Иван", "Исправить", NAME)
        assert (await portal.one_task(f"L_{lead}"))["id"] == first["id"]


async def test_advice_can_be_cancelled(tmp_path: Path) -> None:
    """[Отмена]: the call for help is as it was, and the next message is no advice."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await floor.new_lead()
        await floor.press("Иван", "Нужна помощь", NAME)
        asked = await floor.card("Ольга", "Иван")
        await floor.press("Ольга", "Ответить", "Иван")
        waiting = await floor.card("Ольга", "Иван")
        assert "Напишите совет" in waiting["text"]
        assert labels(waiting) == ["Отмена"]
        await floor.press("Ольга", "Отмена", "Иван")
        again = await floor.card("Ольга", "Иван")
        assert (again["text"], labels(again)) == (asked["text"], labels(asked))
        await floor.say("Ольга", "Позвоните вечером")
        assert "Позвоните вечером" not in await floor.shows("Иван")


async def test_what_is_taken_back_during_a_meeting_stays_with_who_takes_it_back(tmp_path: Path) -> None:
    """A meeting gives a colleague the clients whom nobody has called yet, not one with whom its holder is busy."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await floor.new_lead("Встречный Клиент", "+74951110002")
        await walk(floor, "Иван", "Встречный", "Дозвонился → Больше 1 млн → Встреча в офисе → через 1 ч")
        lead = await floor.new_lead("Новый Клиент", "+74951110003", owner="Иван")
        await floor.at("2026-11-02T10:04")
        await floor.at("2026-11-02T11:01")
        await floor.press("Иван", "Не дозвонился", "Новый")
        await floor.advance("PT20S")
        await floor.press("Иван", "Исправить", "Новый")
        await floor.advance("PT1M")
        mine = [one["text"] for one in await floor.messages("Иван") if "Новый" in one["text"] and one["buttons"]]
        assert len(mine) == 1, mine
        assert "Не дозвонился" not in str([one["buttons"] for one in await floor.messages("Анна")])
        (task,) = await floor.tasks(f"L_{lead}")
        assert int(task["responsibleId"]) == floor.people["Иван"]["crm_user_id"]
        await floor.press("Иван", "Не дозвонился", "Новый")
        assert (await floor.lead(lead))["stageId"] == "NO_ANSWER"
