"""A supervisor has a recorded result told anew, or opens a closed case again."""

from __future__ import annotations

import pytest

from bot.engine.deeds import deed_of
from bot.engine.effects import AddTask, CloseCard, Comment, CompleteTask, RenewTask, SetOwner, Update
from bot.engine.events import (
    Answered,
    ClientBarred,
    ClientCalled,
    Confirmed,
    Corrected,
    Event,
    Gone,
    HandedOver,
    Returned,
    StageMoved,
    TaskGiven,
    Undone,
)
from bot.engine.staff import COMPANY
from bot.errors import ActionNotAllowed
from tests.builders import MANAGER, OTHER, Desk, desk_with_lead, effects_of, lead, moscow, promised, task_of

HEAD = 9
"""A supervisor."""


def missed() -> Desk:
    desk = desk_with_lead()
    desk.says("2026-11-02 16:58", ("reached", "no"))
    return desk


def junk() -> Desk:
    """A lead that has ended as «Некачественный»."""
    desk = desk_with_lead()
    desk.says("2026-11-02 16:58", ("reached", "yes"), ("debt", "small"), ("agreement", "refused"))
    desk.does("2026-11-02 16:58", Confirmed(MANAGER))
    assert desk.case.closed
    return desk


def refused(desk: Desk, event: Event, role: str = "supervisor") -> str:
    """The sentence; the case stays as it is."""
    with pytest.raises(ActionNotAllowed) as error:
        desk.does("2026-11-03 12:00", event, role)
    return str(error.value)


def test_the_questionnaire_is_put_back_with_a_new_task():
    """The answered task stays completed, what it has set is completed, stage, misses and fields are as before."""
    desk = missed()
    decision = desk.does("2026-11-03 10:00", Corrected(HEAD, "12-1", MANAGER), "supervisor")
    task = task_of(desk)
    assert (task.id, task.kind, task.holder, desk.case.stage, desk.case.misses) == ("12-3", "process", None, "new", ())
    assert (task.push_at, task.due_at) == (moscow("2026-11-03 10:00"), moscow("2026-11-03 10:30"))
    assert task.corrects is not None
    assert (task.corrects.by, task.corrects.at, task.corrects.words) == (
        MANAGER,
        moscow("2026-11-02 16:58"),
        "Не дозвонился",
    )
    (update,) = effects_of(decision, Update)
    assert (update.stage, update.fields["tries"]) == ("new", None)
    assert [one.task for one in effects_of(decision, CompleteTask)] == ["12-2"]
    assert [one.task for one in effects_of(decision, CloseCard)] == ["12-2"]
    assert [one.task.id for one in effects_of(decision, AddTask)] == ["12-3"]
    assert not effects_of(decision, RenewTask)
    (said,) = effects_of(decision, Comment)
    assert (said.by, "«Обработать лид» от пн 02.11 16:58 – «Не дозвонился» – отменён" in said.text) == (HEAD, True)
    assert "уже исправляют" in refused(desk, Corrected(HEAD, "12-1", MANAGER))


def test_what_is_told_anew_happened_when_it_happened():
    """A miss counts at its own minute, and the work is his who had done it, once."""
    desk = missed()
    before = desk.case
    decision = desk.does("2026-11-03 10:00", Corrected(HEAD, "12-1", HEAD), "supervisor")
    now = moscow("2026-11-03 10:00")
    deed = deed_of(desk.playbook, before, Corrected(HEAD, "12-1", HEAD), decision, now, COMPANY, {"12-2": "over"})
    assert deed == {"holder": MANAGER, "corrected": "12-1"}
    assert task_of(desk).holder == HEAD
    before, event = desk.case, Answered(HEAD, "reached", "no", "Не дозвонился")
    decision = desk.does("2026-11-03 10:05", event, "supervisor")
    assert [miss.at for miss in desk.case.misses] == [moscow("2026-11-02 16:58")]
    assert decision.told is not None
    assert decision.told.at == moscow("2026-11-02 16:58")
    assert task_of(desk).holder is None
    deed = deed_of(desk.playbook, before, event, decision, now, COMPANY, {"12-3": "done"})
    assert deed is not None
    assert (deed["holder"], "ended" in deed, deed["dial"]["number"]) == (MANAGER, False, 1)


