"""Departments of the CRM as teams: what the portal says of them, and what admins have said beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import tables as t
from bot.db.session import insert
from bot.engine.teams import Team, Teams


async def load_teams(connection: AsyncConnection) -> Teams:
    """All departments, those that are gone with them."""
    columns = t.teams.c
    query = select(
        *(columns.id, columns.name, columns.parent, columns.head, columns.supervisor, columns.shift, columns.gone)
    ).order_by(columns.id)
    found = {row.id: Team(*row) for row in await connection.execute(query)}
    members = {row.crm_user: row.team for row in await connection.execute(select(t.team_members))}
    return Teams(found, members)


def differs(known: Teams, seen: Sequence[Team], members: Mapping[int, int]) -> bool:
    """Whether the portal says something new; what was set by command is not its matter."""
    there = {team.id: _said(team) for team in known.all.values() if not team.gone}
    return there != {team.id: _said(team) for team in seen} or known.members != members


async def store(connection: AsyncConnection, seen: Sequence[Team], members: Mapping[int, int]) -> list[Team]:
    """The portal has these departments, and these people in them; returns those that it has no longer."""
    await connection.execute(select(t.teams.c.id).order_by(t.teams.c.id).with_for_update())  # of two replicas one waits
    known = await load_teams(connection)
    there = {team.id for team in seen}
    removed = [team for team in known.all.values() if team.id not in there and not team.gone]
    gone = t.teams.c.id.in_([team.id for team in removed])
    await connection.execute(update(t.teams).where(gone).values(gone=True))
    for team in seen:
        former = known.all.get(team.id)
        if former is not None and not former.gone and _said(former) == _said(team):
            continue  # of hundreds one was renamed
        values = {"name": team.name, "parent": team.parent, "head": team.head, "gone": False}
        statement = insert(connection, t.teams).values(id=team.id, **values)
        await connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))
    if known.members == members:
        return removed
    await connection.execute(delete(t.team_members))
    if members:
        rows = [{"crm_user": user, "team": team} for user, team in members.items()]
        await connection.execute(insert(connection, t.team_members).on_conflict_do_nothing(), rows)
    return removed


def _said(team: Team) -> tuple[str, int | None, int | None]:
    return team.name, team.parent, team.head


async def set_supervisor(connection: AsyncConnection, seen: Team, crm_user: int | None) -> bool:
    """Who leads it; None: as the CRM has it. False: another one leads it than was `seen`."""
    return await _set(connection, seen.id, t.teams.c.supervisor, seen.supervisor, crm_user)


async def set_shift(connection: AsyncConnection, seen: Team, shift: str | None) -> bool:
    """When those of it work who have no shift of their own; None: as the department above it.

    False: it has another one than was `seen`.
    """
    return await _set(connection, seen.id, t.teams.c.shift, seen.shift, shift)


async def _set(connection: AsyncConnection, team: int, column: Column[Any], seen: object, value: object) -> bool:
    as_seen = (t.teams.c.id == team) & column.is_not_distinct_from(seen)
    changed = await connection.execute(update(t.teams).where(as_seen).values({column: value}))
    return changed.rowcount > 0
