"""Fields that people of the portal add: `crm.{lead,deal,contact,company}.userfield.{add,list,update,delete}`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from bot.sandbox.portal import values
from bot.sandbox.portal.calls import Answer, Call, Method, as_int, as_list, as_map, fields_of
from bot.sandbox.portal.documents import Doc
from bot.sandbox.portal.errors import classic
from bot.sandbox.portal.filters import all_of, condition, ordered, split_key, text_reader
from bot.sandbox.portal.records import Records
from bot.sandbox.portal.schema import ENTITY_WORDS
from bot.sandbox.portal.values import words

_TYPES = words("""string integer double boolean datetime date money url address enumeration file employee crm_status
    iblock_section iblock_element crm""")


class UserFields:
    """User fields of leads, deals, contacts and companies; making them takes the CRM admin's right."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def methods(self) -> dict[str, Method]:
        actions: dict[str, Callable[[str, Call], Answer]] = {
            "add": self.add,
            "list": self.find,
            "get": self.get,
            "update": self.update,
            "delete": self.delete,
        }
        return {
            f"crm.{word}.userfield.{action}": partial(method, f"CRM_{word}".upper())
            for word in ENTITY_WORDS.values()
            for action, method in actions.items()
        }

    def add(self, entity: str, call: Call) -> Answer:
        _admin(call)
        fields = fields_of(call)
        kind = str(fields.get("USER_TYPE_ID") or "")
        if not kind:
            raise classic("The 'USER_TYPE_ID' field is not found.")
        if kind not in _TYPES:
            raise classic(f"The field type '{kind}' is not supported.")
        name = str(fields.get("FIELD_NAME") or "").upper()
        if not name:
            raise classic("The 'FIELD_NAME' field is not found.")
        name = name if name.startswith("UF_CRM_") else f"UF_CRM_{name}"
        if any(doc["ENTITY_ID"] == entity and doc["FIELD_NAME"] == name for doc in self._records.userfields):
            raise classic(f"Field {name} already exists.")
        return Answer(add_userfield(self._records, entity, fields | {"FIELD_NAME": name}))

    def find(self, entity: str, call: Call) -> Answer:
        tests = []
        for key, value in as_map(call.any_case("filter")).items():
            operator, name = split_key(key.upper())
            if name in ("ID", "FIELD_NAME", "USER_TYPE_ID", "XML_ID", "SORT", "MULTIPLE", "MANDATORY"):
                tests.append(condition(operator, text_reader(name), value, str))
        test = all_of(tests)
        rows = [doc for doc in self._records.userfields if doc["ENTITY_ID"] == entity and test(doc)]
        order = as_map(call.any_case("order")) or {"SORT": "ASC"}
        shown = [_row(doc) for doc in ordered(rows, order)]
        return Answer(shown, len(shown))

    def get(self, entity: str, call: Call) -> Answer:
        return Answer(_row(self._found(entity, call)))

    def update(self, entity: str, call: Call) -> Answer:
        """Change labels, order and the list of choices; entries of the list are matched by their ids."""
        _admin(call)
        doc = dict(self._found(entity, call))
        fields = fields_of(call)
        label = fields.get("EDIT_FORM_LABEL") or fields.get("LABEL")
        if label:
            doc["EDIT_FORM_LABEL"] = _label(label)
        if (sort := as_int(fields.get("SORT"))) is not None:
            doc["SORT"] = sort
        if "LIST" in fields and doc["USER_TYPE_ID"] == "enumeration":
            doc["LIST"] = _choices(self._records, fields["LIST"], as_list(doc["LIST"]))
        self._records.userfields.put(int(str(doc["ID"])), doc)
        return Answer(True)

    def delete(self, entity: str, call: Call) -> Answer:
        _admin(call)
        self._records.userfields.drop(int(str(self._found(entity, call)["ID"])))
        return Answer(True)

    def _found(self, entity: str, call: Call) -> Doc:
        doc = self._records.userfields.get(as_int(call.any_case("id")))
        if doc is None or doc["ENTITY_ID"] != entity:
            raise classic("The entity is not found.")
        return doc


def add_userfield(records: Records, entity: str, fields: Mapping[str, object]) -> int:
    """Keep a new field of `entity` (`CRM_LEAD`…) and return its id."""
    key = records.userfields.next_id()
    label = _label(fields.get("EDIT_FORM_LABEL") or fields.get("LABEL") or fields["FIELD_NAME"])
    doc: Doc = {
        "ID": key,
        "ENTITY_ID": entity,
        "FIELD_NAME": str(fields["FIELD_NAME"]),
        "USER_TYPE_ID": str(fields["USER_TYPE_ID"]),
        "XML_ID": fields.get("XML_ID"),
        "SORT": as_int(fields.get("SORT")) or 100,
        "MULTIPLE": values.flag(fields.get("MULTIPLE")),
        "MANDATORY": values.flag(fields.get("MANDATORY")),
        "SHOW_FILTER": str(fields.get("SHOW_FILTER") or "N"),
        "SETTINGS": as_map(fields.get("SETTINGS")),
        "EDIT_FORM_LABEL": label,
    }
    if doc["USER_TYPE_ID"] == "enumeration":
        doc["LIST"] = _choices(records, fields.get("LIST"), [])
    records.userfields.put(key, doc)
    return key


def _choices(records: Records, section: object, before: list[object]) -> list[object]:
    kept = {as_int(item["ID"]): item for item in before if isinstance(item, dict)}
    for index, source in enumerate(as_list(section)):
        entry = as_map(source)
        number = as_int(entry.get("ID"))
        if number in kept and values.flag(entry.get("DEL")) == "Y":
            del kept[number]
            continue
        if number not in kept:
            number = records.enum_items.next_id()
        old = kept.get(number, {"SORT": (index + 1) * 10, "DEF": "N", "XML_ID": None})
        choice = {
            "ID": number,
            "SORT": as_int(entry.get("SORT")) or old["SORT"],
            "VALUE": str(entry.get("VALUE") or old.get("VALUE", "")),
            "DEF": str(entry.get("DEF") or old["DEF"]),
            "XML_ID": entry.get("XML_ID") or old["XML_ID"],
        }
        kept[number] = choice
        records.enum_items.put(int(str(number)), choice)
    return list(kept.values())


def _row(doc: Doc) -> dict[str, object]:
    row: dict[str, object] = dict(doc)
    row |= {"ID": str(doc["ID"]), "SORT": str(doc["SORT"]), "SETTINGS": doc["SETTINGS"] or []}
    if "LIST" in doc:
        row["LIST"] = [
            {
                "ID": str(item["ID"]),
                "SORT": str(item["SORT"]),
                "VALUE": item["VALUE"],
                "DEF": item["DEF"],
                "XML_ID": item["XML_ID"],
            }
            for item in as_list(doc["LIST"])
            if isinstance(item, dict)
        ]
    return row


def _label(value: object) -> str:
    if isinstance(value, Mapping):
        return str(value.get("ru") or next(iter(value.values()), ""))
    return str(value)


def _admin(call: Call) -> None:
    if not call.admin:
        raise classic("Access denied.")
