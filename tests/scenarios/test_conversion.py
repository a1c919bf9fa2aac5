"""A lead becomes a deal: when, with which contact, and how the conversation about the deal ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.floor import Floor
from tests.scenarios.paths import Portal, labels, receipt, walk

NAME = "Проверкин"
TOMORROW = "вт 3 10:00"


@dataclass(frozen=True)
class Talk:
    """`answers`: the deal's lines of the comment after what the lead was told."""

    steps: str
    stage: str
    fields: Mapping[str, Any]
    answers: Sequence[str]
    up: str | None = None


BIG = "Дозвонился → 250–500 тыс. → "
REFUSED = BIG + "Отказался → "
NO = {"DEBT": "250–500 тыс.", "CONSULT": "Отказался"}

BOOKED = (
    Talk("Дозвонился → До 250 тыс. → Встреча в офисе → завтра 10:00", "MEETING",
         {"DEBT": "До 250 тыс.", "CONSULT": "Встреча в офисе", "NEXT_AT": TOMORROW, "MEETING_AT": TOMORROW,
          "PLACE": "Офис"}, ("Когда встреча: вт 03.11 10:00",), f"Встреча · {TOMORROW}"),
    Talk("Дозвонился → Суммы не знает → Видео с юристом → завтра 18:00", "MEETING",
         {"DEBT": "Суммы не знает", "CONSULT": "Видео с юристом", "NEXT_AT": "вт 3 18:00",
          "MEETING_AT": "вт 3 18:00", "PLACE": "Видео с юристом"}, ("Когда встреча: вт 03.11 18:00",),
         "Встреча · вт 3 18:00"),
    Talk("Дозвонился → Больше 1 млн → Видеовстреча → завтра 11:00", "MEETING",
         {"DEBT": "Больше 1 млн", "CONSULT": "Видеовстреча", "NEXT_AT": "вт 3 11:00", "MEETING_AT": "вт 3 11:00",
          "PLACE": "Видеовстреча"}, ("Договорились: Видеовстреча", "Когда встреча: вт 03.11 11:00"),
         "Встреча · вт 3 11:00"),
    Talk("Дозвонился → Долгов нет → Консультация по телефону → завтра 10:00", "MEETING_FOLLOW_UP",
         {"DEBT": "Долгов нет", "CONSULT": "Консультация по телефону", "NEXT_AT": TOMORROW},
         ("Следующий контакт: вт 03.11 10:00",), f"Перезвонить по сделке · {TOMORROW}"),
    Talk("Дозвонился → 500 тыс.–1 млн → Консультация по телефону → Сам наберёт", "MEETING_FOLLOW_UP",
         {"DEBT": "500 тыс.–1 млн", "CONSULT": "Консультация по телефону", "NEXT_AT": "вт 3 10:05"},
         ("Договорились: Консультация по телефону", "Следующий контакт: сам наберёт, проверить вт 03.11 10:05"),
         "Перезвонить по сделке · вт 3 10:05"),
    Talk(BIG + "Пока не готов → Боится за имущество → завтра 10:00", "MEETING_FOLLOW_UP",
         {"DEBT": "250–500 тыс.", "CONSULT": "Пока не готов", "OBSTACLE": "Боится за имущество", "NEXT_AT": TOMORROW},
         ("Договорились: Пока не готов", "Что мешает: Боится за имущество", "Следующий контакт: вт 03.11 10:00"),
         f"Перезвонить по сделке · {TOMORROW}"),
    Talk(REFUSED + "Дорого → Вернуться позже → завтра 10:00", "MEETING_FOLLOW_UP",
         {**NO, "OBSTACLE": "Дорого", "NEXT_AT": TOMORROW},
         ("Договорились: Отказался", "Почему отказался: Дорого", "Решение: Вернуться позже",
          "Следующий контакт: вт 03.11 10:00"), f"Перезвонить по сделке · {TOMORROW}"),
)  # fmt: skip

