"""Events without a questionnaire: arrival, work done in the CRM, hand-over, calls."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.engine.case import Task
from bot.engine.effects import (
    AddTask,
    CloseCard,
    Comment,
    CompleteTask,
    MoveTask,
    Redraw,
    SetOwner,
    Update,
)
from bot.engine.events import (
    Arrived,
    CallStarted,
    DeadlineMoved,
    DraftDropped,
    Entered,
    Gone,
    HandedOver,
    Rescheduled,
    StageMoved,
    TaskClosed,
    ZoneSet,
)
from bot.errors import ActionNotAllowed
from bot.playbooks.model import Playbook
from tests.builders import (
    MANAGER,
    OTHER,
    Desk,
    desk_with_lead,
    effects_of,
    lead,
    moscow,
    playbook_text,
    promised,
    task_of,
)


def task(**changes) -> Task:
    now = moscow("2026-11-02 10:00")
    values = {"id": "12-5", "kind": "call_back", "set_at": now, "due_at": now, "push_at": now}
    return Task(**{**values, **changes})


# Arrival --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arrived", "now", "due", "push"),
    [
        ("2026-11-02 16:50", "2026-11-02 16:50", "2026-11-02 17:05", "2026-11-02 16:50"),
        ("2026-11-02 16:50", "2026-11-02 16:53", "2026-11-02 17:05", "2026-11-02 16:53"),
        ("2026-11-02 16:50", "2026-11-02 18:00", "2026-11-02 18:00", "2026-11-02 18:00"),
        ("2026-11-02 18:50", "2026-11-02 18:50", "2026-11-03 09:05", "2026-11-02 18:50"),
        ("2026-11-02 23:40", "2026-11-02 23:40", "2026-11-03 09:15", "2026-11-03 09:00"),
        ("2026-11-06 23:40", "2026-11-06 23:40", "2026-11-09 09:15", "2026-11-09 09:00"),
    ],
)
def test_the_first_touch_is_due_in_working_minutes(arrived, now, due, push):
    desk = Desk(lead(arrived_at=moscow(arrived)))
    decision = desk.arrives(now)
    assert task_of(desk).due_at == moscow(due)
    assert task_of(desk).push_at == moscow(push)
    added = effects_of(decision, AddTask)
    assert [effect.title for effect in added] == ["Обработать лид: Пётр Проверкин"]
    assert decision.effects == tuple(added)


def test_a_source_has_its_own_due_time():
    desk = desk_with_lead(source="cold")
    assert task_of(desk).due_at == moscow("2026-11-03 18:00")  # the day before a holiday is an hour shorter
    assert task_of(desk).push_at == moscow("2026-11-02 16:50")


def test_work_by_the_end_of_a_day_is_shown_on_its_morning():
    desk = Desk(lead(stage="agreed"))
    desk.arrives()
    assert task_of(desk).due_at == moscow("2026-11-03 18:00")
    assert task_of(desk).push_at == moscow("2026-11-03 09:00")


def test_a_case_in_a_final_stage_is_closed():
    desk = Desk(lead(stage="junk"))
    decision = desk.arrives()
    assert desk.case.closed
    assert decision.effects == ()


def test_arriving_twice_changes_nothing():
    desk = desk_with_lead()
    before = desk.case
    assert desk.arrives("2026-11-02 17:00").effects == ()
    assert desk.case is before


def test_an_own_open_task_is_kept_as_it_is():
    desk = Desk(lead(stage="agreed"))
    decision = desk.does("2026-11-02 16:50", Arrived(task(), adopted=True))
    assert decision.effects == ()
    assert desk.case.task == task(adopted=True)
    desk.says("2026-11-02 17:00", ("reached", "no"))
    assert task_of(desk).id == "12-6"


def test_a_found_task_of_an_unknown_kind_becomes_the_stages_own():
    desk = Desk(lead(stage="agreed"))
    desk.does("2026-11-02 16:50", Arrived(task(kind="forgotten", id="12-x")))
    assert (task_of(desk).kind, desk.case.tasks_set) == ("call_back", 0)


def test_the_first_sync_spreads_its_tasks():
    desk = Desk()
    decision = desk.does("2026-11-02 10:00", Arrived(adopted=True, spread_to=moscow("2026-11-03 12:30")))
    assert (task_of(desk).due_at, task_of(desk).push_at) == (moscow("2026-11-03 12:30"), moscow("2026-11-03 12:30"))
    assert task_of(desk).adopted
    assert effects_of(decision, AddTask)[0].task == task_of(desk)


# Work done in the CRM -------------------------------------------------------------------------------------------------


def test_a_stage_moved_by_hand_is_where_the_case_stands():
    desk = desk_with_lead()
    desk.says("2026-11-02 17:00", ("reached", "yes"))
    decision = desk.does("2026-11-02 17:01", StageMoved("agreed"))
    assert (desk.case.stage, desk.case.run, desk.case.entered_at) == ("agreed", None, moscow("2026-11-02 17:01"))
    assert task_of(desk).kind == "call_back"
    assert effects_of(decision, CompleteTask) == [CompleteTask("12-1")]
    assert effects_of(decision, CloseCard) == [CloseCard("12-1", "Стадию сменили в CRM: «Дожим»")]
    assert [effect.task.id for effect in effects_of(decision, AddTask)] == ["12-2"]
    assert effects_of(decision, Comment) == [Comment(decision.why)]
    assert [effect.stage for effect in effects_of(decision, Update)] == [None]
    assert decision.why == (
        "Стадию сменили в CRM: «Новый лид» → «Дожим»; начатая анкета не записана → Перезвонить, вт 03.11 18:00"
    )


def test_moved_into_an_end_everything_stops():
    desk = desk_with_lead()
    decision = desk.does("2026-11-02 17:01", StageMoved("junk"))
    assert (desk.case.closed, desk.case.task) == (True, None)
    assert decision.effects == (
        CompleteTask("12-1"),
        CloseCard("12-1", "Стадию сменили в CRM: «Некачественный»"),
        Comment(decision.why),
    )


def test_moved_out_of_an_end_work_begins_again():
    desk = desk_with_lead()
    desk.does("2026-11-02 17:01", StageMoved("junk"))
    desk.does("2026-11-02 17:05", StageMoved("new"))
    assert (desk.case.closed, task_of(desk).kind, task_of(desk).due_at) == (
        False,
        "process",
        moscow("2026-11-02 17:20"),
    )


def test_a_cadence_goes_on_only_where_its_attempts_belong():
    desk = desk_with_lead()
    desk.says("2026-11-02 16:58", ("reached", "no"))
    desk.says("2026-11-02 17:41", ("reached", "no"))
    running = desk.case
    desk.does("2026-11-02 17:50", StageMoved("agreed"))
    assert (desk.case.cadence, desk.case.misses, desk.case.tried) == (None, (), ("пн 16:58", "пн 17:41"))
    back = Desk(replace(running, stage="new"))
    back.does("2026-11-02 17:50", StageMoved("silent"))
    assert (task_of(back).attempt, task_of(back).due_at) == (3, moscow("2026-11-03 09:30"))


def test_the_same_stage_again_changes_nothing():
    desk = desk_with_lead()
    before = desk.case
    assert desk.does("2026-11-02 17:01", StageMoved("new")).effects == ()
    assert desk.case is before


def test_an_unknown_stage_is_refused():
    with pytest.raises(ActionNotAllowed, match="стадии"):
        desk_with_lead().does("2026-11-02 17:01", StageMoved("elsewhere"))


def test_a_task_closed_in_the_crm_asks_for_its_result():
    desk = desk_with_lead()
    decision = desk.does("2026-11-02 17:12", TaskClosed("12-1", moscow("2026-11-02 17:10")))
    assert decision.effects == (Redraw(),)
    assert task_of(desk).closed_at == moscow("2026-11-02 17:10")
    assert task_of(desk).note == "Закрыта в CRM без анкеты"
    assert task_of(desk).push_at == moscow("2026-11-02 17:12")
    again = desk.does("2026-11-02 17:13", TaskClosed("12-1", moscow("2026-11-02 17:13")))
    assert again.effects == ()


def test_its_miss_counts_when_it_was_closed():
    desk = desk_with_lead()
    desk.does("2026-11-02 17:12", TaskClosed("12-1", moscow("2026-11-02 17:10")))
    decision = desk.says("2026-11-02 18:30", ("reached", "no"))
    assert desk.case.misses[0].at == moscow("2026-11-02 17:10")
    assert desk.case.first_touch_at == moscow("2026-11-02 17:10")
    assert task_of(desk).due_at == moscow("2026-11-02 18:30")
    assert effects_of(decision, Comment)[0].text.startswith("Обработать лид · пн 02.11 17:10\n")


def test_closed_at_night_it_is_asked_in_the_morning():
    desk = desk_with_lead()
    desk.does("2026-11-02 22:12", TaskClosed("12-1", moscow("2026-11-02 22:10")))
    assert task_of(desk).push_at == moscow("2026-11-03 09:00")


def test_news_of_another_task_change_nothing():
    desk = desk_with_lead()
    before = desk.case
    at = moscow("2026-11-02 17:10")
    for event in (TaskClosed("12-9", at), DeadlineMoved("12-9", at), Rescheduled("12-9", at, at, "утро")):
        assert desk.does("2026-11-02 17:12", event).effects == ()
    assert desk.case is before


def test_a_deadline_moved_in_the_crm_is_followed():
    desk = Desk(lead(stage="agreed"))
    desk.arrives()
    due = moscow("2026-11-05 15:00")
    decision = desk.does("2026-11-02 17:12", DeadlineMoved("12-1", due.replace(second=30)))
    assert (task_of(desk).due_at, task_of(desk).push_at) == (due, due)
    assert decision.effects == (Update(None, {"next_at": due.isoformat()}), Redraw())
    assert desk.does("2026-11-02 17:13", DeadlineMoved("12-1", due)).effects == ()


def test_the_shell_may_give_a_task_another_time():
    desk = desk_with_lead()
    due, push = moscow("2026-11-03 09:22"), moscow("2026-11-03 09:15")
    decision = desk.does("2026-11-02 17:12", Rescheduled("12-1", due, push, "2-й из очереди ночи"))
    assert (task_of(desk).due_at, task_of(desk).push_at, task_of(desk).note) == (due, push, "2-й из очереди ночи")
    assert effects_of(decision, MoveTask) == [MoveTask("12-1", due_at=due)]
    assert decision.why == "2-й из очереди ночи"


def test_gone_from_the_crm_everything_stops():
    desk = desk_with_lead()
    decision = desk.does("2026-11-02 17:12", Gone())
    assert (desk.case.closed, desk.case.task) == (True, None)
    assert decision.effects == (CompleteTask("12-1"), CloseCard("12-1", "Удалено в CRM"))
    assert desk.does("2026-11-02 17:13", Gone()).effects == ()


# Hands ----------------------------------------------------------------------------------------------------------------


def test_handed_over_on_the_card():
    desk = desk_with_lead()
    desk.says("2026-11-02 17:00", ("reached", "yes"))
    decision = desk.does("2026-11-02 17:01", HandedOver(OTHER, by=MANAGER))
    assert decision.effects == (SetOwner(OTHER), MoveTask("12-1", responsible=OTHER), CloseCard("12-1", "Передано"))
    assert (desk.case.owner, desk.case.run) == (OTHER, None)
    assert task_of(desk).push_at == moscow("2026-11-02 17:01")
    desk.does("2026-11-02 17:02", DraftDropped(OTHER))
    desk.says("2026-11-02 17:02", ("reached", "no"), by=OTHER)


def test_a_card_that_was_not_shown_keeps_its_time():
    desk = desk_with_lead()
    desk.says("2026-11-02 16:58", ("reached", "no"))
    desk.does("2026-11-02 17:01", HandedOver(OTHER, by=MANAGER))
    assert task_of(desk).push_at == moscow("2026-11-02 17:38")
    assert desk.case.before is None


@pytest.mark.parametrize(
    ("by", "promise", "push"),
    [
        (MANAGER, False, "2026-11-03 09:00"),
        (None, False, "2026-11-03 09:00"),
        (OTHER, False, "2026-11-02 22:00"),  # he takes it himself
        (MANAGER, True, "2026-11-02 22:00"),  # the client was promised this hour
    ],
)
def test_handed_over_at_night_it_wakes_nobody(by, promise, push):
    desk = desk_with_lead()
    desk.case = replace(desk.case, task=replace(task_of(desk), promised=promise))
    desk.does("2026-11-02 22:00", HandedOver(OTHER, by=by))
    assert task_of(desk).push_at == moscow(push)


def test_handed_over_in_the_crm_is_not_written_back():
    desk = desk_with_lead()
    decision = desk.does("2026-11-02 17:01", HandedOver(OTHER))
    assert effects_of(decision, SetOwner) == []
    assert effects_of(decision, MoveTask) == [MoveTask("12-1", responsible=OTHER)]
    assert desk.does("2026-11-02 17:02", HandedOver(OTHER)).effects == ()


def test_a_closed_case_is_not_handed_over_by_hand():
    desk = desk_with_lead()
    desk.does("2026-11-02 17:01", StageMoved("junk"))
    with pytest.raises(ActionNotAllowed, match="закончена"):
        desk.does("2026-11-02 17:02", HandedOver(OTHER, by=MANAGER))
    assert desk.does("2026-11-02 17:02", HandedOver(OTHER)).case.owner == OTHER


def test_a_call_is_the_first_touch():
    desk = desk_with_lead()
    decision = desk.does("2026-11-02 16:55", CallStarted(MANAGER))
    assert decision.effects == (Redraw(),)
    assert task_of(desk).touched_at == desk.case.first_touch_at == moscow("2026-11-02 16:55")
    assert desk.does("2026-11-02 16:57", CallStarted(MANAGER)).effects == ()
    desk.says("2026-11-02 16:58", ("reached", "no"))
    desk.does("2026-11-02 17:38", CallStarted(MANAGER))
    assert desk.case.first_touch_at == moscow("2026-11-02 16:55")
    assert task_of(desk).touched_at == moscow("2026-11-02 17:38")


def test_nobody_is_called_without_a_task():
    with pytest.raises(ActionNotAllowed):
        Desk().does("2026-11-02 16:55", CallStarted(MANAGER))


def test_later_attempts_follow_a_corrected_zone():
    desk = desk_with_lead()
    desk.does("2026-11-02 16:55", ZoneSet(MANAGER, "Asia/Vladivostok"))
    desk.says("2026-11-02 16:58", ("reached", "no"))
    assert task_of(desk).due_at == moscow("2026-11-03 09:30")


def test_a_promise_survives_a_moved_deadline():
    desk = desk_with_lead()
    desk.says("2026-11-02 16:58", ("reached", "later"), ("when", promised("2026-11-02 21:30")))
    desk.does("2026-11-02 17:30", DeadlineMoved(task_of(desk).id, moscow("2026-11-02 22:00")))
    assert task_of(desk).push_at == moscow("2026-11-02 22:00")


def test_an_adopted_case_without_a_task_is_due_from_now_on():
    desk = Desk(lead(arrived_at=moscow("2026-10-01 12:00")))
    desk.does("2026-11-02 10:00", Arrived(adopted=True))
    assert task_of(desk).due_at == moscow("2026-11-02 10:15")


def test_a_case_seen_late_on_a_day_off_is_shown_when_work_begins():
    desk = Desk(lead(arrived_at=moscow("2026-11-02 12:00"), stage="agreed"))
    desk.arrives("2026-11-07 00:30")  # a Saturday, long after its own day
    assert task_of(desk).due_at == moscow("2026-11-07 00:30")
    assert task_of(desk).push_at == moscow("2026-11-09 09:00")


def test_a_case_in_work_is_not_entered_again():
    desk = desk_with_lead()
    with pytest.raises(ActionNotAllowed, match="устарела"):
        desk.does("2026-11-02 17:00", Entered(MANAGER))
    assert desk.case.tasks_set == 1


def test_a_stage_without_a_task_says_so():
    text = playbook_text()
    text["pipelines"]["leads"]["stages"]["agreed"] = {"title": "Дожим", "crm": "AGREED"}
    desk = Desk(lead(), Playbook.model_validate(text))
    desk.arrives()
    decision = desk.does("2026-11-02 17:01", StageMoved("agreed"))
    assert desk.case.task is None
    assert decision.why.endswith("у стадии «Дожим» нет своей задачи")
    with pytest.raises(ActionNotAllowed, match="нет задачи"):
        desk.does("2026-11-02 17:02", CallStarted(MANAGER))


def test_a_stage_moved_after_the_last_attempt_has_its_own_task():
    desk = desk_with_lead()
    for at in ("02 17:00", "02 17:41", "03 09:34", "03 13:10", "05 15:02", "06 11:20"):
        desk.says(f"2026-11-{at}", ("reached", "no"))
    desk.does("2026-11-06 12:00", StageMoved("silent"))
    assert (task_of(desk).kind, task_of(desk).attempt) == ("attempt", None)
    assert task_of(desk).due_at == moscow("2026-11-06 12:00")
