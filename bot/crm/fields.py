"""One custom field of the portal and the answers that it holds, both ways.

List items are found by our id (XML_ID is the option's id), else by the words on the option's button.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.crm.encode import as_int, as_list, iso, parse_datetime
from bot.crm.wanted import Field
from bot.playbooks.model import CrmField, Playbook

_CURRENCY = "RUB"


class Unwritable(Exception):
    """The portal has no place for this answer."""


class FieldMap:
    """A playbook's field on one entity.

    Args:
        wanted: the field as the playbook names it.
        found: the field as the portal has it.
        labels: option id → words, of every question that writes the field.
    """

    def __init__(self, wanted: CrmField, found: Field, labels: Mapping[str, str]) -> None:
        self.name = wanted.crm
        self._kind = wanted.type
        self._portal_type = found.type
        self._multiple = found.multiple
        self._labels = labels
        self._options = {label: option for option, label in labels.items()}
        by_label = {item.label.casefold(): item.item_id for item in found.items}
        self._items = {item.xml_id: item.item_id for item in found.items if item.xml_id}
        for option, label in labels.items():
            if option not in self._items and label.casefold() in by_label:
                self._items[option] = by_label[label.casefold()]
        self._ids = {item_id: option for option, item_id in self._items.items()}

    def to_portal(self, value: Any) -> Any:
        """An answer as the portal stores it; None clears.

        Raises:
            Unwritable: a list item that the portal lacks, a file, or a value of another kind.
        """
        if value is None:
            return [] if self._multiple else None
        if self._kind == "file":
            raise Unwritable(f"{self.name}: files are added one by one")
        if self._portal_type == "enumeration":
            items = [self._item(option) for option in (value if isinstance(value, (list, tuple)) else [value])]
            return items if self._multiple else items[0] if items else None
        return [self._plain(value)] if self._multiple else self._plain(value)

    def from_portal(self, value: Any) -> Any:
        """The portal's value as an answer: option ids, texts, whole numbers, moments as aware ISO texts; None is none.
        Files are `{"crm": number}`.

        A list item without an option of ours is none.
        """
        if self._kind == "file":
            return [{"crm": number} for number in file_ids(value)] or None
        if self._portal_type == "enumeration":
            ids = [as_int(item) for item in as_list(value)]
            options = [self._ids[item] for item in ids if item is not None and item in self._ids]
            return (options or None) if self._kind == "multi" else (options[0] if options else None)
        if self._multiple:
            value = next(iter(as_list(value)), None)
        if value is None or value is False or value == "":
            return None
        return self._answer(value)

    def _item(self, option: Any) -> int:
        item = self._items.get(str(option))
        if item is None:
            raise Unwritable(f"{self.name}: the list has no item {option}")
        return item

    def _plain(self, value: Any) -> Any:
        match self._kind:
            case "datetime":
                return iso(_moment(self.name, value))
            case "date":
                return str(value)[:10]
            case "integer":
                return int(value)
            case "money":
                return f"{value}|{_CURRENCY}" if self._portal_type == "money" else value
            case _ if isinstance(value, (list, tuple)):
                return ", ".join(self._labels.get(str(part), str(part)) for part in value)
            case _:
                return self._labels.get(str(value), str(value))

    def _answer(self, value: Any) -> Any:
        match self._kind:
            case "datetime":
                moment = parse_datetime(value)
                return moment.isoformat() if moment is not None else None
            case "date":
                return str(value)[:10]
            case "integer":
                return as_int(value)
            case "money":
                return _number(str(value).partition("|")[0])
            case _:
                return self._options.get(str(value), str(value))


def file_ids(value: Any) -> list[int]:
    """The numbers of the files that a field holds."""
    entries = value if isinstance(value, list) else [value]  # one file is a map, which is no list of files
    found = (as_int(entry.get("id")) for entry in entries if isinstance(entry, Mapping))
    return [number for number in found if number is not None]


def labels_of(playbook: Playbook, field: str) -> dict[str, str]:
    """Option id → words, over all questions that write the field."""
    return {
        option_id: option.label
        for question in playbook.questions.values()
        if question.field == field
        for option_id, option in question.options.items()
        if option.stored
    }


def _moment(name: str, value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise Unwritable(f"{name}: not a moment") from None
    if moment.tzinfo is None:
        raise Unwritable(f"{name}: a moment without a zone")
    return moment


def _number(text: str) -> int | float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return int(number) if number.is_integer() else number
