"""What the portal lacks for a playbook (stages, sources, custom fields and their list items), and creating it.

`plan` is pure: the portal as it is and what is wanted give the changes. Nothing is ever renamed or deleted: a label
that an admin has changed stays, and where the portal contradicts the wish there is a `Conflict` for a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from bot.crm.client import CrmClient
from bot.crm.encode import as_flag, as_int, as_list, unescape
from bot.crm.errors import CrmRejected
from bot.crm.wanted import (
    AddField,
    AddStatus,
    Change,
    Conflict,
    Current,
    Entity,
    Failure,
    Field,
    Item,
    Semantics,
    SetItems,
    Status,
    Wanted,
    WantedField,
    WantedStatus,
)

__all__ = [
    "AddField",
    "AddStatus",
    "Change",
    "Conflict",
    "Current",
    "Failure",
    "SetItems",
    "Wanted",
    "WantedField",
    "WantedStatus",
    "apply",
    "plan",
    "read",
]

_SORT_STEP = 10
_PREFIX = "UF_CRM_"
_ORDER = "PSF"
_KINDS = {"P": "стадия в работе", "S": "успешная стадия", "F": "стадия отказа"}


def plan(current: Current, wanted: Iterable[Wanted]) -> list[Change]:
    """What to do to the portal, in the order of the wishes; an empty list when it has everything."""
    statuses = {entity_id: list(entries) for entity_id, entries in current.statuses.items()}
    changes: list[Change] = []
    for wish in dict.fromkeys(wanted):
        if isinstance(wish, WantedStatus):
            change = _status_change(statuses.setdefault(wish.entity_id, []), wish)
        else:
            change = _field_change(current.fields.get((wish.entity, wish.name)), wish)
        if change is not None:
            changes.append(change)
    return changes


_PATIENCE = timedelta(minutes=2)
"""An admin waits at the terminal: the portal's pace is waited out."""


async def read(client: CrmClient, wanted: Iterable[Wanted]) -> Current:
    """The part of the portal that the wishes are about.

    Raises:
        CrmError: a dictionary or the fields could not be read.
    """
    wishes = list(wanted)
    statuses = {
        entity_id: [
            _status(row)
            async for row in client.pages("crm.status.list", {"filter": {"ENTITY_ID": entity_id}}, patience=_PATIENCE)
        ]
        for entity_id in dict.fromkeys(wish.entity_id for wish in wishes if isinstance(wish, WantedStatus))
    }
    fields: dict[tuple[Entity, str], Field] = {}
    for entity in dict.fromkeys(wish.entity for wish in wishes if isinstance(wish, WantedField)):
        async for row in client.pages(f"crm.{entity}.userfield.list", {"order": {"SORT": "ASC"}}, patience=_PATIENCE):
            fields[entity, str(row.get("FIELD_NAME", ""))] = _field(row)
    return Current(statuses, fields)


async def apply(client: CrmClient, changes: Iterable[Change]) -> list[Failure]:
    """Carry the changes out one by one; conflicts are left alone.

    A change that the portal refuses does not stop the others. Afterwards the portal should be read and planned once
    more: it may keep the ids of new list items only when they are set on items that exist already.

    Returns:
        The refused changes with the portal's reasons.

    Raises:
        CrmError: the portal cannot be worked with now (away, pace, dead webhook); what was made stays made, and
            planning anew finds the rest.
    """
    failures: list[Failure] = []
    for change in changes:
        request = _request(change)
        if request is None:
            continue
        method, params = request
        try:
            await client.call(method, params, write=True, patience=_PATIENCE)
        except CrmRejected as error:
            failures.append(Failure(change, error))
    return failures


def _status_change(entries: list[Status], wish: WantedStatus) -> Change | None:
    for entry in entries:
        if entry.status_id == wish.status_id:
            if entry.semantics == wish.semantics:
                return None
            return Conflict(
                f"{wish.entity_id}: {wish.status_id} «{wish.name}» есть, но это {_KINDS[entry.semantics]}, "
                f"а нужна {_KINDS[wish.semantics]}"
            )
    if wish.semantics == "S" and any(entry.semantics == "S" for entry in entries):
        return Conflict(
            f"{wish.entity_id}: {wish.status_id} «{wish.name}» не создать: успешная стадия в воронке только одна"
        )
    sort = _place(entries, wish.semantics)
    entries.append(Status(wish.status_id, wish.semantics, sort))
    return AddStatus(wish, sort)


