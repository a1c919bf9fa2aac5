"""What a receipt offers: [Исправить] for a minute, and optional questions that block nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.engine.effects import (
    CloseCard,
    Comment,
    CompleteTask,
    MoveTask,
    Receipt,
    Redraw,
    RenewTask,
    Update,
)
from bot.engine.events import Cancelled, HandedOver, StageMoved, TaskClosed, UndoExpired, Undone
from bot.errors import ActionNotAllowed
from bot.playbooks.model import Playbook
from tests.builders import (
    MANAGER,
    OTHER,
    Desk,
    answer,
    effects_of,
    lead,
    moscow,
    playbook_text,
    promised,
    task_of,
)


def missed(at: str = "2026-11-02 16:58") -> Desk:
    desk = Desk()
    desk.arrives()
    desk.says(at, ("reached", "no"))
    return desk


# [Исправить] ----------------------------------------------------------------------------------------------------------


def test_a_record_is_taken_back_whole():
    desk = Desk(lead(facts={"debt": "small"}))
    desk.arrives()
    before = desk.case
    desk.says("2026-11-02 16:58", ("reached", "no"))
    decision = desk.does("2026-11-02 16:59", Undone(MANAGER))
    assert decision.effects == (
        Update("new", {"next_at": None, "tries": None}),
        Comment(
            "Исправление: запись «Обработать лид» отменена, задача открыта заново, стадия снова «Новый лид».", MANAGER
        ),
        CompleteTask("12-2"),
        RenewTask("12-1"),
        CloseCard("12-2", "Прошлый ответ исправляют"),
        Redraw(),
    )
    assert desk.case.task == before.task
    assert desk.case.facts == {"debt": "small"}
    for name in ("stage", "entered_at", "misses", "cadence", "tried", "run", "before", "no_calls"):
        assert getattr(desk.case, name) == getattr(before, name)


def test_a_mistyped_number_taken_back_is_not_dialled_first():
    """The CRM keeps it as one more number; the card's first one is again the one that was there."""
    desk = Desk()
    desk.arrives()
    known = desk.case.client.phones
    desk.says("2026-11-02 16:58", ("reached", "other"), ("what_else", "wrong"), ("number", "+79231234567"))
    assert desk.case.client.phones == ("+79231234567", *known)
    desk.does("2026-11-02 16:59", Undone(MANAGER))
    assert desk.case.client.phones == (*known, "+79231234567")


def test_the_number_of_a_task_is_never_used_twice():
    desk = missed()
    desk.does("2026-11-02 16:58", Undone(MANAGER))
    desk.says("2026-11-02 16:58", ("reached", "no"))
    assert task_of(desk).id == "12-3"


def test_a_changed_field_goes_back_to_what_it_was():
    desk = Desk(lead(facts={"debt": "none", "obstacle": "money"}))
    desk.arrives()
    desk.says(
        "2026-11-02 16:58",
        ("reached", "yes"),
        ("debt", "small"),
        ("agreement", "not_ready"),
        ("obstacle", "money"),
        ("when", promised("2026-11-03 14:00")),
    )
    decision = desk.does("2026-11-02 16:58", Undone(MANAGER))
    assert effects_of(decision, Update)[0].fields == {"debt": "none", "agreement": None, "next_at": None}


def test_the_cadence_that_a_conversation_ended_runs_again():
    desk = missed()
    desk.says("2026-11-02 17:41", ("reached", "later"), ("when", promised("2026-11-03 14:00")))
    desk.does("2026-11-02 17:42", Undone(MANAGER))
    assert (desk.case.cadence, len(desk.case.misses), desk.case.tried) == ("calls", 1, ())
    desk.says("2026-11-02 17:43", ("reached", "no"))
    assert task_of(desk).attempt == 3


