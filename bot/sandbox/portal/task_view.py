"""A task as the portal shows it: camelCase names, everything a string, extras that come with some fields."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from bot.sandbox.portal import values
from bot.sandbox.portal.calls import Call, as_list
from bot.sandbox.portal.documents import Doc
from bot.sandbox.portal.records import Records
from bot.sandbox.portal.schema import camel_name
from bot.sandbox.portal.values import words

PENDING, RUNNING, AWAITING_CONTROL, COMPLETED, DEFERRED, DECLINED = 2, 3, 4, 5, 6, 7
OVERDUE, UNVIEWED, ALMOST_OVERDUE = -1, -2, -3
_ALMOST = timedelta(days=1)

USER_FIELDS = ("UF_CRM_TASK", "UF_TASK_WEBDAV_FILES", "UF_MAIL_MESSAGE")
"""They come only when one of them is asked for, and then all three."""

MOMENTS = words("""CREATED_DATE CHANGED_DATE CLOSED_DATE ACTIVITY_DATE DATE_START DEADLINE START_DATE_PLAN END_DATE_PLAN
    VIEWED_DATE STATUS_CHANGED_DATE""")

DEFAULTS: dict[str, object] = {
    "ID": None, "PARENT_ID": None, "TITLE": "", "DESCRIPTION": "", "MARK": None, "PRIORITY": 1, "MULTITASK": "N",
    "NOT_VIEWED": "N", "REPLICATE": "N", "STAGE_ID": 0, "SPRINT_ID": None, "BACKLOG_ID": None, "CREATED_BY": None,
    "CREATED_DATE": None, "RESPONSIBLE_ID": None, "CHANGED_BY": None, "CHANGED_DATE": None, "STATUS_CHANGED_BY": None,
    "CLOSED_BY": None, "CLOSED_DATE": None, "ACTIVITY_DATE": None, "DATE_START": None, "DEADLINE": None,
    "START_DATE_PLAN": None, "END_DATE_PLAN": None, "GUID": None, "XML_ID": None, "COMMENTS_COUNT": None,
    "SERVICE_COMMENTS_COUNT": None, "ALLOW_CHANGE_DEADLINE": "N", "ALLOW_TIME_TRACKING": "N", "TASK_CONTROL": "N",
    "ADD_IN_REPORT": "N", "FORKED_BY_TEMPLATE_ID": None, "TIME_ESTIMATE": 0, "TIME_SPENT_IN_LOGS": None,
    "MATCH_WORK_TIME": "N", "FORUM_TOPIC_ID": None, "FORUM_ID": None, "SITE_ID": "s1", "SUBORDINATE": "N",
    "EXCHANGE_MODIFIED": None, "EXCHANGE_ID": None, "OUTLOOK_VERSION": 1, "VIEWED_DATE": None, "SORTING": None,
    "DURATION_FACT": None, "IS_MUTED": "N", "IS_PINNED": "N", "IS_PINNED_IN_GROUP": "N", "FLOW_ID": None,
    "CHAT_ID": None, "DESCRIPTION_IN_BBCODE": "Y", "STATUS": PENDING, "STATUS_CHANGED_DATE": None,
    "DURATION_PLAN": None, "DURATION_TYPE": "days", "FAVORITE": "N", "GROUP_ID": 0, "AUDITORS": [], "ACCOMPLICES": [],
    "CHECKLIST": [], "TAGS": [], "UF_CRM_TASK": [], "UF_TASK_WEBDAV_FILES": [], "UF_MAIL_MESSAGE": None,
}  # fmt: skip
"""All fields of a task in the order of the portal's answers, with what a new one has."""

_ON_DEMAND = frozenset({"TAGS", *USER_FIELDS})


def sub_status(doc: Mapping[str, object], call: Call) -> int:
    """The status as lists filter it: −1 overdue, −2 new to the caller, −3 almost overdue, or the stored one."""
    status = int(str(doc["STATUS"]))
    if status not in (PENDING, RUNNING):
        return status
    deadline = datetime.fromisoformat(doc["DEADLINE"]) if isinstance(doc["DEADLINE"], str) else None
    if deadline is not None and deadline < call.now:
        return OVERDUE
    if doc["RESPONSIBLE_ID"] == call.user_id and call.user_id not in (doc["CREATED_BY"], doc["CHANGED_BY"]):
        return UNVIEWED
    if deadline is not None and deadline - call.now < _ALMOST:
        return ALMOST_OVERDUE
    return status


