"""The shape of a playbook as JSON Schema, for editors and for the reference."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from bot.playbooks.model import Playbook, write_duration


class _Generator(GenerateJsonSchema):
    """Defaults as an author writes them."""

    def encode_default(self, dft: Any) -> Any:
        return write_duration(dft) if isinstance(dft, timedelta) else super().encode_default(dft)


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a playbook; `schema.json` beside this module holds the same."""
    shape = Playbook.model_json_schema(schema_generator=_Generator)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **shape}


def schema_text() -> str:
    """The text of `schema.json`."""
    return json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"
