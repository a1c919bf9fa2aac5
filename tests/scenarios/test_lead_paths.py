"""Every path of the lead's questionnaire that leaves a lead behind, by its exact labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.floor import Floor
from tests.scenarios.paths import Portal, labels, receipt, walk

DAY = "2026-11-02"


@dataclass(frozen=True)
class Case:
    """`answers`: the comment's lines between its head and what became of the lead; `up`: the one task that is left."""

    steps: str
    stage: str
    fields: Mapping[str, Any]
    answers: Sequence[str]
    up: str | None = None


CALLED = "Связь: Дозвонился"
OTHER = "Связь: Другой результат"
SMALL = {"DEBT": "До 250 тыс.", "CONSULT": "Отказался"}
TOMORROW = "вт 3 10:00"

CALLS = (
    Case("Дозвонился → Долгов нет → ✅ Записать", "JUNK", {"DEBT": "Долгов нет", "REASON": "Долгов нет"},
         (CALLED, "Долги с процентами: Долгов нет")),
    Case("Дозвонился → Долгов нет → Отказался → ✅ Записать", "JUNK",
         {"DEBT": "Долгов нет", "CONSULT": "Отказался", "REASON": "Долгов нет, отказался"},
         (CALLED, "Долги с процентами: Долгов нет", "Договорились: Отказался")),
    Case("Дозвонился → Долгов нет → Пока не готов → Дорого → завтра 10:00", "FOLLOW_UP",
         {"DEBT": "Долгов нет", "CONSULT": "Пока не готов", "OBSTACLE": "Дорого", "NEXT_AT": TOMORROW},
         (CALLED, "Долги с процентами: Долгов нет", "Договорились: Пока не готов", "Что мешает: Дорого",
          "Следующий контакт: вт 03.11 10:00"), f"Перезвонить · {TOMORROW}"),
    Case("Дозвонился → Суммы не знает → Пока не готов → Другое → ✎ ждёт решения суда → завтра 10:00", "FOLLOW_UP",
         {"DEBT": "Суммы не знает", "CONSULT": "Пока не готов", "OBSTACLE": "Другое", "NEXT_AT": TOMORROW},
         (CALLED, "Долги с процентами: Суммы не знает", "Договорились: Пока не готов", "Что мешает: Другое",
          "Мешает: ждёт решения суда", "Следующий контакт: вт 03.11 10:00"), f"Перезвонить · {TOMORROW}"),
    Case("Дозвонился → До 250 тыс. → Отказался → Проверить по отчёту → завтра 18:00", "FOLLOW_UP",
         {**SMALL, "NEXT_AT": "вт 3 18:00"},
         (CALLED, "Долги с процентами: До 250 тыс.", "Договорились: Отказался", "Отчёт: Проверить по отчёту",
          "Следующий контакт: вт 03.11 18:00"), "Перезвонить · вт 3 18:00"),
    Case("Дозвонился → До 250 тыс. → Отказался → Сумма по отчёту мала → ✅ Записать", "JUNK",
         {**SMALL, "REASON": "Сумма по отчёту мала"},
         (CALLED, "Долги с процентами: До 250 тыс.", "Договорились: Отказался", "Отчёт: Сумма по отчёту мала")),
    Case("Дозвонился → Суммы не знает → Отказался → Мала со слов клиента → ✅ Записать", "JUNK",
         {"DEBT": "Суммы не знает", "CONSULT": "Отказался", "REASON": "Сумма мала со слов клиента"},
         (CALLED, "Долги с процентами: Суммы не знает", "Договорились: Отказался", "Отчёт: Мала со слов клиента")),
    Case("Просит перезвонить → сегодня 17:30", "FOLLOW_UP", {"NEXT_AT": "пн 2 17:30"},
         ("Связь: Просит перезвонить", "Следующий контакт: пн 02.11 17:30"), "Перезвонить · пн 2 17:30"),
    Case("Просит перезвонить → завтра 18:00", "FOLLOW_UP", {"NEXT_AT": "вт 3 18:00"},
         ("Связь: Просит перезвонить", "Следующий контакт: вт 03.11 18:00"), "Перезвонить · вт 3 18:00"),
)  # fmt: skip

