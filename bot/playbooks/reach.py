"""What can happen at all: from the stages on, through tasks, questionnaires and outcomes, back to the stages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.playbooks.errors import Finding, Path, did_you_mean
from bot.playbooks.model import Outcome, Playbook
from bot.playbooks.source import Document
from bot.playbooks.walks import End, Explorer, Walks, needed_answers

_Answers = tuple[Mapping[str, Any], ...]


def check_reach(playbook: Playbook, document: Document) -> list[Finding]:
    """Dead ends, and stages, outcomes and steps that no way leads to."""
    return Reach(playbook, document).findings()


class Reach:
    """The closure of what can happen, with the complaints met on the way."""

    def __init__(self, playbook: Playbook, document: Document) -> None:
        self._playbook = playbook
        self._document = document
        self._explorer = Explorer(playbook)
        self._found: dict[str, Finding] = {}
        self._done: set[tuple[str, ...]] = set()
        self._waiting: list[Callable[[], None]] = []
        self._asked: dict[str, set[int]] = {}
        self._partly: set[str] = set()
        self._stages: set[tuple[str, str]] = set()
        self._outcomes: set[str] = set()

    def findings(self) -> list[Finding]:
        """Follow everything, then name what was never met."""
        for name, pipeline in self._playbook.pipelines.items():
            if pipeline.on_barred is not None:
                self._unasked(("pipelines", name, "on_barred"), name, pipeline.on_barred)
            if pipeline.on_barred_request is not None:
                self._set(name, pipeline.on_barred_request)
            for index, (key, stage) in enumerate(pipeline.stages.items()):
                if index == 0 or stage.by_hand:
                    self._enter(name, key)
        while self._waiting:
            self._waiting.pop()()
        if not self._found:
            self._name_unmet()
        return list(self._found.values())

    def _complain(self, path: Path, problem: str, mend: str) -> None:
        """Keep the first complaint about a place: the ways that follow from a mistake repeat it."""
        finding = self._document.finding(path, problem, mend)
        self._found.setdefault(finding.path, finding)

    def _once(self, *key: str) -> bool:
        if key in self._done:
            return False
        self._done.add(key)
        return True

    def _enter(self, pipeline: str, stage: str) -> None:
        self._stages.add((pipeline, stage))
        where = self._playbook.pipelines[pipeline].stages[stage]
        for task in (where.task, where.inbound):
            if task is not None:
                self._set(pipeline, task)
        if where.on_barred is not None:
            self._unasked(("pipelines", pipeline, "stages", stage, "on_barred"), pipeline, where.on_barred)

    def _unasked(self, here: Path, pipeline: str, name: str) -> None:
        """An outcome that comes without anybody being asked anything."""
        for question in needed_answers(self._playbook.outcomes[name]).values():
            problem = f'"{name}" needs an answer to "{question}", but nobody is asked then'
            self._complain(here, problem, "use an outcome that needs no answers")
        self._end(pipeline, name, None, Walks())

    def _set(self, pipeline: str, task: str) -> None:
        if not self._once("task", pipeline, task):
            return
        kind = self._playbook.tasks[task]
        if kind.writing is not None:
            self._set(pipeline, kind.writing)
        if kind.ask is None:
            self._complain(("tasks", task), "the task asks nothing, so nobody can end it", "add `ask: questionnaire`")
            return
        for ask in (*kind.asks, self._playbook.questionnaires[kind.ask].aside):
            if ask is not None and self._once("ask", pipeline, ask):
                self._later_walk(pipeline, ask)

    def _later_walk(self, pipeline: str, ask: str) -> None:
        self._waiting.append(lambda: self._walk(pipeline, ask, ({},), must_end=True))

    def _walk(self, pipeline: str, name: str, inherited: _Answers, *, must_end: bool) -> None:
        walks = self._explorer.walks(name, pipeline, inherited)
        self._asked.setdefault(name, set()).update(walks.asked)
        if not walks.complete:
            self._partly.add(name)
        for end in walks.ends:
            if end.outcome is not None:
                self._needs(name, end, self._playbook.outcomes[end.outcome])
            elif must_end:
                problem = f"a dead end: after ({end.words()}) nothing is left to ask and no result holds"
                self._complain(("questionnaires", name), problem, "add a result for these answers")
                must_end = False
        for outcome in sorted({end.outcome for end in walks.ends if end.outcome is not None}):
            self._end(pipeline, outcome, name, walks)

    def _needs(self, name: str, end: End, outcome: Outcome) -> None:
        for path, question in needed_answers(outcome).items():
            if end.answers.get(question) is None:
                problem = f'"{question}" is not answered in "{name}" on the way ({end.words()})'
                self._complain(("outcomes", end.outcome or "", *path), problem, f'ask "{question}" on this way')

    def _end(self, pipeline: str, name: str, questionnaire: str | None, walks: Walks) -> None:
        """What follows an outcome reached in this pipeline."""
        self._outcomes.add(name)
        outcome = self._playbook.outcomes[name]
        if outcome.convert is not None:
            self._convert(pipeline, name, outcome, walks)
        if not self._once("outcome", pipeline, name):
            return
        stages = self._playbook.pipelines[pipeline].stages
        if outcome.stage is not None and outcome.stage not in stages:
            where = f' (it ends "{questionnaire}" there)' if questionnaire else ""
            problem = f'stage "{outcome.stage}" is not in pipeline "{pipeline}"{where}'
            self._complain(("outcomes", name, "stage"), problem, did_you_mean(outcome.stage, stages))
            return
        if outcome.stage is not None:
            self._enter(pipeline, outcome.stage)
        self._goes_on(pipeline, name, outcome)
        for task in outcome.sets:
            self._set(pipeline, task)
        if outcome.miss is not None:
            self._miss(pipeline, outcome.miss)
        if outcome.resume is not None and self._once("ask", pipeline, outcome.resume):
            resume = outcome.resume
            self._waiting.append(lambda: self._walk(pipeline, resume, ({},), must_end=True))
        if outcome.after is not None and self._once("after", pipeline, outcome.after):
            after = outcome.after
            self._waiting.append(lambda: self._walk(pipeline, after, ({},), must_end=False))

    def _goes_on(self, pipeline: str, name: str, outcome: Outcome) -> None:
        stages = self._playbook.pipelines[pipeline].stages
        if outcome.next is not None or outcome.miss is not None or outcome.keep is not None or outcome.ends:
            return
        left = [outcome.stage] if outcome.stage is not None else list(stages)
        for key in left:
            if stages[key].kind == "open" and stages[key].task is None:
                problem = f'the case stays in open stage "{key}" without a task'
                self._complain(("outcomes", name), problem, "add `next`, or `task` to the stage")
                return

    def _miss(self, pipeline: str, name: str) -> None:
        cadence = self._playbook.cadences[name]
        self._set(pipeline, cadence.task)
        last = self._playbook.outcomes[cadence.exhausted]
        here = ("cadences", name, "exhausted")
        if last.miss is not None:
            self._complain(
                here, f'"{cadence.exhausted}" is a miss itself and never ends', "use an outcome without `miss`"
            )
            return
        for question in needed_answers(last).values():
            problem = f'"{cadence.exhausted}" needs an answer to "{question}", but nobody is asked then'
            self._complain(here, problem, "use an outcome that needs no answers")
        self._end(pipeline, cadence.exhausted, None, Walks())

    def _convert(self, pipeline: str, name: str, outcome: Outcome, walks: Walks) -> None:
        convert = outcome.convert
        if convert is None:
            return
        here = ("outcomes", name, "convert")
        if self._playbook.pipelines[pipeline].entity != "lead":
            self._complain(here, f'"{pipeline}" is not a lead pipeline: only leads convert', "remove `convert`")
            return
        to, _, stage = convert.to.partition(".")
        self._enter(to, stage)
        if self._playbook.pipelines[to].stages[stage].task is None:
            self._complain(
                (*here, "to"), f'the deal would stand in "{stage}" without a task', "add `task` to the stage"
            )
        if convert.resume is None:
            return
        inherited = self._explorer.inheritance(walks, name, convert.resume)
        if self._once("resume", to, convert.resume, repr(inherited)):
            resume = convert.resume
            self._waiting.append(lambda: self._walk(to, resume, inherited, must_end=True))

    def _name_unmet(self) -> None:
        for name, pipeline in self._playbook.pipelines.items():
            for key in pipeline.stages:
                if (name, key) not in self._stages:
                    path = ("pipelines", name, "stages", key)
                    mend = "add an outcome with this stage, or `by_hand: true` if people move cases here in the CRM"
                    self._complain(path, "no outcome leads to this stage", mend)
        for name in self._playbook.outcomes:
            if name not in self._outcomes:
                self._complain(
                    ("outcomes", name), "no way leads to this outcome", "use it in a questionnaire, or remove it"
                )
        for name, asked in self._asked.items():
            for index, step in enumerate(self._playbook.questionnaires[name].steps):
                if index not in asked and name not in self._partly:
                    place: Path = ("questionnaires", name, "steps", index)
                    self._complain(place, f'"{step.ask}" is never asked here', "mend its `when`, or remove the step")
