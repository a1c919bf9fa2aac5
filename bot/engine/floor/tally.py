"""What is counted while the floor works. Whole numbers only: sums do not depend on who counted which part."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields


@dataclass(slots=True)
class Tally:
    """Counts of one or several managers."""

    leads: int = 0
    reached: int = 0
    lost: int = 0
    """Given up without having been reached."""
    qualified: int = 0
    dials: int = 0
    dialled: Counter[int] = field(default_factory=Counter)
    """Number of a lead's dial → leads that had it."""
    reached_by: Counter[int] = field(default_factory=Counter)
    """Number of the dial → leads reached by it."""
    called_back: int = 0
    """Leads reached because they called themselves."""
    hours: Counter[int] = field(default_factory=Counter)
    """Hour of the company's day → dials in the days of the run."""
    misses: int = 0
    """In the days of the run, like the next four."""
    talks: int = 0
    minutes: int = 0
    """That managers were at their phones or could have been."""
    days: int = 0
    """Managers' working days."""
    late_days: int = 0
    """Of them, with something that became overdue."""
    tasks: int = 0
    late: int = 0
    """Tasks that were done after they had become overdue, or never."""
    first: int = 0
    """First tasks that were done."""
    first_kept: int = 0
    """By their due time."""
    waits: Counter[int] = field(default_factory=Counter)
    """Working minutes from the arrival to the first dial → leads."""

    def add(self, other: Tally) -> None:
        """Count in what somebody else has counted."""
        for one in fields(self):
            mine, theirs = getattr(self, one.name), getattr(other, one.name)
            if isinstance(mine, Counter):
                mine.update(theirs)
            else:
                setattr(self, one.name, mine + theirs)
