"""Meetings in the portal: a to-do in the timeline of its deal.

To-dos have no origin of their own, so a mark closes their text, by which an earlier try is found again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.crm.commands import Command
from bot.crm.encode import parse_datetime
from bot.crm.mapping import TYPE_IDS

MEETING_MOVES = frozenset({"move_meeting", "end_meeting"})
"""Writes to an activity that must exist already."""


def command(op: str, body: Mapping[str, Any], entity: str, crm_id: int | None, activity: int | None) -> Command | None:
    """The write as a REST command; None: the portal never made the activity, or there is none to change."""
    if op == "add_meeting":
        return Command("crm.activity.todo.add", _to_do(body, entity, crm_id), write=True)
    if activity is None:
        return None
    if op == "move_meeting":
        return Command("crm.activity.todo.update", {"id": activity, **_to_do(body, entity, crm_id)}, write=True)
    fields = {"COMPLETED": "Y" if body.get("done") else "N"}
    return Command("crm.activity.update", {"id": activity, "fields": fields}, write=True)


def look_up(entity: str, crm_id: int | None) -> Command:
    """Ask for the to-dos of the record, the newest first."""
    where = {"OWNER_TYPE_ID": TYPE_IDS[entity], "OWNER_ID": crm_id, "PROVIDER_ID": "CRM_TODO"}
    return Command(
        "crm.activity.list", {"filter": where, "select": ["ID", "DESCRIPTION", "CREATED"], "order": {"ID": "DESC"}}
    )


def is_ours(row: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Whether this to-do is the meeting of the write."""
    return str(row.get("DESCRIPTION") or "").rstrip().endswith(_mark(body))


def state_probe(activity: int | None) -> Command:
    """Ask whether an activity is still there."""
    return Command("crm.activity.list", {"filter": {"ID": activity or 0}, "select": ["ID"]})


def _to_do(body: Mapping[str, Any], entity: str, crm_id: int | None) -> dict[str, Any]:
    params = {
        "ownerTypeId": TYPE_IDS[entity],
        "ownerId": crm_id,
        "deadline": parse_datetime(body["at"]),
        "title": body["title"],
        "description": f"{body.get('description') or ''}\n{_mark(body)}".lstrip(),
        "responsibleId": body.get("owner"),
    }
    return {key: value for key, value in params.items() if value is not None}


def _mark(body: Mapping[str, Any]) -> str:
    return f"[dz {body['activity']}]"
