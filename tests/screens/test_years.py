"""What admins and managers read of a year whose holidays nobody has told us."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.engine.case import Task
from bot.engine.years import unknown_years
from bot.screens.card import task_card
from bot.screens.picker import time_text
from bot.screens.publishing import Health, health
from bot.screens.views import CardView, Picking
from tests.builders import Desk, moscow, small_playbook

MOSCOW = ZoneInfo("Europe/Moscow")
TOLD = "⚠️ Календарь праздников на 2028 год ещё не введён"


def view(now: str, picking: Picking) -> CardView:
    desk = Desk()
    return CardView(small_playbook(), desk.case, moscow(now), MOSCOW, MOSCOW, picking=picking)


def test_the_state_of_the_bot_names_the_year() -> None:
    now = datetime(2027, 12, 1, tzinfo=UTC)
    shown = health(Health({}, 0, 0, 0, 0, 0, None, unknown_years(small_playbook(), now)), now, MOSCOW)
    assert "⚠️ Календарь на 2028 год не известен" in shown.text
    assert "Календарь" not in health(Health({}, 0, 0, 0, 0, 0, None), now, MOSCOW).text


def test_the_picker_says_so_of_a_typed_time_and_of_a_day() -> None:
    for day, known in (("2028-01-12", False), ("2027-12-29", True)):
        typed = time_text(view("2027-12-28 12:00", Picking(moment=moscow(f"{day} 12:00"))))
        picked = time_text(view("2027-12-28 12:00", Picking(day=day)))
        for shown in (typed, picked):
            assert sum(TOLD in (line or "") for line in shown) == (not known)


def test_the_card_says_so_of_a_task_of_that_year() -> None:
    desk = Desk()
    for now, known in (("2027-11-08 12:00", True), ("2028-01-12 12:00", False)):
        task = Task("12-1", "attempt", moscow(now), moscow(now), moscow(now))
        card = task_card(CardView(small_playbook(), replace(desk.case, task=task), moscow(now), MOSCOW, MOSCOW))
        assert card.text.count(TOLD) == (not known)
