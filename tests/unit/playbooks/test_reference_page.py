"""The playbook reference in the documentation is what the schema says now."""

from __future__ import annotations

import runpy
from pathlib import Path

from bot.playbooks.model import Playbook

DOCS = Path(__file__).parents[3] / "docs"


def test_the_page_is_fresh() -> None:
    made = runpy.run_path(str(DOCS / "playbook_reference.py"))["reference"]()
    assert (DOCS / "playbook-reference.md").read_text(encoding="utf-8") == made


def test_it_tells_of_every_key() -> None:
    text = (DOCS / "playbook-reference.md").read_text(encoding="utf-8")
    assert [name for name in Playbook.model_fields if f"`{name}`" not in text] == []
