"""What the playbook makes of a lead that nobody reaches: its first task, and what follows each miss.

Found by answering the playbook's own questionnaires through the engine's own rules, so no stage, task or cadence is
named here. Only the lead's situation (which task, how many misses) decides, so every answer is found once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot.engine.case import Case, Client, Miss, Run, Task
from bot.engine.floor.parameters import SimulationRefused
from bot.engine.questionnaire import Ask, End, next_step
from bot.locales.ru import simulation as ru
from bot.playbooks.model import Next, Outcome, Playbook, TaskKind

_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)
"""No condition about a lead that was never reached asks for the time."""
_DEEPEST = 4
"""Questions between a card and its «не дозвонился»; people would not press more."""
_MOST_WAYS = 2_000
"""Ways through a questionnaire that are tried; the miss is among the nearest ones."""
_MANAGER = 1
_PHONE = "+70000000000"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an unreached lead stands: all that its next step depends on, besides times."""

    stage: str
    kind: str
    """Of its open task."""
    source: str | None = None
    cadence: str | None = None
    misses: int = 0
    """In that cadence."""
    touched: bool = False
    """Somebody has called: it is nobody's new work any more."""


@dataclass(frozen=True, slots=True)
class Missed:
    """What a miss does.

    Args:
        cadence: in which the miss counts; None: nobody tries this lead again.
        stage: where the lead stands then.
        misses: of that cadence, this one included.
        following: the task that the outcome names itself; None: the cadence plans the next.
        busy: what comes instead when the line was busy, which does not count; None: busy is a miss like any other.
        inbound: the kind of task when the client calls back; None: the planned one comes at once.
    """

    cadence: str | None
    stage: str
    misses: int = 0
    following: Next | None = None
    busy: Next | None = None
    inbound: str | None = None


class Path:
    """The way of unreached leads through one playbook.

    Raises:
        SimulationRefused: it has no pipeline for leads, or a new lead gets no task that a manager could do.
    """

    def __init__(self, playbook: Playbook) -> None:
        self.playbook = playbook
        leads = [name for name, pipeline in playbook.pipelines.items() if pipeline.entity == "lead"]
        if not leads:
            raise SimulationRefused(ru.NO_LEADS.format(playbook=playbook.playbook))
        self.pipeline = leads[0]
        stage, first = next(iter(playbook.pipelines[self.pipeline].stages.items()))
        if first.task is None:
            raise SimulationRefused(ru.NO_FIRST_TASK.format(playbook=playbook.playbook, stage=first.title))
        self._first_stage, self._first_kind = stage, first.task
        self._known: dict[Standing, Missed] = {}

    def first(self, source: str | None) -> Standing:
        """A new lead; a source that the playbook does not know is none."""
        return Standing(self._first_stage, self._first_kind, source if source in self.playbook.sources else None)

    def missed(self, standing: Standing) -> Missed:
        """What a miss does to a lead that stands so."""
        known = self._known.get(standing)
        if known is None:
            known = self._known[standing] = self._missed(standing)
        return known

    def case(self, standing: Standing, zone: str | None, owner: int = _MANAGER) -> Case:
        """A lead that stands so, as the engine knows it; its moments mean nothing."""
        misses = tuple(Miss(_ANY_TIME, "1-1", number + 1) for number in range(standing.misses))
        attempt = standing.misses + 1 if standing.cadence else None
        task = Task("1-1", standing.kind, _ANY_TIME, _ANY_TIME, _ANY_TIME, attempt)
        return Case(
            id=1,
            entity="lead",
            crm_id=1,
            playbook="",
            pipeline=self.pipeline,
            stage=standing.stage,
            owner=owner,
            title="",
            client=Client(phones=(_PHONE,), zone=zone),
            arrived_at=_ANY_TIME,
            entered_at=_ANY_TIME,
            source=standing.source,
            task=task,
            cadence=standing.cadence,
            misses=misses,
            first_touch_at=_ANY_TIME if standing.touched else None,
        )

    def _missed(self, standing: Standing) -> Missed:
        case = self.case(standing, None)
        outcome = self._outcome(case, self._asks(self.playbook.tasks[standing.kind]), lambda one: one.miss is not None)
        if outcome is None or outcome.miss is None:
            return Missed(None, standing.stage)
        same = outcome.miss == standing.cadence
        stage = outcome.stage or standing.stage
        misses = standing.misses + 1 if same else 1
        after = replace(standing, stage=stage, cadence=outcome.miss, misses=misses)
        busy = self._busy(after, outcome)
        where = self.playbook.pipelines[self.pipeline].stages[stage]
        return Missed(outcome.miss, stage, misses, outcome.next, busy, where.inbound)

    def _busy(self, after: Standing, miss: Outcome) -> Next | None:
        asks = [miss.after] if miss.after is not None else []
        outcome = self._outcome(self.case(after, None), asks, lambda one: one.unmiss and one.next is not None)
        return outcome.next if outcome is not None else None

    def _asks(self, kind: TaskKind) -> list[str]:
        asked = list(kind.asks)
        return [*asked, *(aside for ask in asked if (aside := self.playbook.questionnaires[ask].aside) is not None)]

    def _outcome(self, case: Case, asks: list[str], wanted: Callable[[Outcome], bool]) -> Outcome | None:
        """The wanted outcome that takes the fewest answers, of equals the first one offered."""
        for ask in asks:
            for end in self._ends(case, Run(ask, "1-1", _MANAGER, _ANY_TIME)):
                outcome = self.playbook.outcomes[end]
                if wanted(outcome):
                    return outcome
        return None

    def _ends(self, case: Case, run: Run) -> Iterator[str]:
        """The outcomes that buttons alone lead to, the nearest first."""
        runs = [run]
        for _ in range(_DEEPEST + 1):
            deeper: list[Run] = []
            for one in runs:
                step = next_step(self.playbook, case, one, _ANY_TIME)
                if isinstance(step, End):
                    if step.outcome is not None:
                        yield step.outcome
                else:
                    deeper += (replace(one, answers={**one.answers, step.id: value}) for value in _pressed(step))
            runs = deeper[:_MOST_WAYS]


def _pressed(step: Ask) -> list[Any]:
    if step.question.kind == "choice":
        return list(step.options)
    return [[option] for option in step.options] if step.question.kind == "multi" else []
