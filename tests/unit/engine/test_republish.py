"""Cases take another version of the playbook: what is timed anew, what stays, and how everything comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import cache
from random import Random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.engine.case import Case, Client, Task
from bot.engine.decide import decide
from bot.engine.effects import AddTask, CompleteTask, Decision, MoveTask, Redraw, Update
from bot.engine.events import (
    Answered,
    Cancelled,
    DeadlineMoved,
    Event,
    Republished,
    Rescheduled,
    StageMoved,
    TaskClosed,
    UndoExpired,
    Undone,
    ZoneSet,
)
from bot.engine.republish import SOON
from bot.engine.staff import Staff, Terms
from bot.engine.timers import wanted
from bot.engine.verdicts import Kept
from bot.playbooks.load import builtin
from bot.playbooks.model import Due, Playbook, Shift
from tests.builders import MANAGER, Desk, desk_with_lead, effects_of, moscow, promised, small_playbook, task_of
from tests.unit.engine.changes import FIRST, changed
from tests.unit.engine.days import Day, Life

NEW = "second"


def with_slots(*clocks: str, **update: Any) -> Playbook:
    """The small playbook with other slots in its cadence."""
    small = small_playbook()
    slots = tuple(time.fromisoformat(clock) for clock in clocks)
    calls = small.cadences["calls"].model_copy(update={"slots": slots, **update})
    return small.model_copy(update={"cadences": {"calls": calls}})


def with_kind(key: str, **update: Any) -> Playbook:
    """The small playbook with one kind of task changed."""
    small = small_playbook()
    return small.model_copy(update={"tasks": {**small.tasks, key: small.tasks[key].model_copy(update=update)}})


def missed_twice() -> Desk:
    """A lead that was missed at 16:58 and 17:41 on Monday: the third attempt is due on Tuesday at 09:30."""
    desk = desk_with_lead()
    for at in ("2026-11-02 16:58", "2026-11-02 17:41"):
        desk.says(at, ("reached", "no"))
    desk.does("2026-11-02 17:43", UndoExpired())
    assert task_of(desk).due_at == moscow("2026-11-03 09:30")
    return desk


def takes(desk: Desk, at: str, playbook: Playbook, version: str = NEW) -> Decision:
    """The case meets a publication, and goes on under it where it takes it."""
    decision = desk.does(at, Republished(version, playbook))
    if desk.case.playbook == version:
        desk.playbook = playbook
    return decision


def kept(decision: Decision) -> Kept | None:
    assert decision.fate is not None
    return decision.fate.kept


def test_an_attempt_moves_to_the_slot_of_the_new_version() -> None:
    desk = missed_twice()
    before = task_of(desk)
    decision = takes(desk, "2026-11-02 18:00", with_slots("10:45", "16:00"))
    task = task_of(desk)
    assert (task.id, task.due_at, task.push_at) == (before.id, moscow("2026-11-03 10:45"), moscow("2026-11-03 10:45"))
    assert (desk.case.playbook, desk.case.follows) == (NEW, None)
    assert effects_of(decision, MoveTask) == [MoveTask(task.id, due_at=task.due_at)]
    assert effects_of(decision, Update) == [Update(None, {"next_at": task.due_at.isoformat()})]
    assert effects_of(decision, Redraw) == [Redraw(None), Redraw(before.id.replace("-3", "-2"))]
    assert (effects_of(decision, AddTask), effects_of(decision, CompleteTask)) == ([], [])
    assert decision.why == (
        "Новая версия регламента: срок был вт 03.11 09:30, стал вт 03.11 10:45 (3-я попытка из 6: утром ещё не звонили)"
    )


def test_coming_back_gives_the_very_same_task() -> None:
    desk = missed_twice()
    before = desk.case
    takes(desk, "2026-11-02 18:00", with_slots("10:45", "16:00"))
    takes(desk, "2026-11-02 18:30", small_playbook(), FIRST)
    assert desk.case == before


def test_coming_back_moves_what_has_come_near_through_the_publication_alone() -> None:
    """It was put near by mistake: nobody counts on that."""
    desk = missed_twice()
    before = desk.case
    takes(desk, "2026-11-02 18:00", with_slots("09:10", "16:00"))
    assert task_of(desk).due_at == moscow("2026-11-03 09:10")
    takes(desk, "2026-11-03 08:30", small_playbook(), FIRST)
    assert desk.case == before


def test_what_is_due_within_the_hour_stays() -> None:
    desk = missed_twice()
    decision = takes(desk, "2026-11-03 08:30", with_slots("10:45", "16:00"))
    assert kept(decision) is Kept.DUE_SOON
    assert task_of(desk).due_at == moscow("2026-11-03 09:30")
    assert desk.case.playbook == NEW
    assert effects_of(decision, MoveTask) == []


def test_nothing_is_brought_into_the_next_hour() -> None:
    desk = missed_twice()
    decision = takes(desk, "2026-11-02 18:00", with_slots("10:45", "16:00", second=timedelta(minutes=5)))
    assert kept(decision) is None
    late = missed_twice()
    soon = with_slots("09:05", "16:00")
    decision = takes(late, "2026-11-03 08:10", soon)
    assert kept(decision) is Kept.PASSED
    assert task_of(late).due_at == moscow("2026-11-03 09:30")


def test_a_promise_stays() -> None:
    desk = desk_with_lead()
    desk.says("2026-11-02 17:00", ("reached", "later"), ("when", promised("2026-11-04 11:00")))
    desk.does("2026-11-02 17:02", UndoExpired())
    assert task_of(desk).promised
    decision = takes(desk, "2026-11-02 18:00", with_slots("10:45", hours={"mon-fri": "12:00-19:00"}))
    assert kept(decision) is Kept.PROMISED
    assert task_of(desk).due_at == moscow("2026-11-04 11:00")


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (lambda task: DeadlineMoved(task.id, moscow("2026-11-05 12:00")), Kept.BY_HAND),
        (
            lambda task: Rescheduled(task.id, moscow("2026-11-05 12:00"), moscow("2026-11-05 12:00"), "утро"),
            Kept.OTHER,
        ),
        (lambda task: ZoneSet(7, "Asia/Vladivostok"), Kept.OTHER),
        (lambda task: TaskClosed(task.id, moscow("2026-11-02 17:50")), Kept.SHOWN),
    ],
)
def test_what_people_have_touched_stays(event: Any, reason: Kept) -> None:
    desk = missed_twice()
    desk.does("2026-11-02 17:55", event(task_of(desk)))
    before = task_of(desk)
    decision = takes(desk, "2026-11-02 18:00", with_slots("10:45", "16:00"))
    assert kept(decision) is reason
    assert task_of(desk) == before
    assert desk.case.playbook == NEW


def test_a_shown_card_keeps_its_time() -> None:
    desk = desk_with_lead()
    decision = takes(desk, "2026-11-02 16:51", with_kind("process", due=Due(within=timedelta(hours=2))))
    assert kept(decision) is Kept.SHOWN
    assert effects_of(decision, Redraw) == [Redraw(None)]


def test_a_term_of_a_night_lead_moves_before_anybody_has_seen_it() -> None:
    night = moscow("2026-11-02 23:40")
    desk = desk_with_lead(arrived_at=night, entered_at=night)
    desk = Desk(replace(desk.case, task=None, tasks_set=0))
    desk.arrives("2026-11-02 23:40")
    assert task_of(desk).due_at == moscow("2026-11-03 09:15")
    decision = takes(desk, "2026-11-03 01:00", with_kind("process", due=Due(within=timedelta(hours=2))))
    assert kept(decision) is None
    assert task_of(desk).due_at == moscow("2026-11-03 11:00")


def test_an_open_questionnaire_ends_on_its_version() -> None:
    desk = missed_twice()
    desk.says("2026-11-02 17:50", ("reached", "yes"))
    begun = desk.case
    decision = takes(desk, "2026-11-02 18:00", with_slots("10:45", "16:00"))
    assert kept(decision) is Kept.OPEN
    assert decision.effects == ()
    assert desk.case == replace(begun, follows=NEW)
    desk.does("2026-11-02 18:05", Cancelled(7))
    decision = takes(desk, "2026-11-02 18:05", with_slots("10:45", "16:00"))
    assert kept(decision) is None
    assert (desk.case.playbook, desk.case.follows) == (NEW, None)


def test_a_publication_taken_back_before_the_questionnaire_ended_concerns_nobody() -> None:
    desk = missed_twice()
    desk.says("2026-11-02 17:50", ("reached", "yes"))
    begun = desk.case
    takes(desk, "2026-11-02 18:00", with_slots("10:45", "16:00"))
    decision = takes(desk, "2026-11-02 18:01", small_playbook(), FIRST)
    assert (desk.case, decision.effects) == (begun, ())


def test_an_answer_that_may_be_taken_back_is_taken_back_under_its_version() -> None:
    desk = desk_with_lead()
    desk.says("2026-11-02 17:41", ("reached", "no"))
    new = with_kind("process", due=Due(within=timedelta(hours=2)))
    assert kept(takes(desk, "2026-11-02 17:41", new)) is Kept.OPEN
    assert desk.case.playbook == FIRST
    desk.does("2026-11-02 17:42", Undone(7))
    assert (task_of(desk).kind, desk.case.stage, desk.case.follows) == ("process", "new", NEW)
    takes(desk, "2026-11-02 17:42", new)
    assert desk.case.playbook == NEW


def test_fewer_attempts_than_were_made_leave_the_planned_one() -> None:
    desk = missed_twice()
    decision = takes(desk, "2026-11-02 18:00", with_slots("10:45", "16:00", attempts=1))
    assert kept(decision) is Kept.LAST
    assert task_of(desk).due_at == moscow("2026-11-03 09:30")


def test_what_the_new_version_lacks_keeps_the_case_until_it_stands_elsewhere() -> None:
    desk, small = missed_twice(), small_playbook()
    leads = small.pipelines["leads"]
    stage = desk.case.stage
    fewer = {key: one for key, one in leads.stages.items() if key != stage}
    new = small.model_copy(
        update={"pipelines": {**small.pipelines, "leads": leads.model_copy(update={"stages": fewer})}}
    )
    decision = takes(desk, "2026-11-02 18:00", new)
    assert decision.fate is not None
    assert decision.fate.misfit == f"в новой нет стадии «{leads.stages[stage].title}»"
    assert (desk.case.playbook, desk.case.follows) == (FIRST, NEW)
    desk.does("2026-11-02 18:10", StageMoved("new"))
    takes(desk, "2026-11-02 18:10", new)
    assert (desk.case.playbook, desk.case.follows) == (NEW, None)


def test_whose_hours_have_changed_keeps_his_time() -> None:
    """It was placed in hours that nobody keeps any more: the former version could not give it again."""
    desk = missed_twice()
    evenings = with_slots("12:15", "16:00")
    shifts = {"evening": Shift(title="Вечер", hours={"mon-fri": "12:00-21:00"})}
    desk.playbook = small_playbook().model_copy(update={"shifts": shifts})
    desk.staff = Staff({MANAGER: Terms(shift="evening")}, (MANAGER,))
    decision = takes(desk, "2026-11-02 18:00", evenings.model_copy(update={"shifts": shifts}))
    assert kept(decision) is Kept.OTHER
    assert task_of(desk).due_at == moscow("2026-11-03 09:30")


# Any case of any day -------------------------------------------------------------------------------------------------


@cache
def lives(seed: int) -> tuple[tuple[Case, datetime, Playbook], ...]:
    """Cases as a random day has left them after each of its events, their moments and playbooks."""
    found: list[tuple[Case, datetime, Playbook]] = []

    class Watched(Life):
        def meets(self, event: Event, now: datetime, role: str) -> Decision | None:
            decision = None if isinstance(event, Republished) else super().meets(event, now, role)
            if decision is not None and not decision.case.closed:
                found.append((decision.case, now, self.playbook))
                found.append(left_alone(decision.case, now, self.playbook))
            return decision

    Day(builtin("bankruptcy").playbook, seed, life=Watched).run()
    return tuple(found)


def left_alone(case: Case, now: datetime, playbook: Playbook) -> tuple[Case, datetime, Playbook]:
    """The case a minute later, when nobody is in the middle of anything."""
    later = now + timedelta(seconds=61)
    case = decide(playbook, case, UndoExpired(), later).case
    if case.run is not None and not case.run.optional:
        case = decide(playbook, case, Cancelled(case.run.by), later).case
    return case, later, playbook


def timers_of(playbook: Playbook, case: Case) -> list[Any]:
    return sorted(wanted(playbook, case), key=lambda timer: timer.key)


@settings(max_examples=60, deadline=None)
@example(30, 0, 0)
@given(st.integers(0, 40), st.integers(0, 10_000), st.integers(0, 6 * 60))
def test_publishing_and_going_back_leaves_no_trace(seed: int, change: int, minutes: int) -> None:
    """Whatever the day and the change: the tasks and timers of whom nobody touched are as they were."""
    for case, now, old in lives(seed)[:: max(1, len(lives(seed)) // 30)]:
        new = changed(old, Random(change))
        there = decide(old, case, Republished(NEW, new), now)
        fate = there.fate
        assert fate is not None
        assert_promises(case, there, now)
        later = now + timedelta(minutes=minutes)
        task = case.task
        if fate.kept in (None, Kept.SAME) and task is not None and there.case.task is not None:
            near = (task.due_at <= later, task.push_at <= later, there.case.task.push_at <= later)
            if any(near):
                continue  # meanwhile it came, or would have come: people have seen it
        on = new if there.case.playbook == NEW else old
        back = decide(on, there.case, Republished(FIRST, old), later).case
        assert (back.playbook, back.follows) == (FIRST, None)
        assert timers_of(old, back) == timers_of(old, case)
        assert traceless(back, case) == traceless(case, case)


def traceless(case: Case, like: Case) -> Case:
    """The case without the field of the next contact, which may be written first now, and without a receipt's offer."""
    return replace(case, facts={**case.facts, "next_at": like.facts.get("next_at")}, run=like.run)


