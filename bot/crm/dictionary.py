"""The portal's own words: stages, sources, custom fields with their list items. Read once, used by every mapping."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.crm.client import CrmClient
from bot.crm.commands import Command
from bot.crm.encode import as_flag, as_int, as_list, unescape
from bot.crm.errors import CrmError
from bot.crm.reading import rows_of
from bot.crm.wanted import Entity, Field, Item
from bot.playbooks.model import Playbook

log = logging.getLogger(__name__)

ENTITIES: tuple[Entity, ...] = ("lead", "deal")
SOURCES = "SOURCE"
_SORTED = {"order": {"SORT": "ASC"}}


@dataclass(frozen=True, slots=True)
class Dictionary:
    """What the portal has.

    Args:
        statuses: the ids of each dictionary (STATUS, DEAL_STAGE, DEAL_STAGE_<category>, SOURCE).
        fields: custom fields by entity and full name.
        missing: what the playbook names and the portal lacks, in words for an admin; writes of it are left out.
        names: how people call each status, by dictionary and id.
    """

    statuses: Mapping[str, frozenset[str]]
    fields: Mapping[tuple[Entity, str], Field]
    missing: tuple[str, ...] = field(default=())
    names: Mapping[tuple[str, str], str] = field(default_factory=dict)


async def load_dictionary(client: CrmClient, playbook: Playbook) -> Dictionary:
    """Read the portal's dictionaries; what the playbook lacks there is logged once and kept in `missing`.

    Raises:
        CrmError: a dictionary could not be read.
    """
    rows = await _read(client)
    statuses: dict[str, set[str]] = {}
    names: dict[tuple[str, str], str] = {}
    for row in rows["statuses"]:
        where, status_id = str(row.get("ENTITY_ID")), str(row.get("STATUS_ID"))
        statuses.setdefault(where, set()).add(status_id)
        names[where, status_id] = unescape(str(row.get("NAME") or "")) or status_id
    fields = {(entity, str(row.get("FIELD_NAME", ""))): _field(row) for entity in ENTITIES for row in rows[entity]}
    known = {name: frozenset(ids) for name, ids in statuses.items()}
    missing = what_lacks(playbook, known, fields)
    for one in missing:
        log.warning("the portal lacks what the playbook names: %s", one)
    return Dictionary(known, fields, missing, names)


async def _read(client: CrmClient) -> dict[str, list[dict[str, Any]]]:
    """The rows of all lists, read together: one request as a rule, so that a full bucket cannot cut it in two."""
    asked = {"statuses": Command("crm.status.list")}
    asked |= {entity: Command(f"crm.{entity}.userfield.list", _SORTED) for entity in ENTITIES}
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in asked}
    while asked:
        following: dict[str, Command] = {}
        for name, outcome in (await client.batch(asked)).items():
            if isinstance(outcome, CrmError):
                raise outcome
            rows[name] += rows_of(outcome.value)
            if outcome.next is not None:
                params = {**asked[name].params, "start": outcome.next}
                following[name] = Command(asked[name].method, params)
        asked = following
    return rows


def what_lacks(
    playbook: Playbook, statuses: Mapping[str, frozenset[str]], fields: Mapping[tuple[Entity, str], Field]
) -> tuple[str, ...]:
    """What the playbook names and the portal does not have."""
    lacking: list[str] = []
    for pipeline in playbook.pipelines.values():
        name = stage_dictionary(pipeline.entity, pipeline.category)
        lacking += [
            f"стадия {stage.crm} «{stage.title}» ({name})"
            for stage in pipeline.stages.values()
            if stage_id(pipeline.entity, pipeline.category, stage.crm) not in statuses.get(name, frozenset())
        ]
    lacking += [
        f"источник {source.crm} «{source.title}»"
        for source in playbook.sources.values()
        if source.crm not in statuses.get(SOURCES, frozenset())
    ]
    for wanted in playbook.fields.values():
        lacking += [
            f"поле {wanted.crm} «{wanted.title}» ({entity})"
            for entity in wanted.on
            if (entity, wanted.crm) not in fields
        ]
    return tuple(lacking)


def stage_dictionary(entity: Entity, category: int) -> str:
    """The dictionary that holds the stages of a pipeline."""
    if entity == "lead":
        return "STATUS"
    return f"DEAL_STAGE_{category}" if category else "DEAL_STAGE"


def stage_id(entity: Entity, category: int, crm: str) -> str:
    """A stage's full id: in other pipelines than the first it carries the pipeline's number, which may be left out."""
    prefix = f"C{category}:"
    return crm if entity == "lead" or not category or crm.startswith(prefix) else prefix + crm


def _field(row: Mapping[str, Any]) -> Field:
    items = tuple(
        Item(as_int(item.get("ID")) or 0, str(item.get("XML_ID") or ""), unescape(str(item.get("VALUE", ""))))
        for item in as_list(row.get("LIST"))
    )
    return Field(as_int(row.get("ID")) or 0, str(row.get("USER_TYPE_ID", "")), as_flag(row.get("MULTIPLE")), items)
