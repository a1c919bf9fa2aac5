"""Writing to the portal: a queued write as a REST command, and how to see whether an earlier try was executed.

What makes something new carries the key of its row, so that it can be found again when the answer was lost:
records by origin, tasks by their link and XML_ID, comments by a mark at the end of the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.crm import activities
from bot.crm.activities import MEETING_MOVES
from bot.crm.commands import Command
from bot.crm.encode import as_dict, as_int, as_list, parse_datetime
from bot.crm.inbox import contact_id, item, one_row, task
from bot.crm.mapping import (
    ORIGINATOR,
    TAG,
    TASK_LINKS,
    TYPE_IDS,
    XML_PREFIX,
    Mapper,
    addresses,
    has_phone,
    person_name,
)
from bot.crm.reading import rows_of
from bot.crm.wanted import Entity

CREATES = frozenset({"add_task", "add_meeting", "comment", "contact", "deal", "lead"})
"""Writes that must not be repeated blindly."""
RECORDS = frozenset({"deal", "lead"})
"""Writes that make the record of a case."""
TASK_MOVES = frozenset({"move_task", "complete_task", "renew_task"})
"""Writes to a task that must exist already."""
_SKEW = timedelta(minutes=10)
"""How far the portal's clock may be behind ours."""
_MOST_VALUES = 20
_CLOSED = (4, 5)


@dataclass(frozen=True, slots=True)
class Target:
    """What a queued write is about, in the portal's numbers.

    Args:
        key: of the row.
        entity: of its case.
        pipeline: of its case, a key of the playbook.
        queued_at: when the row was queued; nothing of it can be older in the portal.
        crm_id: the case's lead or deal; None while the portal has not made it.
        task_id: the task that the write names, if the portal has made it.
        activity_id: the activity that the write names, if the portal has made it.
        lead_id: the lead that a contact or deal is made from.
        contact_id: the contact of the stream, or the known one of a lead that is made.
    """

    key: str
    entity: Entity
    pipeline: str
    queued_at: datetime
    crm_id: int | None = None
    task_id: int | None = None
    activity_id: int | None = None
    lead_id: int | None = None
    contact_id: int | None = None


# The write itself -----------------------------------------------------------------------------------------------------


def command(mapper: Mapper, op: str, body: Mapping[str, Any], to: Target) -> Command | None:
    """The write as a REST command; None: there is nothing to do.

    Raises:
        ValueError: the op is not known.
    """
    match op:
        case "update":
            fields = mapper.place(to.pipeline, body.get("stage"), whole=bool(body.get("across")))
            fields |= mapper.written(to.entity, body.get("fields") or {})
            if to.contact_id is not None:
                fields |= {"contactId": to.contact_id}
            return _update(to, fields) if fields else None
        case "set_owner":
            return _update(to, {"assignedById": body["owner"]})
        case "comment":
            text = f"{body['text']}\n{_mark(to.key)}"
            fields = {"ENTITY_ID": to.crm_id, "ENTITY_TYPE": to.entity, "COMMENT": text}
            return Command("crm.timeline.comment.add", {"fields": fields}, write=True)
        case "add_task":
            return Command("tasks.task.add", {"fields": _task_fields(body, to)}, write=True)
        case "move_task":
            fields = _given({"DEADLINE": _moment(body.get("due_at")), "RESPONSIBLE_ID": body.get("owner")})
            return _on_task("update", to, {"fields": fields}) if fields else None
        case "complete_task":
            return _on_task("complete", to)
        case "renew_task":
            return _on_task("renew", to)
        case "add_meeting" | "move_meeting" | "end_meeting":
            return activities.command(op, body, to.entity, to.crm_id, to.activity_id)
        case "contact" | "deal" | "lead":
            return _add(op, _NEW_FIELDS[op](mapper, body, to))
        case _:
            raise ValueError(f"no CRM write {op!r}")


def made(op: str, value: Any) -> int | None:
    """The number of what a create has made, from its answer."""
    if op == "comment":
        return as_int(value)
    if op == "add_meeting":
        return as_int(as_dict(value).get("id"))
    return as_int(one_row(value, "task" if op == "add_task" else "item").get("id"))


# Looking before writing -----------------------------------------------------------------------------------------------


