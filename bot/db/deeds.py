"""What figures are counted from: deeds of the journal and the tasks, in a span of time. Test leads are left out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, cast, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import tables as t


@dataclass(frozen=True, slots=True)
class Deed:
    """A line of the journal that counts; `data` is told in `bot.engine.deeds`.

    Args:
        case_id: of whose case.
        at: when it was done: when the line was written, unless it tells anew what was told before.
        task: the case's open task after it.
        entity: `lead` or `deal`.
        source: the case's, a key of the playbook's `sources`.
        client: short name.
        version: hash of the playbook version that the case runs on now.
        parent: of a deal that was a lead, that case.
        marks: of its outcomes.
        data: the deed.
    """

    case_id: int
    at: datetime
    task: str | None
    entity: str
    source: str | None
    client: str
    version: str
    parent: int | None
    marks: tuple[str, ...]
    data: Mapping[str, Any]

    @property
    def holder(self) -> int | None:
        """The CRM user whose turn it was."""
        user: int | None = self.data["holder"]
        return user


@dataclass(frozen=True, slots=True)
class Standing:
    """An open task."""

    id: str
    case_id: int
    kind: str
    owner: int | None
    due_at: datetime
    overdue_at: datetime | None
    promised: bool
    untold: bool
    """It was closed in the CRM, and its result is not told."""
    confirmed: bool
    """Of a meeting: the client has confirmed it."""
    source: str | None
    client: str
    version: str


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting whose time has come."""

    case_id: int
    owner: int | None
    source: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """A case in work, and since when it stands in its stage."""

    case_id: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Move:
    """A case went from one stage to another.

    Args:
        case_id: which.
        owner: whose it is now.
        pipeline: in which it is now.
        old: the stage that it left.
        new: the one that it came to.
        version: hash of the playbook version that the case runs on now.
        facts: what is known of its client now.
        back: it was taken back to where it had been: a wrong answer, or a client who was returned to work.
    """

    case_id: int
    owner: int | None
    pipeline: str
    old: str
    new: str
    version: str
    facts: Mapping[str, Any]
    back: bool


_BACK = ("Undone", "Corrected", "Returned")
"""Events that lead a case back."""
_SOURCE = t.cases.c.state["source"].as_string()
_TASK = t.cases.c.state["task"]


async def deeds(connection: AsyncConnection, start: datetime, end: datetime) -> list[Deed]:
    """What was written from `start` until before `end`, in its order; of it something may have been done before."""
    columns = t.journal.c
    return await _deeds(connection, and_(columns.at >= start, columns.at < end))


async def earlier(connection: AsyncConnection, cases: Collection[int], before: datetime) -> list[Deed]:
    """What these cases have reached before that moment."""
    columns = t.journal.c
    if not cases:
        return []
    reached = _has("counts") | _has("undone") | _has("corrected")
    return await _deeds(connection, and_(columns.case_id.in_(cases), columns.at < before, reached))


async def _deeds(connection: AsyncConnection, where: ColumnElement[bool]) -> list[Deed]:
    columns, cases = t.journal.c, t.cases.c
    query = (
        select(
            *(columns.case_id, columns.at, columns.data),
            *(cases.entity, _SOURCE, cases.client_name, cases.playbook, cases.parent),
        )
        .join(t.cases, cases.id == columns.case_id)
        .where(where, _has("deed"), cases.counted)
        .order_by(columns.id)
    )
    return [
        Deed(
            *(case_id, _done_at(at, data["deed"]), data["task"], entity, source, client, version, parent),
            *(tuple(data.get("marks", ())), data["deed"]),
        )
        for case_id, at, data, entity, source, client, version, parent in await connection.execute(query)
    ]


