"""Who takes a task that waits for a role."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import tables as t
from bot.db.people import People, Person


async def least_busy(connection: AsyncConnection, people: People, role: str, now: datetime) -> int | None:
    """The CRM user of this role with the fewest open tasks, of several the one who was there first.

    Who cannot be reached comes after all who can, who is absent after everybody. None: nobody of the role is linked.
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

    def order(person: Person) -> tuple[bool, bool, int, int]:
        away = people.staff.is_away(person.crm_user_id, now)
        return away, not person.reachable, load.get(person.crm_user_id, 0), person.id

    return min(able, key=order).crm_user_id
