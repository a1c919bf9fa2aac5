"""Hundreds of managers' days, thousands by `make days`: no day ever gets stuck."""

from __future__ import annotations

import os

import pytest

from bot.playbooks.load import builtin, builtin_names
from tests.builders import small_playbook
from tests.unit.engine.days import Day

DAYS = int(os.environ.get("DOZVON_DAYS", "150"))
PORTION = 50
MOST_DAYS = 4000
"""Within so many days every outcome is met."""


@pytest.mark.parametrize("first", range(0, DAYS, PORTION))
@pytest.mark.parametrize("name", builtin_names())
def test_days(name: str, first: int) -> None:
    """Whatever is pressed and whatever the CRM says: a next action, a question or the end, and nothing else."""
    playbook = builtin(name).playbook
    for seed in range(first, min(first + PORTION, DAYS)):
        Day(playbook, seed).run()


def test_days_of_the_small_playbook() -> None:
    """Other rules, the same promises."""
    for seed in range(PORTION):
        Day(small_playbook(), seed).run()


def test_a_day_goes_the_same_way_again() -> None:
    """So that a broken day can be looked at by its number."""
    playbook = builtin("bankruptcy").playbook
    first, again = (Day(playbook, 7).run() for _ in range(2))
    assert [life.told for life in first.lives] == [life.told for life in again.lives]
    assert [life.case for life in first.lives] == [life.case for life in again.lives]


@pytest.mark.slow
@pytest.mark.parametrize("name", builtin_names())
def test_every_outcome_is_met(name: str) -> None:
    """No outcome of a playbook is out of reach for ever."""
    playbook = builtin(name).playbook
    missing = set(playbook.outcomes)
    for seed in range(MOST_DAYS):
        missing -= Day(playbook, seed).run().outcomes
        if not missing:
            return
    assert not missing
