"""Shifts, duty days and absences: whose hours count for what, to the minute."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from bot.engine.effects import CloseCard, MoveTask
from bot.engine.events import Arrived, CameBack, Covered, HandedOver, HoursChanged, TaskGiven
from bot.engine.staff import COMPANY, Staff, Terms
from bot.engine.timers import wanted
from bot.engine.worktime import Window
from bot.errors import ActionNotAllowed
from bot.playbooks.model import Playbook, Shift
from tests.builders import MANAGER, MOSCOW, OTHER, Desk, effects_of, lead, moscow, promised, small_playbook, task_of

TWO_TWO = Shift(title="2/2", window="10:00-20:00", days=2, off=2, since=date(2026, 11, 2), calendar=False)
SHIFTS = {
    "two": TWO_TWO,
    "two_by_calendar": TWO_TWO.model_copy(update={"calendar": True}),
    "evening": Shift(title="Вечер", hours={"mon-fri": "12:00-21:00"}),
}
PLAYBOOK: Playbook = small_playbook().model_copy(update={"shifts": SHIFTS})
SATURDAY = date(2026, 11, 7)


def staff(team: tuple[int, ...] = (MANAGER, OTHER), **terms: Terms) -> Staff:
    users = {"manager": MANAGER, "other": OTHER}
    return Staff({users[name]: own for name, own in terms.items()}, team)


def away(since: str, until: str) -> Terms:
    return Terms(away=(Window(moscow(since), moscow(until)),))


def shown(moments: list[Window]) -> list[str]:
    return [f"{one.start.astimezone(MOSCOW):%d %H:%M}-{one.end.astimezone(MOSCOW):%H:%M}" for one in moments]


def hours_of(people: Staff, first: str, days: int) -> list[str]:
    start = date.fromisoformat(first)
    hours = people.hours(PLAYBOOK, MANAGER)
    return shown([window for step in range(days) for window in hours.windows(start + timedelta(days=step))])


def timers(desk: Desk) -> dict[str, str]:
    found = {timer.kind: timer.at.astimezone(MOSCOW) for timer in wanted(PLAYBOOK, desk.case, desk.staff)}
    return {kind: f"{at:%a %d %H:%M}" for kind, at in found.items()}


def due(desk: Desk) -> str:
    return f"{task_of(desk).due_at.astimezone(MOSCOW):%a %d %H:%M}"


def push(desk: Desk) -> str:
    return f"{task_of(desk).push_at.astimezone(MOSCOW):%a %d %H:%M}"


def desk_of(people: Staff, at: str = "2026-11-02 16:50", **changes: object) -> Desk:
    desk = Desk(lead(arrived_at=moscow(at), entered_at=moscow(at), **changes), PLAYBOOK, people)
    desk.does(at, Arrived())
    return desk


# Hours --------------------------------------------------------------------------------------------------------------


def test_the_day_before_a_holiday_ends_an_hour_earlier():
    assert shown(list(COMPANY.hours(PLAYBOOK, MANAGER).windows(date(2027, 4, 30)))) == ["30 09:00-18:00"]


def test_two_days_on_two_days_off_through_a_holiday_and_a_weekend():
    own = staff(manager=Terms("two"))
    # Wednesday the 4th is a public holiday, on Tuesday the day is short: this shift works on.
    assert hours_of(own, "2026-11-02", 8) == ["02 10:00-20:00", "03 10:00-20:00", "06 10:00-20:00", "07 10:00-20:00"]
    assert hours_of(own, "2026-10-29", 2) == ["29 10:00-20:00", "30 10:00-20:00"]  # turns go on backwards


def test_a_rotation_by_the_production_calendar_rests_on_holidays():
    own = staff(manager=Terms("two_by_calendar"))
    assert hours_of(own, "2026-11-02", 3) == ["02 10:00-20:00", "03 10:00-19:00"]
    assert hours_of(own, "2026-12-31", 3) == []
    assert hours_of(staff(manager=Terms("two")), "2026-12-31", 3) == ["01 10:00-20:00", "02 10:00-20:00"]


def test_a_shift_that_the_playbook_lacks_is_the_company_s():
    assert hours_of(staff(manager=Terms("gone")), "2026-11-05", 1) == ["05 09:00-19:00"]


def test_a_duty_stands_beside_the_usual_hours():
    saturday = Terms(duties=((SATURDAY, ((time(10), time(16)),)),))
    assert hours_of(staff(manager=saturday), "2026-11-06", 2) == ["06 09:00-19:00", "07 10:00-16:00"]
    evening = Terms(duties=((date(2026, 11, 6), ((time(18), time(21)),)),))
    assert hours_of(staff(manager=evening), "2026-11-06", 1) == ["06 09:00-21:00"]


def test_an_absence_cuts_the_hours_to_the_minute():
    own = staff(manager=away("2026-11-05 11:00", "2026-11-06 12:30"))
    assert hours_of(own, "2026-11-05", 2) == ["05 09:00-11:00", "06 12:30-19:00"]


def test_the_team_s_hours_are_the_company_s_until_somebody_has_his_own():
    alone = staff(manager=away("2026-11-05 00:00", "2026-11-06 00:00"))
    assert alone.team_hours(PLAYBOOK) == COMPANY.hours(PLAYBOOK, None)
    evening = staff(other=Terms("evening")).team_hours(PLAYBOOK)
    assert shown(list(evening.windows(date(2026, 11, 5)))) == ["05 09:00-21:00"]


# New clients --------------------------------------------------------------------------------------------------------


def test_a_lead_at_half_past_seven_is_due_while_an_evening_duty_is_on_shift():
    desk = desk_of(staff(other=Terms("evening")), "2026-11-05 19:30")
    assert (due(desk), timers(desk)["overdue"], timers(desk)["limit"]) == ("Thu 05 19:45",) + ("Thu 05 20:00",) * 2
    assert push(desk) == "Fri 06 09:00"  # its owner is pushed in his own hours


def test_without_an_evening_duty_it_waits_for_the_morning():
    desk = desk_of(COMPANY, "2026-11-05 19:30")
    assert (due(desk), push(desk), timers(desk)["overdue"]) == ("Fri 06 09:15", "Fri 06 09:00", "Fri 06 09:30")


# Attempts -----------------------------------------------------------------------------------------------------------


def test_the_slots_of_a_two_two_manager():
    """Mon 2 Nov and Tue 3 Nov are his days, then Fri 6 and Sat 7; the holiday on the 4th is nothing to him."""
    desk = desk_of(staff(manager=Terms("two")))
    planned = []
    for at in ("02 16:58", "02 17:41", "03 11:20", "03 15:05", "06 13:05"):
        desk.says(f"2026-11-{at}", ("reached", "no"))
        planned.append(due(desk))
    assert planned == ["Mon 02 17:38", "Tue 03 11:15", "Tue 03 15:00", "Fri 06 13:00", "Sat 07 17:30"]


def test_a_duty_saturday_is_a_working_day_of_that_person():
    saturday = Terms(duties=((SATURDAY, ((time(10), time(16)),)),))
    for own, expected in ((saturday, "Sat 07 11:15"), (Terms(), "Mon 09 09:30")):
        desk = desk_of(staff(manager=own), "2026-11-06 18:40")
        desk.says("2026-11-06 18:45", ("reached", "no"))
        assert due(desk) == expected


# Absences -----------------------------------------------------------------------------------------------------------


def with_promise(people: Staff) -> Desk:
    """Promised for Thursday the 5th, 12:00."""
    desk = desk_of(people)
    desk.says("2026-11-02 16:55", ("reached", "later"), ("when", promised("2026-11-05 12:00")))
    assert due(desk) == "Thu 05 12:00"
    return desk


def test_a_leave_over_a_promise_waits_and_is_not_overdue():
    desk = with_promise(COMPANY)
    desk.staff = staff(manager=away("2026-11-05 00:00", "2026-11-09 00:00"))
    desk.does("2026-11-03 10:00", HoursChanged())
    found = timers(desk)
    assert (due(desk), found["push"], found["overdue"]) == ("Thu 05 12:00", "Mon 09 09:00", "Mon 09 09:05")


def test_a_colleague_stands_in_and_the_promise_keeps_its_minute():
    desk = with_promise(staff(manager=away("2026-11-05 00:00", "2026-11-09 00:00")))
    given = desk.does("2026-11-05 09:30", Covered(task_of(desk).id, OTHER, "Иван в отпуске"))
    assert (desk.case.owner, desk.case.holder, due(desk)) == (MANAGER, OTHER, "Thu 05 12:00")
    assert timers(desk)["push"] == "Thu 05 12:00"
    assert effects_of(given, MoveTask) == [MoveTask(task_of(desk).id, responsible=OTHER)]
    assert [one.task for one in effects_of(given, CloseCard)] == [task_of(desk).id]
    back = desk.does("2026-11-05 11:00", CameBack(task_of(desk).id, "Иван вернулся"))
    assert (desk.case.holder, task_of(desk).cover, due(desk)) == (MANAGER, False, "Thu 05 12:00")
    assert effects_of(back, MoveTask) == [MoveTask(task_of(desk).id, responsible=MANAGER)]


def test_what_the_cadence_has_planned_is_placed_in_the_hours_of_who_stands_in():
    people = staff(manager=away("2026-11-03 00:00", "2026-11-09 00:00"), other=Terms("evening"))
    desk = desk_of(people)
    desk.says("2026-11-02 16:58", ("reached", "no"))
    desk.says("2026-11-02 17:41", ("reached", "no"))
    # Planned for the days after the absence; a colleague who has it keeps that time if he works then.
    task = replace(task_of(desk), due_at=moscow("2026-11-05 09:30"), push_at=moscow("2026-11-05 09:30"))
    desk.case = replace(desk.case, task=task)
    desk.does("2026-11-03 10:00", Covered(task.id, OTHER, "Иван болеет"))
    assert (due(desk), push(desk)) == ("Thu 05 12:00",) * 2


def test_covering_ends_with_another_owner():
    desk = with_promise(staff(manager=away("2026-11-05 00:00", "2026-11-09 00:00")))
    desk.does("2026-11-05 09:30", Covered(task_of(desk).id, OTHER, "Иван в отпуске"))
    desk.does("2026-11-05 10:00", HandedOver(9, by=4))
    assert (desk.case.owner, desk.case.holder, task_of(desk).cover) == (9, 9, False)


def test_covering_ends_when_the_portal_gives_the_task_back():
    desk = with_promise(staff(manager=away("2026-11-05 00:00", "2026-11-09 00:00")))
    desk.does("2026-11-05 09:30", Covered(task_of(desk).id, OTHER, "Иван в отпуске"))
    desk.does("2026-11-05 10:00", TaskGiven(task_of(desk).id, 9))
    assert (desk.case.holder, task_of(desk).cover) == (9, True)
    desk.does("2026-11-05 10:10", TaskGiven(task_of(desk).id, MANAGER))
    assert (desk.case.holder, task_of(desk).holder, task_of(desk).cover) == (MANAGER, None, False)


def test_who_stands_in_plans_the_next_call_in_his_own_hours():
    """His own evening shift: an attempt in the morning would be nobody's."""
    people = staff(manager=away("2026-11-03 00:00", "2026-11-12 00:00"), other=Terms("evening"))
    desk = desk_of(people)
    desk.does("2026-11-03 12:00", Covered(task_of(desk).id, OTHER, "Иван болеет"))
    desk.says("2026-11-03 17:00", ("reached", "no"), by=OTHER)
    desk.case = replace(desk.case, task=replace(task_of(desk), holder=OTHER, cover=True))
    desk.says("2026-11-03 17:41", ("reached", "no"), by=OTHER)
    assert due(desk) == "Thu 05 13:00"


