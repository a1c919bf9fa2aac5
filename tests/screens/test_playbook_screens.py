"""Screens of admins fit a message and their buttons 64 bytes, also with the longest names and many lines."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.engine.week import week_of
from bot.playbooks.load import builtin, builtin_names, load
from bot.screens import playbook as states
from bot.screens import publishing as screens
from bot.screens.publishing import Moves, Row
from bot.screens.screen import LIMIT, Screen, units

NOW = datetime(2026, 11, 22, 7, tzinfo=UTC)
MOSCOW = ZoneInfo("Europe/Moscow")
HASH = "f" * 64
MOVES = Moves(3, {"open": 2, "due_soon": 7}, 3, {"нет стадии <b>": 1}, [("Пётр П.", NOW, NOW)])
LONG = [f"Стадия <{number}>: {'очень длинно ' * 9}" for number in range(90)]
ROWS = [Row(f"{number:064x}", NOW, "Алла <Админова>", "правка & " * 80, number == 3) for number in range(50)]


def fits(screen: Screen | None) -> bool:
    assert screen is not None
    assert units(screen.text) <= LIMIT
    assert all(len((button.data or "").encode()) <= 64 for row in screen.rows for button in row)
    assert "<Админова>" not in screen.text
    assert "нет стадии <b>" not in screen.text
    return bool(screen.rows)


@pytest.mark.parametrize("name", builtin_names())
def test_every_subject_fits(name: str) -> None:
    playbook = builtin(name).playbook
    assert fits(states.menu(playbook))
    assert fits(states.cadences(playbook))
    assert fits(states.hours(playbook))
    for page in (0, 1, 9):
        for one in (states.terms, states.alerts, states.sources):
            assert fits(one(playbook, page))
        assert fits(states.days(playbook, NOW, page))
    for key in playbook.cadences:
        weeks = [(source, week_of(playbook, key, source, NOW)) for source in (None, *playbook.sources)]
        assert fits(states.cadence(playbook, HASH, key, weeks))
    assert states.prompt(playbook, "nothing", None) is None
    assert states.prompt(playbook, "cadence", 99) is None


def test_what_surrounds_a_publication_fits() -> None:
    preview = screens.preview(10**15, "head", LONG, MOVES, MOSCOW, "more")
    assert fits(preview)
    assert [button.text for row in preview.rows for button in row] == [
        "🧪 Смоделировать",
        "Применить ко всем",
        "Только к новым",
        "Отмена",
    ]
    assert fits(screens.published(HASH, "all", "правка " * 900, HASH, MOVES, MOSCOW))
    assert fits(screens.conflict(10**15, "Регламент уже изменили <b>"))
    assert fits(screens.since(10**15, LONG, again=True))
    assert fits(screens.version(ROWS[0], LONG, MOSCOW))
    for page in (0, 3, 99):
        assert fits(screens.versions(ROWS, page, MOSCOW))


def test_days_to_come_are_listed_in_order_and_past_ones_are_not() -> None:
    days = "days: {2027-02-20: 10:00-16:00, 2026-12-31: off, 2026-11-20: off}\n"
    text = states.days(load(builtin("bankruptcy").text + days, checked=True).playbook, NOW, 0).text
    assert text.index("чт 31.12.2026 – выходной") < text.index("сб 20.02.2027 – 10:00-16:00")
    assert "20.11.2026" not in text
