"""The next question, the end of a path, the buttons that are offered."""

from __future__ import annotations

from typing import Any

import pytest

from bot.engine.answers import answer_in_words, answers_in_words
from bot.engine.case import Case, Run
from bot.engine.questionnaire import Ask, End, first_question, walk
from bot.engine.rules import Rules
from bot.engine.tasks import set_task
from tests.builders import MANAGER, lead, moscow, promised, small_playbook

NOW = moscow("2026-11-02 16:50")


def run(answers: dict[str, Any] | None = None, questionnaire: str = "talk", **changes: Any) -> Run:
    return Run(questionnaire, "12-1", MANAGER, NOW, answers or {}, **changes)


def asked(
    answers: dict[str, Any] | None = None, case: Case | None = None, role: str = "manager", **changes: Any
) -> Ask:
    step = walk(small_playbook(), case or lead(), run(answers, **changes), NOW, role)
    assert isinstance(step, Ask)
    return step


def ended(answers: dict[str, Any], case: Case | None = None, role: str = "manager", **changes: Any) -> str | None:
    step = walk(small_playbook(), case or lead(), run(answers, **changes), NOW, role)
    assert isinstance(step, End)
    return step.outcome


@pytest.mark.parametrize(
    ("answers", "question"),
    [
        ({}, "reached"),
        ({"reached": "yes"}, "debt"),
        ({"reached": "yes", "debt": "small"}, "agreement"),
        ({"reached": "yes", "debt": "small", "agreement": "not_ready"}, "obstacle"),
        ({"reached": "yes", "debt": "small", "agreement": "not_ready", "obstacle": None}, "when"),
        ({"reached": "later"}, "when"),
        ({"reached": "later", "when": promised("2026-11-20 10:00")}, "why_far"),
        ({"reached": "other", "what_else": "wrong"}, "number"),
    ],
)
def test_the_first_unanswered_step_that_holds_is_asked(answers, question):
    assert asked(answers).id == question


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ({"reached": "no"}, "missed"),
        ({"reached": "yes", "debt": "big"}, "qualified"),
        ({"reached": "yes", "debt": "none", "agreement": "office"}, "qualified"),
        ({"reached": "yes", "debt": "none", "agreement": "close"}, "no_debt"),
        ({"reached": "yes", "debt": "small", "agreement": "refused"}, "refused"),
        ({"reached": "later", "when": promised("2026-11-03 10:00")}, "agreed"),
        ({"reached": "other", "what_else": "writes"}, "in_chat"),
    ],
)
def test_paths_end(answers, outcome):
    assert ended(answers) == outcome


def test_early_results_wait_for_the_first_answer():
    """What is known of the client must not end a questionnaire that nobody has begun."""
    assert asked(case=lead(facts={"debt": "big"})).id == "reached"


def test_inherited_answers_do_not_end_the_run_by_their_buttons():
    answers = {"reached": "no"}
    assert asked(answers, questionnaire="deal_talk", given=("reached",)).id == "agreement"


def test_an_optional_questionnaire_may_end_without_outcome():
    assert ended({"written": ["max"], "detail": "off"}, questionnaire="after_miss") is None
    assert ended({"detail": "busy"}, questionnaire="after_miss", case=lead(facts={"messengers": ["none"]})) == "busy"


def test_options_show_by_condition_and_role():
    assert "close" not in asked({"reached": "yes", "debt": "small"}).options
    assert next(iter(asked({"reached": "yes", "debt": "none"}).options)) == "close"
    assert "give_up" not in asked().options
    assert "give_up" in asked(role="supervisor").options


def test_the_obstacle_of_last_time_is_offered_when_there_was_one():
    answers = {"reached": "yes", "debt": "small", "agreement": "not_ready"}
    assert list(asked(answers).options) == ["money"]
    assert list(asked(answers, lead(facts={"obstacle": "money"})).options) == ["money", "same"]


def test_progress_does_not_count_the_question_on_the_card():
    step = asked({"reached": "yes"})
    assert (step.position, step.total) == (1, 2)
    step = asked({"reached": "yes", "debt": "small"})
    assert (step.position, step.total) == (2, 2)
    step = asked({"reached": "later"})
    assert (step.position, step.total) == (1, 1)


def test_progress_counts_on_in_a_resumed_run():
    """It is one conversation for him who holds the phone: «1 из 2» does not come twice."""
    step = asked({"reached": "yes", "debt": "big"}, questionnaire="deal_talk", given=("reached", "debt"))
    assert (step.position, step.total) == (2, 3)


def test_the_card_carries_the_first_question():
    rules = Rules(small_playbook(), NOW, "manager")
    case = set_task(rules, lead(), "process")
    step = first_question(small_playbook(), case, NOW)
    assert step is not None
    assert [option.label for option in step.options.values()][:3] == [
        "Дозвонился",
        "Не дозвонился",
        "Просит перезвонить",
    ]
    assert first_question(small_playbook(), lead(), NOW) is None
    assert first_question(small_playbook(), set_task(rules, lead(), "fill"), NOW) is None


@pytest.mark.parametrize(
    ("question", "value", "label", "words"),
    [
        ("debt", "small", "", "До 250 тыс."),
        ("written", ["max", "sms"], "", "MAX, SMS"),
        ("written", [], "", "нет"),
        ("sum", 1500000, "", "1 500 000 ₽"),
        ("sum", 99.5, "", "99,5 ₽"),
        ("why_far", "rota", "", "Вахта"),
        ("why_far", "Едет к сыну", "", "Едет к сыну"),
        ("when", promised("2026-11-03 10:00"), "", "вт 03.11 10:00"),
        ("when", promised("2026-11-03 10:00", "unnamed"), "", "вт 03.11 10:00 (время не назвал)"),
        ("when", promised("2026-11-03 10:00", "will_call"), "", "сам наберёт, проверить вт 03.11 10:00"),
        ("whose", 15, "Анна Козлова, лид 1040", "Анна Козлова, лид 1040"),
        ("number", "+79231234567", "", "+79231234567"),
        ("obstacle", None, "", ""),
    ],
)
def test_answers_in_words(question, value, label, words):
    assert answer_in_words(small_playbook(), run({question: value}, labels={question: label}), question) == words


def test_answers_as_lines():
    answers = {"reached": "yes", "debt": "small", "obstacle": None, "agreement": "refused"}
    lines = ("Удалось связаться: Дозвонился", "Долги с процентами: До 250 тыс.", "О чём договорились: Отказался")
    inherited = run(answers, given=("reached", "debt"))
    assert answers_in_words(small_playbook(), inherited) == lines[2:]
    assert answers_in_words(small_playbook(), inherited, inherited=True) == lines


def test_progress_counts_every_question_of_a_receipt():
    step = asked({"written": ["max"]}, questionnaire="after_miss", optional=True)
    assert (step.id, step.position, step.total) == ("detail", 2, 2)
