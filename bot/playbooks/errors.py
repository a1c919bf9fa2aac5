"""What is wrong with a playbook, in lines that name the place and the mend."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from bot.errors import DozvonError

Path = tuple[str | int, ...]
"""Keys and list positions from the top of the document."""


def say_path(path: Path) -> str:
    """`questionnaires.lead_call.steps[2].ask`; the document itself is empty text."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A mend: the nearest known word, otherwise the known words themselves (at most ten)."""
    words = list(known)
    near = get_close_matches(word, words, n=1, cutoff=0.6)
    if near:
        return f'did you mean "{near[0]}"?'
    if not words:
        return "none is defined yet"
    more = ", …" if len(words) > 10 else ""
    return f"use one of: {', '.join(words[:10])}{more}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong (`error`: the playbook is not loaded) or could be better (`advice`)."""

    file: str
    """Name of the file, without folders."""
    line: int
    """Counted from 1; 0 when the whole file is meant."""
    path: str
    problem: str
    mend: str = ""
    level: Literal["error", "advice"] = "error"
    rule: str = ""
    """The name by which a `lint` note ignores this advice."""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" + (f" {self.path}" if self.path else "")
        rule = f" [{self.rule}]" if self.rule else ""
        return f"{place}: {self.problem}" + (f"; {self.mend}" if self.mend else "") + rule


class PlaybookInvalid(DozvonError):
    """The playbook cannot be used; `str()` is one line for each finding."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = sorted(findings, key=lambda finding: (finding.line, finding.path))
        super().__init__("\n".join(str(finding) for finding in self.findings))
