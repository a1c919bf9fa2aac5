"""The outbox as the relay sees it: rows with everything that they need, and how a round is written down."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.crm.activities import MEETING_MOVES
from bot.crm.send import CREATES, RECORDS, TASK_MOVES, Target
from bot.db import cases as db_cases
from bot.db import outbox as db_outbox
from bot.db import tables as t
from bot.db.outbox import Queued
from bot.db.session import Database

MADE = "made"
"""Under this key the body of a delivered create keeps the portal's number of what it made."""
BLOCKED_FOR = timedelta(minutes=5)
"""How often a row is looked at that waits for another one, which was refused."""
_BLOCKED = "ждёт записи, которую Битрикс24 не принял"
_NEEDS_RECORD = frozenset({"update", "set_owner", "comment", "add_task", "add_phone", "add_file", "add_meeting"})


@dataclass(frozen=True, slots=True)
class Job:
    """One row with what it needs."""

    row: Queued
    to: Target
    playbook: str
    """Version that the case runs on."""
    fresh: bool
    """No earlier try can have been executed."""
    blocked: bool
    """It needs what the portal has not made: a contact or deal of this queue was refused."""


@dataclass(frozen=True, slots=True)
class Done:
    """The portal has it; `made` is the number of what it made."""

    job: Job
    made: int | None = None


@dataclass(frozen=True, slots=True)
class Later:
    """To be tried again."""

    job: Job
    at: datetime
    error: str
    unsure: bool
    count: bool = True
    alone: bool = False
    """Only this row has to wait, the portal is there for others."""


@dataclass(frozen=True, slots=True)
class Parked:
    """The portal refuses it; a person decides."""

    job: Job
    error: str


End = Done | Later | Parked


async def claim(database: Database, now: datetime, limit: int) -> list[Job]:
    """The due heads of the queues, ready to be sent.

    Creates are marked as perhaps executed before anything is sent: killed at any moment, we look before repeating.
    Rows that wait for a refused one are put off.
    """
    async with database.write() as connection:
        jobs: list[Job] = []
        rows = await db_outbox.heads(connection, now, limit)
        for job in await _resolve(connection, rows):
            if job.blocked:
                await db_outbox.postpone(
                    connection,
                    job.row.id,
                    next_try=now + BLOCKED_FOR,
                    error=_BLOCKED,
                    unsure=job.row.unsure,
                    count=False,
                )
            else:
                jobs.append(job)
        await db_outbox.mark_unsure(connection, [job.row.id for job in jobs if job.fresh and job.row.op in CREATES])
        return jobs


async def write_down(database: Database, ends: Sequence[End], now: datetime) -> None:
    """A round's results, in one transaction: a row is done together with the number of what it made."""
    async with database.write() as connection:
        made = {end.job.row.case_id for end in ends if isinstance(end, Done) and end.job.row.op in RECORDS}
        stored = await db_cases.load(connection, made, lock=True)
        for end in sorted(ends, key=lambda one: one.job.row.id):
            row = end.job.row
            match end:
                case Done(made=number):
                    if number is not None:
                        await _keep_number(connection, row, number, stored)
                case Later():
                    await db_outbox.postpone(
                        connection, row.id, next_try=end.at, error=end.error, unsure=end.unsure, count=end.count
                    )
                case Parked():
                    await db_outbox.park(connection, row.id, end.error, now)
        await db_outbox.finish(connection, [end.job.row.id for end in ends if isinstance(end, Done)], now)


async def next_due(database: Database) -> datetime | None:
    """When the next row may be tried."""
    async with database.read() as connection:
        return await db_outbox.next_due(connection)


async def _keep_number(
    connection: AsyncConnection, row: Queued, number: int, stored: dict[int, db_cases.Stored]
) -> None:
    await db_outbox.remember(connection, row.id, {**row.body, MADE: number})
    if row.op == "add_task":
        known = update(t.tasks).where(t.tasks.c.id == row.body["task"], t.tasks.c.crm_task_id.is_(None))
        await connection.execute(known.values(crm_task_id=number))
    elif row.op in RECORDS and row.case_id in stored:
        made = stored[row.case_id]
        state = db_cases.dump(replace(made.case, crm_id=number))
        values = {"crm_id": number, "state": state, "version": made.version + 1}
        await connection.execute(update(t.cases).where(t.cases.c.id == row.case_id).values(values))