def _done_at(written: datetime, deed: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(deed["at"]) if "at" in deed else written


def _has(key: str) -> ColumnElement[bool]:
    """The database need not unpack what has no such key."""
    return cast(t.journal.c.data, Text).like(f'%"{key}"%')


async def standing(connection: AsyncConnection, end: datetime) -> list[Standing]:
    """The open tasks due before `end`, the oldest first."""
    return await _standing(connection, _open(t.tasks.c.due_at < end))


async def due_between(connection: AsyncConnection, start: datetime, end: datetime) -> list[Standing]:
    """The open tasks due from `start` until before `end`, the earliest first."""
    return await _standing(connection, _open(t.tasks.c.due_at >= start, t.tasks.c.due_at < end))


def _open(*where: ColumnElement[bool]) -> Select[Any]:
    tasks, cases = t.tasks.c, t.cases.c
    query = select(
        *(tasks.id, tasks.case_id, tasks.kind, tasks.owner, tasks.due_at, tasks.overdue_at),
        *(_TASK["promised"].as_boolean(), _TASK["closed_at"].as_string(), _TASK["confirmed"].as_boolean()),
        *(_SOURCE, cases.client_name, cases.playbook),
    )
    query = query.join(t.cases, cases.id == tasks.case_id).where(tasks.state == "open", cases.counted, *where)
    return query.order_by(tasks.due_at, tasks.id)


async def _standing(connection: AsyncConnection, query: Select[Any]) -> list[Standing]:
    found = []
    for row in await connection.execute(query):
        number, case_id, kind, owner, due_at, overdue_at, promised, closed_at, confirmed, source, client, version = row
        found.append(
            Standing(
                id=number,
                case_id=case_id,
                kind=kind,
                owner=owner,
                due_at=due_at,
                overdue_at=overdue_at,
                promised=bool(promised),
                untold=closed_at is not None,
                confirmed=bool(confirmed),
                source=source,
                client=client,
                version=version,
            )
        )
    return found


async def meetings(connection: AsyncConnection, start: datetime, end: datetime) -> list[Meeting]:
    """The meetings that were to begin from `start` until before `end`, without those moved or called off in advance."""
    tasks, cases = t.tasks.c, t.cases.c
    query = (
        select(tasks.case_id, tasks.owner, _SOURCE)
        .join(t.cases, cases.id == tasks.case_id)
        .where(
            tasks.ends_at.is_not(None),
            tasks.due_at >= start,
            tasks.due_at < end,
            cases.counted,
            or_(tasks.state.in_(("open", "aside")), tasks.done_at >= tasks.due_at),
        )
    )
    return [Meeting(*row) for row in await connection.execute(query)]


async def holders(connection: AsyncConnection, cases: Collection[int]) -> dict[int, int | None]:
    """Who has the open tasks of these cases, whenever they are due."""
    tasks = t.tasks.c
    if not cases:
        return {}
    query = select(tasks.case_id, tasks.owner).where(tasks.state == "open", tasks.case_id.in_(cases))
    return {row.case_id: row.owner for row in await connection.execute(query)}


async def standing_in(
    connection: AsyncConnection, places: Collection[tuple[str, str]], owners: Collection[int] | None = None
) -> list[Place]:
    """The cases in work that stand in these stages (pipeline and stage), and since when in theirs; no test cases.

    `owners`: of these CRM users alone.
    """
    if not places:
        return []
    cases = t.cases.c
    here = or_(*(and_(cases.pipeline == pipeline, cases.stage == stage) for pipeline, stage in places))
    query = select(cases.id, cases.state["entered_at"].as_string()).where(cases.closed.is_(False), cases.counted, here)
    if owners is not None:
        query = query.where(cases.owner.in_(owners))
    rows = await connection.execute(query.order_by(cases.id))
    return [Place(number, datetime.fromisoformat(since)) for number, since in rows]


async def moves(connection: AsyncConnection, start: datetime, end: datetime) -> list[Move]:
    """The moves between stages from `start` until before `end`, in their order."""
    columns, cases = t.journal.c, t.cases.c
    query = (
        select(
            *(columns.case_id, columns.event, cases.owner, cases.pipeline, cases.playbook, columns.data),
            cases.state["facts"].label("facts"),
        )
        .join(t.cases, cases.id == columns.case_id)
        .where(columns.at >= start, columns.at < end, _has("from"), cases.counted)
        .order_by(columns.id)
    )
    return [
        Move(
            *(row.case_id, row.owner, row.pipeline, row.data["from"], row.data["stage"], row.playbook),
            *(row.facts or {}, row.event in _BACK),
        )
        for row in await connection.execute(query)
        if "from" in row.data
    ]
