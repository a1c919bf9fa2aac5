"""Cross-checks between the parts of a playbook: what is impossible is an error."""

from __future__ import annotations

from typing import Any

from bot.playbooks.conditions import check_conditions
from bot.playbooks.errors import Finding
from bot.playbooks.figures import check_figures
from bot.playbooks.forms import check_forms
from bot.playbooks.model import Playbook
from bot.playbooks.order import check_order
from bot.playbooks.reach import check_reach
from bot.playbooks.references import check_references
from bot.playbooks.source import Document
from bot.playbooks.touches import check_touches

_TASK_FIGURES: dict[str, Any] = {
    "due": None,
    "by_source": {},
    "ladder": None,
    "push_before": None,
}
_STAGE_FIGURES: dict[str, Any] = {"limit": None, "limit_exempt": ()}


def check(playbook: Playbook, document: Document, *, like: Playbook | None = None) -> list[Finding]:
    """Every error. The ways through the questionnaires are tried out only when all names and conditions are right.

    Args:
        playbook: to be checked.
        document: where its parts stand.
        like: a valid playbook. Where only figures differ from it (times, numbers of attempts, titles of sources), the
            ways are the same and are not tried out again; that is most of the work.
    """
    found = [
        *check_references(playbook, document),
        *check_conditions(playbook, document),
        *check_figures(playbook, document),
        *check_touches(playbook, document),
    ]
    if not found:
        found = check_forms(playbook, document)
    if found:
        return found
    if like is not None and _ways(like) == _ways(playbook):
        return check_order(playbook, document)
    return [*check_order(playbook, document), *check_reach(playbook, document)]


def _ways(playbook: Playbook) -> Playbook:
    """The playbook without the figures on which no way through a questionnaire depends."""
    tasks = {key: task.model_copy(update=_TASK_FIGURES) for key, task in playbook.tasks.items()}
    cadences = {key: (one.task, one.exhausted) for key, one in playbook.cadences.items()}
    pipelines = {
        name: pipeline.model_copy(
            update={"stages": {key: one.model_copy(update=_STAGE_FIGURES) for key, one in pipeline.stages.items()}}
        )
        for name, pipeline in playbook.pipelines.items()
    }
    plain = {
        "hours": {},
        "days": {},
        "shifts": {},
        "client_hours": "",
        "ladders": {},
        "sources": tuple(playbook.sources),
    }
    return playbook.model_copy(update={"tasks": tasks, "cadences": cadences, "pipelines": pipelines, **plain})
