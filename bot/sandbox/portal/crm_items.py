"""`crm.item.*`: the universal API, camelCase names and real numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from bot.sandbox.portal import crm, values
from bot.sandbox.portal.calls import Answer, Call, Method, as_int, as_list, as_map, page_of, strict_fields
from bot.sandbox.portal.documents import Doc
from bot.sandbox.portal.errors import RestError, access_denied, missing_param, not_found
from bot.sandbox.portal.fieldvalues import REFERENCES, coerce_for_filter
from bot.sandbox.portal.filters import Test, all_of, any_of, condition, reader, sort_rows, split_key
from bot.sandbox.portal.records import Records, sees
from bot.sandbox.portal.schema import Field
from bot.sandbox.portal.uploads import token_of


class CrmItems:
    """The methods `crm.item.{add,get,list,update,delete,fields}` for leads, deals, contacts and companies.

    Args:
        base_url: the portal's own address, for links to files.
    """

    def __init__(self, records: Records, base_url: Callable[[], str]) -> None:
        self._records = records
        self._base_url = base_url

    def methods(self) -> dict[str, Method]:
        return {
            "crm.item.add": self.add,
            "crm.item.get": self.get,
            "crm.item.list": self.find,
            "crm.item.update": self.update,
            "crm.item.delete": self.delete,
            "crm.item.fields": self.fields,
        }

    def add(self, call: Call) -> Answer:
        entity_type = self._entity_type(call)
        fields = strict_fields(call)
        addresses = _addresses(as_list(fields.get("fm")))
        key = crm.create(self._records, call, entity_type, self._upper(call, entity_type, fields), addresses)
        return Answer({"item": self._full(call, entity_type, self._found(call, entity_type, key, force=True))})

    def get(self, call: Call) -> Answer:
        entity_type = self._entity_type(call)
        return Answer({"item": self._full(call, entity_type, self._found(call, entity_type, call.get("id")))})

    def update(self, call: Call) -> Answer:
        entity_type = self._entity_type(call)
        fields = strict_fields(call)
        old = self._found(call, entity_type, call.get("id"))
        changes = _address_changes(fields.get("fm"))
        doc = crm.change(self._records, call, entity_type, old, self._upper(call, entity_type, fields), changes)
        return Answer({"item": self._full(call, entity_type, doc)})

    def delete(self, call: Call) -> Answer:
        entity_type = self._entity_type(call)
        doc = self._found(call, entity_type, call.get("id"))
        crm.remove(self._records, entity_type, int(str(doc["ID"])))
        return Answer([])

    def fields(self, call: Call) -> Answer:
        entity_type = self._entity_type(call)
        described = {
            self._name(call, field): describe(self._records, field) | {"upperName": field.name}
            for field in self._records.fields(entity_type).values()
        }
        return Answer({"fields": described})

    def find(self, call: Call) -> Answer:
        entity_type = self._entity_type(call)
        test = self._test(call, entity_type, as_map(call.get("filter")))
        rows = [doc for doc in self._records.items[entity_type] if sees(call, doc) and test(doc)]
        rows = sort_rows(rows, self._order(call, entity_type))
        page, total, following = page_of(call, rows)
        select = [str(name) for name in as_list(call.get("select"))]
        return Answer({"items": [self._row(call, entity_type, doc, select) for doc in page]}, total, following)

    def _entity_type(self, call: Call) -> int:
        if call.get("entityTypeId") is None:
            raise missing_param("entityTypeId")
        entity_type = as_int(call.get("entityTypeId"))
        if entity_type not in self._records.items:
            raise not_found("Smart process not found")
        return entity_type

    def _found(self, call: Call, entity_type: int, key: object, *, force: bool = False) -> Doc:
        if key is None:
            raise missing_param("id")
        doc = self._records.items[entity_type].get(as_int(key))
        if doc is None:
            raise not_found()
        if not force and not sees(call, doc):
            raise access_denied()
        return doc

    def _name(self, call: Call, field: Field) -> str:
        return field.name if field.custom and _original(call) else field.camel

    def _upper(self, call: Call, entity_type: int, fields: Mapping[str, object]) -> dict[str, object]:
        names = {self._name(call, field): field.name for field in self._records.fields(entity_type).values()}
        return {names[name]: value for name, value in fields.items() if name in names}

    def _order(self, call: Call, entity_type: int) -> list[tuple[Callable[[Mapping[str, object]], object], bool]]:
        names = {self._name(call, field): field.name for field in self._records.fields(entity_type).values()}
        keys: list[tuple[Callable[[Mapping[str, object]], object], bool]] = []
        for name, direction in as_map(call.get("order")).items():
            upper = names.get(name) or (name if name == "ID" else None)
            if upper is None:
                raise RestError(400, "INVALID_ARG_VALUE", f"Invalid order: field '{name}' is not allowed in order")
            keys.append((reader(upper), str(direction).upper() == "DESC"))
        return keys or [(reader("ID"), False)]

    def _test(self, call: Call, entity_type: int, wanted: Mapping[str, object]) -> Test:
        fields = self._records.fields(entity_type)
        names = {self._name(call, field): field for field in fields.values()}
        tests: list[Test] = []
        for key, value in wanted.items():
            if key.isdigit():
                group = as_map(value)
                either = str(group.pop("logic", "AND")).upper() == "OR"
                parts = [self._test(call, entity_type, as_map(part)) for part in group.values()] if either else []
                tests.append(any_of(parts) if either else self._test(call, entity_type, group))
                continue
            operator, name = split_key(key)
            field = names.get(name)
            if field is None or field.kind == "file":
                text = f"Invalid filter: field '{name}' is not allowed in filter"
                raise RestError(400, "INVALID_ARG_VALUE", text)
            tests.append(field_test(self._records, field, operator, value))
        return all_of(tests)

    def _full(self, call: Call, entity_type: int, doc: Doc) -> dict[str, object]:
        return self._row(call, entity_type, doc, ["*"])

    def _row(self, call: Call, entity_type: int, doc: Doc, select: Iterable[str]) -> dict[str, object]:
        chosen = set(select)
        everything = not chosen or "*" in chosen
        custom = everything or bool(chosen & {"UF_*", "uf*", "ufCrm*", "ufCrm_*"})
        row: dict[str, object] = {}
        for field in self._records.fields(entity_type).values():
            name = self._name(call, field)
            if everything or name in chosen or (custom and field.custom) or (name == "id" and not row):
                row[name] = self._shown(field, doc.get(field.name), call)
        if everything:
            entries = [entry for entry in as_list(doc.get("FM")) if isinstance(entry, dict)]
            row |= {"observers": [], "entityTypeId": entity_type}
            if "HAS_PHONE" in doc:
                row |= _flat_addresses(entries)
            if "*" in chosen:
                row["fm"] = entries
        return row

    def _shown(self, field: Field, value: object, call: Call) -> object:
        if field.multiple:
            return [self._shown_one(field, item, call) for item in as_list(value)]
        return self._shown_one(field, value, call)

    def _shown_one(self, field: Field, value: object, call: Call) -> object:
        if field.kind in REFERENCES:
            return value or 0
        if field.kind == "datetime":
            return values.shown(value, call.portal_zone)
        if field.kind == "date" and value:
            return values.parse_moment(value, call.portal_zone).isoformat()
        if field.kind == "double" and isinstance(value, float) and value.is_integer():
            return int(value)
        if field.kind == "file" and isinstance(value, dict):
            token = token_of(value["id"])
            address = f"{self._base_url()}/rest/crm.controller.item.getFile.json?fileId={value['id']}&token={token}"
            return {"id": value["id"], "url": address, "urlMachine": address}
        return value


def field_test(records: Records, field: Field, operator: str, value: object) -> Test:
    """A filter's comparison with one field, both in stored form."""
    if field.kind in REFERENCES:
        value = ["" if item in (0, "0") else item for item in as_list(value)] or ""
    return condition(operator, reader(field.name), value, lambda item: coerce_for_filter(records, field, item))


