"""Tasks that somebody of another role holds: a lawyer, a director, a supervisor.

The engine knows no people: it says which role a task waits for, the shell names the person.
"""

from __future__ import annotations

from dataclasses import replace

from bot.engine.case import Case
from bot.engine.effects import AddTask, Decision
from bot.playbooks.model import Playbook


def role_wanted(playbook: Playbook, case: Case, known: str | None) -> str | None:
    """The role that the case's open task waits for; None when it has its holder, or needs none.

    Args:
        playbook: the version that the case runs on.
        case: as it was decided.
        known: id of the task that was open before: whom it was given to has been settled then.
    """
    task = case.task
    if task is None or task.holder is not None or task.id == known:
        return None
    return playbook.tasks[task.kind].role


def held(decision: Decision, user: int) -> Decision:
    """The decision with this CRM user as the holder of the new task, in the CRM as well."""
    task = decision.case.task
    if task is None:
        raise ValueError("there is no task to hold")
    given = replace(task, holder=user)
    effects = tuple(
        replace(effect, task=given) if isinstance(effect, AddTask) and effect.task.id == task.id else effect
        for effect in decision.effects
    )
    return replace(decision, case=replace(decision.case, task=given), effects=effects)
