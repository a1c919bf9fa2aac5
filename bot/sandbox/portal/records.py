"""Everything the portal keeps, and the events its writes cause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.sandbox.portal.calls import Call
from bot.sandbox.portal.documents import Doc, Documents, create_tables
from bot.sandbox.portal.schema import BUILT_IN, ENTITY_WORDS, TYPE_IDS, Field
from bot.sandbox.store import Store


@dataclass(frozen=True)
class Event:
    """Something happened: the upper-case name and the `data` that an outgoing webhook tells about it."""

    name: str
    data: Mapping[str, object]


class Records:
    """The tables of the portal.

    Args:
        zone: the portal's own zone; dates without an offset are in it.
    """

    def __init__(self, store: Store, zone: ZoneInfo) -> None:
        create_tables(store)
        self.store = store
        self.zone = zone
        self.users = Documents(store, "user")
        self.departments = Documents(store, "department")
        self.statuses = Documents(store, "status")
        self.categories = Documents(store, "category")
        self.userfields = Documents(store, "userfield")
        self.enum_items = Documents(store, "enum_item")
        self.items = {kind: Documents(store, word) for kind, word in ENTITY_WORDS.items()}
        self.addresses = Documents(store, "address")
        self.history = Documents(store, "stage_history")
        self.comments = Documents(store, "comment")
        self.activities = Documents(store, "activity")
        self.tasks = Documents(store, "task")
        self.tags = Documents(store, "tag")
        self.files = Documents(store, "file")
        self.events: list[Event] = []
        self._fields: dict[int, tuple[int, dict[str, Field]]] = {}

    @property
    def version(self) -> int:
        """Grows with every write to what people see; equal numbers mean that nothing changed."""
        pools = (
            self.users,
            self.statuses,
            self.categories,
            self.userfields,
            self.comments,
            self.activities,
            self.tasks,
        )
        return sum(pool.version for pool in (*pools, *self.items.values()))

    def emit(self, name: str, data: Mapping[str, object]) -> None:
        """Note an event; it is sent once the call is committed."""
        self.events.append(Event(name, data))

    def emit_crm(self, entity: str, action: str, key: int) -> None:
        """Note `ONCRM<ENTITY><ACTION>` of one record."""
        self.emit(f"ONCRM{entity}{action}".upper(), {"FIELDS": {"ID": str(key)}})

    def fields(self, entity_type: int) -> dict[str, Field]:
        """All fields of an entity by their upper-case names, user fields included."""
        version = self.userfields.version
        cached = self._fields.get(entity_type)
        if cached is None or cached[0] != version:
            cached = version, {field.name: field for field in (*BUILT_IN[entity_type], *self._custom(entity_type))}
            self._fields[entity_type] = cached
        return cached[1]

    def _custom(self, entity_type: int) -> list[Field]:
        entity = f"CRM_{ENTITY_WORDS[entity_type]}".upper()
        return [
            Field(
                name=str(doc["FIELD_NAME"]),
                kind=str(doc["USER_TYPE_ID"]),
                multiple=doc["MULTIPLE"] == "Y",
                title=str(doc["EDIT_FORM_LABEL"]),
                choices=frozenset(_item_ids(doc)),
            )
            for doc in self.userfields
            if doc["ENTITY_ID"] == entity
        ]

    def stages(self, entity_type: int, category: int = 0) -> list[Doc]:
        """The stages of a pipeline in their order; leads have one pipeline."""
        return self.dictionary(stage_dictionary(entity_type, category))

    def dictionary(self, entity_id: str) -> list[Doc]:
        """The rows of one dictionary (`STATUS`, `SOURCE`, `DEAL_STAGE_9`…) in their order."""
        rows = [doc for doc in self.statuses if doc["ENTITY_ID"] == entity_id]
        return sorted(rows, key=lambda doc: (int(str(doc["SORT"])), int(str(doc["ID"]))))

    def entity(self, word: object) -> int | None:
        """The number of `lead`, `deal`, `contact`, `company`, or None."""
        return TYPE_IDS.get(str(word).lower())


def stage_dictionary(entity_type: int, category: int) -> str:
    """The dictionary that holds the stages of a pipeline."""
    if TYPE_IDS["lead"] == entity_type:
        return "STATUS"
    return f"DEAL_STAGE_{category}" if category else "DEAL_STAGE"


def sees(call: Call, doc: Mapping[str, object]) -> bool:
    """Whether the caller has a right to a CRM record: an admin to all, another to what is assigned to him."""
    return call.admin or doc.get("ASSIGNED_BY_ID") == call.user_id


def _item_ids(doc: Doc) -> list[int]:
    items = doc.get("LIST")
    return [int(item["ID"]) for item in items if isinstance(item, dict)] if isinstance(items, list) else []
