"""Recorded questionnaires: what becomes of the case, and what must happen because of it."""

from __future__ import annotations

import pytest

from bot.engine.case import Client
from bot.engine.effects import (
    AddPhone,
    AddTask,
    BarPhone,
    Comment,
    CompleteTask,
    JoinCase,
    Receipt,
    Redraw,
    Update,
)
from bot.engine.events import Confirmed
from bot.playbooks.model import Playbook
from tests.builders import (
    MANAGER,
    Desk,
    desk_with_lead,
    effects_of,
    lead,
    moscow,
    playbook_text,
    promised,
    task_of,
)


def kinds(decision) -> list[str]:
    return [type(effect).__name__ for effect in decision.effects]


# Answering ------------------------------------------------------------------------------------------------------------


def test_the_first_answer_opens_the_questionnaire():
    desk = desk_with_lead()
    decision = desk.says("2026-11-02 16:58", ("reached", "yes"))
    assert desk.case.run is not None
    assert dict(desk.case.run.answers) == {"reached": "yes"}
    assert desk.case.run.by == MANAGER
    assert decision.effects == (Redraw(),)
    assert decision.outcomes == ()


def test_one_tap_records_a_miss():
    desk = desk_with_lead()
    decision = desk.says("2026-11-02 16:58", ("reached", "no"))
    assert kinds(decision) == ["Update", "Comment", "CompleteTask", "AddTask", "Receipt"]
    assert decision.outcomes == ("missed",)
    assert desk.case.stage == "silent"
    assert desk.case.entered_at == moscow("2026-11-02 16:58")
    assert desk.case.first_touch_at == moscow("2026-11-02 16:58")
    update = effects_of(decision, Update)[0]
    assert update.stage == "silent"
    assert update.fields == {"next_at": moscow("2026-11-02 17:38").isoformat(), "tries": 1}
    assert effects_of(decision, CompleteTask) == [CompleteTask("12-1")]
    added = effects_of(decision, AddTask)[0]
    assert (added.task.id, added.task.kind, added.title) == ("12-2", "attempt", "Попытка дозвониться: Пётр Проверкин")
    assert (added.task.attempt, added.task.attempts) == (2, 6)
    assert effects_of(decision, Receipt)[0].lines == ("Недозвон 1 из 6. Дальше 17:38",)
    assert effects_of(decision, Receipt)[0].short == "недозвон 1 из 6, дальше 17:38"
    assert decision.why == "2-я попытка из 6: через 40 мин после первого звонка → пн 02.11 17:38"


def test_the_comment_says_who_when_what_and_what_next():
    desk = desk_with_lead()
    decision = desk.says("2026-11-02 16:58", ("reached", "later"), ("when", promised("2026-11-03 14:00")))
    said = effects_of(decision, Comment)
    assert said == [
        Comment(
            "Обработать лид · пн 02.11 16:58\n"
            "Удалось связаться: Просит перезвонить\n"
            "Когда: вт 03.11 14:00\n"
            "Стадия: «Дожим»\n"
            "Дальше: Перезвонить, вт 03.11 14:00",
            by=MANAGER,
        )
    ]


