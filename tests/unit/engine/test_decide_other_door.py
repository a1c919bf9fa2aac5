"""What people do in the CRM meets what is under way here: drafts, stages set by hand, tasks opened again."""

from __future__ import annotations

import pytest

from bot.engine.drafts import draft_in_words, draft_of
from bot.engine.effects import (
    AddTask,
    AskApproval,
    CloseCard,
    Comment,
    CompleteCopy,
    CompleteTask,
    RenewTask,
    Tell,
    Update,
)
from bot.engine.events import (
    Approved,
    DraftDropped,
    DraftTaken,
    Gone,
    HandedOver,
    OldTaskOpened,
    SentBack,
    StageMoved,
    TaskClosed,
    TaskCopied,
    TaskReopened,
    Undone,
)
from bot.errors import ActionNotAllowed
from bot.playbooks.model import Playbook
from tests.builders import MANAGER, OTHER, Desk, desk_with_lead, effects_of, lead, moscow, playbook_text, task_of

# Drafts ---------------------------------------------------------------------------------------------------------------


def handed_over_half_filled() -> Desk:
    desk = desk_with_lead()
    desk.says("2026-11-02 17:00", ("reached", "yes"), ("debt", "small"))
    desk.does("2026-11-02 17:01", HandedOver(OTHER))
    return desk


def test_the_new_owner_goes_on_where_the_former_one_stopped():
    desk = handed_over_half_filled()
    draft = draft_of(desk.case)
    assert draft is not None
    assert (draft.by, draft_in_words(draft), desk.case.run) == (MANAGER, "yes · small", None)
    with pytest.raises(ActionNotAllowed, match="Продолжить"):
        desk.says("2026-11-02 17:02", ("reached", "no"), by=OTHER)
    desk.does("2026-11-02 17:02", DraftTaken(OTHER))
    assert desk.case.run is not None
    assert (desk.case.run.by, desk.case.run.answers) == (OTHER, {"reached": "yes", "debt": "small"})
    desk.says("2026-11-02 17:03", ("agreement", "office"), by=OTHER)
    assert desk.case.stage == "won"


def test_or_begins_anew():
    desk = handed_over_half_filled()
    desk.does("2026-11-02 17:02", DraftDropped(OTHER))
    desk.says("2026-11-02 17:03", ("reached", "no"), by=OTHER)
    assert desk.case.stage == "silent"
    for event in (DraftTaken(OTHER), DraftDropped(OTHER)):
        with pytest.raises(ActionNotAllowed, match="уже нет"):
            desk.does("2026-11-02 17:04", event)


def test_what_waited_for_confirmation_waits_again():
    desk = desk_with_lead()
    desk.says("2026-11-02 17:00", ("reached", "yes"), ("debt", "none"), ("agreement", "refused"))
    desk.does("2026-11-02 17:01", HandedOver(OTHER))
    desk.does("2026-11-02 17:02", DraftTaken(OTHER))
    assert desk.case.run is not None
    assert desk.case.run.confirming == "refused"


def test_what_the_new_role_may_not_end_with_is_asked_again():
    desk = desk_with_lead()
    desk.says("2026-11-02 17:00", ("reached", "give_up"), role="supervisor")
    assert desk.case.run is not None
    desk.does("2026-11-02 17:01", HandedOver(OTHER))
    desk.does("2026-11-02 17:02", DraftTaken(OTHER))
    assert desk.case.run.confirming == "gave_up"


def test_a_draft_goes_on_to_a_third_owner_and_ends_with_its_task():
    desk = handed_over_half_filled()
    desk.does("2026-11-02 17:02", HandedOver(9))
    assert draft_of(desk.case) is not None
    desk.does("2026-11-02 17:03", StageMoved("agreed"))
    assert draft_of(desk.case) is None


def test_only_a_former_owner_who_did_not_do_it_himself_is_told():
    assert effects_of(desk_with_lead().does("2026-11-02 17:01", HandedOver(OTHER)), Tell) == []
    begun = desk_with_lead()
    begun.says("2026-11-02 17:00", ("reached", "yes"))
    told = effects_of(begun.does("2026-11-02 17:01", HandedOver(OTHER)), Tell)
    assert [effect.user for effect in told] == [MANAGER]
    own = desk_with_lead()
    own.says("2026-11-02 17:00", ("reached", "yes"))
    assert effects_of(own.does("2026-11-02 17:01", HandedOver(OTHER, by=MANAGER)), Tell) == []


# Stages set by hand ---------------------------------------------------------------------------------------------------


def test_a_kept_stage_is_asked_about_and_can_be_sent_back():
    desk = desk_with_lead()
    decision = desk.does("2026-11-02 17:01", StageMoved("no_contact", by=OTHER))
    assert effects_of(decision, AskApproval) == [AskApproval(("supervisor",))]
    assert desk.case.closed
    back = desk.does("2026-11-02 17:05", SentBack(OTHER))
    assert (desk.case.stage, desk.case.closed, task_of(desk).due_at) == ("new", False, moscow("2026-11-02 17:20"))
    assert [effect.stage for effect in effects_of(back, Update)] == ["new"]
    assert len(effects_of(back, AddTask)) == 1
    for event in (SentBack(OTHER), Approved(OTHER)):
        with pytest.raises(ActionNotAllowed, match="решено"):
            desk.does("2026-11-02 17:06", event)