def test_a_task_that_was_done_meanwhile_is_given_to_nobody():
    desk = with_promise(COMPANY)
    with pytest.raises(ActionNotAllowed):  # somebody else has given it out in the same moment
        desk.does("2026-11-05 09:00", Covered(task_of(desk).id, OTHER + 5, "…", seen=OTHER + 7))
    for event in (Covered("1-99", OTHER, "…"), CameBack(task_of(desk).id, "…"), HoursChanged()):
        assert desk.does("2026-11-05 09:30", event).effects == ()


@pytest.mark.parametrize("shift", ["two", "two_by_calendar", "evening", None])
def test_nobody_is_pushed_outside_his_own_hours(shift: str | None):
    """Whatever he answers, at whatever minute: but for promises the card comes while he works."""
    people = staff(manager=Terms(shift), other=Terms("evening"))
    hours = people.hours(PLAYBOOK, MANAGER)
    for minute in range(0, 7 * 24 * 60, 211):
        now = moscow("2026-11-02 00:00") + timedelta(minutes=minute)
        at = f"{now.astimezone(MOSCOW):%Y-%m-%d %H:%M}"
        desk = desk_of(people, at)
        assert hours.is_open(task_of(desk).push_at), at
        for _ in range(3):
            desk.says(at, ("reached", "no"))
            assert hours.is_open(task_of(desk).push_at), (at, desk.case.task)
