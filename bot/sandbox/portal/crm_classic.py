"""`crm.lead.*`, `crm.deal.*`, `crm.contact.*`, `crm.company.*`: the frozen API, all strings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from bot.sandbox.portal import crm, values
from bot.sandbox.portal.calls import Answer, Call, Method, as_int, as_list, as_map, fields_of, page_of
from bot.sandbox.portal.crm_items import describe, field_test
from bot.sandbox.portal.documents import Doc
from bot.sandbox.portal.errors import RestError, classic
from bot.sandbox.portal.filters import Test, all_of, condition, reader, sort_rows, split_key
from bot.sandbox.portal.records import Records, sees
from bot.sandbox.portal.schema import DEAL, ENTITY_WORDS, MULTIFIELDS, Field


class CrmClassic:
    """The methods `crm.{lead,deal,contact,company}.{add,get,list,update,delete,fields}`."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def methods(self) -> dict[str, Method]:
        actions: dict[str, Callable[[int, Call], Answer]] = {
            "add": self.add,
            "get": self.get,
            "list": self.find,
            "update": self.update,
            "delete": self.delete,
            "fields": self.fields,
        }
        return {
            f"crm.{word}.{action}": partial(method, entity_type)
            for entity_type, word in ENTITY_WORDS.items()
            for action, method in actions.items()
        }

    def add(self, entity_type: int, call: Call) -> Answer:
        fields = fields_of(call)
        addresses = _addresses(fields)
        with _classic_refusals():
            return Answer(crm.create(self._records, call, entity_type, fields, addresses))

    def get(self, entity_type: int, call: Call) -> Answer:
        doc = self._found(call, entity_type)
        return Answer(self._row(call, entity_type, doc, ["*", "UF_*", *MULTIFIELDS]))

    def update(self, entity_type: int, call: Call) -> Answer:
        fields = fields_of(call)
        old = self._found(call, entity_type)
        if entity_type == DEAL:
            fields.pop("CATEGORY_ID", None)
        with _classic_refusals():
            crm.change(self._records, call, entity_type, old, fields, _addresses(fields))
        return Answer(True)

    def delete(self, entity_type: int, call: Call) -> Answer:
        doc = self._found(call, entity_type)
        crm.remove(self._records, entity_type, int(str(doc["ID"])))
        return Answer(True)

    def fields(self, entity_type: int, call: Call) -> Answer:
        described = {field.name: describe(self._records, field) for field in self._records.fields(entity_type).values()}
        for kind in MULTIFIELDS:
            described[kind] = describe(self._records, Field(kind, "crm_multifield", multiple=True, title=kind))
        return Answer(described)

    def find(self, entity_type: int, call: Call) -> Answer:
        test = self._test(entity_type, as_map(call.any_case("filter")))
        rows = [doc for doc in self._records.items[entity_type] if sees(call, doc) and test(doc)]
        known = self._records.fields(entity_type)
        order = [
            (reader(name.upper()), str(direction).upper() == "DESC")
            for name, direction in as_map(call.any_case("order")).items()
            if name.upper() in known
        ]
        page, total, following = page_of(call, sort_rows(rows, order or [(reader("ID"), False)]))
        select = [str(name) for name in as_list(call.any_case("select"))] or ["*"]
        return Answer([self._row(call, entity_type, doc, select) for doc in page], total, following)

    def _found(self, call: Call, entity_type: int) -> Doc:
        key = as_int(call.any_case("id"))
        if key is None or key <= 0:
            raise classic("ID is not defined or invalid.")
        doc = self._records.items[entity_type].get(key)
        if doc is None:
            raise classic("Not found")
        if not sees(call, doc):
            raise classic("Access denied.")
        return doc

    def _test(self, entity_type: int, wanted: Mapping[str, object]) -> Test:
        known = self._records.fields(entity_type)
        tests = []
        for key, value in wanted.items():
            operator, name = split_key(key.upper())
            if name in MULTIFIELDS:
                tests.append(condition(operator, _address_reader(name), value, str))
            elif name in known:
                tests.append(field_test(self._records, known[name], operator, value))
        return all_of(tests)

    def _row(self, call: Call, entity_type: int, doc: Doc, select: Iterable[str]) -> dict[str, object]:
        chosen = {name.upper() for name in select}
        row: dict[str, object] = {}
        for field in self._records.fields(entity_type).values():
            if field.name == "CONTACT_IDS" and "CONTACT_IDS" not in chosen:
                continue
            star = "UF_*" if field.custom else "*"
            if star in chosen or field.name in chosen or field.name == "ID":
                row[field.name] = self._shown(call, field, doc.get(field.name))
        for kind in MULTIFIELDS:
            entries = [entry for entry in as_list(doc.get("FM")) if isinstance(entry, dict) and entry["typeId"] == kind]
            if kind in chosen and entries:
                row[kind] = [
                    {
                        "ID": str(entry["id"]),
                        "VALUE_TYPE": entry["valueType"],
                        "VALUE": entry["value"],
                        "TYPE_ID": kind,
                    }
                    for entry in entries
                ]
        return row

    def _shown(self, call: Call, field: Field, value: object) -> object:
        if field.multiple:
            return [self._shown_one(call, field, item) for item in as_list(value)] or (
                [] if not field.custom else False
            )
        return self._shown_one(call, field, value)

    def _shown_one(self, call: Call, field: Field, value: object) -> object:
        if field.kind in ("datetime", "date"):
            if not value:
                return ""
            if field.kind == "datetime":
                return values.shown(value, call.portal_zone)
            return values.parse_moment(value, call.portal_zone).isoformat()
        if value is None:
            return None
        if field.kind == "double" and isinstance(value, int | float):
            return f"{value:.2f}"
        if field.kind == "boolean":
            return "1" if value == "Y" else "0"
        if field.kind == "file" and isinstance(value, dict):
            address = f"/bitrix/components/bitrix/crm.show_file.php?fileId={value['id']}"
            return {"id": value["id"], "showUrl": address, "downloadUrl": address}
        return str(value)


@contextmanager
def _classic_refusals() -> Iterator[None]:
    """Field refusals inside come out with the empty code of the old API."""
    try:
        yield
    except RestError as error:
        raise classic(error.text) from None


def _address_reader(kind: str) -> Callable[[Mapping[str, object]], object]:
    def read(row: Mapping[str, object]) -> object:
        entries = as_list(row.get("FM"))
        return [entry["value"] for entry in entries if isinstance(entry, dict) and entry["typeId"] == kind]

    return read


def _addresses(fields: dict[str, object]) -> list[crm.Address]:
    """Take the multifields out of `fields`: with an id a change, without one an addition, `DELETE` a deletion."""
    found: list[crm.Address] = []
    for kind in MULTIFIELDS:
        for entry in as_list(fields.pop(kind, None)):
            if not isinstance(entry, Mapping):
                continue
            deleted = values.flag(entry.get("DELETE")) == "Y"
            found.append(
                {
                    "id": as_int(entry.get("ID")),
                    "typeId": kind,
                    "valueType": entry.get("VALUE_TYPE"),
                    "value": "" if deleted else entry.get("VALUE"),
                }
            )
    return found
