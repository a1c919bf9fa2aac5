"""Between the playbook's words and the portal's codes: stages, sources, custom fields, the client and his contacts.

With `dictionary`, `fields`, `inbox` and `send` this is the only place that knows `UF_…` names and REST methods.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from bot.crm.dictionary import SOURCES, Dictionary, stage_dictionary, stage_id
from bot.crm.encode import as_dict, as_int, as_list, unescape
from bot.crm.fields import FieldMap, Unwritable, labels_of
from bot.crm.wanted import Entity
from bot.engine.case import Client
from bot.engine.phones import normalise, zone_of_phones
from bot.playbooks.model import Playbook

log = logging.getLogger(__name__)

TYPE_IDS: Mapping[str, int] = {"lead": 1, "deal": 2, "contact": 3}
"""The portal's entityTypeId."""
TASK_LINKS: Mapping[str, str] = {"lead": "L", "deal": "D"}
TAG = "dozvon"
XML_PREFIX = "dozvon:"
ORIGINATOR = "dozvon"


class Mapper:
    """One version of a playbook on one portal. What the portal lacks is left out of writes and logged once."""

    def __init__(self, playbook: Playbook, dictionary: Dictionary) -> None:
        self.playbook = playbook
        self._statuses = dictionary.statuses
        self._names = dictionary.names
        self._warned: set[str] = set()
        self._fields: dict[tuple[Entity, str], FieldMap] = {}
        for key, wanted in playbook.fields.items():
            for entity in wanted.on:
                found = dictionary.fields.get((entity, wanted.crm))
                if found is not None:
                    self._fields[entity, key] = FieldMap(wanted, found, labels_of(playbook, key))
        self._stages: dict[tuple[Entity, int, str], tuple[str, str]] = {
            (pipeline.entity, pipeline.category, stage_id(pipeline.entity, pipeline.category, stage.crm)): (name, key)
            for name, pipeline in playbook.pipelines.items()
            for key, stage in pipeline.stages.items()
        }
        self._sources = {source.crm: key for key, source in playbook.sources.items()}

    # Reading ------------------------------------------------------------------------------------------------------

    def stage_of(self, entity: Entity, category: int, status_id: str) -> tuple[str, str] | None:
        """Pipeline and stage of the playbook; None: the playbook does not know where the case stands."""
        return self._stages.get((entity, category if entity == "deal" else 0, status_id))

    def stage_name(self, entity: Entity, category: int, status_id: str) -> str | None:
        """How people of the portal call a stage, known to the playbook or not; None: the dictionaries lack it."""
        return self._names.get((stage_dictionary(entity, category if entity == "deal" else 0), status_id))

    def source_of(self, source_id: Any) -> str | None:
        """The playbook's source."""
        return self._sources.get(str(source_id)) if source_id else None

    def facts_of(self, entity: Entity, row: Mapping[str, Any]) -> dict[str, Any]:
        """What the custom fields of a record hold, as answers by field key; empty ones are left out."""
        facts = {
            key: field.from_portal(row.get(field.name)) for (of, key), field in self._fields.items() if of == entity
        }
        return {key: value for key, value in facts.items() if value is not None}

    def knows(self, entity: Entity, key: str) -> bool:
        """Whether the portal has a place for this field."""
        return (entity, key) in self._fields

    def file_field(self, entity: Entity, key: str) -> str | None:
        """The portal's name of a field for files; None: the playbook or the portal has no such field."""
        field = self._fields.get((entity, key))
        return field.name if field is not None and self.playbook.fields[key].type == "file" else None

    def stages(self, entity: Entity, *, final: bool) -> dict[int, list[str]]:
        """The portal's stage ids that are open or final in the playbook, by pipeline number."""
        found: dict[int, list[str]] = {}
        for (of, category, status_id), (pipeline, key) in self._stages.items():
            if of == entity and (self.playbook.pipelines[pipeline].stages[key].kind != "open") == final:
                found.setdefault(category, []).append(status_id)
        return found

    # Writing ------------------------------------------------------------------------------------------------------

    def place(self, pipeline: str, stage: str | None, *, whole: bool = False) -> dict[str, Any]:
        """The stage as fields of a write; `whole` names a deal's pipeline with it, as a new record needs.

        Raises:
            KeyError: the playbook has no such stage.
        """
        if stage is None:
            return {}
        where = self.playbook.pipelines[pipeline]
        status_id = stage_id(where.entity, where.category, where.stages[stage].crm)
        if status_id not in self._statuses.get(stage_dictionary(where.entity, where.category), frozenset()):
            self._warn(f"stage {status_id}")
            return {}
        if whole and where.entity == "deal":
            return {"categoryId": where.category, "stageId": status_id}
        return {"stageId": status_id}

    def source(self, key: str | None) -> dict[str, Any]:
        """The source as a field of a write."""
        known = self.playbook.sources.get(key) if key is not None else None
        if known is None:
            return {}
        if known.crm not in self._statuses.get(SOURCES, frozenset()):
            self._warn(f"source {known.crm}")
            return {}
        return {"sourceId": known.crm}

    def written(self, entity: Entity, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Answers as custom fields of a write; None clears. What this kind of record does not have is left out."""
        found: dict[str, Any] = {}
        for key, value in facts.items():
            wanted = self.playbook.fields.get(key)
            if wanted is None or entity not in wanted.on:
                continue
            field = self._fields.get((entity, key))
            if field is None:
                self._warn(f"field {wanted.crm} ({entity})")
                continue
            try:
                found[field.name] = field.to_portal(value)
            except (Unwritable, ValueError) as error:
                self._warn(f"a value of {wanted.crm} ({entity}): {error}")
        return found

    def _warn(self, what: str) -> None:
        if what not in self._warned:
            self._warned.add(what)
            log.warning("not written, the portal lacks it: %s", what)


def client_of(row: Mapping[str, Any], contact: Mapping[str, Any] | None = None) -> Client:
    """The client of a lead (own name and contacts) or of a deal (those of its contact).

    A lead that the portal has tied to a known contact may have neither of its own: the contact's are taken.
    """
    own, other = _person(row), _person(contact or {})
    name = own.name or other.name
    phones, emails = own.phones or other.phones, own.emails or other.emails
    return Client(name, phones, emails, own.messengers or other.messengers, zone_of_phones(phones))


def addresses(client: Mapping[str, Any]) -> list[dict[str, str]]:
    """A client's phones, e-mails and messengers as the portal's `fm`."""
    found = [{"typeId": "PHONE", "valueType": "WORK", "value": str(phone)} for phone in client.get("phones", ())]
    found += [{"typeId": "EMAIL", "valueType": "WORK", "value": str(email)} for email in client.get("emails", ())]
    for messenger in client.get("messengers", ()):
        kind, _, value = str(messenger).rpartition(": ")
        found.append({"typeId": "IM", "valueType": kind.upper() or "OTHER", "value": value})
    return found


def person_name(name: str) -> dict[str, str]:
    """«Пётр Проверкин» as the portal's name and last name."""
    first, _, last = " ".join(name.split()).partition(" ")
    return {"name": first, "lastName": last} if last else {"name": first}


def has_phone(row: Mapping[str, Any], phone: str) -> bool:
    """Whether the record has this number, however it is written there."""
    return phone in _person(row).phones


def _person(row: Mapping[str, Any]) -> Client:
    parts = (unescape(str(row.get(part) or "")).strip() for part in ("name", "lastName"))
    phones: list[str] = []
    emails: list[str] = []
    messengers: list[str] = []
    for entry in as_list(row.get("fm")):
        entry = as_dict(entry)
        value = str(entry.get("value") or "").strip()
        match entry.get("typeId"):
            case "PHONE" if value:
                phone = normalise(value)
                phones.append(phone.e164 if phone is not None else value)
            case "EMAIL" if value:
                emails.append(value)
            case "IM" if value:
                messengers.append(f"{str(entry.get('valueType') or 'OTHER').capitalize()}: {value}")
    name = " ".join(part for part in parts if part)
    return Client(name, _unique(phones), _unique(emails), _unique(messengers))


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def number(value: Any) -> int | None:
    """A reference of the portal: 0 and empty are none."""
    return as_int(value) or None
