"""Days of managers who press whatever is offered while the CRM changes under their hands; every step is looked at.

A day is a pure function of playbook and seed: `Day(playbook, 7).run()` goes the same way every time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from bot.engine import forms
from bot.engine.case import Case, Client
from bot.engine.convert import numbered
from bot.engine.decide import decide
from bot.engine.effects import BarPhone, Decision, OpenDeal
from bot.engine.events import (
    Answered,
    Arrived,
    Cancelled,
    ClientBarred,
    Confirmed,
    Entered,
    Event,
    Republished,
    SteppedBack,
    TaskReopened,
    Undone,
)
from bot.engine.holding import held, role_wanted
from bot.engine.questionnaire import Ask, End, first_question, next_step
from bot.engine.republish import fate_of
from bot.engine.rules import Rules
from bot.engine.timers import wanted
from bot.errors import ActionNotAllowed
from bot.playbooks.model import Playbook
from tests.builders import lead, moscow
from tests.unit.engine.changes import versions_of
from tests.unit.engine.day_choices import TEAM, Choices, Moment
from tests.unit.engine.test_decide_random import Floor as Promises

STEPS = 120
MOST_QUESTIONS = 12
_PHONES = ("+74952223344", "+74232201234")
_CLIENTS = (
    Client("Пётр Проверкин", phones=_PHONES[:1]),
    Client("Анна Восточная", phones=_PHONES[1:], zone="Asia/Vladivostok"),
    Client("Яна Доступная", phones=("+79031112233",), emails=("y@example.ru",)),
    Client("Олег Письменный", emails=("p@example.ru",)),
    Client("Нина Безномера"),
)
_WAITS = (0, 0, 5, 20, 59, 61, 600, 2400, 7200)
_FAR = timedelta(days=400)


class Life(Promises):
    """One case of the day, with what is known of how it came to where it is."""

    def __init__(self, playbook: Playbook, case: Case) -> None:
        super().__init__(playbook, case)
        self.versions: Mapping[str, Playbook] = {}
        self.told: list[str] = []
        self.outcomes: set[str] = set()

    def meets(self, event: Event, now: datetime, role: str) -> Decision | None:
        """The event is decided and its decision looked at; None when it was refused."""
        self.told.append(f"{now:%d.%m %H:%M:%S} {role} {event}")
        try:
            decision = decide(self.playbook, self.case, event, now, role=role)
        except ActionNotAllowed:
            return None
        assert decision.why.strip()
        role_needed = role_wanted(self.playbook, decision.case, self.case.task.id if self.case.task else None)
        if role_needed is not None:
            decision = held(decision, next(user for user, own in TEAM.items() if own == role_needed))
        if decision.case.task is not None and decision.case.task.closed_at is not None:
            self.open_tasks.discard(decision.case.task.id)
        elif isinstance(event, TaskReopened) and decision.case.task is not None:
            self.open_tasks.add(decision.case.task.id)
        self.follow(decision.effects)
        self.playbook = self.versions.get(decision.case.playbook, self.playbook)
        self.check(self.case, decision, now, event)
        self.case = decision.case
        self.outcomes.update(decision.outcomes)
        return decision

    def check_tasks(self, now: datetime) -> None:
        """A live case has one task, open in the CRM unless it was closed there; a closed case has nothing."""
        case, task = self.case, self.case.task
        stage = self.playbook.pipelines[case.pipeline].stages[case.stage]
        if case.closed:
            assert (task, case.run, self.open_tasks, wanted(self.playbook, case)) == (None, None, set(), ())
        elif task is not None or not self._left_alone():
            assert stage.kind == "open" or stage.task is not None, "a live case on a final stage"
            assert task is not None, "a live case without a next action"
            opened = {task.id} if task.closed_at is None else set[str]()
            assert self.open_tasks == opened, f"open in the CRM: {self.open_tasks}, wanted {opened}"
            assert {"push", "overdue"} <= {timer.kind for timer in wanted(self.playbook, case)}

    def _left_alone(self) -> bool:
        """A barred client of a pipeline whose playbook has no end for such: nobody may do anything about him."""
        stages = self.playbook.pipelines[self.case.pipeline].stages
        ends = (one for one in self.playbook.outcomes.values() if one.bar == "all" and one.stage in stages)
        return self.case.barred and next(ends, None) is None

    def asked(self, now: datetime, role: str) -> Ask | None:
        """What this role is asked now: by the open questionnaire, on the receipt, or by the card."""
        case = self.case
        step: Ask | End | None = next_step(self.playbook, case, case.run, now, role) if case.run else None
        return step if isinstance(step, Ask) else first_question(self.playbook, case, now, role)


class Day:
    """A floor of two managers, their supervisor, the director and the lawyer, with a handful of clients."""

    def __init__(self, playbook: Playbook, seed: int, life: type[Life] = Life) -> None:
        self.playbook = playbook
        self.seed = seed
        self.dice = Random(seed)
        self.now = moscow("2026-11-02 00:00") + timedelta(minutes=self.dice.randrange(70 * 24 * 60), seconds=7)
        self.lives: list[Life] = []
        self._life = life
        self._ids = iter(range(100, 10_000))
        self.versions = versions_of(playbook, Random(seed))
        self._choices = Choices(self.versions, self.dice)

    @property
    def outcomes(self) -> set[str]:
        """Of all clients of the day."""
        return set[str]().union(*(life.outcomes for life in self.lives))

    def run(self) -> Day:
        """The whole day.

        Raises:
            AssertionError: a promise was broken; the text tells how it came to that.
        """
        for _ in range(self.dice.randint(1, 3)):
            self._comes_in()
        for _ in range(STEPS):
            life = self.dice.choice(self.lives)
            self._time_passes()
            self._something_happens(life)
        return self

    # What happens -------------------------------------------------------------------------------------------------

    def _comes_in(self) -> None:
        """A lead or a deal that stands anywhere: the CRM may know cases that never passed the bot."""
        pipeline = self._pick(self.playbook.pipelines)
        stages = self.playbook.pipelines[pipeline].stages
        stage = self._pick(stages) if self.dice.random() < 0.5 else next(iter(stages))
        case = lead(
            id=next(self._ids),
            entity=self.playbook.pipelines[pipeline].entity,
            pipeline=pipeline,
            stage=stage,
            arrived_at=self.now,
            entered_at=self.now,
            client=self.dice.choice(_CLIENTS),
            source=self._pick([None, *self.playbook.sources]),
        )
        life = self._life(self.playbook, case)
        life.versions = self.versions
        self.lives.append(life)
        if self.dice.random() < 0.2:
            self._do(life, Entered(7), 7)
        if not life.seen_tasks:
            self._do(life, Arrived(adopted=self.dice.random() < 0.2, barred=self.dice.random() < 0.15), 7)

    def _time_passes(self) -> None:
        """A moment, or until the next thing that is due anywhere."""
        due = [timer.at for life in self.lives for timer in wanted(life.playbook, life.case) if timer.at > self.now]
        if due and self.dice.random() < 0.3:
            self.now = min(due) + timedelta(seconds=self.dice.choice((0, 1, 90)))
        else:
            self.now += timedelta(seconds=self.dice.choice(_WAITS))

    def _something_happens(self, life: Life) -> None:
        by = self._actor(life)
        asked = life.asked(self.now, TEAM[by])
        lines = forms.lines(life.playbook, life.case, self.now, TEAM[by])
        confirming = life.case.run is not None and life.case.run.confirming is not None
        luck = self.dice.random()
        if confirming and luck < 0.7:
            self._do(life, Confirmed(by), by)
        elif lines and luck < 0.6:
            self._do(life, self._choices.fill_in(self._moment(life), self.dice.choice(lines).ask, by), by)
        elif asked is not None and luck < 0.72:
            self._do(life, Answered(by, asked.id, self._choices.answer(self._moment(life), asked), "слова"), by)
        elif luck < 0.8:
            self._do(life, self.dice.choice((SteppedBack, Cancelled, Undone))(by), by)
        else:
            self._do(life, self._choices.any_event(self._moment(life), by), by)

    def _do(self, life: Life, event: Event, by: int) -> None:
        try:
            decision = life.meets(event, self.now, TEAM[by])
            self._look(life)
        except Exception as error:
            story = "\n".join(life.told[-25:])
            raise AssertionError(f"day {self.seed}: {type(error).__name__}: {error}\n{story}\n{life.case}") from error
        for effect in decision.effects if decision is not None else ():
            if isinstance(effect, OpenDeal):
                self._go_on_with(life, effect)
            elif isinstance(effect, BarPhone) and effect.writing_too:
                self._barred(life, effect)
        self._follow_on(life)

    def _follow_on(self, life: Life) -> None:
        """What the shell does at the end of a transaction: a case that was waiting for it takes its version."""
        case = life.case
        if case.follows is None or case.closed:
            return
        playbook = self.versions[case.follows]
        fate, _ = fate_of(Rules(life.playbook, self.now, "manager"), playbook, case, case.follows)
        if not fate.waits:
            life.meets(Republished(case.follows, playbook), self.now, "manager")
            self._look(life)

    def _go_on_with(self, life: Life, opening: OpenDeal) -> None:
        opening = numbered(opening, next(self._ids))
        deal = self._life(life.playbook, opening.deal)
        deal.versions = self.versions
        deal.told = [*life.told, "→ сделка"]
        deal.follow(opening.deal_effects)
        deal.check_tasks(self.now)
        self.lives.append(deal)
        self._look(deal)

    def _barred(self, life: Life, effect: BarPhone) -> None:
        for other in self.lives:
            if other is not life and set(effect.phones) & set(other.case.client.phones):
                self._do(other, ClientBarred(), 7)

    # What people do -----------------------------------------------------------------------------------------------

    def _actor(self, life: Life) -> int:
        """Mostly whoever is in the middle of it, or whose task it is."""
        if life.case.run is not None and self.dice.random() < 0.9:
            return life.case.run.by if life.case.run.by in TEAM else 7
        if life.case.holder in TEAM and self.dice.random() < 0.8:
            return life.case.holder
        return self.dice.choice(list(TEAM))

    def _role(self, life: Life) -> str:
        """Of those whose task is open."""
        task = life.case.task
        return life.playbook.tasks[task.kind].role or "manager" if task is not None else "manager"

    def _moment(self, life: Life) -> Moment:
        cases = [one.case.id for one in self.lives]
        return Moment(life.case, self.now, tuple(sorted(life.seen_tasks)), tuple(cases))

    def _pick(self, many: Iterable[Any]) -> Any:
        return self.dice.choice(list(many))

    # What must be true --------------------------------------------------------------------------------------------

    def _look(self, life: Life) -> None:
        """Beyond the promises of every decision: there is a question, an end to it, and a time for it."""
        case, now = life.case, self.now
        for run in (case.run,) if case.run is not None else ():
            assert len(run.answers) <= MOST_QUESTIONS, f"{len(run.answers)} questions"
            assert run.confirming is None or run.confirming in self.playbook.outcomes
        if case.closed or case.task is None:
            return
        task = case.task
        assert self._offers(life), f"nothing is asked about {task.kind}"
        assert task.due_at <= now + _FAR
        push = next(timer.at for timer in wanted(life.playbook, case) if timer.kind == "push")
        assert push <= max(task.due_at, now) + timedelta(days=14), f"shown only at {push}, due {task.due_at}"
        if task.attempts is not None:
            assert task.attempt is not None
            assert 1 <= task.attempt <= task.attempts, f"attempt {task.attempt} of {task.attempts}"

    def _offers(self, life: Life) -> bool:
        """The open task asks something that can be answered."""
        role = self._role(life)
        if forms.lines(life.playbook, life.case, self.now, role):
            return True
        fresh = replace(life.case, run=None)
        asked = first_question(life.playbook, fresh, self.now, role)
        return asked is not None and (bool(asked.options) or asked.question.kind not in ("choice", "multi"))
