"""The shape of a playbook as JSON Schema, for editors and for the reference."""

from __future__ import annotations

import json
from typing import Any

from bot.playbooks.model import Playbook


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a playbook; `schema.json` beside this module holds the same."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Playbook.model_json_schema()}


def schema_text() -> str:
    """The text of `schema.json`."""
    return json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"
