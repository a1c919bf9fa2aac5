"""Whatever the loader and the linter can say is said in Russian on the phone."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

import bot.playbooks
from bot.engine import years
from bot.locales.ru import findings as ru
from bot.playbooks.errors import Finding
from bot.playbooks.lint import lint_text
from bot.playbooks.spoken.findings import in_russian, knows, say_finding
from tests.unit.playbooks.test_playbook_errors import BROKEN, SMALL

ROOM = Path(bot.playbooks.__file__).parent
SAYS_NOTHING = {"choose", "compare", "edit", "graph", "model", "quoting", "schema", "standing", "stepping", "tree"}
SHAPES = {"asked", "duties", "ends", "ladders", "shifts"}
"""Docstrings of fields only."""
NO_FINDINGS = re.compile(
    r"^(\W*|в работе|не определен|не определено|не разобрано|at least|at most|more than|less than"
    r"|A window of the day: .*|`off`, or the window .*|An identifier: .*|.*pydantic.*)$"
)
"""Strings with a space that are no sentence of a finding."""


_KEYS = {"window", "days", "off", "and", "since", "true", "false", "open", "failure", "hours", "mon", "fri", "money"}
_COMPOSED = re.compile(r"^\W*(X\W+)?X\W*$")
"""Sentences of two others."""


def sentences(source: Path) -> set[str]:
    """Every string of the functions and tables of a module that looks like words, `X` in the place of a figure."""
    tree = ast.parse(source.read_text(encoding="utf-8"))
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    told |= {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    found = set()
    for node in ast.walk(tree):
        if id(node) in told:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        elif isinstance(node, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else "X" for part in node.values)
            text = "".join(str(part) for part in parts)
        else:
            continue
        if " " in text.strip() and not NO_FINDINGS.match(text):
            found.add(text)
    return found


MODULES = [path for path in sorted(ROOM.glob("*.py")) if path.stem not in SAYS_NOTHING | SHAPES]


@pytest.mark.parametrize("module", [*MODULES, Path(years.__file__)], ids=lambda path: path.stem)
def test_the_table_has_every_sentence(module: Path) -> None:
    said = sentences(module)
    # «… is not a duration; write …» is parted at its semicolon before it becomes a finding.
    parts = {part for text in said for part in (text.split("; ") if module.stem == "values" else [text])}
    left = {text: english(text.replace("{}", "X")) for text in sorted(parts) if not _COMPOSED.match(text)}
    assert {text: words for text, words in left.items() if words} == {}


def english(sentence: str) -> list[str]:
    """English words that its Russian form still has, names, examples and keys of the format not counted."""
    said = next((told for told in (sentence, f'"X" {sentence}') if knows(told)), sentence)
    plain = re.sub(r"`[^`]*`|\{[^}]*\}|\[[^\]]*\]|«[^»]*»|\([^)]*\)|kind: \w+", "", in_russian(said))
    return [word for word in re.findall(r"[a-z]{3,}", plain) if word not in _KEYS]


def test_places_of_the_two_sentences_are_the_same() -> None:
    for english, russian in ru.SENTENCES.items():
        assert set(re.findall(r"%\d", english)) == set(re.findall(r"%\d", russian)), english


def test_the_particular_sentence_wins() -> None:
    assert in_russian("use kind: choice, or `alone: true`") == "возьмите kind: choice или `alone: true`"
    assert in_russian("use at most 30") == "не больше 30"
    assert in_russian("a mapping stands where a list is needed") == "стоит набор «ключ: значение», а нужно список"
    assert in_russian('did you mean "no_contact"?') == "может быть, «no_contact»?"
    assert in_russian("unheard of") == "unheard of"


@pytest.mark.parametrize("case", BROKEN, ids=[case["name"] for case in BROKEN])
def test_each_mistake_is_told_in_russian(case: dict[str, Any]) -> None:
    """Outside of names, quotes and examples no English word is left."""
    for finding in lint_text(SMALL.replace(case["old"], case["new"], 1), "small.yaml"):
        assert knows(finding.problem), finding.problem
        assert not finding.mend or knows(finding.mend), finding.mend
        told = say_finding(finding)
        assert told.startswith(f"строка {finding.line}")
        assert finding.path in told


def test_a_finding_is_one_sentence() -> None:
    found = Finding("a.yaml", 7, "cadences.calls.attempts", "99 is out of range", "use at most 30", "advice", "rule")
    assert say_finding(found) == "строка 7, cadences.calls.attempts: 99 – вне допустимого. Не больше 30 [rule]"
    assert say_finding(Finding("a.yaml", 0, "", "is not UTF-8 text")) == "файл: это не текст в UTF-8"
