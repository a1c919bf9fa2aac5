"""The client himself calls or writes: what waits, what counts, what is promised."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.engine.effects import AddTask, CloseCard, Comment, CompleteTask, Receipt, Redraw, RenewTask, Update
from bot.engine.events import (
    Answered,
    CallStarted,
    ClientBarred,
    ClientCalled,
    Corrected,
    DeadlineMoved,
    LeftAsItWas,
    SentBack,
    StageMoved,
    TaskClosed,
    Undone,
)
from bot.engine.inbound import promise_kept
from bot.engine.rules import Rules
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


def inbound_playbook() -> Playbook:
    text = playbook_text()
    text["tasks"]["called"] = {
        "title": "Клиент звонил",
        "ask": "talk",
        "due": {"within": "15m"},
        "push": "at_once",
        "calling": True,
    }
    for stage in ("silent", "agreed"):
        text["pipelines"]["leads"]["stages"][stage]["inbound"] = "called"
    return Playbook.model_validate(text)


def on_the_second_attempt() -> Desk:
    desk = Desk(lead(), inbound_playbook())
    desk.arrives()
    desk.says("2026-11-02 16:58", ("reached", "no"))
    return desk


def with_a_promise() -> Desk:
    desk = Desk(lead(), inbound_playbook())
    desk.arrives()
    desk.says("2026-11-02 16:58", ("reached", "later"), ("when", promised("2026-11-03 10:00")))
    return desk


def called(desk: Desk, at: str = "2026-11-02 17:10"):
    return desk.does(at, ClientCalled(moscow(at)))


def test_his_call_takes_the_place_of_the_attempt_and_the_count_stays():
    desk = on_the_second_attempt()
    decision = called(desk)
    assert (task_of(desk).kind, task_of(desk).due_at) == ("called", moscow("2026-11-02 17:25"))
    assert task_of(desk).push_at == moscow("2026-11-02 17:10")
    assert (len(desk.case.misses), desk.case.cadence) == (1, "calls")
    assert effects_of(decision, CompleteTask) == [CompleteTask("12-2")]
    assert [effect.task for effect in effects_of(decision, CloseCard)] == ["12-2"]
    assert [effect.task.id for effect in effects_of(decision, AddTask)] == ["12-3"]
    assert "Было намечено: Попытка дозвониться" in effects_of(decision, Comment)[0].text
    assert [effect.fields for effect in effects_of(decision, Update)] == [
        {"next_at": moscow("2026-11-02 17:25").isoformat()}
    ]


def test_a_miss_there_is_the_next_attempt():
    desk = on_the_second_attempt()
    called(desk)
    desk.says("2026-11-02 17:12", ("reached", "no"))
    assert [miss.number for miss in desk.case.misses] == [1, 2]
    assert (task_of(desk).kind, task_of(desk).attempt) == ("attempt", 3)
    assert desk.case.paused is None


def test_a_conversation_ends_the_cadence():
    desk = on_the_second_attempt()
    called(desk)
    desk.says("2026-11-02 17:12", ("reached", "later"), ("when", promised("2026-11-03 10:00")))
    assert (desk.case.cadence, desk.case.misses, desk.case.paused) == (None, (), None)


def test_what_was_promised_is_not_lost():
    desk = with_a_promise()
    promise = task_of(desk)
    called(desk)
    decision = desk.does("2026-11-02 17:12", LeftAsItWas(MANAGER))
    assert desk.case.task == promise
    assert effects_of(decision, CompleteTask) == [CompleteTask("12-3")]
    assert effects_of(decision, RenewTask) == [RenewTask("12-2")]
    assert [effect.task for effect in effects_of(decision, Receipt)] == ["12-3"]
    assert "договорённость прежняя: Перезвонить, вт 03.11 10:00" in decision.why
    with pytest.raises(ActionNotAllowed, match="Прежнего времени"):
        desk.does("2026-11-02 17:13", LeftAsItWas(MANAGER))


def test_a_miss_leaves_the_promise_and_the_stage_and_counts_nothing_new():
    desk = with_a_promise()
    called(desk)
    decision = desk.says("2026-11-02 17:12", ("reached", "no"))
    assert (task_of(desk).id, desk.case.stage, desk.case.misses) == ("12-2", "agreed", ())
    assert effects_of(decision, AddTask) == []
    assert effects_of(decision, RenewTask) == [RenewTask("12-2")]
    back = desk.does("2026-11-02 17:12", Undone(MANAGER))
    assert (task_of(desk).id, desk.case.paused is not None) == ("12-3", True)
    assert effects_of(back, RenewTask) == [RenewTask("12-3")]


def test_a_supervisor_has_the_miss_told_anew_and_the_promise_waits_again():
    desk = with_a_promise()
    called(desk)
    promise = desk.case.paused
    desk.says("2026-11-02 17:12", ("reached", "no"))
    decision = desk.does("2026-11-02 18:00", Corrected(OTHER, "12-3", MANAGER), "supervisor")
    assert (task_of(desk).id, task_of(desk).kind, desk.case.paused) == ("12-4", "called", promise)
    assert effects_of(decision, CompleteTask) == [CompleteTask("12-2")]


def test_a_miss_of_a_running_cadence_counts_and_the_promise_stands():
    desk = Desk(lead(), inbound_playbook())
    desk.arrives()
    desk.says("2026-11-02 16:58", ("reached", "no"))
    waits = replace(task_of(desk), kind="call_back", promised=True, due_at=moscow("2026-11-03 10:00"))
    desk.case = replace(desk.case, task=waits)
    called(desk)
    desk.says("2026-11-02 17:12", ("reached", "no"))
    assert ([miss.number for miss in desk.case.misses], task_of(desk).id) == ([1, 2], "12-2")


def test_a_promise_whose_minute_has_come_is_none_to_leave():
    desk = with_a_promise()
    called(desk, "2026-11-03 09:55")
    rules = Rules(desk.playbook, moscow("2026-11-03 10:00"), "manager")
    assert promise_kept(rules, desk.case) is None
    desk.says("2026-11-03 10:01", ("reached", "no"))
    assert (desk.case.stage, task_of(desk).kind) == ("silent", "attempt")


def test_news_of_before_the_task_change_nothing():
    desk = on_the_second_attempt()
    before = desk.case
    assert desk.does("2026-11-02 17:10", ClientCalled(moscow("2026-11-02 16:57"))).effects == ()
    assert desk.case is before
    called(desk)
    assert desk.does("2026-11-02 17:12", ClientCalled(moscow("2026-11-02 17:10"))).effects == ()
    again = called(desk, "2026-11-02 17:13")
    assert (again.effects, task_of(desk).id, task_of(desk).heard_at) == (
        (Redraw(),),
        "12-3",
        moscow("2026-11-02 17:13"),
    )


def test_a_task_that_is_being_answered_stays_under_the_fingers():
    desk = with_a_promise()
    desk.says("2026-11-02 17:05", ("reached", "yes"))
    shown_at = task_of(desk).push_at
    desk.case = replace(desk.case, task=replace(task_of(desk), push_at=moscow("2026-11-02 17:04")))
    assert called(desk).effects == (Redraw(),)
    assert (task_of(desk).id, task_of(desk).push_at) == ("12-2", moscow("2026-11-02 17:04"))
    assert shown_at > moscow("2026-11-02 17:04")
    called(desk, "2026-11-02 17:30")  # begun long ago: the card comes again
    assert task_of(desk).push_at == moscow("2026-11-02 17:30")
    assert desk.case.run is not None


def test_without_a_task_for_it_the_card_comes_sooner_and_says_so():
    desk = Desk(lead(source="cold"), inbound_playbook())
    desk.arrives()
    desk.case = replace(desk.case, task=replace(task_of(desk), push_at=moscow("2026-11-03 09:00")))
    assert called(desk).effects == (Redraw(),)
    assert (task_of(desk).kind, task_of(desk).push_at) == ("process", moscow("2026-11-02 17:10"))


def test_a_task_closed_in_the_crm_still_asks_for_its_own_result():
    desk = on_the_second_attempt()
    desk.does("2026-11-02 17:05", TaskClosed("12-2", moscow("2026-11-02 17:04")))
    assert called(desk).effects == (Redraw(),)
    assert task_of(desk).id == "12-2"


def test_a_recorded_call_is_a_touch_only_if_it_is_of_this_task():
    desk = desk_with_lead()
    assert desk.does("2026-11-02 17:00", CallStarted(MANAGER, moscow("2026-11-02 16:40"))).effects == ()
    desk.does("2026-11-02 17:00", CallStarted(MANAGER, moscow("2026-11-02 16:55")))
    assert task_of(desk).touched_at == desk.case.first_touch_at == moscow("2026-11-02 16:55")
    assert Desk().does("2026-11-02 17:00", CallStarted(None, moscow("2026-11-02 16:55"))).effects == ()


def test_the_answer_is_given_on_the_new_task():
    desk = on_the_second_attempt()
    called(desk)
    desk.does("2026-11-02 17:12", Answered(MANAGER, "reached", "yes", "Дозвонился"))
    assert desk.case.run is not None
    assert desk.case.run.task == "12-3"


def test_sent_back_the_plan_of_the_other_stage_is_gone():
    """What the client's call had pushed aside belonged to the stage that was not kept."""
    text = playbook_text()
    text["tasks"]["called"] = {"title": "Клиент звонил", "ask": "talk", "due": {"within": "15m"}}
    text["pipelines"]["leads"]["stages"]["agreed"] |= {"inbound": "called", "roles": ["supervisor"]}
    desk = Desk(lead(), Playbook.model_validate(text))
    desk.arrives()
    desk.does("2026-11-02 17:00", StageMoved("agreed"))
    desk.does("2026-11-02 17:01", DeadlineMoved(task_of(desk).id, moscow("2026-11-03 10:00")))
    called(desk)
    assert desk.case.paused is not None
    desk.does("2026-11-02 17:20", SentBack(OTHER))
    left = desk.case
    assert (left.stage, left.paused, left.draft) == ("new", None, None)


def test_a_promise_to_a_client_who_may_only_be_written_to_stays_a_promise():
    """He asked another manager for no calls: what was promised him comes at its minute, as a letter."""
    text = playbook_text()
    text["tasks"]["write"]["promise"] = True
    desk = Desk(lead(), Playbook.model_validate(text))
    desk.arrives()
    desk.says("2026-11-02 16:58", ("reached", "later"), ("when", promised("2026-11-03 20:30")))
    assert task_of(desk).promised
    desk.does("2026-11-02 17:10", ClientBarred(writing_too=False))
    task = task_of(desk)
    assert (task.kind, task.promised, task.due_at) == ("write", True, moscow("2026-11-03 20:30"))
    assert task.push_at == moscow("2026-11-03 20:30")
