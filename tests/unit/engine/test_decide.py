"""Recorded questionnaires: what becomes of the case, and what must happen because of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.engine.case import Client
from bot.engine.convert import numbered
from bot.engine.decide import decide
from bot.engine.effects import (
    AddPhone,
    AddTask,
    BarPhone,
    Comment,
    CompleteTask,
    JoinCase,
    OpenDeal,
    Receipt,
    Redraw,
    Update,
)
from bot.engine.events import Cancelled, Confirmed, SteppedBack
from bot.engine.titles import short_name
from bot.errors import ActionNotAllowed
from bot.playbooks.model import Playbook
from tests.builders import MANAGER, OTHER, Desk, answer, effects_of, lead, moscow, playbook_text, promised


def desk_with_lead(**changes: Any) -> Desk:
    desk = Desk(lead(**changes))
    desk.arrives()
    return desk


def task_of(desk: Desk):
    assert desk.case.task is not None
    return desk.case.task


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


# Confirmation ---------------------------------------------------------------------------------------------------------


def test_a_button_that_says_record_needs_no_second_confirmation():
    desk = desk_with_lead()
    decision = desk.says("2026-11-02 16:58", ("reached", "yes"), ("debt", "none"), ("agreement", "close"))
    assert desk.case.stage == "junk"
    assert decision.outcomes == ("no_debt",)
    assert "Записать" not in effects_of(decision, Comment)[0].text


def test_changing_an_answer_takes_the_confirmation_back():
    desk = desk_with_lead()
    desk.says("2026-11-02 16:58", ("reached", "yes"), ("debt", "small"), ("agreement", "refused"))
    with pytest.raises(ActionNotAllowed, match="подтвердите"):
        desk.says("2026-11-02 16:58", ("agreement", "office"))
    desk.does("2026-11-02 16:59", SteppedBack(MANAGER))
    assert desk.case.run is not None
    assert (desk.case.run.confirming, dict(desk.case.run.answers)) == (None, {"reached": "yes", "debt": "small"})
    desk.says("2026-11-02 17:00", ("agreement", "not_ready"))


def test_stepping_back_ends_with_the_card():
    desk = desk_with_lead()
    desk.says("2026-11-02 16:58", ("reached", "yes"))
    decision = desk.does("2026-11-02 16:59", SteppedBack(MANAGER))
    assert desk.case.run is None
    assert decision.effects == (Redraw(),)


def test_cancelling_records_nothing():
    desk = desk_with_lead()
    arrived = desk.case
    desk.says("2026-11-02 16:58", ("reached", "yes"), ("debt", "small"))
    decision = desk.does("2026-11-02 16:59", Cancelled(MANAGER))
    assert desk.case == arrived
    assert decision.effects == (Redraw(),)


# What cannot be done --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([("debt", "big")], "устарела"),
        ([("reached", "perhaps")], "не предложен"),
        ([("reached", None)], "не предложен"),
        ([("reached", "give_up")], "не предложен"),
        ([("reached", "yes"), ("reached", "no")], "устарела"),
        ([("reached", "later"), ("when", promised("2026-11-02 16:50"))], "прошло"),
        ([("reached", "later"), ("when", {"at": "2026-11-03T10:00:00", "how": "promised"})], "не понято"),
        ([("reached", "later"), ("when", {"at": "2026-11-03T10:00:00+03:00", "how": "sworn"})], "не понято"),
        ([("reached", "later"), ("when", "завтра")], "не понято"),
        ([("reached", "later"), ("when", promised("2026-11-20 10:00")), ("why_far", " ")], "текст"),
        ([("reached", "other"), ("what_else", "wrong"), ("number", "12")], "Номер не понят"),
        ([("reached", "other"), ("what_else", "double"), ("whose", 12)], "из списка"),
        ([("reached", "other"), ("what_else", "double"), ("whose", "Анна")], "из списка"),
    ],
)
def test_refusals_are_one_honest_line(given, words):
    desk = desk_with_lead()
    *first, last = given
    for question, value in first:
        desk.says("2026-11-02 16:58", (question, value))
    before = desk.case
    with pytest.raises(ActionNotAllowed, match=words):
        desk.says("2026-11-02 16:58", last)
    assert desk.case is before


def test_a_restricted_option_is_for_its_role():
    desk = desk_with_lead()
    desk.says("2026-11-02 16:58", ("reached", "give_up"), role="supervisor")
    desk.does("2026-11-02 16:58", Confirmed(MANAGER), role="supervisor")
    assert desk.case.stage == "no_contact"


def test_nobody_answers_in_another_ones_questionnaire():
    desk = desk_with_lead()
    desk.says("2026-11-02 16:58", ("reached", "yes"))
    for event in (answer("debt", "big", OTHER), SteppedBack(OTHER), Cancelled(OTHER), Confirmed(OTHER)):
        with pytest.raises(ActionNotAllowed, match="другой сотрудник"):
            desk.does("2026-11-02 16:59", event)


def test_nothing_is_answered_without_a_task():
    with pytest.raises(ActionNotAllowed, match="нет задачи"):
        Desk().says("2026-11-02 16:58", ("reached", "yes"))
    with pytest.raises(ActionNotAllowed, match="закончена"):
        Desk(lead(closed=True)).says("2026-11-02 16:58", ("reached", "yes"))


def test_there_must_be_something_to_confirm():
    desk = desk_with_lead()
    with pytest.raises(ActionNotAllowed, match="закрыта"):
        desk.does("2026-11-02 16:58", Confirmed(MANAGER))
    desk.says("2026-11-02 16:58", ("reached", "yes"))
    with pytest.raises(ActionNotAllowed, match="не заполнена"):
        desk.does("2026-11-02 16:58", Confirmed(MANAGER))


# From lead to deal ----------------------------------------------------------------------------------------------------


def opening_of(desk: Desk, *answers: tuple[str, Any]) -> OpenDeal:
    return effects_of(desk.says("2026-11-02 16:58", *answers), OpenDeal)[0]


def test_a_qualified_lead_becomes_a_deal_and_the_talk_goes_on():
    desk = desk_with_lead()
    decision = desk.says("2026-11-02 16:58", ("reached", "yes"), ("debt", "big"))
    assert kinds(decision) == ["Update", "Comment", "CompleteTask", "OpenDeal"]
    assert effects_of(decision, Update) == [Update(None, {"debt": "big"})]
    assert (desk.case.stage, desk.case.closed, desk.case.task, desk.case.deals_made) == ("won", True, None, 1)
    assert desk.case.before is None
    opening = effects_of(decision, OpenDeal)[0]
    deal = opening.deal
    assert (opening.lead_stage, deal.id, deal.crm_id, deal.parent) == ("won", 0, None, 12)
    assert (deal.entity, deal.pipeline, deal.stage, deal.owner) == ("deal", "deals", "fresh", MANAGER)
    assert deal.facts == {"debt": "big"}
    assert deal.task is not None
    assert deal.task.due_at == deal.task.push_at == moscow("2026-11-02 17:08")
    assert deal.run is not None
    assert (deal.run.by, deal.run.given) == (MANAGER, ("reached", "debt"))
    assert [type(effect) for effect in opening.deal_effects] == [AddTask, Redraw]


def test_the_deal_takes_its_number_from_the_database():
    opening = numbered(opening_of(desk_with_lead(), ("reached", "yes"), ("debt", "big")), 77)
    assert opening.deal.id == 77
    assert opening.deal.task is not None
    assert opening.deal.run is not None
    assert opening.deal.task.id == opening.deal.run.task == "77-1"
    assert [effect.task.id for effect in opening.deal_effects if isinstance(effect, AddTask)] == ["77-1"]


def test_the_talk_about_the_deal_ends_with_a_meeting():
    opening = numbered(opening_of(desk_with_lead(), ("reached", "yes"), ("debt", "big")), 77)
    deal = Desk(opening.deal)
    decision = deal.says("2026-11-02 17:00", ("agreement", "office"), ("when", promised("2026-11-03 12:00")))
    task = task_of(deal)
    assert (deal.case.stage, task.kind, task.id) == ("meeting_set", "meeting", "77-2")
    assert (task.due_at, task.push_at) == (moscow("2026-11-03 12:00"), moscow("2026-11-03 10:00"))
    due = moscow("2026-11-03 12:00").isoformat()
    fields = {"debt": "big", "agreement": "office", "next_at": due, "met_at": due, "met_in": "Тверская, 1"}
    assert effects_of(decision, Update) == [Update("meeting_set", fields)]
    assert effects_of(decision, CompleteTask) == [CompleteTask("77-1")]
    assert effects_of(decision, Receipt)[0].lines == (
        "Лид «Качественный», сделка создана: «Сделка не обработана»",
        "Сделка → «Встреча назначена»",
        "Дальше: Встреча, завтра, вт 3 ноября, 12:00, Тверская, 1. Напомню за 2 ч",
    )
    assert "Долги с процентами: Больше 250 тыс." in effects_of(decision, Comment)[0].text


def test_consent_is_given_on_to_the_deal():
    opening = opening_of(desk_with_lead(), ("reached", "yes"), ("debt", "none"), ("agreement", "office"))
    deal = Desk(opening.deal)
    deal.says("2026-11-02 17:00", ("when", promised("2026-11-03 12:00")))
    assert deal.case.stage == "meeting_set"


def test_inherited_answers_are_not_stepped_back_over():
    deal = Desk(opening_of(desk_with_lead(), ("reached", "yes"), ("debt", "big")).deal)
    with pytest.raises(ActionNotAllowed, match="Назад некуда"):
        deal.does("2026-11-02 17:00", SteppedBack(MANAGER))
    deal.says("2026-11-02 17:00", ("agreement", "office"))
    deal.does("2026-11-02 17:00", SteppedBack(MANAGER))
    assert deal.case.run is not None
    assert list(deal.case.run.answers) == ["reached", "debt"]


def test_a_conversion_without_a_talk_leaves_the_deal_its_task():
    text = playbook_text()
    converting = {"stage": "won", "convert": {"to": "deals.fresh"}}
    text["outcomes"] = {**text["outcomes"], "qualified": converting}
    desk = Desk(lead(), Playbook.model_validate(text))
    desk.arrives()
    decision = desk.says("2026-11-02 16:58", ("reached", "yes"), ("debt", "big"))
    opening = effects_of(decision, OpenDeal)[0]
    assert opening.deal.run is None
    assert opening.deal.task is not None
    assert effects_of(decision, Receipt)[0].lines == ("Лид → «Качественный»",)


def test_a_meeting_on_a_day_off_is_announced_before_it():
    deal = Desk(opening_of(desk_with_lead(), ("reached", "yes"), ("debt", "big")).deal)
    deal.says("2026-11-02 17:00", ("agreement", "office"), ("when", promised("2026-11-07 12:00")))
    assert task_of(deal).push_at == moscow("2026-11-07 10:00")


# Always ---------------------------------------------------------------------------------------------------------------


def test_seconds_are_dropped():
    desk = desk_with_lead()
    now = moscow("2026-11-02 16:58").replace(second=42)
    decision = decide(desk.playbook, desk.case, answer("reached", "no"), now)
    assert decision.case.misses[0].at == moscow("2026-11-02 16:58")
    assert decision.case.task is not None
    assert decision.case.task.due_at.second == 0


def test_the_client_far_away_is_called_in_his_own_hours():
    far = Client("Пётр Проверкин", phones=("+74232201234",), zone="Asia/Vladivostok")
    arrived = moscow("2026-11-02 16:50")
    desk = desk_with_lead(client=far, arrived_at=arrived)
    assert task_of(desk).due_at == moscow("2026-11-02 17:05")
    assert task_of(desk).push_at == moscow("2026-11-03 09:00")


def test_an_unknown_zone_counts_as_the_companys():
    desk = desk_with_lead(client=Client("П", phones=("+74952223344",), zone="Mars/Olympus"))
    assert task_of(desk).push_at == moscow("2026-11-02 16:50")


def test_the_task_of_a_kind_without_questionnaire_is_refused_politely():
    desk = desk_with_lead()
    desk.case = replace(desk.case, task=replace(task_of(desk), kind="fill"))
    with pytest.raises(ActionNotAllowed, match="нет анкеты"):
        desk.says("2026-11-02 16:58", ("reached", "yes"))


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Пётр Проверкин", "Пётр П."),
        ("Пётр Иванович Проверкин", "Пётр П."),
        ("Анна Римская-Корсакова", "Анна Р."),
        ("Пётр", "Пётр"),
        ("ООО «Вектор»", "ООО «Вектор»"),
        ("ООО Вектор", "ООО Вектор"),
        ("", ""),
    ],
)
def test_short_names(name, short):
    assert short_name(name) == short


@pytest.mark.parametrize(
    ("client", "title", "named"),
    [
        (Client("Анна Козлова"), "Заявка", "Обработать лид: Анна Козлова"),
        (Client(" "), "Заявка с сайта", "Обработать лид: Заявка с сайта"),
        (Client(), "", "Обработать лид: без имени"),
    ],
)
def test_tasks_are_named_after_the_client(client, title, named):
    desk = Desk(lead(client=client, title=title))
    assert effects_of(desk.arrives(), AddTask)[0].title == named


def changed_playbook(part: str, **entries: Any) -> Playbook:
    text = playbook_text()
    text[part] = {**text[part], **entries}
    return Playbook.model_validate(text)


def test_a_miss_with_a_retry_of_its_own_is_numbered_like_any_attempt():
    retry = {"miss": "calls", "next": {"task": "attempt", "after": "2h"}}
    desk = Desk(lead(), changed_playbook("outcomes", missed=retry))
    desk.arrives()
    decision = desk.says("2026-11-02 16:58", ("reached", "no"))
    task = task_of(desk)
    assert (desk.case.stage, task.due_at) == ("new", moscow("2026-11-02 18:58"))
    assert (task.attempt, task.attempts) == (2, 6)
    assert effects_of(decision, AddTask)[0].description == "Попытка 2 из 6"
    assert effects_of(decision, Receipt)[0].lines == ("Недозвон 1 из 6. Дальше 18:58",)
    assert "Дальше: Попытка дозвониться, пн 02.11 18:58 (Попытка 2 из 6)" in effects_of(decision, Comment)[0].text


def test_misses_beyond_the_cadence_are_counted_without_an_end():
    retry = {"stage": "silent", "miss": "calls", "next": {"task": "attempt", "after": "1h"}}
    desk = Desk(lead(), changed_playbook("outcomes", missed=retry))
    desk.arrives()
    for hour in range(10, 16):
        desk.says(f"2026-11-03 {hour}:00", ("reached", "no"))
    decision = desk.says("2026-11-03 16:00", ("reached", "no"))
    assert len(desk.case.misses) == 7
    assert effects_of(decision, Receipt)[0].lines == ("Недозвон. Дальше 17:00",)


def test_a_stage_without_an_own_task_asks_for_the_same_once_more():
    stays = {"conversation": True}
    desk = Desk(lead(), changed_playbook("outcomes", agreed=stays))
    desk.arrives()
    desk.says("2026-11-02 16:58", ("reached", "no"))
    desk.says("2026-11-02 17:41", ("reached", "later"), ("when", promised("2026-11-03 14:00")))
    assert (desk.case.stage, task_of(desk).kind, task_of(desk).attempt) == ("silent", "attempt", None)
    text = playbook_text()
    text["pipelines"]["leads"]["stages"]["silent"] = {"title": "Недозвон", "crm": "SILENT"}
    bare = Desk(desk.case, Playbook.model_validate({**text, "outcomes": {**text["outcomes"], "agreed": stays}}))
    bare.case = replace(bare.case, task=replace(task_of(bare), kind="call_back"), before=None)
    bare.says("2026-11-03 14:00", ("reached", "later"), ("when", promised("2026-11-03 15:00")))
    assert task_of(bare).kind == "call_back"


def test_what_the_playbook_says_comes_first_on_the_receipt():
    told = {"stage": "agreed", "next": {"task": "call_back", "at": "when"}, "receipt": "Договорились"}
    desk = Desk(lead(), changed_playbook("outcomes", agreed=told))
    desk.arrives()
    decision = desk.says("2026-11-02 16:58", ("reached", "later"), ("when", promised("2026-11-03 14:00")))
    assert effects_of(decision, Receipt)[0].lines == (
        "Договорились",
        "Лид → «Дожим»",
        "Дальше: Перезвонить, завтра, вт 3 ноября, 14:00",
    )
    assert effects_of(decision, Receipt)[0].short == "Договорились, дальше завтра 14:00"


def test_the_receipt_of_a_stage_move():
    desk = desk_with_lead()
    decision = desk.says("2026-11-02 16:58", ("reached", "other"), ("what_else", "writes"))
    assert effects_of(decision, Receipt)[0].lines == ("Лид → «Дожим»", "Дальше: Написать, сегодня 17:28")
    assert effects_of(decision, Receipt)[0].short == "«Дожим», дальше 17:28"
    assert decision.why == "«Переписываемся» → «Дожим», Написать, пн 02.11 17:28"


def test_the_journal_says_why_a_question_was_asked():
    desk = desk_with_lead()
    decision = desk.says("2026-11-02 16:58", ("reached", "yes"))
    assert decision.why == "Ответ «Дозвонился» → вопрос «Долги с процентами?»"
    decision = desk.says("2026-11-02 16:58", ("debt", "small"), ("agreement", "not_ready"), ("obstacle", None))
    assert decision.why == "Ответ «пропущено» → вопрос «Когда?»"


def test_moments_of_tasks_and_questionnaires():
    desk = desk_with_lead()
    desk.says("2026-11-02 16:58", ("reached", "yes"))
    assert desk.case.run is not None
    assert desk.case.run.started_at == moscow("2026-11-02 16:58")
    desk.says("2026-11-02 16:59", ("debt", "small"), ("agreement", "not_ready"), ("obstacle", None))
    desk.says("2026-11-02 17:00", ("when", promised("2026-11-03 14:00")))
    assert task_of(desk).set_at == moscow("2026-11-02 17:00")


def test_only_what_a_deal_has_is_carried_to_it():
    desk = desk_with_lead(facts={"note": "Звонить с утра", "tries": 3, "obstacle": "money", "gone_field": 1})
    deal = opening_of(desk, ("reached", "yes"), ("debt", "big")).deal
    assert deal.facts == {"obstacle": "money", "debt": "big"}
    assert deal.tasks_set == 1


def test_the_comment_tells_what_the_client_asked_for():
    desk = desk_with_lead()
    said = desk.says("2026-11-02 16:58", ("reached", "other"), ("what_else", "no_calls"))
    assert "Клиент просил не звонить: только переписка." in effects_of(said, Comment)[0].text
    desk = desk_with_lead()
    desk.says("2026-11-02 16:58", ("reached", "other"), ("what_else", "nothing"))
    said = desk.does("2026-11-02 16:59", Confirmed(MANAGER))
    assert "Клиент просил не звонить и не писать." in effects_of(said, Comment)[0].text


def test_a_stage_is_moved_even_when_no_field_changes():
    text = playbook_text()
    text["fields"] = {key: value for key, value in text["fields"].items() if "system" not in value}
    desk = Desk(lead(), Playbook.model_validate(text))
    desk.arrives()
    decision = desk.says("2026-11-02 16:58", ("reached", "no"))
    assert effects_of(decision, Update) == [Update("silent", {})]


def test_an_answer_is_not_written_where_the_field_is_not():
    text = playbook_text()
    text["fields"]["agreement"]["on"] = ["deal"]
    desk = Desk(lead(), Playbook.model_validate(text))
    desk.arrives()
    desk.says("2026-11-02 16:58", ("reached", "yes"), ("debt", "small"), ("agreement", "refused"))
    decision = desk.does("2026-11-02 16:59", Confirmed(MANAGER))
    assert "agreement" not in effects_of(decision, Update)[0].fields
    assert effects_of(decision, Update)[0].fields["debt"] == "small"