def test_six_misses_by_the_rules_of_the_floor():
    """The worked example: holidays on the 4th, parts of the day in turn, then the end with every attempt listed."""
    desk = desk_with_lead()
    misses = (
        ("2026-11-02 16:58", "2026-11-02 17:38"),
        ("2026-11-02 17:41", "2026-11-03 09:30"),
        ("2026-11-03 09:34", "2026-11-03 13:00"),
        ("2026-11-03 13:10", "2026-11-05 15:00"),
        ("2026-11-05 15:02", "2026-11-06 11:15"),
    )
    for number, (at, due) in enumerate(misses, start=2):
        desk.says(at, ("reached", "no"))
        assert task_of(desk).due_at == moscow(due)
        assert task_of(desk).push_at == moscow(due)
        assert task_of(desk).attempt == number
    decision = desk.says("2026-11-06 11:20", ("reached", "no"))
    assert desk.case.task is None
    assert desk.case.closed
    assert desk.case.stage == "no_contact"
    assert desk.case.before is None
    assert desk.case.run is None
    assert decision.outcomes == ("missed", "exhausted")
    assert effects_of(decision, AddTask) == []
    update = effects_of(decision, Update)[0]
    assert update.stage == "no_contact"
    assert update.fields == {
        "note": "Не дозвонились",
        "reason": "Не дозвонились: 6 попыток",
        "next_at": None,
        "tries": 6,
    }
    text = effects_of(decision, Comment)[0].text
    attempts = ("пн 02.11 16:58", "пн 02.11 17:41", "вт 03.11 09:34", "вт 03.11 13:10", "чт 05.11 15:02")
    for number, at in enumerate((*attempts, "пт 06.11 11:20"), start=1):
        assert f"{number}. {at}" in text
        assert at in decision.why
    assert effects_of(decision, Receipt)[0].lines == ("Недозвон 6 из 6, попытки кончились", "Лид → «Неконтакт»")


def test_a_source_has_its_own_cadence():
    desk = desk_with_lead(source="cold")
    for at in ("2026-11-03 10:00", "2026-11-03 10:40", "2026-11-05 13:00"):
        desk.says(at, ("reached", "no"))
        assert task_of(desk).attempts == 4
    desk.says("2026-11-06 10:00", ("reached", "no"))
    assert desk.case.stage == "no_contact"


def test_an_exhausted_cadence_may_leave_a_task():
    text = playbook_text()
    text["outcomes"] = {**text["outcomes"], "exhausted": {"next": {"task": "write"}}}
    desk = Desk(lead(), Playbook.model_validate(text))
    desk.arrives()
    for at in ("02 17:00", "02 17:41", "03 09:34", "03 13:10", "05 15:02", "06 11:20"):
        desk.says(f"2026-11-{at}", ("reached", "no"))
    assert task_of(desk).kind == "write"
    assert desk.case.stage == "silent"
    assert not desk.case.closed
    assert desk.case.before is not None


# The next task --------------------------------------------------------------------------------------------------------


def test_a_promise_is_kept_to_the_minute_even_outside_hours():
    desk = desk_with_lead()
    desk.says("2026-11-02 16:58", ("reached", "later"), ("when", promised("2026-11-02 21:30")))
    task = task_of(desk)
    assert (task.kind, task.promised) == ("call_back", True)
    assert task.due_at == task.push_at == moscow("2026-11-02 21:30")


@pytest.mark.parametrize("how", ["unnamed", "will_call"])
def test_a_time_that_was_not_agreed_is_no_promise(how):
    desk = desk_with_lead()
    desk.says("2026-11-02 16:58", ("reached", "later"), ("when", promised("2026-11-03 10:00", how)))
    assert not task_of(desk).promised


def test_a_conversation_ends_the_cadence_and_keeps_its_tries_for_the_card():
    desk = desk_with_lead()
    desk.says("2026-11-02 16:58", ("reached", "no"))
    desk.says("2026-11-02 17:41", ("reached", "later"), ("when", promised("2026-11-03 10:00")))
    assert (desk.case.cadence, desk.case.misses, desk.case.tried) == (None, (), ("пн 16:58",))
    desk.says("2026-11-03 10:01", ("reached", "no"))
    assert [miss.number for miss in desk.case.misses] == [1]
    assert (task_of(desk).attempt, task_of(desk).due_at) == (2, moscow("2026-11-03 10:41"))


def test_a_named_next_task_comes_before_the_cadence():
    desk = desk_with_lead()
    desk.says("2026-11-02 16:58", ("reached", "other"), ("what_else", "silent_once"))
    task = task_of(desk)
    assert task.kind == "call_back"
    assert task.due_at == moscow("2026-11-03 10:00")
    assert len(desk.case.misses) == 1


def test_after_a_length_of_working_time():
    desk = desk_with_lead()
    desk.says("2026-11-02 18:50", ("reached", "other"), ("what_else", "wrong"), ("number", "8 923 123-45-67"))
    assert task_of(desk).due_at == moscow("2026-11-03 09:05")


