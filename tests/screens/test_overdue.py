"""How late a card says that it is: in working time, and in words that stay true when nobody draws it again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.playbooks.load import builtin
from bot.screens.card import task_card
from bot.screens.screen import plain
from bot.screens.views import CardView
from tests.builders import MOSCOW, Desk, desk_with_lead, lead, moscow, small_playbook

FRIDAY = moscow("2026-11-06 18:55")


def first_line(now: str, **changes) -> str:
    case = desk_with_lead().case
    assert case.task is not None
    case = replace(case, task=replace(case.task, due_at=FRIDAY, **changes))
    return plain(task_card(CardView(small_playbook(), case, moscow(now), MOSCOW, MOSCOW)).text).split("\n")[0]


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ("2026-11-06 19:20", "Обработать лид · до 18:55"),
        ("2026-11-07 12:00", "Обработать лид · до пт 18:55"),
        ("2026-11-09 09:09", "Обработать лид · до пт 18:55"),
        ("2026-11-09 09:10", "⏰ Просрочено с пт 18:55"),
    ],
)
def test_a_night_and_a_weekend_make_no_card_overdue(now: str, said: str) -> None:
    """The task may wait 15 minutes of working time: five of them were left on Friday."""
    assert first_line(now).endswith(said)


def test_a_card_that_is_long_overdue_names_a_moment_instead_of_a_length() -> None:
    playbook = builtin("bankruptcy").playbook
    desk = Desk(lead(), playbook)
    desk.arrives()
    case = desk.case

    def text(now: str) -> str:
        return plain(task_card(CardView(playbook, case, moscow(now), MOSCOW, MOSCOW)).text)

    assert text("2026-11-02 17:34").startswith("⏰ Просрочено 29 мин")
    assert "Ждёт 44 мин." in text("2026-11-02 17:34")
    assert text("2026-11-02 17:35").startswith("⏰ Просрочено с 17:05")
    assert "Ждёт с 16:50." in text("2026-11-02 17:35")
    assert text("2026-11-02 23:59").startswith("⏰ Просрочено с 17:05")
    assert text("2026-11-05 12:00").startswith("⏰ Просрочено с пн 17:05")
    assert text("2026-11-19 12:00").startswith("⏰ Просрочено с 02.11 17:05")