def look_up(op: str, body: Mapping[str, Any], to: Target) -> Command:
    """Ask for what an earlier try may have made.

    Raises:
        ValueError: the op makes nothing.
    """
    match op:
        case "add_task":
            where: dict[str, Any] = {"UF_CRM_TASK": _link(to), "TAG": TAG}
            select = ["ID", "XML_ID", "CREATED_DATE"]
            return Command("tasks.task.list", {"filter": where, "select": select, "order": {"ID": "desc"}, "start": -1})
        case "comment":
            where = {"ENTITY_ID": to.crm_id, "ENTITY_TYPE": to.entity}
            select = ["ID", "COMMENT", "CREATED"]
            order = {"ID": "DESC"}
            return Command("crm.timeline.comment.list", {"filter": where, "select": select, "order": order})
        case "add_meeting":
            return activities.look_up(to.entity, to.crm_id)
        case "contact" | "deal" | "lead":
            where = {"originatorId": ORIGINATOR, "originId": to.key, ">=createdTime": to.queued_at - _SKEW}
            params = {"entityTypeId": TYPE_IDS[op], "filter": where, "select": ["id"], "order": {"id": "ASC"}}
            return Command("crm.item.list", params | {"start": -1})
        case _:
            raise ValueError(f"{op!r} makes nothing")


def found(op: str, body: Mapping[str, Any], to: Target, value: Any) -> int | None:
    """The number of what an earlier try has made, from the answer to `look_up`."""
    for row in rows_of(value):
        if op == "add_task":
            ours = row.get("xmlId") == f"{XML_PREFIX}{body['task']}" and not _older(row.get("createdDate"), to)
        elif op == "add_meeting":
            ours = activities.is_ours(row, body) and not _older(row.get("CREATED"), to)
        elif op == "comment":
            ours = str(row.get("COMMENT") or "").rstrip().endswith(_mark(to.key)) and not _older(row.get("CREATED"), to)
        else:
            ours = True
        if ours:
            return as_int(row.get("ID", row.get("id")))
    return None


def contact_probes(body: Mapping[str, Any], to: Target) -> dict[str, Command]:
    """Ask for a contact that the portal has already: the lead's own, else by phone, else by e-mail."""
    client = as_dict(body.get("client"))
    probes = {"lead": item("lead", to.lead_id)} if to.lead_id is not None else {}
    for kind, name in (("PHONE", "phones"), ("EMAIL", "emails")):
        values = [str(value) for value in as_list(client.get(name))][:_MOST_VALUES]
        if values:
            params = {"type": kind, "values": values, "entity_type": "CONTACT"}
            probes[name] = Command("crm.duplicate.findbycomm", params)
    return probes


def known_contact(answers: Mapping[str, Any]) -> int | None:
    """The contact that is to be used, from the answers to `contact_probes`; the oldest where there are several."""
    if "lead" in answers and (own := contact_id(one_row(answers["lead"], "item"))) is not None:
        return own
    for name in ("phones", "emails"):
        ids = [as_int(value) for value in as_list(as_dict(answers.get(name)).get("CONTACT"))]
        known = [value for value in ids if value is not None]
        if known:
            return min(known)
    return None


def phone_probe(to: Target) -> Command:
    """Ask for the record whose client gets one more number."""
    return item(to.entity, to.crm_id or 0)


def phone_owner(to: Target, value: Any) -> tuple[str, int] | None:
    """Who has the phones of the case: a lead itself, of a deal its contact; None: a deal without one."""
    if to.entity == "lead":
        return ("lead", to.crm_id) if to.crm_id is not None else None
    contact = contact_id(one_row(value, "item"))
    return ("contact", contact) if contact is not None else None


def add_phone(kind: str, crm_id: int, phone: str, value: Any) -> Command | None:
    """One more number for the record that a get answered with; None: it has the number."""
    if has_phone(one_row(value, "item"), phone):
        return None
    new = {"n0": {"typeId": "PHONE", "valueType": "WORK", "value": phone}}
    params = {"entityTypeId": TYPE_IDS[kind], "id": crm_id, "fields": {"fm": new}}
    return Command("crm.item.update", params, write=True)