def describe(records: Records, field: Field) -> dict[str, object]:
    """A field's row in the answers of the `fields` methods."""
    row: dict[str, object] = {
        "type": field.kind,
        "isRequired": False,
        "isReadOnly": field.read_only,
        "isImmutable": field.immutable,
        "isMultiple": field.multiple,
        "isDynamic": field.custom,
        "title": field.title,
    }
    if field.status_type:
        row["statusType"] = field.status_type
    if field.kind == "enumeration":
        items = [records.enum_items.get(choice) or {} for choice in sorted(field.choices)]
        row["items"] = [{"ID": str(item["ID"]), "VALUE": item["VALUE"]} for item in items]
    return row


def _original(call: Call) -> bool:
    return values.flag(call.get("useOriginalUfNames")) == "Y"


def _addresses(entries: Iterable[object]) -> list[crm.Address]:
    return [
        {"typeId": entry.get("typeId"), "valueType": entry.get("valueType"), "value": entry.get("value")}
        for entry in entries
        if isinstance(entry, Mapping)
    ]


def _address_changes(section: object) -> list[crm.Address]:
    """An update's `fm`: keys that are numbers change or delete those entries, others (`n0`) add one."""
    if not isinstance(section, Mapping):
        return []
    changes = []
    for key, entry in section.items():
        if isinstance(entry, Mapping):
            changes.append({"id": as_int(key), **_addresses([entry])[0]})
    return changes


def _flat_addresses(entries: Iterable[Mapping[str, object]]) -> dict[str, object]:
    flat: dict[str, object] = {"phone": "", "phoneWork": "", "phoneMobile": "", "email": "", "emailWork": ""}
    for entry in entries:
        kind, value_type = str(entry["typeId"]).lower(), str(entry["valueType"]).capitalize()
        for name in (kind, kind + value_type):
            if flat.get(name) == "":
                flat[name] = entry["value"]
    return flat
