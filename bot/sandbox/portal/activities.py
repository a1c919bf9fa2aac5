"""Calls, messages, to-dos and tasks in the timelines of records: `crm.activity.*`."""

from __future__ import annotations

from collections.abc import Mapping

from bot.sandbox.portal import crm, values
from bot.sandbox.portal.calls import Answer, Call, Method, as_int, as_list, as_map, fields_of, page_of
from bot.sandbox.portal.documents import Doc
from bot.sandbox.portal.errors import RestError, classic, missing_param
from bot.sandbox.portal.filters import Test, all_of, condition, ordered, reader, split_key
from bot.sandbox.portal.records import Records, sees
from bot.sandbox.portal.values import words

_MOMENTS = words("CREATED LAST_UPDATED START_TIME END_TIME DEADLINE")
_NUMBERS = words("""ID OWNER_ID OWNER_TYPE_ID TYPE_ID RESPONSIBLE_ID AUTHOR_ID EDITOR_ID STATUS PRIORITY DIRECTION
    ASSOCIATED_ENTITY_ID""")
_TEXTS = words("PROVIDER_ID PROVIDER_TYPE_ID SUBJECT DESCRIPTION COMPLETED ORIGINATOR_ID ORIGIN_ID")
_PROVIDERS = {1: ("CRM_MEETING", "MEETING"), 2: ("VOXIMPLANT_CALL", "CALL"), 4: ("CRM_EMAIL", "EMAIL")}