CLOSED = ("Договорились: Отказался", "Почему отказался: Не объяснил", "Решение: Закрыть сделку")
TO_LOSS = REFUSED + "Не объяснил → Закрыть сделку → "
LOST = (
    Talk(TO_LOSS + "Ушёл к конкурентам → Да, не вышло → ✎ в соседнюю фирму → ✅ Записать", "LOST_COMPETITOR",
         {**NO, "REASON": "в соседнюю фирму"},
         (*CLOSED, "Причина закрытия: Ушёл к конкурентам", "Переубеждали: Да, не вышло",
          "Подробности: в соседнюю фирму")),
    Talk(TO_LOSS + "Ушёл к конкурентам → Ещё попробую → завтра 10:00", "MEETING_FOLLOW_UP",
         {**NO, "NEXT_AT": TOMORROW},
         (*CLOSED, "Причина закрытия: Ушёл к конкурентам", "Переубеждали: Ещё попробую",
          "Следующий контакт: вт 03.11 10:00"), f"Перезвонить по сделке · {TOMORROW}"),
    Talk(TO_LOSS + "Не подходит → ✎ недавно банкротился → ✅ Записать", "LOST_NOT_ELIGIBLE",
         {**NO, "REASON": "недавно банкротился"},
         (*CLOSED, "Причина закрытия: Не подходит", "Подробности: недавно банкротился")),
    Talk(TO_LOSS + "Отказался → Причину не назвал → ✅ Записать", "LOST_REFUSED", {**NO, "REASON": "Причину не назвал"},
         (*CLOSED, "Причина закрытия: Отказался", "Отказ: Причину не назвал")),
    Talk(TO_LOSS + "Отказался → Негатив → ✎ ругался → ✅ Записать", "LOST_REFUSED", {**NO, "REASON": "ругался"},
         (*CLOSED, "Причина закрытия: Отказался", "Отказ: Негатив", "Подробности: ругался")),
    Talk(TO_LOSS + "Нет возможности оплатить → ☐ Рассрочка не подходит → ☐ Занять негде → ☐ И позже не сможет"
         " → Готово (3) → ✅ Записать", "LOST_CANNOT_PAY",
         {**NO, "REASON": "Рассрочка не подходит, занять негде, и позже не сможет"},
         (*CLOSED, "Причина закрытия: Нет возможности оплатить",
          "Оплата: Рассрочка не подходит, Занять негде, И позже не сможет")),
    Talk(TO_LOSS + "Нет возможности оплатить → ☐ Занять негде → Готово (1) → завтра 10:00", "MEETING_FOLLOW_UP",
         {**NO, "NEXT_AT": TOMORROW},
         (*CLOSED, "Причина закрытия: Нет возможности оплатить", "Оплата: Занять негде",
          "Следующий контакт: вт 03.11 10:00"), f"Перезвонить по сделке · {TOMORROW}"),
)  # fmt: skip


