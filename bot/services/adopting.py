"""The first sync's arithmetic: which task an adopted case has, and when the tasks of the others are due."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from bot.crm.inbox import PortalCase, PortalTask
from bot.engine.calendars import calendar_of
from bot.engine.case import Case, Task
from bot.engine.rules import Rules
from bot.engine.tasks import first_push, push_time
from bot.engine.worktime import WorkingTime, whole_minute
from bot.playbooks.model import Playbook
from bot.services.intake_rows import Hint

PER_DAY = 10
"""Most tasks that a manager gets for one day."""
DAYS = 3
"""Working days over which the tasks are spread, as long as `PER_DAY` allows it."""


def spread(playbook: Playbook, cases: Iterable[PortalCase], now: datetime) -> dict[Hint, datetime]:
    """When the stage's task of each case shall be due: over the next working days, each manager's most urgent first.

    The same cases always get the same times on a day, so that an interrupted sync goes on where it was.
    """
    calendar = calendar_of(playbook)
    queues: dict[int | None, list[PortalCase]] = {}
    for case in cases:
        if playbook.pipelines[case.pipeline].stages[case.stage].task is not None:
            queues.setdefault(case.owner, []).append(case)
    times: dict[Hint, datetime] = {}
    for queue in queues.values():
        queue.sort(key=lambda case: (_rank(playbook, case), case.arrived_at, case.crm_id))
        days = calendar.working_days_after(calendar.local_day(now), max(DAYS, -(-len(queue) // PER_DAY)))
        for index, case in enumerate(queue):
            place, day = divmod(index, len(days))
            times[case.entity, case.crm_id] = _time(calendar, calendar.open_of(days[day]), place)
    return times


def adopted_task(playbook: Playbook, case: PortalCase, shown: PortalTask, now: datetime) -> Task:
    """The open task that a case already has in the portal, as ours.

    Args:
        playbook: of new cases.
        case: whose task.
        shown: the task; its kind is told by the beginning of its title, else by the stage.
        now: the present moment; it is the due time of a task without a deadline.
    """
    key = _kind(playbook, case, shown)
    due = whole_minute(shown.deadline or now)
    as_case = Case(
        id=0,
        entity=case.entity,
        crm_id=case.crm_id,
        playbook="",
        pipeline=case.pipeline,
        stage=case.stage,
        owner=case.owner,
        title=case.title,
        client=case.client,
        arrived_at=case.arrived_at,
        entered_at=case.arrived_at,
        source=case.source,
    )
    push_at = push_time(Rules(playbook, now, "manager"), as_case, playbook.tasks[key], due)
    task = Task(id="0-1", kind=key, set_at=now, due_at=due, push_at=push_at, adopted=True)
    return replace(task, push_at=first_push(Rules(playbook, now, "manager"), as_case, task))


def own_tasks(tasks: Iterable[PortalTask]) -> Mapping[Hint, PortalTask]:
    """Our open task of each record; the first due where there are several."""
    found: dict[Hint, PortalTask] = {}
    dated = sorted((task for task in tasks if task.key is not None and not task.closed), key=_due_order)
    for task in dated:
        for link in task.links:
            found.setdefault(link, task)
    return found


def _kind(playbook: Playbook, case: PortalCase, shown: PortalTask) -> str:
    stage = playbook.pipelines[case.pipeline].stages[case.stage]
    title = shown.title.partition(":")[0].strip().casefold()
    named = [key for key, kind in playbook.tasks.items() if kind.title.casefold() == title]
    own = [key for key in (stage.task, stage.inbound) if key is not None]
    return next((key for key in (*(key for key in own if key in named), *named, *own)), next(iter(playbook.tasks)))


def _rank(playbook: Playbook, case: PortalCase) -> int:
    task = playbook.pipelines[case.pipeline].stages[case.stage].task
    return playbook.tasks[task].rank if task is not None else 0


def _time(calendar: WorkingTime, opening: datetime, place: int) -> datetime:
    """The place's share of the working day."""
    closing = calendar.close_of(calendar.local_day(opening))
    share = calendar.working_between(opening, closing) * place / PER_DAY
    return whole_minute(calendar.add_working(opening, share))


def _due_order(task: PortalTask) -> tuple[bool, float, int]:
    return task.deadline is None, task.deadline.timestamp() if task.deadline else 0.0, task.crm_id