class Activities:
    """The methods `crm.activity.{add,get,list,update,delete,todo.add,todo.update}`."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def methods(self) -> dict[str, Method]:
        return {
            "crm.activity.add": self.add,
            "crm.activity.get": self.get,
            "crm.activity.list": self.find,
            "crm.activity.update": self.update,
            "crm.activity.delete": self.delete,
            "crm.activity.todo.add": self.add_todo,
            "crm.activity.todo.update": self.update_todo,
        }

    def add(self, call: Call) -> Answer:
        fields = fields_of(call)
        bindings = self._bindings(call, fields)
        kind = as_int(fields.get("TYPE_ID"))
        if kind is None:
            raise classic("The field 'TYPE_ID' is required.")
        provider, provider_type = _PROVIDERS.get(kind, ("REST_APP", ""))
        doc: Doc = {
            "TYPE_ID": kind,
            "PROVIDER_ID": str(fields.get("PROVIDER_ID") or provider),
            "PROVIDER_TYPE_ID": str(fields.get("PROVIDER_TYPE_ID") or provider_type),
            "SUBJECT": str(fields.get("SUBJECT") or ""),
            "DESCRIPTION": str(fields.get("DESCRIPTION") or ""),
            "DIRECTION": as_int(fields.get("DIRECTION")) or 0,
            "COMPLETED": values.flag(fields.get("COMPLETED")),
            "RESPONSIBLE_ID": as_int(fields.get("RESPONSIBLE_ID")) or call.user_id,
            "PRIORITY": as_int(fields.get("PRIORITY")) or 2,
            "ORIGINATOR_ID": fields.get("ORIGINATOR_ID"),
            "ORIGIN_ID": fields.get("ORIGIN_ID"),
            "COMMUNICATIONS": as_list(fields.get("COMMUNICATIONS")),
        }
        for name in ("START_TIME", "END_TIME", "DEADLINE"):
            doc[name] = self._date(call, fields.get(name), classic(f"Incorrect date: {name}"))
        return Answer(self._insert(call, bindings, doc))

    def add_todo(self, call: Call) -> Answer:
        owner_type, owner = as_int(call.get("ownerTypeId")), as_int(call.get("ownerId"))
        if owner_type is None or owner is None:
            raise missing_param("ownerTypeId" if owner_type is None else "ownerId")
        self._owner(call, owner_type, owner, RestError(400, "OWNER_NOT_FOUND", "Owner was not found"))
        if call.get("deadline") is None:
            raise missing_param("deadline")
        deadline = self._date(call, call.get("deadline"), RestError(400, "WRONG_DATETIME_FORMAT", "Wrong date format"))
        responsible = as_int(call.get("responsibleId")) or call.user_id
        if self._records.users.get(responsible) is None:
            raise RestError(400, "NOT_FOUND", "User was not found")
        doc: Doc = {
            "TYPE_ID": 6,
            "PROVIDER_ID": "CRM_TODO",
            "PROVIDER_TYPE_ID": "TODO",
            "SUBJECT": str(call.get("title") or ""),
            "DESCRIPTION": str(call.get("description") or ""),
            "DIRECTION": 0,
            "COMPLETED": "N",
            "RESPONSIBLE_ID": responsible,
            "PRIORITY": 2,
            "START_TIME": None,
            "END_TIME": deadline,
            "DEADLINE": deadline,
            "ORIGINATOR_ID": None,
            "ORIGIN_ID": None,
        }
        return Answer({"id": self._insert(call, [{"OWNER_TYPE_ID": owner_type, "OWNER_ID": owner}], doc)})

    def update_todo(self, call: Call) -> Answer:
        """Only to-dos, only through their owner; what is not given stays."""
        key, owner_type, owner = (as_int(call.get(name)) for name in ("id", "ownerTypeId", "ownerId"))
        for name, value in (("id", key), ("ownerTypeId", owner_type), ("ownerId", owner)):
            if value is None:
                raise missing_param(name)
        not_found = RestError(400, "NOT_FOUND", "Activity was not found")
        self._owner(call, owner_type or 0, owner or 0, RestError(400, "OWNER_NOT_FOUND", "Owner was not found"))
        old = self._records.activities.get(key)
        if old is None or old["PROVIDER_ID"] != "CRM_TODO" or (owner_type, owner) not in _pairs(old):
            raise not_found
        new: Doc = dict(old)
        if call.get("deadline") is not None:
            refusal = RestError(400, "WRONG_DATETIME_FORMAT", "Wrong date format")
            new["DEADLINE"] = new["END_TIME"] = self._date(call, call.get("deadline"), refusal)
        for name, field in (("title", "SUBJECT"), ("description", "DESCRIPTION")):
            if call.get(name) is not None:
                new[field] = str(call.get(name))
        responsible = as_int(call.get("responsibleId"))
        if responsible is not None:
            if self._records.users.get(responsible) is None:
                raise RestError(400, "NOT_FOUND", "User was not found")
            new["RESPONSIBLE_ID"] = responsible
        self._store(call, old, new)
        return Answer({"id": key})

    def get(self, call: Call) -> Answer:
        return Answer(self._shown(call, self._activity(call), {"*"}))

    def find(self, call: Call) -> Answer:
        tests: list[Test] = []
        for key, value in as_map(call.any_case("filter")).items():
            operator, name = split_key(key.upper())
            if name == "BINDINGS":
                tests.append(_bound_to({_pair(as_map(item)) for item in as_list(value)}))
            elif name in _MOMENTS:
                tests.append(condition(operator, reader(name), value, values.moments_in(self._records.zone)))
            elif name in _NUMBERS:
                tests.append(condition(operator, reader(name), value, as_int))
            elif name in _TEXTS:
                tests.append(condition(operator, reader(name), value, str))
        test = all_of(tests)
        rows = [doc for doc in self._records.activities if test(doc) and self._sees(call, doc)]
        page, total, following = page_of(call, ordered(rows, as_map(call.any_case("order"))))
        select = {str(name).upper() for name in as_list(call.any_case("select"))} or {"*"}
        return Answer([self._shown(call, doc, select) for doc in page], total, following)

    def update(self, call: Call) -> Answer:
        old = self._activity(call)
        fields = fields_of(call)
        new: Doc = dict(old)
        if "COMPLETED" in fields:
            new |= {"COMPLETED": values.flag(fields["COMPLETED"])}
            new["STATUS"] = 2 if new["COMPLETED"] == "Y" else 1
        for name in ("SUBJECT", "DESCRIPTION"):
            if name in fields:
                new[name] = str(fields[name] or "")
        for name in ("START_TIME", "END_TIME", "DEADLINE"):
            if name in fields:
                new[name] = self._date(call, fields[name], classic(f"Incorrect date: {name}"))
        self._store(call, old, new)
        return Answer(True)

    def _store(self, call: Call, old: Doc, new: Doc) -> None:
        if new != old:
            key = int(str(old["ID"]))
            stamp = {"LAST_UPDATED": values.stored(call.now), "EDITOR_ID": call.user_id}
            self._records.activities.put(key, new | stamp)
            self._records.emit_crm("ACTIVITY", "UPDATE", key)

    def delete(self, call: Call) -> Answer:
        key = int(str(self._activity(call)["ID"]))
        self._records.activities.drop(key)
        self._records.emit_crm("ACTIVITY", "DELETE", key)
        return Answer(True)

    def _insert(self, call: Call, bindings: list[dict[str, int]], doc: Doc) -> int:
        key = self._records.activities.next_id()
        now = values.stored(call.now)
        done = doc["COMPLETED"] == "Y"
        doc = doc | {
            "ID": key,
            **bindings[0],
            "BINDINGS": bindings,
            "STATUS": 2 if done else 1,
            "AUTHOR_ID": call.user_id,
            "EDITOR_ID": call.user_id,
            "CREATED": now,
            "LAST_UPDATED": now,
            "ASSOCIATED_ENTITY_ID": 0,
        }
        self._records.activities.put(key, doc)
        for binding in bindings:
            crm.touch(self._records, call, binding["OWNER_TYPE_ID"], binding["OWNER_ID"])
        self._records.emit_crm("ACTIVITY", "ADD", key)
        return key

    def _bindings(self, call: Call, fields: Mapping[str, object]) -> list[dict[str, int]]:
        sources = [as_map(item) for item in as_list(fields.get("BINDINGS"))]
        if fields.get("OWNER_ID") is not None:
            sources.insert(0, dict(fields))
        bindings: list[dict[str, int]] = []
        for source in sources:
            owner_type, owner = _pair(source)
            if owner_type is None or owner is None:
                raise classic("The fields 'OWNER_ID' and 'OWNER_TYPE_ID' are required.")
            self._owner(call, owner_type, owner, classic("Owner is not found."))
            binding = {"OWNER_TYPE_ID": owner_type, "OWNER_ID": owner}
            if binding not in bindings:
                bindings.append(binding)
        if not bindings:
            raise classic("The fields 'OWNER_ID' and 'OWNER_TYPE_ID' are required.")
        return bindings

    def _owner(self, call: Call, entity_type: int, key: int, missing: RestError) -> Doc:
        pool = self._records.items.get(entity_type)
        doc = pool.get(key) if pool is not None else None
        if doc is None or not sees(call, doc):
            raise missing
        return doc

    def _sees(self, call: Call, doc: Doc) -> bool:
        return call.admin or doc["RESPONSIBLE_ID"] == call.user_id

    def _activity(self, call: Call) -> Doc:
        doc = self._records.activities.get(as_int(call.any_case("id")))
        if doc is None or not self._sees(call, doc):
            raise classic("Activity is not found.")
        return doc

    def _date(self, call: Call, value: object, refusal: RestError) -> str | None:
        if value in (None, ""):
            return None
        try:
            return values.stored(values.parse_moment(value, call.portal_zone))
        except ValueError:
            raise refusal from None

    def _shown(self, call: Call, doc: Doc, select: set[str]) -> dict[str, object]:
        row: dict[str, object] = {
            name: _text(call, name, value)
            for name, value in doc.items()
            if name not in ("BINDINGS", "COMMUNICATIONS") and ("*" in select or name in select or name == "ID")
        }
        if "*" in select:
            row |= {"DESCRIPTION_TYPE": "1", "SETTINGS": [], "PROVIDER_PARAMS": []}
        if "COMMUNICATIONS" in select:
            row["COMMUNICATIONS"] = as_list(doc.get("COMMUNICATIONS"))
        return row


def _text(call: Call, name: str, value: object) -> object:
    if name in _MOMENTS:
        return values.shown(value, call.portal_zone) or ""
    return None if value is None else str(value)


def _pair(source: Mapping[str, object]) -> tuple[int | None, int | None]:
    return as_int(source.get("OWNER_TYPE_ID")), as_int(source.get("OWNER_ID"))


def _bound_to(wanted: set[tuple[int | None, int | None]]) -> Test:
    return lambda row: bool(wanted & _pairs(row))


def _pairs(row: Mapping[str, object]) -> set[tuple[int | None, int | None]]:
    return {_pair(as_map(item)) for item in as_list(row.get("BINDINGS"))}
