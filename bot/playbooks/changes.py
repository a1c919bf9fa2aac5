"""From an admin's words to a proposed new text of the playbook, checked like any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from bot.locales.ru import changes as ru
from bot.playbooks.edit import Change, edited
from bot.playbooks.errors import PlaybookInvalid
from bot.playbooks.load import Loaded, load
from bot.playbooks.model import Playbook
from bot.playbooks.spoken.alerts import alert_changes
from bot.playbooks.spoken.cadence import cadence_changes
from bot.playbooks.spoken.findings import say_finding
from bot.playbooks.spoken.hours import day_changes, hours_changes
from bot.playbooks.spoken.reading import Refused
from bot.playbooks.spoken.sources import source_changes
from bot.playbooks.spoken.terms import term_changes

__all__ = ["SUBJECTS", "Refused", "changes_of", "proposed"]

_READERS: Mapping[str, Callable[[Playbook, str, date], list[Change]]] = {
    "cadence": lambda playbook, text, _today: cadence_changes(playbook, text),
    "sla": lambda playbook, text, _today: term_changes(playbook, text),
    "hours": hours_changes,
    "holidays": day_changes,
    "sources": lambda playbook, text, _today: source_changes(playbook, text),
    "alerts": lambda playbook, text, _today: alert_changes(playbook, text),
}
SUBJECTS = tuple(_READERS)
"""The commands whose words are changes."""
LONGEST = 500
"""Characters of a command that are looked at."""


def changes_of(subject: str, playbook: Playbook, text: str, today: date) -> list[Change]:
    """What the words after a command ask for; at least one change.

    Raises:
        Refused: they were not understood or cannot be; the sentence says what is allowed.
    """
    if len(text) > LONGEST:
        raise Refused(ru.TOO_MANY_WORDS.format(most=LONGEST))
    return _READERS[subject](playbook, text, today)


def proposed(text: str, subject: str, playbook: Playbook, words: str, today: date) -> Loaded:
    """The text with the words' changes made, as a valid playbook.

    Raises:
        Refused: as `changes_of`; or the playbook would not be valid with them.
        EditImpossible: the place cannot be changed alone.
    """
    changes = changes_of(subject, playbook, words, today)
    try:
        return load(edited(text, changes), like=playbook)
    except PlaybookInvalid as error:
        raise Refused(
            ru.INVALID.format(findings="\n".join(_short(say_finding(one)) for one in error.findings[:3]))
        ) from error


def _short(finding: str) -> str:
    return finding if len(finding) <= 200 else f"{finding[:199]}…"
