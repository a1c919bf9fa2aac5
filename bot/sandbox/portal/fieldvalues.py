"""Reading a field's value from the wire, strictly: a wrong choice, date, stage or reference is refused."""

from __future__ import annotations

import math
from collections.abc import Mapping

from bot.sandbox.portal import values
from bot.sandbox.portal.calls import as_int, as_list
from bot.sandbox.portal.documents import Documents
from bot.sandbox.portal.errors import RestError, bad_value
from bot.sandbox.portal.records import Records
from bot.sandbox.portal.schema import COMPANY, CONTACT, LEAD, Field

REFERENCES = {"crm_lead": LEAD, "crm_contact": CONTACT, "crm_company": COMPANY}
"""Field kinds that hold the id of a CRM record; empty is 0 on the universal API."""


def read_value(records: Records, field: Field, value: object) -> object:
    """The value as it is stored.

    Raises:
        RestError: CRM_FIELD_ERROR_VALUE_NOT_VALID, or code 100 for a single value where a list is expected.
    """
    if not field.multiple:
        return read_one(records, field, value)
    if value is None or value is False or value == "":
        return []
    if not isinstance(value, list | Mapping):
        kind = "boolean" if isinstance(value, bool) else "integer" if isinstance(value, int) else "string"
        raise RestError(400, "100", f"Expected iterable value for multiple field, but got {kind} instead")
    if field.kind == "file":
        return as_list(value)
    return [read_one(records, field, item) for item in as_list(value) if item not in (None, "")]


def read_one(records: Records, field: Field, value: object) -> object:
    """One value of a field, or None for an empty one."""
    if value is None or value == "" or (value is False and field.kind not in ("boolean", "char")):
        return None
    if isinstance(value, list | Mapping) and field.kind != "file":
        raise bad_value(field.camel)
    try:
        return _typed(records, field, value)
    except ValueError:
        raise bad_value(field.camel) from None


def coerce_for_filter(records: Records, field: Field, value: object) -> object:
    """A filter's value in stored form; None when it can be no value of this field."""
    try:
        if field.kind in ("char", "boolean"):
            return values.flag(value)
        if field.kind in ("integer", "user", "enumeration", "crm_category", "employee", *REFERENCES):
            return as_int(value)
        if field.kind == "double":
            return _finite(str(value))
        if field.kind == "datetime":
            return values.stored(values.parse_moment(value, records.zone))
        if field.kind == "date":
            return values.parse_day(value)
    except ValueError:
        return None
    return str(value)


def _typed(records: Records, field: Field, value: object) -> object:
    match field.kind:
        case "integer" | "crm_category" | "iblock_element" | "iblock_section":
            return _whole(value)
        case "double":
            return _finite(str(value))
        case "char" | "boolean":
            return values.flag(value)
        case "datetime":
            return values.stored(values.parse_moment(value, records.zone))
        case "date":
            return values.parse_day(value)
        case "enumeration":
            return _known(_whole(value), field.choices)
        case "user" | "employee":
            return _known(_whole(value), records.users)
        case "crm_status" if field.status_type and field.status_type not in ("STATUS", "DEAL_STAGE"):
            known = {str(row["STATUS_ID"]) for row in records.dictionary(field.status_type)}
            if known and str(value) not in known:
                raise ValueError("no such entry")
            return str(value)
        case kind if kind in REFERENCES:
            number = _whole(value)
            return _known(number, records.items[REFERENCES[kind]]) if number else None
        case "file":
            return value
    return str(value)


def _whole(value: object) -> int:
    number = as_int(value)
    if number is None:
        raise ValueError("not a whole number")
    return number


def _finite(text: str) -> float:
    number = float(text.replace(",", "."))
    if not math.isfinite(number):
        raise ValueError("not a finite number")
    return number


def _known(number: int, pool: Documents | frozenset[int]) -> int:
    if number not in pool:
        raise ValueError("no such record")
    return number
