"""A company of a hundred departments fits on a phone, and every button of it into Telegram's bounds."""

from __future__ import annotations

from bot.screens import teams as screens
from bot.screens.teams import MOST, TeamRow
from tests.screens.test_playbook_screens import fits

LONG = "Управление по работе с очень длинными названиями отделов и филиалов " * 3


def test_many_departments_with_long_names() -> None:
    row = TeamRow(1234567890, LONG, LONG, 1000, LONG, [LONG] * 9)
    shown = screens.listed([row] * 100, [LONG], may_change=True)
    assert fits(shown)
    assert f"Ещё {100 - MOST}" in shown.text
    assert fits(screens.one(row, head=LONG))
    assert fits(screens.which_team([(number, LONG) for number in range(100)]))


def test_the_longest_value_fits_a_button() -> None:
    """What takes a choice away comes last and is always there."""
    values = [(str(number), LONG) for number in range(99)] + [("k" * 40, "Смена"), (screens.NONE, "Как в CRM")]
    shown = screens.pick(99999999, "shift", LONG, values)
    assert fits(shown)
    assert "Как в CRM" in [button.text for row in shown.rows for button in row]
    assert fits(screens.preview(99999999, "shift", "k" * 40, LONG))


def test_names_in_a_sentence_end() -> None:
    assert screens.names(["Север", "Юг"]) == "«Север», «Юг»"
    assert screens.names(["Север"] * 100).endswith(f"и ещё {100 - MOST}")
