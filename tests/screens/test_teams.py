"""A company of a hundred departments fits on a phone, and every button of it into Telegram's bounds."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.db.people import Person
from bot.playbooks.load import builtin
from bot.screens import teams as screens
from bot.screens.away import team
from bot.screens.people import everybody
from bot.screens.teams import MOST, TeamRow
from tests.screens.test_playbook_screens import NOW, fits

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
    assert fits(screens.preview(99999999, "shift", "k" * 40, "zz", LONG))


def test_names_in_a_sentence_end() -> None:
    assert screens.names(["Север", "Юг"]) == "«Север», «Юг»"
    assert screens.names(["Север"] * 100).endswith(f"и ещё {100 - MOST}")


def test_a_floor_of_hundreds_of_people_fits() -> None:
    """/people by pages, with who is invited on the last; the people whom a change of hours concerns are counted."""
    people = [Person(number, f"{LONG}{number}", "manager", number, number) for number in range(300)]
    first = everybody(builtin("bankruptcy").playbook, people, (), [LONG] * 30)
    last = everybody(builtin("bankruptcy").playbook, people, (), [LONG] * 30, 99)
    assert fits(first)
    assert fits(last)
    away = [team([(one, ()) for one in people], ZoneInfo("Europe/Moscow"), NOW, page) for page in (0, 7, 99)]
    assert all(fits(one) for one in away)
    assert [len(one.rows[-1]) for one in away] == [1, 2, 1]
    assert "приглашён" in last.text
    assert "приглашён" not in first.text
    assert screens.persons(["Анна К."] * 2) == "Анна К., Анна К."
    assert screens.persons(["Анна К."] * 500).endswith(f"Анна К. и ещё {500 - MOST}")