def test_fields_that_people_have_changed_since_stay():
    desk = desk_with_lead()
    desk.says("2026-11-02 16:58", ("reached", "later"), ("when", promised("2026-11-05 12:00")))
    note = {**desk.case.facts, "note": "наше", "next_at": "2027-01-01T09:00:00+00:00"}
    desk.case = lead(**{**{name: getattr(desk.case, name) for name in desk.case.__slots__}, "facts": note})
    decision = desk.does("2026-11-03 10:00", Corrected(HEAD, "12-1", MANAGER), "supervisor")
    assert desk.case.facts["note"] == "наше"
    assert effects_of(decision, Update)[0].fields == {"next_at": task_of(desk).due_at.isoformat()}


def test_an_end_is_corrected_as_well():
    desk = junk()
    desk.does("2026-11-20 10:00", Corrected(HEAD, "12-1", MANAGER), "supervisor")
    assert (desk.case.closed, desk.case.stage, task_of(desk).kind) == (False, "new", "process")


def test_at_night_it_comes_in_the_morning_to_the_manager_and_at_once_to_who_pressed():
    desk = missed()
    desk.does("2026-11-02 22:00", Corrected(HEAD, "12-1", MANAGER), "supervisor")
    assert task_of(desk).push_at == moscow("2026-11-03 09:00")
    desk = missed()
    desk.does("2026-11-02 22:00", Corrected(HEAD, "12-1", HEAD), "supervisor")
    assert task_of(desk).push_at == moscow("2026-11-02 22:00")
    given = desk.does("2026-11-03 10:00", TaskGiven(task_of(desk).id, MANAGER, HEAD))
    assert (task_of(desk).holder, desk.case.owner) == (None, MANAGER)
    assert effects_of(given, Comment)[0].by == HEAD


def test_what_stands_in_the_way_of_a_correction():
    desk = missed()
    desk.says("2026-11-02 17:40", ("reached", "yes"))
    assert "заполняют анкету" in refused(desk, Corrected(HEAD, "12-1", MANAGER))
    desk = missed()
    assert "новый ответ" in refused(desk, Corrected(HEAD, "12-9", MANAGER))
    desk.does("2026-11-02 17:00", StageMoved("agreed"))
    assert "перенесли в CRM: сейчас «Дожим»" in refused(desk, Corrected(HEAD, "12-1", MANAGER))
    desk.does("2026-11-02 17:01", StageMoved("silent"))
    assert "перенесли в CRM" in refused(desk, Corrected(HEAD, "12-1", MANAGER))
    desk = missed()
    desk.does("2026-11-02 16:59", Undone(MANAGER))
    assert "нечего" in refused(desk, Corrected(HEAD, "12-1", MANAGER))
    desk = missed()
    desk.does("2026-11-02 17:00", ClientBarred())
    assert "просил не звонить" in refused(desk, Corrected(HEAD, "12-1", MANAGER))
    desk = desk_with_lead()
    desk.says("2026-11-02 17:00", ("reached", "other"), ("what_else", "no_calls"))
    assert "просил не звонить" in refused(desk, Corrected(HEAD, "12-1", MANAGER))
    desk = desk_with_lead()
    desk.says("2026-11-02 17:00", ("reached", "give_up"), role="supervisor")
    desk.does("2026-11-02 17:00", Confirmed(MANAGER), "supervisor")
    assert "не для вашей роли" in refused(desk, Corrected(HEAD, "12-1", MANAGER), "director")


def test_a_lead_that_became_a_deal_stays_one():
    desk = desk_with_lead()
    desk.says("2026-11-02 17:00", ("reached", "yes"), ("debt", "big"))
    assert "нечего" in refused(desk, Corrected(HEAD, "12-1", MANAGER))
    assert "Лид стал сделкой" in refused(desk, Returned(HEAD, "new", MANAGER))


