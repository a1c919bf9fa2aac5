"""Leads, deals, contacts and companies: what a write does, whichever API it came over.

A write is checked field by field, then the portal keeps its own fields in step: stage semantics, stage history, who
changed what when, flags for phones, and the pair of first contact and all contacts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.sandbox.portal import values
from bot.sandbox.portal.calls import Call
from bot.sandbox.portal.documents import Doc
from bot.sandbox.portal.errors import bad_value
from bot.sandbox.portal.fieldvalues import read_value
from bot.sandbox.portal.records import Records
from bot.sandbox.portal.schema import CONTACT, DEAL, ENTITY_WORDS, LEAD, MULTIFIELDS
from bot.sandbox.portal.uploads import keep_files

STAGE_FIELDS = {LEAD: "STATUS_ID", DEAL: "STAGE_ID"}
SEMANTIC_FIELDS = {LEAD: "STATUS_SEMANTIC_ID", DEAL: "STAGE_SEMANTIC_ID"}
_DEFAULT_TITLES = {LEAD: "Лид #{}", DEAL: "Сделка #{}", 4: "Компания #{}"}

Address = dict[str, object]
"""One phone number or e-mail: `typeId`, `valueType`, `value`, and `id` of the one to change."""


def create(
    records: Records, call: Call, entity_type: int, fields: Mapping[str, object], addresses: Iterable[Address] = ()
) -> int:
    """Make a record and return its id. `fields` have upper-case names; unknown and read-only ones are ignored."""
    written = _checked(records, entity_type, fields)
    key = records.items[entity_type].next_id()
    now = values.stored(call.now)
    doc: Doc = {
        name: [] if field.multiple else _initial(field.kind, name)
        for name, field in records.fields(entity_type).items()
    }
    doc |= {"ASSIGNED_BY_ID": call.user_id, "OPENED": "Y"}
    doc |= written
    doc |= {
        "ID": key,
        "CREATED_BY_ID": call.user_id,
        "MODIFY_BY_ID": call.user_id,
        "DATE_CREATE": now,
        "DATE_MODIFY": now,
        "LAST_ACTIVITY_BY": call.user_id,
        "LAST_ACTIVITY_TIME": now,
        "FM": [],
    }
    if doc["ASSIGNED_BY_ID"] is None:
        doc["ASSIGNED_BY_ID"] = call.user_id
    if entity_type in _DEFAULT_TITLES and not doc.get("TITLE"):
        doc["TITLE"] = _DEFAULT_TITLES[entity_type].format(key)
    _merge_addresses(records, doc, addresses)
    keep_files(records, records.fields(entity_type), {}, doc)
    _link_contacts(records, doc, written)
    if entity_type == DEAL:
        doc["IS_RETURN_CUSTOMER"] = _yes(_bought_before(records, doc))
        doc["BEGINDATE"] = doc["BEGINDATE"] or call.now.astimezone(records.zone).date().isoformat()
    _place(records, call, entity_type, None, doc)
    _derive(records, entity_type, doc)
    records.items[entity_type].put(key, doc)
    records.emit_crm(ENTITY_WORDS[entity_type], "ADD", key)
    return key


def change(
    records: Records,
    call: Call,
    entity_type: int,
    old: Doc,
    fields: Mapping[str, object],
    addresses: Iterable[Address] = (),
) -> Doc:
    """Change a record and return it as it is now. When nothing really changes, nothing is saved and no event fires."""
    written = _checked(records, entity_type, fields)
    doc: Doc = old | written
    doc["FM"] = _listed(old.get("FM"))
    _merge_addresses(records, doc, addresses)
    keep_files(records, records.fields(entity_type), old, doc)
    _link_contacts(records, doc, written)
    if entity_type == DEAL and doc["CATEGORY_ID"] != old["CATEGORY_ID"] and "STAGE_ID" not in written:
        doc["STAGE_ID"] = None
    if entity_type in STAGE_FIELDS:
        _place(records, call, entity_type, old, doc)
    _derive(records, entity_type, doc)
    if doc == old:
        return old
    doc |= {"MODIFY_BY_ID": call.user_id, "DATE_MODIFY": values.stored(call.now)}
    key = int(str(doc["ID"]))
    records.items[entity_type].put(key, doc)
    if entity_type == DEAL and doc["CATEGORY_ID"] != old["CATEGORY_ID"]:
        moved = {"ID": str(key), "CATEGORY_ID": str(doc["CATEGORY_ID"]), "STAGE_ID": str(doc["STAGE_ID"])}
        records.emit("ONCRMDEALMOVETOCATEGORY", {"FIELDS": moved})
    else:
        records.emit_crm(ENTITY_WORDS[entity_type], "UPDATE", key)
    return doc


def remove(records: Records, entity_type: int, key: int) -> None:
    """Delete a record; tasks and comments keep pointing at the hole, as they do in a portal."""
    records.items[entity_type].drop(key)
    records.emit_crm(ENTITY_WORDS[entity_type], "DELETE", key)


def touch(records: Records, call: Call, entity_type: int, key: int) -> None:
    """Note activity on a record; that is no change of it and fires no event."""
    doc = records.items[entity_type].get(key)
    if doc is not None:
        moment = {"LAST_ACTIVITY_BY": call.user_id, "LAST_ACTIVITY_TIME": values.stored(call.now)}
        records.items[entity_type].put(key, doc | moment)


def _initial(kind: str, name: str) -> object:
    if name == "CURRENCY_ID":
        return "RUB"
    if kind == "char":
        return "N"
    if kind == "double":
        return 0.0
    return 0 if kind == "crm_category" else None


def _checked(records: Records, entity_type: int, fields: Mapping[str, object]) -> Doc:
    known = records.fields(entity_type)
    written: Doc = {}
    for name, value in fields.items():
        field = known.get(name)
        if field is None or field.read_only:
            continue
        written[name] = read_value(records, field, value)
    if "CATEGORY_ID" in written:
        written["CATEGORY_ID"] = _category(records, written["CATEGORY_ID"])
    return written


def _category(records: Records, value: object) -> int:
    number = value if isinstance(value, int) else 0
    if number not in records.categories and number != 0:
        raise bad_value("categoryId")
    return number


def _link_contacts(records: Records, doc: Doc, written: Mapping[str, object]) -> None:
    if "CONTACT_IDS" not in doc:
        return
    if "CONTACT_IDS" in written:
        ids = _listed(written["CONTACT_IDS"])
        doc["CONTACT_IDS"] = ids
        doc["CONTACT_ID"] = ids[0] if ids else None
    elif "CONTACT_ID" in written:
        doc["CONTACT_IDS"] = [written["CONTACT_ID"]] if written["CONTACT_ID"] else []


def _place(records: Records, call: Call, entity_type: int, old: Doc | None, doc: Doc) -> None:
    """Check the stage, follow it with its semantics, and write the history of moves."""
    if entity_type not in STAGE_FIELDS:
        return
    name = STAGE_FIELDS[entity_type]
    category = int(str(doc.get("CATEGORY_ID") or 0))
    stages = records.stages(entity_type, category)
    if not doc[name] and stages:
        doc[name] = stages[0]["STATUS_ID"]
    stage = next((row for row in stages if row["STATUS_ID"] == doc[name]), None)
    if stage is None:
        raise bad_value("stageId")
    semantic = str(stage["SEMANTICS"] or "P")
    doc[SEMANTIC_FIELDS[entity_type]] = semantic
    moved = old is None or old[name] != doc[name] or old.get("CATEGORY_ID") != doc.get("CATEGORY_ID")
    if not moved:
        return
    now = values.stored(call.now)
    doc |= {"MOVED_BY_ID": call.user_id, "MOVED_TIME": now}
    if entity_type == LEAD:
        doc["DATE_CLOSED"] = None if semantic == "P" else now
    else:
        doc["IS_NEW"] = "Y" if stage is stages[0] else "N"
        doc["CLOSED"] = "N" if semantic == "P" else "Y"
        if semantic != "P":
            doc["CLOSEDATE"] = call.now.astimezone(records.zone).date().isoformat()
    _write_history(records, entity_type, doc, old, semantic, now)


def _write_history(records: Records, entity_type: int, doc: Doc, old: Doc | None, semantic: str, now: str) -> None:
    if old is None:
        kind = 1
    elif old.get("CATEGORY_ID") != doc.get("CATEGORY_ID"):
        kind = 5
    else:
        kind = 2 if semantic == "P" else 3
    key = records.history.next_id()
    row: Doc = {
        "ID": key,
        "TYPE_ID": kind,
        "ENTITY_TYPE_ID": entity_type,
        "OWNER_ID": doc["ID"],
        "CREATED_TIME": now,
        SEMANTIC_FIELDS[entity_type]: semantic,
        STAGE_FIELDS[entity_type]: doc[STAGE_FIELDS[entity_type]],
    }
    if entity_type == DEAL:
        row["CATEGORY_ID"] = doc["CATEGORY_ID"]
    records.history.put(key, row)


def _merge_addresses(records: Records, doc: Doc, addresses: Iterable[Address]) -> None:
    """Change by id, add without one, delete by an empty value; what is not named stays."""
    kept = [dict(entry) for entry in _listed(doc.get("FM")) if isinstance(entry, dict)]
    for new in addresses:
        kind = str(new.get("typeId") or "")
        if kind not in MULTIFIELDS:
            continue
        value_type = str(new.get("valueType") or "WORK")
        if value_type not in MULTIFIELDS[kind]:
            raise bad_value(f"fm.{kind}.valueType")
        value = str(new.get("value") or "").strip()
        old = next((entry for entry in kept if entry["id"] == new.get("id")), None)
        if old is not None and not value:
            kept.remove(old)
        elif old is not None:
            old |= {"value": value, "valueType": new.get("valueType") or old["valueType"]}
        elif value and new.get("id") is None:
            kept.append({"id": records.addresses.next_id(), "valueType": value_type, "value": value, "typeId": kind})
    doc["FM"] = kept


def _derive(records: Records, entity_type: int, doc: Doc) -> None:
    kinds = {str(entry["typeId"]) for entry in _listed(doc.get("FM")) if isinstance(entry, dict)}
    if "HAS_PHONE" in doc:
        doc |= {"HAS_PHONE": _yes("PHONE" in kinds), "HAS_EMAIL": _yes("EMAIL" in kinds), "HAS_IMOL": "N"}
    if entity_type == LEAD:
        doc["IS_RETURN_CUSTOMER"] = _yes(bool(doc["CONTACT_ID"] or doc["COMPANY_ID"]))


def _bought_before(records: Records, doc: Doc) -> bool:
    if not doc["CONTACT_ID"]:
        return False
    return any(
        other["CONTACT_ID"] == doc["CONTACT_ID"] and other["STAGE_SEMANTIC_ID"] == "S" and other["ID"] != doc["ID"]
        for other in records.items[DEAL]
    )


def _yes(value: bool) -> str:
    return "Y" if value else "N"


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def client_name(records: Records, entity_type: int, doc: Doc) -> str:
    """The person's name of a lead or contact, that of a deal's first contact, or the title."""
    source: Doc | None = doc
    if entity_type == DEAL:
        contact = doc.get("CONTACT_ID")
        source = records.items[CONTACT].get(contact) if isinstance(contact, int) else None
    parts = [str(source[part]) for part in ("NAME", "LAST_NAME") if source.get(part)] if source else []
    return " ".join(parts) or str(doc.get("TITLE") or "")
