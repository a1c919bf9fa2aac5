"""Cases in the database: load a set of them under lock, write a set of them back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import tables as t
from bot.engine.case import Case

_CASE = TypeAdapter(Case)


@dataclass(slots=True)
class Stored:
    """A case as it stands in the database, with what only the shell needs."""

    case: Case
    version: int
    stream: int
    written: int
    loaded: Case | None = None
    """As the row had it; None: the case is new."""


def dump(case: Case) -> dict[str, Any]:
    """The case as JSON."""
    state: dict[str, Any] = _CASE.dump_python(case, mode="json")
    return state


def restore(state: Mapping[str, Any]) -> Case:
    """The case from its JSON."""
    return _CASE.validate_python(state)


async def load(connection: AsyncConnection, ids: Collection[int], *, lock: bool = False) -> dict[int, Stored]:
    """The cases with these ids; `lock` takes their rows until the transaction ends (PostgreSQL), in id order."""
    if not ids:
        return {}
    rows = await connection.execute(_LOAD_LOCKED if lock else _LOAD, {"ids": list(ids)})
    found = {}
    for row in rows:
        case = restore(row.state)
        stream = row.stream if row.stream is not None else row.id
        found[row.id] = Stored(case, row.version, stream, row.written, loaded=case)
    return found


_LOAD = (
    select(t.cases.c.id, t.cases.c.state, t.cases.c.version, t.cases.c.stream, t.cases.c.written)
    .where(t.cases.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(t.cases.c.id)
)
_LOAD_LOCKED = _LOAD.with_for_update()


def _columns(case: Case, counted: bool, now: datetime) -> dict[str, Any]:
    return {
        "entity": case.entity,
        "crm_id": case.crm_id,
        "parent": case.parent,
        "playbook": case.playbook,
        "follows": case.follows,
        "pipeline": case.pipeline,
        "stage": case.stage,
        "owner": case.owner,
        "closed": case.closed,
        "counted": counted,
        "client_name": case.client.name[:200],
        "state": dump(case),
        "arrived_at": case.arrived_at,
        "updated_at": now,
    }


async def add(connection: AsyncConnection, case: Case, *, stream: int | None, counted: bool, now: datetime) -> int:
    """Store a new case; returns its id. `stream` None: it heads a queue of its own."""
    values = _columns(case, counted, now) | {"stream": stream, "version": 1, "written": 0}
    result = await connection.execute(insert(t.cases).values(values).returning(t.cases.c.id))
    return int(result.scalar_one())


async def save(connection: AsyncConnection, stored: Sequence[tuple[Stored, bool]], now: datetime) -> None:
    """Write the cases back (pairs of case and whether it counts in statistics), their contacts with them."""
    if not stored:
        return
    changed = [
        _columns(item.case, counted, now) | {"key": item.case.id, "version": item.version + 1, "written": item.written}
        for item, counted in stored
    ]
    await connection.execute(_SAVED, changed)


_SAVED = (
    update(t.cases)
    .where(t.cases.c.id == bindparam("key"))
    .values(
        {
            column.name: bindparam(column.name)
            for column in t.cases.c
            if column.name not in ("id", "stream")  # a case keeps its queue
        }
    )
)


async def set_contacts(connection: AsyncConnection, cases: Sequence[Case]) -> None:
    """Phones and e-mails by which later requests of the same client are recognised."""
    if not cases:
        return
    await connection.execute(delete(t.contacts).where(t.contacts.c.case_id.in_([case.id for case in cases])))
    rows = [
        {"case_id": case.id, "value": value}
        for case in cases
        for value in dict.fromkeys((*case.client.phones, *(email.lower() for email in case.client.emails)))
    ]
    if rows:
        await connection.execute(insert(t.contacts), rows)


async def by_crm(connection: AsyncConnection, entity: str, crm_ids: Collection[int]) -> dict[int, int]:
    """Portal id → case id, for those we know."""
    if not crm_ids:
        return {}
    rows = await connection.execute(
        select(t.cases.c.crm_id, t.cases.c.id).where(t.cases.c.entity == entity, t.cases.c.crm_id.in_(crm_ids))
    )
    return {row.crm_id: row.id for row in rows}


async def sharing_contacts(connection: AsyncConnection, case: Case) -> list[Case]:
    """Other cases with one of this client's phones or e-mails, newest first."""
    values = [*case.client.phones, *(email.lower() for email in case.client.emails)]
    return await with_contacts(connection, values, but=case.id)


async def with_contacts(connection: AsyncConnection, values: Collection[str], *, but: int | None = None) -> list[Case]:
    """The cases with one of these phones (E.164) or lower-case e-mails, newest first, `but` this one."""
    if not values:
        return []
    query = select(t.cases.c.state).where(
        t.cases.c.id.in_(select(t.contacts.c.case_id).where(t.contacts.c.value.in_(values)))
    )
    if but is not None:
        query = query.where(t.cases.c.id != but)
    rows = await connection.execute(query.order_by(t.cases.c.arrived_at.desc()).limit(20))
    return [restore(row.state) for row in rows]


async def lock_contacts(connection: AsyncConnection, values: Collection[str]) -> None:
    """Until the transaction ends nobody else enters a client with these contacts; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        for value in sorted(values):
            await connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(value))))
