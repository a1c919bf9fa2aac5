"""A playbook as a Mermaid diagram: stages, and outcomes as the arrows between them."""

from __future__ import annotations

from collections.abc import Iterator

from bot.playbooks.model import Outcome, Playbook

_SHAPES = {"open": ('["', '"]'), "success": ('(["', '"])'), "failure": ('[/"', '"/]')}
_MOST_NAMES = 4

_Arrows = dict[tuple[str, str, str], list[str]]
"""(from, kind of arrow, to) → outcomes."""


def graph(playbook: Playbook) -> str:
    """Mermaid text: one box of stages for each pipeline; a conversion is a dotted arrow from lead to deal."""
    lines = ["flowchart LR"]
    for name, pipeline in playbook.pipelines.items():
        lines.append(f'  subgraph {name}["{_text(pipeline.title)}"]')
        for key, stage in pipeline.stages.items():
            left, right = _SHAPES[stage.kind]
            lines.append(f"    {_node(name, key)}{left}{_text(stage.title)}{right}")
        lines.append("  end")
    for (start, arrow, end), names in _arrows(playbook).items():
        more = "…" if len(names) > _MOST_NAMES else ""
        lines.append(f'  {start} {arrow}|"{", ".join(names[:_MOST_NAMES])}{more}"| {end}')
    return "\n".join(lines) + "\n"


def _arrows(playbook: Playbook) -> _Arrows:
    arrows: _Arrows = {}
    for pipeline, part in playbook.pipelines.items():
        for stage in part.stages:
            for name in _ends(playbook, _questionnaires_in(playbook, pipeline, stage)):
                for arrow, end in _targets(playbook.outcomes[name], pipeline):
                    names = arrows.setdefault((_node(pipeline, stage), arrow, end), [])
                    if name not in names:
                        names.append(name)
    return arrows


def _targets(outcome: Outcome, pipeline: str) -> Iterator[tuple[str, str]]:
    if outcome.stage is not None:
        yield "-->", _node(pipeline, outcome.stage)
    if outcome.convert is not None:
        yield "-.->", outcome.convert.to.replace(".", "_")


def _tasks_in(playbook: Playbook, pipeline: str, stage: str) -> list[str]:
    """The kinds of task that may stand at a stage."""
    here = playbook.pipelines[pipeline].stages[stage]
    if here.kind != "open":
        return []
    tasks = [here.task]
    for outcome in playbook.outcomes.values():
        if outcome.stage == stage:
            tasks += outcome.sets
            tasks += [playbook.cadences[outcome.miss].task] if outcome.miss else []
    return list(dict.fromkeys(task for task in tasks if task is not None))


def _questionnaires_in(playbook: Playbook, pipeline: str, stage: str) -> list[str]:
    """What may be asked at a stage: by its tasks, or as the conversation that led to it goes on."""
    asks: list[str | None] = [ask for task in _tasks_in(playbook, pipeline, stage) for ask in playbook.tasks[task].asks]
    conversions = [outcome.convert for outcome in playbook.outcomes.values() if outcome.convert]
    asks += [convert.resume for convert in conversions if convert.to == f"{pipeline}.{stage}"]
    return list(dict.fromkeys(ask for ask in asks if ask is not None))


def _ends(playbook: Playbook, questionnaires: list[str]) -> Iterator[str]:
    """The outcomes of these questionnaires, and of the cadences that end with them."""
    for ask in questionnaires:
        questionnaire = playbook.questionnaires[ask]
        names = [
            option.outcome for step in questionnaire.steps for option in playbook.questions[step.ask].options.values()
        ]
        names += [result.outcome for result in questionnaire.results]
        for name in dict.fromkeys(names):
            if name is not None:
                yield name
                miss = playbook.outcomes[name].miss
                if miss is not None:
                    yield playbook.cadences[miss].exhausted


def _node(pipeline: str, stage: str) -> str:
    return f"{pipeline}_{stage}"


def _text(text: str) -> str:
    return text.replace('"', "#quot;")
