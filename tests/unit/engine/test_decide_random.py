"""Whatever happens to a case, in whatever order, the promises of the engine hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.engine.case import Case, Client
from bot.engine.convert import numbered
from bot.engine.decide import decide
from bot.engine.effects import AddTask, CompleteTask, Decision, Effect, OpenDeal, RenewTask
from bot.engine.events import (
    Answered,
    Approved,
    Arrived,
    CallStarted,
    CameBack,
    Cancelled,
    ClientCalled,
    Confirmed,
    Corrected,
    Covered,
    DeadlineMoved,
    DraftDropped,
    DraftTaken,
    Event,
    Gone,
    HandedOver,
    HoursChanged,
    LeftAsItWas,
    OldTaskOpened,
    Rescheduled,
    Returned,
    SentBack,
    StageMoved,
    SteppedBack,
    TaskClosed,
    TaskCopied,
    TaskReopened,
    UndoExpired,
    Undone,
)
from bot.engine.questionnaire import Ask, End, first_question, walk
from bot.engine.staff import COMPANY, Staff, Terms
from bot.engine.timers import wanted
from bot.engine.worktime import Window, whole_minute
from bot.errors import ActionNotAllowed
from bot.playbooks.load import builtin
from bot.playbooks.model import Playbook, Shift
from tests.builders import MANAGER, OTHER, lead, moscow, small_playbook

ROLES = ("manager", "supervisor", "director")
CLIENTS = (
    Client("Пётр Проверкин", phones=("+74952223344",)),
    Client("Пётр Проверкин", phones=("+74232201234",), zone="Asia/Vladivostok"),
    Client("Пётр Проверкин", emails=("p@example.ru",)),
    Client("Пётр Проверкин"),
)
DEAL_ID = 500


@cache
def bankruptcy() -> Playbook:
    return builtin("bankruptcy").playbook


SHIFTS = {
    "evening": Shift(title="Вечер", hours={"mon-fri": "12:00-21:00"}),
    "two": Shift(title="2/2", window="10:00-20:00", days=2, off=2, since=date(2026, 11, 2), calendar=False),
}
STAFFS = (
    COMPANY,
    COMPANY,
    Staff({MANAGER: Terms("two"), OTHER: Terms("evening")}, (MANAGER, OTHER)),
    Staff(
        {
            MANAGER: Terms(away=(Window(moscow("2026-11-03 11:00"), moscow("2026-11-12 00:00")),)),
            OTHER: Terms("evening", ((date(2026, 11, 7), ((time(10), time(16)),)),)),
        },
        (MANAGER, OTHER),
    ),
)


def with_shifts(playbook: Playbook) -> Playbook:
    return playbook.model_copy(update={"shifts": SHIFTS})


class Floor:
    """One case under random events; every decision is checked as it is made."""

    def __init__(self, playbook: Playbook, case: Case, staff: Staff = COMPANY) -> None:
        self.playbook = playbook
        self.staff = staff
        self.case = case
        self.open_tasks: set[str] = set()
        self.seen_tasks: set[str] = set()

    def happens(self, event: Event, now: datetime, role: str) -> None:
        try:
            decision = decide(self.playbook, self.case, event, now, role=role, staff=self.staff)
        except ActionNotAllowed:
            return
        assert decision == decide(self.playbook, self.case, event, now, role=role, staff=self.staff)
        assert decision.why
        self.follow(decision.effects)
        self.check(self.case, decision, now, event)
        self.case = decision.case
        for opening in (effect for effect in decision.effects if isinstance(effect, OpenDeal)):
            self.go_on_with(numbered(opening, DEAL_ID), now)

    def go_on_with(self, opening: OpenDeal, now: datetime) -> None:
        assert self.case.closed
        assert not self.open_tasks
        self.case = opening.deal
        self.follow(opening.deal_effects)
        self.check_tasks(now)

    def follow(self, effects: tuple[Effect, ...]) -> None:
        """Do in a CRM of two lines what the effects say."""
        for effect in effects:
            if isinstance(effect, AddTask):
                assert effect.task.id not in self.seen_tasks
                self.open_tasks.add(effect.task.id)
                self.seen_tasks.add(effect.task.id)
            elif isinstance(effect, CompleteTask):
                self.open_tasks.discard(effect.task)
            elif isinstance(effect, RenewTask):
                assert effect.task in self.seen_tasks
                self.open_tasks.add(effect.task)

    def check(self, before: Case, decision: Decision, now: datetime, event: Event) -> None:
        after = decision.case
        self.case = after
        self.check_tasks(now)
        if after.task is not None and (before.task is None or after.task.id != before.task.id):
            if not isinstance(event, Undone | Corrected) and not any(
                isinstance(one, RenewTask) for one in decision.effects
            ):
                assert after.task.due_at >= whole_minute(now)
                assert after.task.push_at >= whole_minute(now)
                self.check_push(after, now)
            if isinstance(event, Corrected):
                assert after.task.push_at >= whole_minute(now)
                assert after.task.corrects is not None
            assert after.task.due_at == whole_minute(after.task.due_at)
        assert after.entity == before.entity
        assert after.id == before.id
        if after.run is not None and not after.run.optional:
            assert after.task is not None
            assert after.run.task == after.task.id

    def check_push(self, case: Case, now: datetime) -> None:
        """A new card comes in the hours of who has the task, unless the client was promised that minute."""
        task = case.task
        assert task is not None
        kind = self.playbook.tasks[task.kind]
        agreed = task.promised or kind.promise or kind.touches or kind.push_before is not None or kind.meeting
        if agreed or kind.role is not None or case.run is not None or self.staff.is_away(case.holder, now):
            return
        assert self.staff.works(self.playbook, case.holder, task.push_at)

    def check_tasks(self, now: datetime) -> None:
        case = self.case
        stage = self.playbook.pipelines[case.pipeline].stages[case.stage]
        if case.closed:
            assert case.task is None
            assert case.run is None
            assert self.open_tasks == set()
            assert wanted(self.playbook, case, self.staff) == ()
        else:
            assert stage.kind == "open" or stage.task is not None
            assert case.task is not None
            assert self.open_tasks == {case.task.id}
            assert {"push", "overdue"} <= {timer.kind for timer in wanted(self.playbook, case, self.staff)}


def asked_now(floor: Floor, now: datetime, role: str, on_receipt: bool) -> Ask | None:
    case = floor.case
    if case.run is not None and (on_receipt or not case.run.optional):
        step: Ask | End | None = walk(floor.playbook, case, case.run, now, role)
    else:
        step = first_question(floor.playbook, case, now, role)
    if not isinstance(step, Ask):
        return None
    assert 1 <= step.position <= step.total
    return step


def some_value(draw: st.DrawFn, ask: Ask, now: datetime) -> Any:
    options = list(ask.options)
    values: dict[str, st.SearchStrategy[Any]] = {
        "multi": st.lists(st.sampled_from(options or ["none"]), unique=True),
        "text": st.sampled_from([*options, "слова", " "]),
        "phone": st.sampled_from(["8 923 123-45-67", "12"]),
        "duplicate": st.sampled_from([44, 12]),
        "number": st.integers(-5, 5_000_000),
        "money": st.integers(-5, 5_000_000),
        "date": st.just("2026-11-20"),
        "files": st.sampled_from([["file"], []]),
        "datetime": st.builds(
            lambda hours, how: {"at": (now + timedelta(hours=hours)).isoformat(), "how": how},
            st.integers(-2, 400),
            st.sampled_from(["promised", "promised", "unnamed", "will_call"]),
        ),
    }
    fitting = values.get(ask.question.kind, st.sampled_from(options or ["none"]))
    return draw(st.one_of(fitting, fitting, fitting, fitting, st.sampled_from([None, "no_such", 7, []])))


def some_event(draw: st.DrawFn, floor: Floor, now: datetime, role: str) -> Event:
    case, by = floor.case, draw(st.sampled_from([MANAGER, MANAGER, MANAGER, MANAGER, OTHER]))
    step = asked_now(floor, now, role, on_receipt=draw(st.booleans()))
    if step is not None and draw(st.integers(0, 9)) < 7:
        return Answered(by, step.id, some_value(draw, step, now), "слова")
    task = case.task.id if case.task is not None and draw(st.integers(0, 4)) else "12-99"
    answered = case.recorded.before.task.id if case.recorded is not None else "12-98"
    stages = list(floor.playbook.pipelines[case.pipeline].stages)
    later = now + timedelta(minutes=draw(st.integers(0, 5000)))
    events: list[Event] = [
        Confirmed(by),
        Confirmed(by),
        Undone(by),
        SteppedBack(by),
        Cancelled(by),
        CallStarted(by),
        HandedOver(OTHER, by),
        HandedOver(MANAGER),
        Covered(task, OTHER, "Иван болеет"),
        CameBack(task, "Иван вернулся"),
        HoursChanged(),
        ClientCalled(now),
        LeftAsItWas(by),
        CallStarted(by, now - timedelta(minutes=1)),
        DraftTaken(by),
        DraftDropped(by),
        Approved(by),
        SentBack(by),
        TaskClosed(task, now),
        TaskReopened(task),
        OldTaskOpened("12-99"),
        TaskCopied(900),
        DeadlineMoved(task, later),
        Rescheduled(task, later, later, "утро"),
        StageMoved(draw(st.sampled_from([*stages, "nowhere"]))),
        UndoExpired(),
        Corrected(by, answered, draw(st.sampled_from([MANAGER, OTHER]))),
        Corrected(by, answered, MANAGER),
        Returned(by, draw(st.sampled_from(stages)), draw(st.sampled_from([MANAGER, OTHER])), draw(st.booleans())),
        Arrived(),
        Gone(),
        Answered(by, draw(st.sampled_from(list(floor.playbook.questions))), "no", "слова"),
    ]
    return draw(st.sampled_from(events))


@pytest.mark.parametrize("playbook", [small_playbook, bankruptcy], ids=["small", "bankruptcy"])
@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_random_lives(playbook, data):
    draw: Any = data.draw
    rules, staff = with_shifts(playbook()), draw(st.sampled_from(STAFFS))
    now = moscow("2026-11-02 00:00") + timedelta(
        minutes=draw(st.integers(0, 7 * 24 * 60)), seconds=draw(st.integers(0, 59))
    )
    source = draw(st.sampled_from([None, *rules.sources]))
    floor = Floor(
        rules, lead(arrived_at=now, entered_at=now, client=draw(st.sampled_from(CLIENTS)), source=source), staff
    )
    floor.happens(Arrived(adopted=draw(st.booleans())), now, "manager")
    for _ in range(draw(st.integers(1, 25))):
        now += timedelta(seconds=draw(st.sampled_from([0, 20, 70, 600, 7200, 60_000, 200_000])))
        role = draw(st.sampled_from(ROLES))
        floor.happens(some_event(draw, floor, now, role), now, role)


@pytest.mark.parametrize("name", ["small", "bankruptcy"])
def test_a_stage_that_was_never_answered_can_be_left_by_every_first_button(name):
    """Every button of every card leads to a next question, a confirmation or a record."""
    rules = {"small": small_playbook, "bankruptcy": bankruptcy}[name]()
    now = moscow("2026-11-02 12:00")
    for pipeline_key, pipeline in rules.pipelines.items():
        for stage_key, stage in pipeline.stages.items():
            if stage.kind != "open" or stage.task is None:
                continue
            fresh = replace(lead(entity=pipeline.entity, pipeline=pipeline_key, stage=stage_key), arrived_at=now)
            case = decide(rules, fresh, Arrived(), now).case
            ask = first_question(rules, case, now)
            assert ask is not None
            for option in ask.options:
                decision = decide(rules, case, Answered(MANAGER, ask.id, option, option), now)
                assert decision.effects
