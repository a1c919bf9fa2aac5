"""What differs between two versions, in Russian sentences with titles from the data."""

from __future__ import annotations

from datetime import date

import pytest

from bot.playbooks.changes import changes_of
from bot.playbooks.compare import differences
from bot.playbooks.edit import edited
from bot.playbooks.load import Loaded, builtin, load

TODAY = date(2026, 11, 22)
TOLD = [
    ("cadence", "scoring 6 попыток", ["Недозвон на скоринг: попыток 5 → 6"]),
    (
        "cadence",
        "scoring для БДТ 4 за 4 дня",
        [
            "Недозвон на скоринг, БДТ: попыток 3 → 4",
            "Недозвон на скоринг, БДТ: срок 5 дн. → 4 дн.",
        ],
    ),
    ("cadence", "meeting для сайта 4 попытки", ["Неконтакт на встречу, Сайт: добавлено"]),
    (
        "cadence",
        "scoring слоты 10:00 15:30, второй через 1 ч 20 мин",
        [
            "Недозвон на скоринг: вторая попытка через 40 мин → 1 ч 20 мин",
            "Недозвон на скоринг: время 09:30 11:15 13:00 15:00 17:30 → 10:00 15:30",
        ],
    ),
    ("sla", "обработать лид до конца дня", ["Обработать лид: срок 15 мин → до конца дня"]),
    ("sla", "новый лид 45 мин", ["Новый лид: срок стадии 30 мин → 45 мин"]),
    ("sla", "новый лид без срока", ["Новый лид: срок стадии 30 мин → нет"]),
    ("alerts", "обработать лид на табло сразу", ["Обработать лид: на табло через 5 мин → сразу"]),
    (
        "hours",
        "пт 9-18, клиент 10-20",
        [
            "Часы работы: пн-пт 09:00-19:00 → пн-чт 09:00-19:00, пт 09:00-18:00",
            "Звонки клиентам: 09:00-21:00 → 10:00-20:00",
        ],
    ),
    ("holidays", "31.12 выходной", ["31.12.2026: как обычно → выходной"]),
    ("sources", "БДТ = База должников", ["Источник «База должников»: название БДТ → «База должников»"]),
    ("sources", "добавить TG Telegram", ["Источник «Telegram»: добавлено"]),
]


def made(subject: str, words: str) -> tuple[Loaded, Loaded]:
    before = builtin("bankruptcy")
    text = edited(before.text, changes_of(subject, before.playbook, words, TODAY))
    return before, load(text, checked=True)


@pytest.mark.parametrize(("subject", "words", "told"), TOLD, ids=[words for _, words, _ in TOLD])
def test_a_change_is_told_and_so_is_its_way_back(subject: str, words: str, told: list[str]) -> None:
    before, after = made(subject, words)
    assert differences(before.playbook, after.playbook) == told
    assert len(differences(after.playbook, before.playbook)) == len(told)


def test_changes_of_a_file_are_told_with_titles_and_without_long_texts() -> None:
    before = builtin("bankruptcy")
    text = (
        before.text.replace("label: Дозвонился\n", "label: Ответил\n", 1)
        .replace("label: Дозвонился,", "label: Ответил,", 1)
        .replace("  - title: Дорого\n", "  - title: Дороговато\n")
        .replace("title: Неконтакт\n", "title: Не вышел на связь\n", 1)
        .replace("{text: Клиент качественный – договоритесь", "{text: Договоритесь", 1)
    )
    told = differences(before.playbook, load(text, checked=True).playbook)
    assert "Не вышел на связь: название Неконтакт → «Не вышел на связь»" in told
    assert "Возражение «Дороговато»: название Дорого → Дороговато" in told
    assert "Обработать сделку: подсказки – изменено" in told
    assert any(line.startswith("Вопрос «Удалось связаться?»: вариант answered надпись") for line in told)
    assert differences(before.playbook, before.playbook) == []