def test_an_approved_stage_stays():
    desk = desk_with_lead()
    desk.does("2026-11-02 17:01", StageMoved("no_contact"))
    decision = desk.does("2026-11-02 17:05", Approved(OTHER))
    assert (desk.case.stage, desk.case.closed) == ("no_contact", True)
    assert [effect.by for effect in effects_of(decision, Comment)] == [OTHER]


def test_who_may_set_it_is_not_asked():
    decision = desk_with_lead().does("2026-11-02 17:01", StageMoved("no_contact", by=OTHER), role="supervisor")
    assert effects_of(decision, AskApproval) == []


def test_moved_on_since_nothing_is_left_to_approve():
    desk = desk_with_lead()
    desk.does("2026-11-02 17:01", StageMoved("no_contact"))
    desk.does("2026-11-02 17:02", StageMoved("silent"))
    with pytest.raises(ActionNotAllowed, match="решено"):
        desk.does("2026-11-02 17:05", SentBack(OTHER))


def two_pipelines() -> Playbook:
    text = playbook_text()
    stages = {
        "first": {"title": "Ремонт", "crm": "FIRST", "task": "deal_call"},
        "kept": {"title": "Спор", "crm": "KEPT", "task": "deal_call", "roles": ["director"]},
    }
    text["pipelines"]["repairs"] = {"title": "Ремонты", "entity": "deal", "category": 7, "stages": stages}
    return Playbook.model_validate(text)


def test_another_pipeline_is_a_move_and_the_way_back_is_too():
    desk = Desk(lead(entity="deal", pipeline="deals", stage="fresh"), two_pipelines())
    desk.arrives()
    decision = desk.does("2026-11-02 17:01", StageMoved("kept", "repairs"))
    assert (desk.case.pipeline, desk.case.stage, task_of(desk).kind) == ("repairs", "kept", "deal_call")
    assert effects_of(decision, CompleteTask) == [CompleteTask("12-1")]
    back = desk.does("2026-11-02 17:02", SentBack(OTHER))
    assert (desk.case.pipeline, desk.case.stage) == ("deals", "fresh")
    assert [(effect.stage, effect.across) for effect in effects_of(back, Update)] == [("fresh", True)]
    for elsewhere in (StageMoved("new", "leads"), StageMoved("first", "nowhere"), StageMoved("fresh", "repairs")):
        with pytest.raises(ActionNotAllowed, match="стадии"):
            desk.does("2026-11-02 17:03", elsewhere)


def test_gone_and_back_in_the_same_stage_work_begins_again():
    desk = desk_with_lead()
    desk.does("2026-11-02 17:01", Gone())
    desk.does("2026-11-02 17:05", StageMoved("new"))
    assert (desk.case.closed, task_of(desk).kind) == (False, "process")


# Tasks ----------------------------------------------------------------------------------------------------------------


def test_a_task_closed_by_mistake_is_as_it_was():
    desk = desk_with_lead()
    before = task_of(desk)
    desk.does("2026-11-02 16:55", TaskClosed("12-1", moscow("2026-11-02 16:54")))
    desk.does("2026-11-02 16:56", TaskReopened("12-1"))
    assert (task_of(desk).closed_at, task_of(desk).note, task_of(desk).due_at) == (None, None, before.due_at)
    assert desk.does("2026-11-02 16:57", TaskReopened("12-1")).effects == ()


def test_a_second_open_task_is_closed_with_a_note():
    desk = desk_with_lead()
    desk.says("2026-11-02 16:58", ("reached", "no"))
    decision = desk.does("2026-11-02 17:01", OldTaskOpened("12-1"))
    assert effects_of(decision, CompleteTask) == [CompleteTask("12-1")]
    assert "в работе «Попытка дозвониться», пн 02.11 17:38" in effects_of(decision, Comment)[0].text
    assert desk.does("2026-11-02 17:02", OldTaskOpened("12-2")).effects == ()
    assert effects_of(desk.does("2026-11-02 17:03", TaskCopied(77)), CompleteCopy) == [CompleteCopy(77)]
    desk.does("2026-11-02 17:04", StageMoved("junk"))
    assert "работа с клиентом закончена" in desk.does("2026-11-02 17:05", OldTaskOpened("12-2")).why


def test_undone_a_task_that_was_closed_in_the_crm_stays_closed_there():
    desk = desk_with_lead()
    desk.does("2026-11-02 16:55", TaskClosed("12-1", moscow("2026-11-02 16:54")))
    desk.says("2026-11-02 16:58", ("reached", "no"))
    decision = desk.does("2026-11-02 16:58", Undone(MANAGER))
    assert effects_of(decision, RenewTask) == []
    assert (task_of(desk).id, task_of(desk).closed_at) == ("12-1", moscow("2026-11-02 16:54"))
    assert effects_of(decision, CloseCard) == [CloseCard("12-2", "Прошлый ответ исправляют")]
    assert desk.case.first_touch_at is None