def test_after_a_minute_it_is_too_late():
    desk = missed()
    with pytest.raises(ActionNotAllowed, match="минута"):
        desk.does("2026-11-02 17:00", Undone(MANAGER))
    desk.does("2026-11-02 16:59", UndoExpired())
    assert desk.case.before is None
    with pytest.raises(ActionNotAllowed, match="минута"):
        desk.does("2026-11-02 16:58", Undone(MANAGER))


def test_only_the_one_who_recorded_takes_back():
    with pytest.raises(ActionNotAllowed, match="тот, кто"):
        missed().does("2026-11-02 16:58", Undone(OTHER))


def test_a_minute_that_is_not_over_stays():
    desk = missed()
    desk.does("2026-11-02 16:58", UndoExpired())
    assert desk.case.before is not None


@pytest.mark.parametrize(
    "event", [StageMoved("agreed"), HandedOver(OTHER, by=MANAGER), TaskClosed("12-2", moscow("2026-11-02 16:58"))]
)
def test_what_happens_in_between_ends_it(event):
    desk = missed()
    desk.does("2026-11-02 16:58", event)
    with pytest.raises(ActionNotAllowed, match="минута"):
        desk.does("2026-11-02 16:58", Undone(MANAGER))


def test_what_barred_cannot_be_taken_back():
    desk = Desk()
    desk.arrives()
    desk.says("2026-11-02 16:58", ("reached", "other"), ("what_else", "no_calls"))
    with pytest.raises(ActionNotAllowed, match="минута"):
        desk.does("2026-11-02 16:58", Undone(MANAGER))


# Optional questions ---------------------------------------------------------------------------------------------------


def test_a_miss_asks_where_the_manager_wrote():
    desk = missed()
    assert desk.case.run is not None
    assert (desk.case.run.optional, desk.case.run.task) == (True, "12-1")
    decision = desk.does("2026-11-02 16:58", answer("written", ["sms", "max"]))
    assert decision.effects == (
        Update(None, {"messengers": ["max", "sms"]}),
        Redraw("12-1"),
    )
    assert list(desk.case.misses[0].details) == ["MAX, SMS"]
    assert desk.case.facts["messengers"] == ["max", "sms"]
    decision = desk.does("2026-11-02 16:58", answer("detail", "off"))
    assert decision.effects == (
        Comment("Куда написали: MAX, SMS\nКак не ответил: Выключен", MANAGER),
        Redraw("12-1"),
    )
    assert list(desk.case.misses[0].details) == ["MAX, SMS", "Выключен"]
    assert desk.case.run is None


def test_no_messengers_ends_the_question_for_this_client():
    desk = missed()
    desk.does("2026-11-02 16:58", answer("written", ["none"]))
    desk.says("2026-11-02 17:41", ("reached", "no"))
    with pytest.raises(ActionNotAllowed, match="устарела"):
        desk.does("2026-11-02 17:41", answer("written", ["max"]))
    desk.does("2026-11-02 17:41", answer("detail", "off"))


def test_a_busy_line_repeats_the_attempt_in_ten_minutes():
    desk = missed()
    desk.says("2026-11-02 17:41", ("reached", "no"))
    desk.does("2026-11-02 17:41", answer("written", ["max"]))
    decision = desk.does("2026-11-02 17:42", answer("detail", "busy"))
    due = moscow("2026-11-02 17:52")
    assert effects_of(decision, MoveTask) == [MoveTask("12-3", due_at=due)]
    assert effects_of(decision, CompleteTask) == []
    assert effects_of(decision, Update) == [Update(None, {"next_at": due.isoformat(), "tries": 1})]
    assert effects_of(decision, Receipt)[0].lines == ("Занято", "Дальше: Попытка дозвониться, 17:52")
    assert decision.outcomes == ("busy",)
    assert decision.why == "«Занято»: попытка повторяется → пн 02.11 17:52"
    assert (task_of(desk).due_at, task_of(desk).push_at) == (due, due)
    assert (task_of(desk).attempt, task_of(desk).attempts) == (2, 6)
    assert [miss.number for miss in desk.case.misses] == [1]
    desk.says("2026-11-02 17:55", ("reached", "no"))
    assert [miss.number for miss in desk.case.misses] == [1, 2]
    assert task_of(desk).due_at == moscow("2026-11-03 09:30")


