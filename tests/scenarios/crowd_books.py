"""The portal's raw data of a floor, read over REST as any accountant could."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from tests.scenarios.floor import MOSCOW, Floor

LEAD, DEAL = 1, 2
_CLIENT = re.compile(r"Клиент\d{4}")
_PAGE, _AT_ONCE = 50, 40
"""Rows of a page, and pages of a request: the portal counts requests."""


@dataclass(frozen=True)
class Job:
    """A task of ours in the portal."""

    client: str
    link: str
    title: str
    """Without the client."""
    deadline: datetime
    created: datetime
    closed: datetime | None
    holder: int


@dataclass(frozen=True)
class Move:
    """A record came into a stage."""

    entity: int
    number: int
    client: str
    stage: str
    at: datetime


@dataclass(frozen=True)
class Record:
    """A lead or a deal."""

    entity: int
    number: int
    client: str
    stage: str
    source: str
    created: datetime
    owner: int


@dataclass(frozen=True)
class Books:
    """Everything at one moment."""

    at: datetime
    records: list[Record]
    moves: list[Move]
    """In their order."""
    jobs: list[Job]


async def read_books(floor: Floor) -> Books:
    """All leads, deals, moves between stages and tasks of ours."""
    now = datetime.fromisoformat((await floor.get("/sandbox/clock"))["now"]).astimezone(MOSCOW)
    records, moves = [], []
    for entity in (LEAD, DEAL):
        rows = await all_rows(floor, "crm.item.list", {"entityTypeId": entity, "select": ["*"]}, "items")
        records += [_record(entity, row) for row in rows]
    clients = {(one.entity, one.number): one.client for one in records}
    for entity in (LEAD, DEAL):
        for row in await all_rows(
            floor, "crm.stagehistory.list", {"entityTypeId": entity, "order": {"ID": "ASC"}}, "items"
        ):
            number, stage = int(row["OWNER_ID"]), str(row.get("STATUS_ID") or row.get("STAGE_ID"))
            moves.append(Move(entity, number, clients.get((entity, number), ""), stage, _moment(row["CREATED_TIME"])))
    select = ["ID", "TITLE", "DEADLINE", "STATUS", "RESPONSIBLE_ID", "UF_CRM_TASK", "CREATED_DATE", "CLOSED_DATE"]
    params = {"filter": {"TAG": "dozvon"}, "select": select, "order": {"ID": "asc"}}
    jobs = [_job(row) for row in await all_rows(floor, "tasks.task.list", params, "tasks")]
    return Books(now, records, moves, jobs)


async def all_rows(floor: Floor, method: str, params: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    while True:
        commands = {
            f"page{place}": _command(method, {**params, "start": len(rows) + place * _PAGE})
            for place in range(_AT_ONCE)
        }
        found = (await floor.portal("batch", {"halt": 0, "cmd": commands}))["result"]
        pages = [found[place][key] for place in commands]
        rows += [row for page in pages for row in page]
        if len(pages[-1]) < _PAGE:
            return rows


def _command(method: str, params: Mapping[str, Any]) -> str:
    return f"{method}?{urlencode(list(_flat(params)))}"


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{name}[{key}]" if name else str(key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _flat(inner, f"{name}[{place}]")
    else:
        yield name, str(value)


def _record(entity: int, row: Mapping[str, Any]) -> Record:
    client = _CLIENT.search(row["title"] or "")
    return Record(
        entity=entity,
        number=int(row["id"]),
        client=client[0] if client else "",
        stage=str(row["stageId"]),
        source=str(row["sourceId"]),
        created=_moment(row["createdTime"]),
        owner=int(row["assignedById"]),
    )


def _job(row: Mapping[str, Any]) -> Job:
    title, _, client = row["title"].partition(": ")
    return Job(
        client=client.split()[0] if client else "",
        link=row["ufCrmTask"][0],
        title=title,
        deadline=_moment(row["deadline"]),
        created=_moment(row["createdDate"]),
        closed=_moment(row["closedDate"]) if row["closedDate"] and row["status"] == "5" else None,
        holder=int(row["responsibleId"]),
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(MOSCOW)
