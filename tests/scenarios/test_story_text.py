"""What the reader of stories takes, and what it says of what it does not take."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.scenarios.story_docs import DOCUMENT, FOLDER, FORMS, with_forms
from tests.scenarios.story_names import NotUnderstood, moment, said, said_with_date, span
from tests.scenarios.story_text import StoryInvalid, read_stories
from tests.scenarios.story_world import steps

GOOD = """
# Комментарий.
История: Перезвонить
Дано: пн 10:00
- лид с сайта «Пётр Проверкин», менеджер Иван
Когда:
- в 10:03 Иван жмёт [Просит перезвонить] → пишет «завтра в 14» → [Верно]
- вт в 14:00 руководитель жмёт [Позовут, есть время]
Тогда:
- открытая задача «Перезвонить: Пётр» до вт 14:00
- в ленте лида есть «Стадия: «Новый» → «Дожим»»
"""


def read(tmp_path: Path, text: str):
    file = tmp_path / "день.txt"
    file.write_text(text, encoding="utf-8")
    return read_stories(file, FORMS)


def test_a_story_is_taken_apart(tmp_path: Path) -> None:
    """Title, start, sentences with their moments, people by their names; quotes inside quotes stay."""
    (story,) = read(tmp_path, GOOD)
    assert (story.title, story.start, story.line) == ("Перезвонить", "пн 10:00", 3)
    lead, press, other, task, comment = story.sentences
    assert lead.values == {"source": "с сайта", "client": "Пётр Проверкин", "who": "Иван"}
    assert (press.at, press.line) == ("10:03", 7)
    assert steps(press.values["buttons"]) == [("Просит перезвонить", ""), ("", "завтра в 14"), ("Верно", "")]
    assert (other.at, other.values["who"]) == ("вт 14:00", "Ольга")
    assert task.values == {"text": "Перезвонить: Пётр", "moment": "вт 14:00"}
    assert comment.values == {"kind": "лид", "text": "Стадия: «Новый» → «Дожим»"}


@pytest.mark.parametrize(
    ("line", "instead", "where", "told"),
    [
        ("- лид с сайта «Пётр Проверкин», менеджер Иван", "- лид «Пётр»", 5, "лид ИСТОЧНИК «КЛИЕНТ», менеджер КТО"),
        ("менеджер Иван", "менеджер Василий", 5, "«Василий» здесь не работает; есть Иван"),
        ("Дано: пн 10:00", "Дано: утром", 4, "нужен момент начала"),
        ("до вт 14:00", "до вт 31 февраля 14:00", 10, "дня 31 февраля нет"),
        ("до вт 14:00", "до ср 10 ноября 14:00", 10, "10 ноября – это вт"),
        ("до вт 14:00", "до 25:00", 10, "не момент"),
        ("Когда:", "Если:", 6, "не понял «Если:»; в «Дано» можно"),
        ("Когда:", "Когда: утром", 6, "каждое предложение с новой строки"),
        ("История: Перезвонить", "История:", 3, "нет названия"),
        ("История: Перезвонить", "", 4, "сначала «История: о чём она»"),
        ("Тогда:", "Когда:", 10, "не понял"),
        ("Тогда:", "Дано: вт 10:00", 9, "«Дано» в истории одно"),
        ("жмёт [Позовут, есть время]", "нажимает [Позовут]", 8, "КТО жмёт [КНОПКИ]"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, line: str, instead: str, where: int, told: str) -> None:
    """File, line, what is wrong and what is allowed there."""
    assert line in GOOD
    with pytest.raises(StoryInvalid) as caught:
        read(tmp_path, GOOD.replace(line, instead))
    message = str(caught.value)
    assert message.startswith(f"день.txt:{where}: "), message
    assert told in message


def test_a_story_needs_all_its_parts(tmp_path: Path) -> None:
    """Nothing that is not looked at is a story; an empty file is none."""
    with pytest.raises(StoryInvalid, match="нет ни одной строки «Тогда»"):
        read(tmp_path, GOOD.partition("Тогда:")[0])
    with pytest.raises(StoryInvalid, match="нет ни одной истории"):
        read(tmp_path, "# пусто\n")


def test_the_nearest_form_is_named_first(tmp_path: Path) -> None:
    """So that the author need not read the whole list."""
    with pytest.raises(StoryInvalid) as caught:
        read(tmp_path, GOOD.replace("открытая задача «Перезвонить: Пётр» до вт 14:00", "открытая задача до вт 14:00"))
    assert str(caught.value).split("\n")[1].strip() == "открытая задача «ТЕКСТ» до МОМЕНТ"


def test_moments() -> None:
    """A weekday is the next one, today included while its time is ahead; the clock never goes back."""
    now = moment("вт 14:00")
    assert said_with_date(now) == "вт 10 ноября 14:00"
    assert said(moment("вт 14:00", now + timedelta(seconds=20))) == "вт 14:00"
    assert said_with_date(moment("вт 13:59", now)) == "вт 17 ноября 13:59"
    assert said_with_date(moment("пн 9:05", now)) == "пн 16 ноября 09:05"
    assert said_with_date(moment("18:00", now)) == "вт 10 ноября 18:00"
    with pytest.raises(NotUnderstood, match="часы уже вт 14:00"):
        moment("13:00", now)
    assert [span(words) for words in ("40 минут", "2 часа", "1 день", "61 секунду")] == [
        timedelta(minutes=40), timedelta(hours=2), timedelta(days=1), timedelta(seconds=61)
    ]  # fmt: skip


def test_the_document_names_every_form() -> None:
    """docs/scenarios.md lists all sentences that stories may use, and none that they may not."""
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text == with_forms(text), "write it anew: python -m tests.scenarios.story_docs"


def test_every_form_is_used() -> None:
    """A sentence that no story needs is not offered."""
    told = {
        sentence.form
        for file in FOLDER.glob("*.txt")
        for story in read_stories(file, FORMS)
        for sentence in story.sentences
    }
    assert [form for form in FORMS if form not in told] == []
