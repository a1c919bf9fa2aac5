"""Comments in the timelines of records: `crm.timeline.comment.*`."""

from __future__ import annotations

from bot.sandbox.portal import crm, values
from bot.sandbox.portal.calls import Answer, Call, Method, as_int, as_list, as_map, page_of, strict_fields
from bot.sandbox.portal.documents import Doc
from bot.sandbox.portal.errors import classic
from bot.sandbox.portal.filters import Test, all_of, condition, ordered, reader, split_key
from bot.sandbox.portal.records import Records, sees
from bot.sandbox.portal.schema import ENTITY_WORDS

_KEYS = ("ID", "ENTITY_ID", "ENTITY_TYPE", "CREATED", "COMMENT", "AUTHOR_ID", "FILES")


class Comments:
    """The methods `crm.timeline.comment.{add,list}`."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def methods(self) -> dict[str, Method]:
        return {"crm.timeline.comment.add": self.add, "crm.timeline.comment.list": self.find}

    def add(self, call: Call) -> Answer:
        fields = strict_fields(call)
        entity_type = self._records.entity(fields.get("ENTITY_TYPE"))
        owner = as_int(fields.get("ENTITY_ID"))
        if entity_type is None or owner is None:
            raise classic("The parameters 'ENTITY_ID' and 'ENTITY_TYPE' are required.")
        if not str(fields.get("COMMENT") or "").strip():
            raise classic("The field 'COMMENT' is required.")
        record = self._records.items[entity_type].get(owner)
        if record is None or not sees(call, record):
            raise classic("Not found")
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

    def find(self, call: Call) -> Answer:
        wanted = as_map(call.any_case("filter"))
        owner, word = as_int(wanted.get("ENTITY_ID")), str(wanted.get("ENTITY_TYPE", "")).lower()
        if owner is None or self._records.entity(word) is None:
            raise classic("The filter fields 'ENTITY_ID' and 'ENTITY_TYPE' are required.")
        tests: list[Test] = []
        for key, value in wanted.items():
            operator, name = split_key(key.upper())
            if name in ("ID", "ENTITY_ID", "AUTHOR_ID"):
                tests.append(condition(operator, reader(name), value, as_int))
            elif name == "CREATED":
                tests.append(condition(operator, reader(name), value, values.moments_in(self._records.zone)))
            elif name == "ENTITY_TYPE":
                tests.append(condition(operator, reader(name), value, str))
        test = all_of(tests)
        rows = [doc for doc in self._records.comments if test(doc)]
        page, total, following = page_of(call, ordered(rows, as_map(call.any_case("order"))))
        select = {str(name).upper() for name in as_list(call.any_case("select"))}
        shown = [
            {
                name: {} if name == "FILES" else self._shown(call, name, doc[name])
                for name in _KEYS
                if not select or "*" in select or name in select
            }
            for doc in page
        ]
        return Answer(shown, total, following)

    def _shown(self, call: Call, name: str, value: object) -> object:
        return values.shown(value, call.portal_zone) if name == "CREATED" else str(value)
