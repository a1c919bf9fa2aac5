"""What people are told of a playbook's publication: before it, and afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.engine.verdicts import Kept


class Mode(StrEnum):
    """Which cases a publication is for."""

    NEW = "new"
    """Cases that begin from now on; those in work go on as they began."""
    ALL = "all"
    """Those in work as well."""


@dataclass(frozen=True, slots=True)
class Example:
    """A task that gets another time. `name` is the client's, without surname: admins need not know their clients."""

    name: str
    before: datetime
    after: datetime


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of the cases if this were published for all of them now."""

    retimed: int = 0
    """Open tasks that get another time."""
    kept: Mapping[Kept, int] = field(default_factory=dict)
    """Live cases whose open task keeps its time, by reason."""
    closed: int = 0
    """Finished cases: they stay as they are."""
    incompatible: Mapping[str, int] = field(default_factory=dict)
    """Live cases that stay on their version because the new one has no place for them, by reason in words."""
    examples: Sequence[Example] = ()
    """A few of the tasks that get another time, the soonest first."""


@dataclass(frozen=True, slots=True)
class Published:
    """What a publication did. With `Mode.NEW` nothing became of the cases in work, and everything below is empty."""

    hash: str
    at: datetime
    mode: Mode
    retimed: int = 0
    kept: Mapping[Kept, int] = field(default_factory=dict)
    closed: int = 0
    incompatible: Mapping[str, int] = field(default_factory=dict)
