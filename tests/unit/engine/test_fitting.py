"""Whether a case can go on under another version, and what of a receipt's questions goes with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from bot.engine.case import Approval
from bot.engine.effects import Redraw
from bot.engine.events import Republished, UndoExpired
from bot.engine.fitting import misfit
from bot.playbooks.model import Playbook
from tests.builders import Desk, desk_with_lead, effects_of, small_playbook

Change = Callable[[Playbook], Mapping[str, Any]]


def missed() -> Desk:
    """A lead that was not reached once; the receipt still asks how."""
    desk = desk_with_lead()
    desk.says("2026-11-02 16:58", ("reached", "no"))
    desk.does("2026-11-02 17:00", UndoExpired())
    return desk


def without(parts: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: part for name, part in parts.items() if name != key}


def stages(playbook: Playbook, **update: Any) -> Mapping[str, Any]:
    leads = playbook.pipelines["leads"]
    silent = leads.stages["silent"].model_copy(update=update)
    changed = leads.model_copy(update={"stages": {**leads.stages, "silent": silent}})
    return {"pipelines": {**playbook.pipelines, "leads": changed}}


def deals_as_leads(playbook: Playbook) -> Mapping[str, Any]:
    leads = playbook.pipelines["leads"].model_copy(update={"entity": "deal"})
    return {"pipelines": {**playbook.pipelines, "leads": leads}}


def meeting(playbook: Playbook) -> Mapping[str, Any]:
    attempt = playbook.tasks["attempt"].model_copy(update={"meeting": True})
    return {"tasks": {**playbook.tasks, "attempt": attempt}}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda playbook: {"pipelines": without(playbook.pipelines, "leads")}, "в новой нет воронки «Лиды»"),
        (deals_as_leads, "в новой нет воронки «Лиды»"),
        (lambda playbook: stages(playbook, kind="failure", task=None), "в новой стадия «{stage}» – конечная"),
        (lambda playbook: {"tasks": without(playbook.tasks, "attempt")}, "в новой нет задачи «Попытка дозвониться»"),
        (meeting, "в новой задача «Попытка дозвониться» стала или перестала быть встречей"),
        (
            lambda playbook: {"cadences": {}},
            "в новой нет регламента дозвона, по которому ставится «Попытка дозвониться»",
        ),
        (lambda playbook: {"title": "Другое имя"}, None),
    ],
)
def test_what_a_version_must_have(change: Change, why: str | None) -> None:
    desk, small = missed(), small_playbook()
    found = misfit(small, small.model_copy(update=dict(change(small))), desk.case)
    title = small.pipelines["leads"].stages["silent"].title
    assert found == (why.format(stage=title) if why is not None else None)


def test_the_stage_that_a_case_may_be_sent_back_to_must_be_there() -> None:
    small = small_playbook()
    case = replace(missed().case, approval=Approval("silent", "new", "leads"))
    leads = small.pipelines["leads"]
    fewer = leads.model_copy(update={"stages": without(leads.stages, "new")})
    new = small.model_copy(update={"pipelines": {**small.pipelines, "leads": fewer}})
    assert misfit(small, new, case) == f"в новой нет стадии «{leads.stages['new'].title}»"


def test_the_receipts_question_goes_along_while_it_can_be_asked() -> None:
    desk, small = missed(), small_playbook()
    run = desk.case.run
    assert run is not None
    assert run.optional
    same = desk.does("2026-11-02 17:05", Republished("second", small.model_copy(update={"title": "Другое имя"})))
    assert desk.case.run == run
    assert effects_of(same, Redraw) == [Redraw(None), Redraw(run.task)]
    gone = small.model_copy(update={"questionnaires": without(small.questionnaires, run.questionnaire)})
    decision = desk.does("2026-11-02 17:06", Republished("third", gone))
    assert decision.case.run is None
    assert effects_of(decision, Redraw) == [Redraw(None), Redraw(run.task)]


def test_a_question_answered_on_the_receipt_must_be_there() -> None:
    desk, small = missed(), small_playbook()
    desk.says("2026-11-02 17:01", ("written", ["sms"]))
    assert desk.case.run is not None
    assert "written" in desk.case.run.answers
    gone = small.model_copy(update={"questions": without(small.questions, "written")})
    assert desk.does("2026-11-02 17:06", Republished("third", gone)).case.run is None