@pytest.mark.parametrize("talks", [BOOKED, pytest.param(LOST, marks=pytest.mark.slow)], ids=["booked", "lost"])
async def test_talks_about_a_deal(tmp_path: Path, talks: Sequence[Talk]) -> None:
    """Lead converted, one deal with contact and owner, its fields, one comment, one task or none, a receipt."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        portal = Portal(floor)
        for number, talk in enumerate(talks, start=1):
            await floor.at(f"2026-11-02T10:{number:02}")
            name = f"Пётр Сделка{number:02}"
            lead = await floor.new_lead(name, f"+749522211{number:02}")
            await walk(floor, "Иван", name, talk.steps)
            assert (await floor.lead(lead))["stageId"] == "CONVERTED", talk.steps
            assert len(await floor.comments("lead", lead)) == 1
            assert await floor.tasks(f"L_{lead}") == []
            (deal,) = await floor.deals_of(lead)
            assert deal["contactId"], talk.steps
            assert deal["assignedById"] == floor.people["Иван"]["crm_user_id"]
            assert deal["stageId"] == talk.stage, talk.steps
            assert await portal.fields("deal", deal["id"]) == talk.fields, talk.steps
            (comment,) = await floor.comments("deal", deal["id"])
            told = [line for line in comment.split("\n") if line in talk.answers]
            assert told == list(talk.answers), comment
            if talk.up is None:
                assert await floor.tasks(f"D_{deal['id']}") == []
            else:
                title, _, due = talk.up.partition(" · ")
                assert await portal.next_up(f"D_{deal['id']}") == f"{title}: {name} · {due}"
            assert (await receipt(floor, "Иван", name)).startswith("✅ Записано")


async def test_committed_at_the_tap_that_qualifies(tmp_path: Path) -> None:
    """Debts above 250 convert at once; the talk is left, the deal waits ten minutes, then its card is pushed."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead, portal = await floor.new_lead(), Portal(floor)
        await walk(floor, "Иван", NAME, "Дозвонился → Больше 1 млн")
        assert (await floor.lead(lead))["stageId"] == "CONVERTED"
        (deal,) = await floor.deals_of(lead)
        assert deal["stageId"] == "NEW"
        assert await portal.next_up(f"D_{deal['id']}") == "Обработать сделку: Пётр Проверкин · пн 2 10:10"
        first = (await floor.card("Иван", NAME))["message_id"]
        await floor.at("2026-11-02T10:10")
        pushed = await floor.card("Иван", NAME)
        assert pushed["message_id"] > first
        assert "О чём договорились?" in pushed["text"]
        await walk(floor, "Иван", NAME, "Встреча в офисе → завтра 10:00")
        (deal,) = await floor.deals_of(lead)
        assert deal["stageId"] == "MEETING"
        assert await floor.deadlines(f"D_{deal['id']}") == [TOMORROW]


async def test_the_talk_goes_on_after_a_correction(tmp_path: Path) -> None:
    """A miss was recorded, taken back and told anew: the deal is talked about in the same message."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        await floor.new_lead(f"Пётр {NAME}", "+74951110001")
        await floor.press("Иван", "Не дозвонился", NAME)
        await floor.press("Иван", "Исправить", NAME)
        card = await floor.card("Иван", NAME)
        await walk(floor, "Иван", NAME, "Дозвонился → Больше 1 млн → Встреча в офисе → завтра 10:00")
        after = await floor.card("Иван", NAME)
        assert after["message_id"] == card["message_id"]
        assert "✅ Записано" in after["text"]


async def test_the_talk_is_cancelled(tmp_path: Path) -> None:
    """[Отмена] after the conversion: the deal's own card with its questionnaire; the lead stays converted."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead = await floor.new_lead()
        await walk(floor, "Иван", NAME, "Дозвонился → Больше 1 млн → Отмена")
        card = await floor.card("Иван", NAME)
        assert card["text"].split("\n")[0].startswith("🔴 Обработать сделку · до 10:10")
        assert {"Записал на встречу", "Просит перезвонить", "Не дозвонился", "Закрыть сделку"} <= set(labels(card))
        await walk(floor, "Иван", NAME, "Записал на встречу → Офис → завтра 10:00")
        (deal,) = await floor.deals_of(lead)
        assert deal["stageId"] == "MEETING"
        assert (await floor.lead(lead))["stageId"] == "CONVERTED"


