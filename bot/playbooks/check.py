"""Cross-checks between the parts of a playbook: what is impossible is an error."""

from __future__ import annotations

from bot.playbooks.conditions import check_conditions
from bot.playbooks.errors import Finding
from bot.playbooks.figures import check_figures
from bot.playbooks.forms import check_forms
from bot.playbooks.model import Playbook
from bot.playbooks.order import check_order
from bot.playbooks.reach import check_reach
from bot.playbooks.references import check_references
from bot.playbooks.source import Document
from bot.playbooks.touches import check_touches


def check(playbook: Playbook, document: Document) -> list[Finding]:
    """Every error. The ways through the questionnaires are tried out only when all names and conditions are right."""
    found = [
        *check_references(playbook, document),
        *check_conditions(playbook, document),
        *check_figures(playbook, document),
        *check_touches(playbook, document),
    ]
    if not found:
        found = check_forms(playbook, document)
    if found:
        return found
    return [*check_order(playbook, document), *check_reach(playbook, document)]
