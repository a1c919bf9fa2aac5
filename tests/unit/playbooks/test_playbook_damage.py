"""However a playbook is damaged, loading answers with findings and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bot.playbooks.errors import PlaybookInvalid
from bot.playbooks.load import load
from bot.playbooks.source import Document

SMALL: dict[str, Any] = json.loads(
    json.dumps(Document((Path(__file__).parent / "small.yaml").read_text(encoding="utf-8"), "small.yaml").data)
)
JUNK: list[Any] = [None, 1, -1, "x", "", True, [], {}, [1], ["x"], {"a": 1}, {"when": 1}, 1e400, "9:99"]
JARGON = ("Input should", "pydantic", "validation error", "Traceback", "<class")


def places(part: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    inside = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, value in inside:
        yield from places(value, (*path, key))


def damaged(path: tuple[Any, ...], junk: Any) -> str:
    whole = deepcopy(SMALL)
    part = whole
    for key in path[:-1]:
        part = part[key]
    if junk is KeyError:
        del part[path[-1]]
    else:
        part[path[-1]] = junk
    return json.dumps(whole, ensure_ascii=False)


@pytest.mark.parametrize("junk", [*JUNK, KeyError], ids=repr)
def test_a_damaged_part_is_answered_with_findings(junk):
    said = [says(damaged(path, junk)) for path in Random(repr(junk)).sample(list(places(SMALL)), 10)]
    assert any(said)
    assert [line for line in said if any(word in line for word in JARGON)] == []


def says(text: str) -> str:
    """What loading refuses the text with; empty when it loads."""
    try:
        load(text)
    except PlaybookInvalid as error:
        return str(error) or "refused without a word: Traceback"
    return ""
