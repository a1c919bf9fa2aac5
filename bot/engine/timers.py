"""The moments at which something must happen to a case by itself: a pure function of the case."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from bot.engine.case import Case, Task
from bot.engine.ladder import limit_of, steps_of
from bot.engine.staff import COMPANY, Staff
from bot.engine.touches import coming
from bot.playbooks.model import Playbook

ASKED_AGAIN = timedelta(minutes=15)
"""Working time after which the result of a task that was closed in the CRM is asked for once more."""

Step = Literal["remind", "offer", "overdue", "board", "supervisor", "director"]
TimerKind = Literal["push", "limit", "undo"] | Step
STEPS: tuple[Step, ...] = ("remind", "offer", "overdue", "board", "supervisor", "director")
"""Of a task's alert, in their order."""


@dataclass(frozen=True, slots=True)
class Timer:
    """One moment.

    Args:
        kind: `push`: the card is shown; `remind`: its time is near; `offer`: colleagues may take it; `overdue`: the
            task has waited too long; `board`, `supervisor`, `director`: who hears of it next; `limit`: the case has
            stood in its stage too long; `undo`: [Исправить] ends.
        at: when.
        key: stays the same for the same thing, so that another `at` under a known key moves it.
    """

    kind: TimerKind
    at: datetime
    key: str


def wanted(playbook: Playbook, case: Case, staff: Staff = COMPANY) -> tuple[Timer, ...]:
    """All timers that the case needs as it is now; those of it that are stored and not among these are obsolete.

    While its holder is absent the task waits: it is neither shown nor overdue before he is back.
    """
    timers: list[Timer] = []
    task = case.task
    if task is not None:
        pushes = [Timer("push", task.push_at, f"{case.id}:push:{task.id}")]
        if task.closed_at is not None:
            again = staff.hours(playbook, case.holder).add_working(task.push_at, ASKED_AGAIN)
            pushes.append(Timer("push", again, f"{case.id}:again:{task.id}"))
        else:
            pushes += _touches(playbook, case, task, staff)
        timers += (replace(one, at=staff.not_absent(playbook, case.holder, one.at)) for one in pushes)
        steps = steps_of(playbook, case, task, staff)
        timers += (Timer(step, steps[step], f"{case.id}:{step}:{task.id}") for step in STEPS if step in steps)
    limit = limit_of(playbook, case, staff)
    if limit is not None:
        timers.append(Timer("limit", limit, f"{case.id}:limit:{case.stage}@{case.entered_at:%Y%m%dT%H%M%S}"))
    if case.before is not None:
        timers.append(Timer("undo", case.before.until, f"{case.id}:undo:{case.before.task.id}"))
    return tuple(timers)


def _touches(playbook: Playbook, case: Case, task: Task, staff: Staff) -> list[Timer]:
    """The touches after the first one, which is the task's own push."""
    return [
        Timer("push", one.at, f"{case.id}:push:{task.id}:{one.name}:{one.number}")
        for one in coming(playbook, case, task, staff)
        if one.at > task.push_at
    ]
