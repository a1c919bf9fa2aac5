"""A client entered by hand: what is asked in which order, and what a person may type."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.engine.contactwords import read_email, read_messenger, read_name
from bot.engine.newcomer import Author, Known, Newcomer, current, found, offered_stages, plan, settled, stepped_back
from bot.playbooks.load import builtin

PLAYBOOK = builtin("bankruptcy").playbook
MANAGER, SUPERVISOR = Author("manager", leads=False), Author("supervisor", leads=True)
NOW = datetime(2026, 11, 2, 7, tzinfo=UTC)
WHOLE = Newcomer(
    name="Вера",
    phone="+79161234567",
    source="CALL",
    owner=2,
    pipeline="deals",
    stage="meeting_scheduled",
    place="office",
    at=NOW,
    how="promised",
)


def test_the_steps_come_one_after_another():
    new, asked = Newcomer(owner=2), []
    for answer in (
        {"name": "Вера"},
        {"phone": "+79161234567"},
        {"source": "CALL"},
        {"pipeline": "deals"},
        {"stage": "meeting_scheduled"},
        {"place": "office"},
        {"at": NOW, "how": "promised"},
    ):
        asked.append(current(PLAYBOOK, new, MANAGER))
        new = replace(new, **answer)
    assert asked == ["name", "phone", "source", "pipeline", "stage", "place", "when"]
    assert current(PLAYBOOK, new, MANAGER) == "summary"
    assert "owner" in plan(PLAYBOOK, new, SUPERVISOR)


def test_every_step_back_asks_what_was_answered_last():
    new, asked = WHOLE, []
    while (step := current(PLAYBOOK, new, MANAGER)) != "name":
        new = stepped_back(PLAYBOOK, new, MANAGER)
        asked.append(current(PLAYBOOK, new, MANAGER))
        assert asked[-1] != step
    assert asked == ["when", "place", "stage", "pipeline", "source", "phone", "name"]


def test_a_change_keeps_the_old_answer_until_there_is_a_new_one():
    new = replace(WHOLE, changing="place")
    assert current(PLAYBOOK, new, MANAGER) == "place"
    assert stepped_back(PLAYBOOK, new, MANAGER) == WHOLE


def test_a_known_client_is_asked_about_before_all_else():
    new = found(WHOLE, [Known("Вера Н. · Дожим на встречу", "Вера Новикова", 7)], blind=False)
    assert current(PLAYBOOK, new, MANAGER) == "known"
    assert current(PLAYBOOK, replace(new, barred="all"), SUPERVISOR) == "barred"


def test_a_stage_that_is_gone_is_asked_for_again():
    new = settled(PLAYBOOK, replace(WHOLE, stage="of_last_week"), "manager")
    assert current(PLAYBOOK, new, MANAGER) == "stage"


def test_only_stages_in_which_work_goes_on_are_offered():
    offered = offered_stages(PLAYBOOK, "manager")
    assert "new" not in offered["leads"]
    assert "unprocessed" not in offered["deals"]
    stages = [PLAYBOOK.pipelines[name].stages[key] for name, keys in offered.items() for key in keys]
    assert all(stage.kind == "open" and stage.task is not None for stage in stages)
    barred = PLAYBOOK.pipelines["deals"].stages["contract_signed"].model_copy(update={"roles": ("director",)})
    deals = PLAYBOOK.pipelines["deals"].model_copy(update={"stages": {"contract_signed": barred}})
    strict = PLAYBOOK.model_copy(update={"pipelines": {"deals": deals}})
    assert offered_stages(strict, "manager") == {}
    assert settled(strict, Newcomer(), "director").stage == "contract_signed"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Вера Новикова", ("Вера Новикова", None)),
        ("  Вера   Новикова, 8 (916) 123-45-67", ("Вера Новикова", "+79161234567")),
        ("+7 916 123 45 67 Вера", ("Вера", "+79161234567")),
        ("ООО «Вектор 7»", ("ООО «Вектор 7»", None)),
        ("7", (None, None)),
        ("В", (None, None)),
        ("89161234567", (None, "+79161234567")),
        ("я" * 201, (None, None)),
    ],
)
def test_a_name_and_perhaps_a_number(text: str, expected: tuple[str | None, str | None]):
    assert read_name(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@vera_n", "Telegram: @vera_n"),
        ("тг: @vera", "Telegram: @vera"),
        ("https://t.me/vera", "Telegram: @vera"),
        ("ВК vera.nov", "Vk: vera.nov"),
        ("MAX 89161234567", "Other: MAX 89161234567"),
        ("голубиная почта", None),
        ("telegram", None),
        ("тг <b>", None),
    ],
)
def test_a_messenger(text: str, expected: str | None):
    assert read_messenger(text) == expected


def test_an_email():
    assert read_email("почта Vera@Mail.RU, пишите") == "vera@mail.ru"
    assert read_email("vera@mail") is None
