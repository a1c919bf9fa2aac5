"""Stages, sources and pipelines: `crm.status.*`, `crm.category.*`, and the history of stage moves."""

from __future__ import annotations

from collections.abc import Mapping

from bot.sandbox.portal import values
from bot.sandbox.portal.calls import Answer, Call, Method, as_int, as_list, as_map, fields_of, page_of, strict_fields
from bot.sandbox.portal.documents import Doc
from bot.sandbox.portal.errors import RestError, access_denied, classic, missing_param, not_found, required_field
from bot.sandbox.portal.filters import Test, all_of, condition, ordered, reader, split_key, text_reader
from bot.sandbox.portal.records import Records, sees
from bot.sandbox.portal.schema import DEAL, LEAD

_SEMANTIC_WORDS = {None: "process", "S": "success", "F": "failure"}
_STOCK_STAGES = (("NEW", "Новая", None), ("WON", "Сделка успешна", "S"), ("LOSE", "Сделка провалена", "F"))


class Dictionaries:
    """The methods `crm.status.{list,add,update,delete,entity.items}`, `crm.category.*`, `crm.stagehistory.list`."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def methods(self) -> dict[str, Method]:
        return {
            "crm.status.list": self.find,
            "crm.status.add": self.add,
            "crm.status.update": self.update,
            "crm.status.delete": self.delete,
            "crm.status.entity.items": self.entity_items,
            "crm.category.list": self.categories,
            "crm.category.add": self.add_category,
            "crm.stagehistory.list": self.history,
        }

    def find(self, call: Call) -> Answer:
        tests = []
        for key, value in as_map(call.any_case("filter")).items():
            operator, name = split_key(key.upper())
            if name in ("ID", "ENTITY_ID", "STATUS_ID", "NAME", "SEMANTICS", "CATEGORY_ID", "SORT", "SYSTEM"):
                tests.append(condition(operator, text_reader(name), value, str))
        test = all_of(tests)
        rows = [doc for doc in self._records.statuses if test(doc)]
        order = as_map(call.any_case("order")) or {"SORT": "ASC"}
        shown = [_status_row(doc) for doc in ordered(rows, order)]
        return Answer(shown, len(shown))

    def add(self, call: Call) -> Answer:
        _admin(call)
        fields = fields_of(call)
        entity_id, status_id = str(fields.get("ENTITY_ID") or ""), str(fields.get("STATUS_ID") or "")
        name = str(fields.get("NAME") or "").strip()
        if not entity_id or not name:
            raise classic("The fields 'ENTITY_ID' and 'NAME' are required.")
        category = entity_id.removeprefix("DEAL_STAGE_") if entity_id.startswith("DEAL_STAGE_") else ""
        if category and as_int(category) not in {doc["id"] for doc in self._records.categories}:
            raise classic(f"Invalid entity type: {entity_id}")
        key = self._records.statuses.next_id()
        status_id = status_id or f"UC_{key:06d}"
        if category and not status_id.startswith(f"C{category}:"):
            status_id = f"C{category}:{status_id}"
        rows = self._records.dictionary(entity_id)
        if any(row["STATUS_ID"] == status_id for row in rows):
            raise classic(f"Status with STATUS_ID={status_id} already exists.")
        extra = as_map(fields.get("EXTRA"))
        semantics = _semantics(fields.get("SEMANTICS") or extra.get("SEMANTICS"))
        last = max((int(str(row["SORT"])) for row in rows), default=0)
        sort = as_int(fields.get("SORT")) or last + 10
        color = str(fields.get("COLOR") or extra.get("COLOR") or "")
        self._records.statuses.put(key, new_status(key, entity_id, status_id, name, sort, semantics, color))
        return Answer(key)

    def update(self, call: Call) -> Answer:
        _admin(call)
        doc = self._status(call)
        fields = fields_of(call)
        changed = dict(doc)
        for name in ("NAME", "COLOR"):
            if fields.get(name):
                changed[name] = str(fields[name])
        if (sort := as_int(fields.get("SORT"))) is not None:
            changed["SORT"] = sort
        if "SEMANTICS" in fields:
            changed["SEMANTICS"] = _semantics(fields["SEMANTICS"])
        self._records.statuses.put(int(str(doc["ID"])), changed)
        return Answer(True)

    def delete(self, call: Call) -> Answer:
        _admin(call)
        doc = self._status(call)
        forced = values.flag(as_map(call.any_case("params")).get("FORCED")) == "Y"
        if doc["SYSTEM"] == "Y" and not forced:
            raise classic("CRM System Status can be deleted only if parameter FORCED is specified and equal to 'Y'.")
        self._records.statuses.drop(int(str(doc["ID"])))
        return Answer(True)

    def entity_items(self, call: Call) -> Answer:
        if call.get("entityId") is None:
            raise missing_param("entityId")
        rows = self._records.dictionary(str(call.get("entityId")))
        return Answer([{"NAME": row["NAME"], "SORT": row["SORT"], "STATUS_ID": row["STATUS_ID"]} for row in rows])

    def categories(self, call: Call) -> Answer:
        entity_type = _category_owner(call)
        rows = [dict(doc) for doc in self._records.categories if doc["entityTypeId"] == entity_type]
        return Answer({"categories": [_category_row(row) for row in rows]}, len(rows))

    def add_category(self, call: Call) -> Answer:
        _admin(call)
        entity_type = _category_owner(call)
        fields = strict_fields(call)
        name = str(fields.get("name") or "").strip()
        if not name:
            raise required_field("name")
        key = self._records.categories.next_id()
        doc: Doc = {
            "id": key,
            "name": name,
            "sort": as_int(fields.get("sort")) or 500,
            "entityTypeId": entity_type,
            "isDefault": "N",
            "originId": "",
            "originatorId": "",
        }
        self._records.categories.put(key, doc)
        for index, (word, title, semantics) in enumerate(_STOCK_STAGES, 1):
            number = self._records.statuses.next_id()
            row = new_status(number, f"DEAL_STAGE_{key}", f"C{key}:{word}", title, index * 10, semantics, "")
            self._records.statuses.put(number, row | {"SYSTEM": "Y"})
        return Answer({"category": doc})

    def history(self, call: Call) -> Answer:
        entity_type = as_int(call.get("entityTypeId"))
        if entity_type not in (LEAD, DEAL):
            raise missing_param("entityTypeId") if entity_type is None else not_found("Entity type is not supported")
        tests: list[Test] = []
        for key, value in as_map(call.get("filter")).items():
            operator, name = split_key(key.upper())
            if name in ("ID", "TYPE_ID", "OWNER_ID", "CATEGORY_ID"):
                tests.append(condition(operator, reader(name), value, as_int))
            elif name == "CREATED_TIME":
                tests.append(condition(operator, reader(name), value, values.moments_in(self._records.zone)))
            else:
                tests.append(condition(operator, reader(name), value, str))
        test = all_of(tests)
        pool = self._records.items[entity_type]
        rows = [
            row
            for row in self._records.history
            if row["ENTITY_TYPE_ID"] == entity_type
            and test(row)
            and sees(call, pool.get(int(str(row["OWNER_ID"]))) or {})
        ]
        page, total, following = page_of(call, ordered(rows, as_map(call.get("order"))))
        select = {str(name).upper() for name in as_list(call.get("select"))} - {"*"}
        shown = [
            {
                name: values.shown(value, call.portal_zone) if name == "CREATED_TIME" else value
                for name, value in row.items()
                if name != "ENTITY_TYPE_ID" and (not select or name in select)
            }
            for row in page
        ]
        return Answer({"items": shown}, total, following)

    def _status(self, call: Call) -> Doc:
        doc = self._records.statuses.get(as_int(call.any_case("id")))
        if doc is None:
            raise classic("CrmStatus is not found.")
        return doc


def new_status(
    key: int, entity_id: str, status_id: str, name: str, sort: int, semantics: str | None, color: str
) -> Doc:
    """A row of a dictionary as it is stored."""
    category = entity_id.removeprefix("DEAL_STAGE").removeprefix("_") if entity_id.startswith("DEAL_STAGE") else None
    return {
        "ID": key,
        "ENTITY_ID": entity_id,
        "STATUS_ID": status_id,
        "NAME": name,
        "SORT": sort,
        "SYSTEM": "N",
        "CATEGORY_ID": (category or "0") if category is not None else None,
        "COLOR": color,
        "SEMANTICS": semantics,
    }


def _status_row(doc: Doc) -> dict[str, object]:
    row: dict[str, object] = {
        "ID": str(doc["ID"]),
        "ENTITY_ID": doc["ENTITY_ID"],
        "STATUS_ID": doc["STATUS_ID"],
        "NAME": doc["NAME"],
        "NAME_INIT": "",
        "SORT": str(doc["SORT"]),
        "SYSTEM": doc["SYSTEM"],
        "CATEGORY_ID": doc["CATEGORY_ID"],
        "COLOR": doc["COLOR"],
        "SEMANTICS": doc["SEMANTICS"],
    }
    if doc["ENTITY_ID"] == "STATUS" or str(doc["ENTITY_ID"]).startswith("DEAL_STAGE"):
        semantics = doc["SEMANTICS"]
        word = _SEMANTIC_WORDS[semantics if isinstance(semantics, str) else None]
        row["EXTRA"] = {"SEMANTICS": word, "COLOR": doc["COLOR"]}
    return row


def _category_row(row: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in row.items() if row["id"] != 0 or key not in ("originId", "originatorId")}


def _category_owner(call: Call) -> int:
    if call.get("entityTypeId") is None:
        raise missing_param("entityTypeId")
    if as_int(call.get("entityTypeId")) != DEAL:
        raise RestError(400, "ENTITY_TYPE_NOT_SUPPORTED", "Entity type is not supported")
    return DEAL


def _semantics(value: object) -> str | None:
    word = str(value or "").lower()
    return {"s": "S", "success": "S", "f": "F", "failure": "F", "apology": "F"}.get(word)


def _admin(call: Call) -> None:
    if not call.admin:
        raise access_denied()