def state_probe(op: str, to: Target) -> Command:
    """Ask for the state of a task or an activity after a refusal."""
    if op in MEETING_MOVES:
        return activities.state_probe(to.activity_id)
    return task(to.task_id or 0)


def settled(op: str, value: Any) -> bool:
    """Whether a refused write to a task or activity has become needless: it is so already, or that is gone."""
    if op in MEETING_MOVES:
        return not rows_of(value)
    row = one_row(value, "task")
    if not row:
        return True
    closed = as_int(row.get("status")) in _CLOSED
    return (op == "complete_task" and closed) or (op == "renew_task" and not closed)


# The fields -----------------------------------------------------------------------------------------------------------


def _update(to: Target, fields: Mapping[str, Any]) -> Command:
    params = {"entityTypeId": TYPE_IDS[to.entity], "id": to.crm_id, "fields": dict(fields), "useOriginalUfNames": "Y"}
    return Command("crm.item.update", params, write=True)


def _add(kind: str, fields: Mapping[str, Any]) -> Command:
    params = {"entityTypeId": TYPE_IDS[kind], "fields": dict(fields), "useOriginalUfNames": "Y"}
    return Command("crm.item.add", params, write=True)


def _on_task(action: str, to: Target, more: Mapping[str, Any] | None = None) -> Command | None:
    """A write to a task; a task that the portal never made needs none."""
    if to.task_id is None:
        return None
    return Command(f"tasks.task.{action}", {"taskId": to.task_id, **(more or {})}, write=True)


def _task_fields(body: Mapping[str, Any], to: Target) -> dict[str, Any]:
    return {
        "TITLE": body["title"],
        "DESCRIPTION": body.get("description") or "",
        "RESPONSIBLE_ID": body.get("owner"),
        "DEADLINE": _moment(body["due_at"]),
        "UF_CRM_TASK": [_link(to)],
        "TAGS": [TAG],
        "XML_ID": f"{XML_PREFIX}{body['task']}",
        "TASK_CONTROL": "N",
    }


def _contact_fields(mapper: Mapper, body: Mapping[str, Any], to: Target) -> dict[str, Any]:
    client = as_dict(body.get("client"))
    fields: dict[str, Any] = {
        **person_name(str(client.get("name") or "")),
        "assignedById": body.get("owner"),
        "leadId": to.lead_id,
        "originatorId": ORIGINATOR,
        "originId": to.key,
        "fm": addresses(client),
    }
    return _given(fields | mapper.source(body.get("source")))


def _deal_fields(mapper: Mapper, body: Mapping[str, Any], to: Target) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "title": body["title"],
        "assignedById": body.get("owner"),
        "leadId": to.lead_id,
        "contactId": to.contact_id,
        "originatorId": ORIGINATOR,
        "originId": to.key,
    }
    fields |= mapper.source(body.get("source")) | mapper.place(str(body["pipeline"]), str(body["stage"]), whole=True)
    return _given(fields) | mapper.written("deal", body.get("fields") or {})


def _lead_fields(mapper: Mapper, body: Mapping[str, Any], to: Target) -> dict[str, Any]:
    client = as_dict(body.get("client"))
    fields: dict[str, Any] = {
        "title": body["title"],
        **person_name(str(client.get("name") or "")),
        "assignedById": body.get("owner"),
        "contactId": to.contact_id,
        "originatorId": ORIGINATOR,
        "originId": to.key,
        "fm": addresses(client),
    }
    fields |= mapper.source(body.get("source")) | mapper.place(str(body["pipeline"]), str(body["stage"]))
    return _given(fields) | mapper.written("lead", body.get("fields") or {})


_NEW_FIELDS = {"contact": _contact_fields, "deal": _deal_fields, "lead": _lead_fields}


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value not in (None, "", [])}


def _link(to: Target) -> str:
    return f"{TASK_LINKS[to.entity]}_{to.crm_id}"


def _mark(key: str) -> str:
    return f"[dz {key}]"


def _moment(value: Any) -> datetime | None:
    return parse_datetime(value).replace(second=0, microsecond=0) if value else None  # type: ignore[union-attr]


def _older(created: Any, to: Target) -> bool:
    """Whether it stood in the portal before the row was queued: an earlier installation had made it."""
    moment = parse_datetime(created)
    return moment is not None and moment < to.queued_at - _SKEW
