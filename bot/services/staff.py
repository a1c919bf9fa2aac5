"""Who takes a task that waits for a role."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import tables as t
from bot.db.people import People


async def least_busy(connection: AsyncConnection, people: People, role: str) -> int | None:
    """The CRM user of this role with the fewest open tasks, of several the one who was there first.

    Somebody who can be reached comes before everybody who cannot. None: nobody of the role is linked.
    """
    able = [person for person in people.all if person.role == role and person.crm_user_id is not None]
    if not able:
        return None
    columns = t.tasks.c
    query = (
        select(columns.owner, func.count().label("tasks"))
        .where(columns.state == "open", columns.owner.in_([person.crm_user_id for person in able]))
        .group_by(columns.owner)
    )
    load = {row.owner: row.tasks for row in await connection.execute(query)}
    first = min(able, key=lambda person: (not person.reachable, load.get(person.crm_user_id, 0), person.id))
    return first.crm_user_id
