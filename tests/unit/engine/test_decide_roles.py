"""Tasks that another role holds, final stages with work left, talks that go on, people who are told."""

from __future__ import annotations

import json
from typing import Any

from bot.engine.effects import AddTask, Alert, CloseCard, Continue, MoveTask, Receipt
from bot.engine.events import HandedOver, StageMoved, TaskGiven
from bot.engine.holding import held, role_wanted
from bot.playbooks.load import load
from bot.playbooks.model import Playbook
from tests.builders import MANAGER, OTHER, Desk, effects_of, lead, moscow, playbook_text, task_of

LAWYER = 21


def _playbook(**outcomes: Any) -> Playbook:
    text = playbook_text()
    deals = text["pipelines"]["deals"]["stages"]
    deals["active"] = {"title": "Активна", "crm": "ACTIVE", "kind": "success", "task": "law"}
    text["tasks"]["law"] = {"title": "Связаться", "ask": "law_talk", "role": "lawyer", "due": {"within": "1h"}}
    text["questions"]["law"] = {
        "kind": "choice",
        "text": "Связались?",
        "options": {
            "yes": {"label": "Да", "outcome": "law_done"},
            "no": {"label": "Нет", "outcome": "law_again"},
        },
    }
    text["questions"]["agreement"]["options"]["pay"] = {
        "label": "Оплатил",
        "when": {"case.stage": ["fresh", "thinking"]},
    }
    text["fields"]["paid"] = {"crm": "UF_CRM_PAID", "type": "money", "title": "Оплачено"}
    text["questions"]["sum"] |= {"field": "paid", "adds": True}
    text["questionnaires"]["law_talk"] = {"steps": [{"ask": "law"}]}
    text["questionnaires"]["deal_talk"]["steps"].append({"ask": "sum", "when": {"agreement": "pay"}})
    text["questionnaires"]["deal_talk"]["results"] += [
        {"outcome": "part", "when": {"sum": {"under": 10}}},
        {"outcome": "paid", "when": {"agreement": "pay"}},
    ]
    text["outcomes"] |= {
        "law_done": {"ends": True},
        "law_again": {"next": {"task": "law"}},
        "part": {"next": {"task": "deal_call", "after": "15m"}, "resume": "deal_talk"},
        "paid": {"stage": "active", "tell": {"roles": ["supervisor"], "text": "Оплата"}},
        **outcomes,
    }
    return load(json.dumps(text, ensure_ascii=False)).playbook


def _deal() -> Desk:
    desk = Desk(lead(entity="deal", pipeline="deals", stage="fresh"), _playbook())
    desk.does("2026-11-02 16:00", StageMoved("thinking"))
    return desk


def test_a_success_stage_with_a_task_keeps_the_case_until_it_is_ended():
    desk = _deal()
    decision = desk.says("2026-11-02 16:10", ("agreement", "pay"), ("sum", 50))
    assert (desk.case.stage, desk.case.closed, task_of(desk).kind) == ("active", False, "law")
    assert effects_of(decision, Alert) == [Alert(("supervisor",), "Оплата")]
    assert role_wanted(desk.playbook, decision.case, known=None) == "lawyer"
    decision = held(decision, LAWYER)
    desk.case = decision.case
    assert [effect.task.holder for effect in effects_of(decision, AddTask)] == [LAWYER]
    assert (desk.case.holder, desk.case.owner) == (LAWYER, MANAGER)
    assert role_wanted(desk.playbook, desk.case, known=None) is None
    desk.says("2026-11-02 16:20", ("law", "no"), by=LAWYER)
    assert (desk.case.closed, task_of(desk).kind, task_of(desk).holder) == (False, "law", None)
    desk.says("2026-11-02 16:30", ("law", "yes"), by=LAWYER)
    assert (desk.case.stage, desk.case.closed, desk.case.task) == ("active", True, None)


def test_another_owner_leaves_the_task_with_its_holder():
    desk = _deal()
    desk.case = held(desk.says("2026-11-02 16:10", ("agreement", "pay"), ("sum", 50)), LAWYER).case
    decision = desk.does("2026-11-02 16:12", HandedOver(OTHER, MANAGER))
    assert (desk.case.owner, desk.case.holder) == (OTHER, LAWYER)
    assert not effects_of(decision, MoveTask)
    assert not effects_of(decision, CloseCard)
    decision = desk.does("2026-11-02 16:13", TaskGiven(task_of(desk).id, OTHER))
    assert (desk.case.owner, desk.case.holder) == (OTHER, OTHER)
    assert len(effects_of(decision, CloseCard)) == 1


def test_a_talk_goes_on_about_the_next_task_and_sums_add_up():
    desk = _deal()
    answered = task_of(desk).id
    decision = desk.says("2026-11-02 16:10", ("agreement", "pay"), ("sum", 4))
    assert effects_of(decision, Continue) == [Continue(answered)]
    assert not effects_of(decision, Receipt)
    task = task_of(desk)
    assert desk.case.run is not None
    assert (desk.case.run.task, desk.case.run.answers, desk.case.before) == (task.id, {}, None)
    assert task.due_at == task.push_at == moscow("2026-11-02 16:25")
    desk.says("2026-11-02 16:11", ("agreement", "pay"), ("sum", 7))
    assert (desk.case.facts["paid"], desk.case.stage) == (11, "active")