def test_another_number_becomes_the_first_one():
    desk = desk_with_lead()
    decision = desk.says(
        "2026-11-02 16:58", ("reached", "other"), ("what_else", "wrong"), ("number", "8 923 123-45-67")
    )
    assert decision.effects[0] == AddPhone("+79231234567")
    assert desk.case.client.phones == ("+79231234567", "+74952223344")
    assert (desk.case.stage, task_of(desk).kind) == ("new", "attempt")


def test_only_writing_turns_calls_into_letters():
    desk = desk_with_lead()
    decision = desk.says("2026-11-02 16:58", ("reached", "other"), ("what_else", "no_calls"))
    assert effects_of(decision, BarPhone) == [BarPhone(("+74952223344",), writing_too=False)]
    assert (desk.case.no_calls, desk.case.barred, desk.case.closed) == (True, False, False)
    assert task_of(desk).kind == "write"
    desk.says("2026-11-02 17:30", ("reached", "no"))
    assert task_of(desk).kind == "write"
    assert task_of(desk).attempt == 2


def test_neither_calls_nor_letters():
    desk = desk_with_lead()
    waiting = desk.says("2026-11-02 16:58", ("reached", "other"), ("what_else", "nothing"))
    assert waiting.effects == (Redraw(),)
    assert desk.case.run is not None
    assert desk.case.run.confirming == "barred"
    decision = desk.does("2026-11-02 16:59", Confirmed(MANAGER))
    assert effects_of(decision, BarPhone) == [BarPhone(("+74952223344",), writing_too=True)]
    assert desk.case.barred
    assert desk.case.closed
    assert desk.case.before is None


def test_a_duplicate_joins_the_other_case():
    desk = desk_with_lead()
    desk.says("2026-11-02 16:58", ("reached", "other"), ("what_else", "double"), ("whose", 44))
    decision = desk.does("2026-11-02 16:59", Confirmed(MANAGER))
    assert effects_of(decision, JoinCase) == [JoinCase(44, "Клиент обратился ещё раз, он горячий: Пётр Проверкин")]
    assert (desk.case.stage, desk.case.task) == ("double", None)


def test_a_client_without_phone_is_written_to():
    desk = desk_with_lead(client=Client("Пётр Проверкин", emails=("p@example.ru",)))
    assert task_of(desk).kind == "write"
    nobody = desk_with_lead(client=Client("Пётр Проверкин"))
    assert task_of(nobody).kind == "process"


# Fields ---------------------------------------------------------------------------------------------------------------


def test_answers_go_to_their_fields_and_are_known_from_then_on():
    desk = desk_with_lead()
    decision = desk.says(
        "2026-11-02 16:58",
        ("reached", "yes"),
        ("debt", "small"),
        ("agreement", "not_ready"),
        ("obstacle", "money"),
        ("when", promised("2026-11-03 14:00")),
    )
    due = moscow("2026-11-03 14:00").isoformat()
    fields = {"debt": "small", "agreement": "not_ready", "obstacle": "money", "next_at": due}
    assert effects_of(decision, Update) == [Update("agreed", fields)]
    assert desk.case.facts == fields


def test_a_skipped_question_leaves_its_field():
    desk = desk_with_lead()
    decision = desk.says(
        "2026-11-02 16:58",
        ("reached", "yes"),
        ("debt", "small"),
        ("agreement", "not_ready"),
        ("obstacle", None),
        ("when", promised("2026-11-03 14:00")),
    )
    assert "obstacle" not in effects_of(decision, Update)[0].fields
    assert "Что мешает" not in effects_of(decision, Comment)[0].text


def test_the_reason_of_an_end_is_told():
    desk = desk_with_lead()
    desk.says("2026-11-02 16:58", ("reached", "yes"), ("debt", "small"), ("agreement", "refused"))
    decision = desk.does("2026-11-02 16:59", Confirmed(MANAGER))
    reason = effects_of(decision, Update)[0].fields["reason"]
    assert reason == "Удалось связаться: Дозвонился; Долги с процентами: До 250 тыс.; О чём договорились: Отказался"
