"""What stands in a record's timeline: comments (`crm.timeline.comment.*`) and activities (`crm.activity.*`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.sandbox.portal import crm, values
from bot.sandbox.portal.calls import Answer, Call, Method, as_int, as_list, as_map, fields_of, page_of, strict_fields
from bot.sandbox.portal.documents import Doc
from bot.sandbox.portal.errors import RestError, classic, missing_param
from bot.sandbox.portal.filters import Test, all_of, condition, sort_rows, split_key
from bot.sandbox.portal.records import Records, sees
from bot.sandbox.portal.schema import ENTITY_WORDS
from bot.sandbox.portal.values import words

_MOMENTS = words("CREATED LAST_UPDATED START_TIME END_TIME DEADLINE")
_NUMBERS = words("""ID OWNER_ID OWNER_TYPE_ID TYPE_ID RESPONSIBLE_ID AUTHOR_ID EDITOR_ID STATUS PRIORITY DIRECTION
    ASSOCIATED_ENTITY_ID""")
_TEXTS = words("PROVIDER_ID PROVIDER_TYPE_ID SUBJECT DESCRIPTION COMPLETED ORIGINATOR_ID ORIGIN_ID")
_PROVIDERS = {1: ("CRM_MEETING", "MEETING"), 2: ("VOXIMPLANT_CALL", "CALL"), 4: ("CRM_EMAIL", "EMAIL")}


class Timeline:
    """The methods `crm.timeline.comment.{add,list}` and `crm.activity.{add,get,list,update,delete,todo.add}`."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def methods(self) -> dict[str, Method]:
        return {
            "crm.timeline.comment.add": self.add_comment,
            "crm.timeline.comment.list": self.find_comments,
            "crm.activity.add": self.add_activity,
            "crm.activity.get": self.get_activity,
            "crm.activity.list": self.find_activities,
            "crm.activity.update": self.update_activity,
            "crm.activity.delete": self.delete_activity,
            "crm.activity.todo.add": self.add_todo,
        }

    def add_comment(self, call: Call) -> Answer:
        fields = strict_fields(call)
        entity_type = self._records.entity(fields.get("ENTITY_TYPE"))
        owner = as_int(fields.get("ENTITY_ID"))
        if entity_type is None or owner is None:
            raise classic("The parameters 'ENTITY_ID' and 'ENTITY_TYPE' are required.")
        if not str(fields.get("COMMENT") or "").strip():
            raise classic("The field 'COMMENT' is required.")
        self._owner(call, entity_type, owner, classic("Not found"))
        author = as_int(fields.get("AUTHOR_ID")) or call.user_id
        key = self._records.comments.next_id()
        doc: Doc = {
            "ID": key,
            "ENTITY_ID": owner,
            "ENTITY_TYPE": ENTITY_WORDS[entity_type],
            "CREATED": values.stored(call.now),
            "COMMENT": str(fields["COMMENT"]),
            "AUTHOR_ID": author,
        }
        self._records.comments.put(key, doc)
        crm.touch(self._records, call, entity_type, owner)
        self._records.emit_crm("TIMELINECOMMENT", "ADD", key)
        return Answer(key)

    def find_comments(self, call: Call) -> Answer:
        wanted = as_map(call.any_case("filter"))
        owner, word = as_int(wanted.get("ENTITY_ID")), str(wanted.get("ENTITY_TYPE", "")).lower()
        if owner is None or self._records.entity(word) is None:
            raise classic("The filter fields 'ENTITY_ID' and 'ENTITY_TYPE' are required.")
        tests: list[Test] = []
        for key, value in wanted.items():
            operator, name = split_key(key.upper())
            if name in ("ID", "ENTITY_ID", "AUTHOR_ID"):
                tests.append(condition(operator, _reader(name), value, as_int))
            elif name == "CREATED":
                tests.append(condition(operator, _reader(name), value, self._moment))
            elif name == "ENTITY_TYPE":
                tests.append(condition(operator, _reader(name), value, str))
        test = all_of(tests)
        rows = [doc for doc in self._records.comments if test(doc)]
        page, total, following = page_of(call, _ordered(call, rows))
        select = {str(name).upper() for name in as_list(call.any_case("select"))}
        shown = [
            {
                name: {} if name == "FILES" else _text(call, name, doc.get(name))
                for name in ("ID", "ENTITY_ID", "ENTITY_TYPE", "CREATED", "COMMENT", "AUTHOR_ID", "FILES")
                if not select or "*" in select or name in select
            }
            for doc in page
        ]
        return Answer(shown, total, following)

    def add_activity(self, call: Call) -> Answer:
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

    def get_activity(self, call: Call) -> Answer:
        return Answer(self._shown(call, self._activity(call), {"*"}))

    def find_activities(self, call: Call) -> Answer:
        tests: list[Test] = []
        for key, value in as_map(call.any_case("filter")).items():
            operator, name = split_key(key.upper())
            if name == "BINDINGS":
                pairs = {_pair(as_map(item)) for item in as_list(value)}
                tests.append(lambda row, pairs=pairs: bool(pairs & _pairs(row)))  # type: ignore[misc]
            elif name in _MOMENTS:
                tests.append(condition(operator, _reader(name), value, self._moment))
            elif name in _NUMBERS:
                tests.append(condition(operator, _reader(name), value, as_int))
            elif name in _TEXTS:
                tests.append(condition(operator, _reader(name), value, str))
        test = all_of(tests)
        rows = [doc for doc in self._records.activities if test(doc) and self._sees(call, doc)]
        page, total, following = page_of(call, _ordered(call, rows))
        select = {str(name).upper() for name in as_list(call.any_case("select"))} or {"*"}
        return Answer([self._shown(call, doc, select) for doc in page], total, following)

    def update_activity(self, call: Call) -> Answer:
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
        if new != old:
            key = int(str(old["ID"]))
            stamp = {"LAST_UPDATED": values.stored(call.now), "EDITOR_ID": call.user_id}
            self._records.activities.put(key, new | stamp)
            self._records.emit_crm("ACTIVITY", "UPDATE", key)
        return Answer(True)

    def delete_activity(self, call: Call) -> Answer:
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

    def _moment(self, value: object) -> str | None:
        try:
            return values.stored(values.parse_moment(value, self._records.zone))
        except ValueError:
            return None

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


def _ordered(call: Call, rows: list[Doc]) -> list[Doc]:
    order = as_map(call.any_case("order")) or {"ID": "ASC"}
    return sort_rows(
        rows, [(_reader(name.upper()), str(way).upper().startswith("DESC")) for name, way in order.items()]
    )


def _reader(name: str) -> Callable[[Mapping[str, object]], object]:
    return lambda row: row.get(name)


def _text(call: Call, name: str, value: object) -> object:
    if name in _MOMENTS:
        return values.shown(value, call.portal_zone) or ""
    return None if value is None else str(value)


def _pair(source: Mapping[str, object]) -> tuple[int | None, int | None]:
    return as_int(source.get("OWNER_TYPE_ID")), as_int(source.get("OWNER_ID"))


def _pairs(row: Mapping[str, object]) -> set[tuple[int | None, int | None]]:
    return {_pair(as_map(item)) for item in as_list(row.get("BINDINGS"))}