async def test_known_contacts_are_used_again(tmp_path: Path) -> None:
    """The contact is found by phone, otherwise by e-mail; nobody gets a second one."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        by_phone = await floor.portal(
            "crm.contact.add",
            {"fields": {"NAME": "Пётр", "LAST_NAME": "Проверкин", "PHONE": [{"VALUE": "8 (495) 222-33-44"}]}},
        )
        email = {"EMAIL": [{"VALUE": "eva@example.org", "VALUE_TYPE": "WORK"}]}
        eva = {"NAME": "Ева", "LAST_NAME": "Почтова"} | email
        by_mail = await floor.portal("crm.contact.add", {"fields": eva})
        first = await floor.new_lead()
        await walk(floor, "Иван", NAME, "Дозвонился → Больше 1 млн → Видеовстреча → завтра 10:00")
        assert (await floor.deals_of(first))[0]["contactId"] == by_phone
        second = await floor.new_lead("Ева Почтова", "+74950002233")
        await floor.portal("crm.lead.update", {"id": second, "fields": email})
        await floor.idle()
        await walk(floor, "Иван", "Почтова", "Дозвонился → Больше 1 млн → Видеовстреча → завтра 18:00")
        assert (await floor.deals_of(second))[0]["contactId"] == by_mail


async def test_for_the_lawyer(tmp_path: Path) -> None:
    """«Для юриста»: boxes on the receipt and [Готово]; nothing blocks, what was ticked is told in the timeline."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        lead = await floor.new_lead()
        await walk(floor, "Иван", NAME, "Дозвонился → Больше 1 млн → Видеовстреча → завтра 10:00")
        (deal,) = await floor.deals_of(lead)
        assert await floor.deadlines(f"D_{deal['id']}") == [TOMORROW]
        await walk(floor, "Иван", NAME, "☐ Ипотека → ☐ МФО → ☑ МФО → ☐ Авто → Готово (2)")
        assert any("Для юриста: Ипотека, Авто" in text for text in await floor.comments("deal", deal["id"]))
        assert "Для юриста" not in await receipt(floor, "Иван", NAME)


@pytest.mark.slow
async def test_duplicates_and_repeated_leads(tmp_path: Path) -> None:
    """A duplicate is joined, the other owner told; the same client after a closed case brings his story."""
    async with Floor(tmp_path, "2026-11-02T10:00") as floor:
        first = await floor.new_lead(owner="Анна")
        second = await floor.new_lead("Пётр Двойной")
        text = (await floor.card("Иван", "Двойной"))["text"]
        assert "Уже в работе, Анна К.: «Новый лид»" in text, text
        assert "Обращается впервые" not in text
        await walk(floor, "Иван", "Двойной", "Другой результат → Дубль")
        (offered,) = [label for label in labels(await floor.card("Иван", "Двойной")) if label.startswith("Пётр П.")]
        assert "Анна К." in offered
        await walk(floor, "Иван", "Двойной", f"{offered} → ✅ Записать")
        assert (await floor.lead(second))["stageId"] == "DUPLICATE"
        told = [one["text"] for one in await floor.messages("Анна") if "горячий" in one["text"]]
        assert told == ["Клиент обратился ещё раз, он горячий: Пётр Двойной (у вас: Пётр Проверкин)"]
        third = await floor.new_lead("Пётр Тройной", owner="Анна")
        await walk(floor, "Анна", "Тройной", "Другой результат → Дубль")
        (offered,) = [one for one in labels(await floor.card("Анна", "Тройной")) if one.startswith("Пётр П.")]
        await walk(floor, "Анна", "Тройной", f"{offered} → ✅ Записать")
        assert (await floor.lead(third))["stageId"] == "DUPLICATE"
        assert (
            sum("горячий" in one["text"] for one in await floor.messages("Анна")) == 1
        )  # she has just said so herself
        assert len(await floor.tasks(f"L_{first}")) == 1

        await walk(floor, "Анна", NAME, "Дозвонился → До 250 тыс. → Отказался → Мала со слов клиента → ✅ Записать")
        await floor.at("2026-11-05T10:00")
        await floor.new_lead("Пётр Снова")
        text = (await floor.card("Иван", "Снова"))["text"]
        assert "Обращается впервые" not in text
        assert "Некачественный" in text
