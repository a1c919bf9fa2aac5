"""Reading the portal: which records changed, and what they say, as plain values in the playbook's words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.crm.commands import Command
from bot.crm.encode import as_dict, as_int, as_list, parse_datetime, unescape
from bot.crm.mapping import ORIGINATOR, TAG, TASK_LINKS, TYPE_IDS, XML_PREFIX, Mapper, client_of, number
from bot.crm.wanted import Entity
from bot.engine.case import Client

PAGE = 50
_TASK_FIELDS = (
    "ID",
    "TITLE",
    "STATUS",
    "DEADLINE",
    "RESPONSIBLE_ID",
    "CHANGED_BY",
    "CHANGED_DATE",
    "CLOSED_DATE",
    "XML_ID",
    "UF_CRM_TASK",
)
_EVENTS = {
    "ONCRMLEAD": "lead",
    "ONCRMDEAL": "deal",
    "ONCRMCONTACT": "contact",
    "ONCRMACTIVITYADD": "activity",
    "ONTASKADD": "task",
    "ONTASKUPDATE": "task",
    "ONTASKDELETE": "task",
}
_EVENT_IDS = ("data[FIELDS][ID]", "data[FIELDS_AFTER][ID]", "data[FIELDS_BEFORE][ID]")
_CLOSED = (4, 5)
_OWNERS = {type_id: kind for kind, type_id in TYPE_IDS.items()}
_CALL = 2
_CONTACTS = (_CALL, 4, 6)
"""Calls, letters, and what providers add: chats of open lines, forms."""
_INWARD = 1
_DIRECTIONS = (_INWARD, 2)
_ACTIVITY_FIELDS = (
    "ID",
    "OWNER_ID",
    "OWNER_TYPE_ID",
    "TYPE_ID",
    "DIRECTION",
    "CREATED",
    "START_TIME",
    "RESPONSIBLE_ID",
)
_CLOSED_STATUS = 5


@dataclass(frozen=True, slots=True)
class PortalCase:
    """A lead or deal as the portal shows it, in the playbook's words."""

    entity: Entity
    crm_id: int
    pipeline: str
    stage: str
    owner: int | None
    title: str
    client: Client
    arrived_at: datetime
    source: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    lead_id: int | None = None
    moved_by: int | None = None
    """CRM user who has set the stage."""
    origin: str | None = None
    """Key of our own write that made it; None: somebody else did."""