OTHERS = (
    Case("Другой результат → Ответил в мессенджере → Дал время → завтра 10:00", "FOLLOW_UP", {"NEXT_AT": TOMORROW},
         (OTHER, "Результат: Ответил в мессенджере", "В мессенджере: Дал время", "Следующий контакт: вт 03.11 10:00"),
         f"Перезвонить · {TOMORROW}"),
    Case("Другой результат → Ответил в мессенджере → Переписываемся", "FOLLOW_UP", {"NEXT_AT": "пн 2 10:31"},
         (OTHER, "Результат: Ответил в мессенджере", "В мессенджере: Переписываемся"), "Ответить · пн 2 10:31"),
    Case("Другой результат → Ответил в мессенджере → Прислал данные → Долгов нет → ✅ Записать", "JUNK",
         {"DEBT": "Долгов нет", "REASON": "Долгов нет"},
         (OTHER, "Результат: Ответил в мессенджере", "В мессенджере: Прислал данные",
          "Долги с процентами: Долгов нет")),
    Case("Другой результат → Ответил не клиент → Позовут, есть время → завтра 10:00", "NO_ANSWER",
         {"NEXT_AT": TOMORROW, "TRIES": 1},
         (OTHER, "Результат: Ответил не клиент", "Ответил не клиент: Позовут, есть время",
          "Следующий контакт: вт 03.11 10:00"), f"Перезвонить · {TOMORROW}"),
    Case("Другой результат → Ответил не клиент → Дал другой номер → ✎ 8 903 111-22-33", "NEW",
         {"NEXT_AT": "пн 2 10:19"},
         (OTHER, "Результат: Ответил не клиент", "Ответил не клиент: Дал другой номер",
          "Новый номер: 8 903 111-22-33"), "Попытка дозвониться · пн 2 10:19"),
    Case("Другой результат → Ответил не клиент → Сам интересуется → До 250 тыс. → Отказался → Сумма по отчёту мала"
         " → ✅ Записать", "JUNK", {**SMALL, "REASON": "Сумма по отчёту мала"},
         (OTHER, "Результат: Ответил не клиент", "Ответил не клиент: Сам интересуется",
          "Долги с процентами: До 250 тыс.", "Договорились: Отказался", "Отчёт: Сумма по отчёту мала")),
    Case("Другой результат → Ответил не клиент → Клиента здесь нет → Контактов нет → ✅ Записать", "INVALID",
         {"REASON": "Контакты неверны, других нет"},
         (OTHER, "Результат: Ответил не клиент", "Ответил не клиент: Клиента здесь нет",
          "Номер не тот: Контактов нет")),
    Case("Другой результат → Ответил не клиент → Клиента здесь нет → Дал другой номер → ✎ +79031112235", "NEW",
         {"NEXT_AT": "пн 2 10:22"},
         (OTHER, "Результат: Ответил не клиент", "Ответил не клиент: Клиента здесь нет",
          "Номер не тот: Дал другой номер", "Новый номер: +79031112235"), "Попытка дозвониться · пн 2 10:22"),
    Case("Другой результат → Бросил трубку", "FOLLOW_UP", {"NEXT_AT": TOMORROW},
         (OTHER, "Результат: Бросил трубку"), f"Написать и позвонить · {TOMORROW}"),
    Case("Другой результат → Номер не тот → Контактов нет → ✅ Записать", "INVALID",
         {"REASON": "Контакты неверны, других нет"},
         (OTHER, "Результат: Номер не тот", "Номер не тот: Контактов нет")),
    Case("Другой результат → Просит не звонить → Только переписка → ✅ Записать", "FOLLOW_UP",
         {"NEXT_AT": "пн 2 10:25"},
         (OTHER, "Результат: Просит не звонить", "Просьба: Только переписка",
          "Клиент просил не звонить: только переписка."), "Написать · пн 2 10:25"),
    Case("Другой результат → Просит не звонить → Не звонить и не писать → ✅ Записать", "JUNK",
         {"REASON": "Просил не звонить"},
         (OTHER, "Результат: Просит не звонить", "Просьба: Не звонить и не писать",
          "Клиент просил не звонить и не писать.")),
    Case("Другой результат → Спам → ✅ Записать", "SPAM", {"REASON": "Спам"}, (OTHER, "Результат: Спам")),
    Case("Другой результат → Тест → ✅ Записать", "TEST", {"REASON": "Тест"}, (OTHER, "Результат: Тест")),
)  # fmt: skip


