"""Conditions of a playbook against a case and answers."""

from __future__ import annotations

from typing import Any

import pytest

from bot.engine.case import Case, Client, Miss, Task
from bot.engine.conditions import Scope, holds
from bot.playbooks.model import Compare
from tests.builders import lead, moscow, promised, small_playbook

NOW = moscow("2026-11-02 16:50")


def task(**changes: Any) -> Task:
    values: dict[str, Any] = {"id": "12-1", "kind": "attempt", "set_at": NOW, "due_at": NOW, "push_at": NOW}
    return Task(**{**values, **changes})


def scope(answers: dict[str, Any] | None = None, case: Case | None = None) -> Scope:
    return Scope(small_playbook(), case or lead(), answers or {}, NOW)


@pytest.mark.parametrize(
    ("condition", "answers", "expected"),
    [
        (None, {}, True),
        ({}, {}, True),
        ({"debt": "big"}, {"debt": "big"}, True),
        ({"debt": "big"}, {"debt": "small"}, False),
        ({"debt": "big"}, {}, False),
        ({"debt": ["small", "big"]}, {"debt": "big"}, True),
        ({"debt": ("small", "none")}, {"debt": "big"}, False),
        ({"debt": "big", "reached": "yes"}, {"debt": "big"}, False),
        ({"debt": "big", "reached": "yes"}, {"debt": "big", "reached": "yes"}, True),
        ({"any": [{"debt": "big"}, {"reached": "yes"}]}, {"reached": "yes"}, True),
        ({"any": [{"debt": "big"}, {"reached": "yes"}]}, {"reached": "no"}, False),
        ({"all": [{"debt": "big"}, {"reached": "yes"}]}, {"reached": "yes"}, False),
        ({"not": {"debt": "big"}}, {"debt": "big"}, False),
        ({"not": {"debt": "big"}}, {}, True),
        ({"written": "max"}, {"written": ["sms", "max"]}, True),
        ({"written": ["max", "none"]}, {"written": ["sms"]}, False),
        ({"written": {"none_of": ["none"]}}, {"written": ["sms", "none"]}, False),
        ({"written": {"none_of": ["none"]}}, {"written": ["sms"]}, True),
        ({"written": {"none_of": ["none"]}}, {}, True),
        ({"sum": {"over": 100}}, {"sum": 100}, False),
        ({"sum": {"over": 100}}, {"sum": 101}, True),
        ({"sum": {"at_least": 100, "under": 200}}, {"sum": 100}, True),
        ({"sum": {"at_least": 100, "under": 200}}, {"sum": 200}, False),
        ({"sum": {"at_most": 200}}, {"sum": 200}, True),
        ({"sum": {"at_most": 200}}, {}, False),
        ({"sum": Compare(over=5)}, {"sum": 6}, True),
        ({"sum": Compare(over=5)}, {"sum": 5}, False),
        ({"sum": 5}, {"sum": 5}, True),
        ({"debt": {"answered": True}}, {"debt": "none"}, True),
        ({"debt": {"answered": False}}, {"debt": "none"}, False),
        ({"debt": {"answered": True}}, {"debt": None}, False),
        ({"when": {"at_least": 7}}, {"when": promised("2026-11-09 00:10")}, True),
        ({"when": {"at_least": 7}}, {"when": promised("2026-11-08 23:50")}, False),
        ({"when": "promised"}, {"when": promised("2026-11-08 23:50")}, True),
        ({"when": ["unnamed", "will_call"]}, {"when": promised("2026-11-08 23:50")}, False),
        ({"why_far": {"at_least": 7}}, {"why_far": "2026-11-09"}, True),
        ({"why_far": {"at_least": 7}}, {"why_far": "Вахта"}, False),
    ],
)
def test_answers(condition, answers, expected):
    assert holds(condition, scope(answers)) is expected


def test_days_ahead_are_days_of_the_company_clock():
    """23:30 UTC on the 8th is the 9th in Moscow."""
    answers = {"when": {"at": "2026-11-08T21:30:00+00:00", "how": "promised"}}
    assert holds({"when": {"at_least": 7}}, scope(answers))


@pytest.mark.parametrize(
    ("condition", "changes", "expected"),
    [
        ({"case.source": "site"}, {}, True),
        ({"case.source": ["cold"]}, {}, False),
        ({"case.stage": "new"}, {}, True),
        ({"case.task": "attempt"}, {"task": task()}, True),
        ({"case.task": "attempt"}, {}, False),
        ({"case.attempt": {"at_least": 4}}, {"task": task(attempt=4)}, True),
        ({"case.attempt": 2}, {"misses": (Miss(NOW, "12-1", 1),)}, True),
        ({"case.misses": 0}, {}, True),
        ({"case.misses": {"over": 0}}, {"misses": (Miss(NOW, "12-1", 1),)}, True),
        ({"case.has_phone": True}, {}, True),
        ({"case.has_phone": True}, {"client": Client("П")}, False),
        ({"case.other_contact": True}, {"client": Client("П", emails=("a@b.ru",))}, True),
        ({"case.other_contact": True}, {"client": Client("П", messengers=("max",))}, True),
        ({"case.other_contact": False}, {}, True),
        ({"case.only_writing": True}, {"no_calls": True}, True),
        ({"case.repeat": True}, {"repeat": "Был 40 дней назад"}, True),
        ({"case.repeat": False}, {}, True),
        ({"case.promised": True}, {"task": task(promised=True)}, True),
        ({"case.promised": True}, {}, False),
        ({"case.confirmed": True}, {"task": task(confirmed=True)}, True),
        ({"case.confirmed": False}, {"task": task()}, True),
    ],
)
def test_facts_of_the_case(condition, changes, expected):
    assert holds(condition, scope(case=lead(**changes))) is expected


def test_a_field_falls_back_to_what_is_known_of_the_client():
    known = lead(facts={"messengers": ["none"], "debt": "big"})
    assert holds({"debt": "big"}, scope(case=known))
    assert not holds({"debt": "big"}, scope({"debt": "small"}, known))


def test_a_field_is_read_from_the_question_that_is_written_to_it():
    known = lead(facts={"messengers": ["none"]})
    assert holds({"messengers": "max"}, scope({"written": ["max"]}, known))
    assert holds({"messengers": {"none_of": ["none"]}}, scope({"written": ["max"]}, known))
    assert not holds({"messengers": {"none_of": ["none"]}}, scope(case=known))


@pytest.mark.parametrize("condition", [{"case.unknown": True}, {"debt": {"like": 5}}, {"debt": None}])
def test_unknown_shapes_are_refused(condition):
    with pytest.raises(ValueError, match=r"condition|comparison"):
        holds(condition, scope({"debt": "big"}))