class TaskView:
    """Turns stored tasks into answers."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def full(self, doc: Doc, call: Call) -> dict[str, object]:
        """The answer of add, update, get without select, and of the state methods."""
        row = {
            camel_name(name): self._value(name, doc[name], call)
            for name in DEFAULTS
            if name not in _ON_DEMAND or name == "CHECKLIST"
        }
        row |= self._extras(doc, set(DEFAULTS))
        row |= {"newCommentsCount": 0, "action": actions(doc, call), "checkListTree": _checklist(call)}
        return row | {"checkListCanAdd": True}

    def selected(self, doc: Doc, call: Call, select: Iterable[str], *, listed: bool) -> dict[str, object]:
        """The answer for a `select`: named fields, the extras that come with them, UF fields only on demand.

        Args:
            listed: True for a row of a list, which has `subStatus` and neither `action` nor `favorite`.
        """
        wanted = {name.upper() for name in select}
        if not wanted or "*" in wanted:
            wanted |= {name for name in DEFAULTS if name not in _ON_DEMAND}
        if wanted & {*USER_FIELDS, "UF_*"}:
            wanted |= set(USER_FIELDS)
        wanted.add("ID")
        if listed:
            wanted -= {"CHECKLIST", "FAVORITE"}
        row = {camel_name(name): self._value(name, doc[name], call) for name in DEFAULTS if name in wanted}
        row |= self._extras(doc, wanted)
        if "TAGS" in wanted:
            row["tags"] = self._tags(doc)
        if listed:
            return row | ({"subStatus": str(sub_status(doc, call))} if "STATUS" in wanted else {})
        return row | {"favorite": doc["FAVORITE"], "action": actions(doc, call)}

    def _value(self, name: str, value: object, call: Call) -> object:
        if name in MOMENTS:
            return values.shown(value, call.zone)
        if name in USER_FIELDS:
            return value or False
        if isinstance(value, list):
            return [str(item) for item in value]
        return value if value is None or name == "CHAT_ID" else str(value)

    def _extras(self, doc: Doc, wanted: set[str]) -> dict[str, object]:
        extras: dict[str, object] = {"group": []}
        if "CREATED_BY" in wanted:
            extras["creator"] = self._person(doc["CREATED_BY"])
        if "RESPONSIBLE_ID" in wanted:
            extras["responsible"] = self._person(doc["RESPONSIBLE_ID"])
        if "DESCRIPTION" in wanted:
            extras["descriptionInBbcode"] = doc["DESCRIPTION_IN_BBCODE"]
        for name in ("ACCOMPLICES", "AUDITORS"):
            if name in wanted:
                people = {str(key): self._person(key) for key in as_list(doc[name])}
                extras[f"{name.lower()}Data"] = people or []
        return extras

    def _person(self, key: object) -> dict[str, object]:
        user = self._records.users.get(key if isinstance(key, int) else None) or {}
        return {
            "id": str(key),
            "name": " ".join(str(user[part]) for part in ("NAME", "LAST_NAME") if user.get(part)),
            "link": f"/company/personal/user/{key}/",
            "icon": "/bitrix/images/tasks/default_avatar.png",
            "workPosition": str(user.get("WORK_POSITION") or ""),
        }

    def _tags(self, doc: Doc) -> object:
        ids = {str(tag["title"]): int(str(tag["id"])) for tag in self._records.tags}
        titles = [str(title) for title in as_list(doc["TAGS"])]
        return {str(ids[title]): {"id": ids[title], "title": title} for title in titles} or []


def actions(doc: Doc, call: Call) -> dict[str, bool]:
    """What the caller may do with a task now; the state methods refuse exactly what is false here."""
    status = int(str(doc["STATUS"]))
    author = call.admin or doc["CREATED_BY"] == call.user_id
    doer = author or doc["RESPONSIBLE_ID"] == call.user_id or call.user_id in as_list(doc["ACCOMPLICES"])
    live = status in (PENDING, RUNNING)
    return {
        "accept": False,
        "decline": False,
        "complete": doer and (live or status == DEFERRED),
        "approve": author and status == AWAITING_CONTROL,
        "disapprove": author and status == AWAITING_CONTROL,
        "start": doer and status == PENDING,
        "pause": doer and status == RUNNING,
        "delegate": doer and (live or status == DEFERRED),
        "remove": author,
        "edit": author,
        "defer": doer and live,
        "renew": doer and not live,
        "create": True,
        "changeDeadline": author or (doer and doc["ALLOW_CHANGE_DEADLINE"] == "Y"),
        "checklistAddItems": doer,
        "addFavorite": True,
        "deleteFavorite": False,
        "rate": author,
        "take": False,
        "edit.originator": False,
        "checklist.reorder": doer,
        "elapsedtime.add": doer,
        "dayplan.timer.toggle": False,
        "edit.plan": author,
        "checklist.add": doer,
        "favorite.add": True,
        "favorite.delete": False,
    }


def guid(key: int) -> str:
    """The task's global id; the same number always has the same one."""
    return f"{{{uuid.uuid5(uuid.NAMESPACE_OID, f'task {key}')}}}"


def _checklist(call: Call) -> dict[str, object]:
    fields: dict[str, object] = {
        "id": None,
        "userId": call.user_id,
        "title": "",
        "isComplete": False,
        "isImportant": False,
        "completedCount": 0,
        "members": [],
        "attachments": [],
    }
    return {"nodeId": 0, "fields": fields, "action": [], "descendants": []}
