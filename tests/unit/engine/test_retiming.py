"""A planned attempt follows the client's clock and the calls to his number; a promise follows nothing."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime

import pytest

from bot.engine.case import Client, Task
from bot.engine.effects import Comment, MoveTask, Redraw
from bot.engine.events import (
    Arrived,
    CallStarted,
    Cancelled,
    DeadlineMoved,
    NumberCalled,
    PushSpread,
    PutOff,
    SteppedBack,
    ZoneSet,
)
from bot.errors import ActionNotAllowed
from bot.playbooks.load import load
from bot.playbooks.model import Playbook
from tests.builders import MANAGER, Desk, answer, effects_of, lead, moscow, playbook_text, promised

NO = ("reached", "no")


def desk_after(*misses: str, playbook: Playbook | None = None, client: Client | None = None) -> Desk:
    """A lead of a Moscow company that was not reached at these times; nobody knows where its client is."""
    arrived = moscow(misses[0])
    known = client or Client("Пётр Проверкин", phones=("+79991234567",))
    desk = Desk(lead(arrived_at=arrived, entered_at=arrived, client=known), playbook)
    desk.does(misses[0], Arrived())
    for miss in misses:
        desk.says(miss, NO)
    return desk


def capped(calls: int) -> Playbook:
    text = {**playbook_text(), "calls_per_number": calls}
    return load(json.dumps(text, ensure_ascii=False)).playbook


def open_task(desk: Desk) -> Task:
    assert desk.case.task is not None
    return desk.case.task


def due(desk: Desk) -> datetime:
    return open_task(desk).due_at


@pytest.mark.parametrize(
    ("zone", "at"),
    [
        ("Asia/Vladivostok", "2026-11-03 13:00"),  # 20:00 there; at 15:00 he would sleep
        ("Asia/Kamchatka", "2026-11-03 11:15"),  # 20:15 there
        ("Asia/Yekaterinburg", "2026-11-03 09:30"),  # both misses were in his afternoon: the morning is untried
    ],
)
def test_a_corrected_zone_moves_the_planned_attempt_at_once(zone: str, at: str) -> None:
    desk = desk_after("2026-11-02 10:00", "2026-11-02 10:41")
    assert due(desk) == moscow("2026-11-03 15:00")
    decision = desk.does("2026-11-02 10:45", ZoneSet(MANAGER, zone))
    assert due(desk) == open_task(desk).push_at == moscow(at)
    assert [effect.due_at for effect in effects_of(decision, MoveTask)] == [moscow(at)]
    assert len(effects_of(decision, Redraw)) == 1
    assert decision.why.startswith(f"Пояс клиента: {zone}. 3-я попытка из 6: ")
    assert decision.why.endswith(f"→ вт 03.11 {at[-5:]}")
    assert open_task(desk).attempt == 3
    assert desk.case.client.zone_by_hand


def test_the_zone_can_be_corrected_again() -> None:
    desk = desk_after("2026-11-02 10:00", "2026-11-02 10:41")
    desk.does("2026-11-02 10:45", ZoneSet(MANAGER, "Asia/Vladivostok"))
    desk.does("2026-11-02 10:46", ZoneSet(MANAGER, "Europe/Moscow"))
    assert due(desk) == moscow("2026-11-03 15:00")
    again = desk.does("2026-11-02 10:47", ZoneSet(MANAGER, "Europe/Moscow"))
    assert effects_of(again, MoveTask) == []


def test_the_quick_second_attempt_waits_for_the_clients_morning() -> None:
    desk = desk_after("2026-11-02 13:40")
    assert due(desk) == moscow("2026-11-02 14:20")
    desk.does("2026-11-02 13:41", ZoneSet(MANAGER, "Asia/Vladivostok"))
    assert due(desk) == moscow("2026-11-03 09:30")


def test_what_was_promised_keeps_its_instant() -> None:
    desk = desk_after("2026-11-02 10:00")
    desk.says("2026-11-02 10:41", ("reached", "later"), ("when", promised("2026-11-03 17:00")))
    decision = desk.does("2026-11-02 10:45", ZoneSet(MANAGER, "Asia/Vladivostok"))
    assert due(desk) == open_task(desk).push_at == moscow("2026-11-03 17:00")
    assert effects_of(decision, MoveTask) == []


def test_a_card_that_has_come_moves_only_when_the_client_sleeps() -> None:
    awake = desk_after("2026-11-02 10:00", "2026-11-02 10:41")
    awake.does("2026-11-03 15:05", ZoneSet(MANAGER, "Europe/Samara"))
    assert due(awake) == moscow("2026-11-03 15:00")
    asleep = desk_after("2026-11-02 10:00", "2026-11-02 10:41")
    asleep.does("2026-11-03 15:05", ZoneSet(MANAGER, "Asia/Vladivostok"))
    assert due(asleep) == open_task(asleep).push_at == moscow("2026-11-05 13:00")


def test_an_attempt_under_way_stays() -> None:
    dialled = desk_after("2026-11-02 10:00", "2026-11-02 10:41")
    dialled.does("2026-11-03 15:01", CallStarted(MANAGER))
    dialled.does("2026-11-03 15:02", ZoneSet(MANAGER, "Asia/Vladivostok"))
    assert due(dialled) == moscow("2026-11-03 15:00")
    answered = desk_after("2026-11-02 10:00", "2026-11-02 10:41")
    answered.does("2026-11-03 15:01", answer("reached", "later"))
    answered.does("2026-11-03 15:02", ZoneSet(MANAGER, "Asia/Vladivostok"))
    assert due(answered) == moscow("2026-11-03 15:00")


@pytest.mark.parametrize("given_up", [Cancelled(MANAGER), SteppedBack(MANAGER)])
@pytest.mark.parametrize(
    ("zone", "at"),
    [("Asia/Vladivostok", "2026-11-05 13:00"), ("Europe/Samara", "2026-11-03 15:00"), (None, "2026-11-03 15:00")],
)
def test_a_zone_corrected_among_answers_counts_when_they_are_given_up(
    given_up: Cancelled | SteppedBack, zone: str | None, at: str
) -> None:
    """As if it had been corrected on the card: [Отмена] leaves no attempt where the client sleeps."""
    desk = desk_after("2026-11-02 10:00", "2026-11-02 10:41")
    desk.does("2026-11-03 15:01", answer("reached", "later"))
    if zone is not None:
        desk.does("2026-11-03 15:02", ZoneSet(MANAGER, zone))
    assert due(desk) == moscow("2026-11-03 15:00")
    decision = desk.does("2026-11-03 15:03", given_up)
    assert due(desk) == moscow(at)
    moved = [moscow(at)] if at != "2026-11-03 15:00" else []
    assert [effect.due_at for effect in effects_of(decision, MoveTask)] == moved


def test_a_deadline_set_by_a_person_stays() -> None:
    desk = desk_after("2026-11-02 10:00", "2026-11-02 10:41")
    desk.does("2026-11-02 11:00", DeadlineMoved(open_task(desk).id, moscow("2026-11-03 16:00")))
    desk.does("2026-11-02 11:01", ZoneSet(MANAGER, "Asia/Vladivostok"))
    assert due(desk) == moscow("2026-11-03 16:00")


def test_a_first_card_does_not_wake_the_client() -> None:
    """Not an attempt: its due time stays, but the card that is still to come waits for his morning."""
    desk = Desk(lead(client=Client("Пётр", phones=("+79991234567",))))
    task = Task("12-1", "process", moscow("2026-11-02 08:00"), moscow("2026-11-02 09:15"), moscow("2026-11-02 09:00"))
    desk.case = lead(client=desk.case.client, task=task)
    decision = desk.does("2026-11-02 08:00", ZoneSet(MANAGER, "Europe/Kaliningrad"))
    assert (due(desk), open_task(desk).push_at) == (moscow("2026-11-02 09:15"), moscow("2026-11-02 10:00"))
    assert effects_of(decision, MoveTask) == []


def test_another_number_tells_another_zone_unless_a_person_has_set_it() -> None:
    desk = desk_after("2026-11-02 10:00", client=Client("Пётр", phones=("+74232201234",), zone="Asia/Vladivostok"))
    decision = desk.does("2026-11-02 10:01", ZoneSet(None, "Europe/Kaliningrad"))
    assert not desk.case.client.zone_by_hand
    assert decision.why.startswith("Пояс клиента: Europe/Kaliningrad")


class TestForeignClocks:
    """Europe moved its clocks back on 25 October 2026 and moves them on on 28 March 2027; Russia never does."""

    @pytest.mark.parametrize(
        ("first", "second", "company", "berlin"),
        [
            # Before the change nine o'clock in Berlin is ten in Moscow, after it eleven, and so till the spring.
            ("2026-10-22 15:00", "2026-10-22 15:41", "2026-10-23 09:30", "2026-10-23 10:30"),
            ("2026-10-23 15:00", "2026-10-23 15:41", "2026-10-26 09:30", "2026-10-26 11:15"),
            ("2027-03-25 15:00", "2027-03-25 15:41", "2027-03-26 09:30", "2027-03-26 11:15"),
            ("2027-03-26 15:00", "2027-03-26 15:41", "2027-03-29 09:30", "2027-03-29 10:30"),
        ],
    )
    def test_the_attempt_lands_in_berlins_day(self, first: str, second: str, company: str, berlin: str) -> None:
        text = playbook_text()
        text["cadences"]["calls"]["slots"] = ["09:30", "10:30", "11:15", "13:00", "15:00", "17:30"]
        desk = desk_after(first, second, playbook=load(json.dumps(text, ensure_ascii=False)).playbook)
        assert due(desk) == moscow(company)
        desk.does(second, ZoneSet(MANAGER, "Europe/Berlin"))
        assert due(desk) == moscow(berlin)


class TestCallsPerNumber:
    def test_the_day_of_a_number_is_full_after_so_many_misses(self) -> None:
        """Two misses elsewhere and the first one here are three: the second attempt is not made today."""
        desk = desk_after("2026-11-02 09:00", playbook=capped(3))
        elsewhere = [moscow("2026-11-02 09:20"), moscow("2026-11-02 09:30")]
        assert due(desk) == moscow("2026-11-02 09:40")
        decision = desk.does("2026-11-02 09:31", NumberCalled(), elsewhere=elsewhere)
        assert due(desk) == moscow("2026-11-03 15:00")
        assert effects_of(decision, MoveTask) == [MoveTask(open_task(desk).id, due_at=moscow("2026-11-03 15:00"))]
        assert "раньше на этот номер звонили достаточно" in decision.why

    def test_a_miss_plans_round_what_others_have_called(self) -> None:
        desk = Desk(lead(arrived_at=moscow("2026-11-02 09:50")), capped(3))
        elsewhere = [moscow("2026-11-02 09:20"), moscow("2026-11-02 09:55")]
        desk.does("2026-11-02 09:50", Arrived())
        desk.does("2026-11-02 10:00", answer(*NO), elsewhere=elsewhere)
        assert due(desk) == moscow("2026-11-03 15:00")

    def test_room_is_left_as_it_was(self) -> None:
        desk = desk_after("2026-11-02 10:00", playbook=capped(3))
        decision = desk.does("2026-11-02 10:05", NumberCalled(), elsewhere=[moscow("2026-11-02 10:04")])
        assert (due(desk), decision.effects) == (moscow("2026-11-02 10:40"), ())

    def test_without_a_cap_nothing_moves(self) -> None:
        desk = desk_after("2026-11-02 10:00")
        many = [moscow(f"2026-11-02 10:{minute:02d}") for minute in range(10)]
        assert desk.does("2026-11-02 10:12", NumberCalled(), elsewhere=many).effects == ()
        assert due(desk) == moscow("2026-11-02 10:40")

    def test_yesterdays_calls_do_not_count(self) -> None:
        desk = desk_after("2026-11-02 10:00", playbook=capped(3))
        yesterday = [moscow(f"2026-11-01 10:{minute:02d}") for minute in range(5)]
        assert desk.does("2026-11-02 10:12", NumberCalled(), elsewhere=yesterday).effects == ()


class TestSpread:
    def test_only_the_card_comes_later(self) -> None:
        desk = desk_after("2026-11-02 10:00", "2026-11-02 10:41")
        before = open_task(desk)
        decision = desk.does("2026-11-03 15:00", PushSpread(before.id, moscow("2026-11-03 15:04")))
        after = open_task(desk)
        assert (after.due_at, after.push_at) == (before.due_at, moscow("2026-11-03 15:04"))
        assert decision.effects == ()

    @pytest.mark.parametrize(("task", "at"), [("12-1", "2026-11-03 15:04"), (None, "2026-11-03 18:30")])
    def test_an_old_one_or_one_after_closing_changes_nothing(self, task: str | None, at: str) -> None:
        desk = desk_after("2026-11-02 10:00", "2026-11-02 10:41")
        before = open_task(desk)
        desk.does("2026-11-03 15:00", PushSpread(task or before.id, moscow(at)))
        assert open_task(desk) == before


def to_thursday(task: Task) -> PutOff:
    """As somebody wants it who sees the task so."""
    return PutOff(task.id, MANAGER, task.due_at, moscow("2026-11-05 09:00"))


class TestPutOff:
    """The supervisor's word that a day is full."""

    def test_an_attempt_goes_to_the_day_that_was_named_by_its_cadences_own_rule(self) -> None:
        desk = desk_after("2026-11-02 10:00", "2026-11-02 10:41")  # the third is due on Tuesday at 15:00
        decision = desk.does("2026-11-03 09:00", to_thursday(open_task(desk)))
        assert due(desk) == open_task(desk).push_at == moscow("2026-11-05 15:00")  # Wednesday is a holiday
        assert [effect.due_at for effect in effects_of(decision, MoveTask)] == [moscow("2026-11-05 15:00")]
        (comment,) = effects_of(decision, Comment)
        assert comment.text == "День переполнен, руководитель сдвинул попытку: чт 05.11 15:00"
        assert open_task(desk).placed

    def test_a_card_that_has_come_goes_too_unless_somebody_is_at_it(self) -> None:
        for touched in (False, True):
            desk = desk_after("2026-11-02 10:00", "2026-11-02 10:41")
            if touched:
                desk.does("2026-11-03 15:01", CallStarted(MANAGER))
            before = open_task(desk)
            with pytest.raises(ActionNotAllowed) if touched else nullcontext():
                desk.does("2026-11-03 15:02", to_thursday(before))
            assert (open_task(desk) == before) is touched

    def test_promises_new_leads_and_tasks_that_are_no_more_stay(self) -> None:
        new = Desk(lead())
        new.does("2026-11-02 10:00", Arrived())
        promise = desk_after("2026-11-02 10:00")
        promise.says("2026-11-02 10:40", ("reached", "later"), ("when", promised("2026-11-03 12:00")))
        old = desk_after("2026-11-02 10:00", "2026-11-02 10:41")
        for desk, task in ((new, None), (promise, None), (old, "12-1")):
            before = open_task(desk)
            with pytest.raises(ActionNotAllowed):
                desk.does("2026-11-03 09:00", to_thursday(replace(before, id=task or before.id)))
            assert open_task(desk) == before

    def test_who_has_seen_it_at_another_time_does_not_move_it_again(self) -> None:
        desk = desk_after("2026-11-02 10:00", "2026-11-02 10:41")
        seen = open_task(desk)
        desk.does("2026-11-03 09:00", to_thursday(seen))
        with pytest.raises(ActionNotAllowed):
            desk.does("2026-11-03 09:00", PutOff(seen.id, MANAGER, seen.due_at, moscow("2026-11-06 09:00")))
        assert due(desk) == moscow("2026-11-05 15:00")
