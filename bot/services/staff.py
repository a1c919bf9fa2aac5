"""Who takes a task that waits for a role."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import cases as db_cases
from bot.db import tables as t
from bot.db.people import People, Person
from bot.engine.case import Case
from bot.playbooks.model import Playbook
from bot.services.covers import loads
from bot.services.oversight import is_parted, reached, team_of

_OVERSEES = "supervisor"
"""The role whose people have clients by their team."""


async def taker_of(
    connection: AsyncConnection, people: People, playbook: Playbook, case: Case, role: str, now: datetime
) -> int | None:
    """The CRM user of this role who takes a task of this client. None: nobody of the role is linked.

    Whoever of it had the client last, in this case or an earlier one, has him again; otherwise who is at work, of
    several the one with the fewest open tasks, then the one who was there first. Who cannot be reached comes after all
    who can, who is absent after everybody. Of several teams a client has the supervisors of his own.
    """
    linked = [person for person in people.all if person.role == role and person.crm_user_id is not None]
    able = overseers(people, role, case, now) or linked
    if not able:
        return None
    known = await _who_had(connection, case, [person.crm_user_id or 0 for person in able])
    load = await loads(connection)

    def order(person: Person) -> tuple[bool, bool, int, bool, int, int]:
        user = person.crm_user_id or 0
        place = known.index(user) if user in known else len(known)
        off, away = not people.staff.works(playbook, user, now), people.staff.is_away(user, now)
        return away, not person.reachable, place, off, load.get(user, 0), person.id

    return min(able, key=order).crm_user_id


def overseers(people: People, role: str, case: Case, now: datetime, *, besides: Person | None = None) -> list[Person]:
    """Of a task that waits for a supervisor, while there are teams: who leads the client's, or stands in; else nobody.

    `besides`: somebody who is not meant.
    """
    if role != _OVERSEES or not is_parted(people):
        return []
    led = reached(people, team_of(people, case), now, besides=besides)
    return [person for person in led if person.crm_user_id is not None and person != besides]


async def _who_had(connection: AsyncConnection, case: Case, users: Collection[int]) -> Sequence[int]:
    """Which of these had tasks of this client or took part in his meetings, the latest first."""
    tasks = t.tasks.c
    others = [one.id for one in await db_cases.sharing_contacts(connection, case)]
    query = (
        select(tasks.owner, tasks.second)
        .where(tasks.case_id.in_([case.id, *others]), or_(tasks.owner.in_(users), tasks.second.in_(users)))
        .order_by(tasks.due_at.desc(), tasks.id.desc())
    )
    rows = await connection.execute(query)
    return list(dict.fromkeys(user for row in rows for user in (row.owner, row.second) if user in users))
