"""Everything that can be said about a playbook file: its errors, or else the advice that no note answers."""

from __future__ import annotations

from pathlib import Path as FilePath

from bot.playbooks.check import check
from bot.playbooks.errors import Finding, PlaybookInvalid, did_you_mean, say_path
from bot.playbooks.load import parse, read
from bot.playbooks.model import LintNote, Playbook
from bot.playbooks.rules import Advice, advise, rule_names
from bot.playbooks.source import Document


def lint_file(path: FilePath) -> list[Finding]:
    """Findings of a file in the order of its lines; an unreadable or impossible one has only errors."""
    try:
        return lint_text(read(path), path.name)
    except PlaybookInvalid as error:
        return error.findings


def lint_text(text: str, name: str = "playbook.yaml") -> list[Finding]:
    """As `lint_file`, for a text."""
    try:
        document = Document(text, name)
        playbook = parse(document)
    except PlaybookInvalid as error:
        return error.findings
    findings = check(playbook, document) or _advice(playbook, document)
    return sorted(findings, key=lambda finding: (finding.line, finding.path, finding.rule))


def _advice(playbook: Playbook, document: Document) -> list[Finding]:
    all_advice = list(advise(playbook))
    left = [advice for advice in all_advice if not any(_answers(note, advice) for note in playbook.lint)]
    found = [_finding(document, advice.path, advice.problem, advice.mend, advice.rule) for advice in left]
    for index, note in enumerate(playbook.lint):
        here = ("lint", index, "ignore")
        rule = note.ignore.partition("@")[0]
        if rule not in rule_names():
            mend = did_you_mean(rule, rule_names())
            found.append(_finding(document, here, f'there is no rule "{rule}"', mend, "lint_note"))
        elif not any(_answers(note, advice) for advice in all_advice):
            problem = f'"{note.ignore}" answers no advice'
            found.append(_finding(document, here, problem, "remove the note", "lint_note"))
    return found


def _answers(note: LintNote, advice: Advice) -> bool:
    rule, _, place = note.ignore.partition("@")
    return rule == advice.rule and (not place or advice.place == place or advice.place.startswith(f"{place}."))


def _finding(document: Document, path: tuple[str | int, ...], problem: str, mend: str, rule: str) -> Finding:
    return Finding(document.file, document.line(path), say_path(path), problem, mend, "advice", rule)
