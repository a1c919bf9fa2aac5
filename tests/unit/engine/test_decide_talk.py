"""Confirming, stepping back, and what is refused."""

from __future__ import annotations

import pytest

from bot.engine.effects import (
    Comment,
    Redraw,
)
from bot.engine.events import Cancelled, Confirmed, SteppedBack
from bot.errors import ActionNotAllowed
from tests.builders import (
    MANAGER,
    OTHER,
    Desk,
    answer,
    desk_with_lead,
    effects_of,
    lead,
    promised,
)

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