@dataclass(frozen=True, slots=True)
class PortalTask:
    """One of our tasks as the portal shows it."""

    crm_id: int
    title: str
    closed: bool
    deadline: datetime | None
    responsible: int | None
    changed_by: int | None
    closed_at: datetime | None
    key: str | None
    """Our id of it, None when it is not ours."""
    links: tuple[tuple[Entity, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Contacted:
    """A call or a message in the timeline of a record."""

    crm_id: int
    owner: tuple[str, int]
    """`lead`, `deal` or `contact`, and its number."""
    inward: bool
    """From the client; otherwise to him."""
    call: bool
    at: datetime
    """When the portal wrote it down."""
    began_at: datetime
    by: int | None


def read_activity(row: Mapping[str, Any]) -> Contacted | None:
    """A row of `crm.activity`; None: it is neither a call nor a message with a direction, or nobody's of ours."""
    owner = _OWNERS.get(as_int(row.get("OWNER_TYPE_ID")) or 0)
    crm_id, owner_id = as_int(row.get("ID")), as_int(row.get("OWNER_ID"))
    kind, direction = as_int(row.get("TYPE_ID")), as_int(row.get("DIRECTION"))
    at = parse_datetime(row.get("CREATED"))
    if owner is None or crm_id is None or owner_id is None or at is None:
        return None
    if kind not in _CONTACTS or direction not in _DIRECTIONS:
        return None
    began_at = parse_datetime(row.get("START_TIME")) or at
    inward = direction == _INWARD
    return Contacted(
        crm_id, (owner, owner_id), inward, kind == _CALL, at, min(began_at, at), number(row.get("RESPONSIBLE_ID"))
    )


def read_case(
    mapper: Mapper, entity: Entity, row: Mapping[str, Any], contact: Mapping[str, Any] | None = None
) -> PortalCase | None:
    """A record of `crm.item`; None: it stands in a stage that the playbook does not know.

    Args:
        mapper: of the playbook version that the case runs on.
        entity: lead or deal.
        row: the record with everything, custom fields under their original names.
        contact: its contact with phones and e-mails, if it has one.
    """
    where = mapper.stage_of(entity, as_int(row.get("categoryId")) or 0, str(row.get("stageId") or ""))
    crm_id, arrived = as_int(row.get("id")), parse_datetime(row.get("createdTime"))
    if where is None or crm_id is None or arrived is None:
        return None
    ours = row.get("originatorId") == ORIGINATOR and row.get("originId")
    return PortalCase(
        entity=entity,
        crm_id=crm_id,
        pipeline=where[0],
        stage=where[1],
        owner=number(row.get("assignedById")),
        title=unescape(str(row.get("title") or "")),
        client=client_of(row if entity == "lead" else {}, contact),
        arrived_at=arrived,
        source=mapper.source_of(row.get("sourceId")),
        facts=mapper.facts_of(entity, row),
        lead_id=number(row.get("leadId")),
        moved_by=number(row.get("movedBy")),
        origin=str(row["originId"]) if ours else None,
    )


def read_task(row: Mapping[str, Any]) -> PortalTask:
    """A row of `tasks.task`."""
    xml_id = str(row.get("xmlId") or "")
    status = as_int(row.get("status"))
    prefixes = {prefix: entity for entity, prefix in TASK_LINKS.items()}
    links: list[tuple[Entity, int]] = []
    for link in as_list(row.get("ufCrmTask")):
        prefix, _, key = str(link).partition("_")
        if prefix in prefixes and key.isdigit():
            links.append(("lead" if prefixes[prefix] == "lead" else "deal", int(key)))
    return PortalTask(
        crm_id=as_int(row.get("id")) or 0,
        title=unescape(str(row.get("title") or "")),
        closed=status in _CLOSED,
        deadline=parse_datetime(row.get("deadline")),
        responsible=number(row.get("responsibleId")),
        changed_by=number(row.get("changedBy")),
        closed_at=parse_datetime(row.get("closedDate")),
        key=xml_id.removeprefix(XML_PREFIX) if xml_id.startswith(XML_PREFIX) else None,
        links=tuple(links),
    )


def contact_id(row: Mapping[str, Any]) -> int | None:
    """The record's contact."""
    return number(row.get("contactId"))


def changed_at(row: Mapping[str, Any]) -> datetime | None:
    """When the record or the task changed last; of an activity, when it was written down."""
    return parse_datetime(row.get("updatedTime") or row.get("changedDate") or row.get("CREATED"))


def origin_case(origin: str) -> int | None:
    """The case whose write made the record."""
    return as_int(origin.partition("-")[0])


def hint_of(event: str, fields: Mapping[str, str]) -> tuple[str, int] | None:
    """What an event of the portal is about: lead, deal, contact, activity or task, its number; None: nothing of ours.

    Args:
        event: its name, `ONCRMLEADUPDATE`.
        fields: the posted form.
    """
    name = event.upper()
    kind = next((kind for prefix, kind in _EVENTS.items() if name.startswith(prefix)), None)
    for key in _EVENT_IDS:
        number_of = as_int(fields.get(key))
        if kind is not None and number_of is not None and number_of > 0:
            return kind, number_of
    return None


# Asking ---------------------------------------------------------------------------------------------------------------


def changed(kind: str, since: datetime, *, after: int = 0) -> Command:
    """One page of the numbers of what changed since a moment, in id order after an id."""
    if kind == "task":
        where: dict[str, Any] = {">=CHANGED_DATE": since, "TAG": TAG, ">ID": after}
        order: dict[str, str] = {"ID": "asc"}
        return Command(
            "tasks.task.list", {"select": ["ID", "CHANGED_DATE"], "filter": where, "order": order, "start": -1}
        )
    if kind == "activity":
        where = {">=CREATED": since, "TYPE_ID": list(_CONTACTS), ">ID": after}
        params = {"select": ["ID", "CREATED"], "filter": where, "order": {"ID": "ASC"}, "start": -1}
        return Command("crm.activity.list", params)
    return _ids(kind, {">=updatedTime": since, ">id": after})


def of_contacts(kind: str, ids: Collection[int]) -> Command:
    """The numbers of the records that belong to these contacts, at most a page."""
    return _ids(kind, {"@contactId": sorted(ids)})


def items(kind: str, ids: Collection[int]) -> Command:
    """These records with everything, at most a page."""
    return Command("crm.item.list", items_params(kind, {"@id": sorted(ids)}) | {"start": -1})


def tasks(ids: Collection[int]) -> Command:
    """These tasks, at most a page."""
    return Command("tasks.task.list", {"select": list(_TASK_FIELDS), "filter": {"ID": sorted(ids)}, "start": -1})


def activities(ids: Collection[int]) -> Command:
    """These calls and messages, at most a page."""
    params = {"select": list(_ACTIVITY_FIELDS), "filter": {"ID": sorted(ids)}, "start": -1}
    return Command("crm.activity.list", params)


def present(kind: str, ids: Collection[int]) -> Command:
    """Which of these records or tasks there are, at most a page; nothing but their numbers."""
    if kind == "task":
        return Command("tasks.task.list", {"select": ["ID"], "filter": {"ID": sorted(ids)}, "start": -1})
    return _ids(kind, {"@id": sorted(ids)})


def _ids(kind: str, where: Mapping[str, Any]) -> Command:
    params = {"entityTypeId": TYPE_IDS[kind], "select": ["id", "updatedTime"], "filter": dict(where)}
    return Command("crm.item.list", params | {"order": {"id": "ASC"}, "start": -1})


def items_params(kind: str, where: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of a full read of leads, deals or contacts."""
    return {
        "entityTypeId": TYPE_IDS[kind],
        "select": ["*", "UF_*"],
        "filter": dict(where),
        "useOriginalUfNames": "Y",
    }


def latest(kind: str, where: Mapping[str, Any], page: int) -> Command:
    """The `page`-th page (from 0) of records, newest first."""
    params = items_params(kind, where) | {"order": {"id": "DESC"}, "start": page * PAGE}
    return Command("crm.item.list", params)


def item(kind: str, crm_id: int) -> Command:
    """One record; refused when it is gone."""
    return Command("crm.item.get", {"entityTypeId": TYPE_IDS[kind], "id": crm_id, "useOriginalUfNames": "Y"})


def open_tasks_params() -> dict[str, Any]:
    """Parameters of a full read of our open tasks."""
    return {"select": list(_TASK_FIELDS), "filter": {"TAG": TAG, "!REAL_STATUS": _CLOSED_STATUS}}


def task(crm_id: int) -> Command:
    """One task; an empty answer when it is gone."""
    return Command("tasks.task.get", {"taskId": crm_id, "select": list(_TASK_FIELDS)})


def chunks(ids: Collection[int]) -> Sequence[list[int]]:
    """The ids in parts that fit one page."""
    ordered = sorted(ids)
    return [ordered[start : start + PAGE] for start in range(0, len(ordered), PAGE)]


def one_row(value: Any, name: str) -> dict[str, Any]:
    """The record of a get method, empty when there is none."""
    return as_dict(as_dict(value).get(name))
