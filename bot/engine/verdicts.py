"""What another playbook version makes of a case: words that previews, journals and audits share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kept(StrEnum):
    """Why the open task keeps its time although the case takes another version."""

    OPEN = "open"
    """Somebody is answering, or may still take his answer back: the case takes the new version afterwards."""
    PROMISED = "promised"
    """The time was agreed with the client."""
    SHOWN = "shown"
    """Its card was shown already, or it is worked on."""
    BY_HAND = "by_hand"
    """A person has moved it in the CRM."""
    OTHER = "other"
    """Something else than a rule has placed it: an answer, the queue of a night, the first days with the bot."""
    DUE_SOON = "due_soon"
    """It is due within the hour."""
    PASSED = "passed"
    """Its time by the new version has passed, or is less than an hour ahead."""
    LAST = "last"
    """The new version has fewer attempts; the one that is planned stays."""
    SAME = "same"
    """The new version gives the same time, or there is no task."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a case, or would: its open task is moved where neither `kept` nor `misfit` says why not."""

    kept: Kept | None = None
    misfit: str | None = None
    """Why the case stays on its version, in words: the new one has no place for it."""

    @property
    def retimed(self) -> bool:
        """Whether the open task gets another time."""
        return self.kept is None and self.misfit is None

    @property
    def waits(self) -> bool:
        """Whether the case stays on its version for now."""
        return self.misfit is not None or self.kept is Kept.OPEN
