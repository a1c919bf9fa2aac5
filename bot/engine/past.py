"""What the CRM tells of a client from before his case: earlier leads and deals, and what their timelines hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

About = tuple[str, int]
"""`lead`, `deal` or `contact`, and its number in the CRM."""
NoteKind = Literal["comment", "call", "letter", "meeting", "other"]


@dataclass(frozen=True, slots=True)
class Record:
    """An earlier lead or deal of the client."""

    entity: Literal["lead", "deal"]
    crm_id: int
    stage: str
    """Title of its stage in the CRM, which the playbook need not know."""
    closed: bool
    owner: int | None
    """CRM user who was responsible."""
    began_at: datetime
    ended_at: datetime | None = None
    """When it came into its final stage."""
    comment: str = ""
    """What people wrote into the record itself."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What its custom fields hold, by the playbook's field key."""
    lead: int | None = None
    """The lead that a deal was made from."""

    @property
    def about(self) -> About:
        """Kind and number."""
        return self.entity, self.crm_id


@dataclass(frozen=True, slots=True)
class Note:
    """A line of a timeline that is not ours: a comment, a call, a letter."""

    about: About
    at: datetime
    by: int | None
    """CRM user."""
    kind: NoteKind
    text: str
    inward: bool = False
    """From the client."""


@dataclass(frozen=True, slots=True)
class Past:
    """Everything of that kind about one client. Never logged."""

    records: tuple[Record, ...] = ()
    """Newest first."""
    notes: tuple[Note, ...] = ()
    """Newest first, those of the case's own record among them."""
    names: Mapping[int, str] = field(default_factory=dict)
    """Names of CRM users who are named here and not linked to the bot."""

    def users(self) -> set[int]:
        """The CRM users who are named here."""
        return {user for user in (*(one.owner for one in self.records), *(one.by for one in self.notes)) if user}
