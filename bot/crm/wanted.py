"""What a playbook wants of the portal, the portal as it is, and the changes between the two, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from bot.crm.errors import CrmError

Entity = Literal["lead", "deal"]
Semantics = Literal["P", "S", "F"]


@dataclass(frozen=True, slots=True)
class WantedStatus:
    """A stage or a source that the playbook needs.

    Args:
        entity_id: the dictionary: STATUS, DEAL_STAGE, DEAL_STAGE_<category>, SOURCE.
        status_id: its id in the dictionary, in other pipelines with the prefix `C<category>:`.
        name: the label for a newly made one.
        semantics: "P" in work, "S" success, "F" failure; a source is "P".
    """

    entity_id: str
    status_id: str
    name: str
    semantics: Semantics = "P"


@dataclass(frozen=True, slots=True)
class WantedField:
    """A custom field that the playbook writes.

    Args:
        entity: lead or deal.
        name: full name, `UF_CRM_…`.
        type: the portal's type: string, integer, double, boolean, datetime, date, money, enumeration, file, employee.
        multiple: whether it holds several values.
        label: its title for people.
        items: of an enumeration, pairs of (xml_id, label) in their order.
    """

    entity: Entity
    name: str
    type: str
    multiple: bool
    label: str
    items: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """A dictionary entry as the portal has it."""

    status_id: str
    semantics: Semantics
    sort: int


@dataclass(frozen=True, slots=True)
class Item:
    """A list item of an enumeration as the portal has it."""

    item_id: int
    xml_id: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """A custom field as the portal has it."""

    field_id: int
    type: str
    multiple: bool
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Current:
    """The portal as it is: dictionaries by their id, fields by entity and name."""

    statuses: Mapping[str, Sequence[Status]] = field(default_factory=dict)
    fields: Mapping[tuple[Entity, str], Field] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AddStatus:
    """Make a stage or source; `sort` places it among those of its kind."""

    wanted: WantedStatus
    sort: int

    @property
    def text(self) -> str:
        """The change in words for an admin."""
        return f"создать в справочнике {self.wanted.entity_id}: {self.wanted.status_id} «{self.wanted.name}»"


@dataclass(frozen=True, slots=True)
class AddField:
    """Make a custom field with all its items."""

    wanted: WantedField

    @property
    def text(self) -> str:
        """The change in words for an admin."""
        return f"создать поле {self.wanted.name} ({self.wanted.entity}) «{self.wanted.label}»"


@dataclass(frozen=True, slots=True)
class SetItems:
    """Add items to an existing list, and give our id to items that only have the same label.

    Args:
        wanted: the field.
        field_id: its id in the portal.
        added: pairs of (xml_id, label) to be made.
        named: triples of (item id, xml_id, label) that exist without our id.
    """

    wanted: WantedField
    field_id: int
    added: tuple[tuple[str, str], ...] = ()
    named: tuple[tuple[int, str, str], ...] = ()

    @property
    def text(self) -> str:
        """The change in words for an admin."""
        parts = []
        if self.added:
            parts.append("добавить " + ", ".join(f"«{label}»" for _, label in self.added))
        if self.named:
            parts.append("пометить " + ", ".join(f"«{label}» как {xml_id}" for _, xml_id, label in self.named))
        return f"в списке {self.wanted.name} ({self.wanted.entity}): {'; '.join(parts)}"


@dataclass(frozen=True, slots=True)
class Conflict:
    """Something exists that contradicts the wish; only a person can decide."""

    text: str


Change = AddStatus | AddField | SetItems | Conflict
Wanted = WantedStatus | WantedField


@dataclass(frozen=True, slots=True)
class Failure:
    """A change that the portal refused, and why."""

    change: Change
    error: CrmError
