"""A qualified lead becomes a deal, and the conversation goes on."""

from __future__ import annotations

from typing import Any

import pytest

from bot.engine.convert import numbered
from bot.engine.effects import (
    AddTask,
    Comment,
    CompleteTask,
    OpenDeal,
    Receipt,
    Redraw,
    Update,
)
from bot.engine.events import SteppedBack
from bot.errors import ActionNotAllowed
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


def test_only_what_a_deal_has_is_carried_to_it():
    desk = desk_with_lead(facts={"note": "Звонить с утра", "tries": 3, "obstacle": "money", "gone_field": 1})
    deal = opening_of(desk, ("reached", "yes"), ("debt", "big")).deal
    assert deal.facts == {"obstacle": "money", "debt": "big"}
    assert deal.tasks_set == 1
