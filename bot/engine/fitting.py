"""Whether a case that was begun under one playbook version can go on under another one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.engine.case import Case, Run, Task
from bot.engine.questionnaire import Ask, next_step
from bot.engine.rules import Rules
from bot.locales.ru import engine as ru
from bot.playbooks.model import Playbook


def misfit(old: Playbook, new: Playbook, case: Case) -> str | None:
    """Why `new` has no place for a live case that stands in `old`, in words; None: it has one.

    An open questionnaire is no matter of this: it ends under the version that it began with.
    """
    return next(_lacks(old, new, case), None)


def offered_still(rules: Rules, case: Case) -> Run | None:
    """The optional questionnaire of the case's last receipt, if the version of `rules` can still ask it."""
    run = case.run
    if run is None or run.questionnaire not in rules.playbook.questionnaires:
        return None
    if any(question not in rules.playbook.questions for question in run.answers):
        return None
    case = replace(case, run=run)
    return run if isinstance(next_step(rules.playbook, case, run, rules.now, rules.role), Ask) else None


def _lacks(old: Playbook, new: Playbook, case: Case) -> Iterator[str]:
    where, there = old.pipelines[case.pipeline], new.pipelines.get(case.pipeline)
    if there is None or there.entity != where.entity:
        yield ru.MISFIT_PIPELINE.format(title=where.title)
        return
    stage, title = there.stages.get(case.stage), where.stages[case.stage].title
    if stage is None:
        yield ru.MISFIT_STAGE.format(title=title)
    elif stage.kind != "open" and stage.task is None:
        yield ru.MISFIT_FINAL.format(title=title)
    approval = case.approval
    if approval is not None:
        back = new.pipelines.get(approval.back_pipeline)
        if back is None or approval.back not in back.stages:
            yield ru.MISFIT_STAGE.format(title=old.pipelines[approval.back_pipeline].stages[approval.back].title)
    for task in (case.task, case.paused):
        if task is not None:
            yield from _lacks_task(old, new, task)
    if case.cadence is not None and case.cadence not in new.cadences:
        yield ru.MISFIT_CADENCE.format(task=old.tasks[old.cadences[case.cadence].task].title)


def _lacks_task(old: Playbook, new: Playbook, task: Task) -> Iterator[str]:
    kind, there = old.tasks[task.kind], new.tasks.get(task.kind)
    if there is None:
        yield ru.MISFIT_TASK.format(title=kind.title)
    elif there.meeting != kind.meeting:
        yield ru.MISFIT_MEETING.format(title=kind.title)
