"""What the intake keeps and asks in the database: how far it has read, and the cases as they stood before reading."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.crm.send import RECORDS
from bot.db import cases as db_cases
from bot.db import outbox as db_outbox
from bot.db import tables as t
from bot.db.cases import Stored
from bot.db.session import Database, insert

Hint = tuple[str, int]
"""`lead`, `deal`, `contact`, `task` or `activity`, and its number in the portal."""


@dataclass(slots=True)
class Known:
    """The cases that a set of hints is about, as they stood before the portal was read.

    Args:
        records: cases by kind and number of their lead or deal.
        tasks: cases by the number of their open task.
        old_tasks: case and our id, by the number of a task of ours that was answered or superseded.
        waiting: cases with writes that the portal has not taken: what it shows of them is not the last word.
    """

    records: dict[Hint, Stored] = field(default_factory=dict)
    tasks: dict[int, Stored] = field(default_factory=dict)
    old_tasks: dict[int, tuple[Stored, str]] = field(default_factory=dict)
    waiting: set[int] = field(default_factory=set)

    def is_waiting(self, hint: Hint) -> bool:
        """Whether the hint is about a case with writes on their way."""
        if hint[0] != "task":
            stored = self.records.get(hint)
        elif hint[1] in self.old_tasks:
            stored, _ = self.old_tasks[hint[1]]
        else:
            stored = self.tasks.get(hint[1])
        return stored is not None and stored.case.id in self.waiting


async def snapshot(database: Database, hints: Collection[Hint]) -> Known:
    """Look the hints' cases up."""
    known = Known()
    async with database.read() as connection:
        numbers: dict[Hint, int] = {}
        for kind in ("lead", "deal"):
            ids = [number for of, number in hints if of == kind]
            found = await db_cases.by_crm(connection, kind, ids)
            numbers |= {(kind, crm_id): case for crm_id, case in found.items()}
        tasks = await _task_cases(connection, [number for of, number in hints if of == "task"])
        cases = await db_cases.load(connection, {*numbers.values(), *(case for case, _ in tasks.values())})
        known.records = {hint: cases[case] for hint, case in numbers.items()}
        for crm_task, (case, task) in tasks.items():
            current = cases[case].case.task
            if current is not None and current.id == task:
                known.tasks[crm_task] = cases[case]
            else:
                known.old_tasks[crm_task] = (cases[case], task)
        known.waiting = await db_outbox.waiting(connection, list(cases))
    return known


async def open_hints(database: Database) -> set[Hint]:
    """Every record and task of the cases in work."""
    async with database.read() as connection:
        columns = t.cases.c
        rows = await connection.execute(
            select(columns.entity, columns.crm_id).where(columns.closed.is_(False), columns.crm_id.is_not(None))
        )
        hints: set[Hint] = {(row.entity, row.crm_id) for row in rows}
        rows = await connection.execute(
            select(t.tasks.c.crm_task_id).where(t.tasks.c.state == "open", t.tasks.c.crm_task_id.is_not(None))
        )
        return hints | {("task", row.crm_task_id) for row in rows}


async def is_being_made(database: Database, origin: str) -> bool:
    """Whether a record with this origin is one whose answer our own delivery has not seen yet."""
    async with database.read() as connection:
        query = (
            select(t.outbox.c.id)
            .join(t.cases, t.cases.c.id == t.outbox.c.case_id)
            .where(t.outbox.c.key == origin, t.outbox.c.op.in_(RECORDS), t.cases.c.crm_id.is_(None))
        )
        return (await connection.execute(query)).first() is not None


async def read_marks(database: Database) -> dict[str, str]:
    """How far each kind has been read."""
    async with database.read() as connection:
        rows = await connection.execute(select(t.crm_marks.c.name, t.crm_marks.c.value))
        return {row.name: row.value for row in rows}


async def save_marks(database: Database, marks: Mapping[str, str]) -> None:
    """Remember how far each kind has been read."""
    if not marks:
        return
    async with database.write() as connection:
        for name, value in marks.items():
            statement = insert(connection, t.crm_marks).values(name=name, value=value)
            await connection.execute(
                statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value})
            )


async def _task_cases(connection: AsyncConnection, ids: Collection[int]) -> dict[int, tuple[int, str]]:
    """The portal's task → case and our id of it."""
    if not ids:
        return {}
    columns = t.tasks.c
    query = select(columns.crm_task_id, columns.case_id, columns.id).where(columns.crm_task_id.in_(ids))
    return {row.crm_task_id: (row.case_id, row.id) for row in await connection.execute(query)}


def moment_of(marks: Mapping[str, str], name: str) -> datetime | None:
    """A mark that is a moment."""
    value = marks.get(name)
    return datetime.fromisoformat(value) if value else None
