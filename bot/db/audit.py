"""Who changed what of the floor itself: people, absences, groups, refused writes, barred numbers, the playbook.

What happens to one case is told by its journal. A line is written in the transaction of the change, in data with the
names of that moment; `bot.screens.audit` words it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import tables as t
from bot.db.people import Person


class Change(StrEnum):
    """What somebody did. What stands before the point is its subject, by which lines are looked for."""

    INVITED = "people.invited"
    JOINED = "people.joined"
    SHUT_OUT = "people.shut_out"
    ROLE = "people.role"
    SHIFT = "people.shift"
    DUTY = "people.duty"
    NO_DUTY = "people.no_duty"
    SICK = "absence.sick"
    LEAVE = "absence.leave"
    BACK = "absence.back"
    SHARED = "absence.shared"
    KEPT = "absence.kept"
    HANDED = "absence.handed"
    BOUND = "group.bound"
    BOUND_TEAM = "group.bound_team"
    UNBOUND = "group.unbound"
    LEFT = "group.left"
    MUTED = "group.muted"
    LED = "team.led"
    TEAM_SHIFT = "team.shift"
    RETRIED = "crm.retried"
    SKIPPED = "crm.skipped"
    LIFTED = "number.lifted"
    PUBLISHED = "playbook.published"

    @property
    def subject(self) -> str:
        """Its part before the point."""
        return self.value.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Line:
    """One change.

    Args:
        at: when.
        who: the name of who did it; empty: the bot itself, at a start for instance.
        what: a value of `Change`.
        words: the names and figures of its sentence.
    """

    at: datetime
    who: str
    what: str
    words: Mapping[str, str]


async def note(connection: AsyncConnection, at: datetime, by: Person | str | None, what: Change, **words: str) -> None:
    """One more line, in the transaction of the change itself.

    Args:
        connection: the open transaction.
        at: now.
        by: who does it, or his name; None: the bot itself.
        what: the kind of change.
        words: what its sentence in `bot.locales.ru.audit` names.
    """
    who = by.name if isinstance(by, Person) else by or ""
    await connection.execute(insert(t.audit).values(at=at, who=who, what=what.value, words=words))


async def recent(connection: AsyncConnection, limit: int) -> list[Line]:
    """The newest lines, the newest first."""
    columns = t.audit.c
    query = select(columns.at, columns.who, columns.what, columns.words).order_by(columns.id.desc()).limit(limit)
    return [Line(*row) for row in await connection.execute(query)]
