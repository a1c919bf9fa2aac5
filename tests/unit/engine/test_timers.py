"""The moments that a case waits for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.engine.case import Case
from bot.engine.events import Arrived, CallStarted, StageMoved
from bot.engine.timers import Timer, wanted
from tests.builders import MANAGER, Desk, lead, moscow, promised, small_playbook


def timers(case: Case) -> dict[str, Timer]:
    found = wanted(small_playbook(), case)
    assert len({timer.key for timer in found}) == len(found)
    return {timer.kind: timer for timer in found}


def test_a_new_lead_is_pushed_at_once_then_overdue_then_over_its_limit():
    desk = Desk()
    desk.arrives()
    found = timers(desk.case)
    assert found["push"].at == moscow("2026-11-02 16:50")
    assert found["overdue"].at == moscow("2026-11-02 17:20")
    assert found["limit"].at == moscow("2026-11-02 17:20")
    assert "undo" not in found


def test_a_lead_of_the_night_waits_for_the_opening():
    arrived = moscow("2026-11-02 23:40")
    desk = Desk(lead(arrived_at=arrived, entered_at=arrived))
    desk.arrives("2026-11-02 23:40")
    found = timers(desk.case)
    assert found["push"].at == moscow("2026-11-03 09:00")
    assert found["overdue"].at == moscow("2026-11-03 09:30")
    assert found["limit"].at == moscow("2026-11-03 09:30")


def test_a_touched_lead_is_silent_until_the_limit_of_its_stage():
    desk = Desk()
    desk.arrives()
    case = replace(desk.case, entered_at=moscow("2026-11-02 17:00"))
    assert timers(case)["overdue"].at == moscow("2026-11-02 17:20")
    desk.case = case
    desk.does("2026-11-02 17:01", CallStarted(MANAGER))
    assert timers(desk.case)["overdue"].at == moscow("2026-11-02 17:30")


def test_an_exempt_source_has_no_limit():
    desk = Desk(lead(source="cold"))
    desk.arrives()
    assert set(timers(desk.case)) == {"push", "overdue", "board"}


def test_after_a_miss_the_undo_ends_in_a_minute_and_the_attempt_is_late_after_ninety():
    desk = Desk()
    desk.arrives()
    desk.says("2026-11-02 16:58", ("reached", "no"))
    found = timers(desk.case)
    assert found["undo"].at == moscow("2026-11-02 16:59")
    assert found["push"].at == moscow("2026-11-02 17:38")
    assert found["overdue"].at == moscow("2026-11-03 09:08")
    assert "limit" not in found


def test_a_promise_outside_hours_is_pushed_at_its_minute():
    desk = Desk()
    desk.arrives()
    desk.says("2026-11-02 16:58", ("reached", "later"), ("when", promised("2026-11-02 21:30")))
    assert timers(desk.case)["push"].at == moscow("2026-11-02 21:30")


@pytest.mark.parametrize("how", ["unnamed", "will_call"])
def test_what_was_not_promised_waits_for_the_opening(how):
    desk = Desk()
    desk.arrives()
    desk.says("2026-11-02 16:58", ("reached", "later"), ("when", promised("2026-11-02 21:30", how)))
    assert timers(desk.case)["push"].at == moscow("2026-11-03 09:00")


def test_adopted_tasks_alert_nobody_on_their_first_day():
    desk = Desk()
    desk.does("2026-11-02 10:00", Arrived(adopted=True, spread_to=moscow("2026-11-02 12:00")))
    found = timers(desk.case)
    assert found["push"].at == moscow("2026-11-02 12:00")
    assert found["overdue"].at == moscow("2026-11-03 09:00")
    assert "limit" not in found


def test_a_closed_case_waits_for_nothing():
    desk = Desk()
    desk.arrives()
    desk.does("2026-11-02 17:00", StageMoved("junk"))
    assert wanted(small_playbook(), desk.case) == ()


def test_the_keys_stay_while_the_task_stays():
    desk = Desk()
    desk.arrives()
    before = {timer.key for timer in wanted(small_playbook(), desk.case)}
    desk.does("2026-11-02 17:01", CallStarted(MANAGER))
    assert {timer.key for timer in wanted(small_playbook(), desk.case)} == before


@pytest.mark.parametrize("changes", [{"entered_at": moscow("2026-11-02 17:10")}, {"stage": "agreed"}])
def test_the_limit_begins_anew_with_every_entry(changes: dict[str, Any]):
    desk = Desk()
    desk.arrives()
    keys = {timer.key for timer in wanted(small_playbook(), desk.case) if timer.kind == "limit"}
    changed = {timer.key for timer in wanted(small_playbook(), replace(desk.case, **changes)) if timer.kind == "limit"}
    assert keys
    assert not keys & changed
