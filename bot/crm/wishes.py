"""What a playbook needs of a portal: stages, sources and fields."""

from __future__ import annotations

from bot.crm.wanted import WantedField, WantedStatus
from bot.playbooks.model import CrmField, Pipeline, Playbook

_SEMANTICS = {"open": "P", "success": "S", "failure": "F"}
_TYPES = {
    "choice": "enumeration",
    "multi": "enumeration",
    "text": "string",
    "datetime": "datetime",
    "integer": "integer",
    "money": "money",
    "date": "date",
    "file": "file",
}


def wishes_of(playbook: Playbook) -> list[WantedStatus | WantedField]:
    """In the order of the document: stages, sources, fields."""
    wishes: list[WantedStatus | WantedField] = []
    for pipeline in playbook.pipelines.values():
        wishes.extend(_stages(pipeline))
    wishes.extend(WantedStatus("SOURCE", source.crm, source.title) for source in playbook.sources.values())
    for key, field in playbook.fields.items():
        wishes.extend(_fields(playbook, key, field))
    return wishes


def _stages(pipeline: Pipeline) -> list[WantedStatus]:
    if pipeline.entity == "lead":
        dictionary, prefix = "STATUS", ""
    elif pipeline.category:
        dictionary, prefix = f"DEAL_STAGE_{pipeline.category}", f"C{pipeline.category}:"
    else:
        dictionary, prefix = "DEAL_STAGE", ""
    return [
        WantedStatus(dictionary, f"{prefix}{stage.crm}", stage.title, _SEMANTICS[stage.kind])  # type: ignore[arg-type]
        for stage in pipeline.stages.values()
    ]


def _fields(playbook: Playbook, key: str, field: CrmField) -> list[WantedField]:
    items: dict[str, str] = {}
    for question in playbook.questions.values():
        if question.field == key and field.type in ("choice", "multi"):
            items |= {option: one.label for option, one in question.options.items() if one.stored}
    return [
        WantedField(
            entity, field.crm, _TYPES[field.type], field.type in ("multi", "file"), field.title, tuple(items.items())
        )
        for entity in field.on
    ]
