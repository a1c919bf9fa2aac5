"""Advice on the design of pipelines: what makes stages honest and readable. Every rule can be answered by a note."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from difflib import SequenceMatcher
from itertools import combinations

from bot.playbooks.errors import Path
from bot.playbooks.model import Pipeline, Playbook, Stage

FEWEST_STAGES, MOST_STAGES = 5, 7
SHORT = timedelta(hours=1)
_ALIKE = 0.85
_INFINITIVE = re.compile(r"(?:ть|ться|ти|тись|чь|чься)$")
_PARTICIPLE = re.compile(r"(?:[аяеё]н|[аяеё]н[аоы]|[иыя]т|[иыя]т[аоы])$")
_SHORTEST_PARTICIPLE = 5
_EMPTY_NAMES = ("в работе", "не определен", "не определено", "не разобрано", "прочее", "другое", "разное", "обработка")
_CHANNELS = ("e-mail", "email", "почта", "сайт", "звонок", "звонки", "телефон", "мессенджер", "соцсети", "telegram")


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing that could be better."""

    rule: str
    place: str
    """What a note names after `@`: `pipeline`, `pipeline.stage`, or a part's name."""
    path: Path
    problem: str
    mend: str


def advise(playbook: Playbook) -> Iterator[Advice]:
    """All advice on this playbook, notes not yet regarded."""
    for name, pipeline in playbook.pipelines.items():
        yield from _of_pipeline(name, pipeline)
        for key, stage in pipeline.stages.items():
            for rule, check in _STAGE_RULES.items():
                for problem, mend in check(playbook, stage):
                    yield Advice(rule, f"{name}.{key}", ("pipelines", name, "stages", key), problem, mend)
    yield from _unused(playbook)


def rule_names() -> list[str]:
    """The names that a note may ignore."""
    return [*_STAGE_RULES, "stage_count", "reject_reasons", "stage_overlap", "stage_style", "stage_order", "unused"]


def _of_pipeline(name: str, pipeline: Pipeline) -> Iterator[Advice]:
    path: Path = ("pipelines", name, "stages")
    kinds = [stage.kind for stage in pipeline.stages.values()]
    count = len(kinds) - kinds.count("failure")
    if not FEWEST_STAGES <= count <= MOST_STAGES:
        problem = f"{count} stages (open and success); people keep {FEWEST_STAGES} to {MOST_STAGES} in mind"
        yield Advice("stage_count", name, path, problem, "join or split stages")
    if kinds.count("failure") < 2:
        problem = "fewer than two reasons to lose a case"
        yield Advice("reject_reasons", name, path, problem, "give each reason its own stage of kind failure")
    if "open" in kinds[next((at for at, kind in enumerate(kinds) if kind != "open"), len(kinds)) :]:
        problem = "an open stage stands after a final one"
        yield Advice("stage_order", name, path, problem, "let the order show the progress: open, success, failures")
    yield from _overlaps(name, pipeline)
    styles = {_is_done(stage.title) for stage in pipeline.stages.values() if stage.kind == "open"}
    if len(styles) > 1:
        problem = "some open stages are named as done («… назначена»), others are not"
        yield Advice("stage_style", name, path, problem, "name all of them in one way")


def _overlaps(name: str, pipeline: Pipeline) -> Iterator[Advice]:
    for (first, one), (second, other) in combinations(pipeline.stages.items(), 2):
        texts = ((one.title, other.title), (one.meaning or "", other.meaning or ""))
        if any(mine and _alike(mine, theirs) for mine, theirs in texts):
            path: Path = ("pipelines", name, "stages", second)
            problem = f'says nearly the same as "{first}"'
            yield Advice("stage_overlap", f"{name}.{second}", path, problem, "join them, or tell them apart")


def _alike(one: str, other: str) -> bool:
    one, other = sorted((one.casefold(), other.casefold()), key=len)
    return other != f"не{one}" and SequenceMatcher(None, one, other).ratio() > _ALIKE


def _words(text: str) -> list[str]:
    return re.findall(r"[\w-]+", text.casefold().replace("ё", "е"))


def _is_participle(word: str) -> bool:
    return len(word) >= _SHORTEST_PARTICIPLE and _PARTICIPLE.search(word) is not None


def _is_done(title: str) -> bool:
    return any(_is_participle(word) for word in _words(title))