def test_a_busy_first_call_can_still_be_taken_back():
    desk = missed()
    desk.does("2026-11-02 16:58", answer("written", ["max"]))
    desk.does("2026-11-02 16:58", answer("detail", "busy"))
    assert (task_of(desk).attempt, desk.case.misses) == (1, ())
    desk.does("2026-11-02 16:59", Undone(MANAGER))
    assert (desk.case.stage, task_of(desk).id, dict(desk.case.facts)) == ("new", "12-1", {})


def test_the_optional_questions_block_nothing():
    desk = missed()
    desk.says("2026-11-02 17:41", ("reached", "yes"))
    assert desk.case.run is not None
    assert (desk.case.run.optional, desk.case.run.questionnaire) == (False, "talk")
    with pytest.raises(ActionNotAllowed, match="устарела"):
        desk.does("2026-11-02 17:42", answer("written", ["max"]))


def test_another_one_does_not_answer_them():
    with pytest.raises(ActionNotAllowed, match="другой сотрудник"):
        missed().does("2026-11-02 16:58", answer("written", ["max"], OTHER))


def test_they_cannot_be_cancelled_as_if_nothing_were_recorded():
    with pytest.raises(ActionNotAllowed, match="закрыта"):
        missed().does("2026-11-02 16:58", Cancelled(MANAGER))


def test_options_that_are_not_there_are_refused():
    desk = missed()
    with pytest.raises(ActionNotAllowed, match="не предложен"):
        desk.does("2026-11-02 16:58", answer("written", ["pigeon"]))
    with pytest.raises(ActionNotAllowed, match="не предложен"):
        desk.does("2026-11-02 16:58", answer("written", "max"))


def test_a_skipped_optional_question_leaves_no_trace():
    text = playbook_text()
    text["questions"]["written"] = {**text["questions"]["written"], "optional": True}
    desk = Desk(playbook=Playbook.model_validate(text))
    desk.arrives()
    desk.says("2026-11-02 16:58", ("reached", "no"))
    decision = desk.does("2026-11-02 16:58", answer("written", None))
    assert decision.effects == (Redraw("12-1"),)
    assert list(desk.case.misses[0].details) == []
    assert desk.case.run is not None
    assert desk.case.run.started_at == moscow("2026-11-02 16:58")


def test_a_button_about_the_talk_leaves_the_field_as_it_is():
    text = playbook_text()
    options = {**text["questions"]["written"]["options"], "none": {"label": "Не писал", "alone": True, "stored": False}}
    text["questions"]["written"] = {**text["questions"]["written"], "options": options}
    desk = Desk(playbook=Playbook.model_validate(text))
    desk.arrives()
    desk.says("2026-11-02 16:58", ("reached", "no"))
    decision = desk.does("2026-11-02 16:58", answer("written", ["none"]))
    assert decision.effects == (Redraw("12-1"),)
    assert "messengers" not in desk.case.facts


def test_the_receipts_question_ends_with_the_stage():
    desk = missed()
    desk.does("2026-11-02 16:58", StageMoved("agreed"))
    assert (desk.case.run, desk.case.before) == (None, None)


def test_a_line_that_was_busy_counts_no_earlier_miss_away():
    """The miss of the receipt was taken back already by a stage moved to and fro: nothing else is."""
    desk = missed()
    desk.says("2026-11-02 17:41", ("reached", "no"))
    desk.does("2026-11-02 17:41", answer("written", ["max"]))
    desk.case = replace(desk.case, misses=desk.case.misses[:1])
    desk.does("2026-11-02 17:42", answer("detail", "busy"))
    assert [miss.number for miss in desk.case.misses] == [1]
