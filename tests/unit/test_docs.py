"""What the documents name is there: files, settings, metrics, commands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

from bot.__main__ import cli
from bot.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_links_lead_somewhere(page: Path) -> None:
    links = [link for link in _LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_readme_lists_every_setting_and_no_other() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text[text.index("| setting |") : text.index("## Commands")]
    firsts = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    assert {name for cell in firsts for name in re.findall(r"`([A-Z0-9_]+)`", cell)} == {
        name.upper() for name in Settings.model_fields
    }


def test_the_readme_lists_every_command() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text[text.index("## Commands") : text.index("## Rooms")]
    group = get_command(cli)
    commands = getattr(group, "commands", {})
    assert {"demo", "run"} <= set(commands)
    assert [name for name in commands if f"`dozvon {name}" not in table] == []


def test_operations_name_every_metric() -> None:
    source = (ROOT / "bot" / "web" / "metrics.py").read_text(encoding="utf-8")
    metrics = re.findall(r'"(dozvon_\w+)"', source)
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert metrics
    assert [name for name in metrics if f"`{name}`" not in text] == []