def _place(entries: Sequence[Status], semantics: Semantics) -> int:
    """A sort that keeps the portal's rule: work before success before failure."""
    rank = _ORDER.index(semantics)
    before = max((entry.sort for entry in entries if _ORDER.index(entry.semantics) <= rank), default=0)
    after = min((entry.sort for entry in entries if _ORDER.index(entry.semantics) > rank), default=None)
    if after is None or before + _SORT_STEP < after:
        return before + _SORT_STEP
    return max(before, after - 1)


def _field_change(existing: Field | None, wish: WantedField) -> Change | None:
    if existing is None:
        return AddField(wish)
    if (existing.type, existing.multiple) != (wish.type, wish.multiple):
        return Conflict(
            f"поле {wish.name} ({wish.entity}) есть, но другого вида: {_kind(existing.type, existing.multiple)}, "
            f"а нужно {_kind(wish.type, wish.multiple)}"
        )
    wanted_ids = {xml_id for xml_id, _ in wish.items}
    present_ids = {item.xml_id for item in existing.items}
    unclaimed = {item.label.casefold(): item.item_id for item in existing.items if item.xml_id not in wanted_ids}
    missing = [(xml_id, label) for xml_id, label in wish.items if xml_id not in present_ids]
    added = tuple((xml_id, label) for xml_id, label in missing if label.casefold() not in unclaimed)
    named = tuple(
        (unclaimed[label.casefold()], xml_id, label) for xml_id, label in missing if label.casefold() in unclaimed
    )
    if not added and not named:
        return None
    return SetItems(wish, existing.field_id, added, named)


def _kind(type_: str, multiple: bool) -> str:
    return f"{type_}, несколько значений" if multiple else type_


def _request(change: Change) -> tuple[str, dict[str, Any]] | None:
    match change:
        case AddStatus(wanted=wish, sort=sort):
            fields = {"ENTITY_ID": wish.entity_id, "STATUS_ID": wish.status_id, "NAME": wish.name, "SORT": sort}
            if wish.semantics != "P":
                fields["SEMANTICS"] = wish.semantics
            return "crm.status.add", {"fields": fields}
        case AddField(wanted=wish):
            return f"crm.{wish.entity}.userfield.add", {"fields": _field_fields(wish)}
        case SetItems(wanted=wish, field_id=field_id, added=added, named=named):
            items: list[dict[str, Any]] = [{"VALUE": label, "XML_ID": xml_id} for xml_id, label in added]
            items += [{"ID": item_id, "VALUE": label, "XML_ID": xml_id} for item_id, xml_id, label in named]
            return f"crm.{wish.entity}.userfield.update", {"id": field_id, "fields": {"LIST": items}}
        case Conflict():
            return None


def _field_fields(wish: WantedField) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "FIELD_NAME": wish.name.removeprefix(_PREFIX),
        "USER_TYPE_ID": wish.type,
        "XML_ID": wish.name,
        "MULTIPLE": "Y" if wish.multiple else "N",
        "MANDATORY": "N",
        "SHOW_FILTER": "Y",
        "EDIT_FORM_LABEL": wish.label,
        "LIST_COLUMN_LABEL": wish.label,
    }
    if wish.type == "enumeration":
        fields["LIST"] = [
            {"VALUE": label, "XML_ID": xml_id, "SORT": _SORT_STEP * (index + 1), "DEF": "N"}
            for index, (xml_id, label) in enumerate(wish.items)
        ]
    return fields


def _status(row: dict[str, Any]) -> Status:
    said = row.get("SEMANTICS")
    semantics: Semantics = "S" if said == "S" else "F" if said == "F" else "P"
    return Status(str(row.get("STATUS_ID", "")), semantics, as_int(row.get("SORT")) or 0)


def _field(row: dict[str, Any]) -> Field:
    items = tuple(
        Item(as_int(item.get("ID")) or 0, str(item.get("XML_ID") or ""), unescape(str(item.get("VALUE", ""))))
        for item in as_list(row.get("LIST"))
    )
    return Field(as_int(row.get("ID")) or 0, str(row.get("USER_TYPE_ID", "")), as_flag(row.get("MULTIPLE")), items)
