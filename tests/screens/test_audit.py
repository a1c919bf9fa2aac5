"""Every kind of change is worded, and lines are found by who, what and when."""

from __future__ import annotations

from datetime import date, timedelta
from string import Formatter
from zoneinfo import ZoneInfo

import pytest

from bot.db.audit import Change, Line
from bot.locales.ru import audit as ru
from bot.screens import audit as screens
from tests.screens.test_playbook_screens import NOW, fits

MOSCOW = ZoneInfo("Europe/Moscow")
WORDS = {
    "whom": "Пётр Семёнов <b>",
    "role": "manager",
    "was": "manager",
    "former": "lawyer",
    "hours": "10:00-16:00",
    "day": "2026-11-28",
    "days": "1–14 декабря",
    "to": "Ольга Петрова",
    "title": "Отдел",
    "team": "Продажи",
    "id": "17",
    "client": "Пётр П.",
    "op": "comment",
    "reason": "больше не нужно",
    "phones": "+79161234567",
    "mode": "all",
    "hash": "0123456789abcdef",
    "note": "правка " * 100,
}
LINES = [Line(NOW - timedelta(days=number), "Алла Ким", change, WORDS) for number, change in enumerate(Change)]


def test_each_change_has_words_and_each_subject_a_name() -> None:
    assert set(ru.WORDS) == {change.value for change in Change}
    assert set(ru.SUBJECTS) == {change.subject for change in Change}
    named = {name for words in ru.WORDS.values() for _, name, _, _ in Formatter().parse(words) if name}
    assert named <= set(WORDS)


@pytest.mark.parametrize("line", LINES, ids=[line.what for line in LINES])
def test_a_line_fits_and_says_more_than_its_kind(line: Line) -> None:
    assert fits(screens.audit([line] * 9, 0, MOSCOW, "ж" * screens.LONGEST))
    assert line.what not in screens.said(line)


def test_a_change_of_a_later_release_is_shown_by_its_kind() -> None:
    assert screens.said(Line(NOW, "", "moon.landed", {})) == "moon.landed"


@pytest.mark.parametrize("words", ["ж" * screens.LONGEST, "😀" * (screens.LONGEST // 2)])
def test_what_is_looked_for_fits_the_button_that_turns_the_page(words: str) -> None:
    """22 emoji were let through, and the button could not be made."""
    assert screens.is_short(words)
    assert not screens.is_short(f"{words}😀")
    assert screens.audit(LINES, 0, MOSCOW, words).rows


def test_a_role_that_has_changed_says_what_it_was() -> None:
    line = Line(NOW, "Ольга", Change.JOINED, {"role": "supervisor", "was": "manager"})
    assert screens.said(line) == "подключение: руководитель, раньше – менеджер"


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("", len(LINES)),
        ("СЕМЕНОВ", sum("{whom}" in words for words in ru.WORDS.values())),
        ("люди", 7),
        ("Люди Семёнов дежурство", 2),
        ("сегодня", 1),
        ("неделя", 7),
        ("регламент неделя", 0),
        ("алла ким", len(LINES)),
        ("Иванов", 0),
    ],
)
def test_lines_are_found(words: str, count: int) -> None:
    asked, today = screens.read(words), date(NOW.year, NOW.month, NOW.day)
    assert sum(screens.chosen(line, asked, today, MOSCOW) for line in LINES) == count