_StageRule = Callable[[Playbook, Stage], Iterator[tuple[str, str]]]


def _action(_: Playbook, stage: Stage) -> Iterator[tuple[str, str]]:
    words = _words(stage.title)
    if words and (_INFINITIVE.search(words[0]) or (_is_participle(words[0]) and len(words) > 1)):
        yield f"«{stage.title}» is an action, not a state", "make it a task, and name the state the client is in"


def _channel(playbook: Playbook, stage: Stage) -> Iterator[tuple[str, str]]:
    channels = {*_CHANNELS, *(source.title.casefold() for source in playbook.sources.values())}
    if stage.title.casefold() in channels or set(_words(stage.title)) & set(_CHANNELS):
        yield f"«{stage.title}» is a source or a channel", "keep it in the source, name the state the client is in"


def _empty(_: Playbook, stage: Stage) -> Iterator[tuple[str, str]]:
    title = " ".join(_words(stage.title))
    if title in _EMPTY_NAMES and not (stage.entry and stage.exit):
        yield f"«{stage.title}» says nothing", "rename it, or write `entry` and `exit`"


def _entry(_: Playbook, stage: Stage) -> Iterator[tuple[str, str]]:
    if not stage.entry:
        yield "nobody is told when a case belongs here", "write `entry`"


def _exit(_: Playbook, stage: Stage) -> Iterator[tuple[str, str]]:
    if stage.kind == "open" and not stage.exit:
        yield "nobody is told when a case may leave", "write `exit`"


def _who(_: Playbook, stage: Stage) -> Iterator[tuple[str, str]]:
    if stage.kind == "open" and not stage.who:
        yield "nobody is responsible", "write `who`"


def _limit(_: Playbook, stage: Stage) -> Iterator[tuple[str, str]]:
    if stage.kind == "open" and stage.limit is None:
        yield "a case may stand here for ever", "write `limit`"


def _short(_: Playbook, stage: Stage) -> Iterator[tuple[str, str]]:
    if stage.limit is not None and stage.limit < SHORT:
        yield "a case stays here for minutes only", "make it a task of the stage before"


def _task(_: Playbook, stage: Stage) -> Iterator[tuple[str, str]]:
    if stage.kind == "open" and stage.task is None:
        yield "a case that is moved here by hand gets no task", "write `task`"


_STAGE_RULES: dict[str, _StageRule] = {
    "stage_action": _action,
    "stage_channel": _channel,
    "stage_empty_name": _empty,
    "stage_entry": _entry,
    "stage_exit": _exit,
    "stage_who": _who,
    "stage_limit": _limit,
    "stage_short": _short,
    "stage_task": _task,
}


def _unused(playbook: Playbook) -> Iterator[Advice]:
    for part, defined, used in _uses(playbook):
        for name in defined:
            if name not in used:
                yield Advice("unused", name, (part, name), f'"{name}" is not used', "use it, or remove it")


def _uses(playbook: Playbook) -> Iterator[tuple[str, list[str], set[str | None]]]:
    outcomes = playbook.outcomes.values()
    asks: set[str | None] = {ask for task in playbook.tasks.values() for ask in task.asks}
    asks |= {outcome.after for outcome in outcomes}
    asks |= {outcome.resume for outcome in outcomes}
    asks |= {outcome.convert.resume for outcome in outcomes if outcome.convert}
    asks |= {part.aside for part in playbook.questionnaires.values()}
    yield "questionnaires", list(playbook.questionnaires), asks
    asked: set[str | None] = {step.ask for part in playbook.questionnaires.values() for step in part.steps}
    yield "questions", list(playbook.questions), asked
    stages = [stage for part in playbook.pipelines.values() for stage in part.stages.values()]
    tasks: set[str | None] = {task for stage in stages for task in (stage.task, stage.inbound)}
    tasks |= {part.on_barred_request for part in playbook.pipelines.values()}
    tasks |= {task.writing for task in playbook.tasks.values()}
    tasks |= {cadence.task for cadence in playbook.cadences.values()}
    tasks |= {task for outcome in outcomes for task in outcome.sets}
    yield "tasks", list(playbook.tasks), tasks
    sent = (touch.materials for task in playbook.tasks.values() for touch in task.touches.values())
    yield "materials", list(playbook.materials), {key for keys in sent for key in keys}
    yield "cadences", list(playbook.cadences), {outcome.miss for outcome in outcomes}