def test_a_closed_case_goes_on_where_it_is_put():
    """What its end has written is taken back, and it has the task of the stage."""
    desk = junk()
    assert "reason" in desk.case.facts
    before, event = desk.case, Returned(HEAD, "agreed", OTHER)
    decision = desk.does("2026-11-03 10:00", event, "supervisor")
    assert (desk.case.closed, desk.case.stage, desk.case.owner) == (False, "agreed", OTHER)
    assert desk.case.facts.get("reason") is None
    assert task_of(desk).kind == "call_back"
    (update,) = effects_of(decision, Update)
    assert (update.stage, update.fields["reason"]) == ("agreed", None)
    assert effects_of(decision, SetOwner) == [SetOwner(OTHER)]
    assert [one.task.id for one in effects_of(decision, AddTask)] == ["12-2"]
    (said,) = effects_of(decision, Comment)
    assert (said.by, said.text) == (HEAD, "Возвращён в работу: «Некачественный» → «Дожим»")
    deed = deed_of(desk.playbook, before, event, decision, moscow("2026-11-03 10:00"), COMPANY, {})
    assert deed == {"holder": OTHER, "returned": True}
    assert "уже в работе: «Дожим»" in refused(desk, event)


def test_what_stands_in_the_way_of_a_return():
    assert "просил не звонить" in refused(junk(), Returned(HEAD, "agreed", MANAGER, barred=True))
    assert "другую" in refused(junk(), Returned(HEAD, "no_contact", MANAGER))
    assert "другую" in refused(junk(), Returned(HEAD, "no_such", MANAGER))
    desk = missed()
    desk.does("2026-11-02 17:00", Gone())
    assert "больше нет в CRM" in refused(desk, Returned(HEAD, "agreed", MANAGER))
    desk = desk_with_lead()
    desk.does("2026-11-02 17:00", StageMoved("no_contact"), "supervisor")
    assert "не для вашей роли" in refused(desk, Returned(HEAD, "agreed", MANAGER), "director")
    desk.does("2026-11-03 12:00", Returned(HEAD, "agreed", MANAGER), "supervisor")
    desk.does("2026-11-03 12:01", HandedOver(OTHER, HEAD))
    assert desk.case.owner == OTHER


def test_a_number_that_was_told_wrongly_is_no_longer_dialled_first():
    """It stays known, as it does in the CRM; numbers that people have added since stay as well."""
    desk = desk_with_lead()
    desk.says("2026-11-02 17:00", ("reached", "other"), ("what_else", "wrong"), ("number", "+74951110099"))
    right = next(one for one in desk.case.client.phones if one != "+74951110099")
    assert desk.case.client.phones[0] == "+74951110099"
    desk.does("2026-11-03 10:00", Corrected(HEAD, "12-1", MANAGER), "supervisor")
    assert desk.case.client.phones == (right, "+74951110099")


def test_the_work_stays_his_who_did_it_however_often_it_is_told():
    """The supervisor tells it anew himself, and that is corrected again."""
    desk = missed()
    desk.does("2026-11-03 10:00", Corrected(HEAD, "12-1", HEAD), "supervisor")
    desk.says("2026-11-03 10:05", ("reached", "no"), by=HEAD, role="supervisor")
    desk.does("2026-11-03 11:00", Corrected(HEAD, "12-3", MANAGER), "supervisor")
    corrects = task_of(desk).corrects
    assert corrects is not None
    assert (corrects.by, corrects.at) == (MANAGER, moscow("2026-11-02 16:58"))


def test_a_call_of_the_client_is_not_forgotten_over_a_correction():
    """He called after the record, and nobody has answered that yet: the card that asks anew says so."""
    desk = missed()
    desk.does("2026-11-02 18:00", ClientCalled(moscow("2026-11-02 17:59"), "call"))
    assert task_of(desk).heard == "call"
    desk.does("2026-11-03 10:00", Corrected(HEAD, "12-1", MANAGER), "supervisor")
    assert (task_of(desk).heard, task_of(desk).heard_at) == ("call", moscow("2026-11-02 17:59"))
