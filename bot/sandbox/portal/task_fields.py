"""Reading a task's fields from the wire, with the refusals of the task methods."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.sandbox.portal import values
from bot.sandbox.portal.calls import Call, as_int, as_list
from bot.sandbox.portal.documents import Doc
from bot.sandbox.portal.errors import task_rule
from bot.sandbox.portal.records import Records
from bot.sandbox.portal.task_view import DEFAULTS, MOMENTS
from bot.sandbox.portal.values import words

_TEXTS = words("TITLE DESCRIPTION XML_ID MARK")
_FLAGS = words("TASK_CONTROL ALLOW_CHANGE_DEADLINE ALLOW_TIME_TRACKING MATCH_WORK_TIME ADD_IN_REPORT")
_NUMBERS = words("PRIORITY GROUP_ID PARENT_ID STAGE_ID FLOW_ID TIME_ESTIMATE STATUS")
_PEOPLE = words("CREATED_BY RESPONSIBLE_ID")
_PEOPLE_LISTS = words("ACCOMPLICES AUDITORS")
_DATES = words("DEADLINE START_DATE_PLAN END_DATE_PLAN")
_LINK = re.compile(r"(?:L|D|C|CO)_[1-9]\d*|T[0-9a-f]+_[1-9]\d*|SI_[1-9]\d*")


class TaskFields:
    """Reads and describes the fields of tasks."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def read(self, call: Call, fields: Mapping[str, object]) -> Doc:
        """The fields in stored form; unknown ones are ignored.

        Raises:
            RestError: ERROR_CORE for a value that the portal does not take.
        """
        written: Doc = {}
        for name, value in fields.items():
            if name == "TAGS":
                written[name] = self._known_tags([str(tag).strip() for tag in as_list(value) if str(tag).strip()])
            elif name == "UF_CRM_TASK":
                written[name] = _links(value)
            elif name in _PEOPLE_LISTS:
                written[name] = [self._user(person) for person in as_list(value) if person not in ("", None)]
            elif name in _PEOPLE:
                written[name] = self._user(value) if value not in ("", None, 0, "0") else None
            elif name in _DATES:
                written[name] = _moment(call, name, value)
            elif name in _NUMBERS:
                written[name] = self._number(name, value)
            elif name in _FLAGS:
                written[name] = values.flag(value)
            elif name in _TEXTS:
                written[name] = None if value is None else str(value)
        return written

    def _number(self, name: str, value: object) -> int | None:
        number = as_int(value)
        if number is None and value not in (None, ""):
            raise task_rule(f"Incorrect value of {name}")
        if name == "STATUS" and number not in range(1, 8):
            raise task_rule("Incorrect status")
        if name == "PRIORITY" and number not in (0, 1, 2):
            raise task_rule("Incorrect priority")
        if name == "PARENT_ID" and number and self._records.tasks.get(number) is None:
            raise task_rule("Parent task not found")
        return number

    def _user(self, value: object) -> int:
        number = as_int(value)
        if number is None or self._records.users.get(number) is None:
            raise task_rule("User not found")
        return number

    def _known_tags(self, titles: list[str]) -> list[object]:
        known = {tag["title"] for tag in self._records.tags}
        for title in dict.fromkeys(titles):
            if title not in known:
                key = self._records.tags.next_id()
                self._records.tags.put(key, {"id": key, "title": title})
        return list(dict.fromkeys(titles))


def _links(value: object) -> list[object]:
    links = [str(link) for link in as_list(value) if link not in ("", None, False)]
    for link in links:
        if not _LINK.fullmatch(link):
            raise task_rule(f"Incorrect link to CRM: {link}")
    return list(links)


def _moment(call: Call, name: str, value: object) -> str | None:
    if value in (None, "", False):
        return None
    try:
        return values.stored(values.parse_moment(value, call.portal_zone).replace(second=0))
    except ValueError:
        raise task_rule(f"Incorrect date: {name}") from None


def describe_fields() -> dict[str, dict[str, object]]:
    """All fields of a task, as `tasks.task.getFields` tells them."""
    described: dict[str, dict[str, object]] = {
        name: {"title": name.replace("_", " ").capitalize(), "type": _type(name)} for name in DEFAULTS
    }
    for name in ("TITLE", "RESPONSIBLE_ID"):
        described[name]["required"] = True
    states = {"2": "Pending", "3": "In progress", "4": "Awaiting control", "5": "Completed", "6": "Deferred"}
    described["STATUS"] = {"title": "Status", "type": "enum", "values": states, "default": "2"}
    return described


def _type(name: str) -> str:
    if name in MOMENTS:
        return "datetime"
    return "array" if isinstance(DEFAULTS[name], list) else "integer" if name in _NUMBERS | _PEOPLE else "string"
