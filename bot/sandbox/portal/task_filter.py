"""Filter and order of `tasks.task.list`. A key that is not documented is ignored without a word, as in a portal."""

from __future__ import annotations

from collections.abc import Mapping

from bot.sandbox.portal import values
from bot.sandbox.portal.calls import Call, as_int, as_map
from bot.sandbox.portal.errors import RestError
from bot.sandbox.portal.filters import Read, Test, all_of, any_of, condition, reader, split_key
from bot.sandbox.portal.records import Records
from bot.sandbox.portal.task_view import sub_status
from bot.sandbox.portal.values import words

_NUMBERS = {
    name: name
    for name in words(
        """ID PARENT_ID GROUP_ID CREATED_BY STATUS_CHANGED_BY PRIORITY FORUM_TOPIC_ID RESPONSIBLE_ID STAGE_ID
        SPRINT_ID BACKLOG_ID"""
    )
} | {"REAL_STATUS": "STATUS", "ACCOMPLICE": "ACCOMPLICES", "AUDITOR": "AUDITORS", "DEPENDS_ON": "DEPENDS_ON"}
_DATES = words("DATE_START DEADLINE CREATED_DATE CLOSED_DATE CHANGED_DATE")
_TEXTS = {
    "MARK": "MARK",
    "SITE_ID": "SITE_ID",
    "ADD_IN_REPORT": "ADD_IN_REPORT",
    "TAG": "TAGS",
    "UF_CRM_TASK": "UF_CRM_TASK",
}
_ORDER = words(
    """ID TITLE DATE_START CREATED_DATE CHANGED_DATE CLOSED_DATE ACTIVITY_DATE START_DATE_PLAN END_DATE_PLAN DEADLINE
    REAL_STATUS STATUS_COMPLETE PRIORITY MARK CREATED_BY_LAST_NAME RESPONSIBLE_LAST_NAME GROUP_ID TIME_ESTIMATE
    ALLOW_CHANGE_DEADLINE ALLOW_TIME_TRACKING MATCH_WORK_TIME FAVORITE SORTING IS_PINNED IS_PINNED_IN_GROUP
    TIME_SPENT_IN_LOGS"""
)


def task_test(call: Call, wanted: Mapping[str, object]) -> Test:
    """All conditions of a filter; `::LOGIC` OR joins the parts of a sub-filter loosely."""
    tests: list[Test] = []
    for key, value in wanted.items():
        if key.upper().startswith("::SUBFILTER"):
            tests.append(task_test(call, as_map(value)))
        elif (test := _one(call, key, value)) is not None:
            tests.append(test)
    loose = str(wanted.get("::LOGIC", "AND")).upper() == "OR"
    return any_of(tests) if loose and tests else all_of(tests)


def task_order(records: Records, wanted: Mapping[str, object]) -> list[tuple[Read, bool]]:
    """Sorting keys, by default the newest first. Raises code "0" for a key that cannot be sorted by."""
    keys: list[tuple[Read, bool]] = []
    for name, direction in wanted.items():
        if name.upper() not in _ORDER:
            raise RestError(400, "0", "Invalid sorting key (internal error)")
        keys.append((_sort_value(records, name.upper()), str(direction).lower().startswith("desc")))
    return keys or [(lambda row: row["ID"], True)]


def _one(call: Call, key: str, value: object) -> Test | None:
    operator, name = split_key(key.upper())
    if name == "STATUS":
        return condition(operator, lambda row: sub_status(row, call), value, as_int)
    if name in _NUMBERS:
        return condition(operator, reader(_NUMBERS[name]), value, as_int)
    if name in _DATES:
        return condition(operator, reader(name), value, values.moments_in(call.portal_zone))
    if name in _TEXTS:
        return condition(operator, reader(_TEXTS[name]), value, str)
    if name == "TITLE":
        return condition({"": "=%", "!": "!=%"}.get(operator, operator), reader("TITLE"), value, str)
    if name == "ONLY_ROOT_TASKS" and values.flag(value) == "Y":
        return lambda row: not row["PARENT_ID"]
    return None


def _sort_value(records: Records, name: str) -> Read:
    if name in ("CREATED_BY_LAST_NAME", "RESPONSIBLE_LAST_NAME"):
        source = "CREATED_BY" if name.startswith("CREATED") else "RESPONSIBLE_ID"
        return lambda row: (records.users.get(_key(row[source])) or {}).get("LAST_NAME")
    if name == "STATUS_COMPLETE":
        return lambda row: int(row["STATUS"] == 5)
    return reader("STATUS" if name == "REAL_STATUS" else name)


def _key(value: object) -> int | None:
    return value if isinstance(value, int) else None
