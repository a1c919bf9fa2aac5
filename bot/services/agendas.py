"""What stands in the shared calendar: meetings are open tasks that take time of people."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import agendas as db_agendas
from bot.db import tables as t
from bot.db.people import People
from bot.engine.agenda import Agenda, Meeting, as_meeting, invited_role, meeting_kind, role_invited_to
from bot.engine.case import Case
from bot.engine.newcomer import Newcomer, task_of
from bot.engine.titles import client_name, short_name
from bot.engine.touches import ends_of
from bot.locales.ru import engine as ru
from bot.playbooks.model import Playbook
from bot.services.group import Group

STANDING = ("open", "aside")
"""States of a meeting's task while the meeting is agreed."""


async def agenda_of(group: Group, case: Case, question: str, *, agreeing: bool = False) -> Agenda | None:
    """Who must have time for the meeting that this question of the case asks about; None: it is about no meeting.

    `agreeing`: the meeting is agreed by it, and who is free has to stay so until it is.
    """
    playbook = group.playbook(case)
    kind = meeting_kind(playbook, question)
    if kind is None:
        return None
    former = next((task.second for task in group.standing(case) if task.second is not None), None)
    role = invited_role(playbook, case.run) if case.run is not None else None
    if role is None and former is not None and former in group.people.by_crm:
        role = group.people.by_crm[former].role
    seconds = _of_role(group.people, role, case.owner)
    users = {user for user in (case.owner, *seconds) if user is not None}
    if agreeing:
        await db_agendas.agree_alone(group.connection)
    meetings = await _meetings(group, case, users)
    return Agenda(case.owner, seconds, kind.lasts, tuple(sorted(meetings, key=lambda one: one.start)), role, former)


async def agenda_of_newcomer(
    connection: AsyncConnection,
    people: People,
    playbook: Playbook,
    new: Newcomer,
    now: datetime,
    *,
    agreeing: bool = False,
) -> Agenda | None:
    """Who must have time for the meeting with a client who is being entered; None: he begins with another task.

    `agreeing`: see `agenda_of`.
    """
    kind = task_of(playbook, new)
    if kind is None or not kind.meeting:
        return None
    role = role_invited_to(playbook, new.place) if new.place is not None else None
    seconds = _of_role(people, role, new.owner)
    users = {user for user in (new.owner, *seconds) if user is not None}
    if agreeing:
        await db_agendas.agree_alone(connection)
    meetings = [meeting for _, meeting in await meetings_of(connection, now, users)]
    return Agenda(new.owner, seconds, kind.lasts, tuple(meetings), role)


def _of_role(people: People, role: str | None, owner: int | None) -> tuple[int, ...]:
    """CRM users of this role, without the owner."""
    users = (one.crm_user_id for one in people.all if one.role == role and one.crm_user_id != owner)
    return tuple(sorted(user for user in users if user is not None))


async def _meetings(group: Group, case: Case, users: Collection[int]) -> list[Meeting]:
    """Meetings of these people with other clients; of this transaction's cases as they stand now."""
    stored = await meetings_of(group.connection, group.now, users)
    found = [meeting for case_id, meeting in stored if case_id not in group.changed and case_id != case.id]
    for case_id in group.changed - {case.id}:
        other = group.cases[case_id].case
        playbook = group.playbook(other)
        for task in group.standing(other):
            if playbook.tasks[task.kind].meeting:
                meeting = as_meeting(other, task, short_name(client_name(other)), ends_of(playbook, task))
                found += [meeting] if meeting.people & set(users) else []
    return found


async def meetings_of(
    connection: AsyncConnection, since: datetime, users: Collection[int]
) -> list[tuple[int, Meeting]]:
    """Open meetings of these people that are not over at `since`, with their case ids."""
    tasks, cases = t.tasks.c, t.cases.c
    query = (
        select(tasks.case_id, tasks.due_at, tasks.ends_at, tasks.owner, tasks.second, cases.client_name)
        .join(t.cases, cases.id == tasks.case_id)
        .where(
            tasks.state.in_(STANDING),
            tasks.ends_at > since,
            or_(tasks.owner.in_(users), tasks.second.in_(users)),
        )
        .order_by(tasks.due_at)
    )
    return [
        (
            row.case_id,
            Meeting(
                row.due_at,
                row.ends_at,
                short_name(row.client_name) or ru.NO_NAME,
                frozenset(user for user in (row.owner, row.second) if user is not None),
            ),
        )
        for row in await connection.execute(query)
    ]