async def _resolve(connection: AsyncConnection, rows: Sequence[Queued]) -> list[Job]:
    """The rows with the portal's numbers of what they are about."""
    if not rows:
        return []
    leads = {row.id: row.body.get("lead") for row in rows}
    deals = {row.id: row.body.get("contact_of") for row in rows}
    wanted = {row.case_id for row in rows} | {case for case in (*leads.values(), *deals.values()) if case}
    columns = t.cases.c
    found = await connection.execute(
        select(columns.id, columns.entity, columns.crm_id, columns.pipeline, columns.playbook).where(
            columns.id.in_(wanted)
        )
    )
    cases = {case.id: case for case in found}
    contacts = await _contacts(connection, wanted)
    tasks, meetings = await _tasks(connection, rows), await _meetings(connection, rows)
    jobs: list[Job] = []
    for row in rows:
        case, lead, deal = cases[row.case_id], leads[row.id], deals[row.id]
        to = Target(
            key=row.key,
            entity=case.entity,
            pipeline=case.pipeline,
            queued_at=row.created_at,
            crm_id=case.crm_id,
            task_id=row.body.get("crm_task") or tasks.get(row.body.get("task")),
            activity_id=meetings.get(row.body.get("activity")),
            lead_id=cases[lead].crm_id if lead in cases else None,
            contact_id=contacts.get(deal or row.case_id) if deal is not None or row.op == "deal" else None,
        )
        if deal is not None and (deal not in cases or cases[deal].crm_id is None):
            to = replace(to, crm_id=None)  # a lead in its success stage always has its deal
        orphan = row.op == "deal" and row.case_id not in contacts
        blocked = orphan or (row.op in _NEEDS_RECORD and to.crm_id is None)
        jobs.append(Job(row, to, case.playbook, fresh=not row.unsure, blocked=blocked))
    return jobs


async def _contacts(connection: AsyncConnection, case_ids: Collection[int]) -> dict[int, int | None]:
    """Deal case → its contact in the portal, None where an admin has skipped it; without an entry: not made yet."""
    columns = t.outbox.c
    query = select(columns.case_id, columns.body).where(
        columns.case_id.in_(case_ids),
        columns.op == "contact",
        columns.state.in_((db_outbox.DONE, db_outbox.SKIPPED)),
    )
    return {row.case_id: row.body.get(MADE) for row in await connection.execute(query)}


async def _tasks(connection: AsyncConnection, rows: Sequence[Queued]) -> dict[Any, int]:
    """Our task → the portal's, for tasks that are to be changed."""
    wanted = {row.body["task"]: row.case_id for row in rows if row.op in TASK_MOVES and "task" in row.body}
    if not wanted:
        return {}
    query = select(t.tasks.c.id, t.tasks.c.crm_task_id).where(t.tasks.c.id.in_(wanted))
    known: dict[Any, int] = {row.id: row.crm_task_id for row in await connection.execute(query) if row.crm_task_id}
    lacking = {case for task, case in wanted.items() if task not in known}
    if lacking:
        # A task that was set and replaced within one transaction has only its outbox row to be remembered by.
        columns = t.outbox.c
        made = select(columns.body).where(columns.case_id.in_(lacking), columns.op == "add_task")
        for row in await connection.execute(made):
            if MADE in row.body:
                known.setdefault(row.body["task"], row.body[MADE])
    return known


async def _meetings(connection: AsyncConnection, rows: Sequence[Queued]) -> dict[Any, int]:
    """Our meeting → the portal's activity, for activities that are to be changed."""
    cases = {row.case_id for row in rows if row.op in MEETING_MOVES}
    if not cases:
        return {}
    columns = t.outbox.c
    query = select(columns.body).where(columns.case_id.in_(cases), columns.op == "add_meeting")
    made = await connection.execute(query)
    return {row.body["activity"]: row.body[MADE] for row in made if MADE in row.body}