@pytest.mark.parametrize("cases", [CALLS, pytest.param(OTHERS, marks=pytest.mark.slow)], ids=["calls", "others"])
async def test_paths_that_leave_a_lead(tmp_path: Path, cases: Sequence[Case]) -> None:
    """Stage, fields, one comment with all answers, the old task closed, one new task or none, a receipt.

    The path number n begins at 10:0n, so deadlines that count from the answer differ from path to path.
    """
    async with Floor(tmp_path, f"{DAY}T09:59") as floor:
        portal = Portal(floor)
        for number, case in enumerate(cases):
            await floor.at(f"{DAY}T10:{number:02}")
            name = f"Пётр Путь{number:02}"
            lead = await floor.new_lead(name, f"+749522200{number:02}")
            (first,) = await floor.tasks(f"L_{lead}")
            await walk(floor, "Иван", name, case.steps)
            assert (await floor.lead(lead))["stageId"] == case.stage, case.steps
            assert await portal.fields("lead", lead) == case.fields, case.steps
            (comment,) = await floor.comments("lead", lead)
            lines = comment.split("\n")
            assert lines[0] == f"Обработать лид · пн 02.11 10:{number:02}"
            told = [line for line in lines[1:] if not line.startswith(("Стадия:", "Дальше:", "Работа", "Запис", "[dz"))]
            assert told == list(case.answers), case.steps
            assert "Записал(а): Иван Соколов" in lines
            assert await floor.deals_of(lead) == []
            everything = await floor.tasks(f"L_{lead}", open_only=False)
            assert next(task for task in everything if task["id"] == first["id"])["status"] == "5"
            if case.up is None:
                assert len(everything) == 1, case.steps
            else:
                assert len(everything) == 2, case.steps
                title, _, due = case.up.partition(" · ")
                assert await portal.next_up(f"L_{lead}") == f"{title}: {name} · {due}", case.steps
                task = await portal.one_task(f"L_{lead}")
                assert task["responsibleId"] == str(floor.people["Иван"]["crm_user_id"])
            assert (await receipt(floor, "Иван", name)).startswith("✅ Записано")


async def test_another_number_is_dialled_first(tmp_path: Path) -> None:
    """A wrong number: the new one is added in the portal and stands first on the card, due 15 minutes later."""
    async with Floor(tmp_path, f"{DAY}T10:00") as floor:
        lead = await floor.new_lead()
        await walk(floor, "Иван", "Проверкин", "Другой результат → Номер не тот → Дал другой номер → ✎ не знаю")
        assert "Номер не понят" in await floor.shows("Иван")
        await floor.say("Иван", "8 (903) 111-22-33")
        phones = [one["VALUE"] for one in (await floor.portal("crm.lead.get", {"id": lead}))["PHONE"]]
        assert phones == ["+74952223344", "+79031112233"]
        assert await floor.deadlines(f"L_{lead}") == ["пн 2 10:15"]
        await floor.at(f"{DAY}T10:15")
        assert "+79031112233 · +74952223344" in (await floor.card("Иван", "Проверкин"))["text"]


async def test_no_phone_is_written_to(tmp_path: Path) -> None:
    """An e-mail and no phone: «Написать» with its own first question; nothing to write to either: «Брак» is offered."""
    async with Floor(tmp_path, f"{DAY}T10:00") as floor:
        ivan = floor.people["Иван"]["crm_user_id"]
        fields = {"TITLE": "Письмо", "NAME": "Елена", "LAST_NAME": "Почтова", "ASSIGNED_BY_ID": ivan}
        email = {"EMAIL": [{"VALUE": "e.p@example.org", "VALUE_TYPE": "WORK"}]}
        lead = int(await floor.portal("crm.lead.add", {"fields": fields | email}))
        await floor.idle()
        portal = Portal(floor)
        assert await portal.next_up(f"L_{lead}") == "Написать: Елена Почтова · пн 2 10:15"
        assert "e.p@example.org" in (await floor.card("Иван", "Почтова"))["text"]
        await walk(floor, "Иван", "Почтова", "Ответил в мессенджере → Дал время → завтра 10:00")
        assert (await floor.lead(lead))["stageId"] == "FOLLOW_UP"

        bare = await floor.new_lead("Нет Номера", phone="")
        assert "Звоню" not in labels(await floor.card("Иван", "Номера"))  # there is nothing to dial
        await walk(floor, "Иван", "Номера", "Контактов нет → ✅ Записать")
        assert (await floor.lead(bare))["stageId"] == "INVALID"


async def test_wrong_number_with_an_email(tmp_path: Path) -> None:
    """Another way to write is known: [Написать] instead of [Контактов нет]."""
    async with Floor(tmp_path, f"{DAY}T10:00") as floor:
        lead = await floor.new_lead()
        email = {"EMAIL": [{"VALUE": "p.p@example.org", "VALUE_TYPE": "WORK"}]}
        await floor.portal("crm.lead.update", {"id": lead, "fields": email})
        await floor.idle()
        await walk(floor, "Иван", "Проверкин", "Другой результат → Номер не тот → Написать")
        assert await Portal(floor).next_up(f"L_{lead}") == "Написать: Пётр Проверкин · пн 2 10:15"
        assert (await floor.lead(lead))["stageId"] == "NEW"