def assert_promises(case: Case, decision: Decision, now: datetime) -> None:
    """Of every move: the same task, not a promise, not what is near or was seen; and nothing else in the CRM."""
    after, task = decision.case, case.task
    assert not effects_of(decision, AddTask)
    assert not effects_of(decision, CompleteTask)
    assert decision.fate is not None
    moves = effects_of(decision, MoveTask)
    assert len(moves) == decision.fate.retimed
    if not moves:
        assert timing(after.task) == timing(task)
        return
    assert task is not None
    assert after.task is not None
    assert after.task.id == task.id
    assert not task.promised
    assert min(task.due_at, after.task.due_at) > now + SOON
    assert min(task.push_at, after.task.push_at) > now
    assert after.run is None or after.run.optional


def timing(task: Task | None) -> tuple[Any, ...] | None:
    return (task.id, task.due_at, task.push_at, task.ends_at) if task is not None else None


def test_days_meet_every_reason() -> None:
    """So that the property above is about something."""
    met = set[Kept | None]()
    for seed in range(24):
        for case, now, old in lives(seed):
            fate = decide(old, case, Republished(NEW, changed(old, Random(seed))), now).fate
            assert fate is not None
            met.add(fate.kept)
    assert met >= {None, Kept.OPEN, Kept.PROMISED, Kept.SHOWN, Kept.BY_HAND, Kept.OTHER, Kept.DUE_SOON, Kept.SAME}


def test_a_known_client_is_named_by_nobody() -> None:
    """A decision about another version tells nothing of the client."""
    desk = missed_twice()
    desk.case = replace(desk.case, client=Client("Пётр Проверкин", phones=("+74952223344",)))
    assert "Проверкин" not in takes(desk, "2026-11-02 18:00", with_slots("10:45")).why


def test_an_answer_after_it_is_planned_by_the_new_version() -> None:
    desk = missed_twice()
    takes(desk, "2026-11-03 09:00", with_slots("10:45", "16:00"))
    desk.does("2026-11-03 09:34", Answered(7, "reached", "no", "Не дозвонился"))
    assert task_of(desk).due_at == moscow("2026-11-03 16:00")
