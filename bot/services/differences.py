"""What the portal shows against what we know: the intents that follow. Pure, and blind to who changed what.

Nothing is concluded from events: a change is a difference of states, so late, doubled and lost events do no harm.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.crm.inbox import PortalCase, PortalTask
from bot.crm.mapping import Mapper
from bot.db.cases import Stored
from bot.engine import events as ev
from bot.engine.case import Case
from bot.engine.titles import task_title
from bot.engine.worktime import whole_minute
from bot.engine.zones import seen_client
from bot.playbooks.model import Playbook
from bot.services.intents import ClientSeen, Happened, Intent, Seen


def seen_of(case: PortalCase) -> Seen:
    """The portal's record in the form that intents carry."""
    return Seen(
        entity=case.entity,
        crm_id=case.crm_id,
        pipeline=case.pipeline,
        stage=case.stage,
        owner=case.owner,
        title=case.title,
        client=case.client,
        arrived_at=case.arrived_at,
        source=case.source,
        facts=dict(case.facts),
        lead_id=case.lead_id,
    )


def record_differences(mapper: Mapper, stored: Stored, shown: PortalCase | None) -> list[Intent]:
    """What a known lead or deal has changed into; None: it is deleted, or out of every pipeline of the playbook."""
    case, written = stored.case, stored.written
    if shown is None:
        return [] if case.closed else [Happened(case.id, ev.Gone(), written)]
    intents: list[Intent] = []
    facts = _facts(mapper, case, shown)
    if _refreshed(case, shown, facts):
        intents.append(ClientSeen(case.id, replace(seen_of(shown), facts=facts), written))
    if shown.owner is not None and shown.owner != case.owner:
        intents.append(Happened(case.id, ev.HandedOver(shown.owner), written))
    kind = mapper.playbook.pipelines[shown.pipeline].stages[shown.stage].kind
    # A case that is closed though it stands in an open stage was gone, and is back.
    if (shown.pipeline, shown.stage) != (case.pipeline, case.stage) or (case.closed and kind == "open"):
        pipeline = shown.pipeline if shown.pipeline != case.pipeline else None
        intents.append(Happened(case.id, ev.StageMoved(shown.stage, pipeline, shown.moved_by), written))
    return intents


def task_differences(stored: Stored, shown: PortalTask | None, now: datetime) -> list[Intent]:
    """What the case's open task has changed into; None: it is deleted."""
    case, written = stored.case, stored.written
    task = case.task
    if task is None:
        return []
    if shown is None or shown.closed:
        at = shown.closed_at if shown is not None and shown.closed_at is not None else now
        return [] if task.closed_at is not None else [Happened(case.id, ev.TaskClosed(task.id, at), written)]
    intents: list[Intent] = []
    if task.closed_at is not None:
        intents.append(Happened(case.id, ev.TaskReopened(task.id), written))
    if shown.deadline is not None and whole_minute(shown.deadline) != task.due_at:
        intents.append(Happened(case.id, ev.DeadlineMoved(task.id, shown.deadline), written))
    if shown.responsible is not None and task.holder is not None and shown.responsible != task.holder:
        intents.append(Happened(case.id, ev.TaskGiven(task.id, shown.responsible), written))
    elif shown.responsible is not None and shown.responsible != case.holder:
        # Only the task was given away: the lead or deal has to follow it, so this is written back.
        by = shown.changed_by or shown.responsible
        intents.append(Happened(case.id, ev.HandedOver(shown.responsible, by), written))
    return intents


def old_task_differences(stored: Stored, task: str, shown: PortalTask | None) -> list[Intent]:
    """What follows for a task that was answered or superseded: open again, it would be a second one."""
    if shown is None or shown.closed:
        return []
    return [Happened(stored.case.id, ev.OldTaskOpened(task), stored.written)]


def copy_differences(playbook: Playbook, stored: Stored, shown: PortalTask) -> list[Intent]:
    """What follows for a task that has our tag and is none of ours: a copy of the open one would be a second one.

    A copy made in the portal keeps title, link and tag; other tasks of people are their own matter.
    """
    task = stored.case.task
    if task is None or shown.closed:
        return []
    if shown.key is None and shown.title.strip() != task_title(playbook, stored.case, task):
        return []
    return [Happened(stored.case.id, ev.TaskCopied(shown.crm_id), stored.written)]


def _facts(mapper: Mapper, case: Case, shown: PortalCase) -> dict[str, Any]:
    """What the portal's fields hold, and what we know beside them because the portal has no such field."""
    ours = {key: value for key, value in case.facts.items() if not mapper.knows(shown.entity, key)}
    return ours | dict(shown.facts)


def _refreshed(case: Case, shown: PortalCase, facts: dict[str, Any]) -> bool:
    """Whether name, contacts, source or fields differ."""
    known = {key: value for key, value in case.facts.items() if value is not None}
    return (
        shown.title != case.title
        or seen_client(case.client, shown.client) != case.client
        or (shown.source or case.source) != case.source
        or {key: value for key, value in facts.items() if value is not None} != known
    )
