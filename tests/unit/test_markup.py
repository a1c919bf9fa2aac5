"""Keyboards as Telegram takes them."""

from __future__ import annotations

from aiogram.types import InlineKeyboardMarkup

from bot.messenger.markup import keyboard
from bot.screens.screen import Button, Screen


def _labels(screen: Screen) -> list[list[str]]:
    found = keyboard(screen)
    assert found is not None
    read = InlineKeyboardMarkup.model_validate_json(found)
    return [[button.text for button in row] for row in read.inline_keyboard]


def test_more_buttons_than_telegram_takes_keep_the_way_back() -> None:
    people = tuple((Button(f"Коллега {number}", "c|1"), Button(f"Другой {number}", "c|1")) for number in range(80))
    rows = _labels(Screen("Кому передать?", (*people, (Button("← Назад", "c|1"),))))
    assert sum(len(row) for row in rows) <= 100
    assert rows[0] == ["Коллега 0", "Другой 0"]
    assert rows[-1] == ["← Назад"]
    assert len(rows) == 50


def test_a_row_is_split_at_eight() -> None:
    assert [len(row) for row in _labels(Screen("", (tuple(Button(str(n), "d") for n in range(10)),)))] == [8, 2]


def test_a_screen_without_buttons_has_no_keyboard() -> None:
    assert keyboard(Screen("текст")) is None
