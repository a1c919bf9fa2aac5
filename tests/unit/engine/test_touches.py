"""The moments of a meeting, answers that keep it open, the activity, and who has time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.engine.agenda import Agenda, Meeting
from bot.engine.calendars import calendar_of, client_window
from bot.engine.case import Case, Client, Task
from bot.engine.effects import (
    AddTask,
    CloseCard,
    CompleteTask,
    EndMeeting,
    MoveMeeting,
    MoveTask,
    PlanMeeting,
    RenewTask,
    Tell,
    Update,
)
from bot.engine.events import Arrived, Corrected, DeadlineMoved, HandedOver, StageMoved, TaskClosed, Undone
from bot.engine.questionnaire import first_question
from bot.engine.timers import wanted
from bot.engine.touches import coming, questionnaire_now
from bot.errors import ActionNotAllowed
from bot.playbooks.load import builtin
from tests.builders import MANAGER, OTHER, Desk, effects_of, lead, moscow

PLAYBOOK = builtin("bankruptcy").playbook
LAWYER = 6


def deal(**changes: object) -> Case:
    values = {"entity": "deal", "pipeline": "deals", "stage": "meeting_follow_up", "crm_id": 5, "source": "WEB"}
    return lead(**{**values, **changes})


def booked(at: str, now: str = "2026-11-02 11:00", second: int | None = None) -> Desk:
    """A deal whose meeting was agreed by the questionnaire of its call."""
    desk = Desk(deal(), PLAYBOOK)
    desk.does(now, Arrived())
    when = {"at": moscow(at).isoformat(), "how": "promised"} | ({"with": second} if second else {})
    answers: list[tuple[str, object]] = [
        ("deal_result", "booked"),
        ("meeting_kind", "lawyer_video" if second else "office"),
        ("meeting_when", when),
    ]
    if (moscow(at) - moscow(now)).days >= 7:
        answers.append(("far_reason", "shift"))
    desk.says(now, *answers)
    return desk


def task_of(desk: Desk) -> Task:
    assert desk.case.task is not None
    return desk.case.task


def moments(desk: Desk) -> list[tuple[str, str]]:
    return [
        (one.name, f"{one.at.astimezone(calendar_of(PLAYBOOK).zone):%d %H:%M}")
        for one in coming(PLAYBOOK, desk.case, task_of(desk))
    ]


def overdue(desk: Desk) -> datetime:
    return next(timer.at for timer in wanted(PLAYBOOK, desk.case) if timer.kind == "overdue")


def test_a_far_meeting_is_warmed_up_confirmed_and_reminded_of():
    assert moments(booked("2026-11-13 12:00", "2026-11-05 11:00")) == [
        ("warm_up", "09 09:00"),
        ("warm_up", "11 09:00"),
        ("confirm", "12 18:00"),
        ("remind", "13 10:00"),
        ("came", "13 12:15"),
        ("result", "13 13:00"),
    ]


@pytest.mark.parametrize(
    ("at", "now", "before"),
    [
        ("2026-11-02 15:00", "2026-11-02 11:00", [("remind", "02 13:00")]),
        ("2026-11-02 12:00", "2026-11-02 11:00", []),  # two hours before is over
        (
            "2026-11-09 10:00",
            "2026-11-06 11:00",
            [("confirm", "06 18:00"), ("remind", "09 09:00")],
        ),  # a weekend between
        ("2026-11-03 12:00", "2026-11-02 17:45", [("remind", "03 10:00")]),  # the evening is now
        ("2026-11-07 12:00", "2026-11-05 11:00", [("confirm", "06 18:00"), ("remind", "07 10:00")]),  # on a Saturday
    ],
)
def test_what_does_not_fit_is_left_out(at, now, before):
    assert [one for one in moments(booked(at, now)) if one[0] not in ("came", "result")] == before


def test_a_client_far_in_the_east_is_not_woken():
    """In Vladivostok the evening before is night; the last hour of his window and ours is at 13:30 in Moscow."""
    desk = Desk(replace(deal(), client=Client("Пётр Проверкин", ("+74232223344",), zone="Asia/Vladivostok")), PLAYBOOK)
    desk.does("2026-11-02 10:00", Arrived())
    when = {"at": moscow("2026-11-05 12:00").isoformat(), "how": "promised"}
    desk.says("2026-11-02 10:00", ("deal_result", "booked"), ("meeting_kind", "video"), ("meeting_when", when))
    assert moments(desk)[-4:-2] == [("confirm", "03 13:30"), ("remind", "05 10:00")]


MINUTES = st.integers(min_value=0, max_value=60 * 24 * 20)


@settings(max_examples=120, deadline=None)
@given(ahead=MINUTES, now=MINUTES, zone=st.sampled_from([None, "Asia/Vladivostok", "Europe/Kaliningrad"]))
def test_nothing_comes_outside_the_windows_nor_after_the_end(ahead, now, zone):
    """Before the meeting inside hours and window (for one on a day off, inside the window); after it, until its end."""
    start = moscow("2026-11-02 09:00") + timedelta(minutes=now)
    due = start + timedelta(minutes=ahead)
    case = deal(client=Client("Пётр Проверкин", ("+74952223344",), zone=zone))
    task = Task("12-1", "meeting", start, due, due)
    calendar, window = calendar_of(PLAYBOOK), client_window(PLAYBOOK, case)
    found = coming(PLAYBOOK, case, task)
    for one in found:
        if one.at >= due:
            assert due <= one.at <= due + timedelta(minutes=60)
        else:
            assert one.at > start
            assert window.contains(one.at)
            assert calendar.is_open(one.at) or not calendar.is_open(due)
    assert [one.at for one in found] == sorted(one.at for one in found)
    ours = [one for one in found if one.name == "warm_up"]
    assert all(due - one.at >= timedelta(hours=48) for one in ours)
    assert len(ours) <= 4


def test_the_card_asks_what_the_moment_calls_for():
    desk = booked("2026-11-03 12:00")
    asked = {
        at: questionnaire_now(PLAYBOOK, desk.case, moscow(at))
        for at in ("2026-11-03 11:59", "2026-11-03 12:15", "2026-11-03 13:00")
    }
    assert list(asked.values()) == ["meeting_touch", "meeting_came", "meeting_result"]
    first = first_question(PLAYBOOK, desk.case, moscow("2026-11-03 12:15"))
    assert first is not None
    assert [option.label for option in first.options.values()] == ["Пришёл", "Опаздывает", "Не пришёл"]


def test_confirming_keeps_the_task_and_says_so_in_the_timeline():
    desk = booked("2026-11-03 12:00")
    before = task_of(desk)
    decision = desk.says("2026-11-02 18:05", ("meeting_touch", "confirmed"))
    task = task_of(desk)
    assert (task.id, task.due_at, task.said, task.said_at) == (
        before.id,
        before.due_at,
        "Подтвердил",
        moscow("2026-11-02 18:05"),
    )
    assert not [one for kind in (AddTask, CompleteTask, Update) for one in effects_of(decision, kind)]
    assert decision.outcomes == ("meeting_confirmed",)
    assert desk.case.stage == "meeting_scheduled"


def test_late_comes_again_and_everything_is_twenty_minutes_later():
    desk = booked("2026-11-03 12:00")
    desk.says("2026-11-03 12:16", ("meeting_came", "late"))
    assert moments(desk) == [("came", "03 12:36"), ("result", "03 13:20")]
    assert overdue(desk) == moscow("2026-11-03 12:51")
    desk.says("2026-11-03 12:30", ("meeting_came", "came"))
    assert moments(desk) == [("result", "03 13:20")]
    assert questionnaire_now(PLAYBOOK, desk.case, moscow("2026-11-03 12:31")) == "meeting_result"
    desk.says("2026-11-03 13:25", ("meeting_result", "goes_on"))
    assert moments(desk) == [("result", "03 13:55")]


def test_overdue_counts_from_the_unanswered_question_not_from_the_start():
    desk = booked("2026-11-03 12:00")
    assert overdue(desk) == moscow("2026-11-03 12:30")
    desk.says("2026-11-03 12:20", ("meeting_came", "came"))
    assert overdue(desk) == moscow("2026-11-03 13:15")


def test_an_answer_that_kept_the_task_can_be_taken_back():
    desk = booked("2026-11-03 12:00")
    before = desk.case
    desk.says("2026-11-03 12:20", ("meeting_came", "came"))
    decision = desk.does("2026-11-03 12:21", Undone(MANAGER))
    assert task_of(desk) == before.task
    assert not effects_of(decision, CompleteTask)
    assert not effects_of(decision, RenewTask)
    with pytest.raises(ActionNotAllowed):
        desk.does("2026-11-03 12:22", Undone(MANAGER))


def test_a_meetings_result_is_asked_anew_at_the_meetings_own_time():
    """The questionnaire is the one that was answered; nobody is alerted before it is late again."""
    desk = booked("2026-11-03 12:00")
    desk.says("2026-11-03 12:20", ("meeting_came", "came"))
    then = desk.says(
        "2026-11-03 13:10",
        ("meeting_result", "thinks"),
        ("hinders", "expensive"),
        ("when", {"at": moscow("2026-11-05 12:00").isoformat(), "how": "promised"}),
    )
    assert desk.case.stage == "contract_follow_up"
    met = then.told.task if then.told is not None else ""
    desk.does("2026-11-04 10:00", Corrected(9, met, MANAGER), "supervisor")
    task = task_of(desk)
    assert (desk.case.stage, task.due_at) == ("meeting_scheduled", moscow("2026-11-03 12:00"))
    assert questionnaire_now(PLAYBOOK, desk.case, moscow("2026-11-04 10:31")) == "meeting_result"
    late = overdue(desk)
    assert late is not None
    assert late > moscow("2026-11-04 10:30")


def test_the_answer_that_kept_a_meeting_is_asked_anew_on_the_same_task():
    desk = booked("2026-11-03 12:00")
    met = task_of(desk).id
    desk.says("2026-11-03 12:20", ("meeting_came", "came"))
    decision = desk.does("2026-11-03 12:30", Corrected(9, met, MANAGER), "supervisor")
    assert (task_of(desk).id, effects_of(decision, CompleteTask)) == (met, [])
    assert questionnaire_now(PLAYBOOK, desk.case, moscow("2026-11-03 12:31")) == "meeting_came"
    assert effects_of(decision, MoveTask) == []


def test_what_the_supervisor_tells_himself_of_an_open_meeting_is_his_in_the_portal_too():
    desk = booked("2026-11-03 12:00")
    met = task_of(desk).id
    desk.says("2026-11-03 12:20", ("meeting_came", "came"))
    decision = desk.does("2026-11-03 12:30", Corrected(9, met, 9), "supervisor")
    assert task_of(desk).holder == 9
    assert effects_of(decision, MoveTask) == [MoveTask(met, responsible=9)]
    assert [one.task for one in effects_of(decision, CloseCard)] == [met]


def test_closed_in_the_crm_and_then_kept_it_is_opened_again():
    desk = booked("2026-11-03 12:00")
    desk.does("2026-11-03 12:10", TaskClosed(task_of(desk).id, moscow("2026-11-03 12:09")))
    decision = desk.says("2026-11-03 12:20", ("meeting_came", "came"))
    assert effects_of(decision, RenewTask) == [RenewTask(task_of(desk).id)]
    assert task_of(desk).closed_at is None
    assert ("result", "03 13:00") in moments(desk)


def test_the_activity_follows_the_meeting():
    desk = Desk(deal(), PLAYBOOK)
    desk.does("2026-11-02 11:00", Arrived())
    when = {"at": moscow("2026-11-03 12:00").isoformat(), "how": "promised"}
    made = desk.says("2026-11-02 11:00", ("deal_result", "booked"), ("meeting_kind", "office"), ("meeting_when", when))
    key = task_of(desk).activity
    assert key == task_of(desk).id
    assert effects_of(made, PlanMeeting) == [
        PlanMeeting(key, moscow("2026-11-03 12:00"), "Встреча: Пётр Проверкин", "12:00–13:00, Офис")
    ]
    later = {"at": moscow("2026-11-05 15:00").isoformat(), "how": "promised"}
    moved = desk.says("2026-11-02 18:00", ("meeting_touch", "move"), ("meeting_when", later))
    assert [one.activity for one in effects_of(moved, MoveMeeting)] == [key]
    assert not effects_of(moved, PlanMeeting)
    handed = desk.does("2026-11-02 18:10", HandedOver(OTHER, MANAGER))
    assert [one.activity for one in effects_of(handed, MoveMeeting)] == [key]
    shifted = desk.does("2026-11-02 18:20", DeadlineMoved(task_of(desk).id, moscow("2026-11-05 16:00")))
    assert [one.at for one in effects_of(shifted, MoveMeeting)] == [moscow("2026-11-05 16:00")]
    ended = desk.does("2026-11-02 18:30", StageMoved("meeting_follow_up"))
    assert effects_of(ended, EndMeeting) == [EndMeeting(str(key))]


def test_another_meeting_after_the_result_is_another_activity():
    desk = booked("2026-11-03 12:00")
    first = task_of(desk).activity
    when = {"at": moscow("2026-11-06 12:00").isoformat(), "how": "promised"}
    decision = desk.says("2026-11-03 13:00", ("meeting_result", "again"), ("meeting_when", when))
    assert desk.case.stage == "contract_follow_up"
    assert effects_of(decision, EndMeeting) == [EndMeeting(str(first))]
    assert [one.activity for one in effects_of(decision, PlanMeeting)] == [task_of(desk).id]


def test_the_second_participant_hears_of_everything():
    desk = booked("2026-11-03 12:00", second=LAWYER)
    assert task_of(desk).second == LAWYER
    when = {"at": moscow("2026-11-05 15:00").isoformat(), "how": "promised", "with": LAWYER}
    moved = desk.says("2026-11-02 18:00", ("meeting_touch", "move"), ("meeting_when", when))
    off = desk.says(
        "2026-11-02 18:05",
        ("meeting_touch", "cancel"),
        ("after_refusal", "later"),
        ("hinders", "no_time"),
        ("when", {"at": moscow("2026-11-05 10:00").isoformat(), "how": "promised"}),
    )
    assert [(one.user, one.text) for one in (*effects_of(moved, Tell), *effects_of(off, Tell))] == [
        (LAWYER, "🤝 Встреча перенесена: Пётр П., чт 5 ноября, 15:00, Видео с юристом"),
        (LAWYER, "Встреча без вас или отменена: Пётр П., чт 05.11 15:00"),
    ]


def test_moved_there_by_hand_with_a_time_in_the_field_it_stands_at_that_time():
    desk = Desk(deal(facts={"meeting_at": moscow("2026-11-06 14:00").isoformat()}), PLAYBOOK)
    desk.does("2026-11-02 11:00", Arrived())
    decision = desk.does("2026-11-02 11:05", StageMoved("meeting_scheduled"))
    assert task_of(desk).due_at == moscow("2026-11-06 14:00")
    assert len(effects_of(decision, PlanMeeting)) == 1


def busy(start: str, end: str, *people: int) -> Meeting:
    return Meeting(moscow(f"2026-11-03 {start}"), moscow(f"2026-11-03 {end}"), "Анна К.", frozenset(people))


AGENDA = Agenda(
    MANAGER,
    (LAWYER, 9),
    timedelta(minutes=60),
    (busy("10:00", "11:00", MANAGER), busy("12:00", "13:00", LAWYER, OTHER), busy("15:00", "16:00", LAWYER, 9)),
    "lawyer",
)


@pytest.mark.parametrize(
    ("at", "free"),
    [("09:00", True), ("09:30", False), ("10:59", False), ("11:00", True), ("12:00", True), ("15:30", False)],
)
def test_a_time_is_free_when_the_owner_and_one_of_the_others_are(at, free):
    assert (AGENDA.conflict(moscow(f"2026-11-03 {at}")) is None) is free


def test_the_free_one_with_the_fewest_meetings_that_day_takes_part():
    calendar = calendar_of(PLAYBOOK)
    assert AGENDA.second_at(moscow("2026-11-03 12:00"), calendar) == 9  # the other one is busy
    assert AGENDA.second_at(moscow("2026-11-03 17:00"), calendar) == 9  # one meeting against two
    assert AGENDA.second_at(moscow("2026-11-05 17:00"), calendar) == LAWYER
    assert replace(AGENDA, former=LAWYER).second_at(moscow("2026-11-03 17:00"), calendar) == LAWYER
    assert AGENDA.second_at(moscow("2026-11-03 15:00"), calendar) == 9  # agreed all the same


def test_the_nearest_free_times_are_in_hours_and_in_order():
    case, now = deal(), moscow("2026-11-02 18:00")
    found = AGENDA.nearest_free(moscow("2026-11-03 10:00"), now, calendar_of(PLAYBOOK), client_window(PLAYBOOK, case))
    assert found == (moscow("2026-11-03 09:00"), moscow("2026-11-03 11:00"), moscow("2026-11-03 11:30"))
