"""Figures of a floor in a span of time, and what may honestly be said of a share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from math import ceil, floor, sqrt
from statistics import median

FEWEST = 30
"""Of fewer cases no conclusion is drawn from a share."""
_Z = 1.96
"""Of a 95 % interval."""
_NEAR = 1e-9


@dataclass(frozen=True, slots=True)
class Far:
    """A next contact that was put far ahead."""

    owner: int | None
    client: str
    at: datetime
    reason: str


@dataclass(slots=True)
class Figures:
    """What was done and what was left, of a whole floor, one person or one source."""

    done: int = 0
    """Tasks that people have worked off."""
    late: int = 0
    """Of these, after they were overdue."""
    left: int = 0
    """Open tasks that are due by the end of the span."""
    overdue: int = 0
    """Of these, overdue now."""
    arrived: int = 0
    """New leads."""
    night: int = 0
    """Of these, while nobody worked: they are no part of the first-touch figures."""
    within: int | None = None
    """Seconds of working time in which a first touch is due, by the playbook."""
    measured: int = 0
    """New leads whose first touch has come or is late."""
    in_time: int = 0
    waits: list[int] = field(default_factory=list)
    """Seconds of working time until the first touch."""
    dials: int = 0
    reached: int = 0
    meetings_set: int = 0
    meetings_held: int = 0
    meetings_due: int = 0
    contracts: int = 0
    activated: int = 0
    kept: int = 0
    """Promises met in time."""
    kept_late: int = 0
    broken: int = 0
    """Promises that were overdue and still are not met, or never will be."""
    closed_past_us: int = 0
    """Tasks closed in the CRM without answers."""
    untold: int = 0
    """Of these, still without a result now."""
    moved_by_hand: int = 0
    marks: Counter[str] = field(default_factory=Counter)
    far: list[Far] = field(default_factory=list)

    @property
    def promised(self) -> int:
        """Promises whose time has come."""
        return self.kept + self.kept_late + self.broken

    @property
    def median_wait(self) -> int | None:
        """Seconds of working time in which half of the new leads were touched."""
        return round(median(self.waits)) if self.waits else None

    @property
    def empty(self) -> bool:
        """Whether nothing at all has happened."""
        return self == Figures()

    def add(self, other: Figures) -> None:
        """Count the other's figures as well: a week is the sum of its days."""
        for one in fields(self):
            mine, theirs = getattr(self, one.name), getattr(other, one.name)
            if one.name == "within":
                self.within = theirs if self.within is None else self.within
            else:
                setattr(self, one.name, mine + theirs)


def commonest(counts: Mapping[str, int], most: int, others: str) -> list[tuple[str, int]]:
    """At most so many, the commonest first; those for which there is no room together as `others`: it still adds up."""
    found = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    if len(found) <= most:
        return found
    return [*found[: most - 1], (others, sum(count for _, count in found[most - 1 :]))]


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def percent(self) -> int:
        """Rounded, halves up; 0 and 100 only where it is none and all. 0 of nothing."""
        if not 0 < self.part < self.whole:
            return 100 if self.part and self.part == self.whole else 0
        return min(99, max(1, (200 * self.part + self.whole) // (2 * self.whole)))

    @property
    def enough(self) -> bool:
        """Whether anything may be concluded from it."""
        return self.whole >= FEWEST

    def interval(self) -> tuple[int, int]:
        """Wilson's 95 % interval in percent, rounded outwards; everything where there is nothing."""
        if not self.whole:
            return 0, 100
        n, p = self.whole, self.part / self.whole
        middle = (p + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
        half = _Z * sqrt(p * (1 - p) / n + _Z**2 / (4 * n * n)) / (1 + _Z**2 / n)
        low, high = max(0.0, middle - half), min(1.0, middle + half)
        return floor(100 * low + _NEAR), ceil(100 * high - _NEAR)
