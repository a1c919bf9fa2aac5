"""The groups that are bound: which team's tasks each hears of, and which is the nearest to a team."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import tables as t
from bot.engine.teams import Teams


@dataclass(frozen=True, slots=True)
class Group:
    """A bound group.

    Args:
        id: of the chat.
        title: as Telegram has it.
        thread_id: the topic that was bound, in a forum.
        team: department; None: the whole floor.
        lost: why it takes no messages (`removed`, `rights`); None: it does.
    """

    id: int
    title: str
    thread_id: int | None = None
    team: int | None = None
    lost: str | None = None

    def name(self, teams: Teams) -> str:
        """What heads its board: its team's name, as the CRM has it today; of the whole floor the group's own."""
        team = teams.all.get(self.team) if self.team is not None else None
        return team.name if team is not None else self.title


async def bound(connection: AsyncConnection) -> list[Group]:
    """All that are bound, those that were lost with them."""
    columns = t.chats.c
    query = select(columns.id, columns.title, columns.thread_id, columns.team, columns.lost)
    rows = await connection.execute(query.where(columns.active).order_by(columns.id.desc()))
    return [Group(*row) for row in rows]


async def hearing(connection: AsyncConnection) -> list[Group]:
    """Those that take messages."""
    return [group for group in await bound(connection) if group.lost is None]


async def still_hears(connection: AsyncConnection, seen: Group) -> bool:
    """Whether the group is bound to the same team as when it was `seen`; it stays so until the transaction ends."""
    columns = t.chats.c
    same = (columns.id == seen.id) & columns.active & columns.team.is_not_distinct_from(seen.team)
    return (await connection.execute(select(columns.id).where(same).with_for_update())).first() is not None


def nearest(groups: Sequence[Group], teams: Teams, team: int | None) -> list[Group]:
    """The groups of this team; of the department above it, if it has none; and so on up to those of the whole floor."""
    for upper in teams.path(team):
        found = [group for group in groups if group.team == upper.id]
        if found:
            return found
    return [group for group in groups if group.team is None]


async def mark(
    connection: AsyncConnection, chat_id: int, lost: str | None, *, instead_of: Sequence[str | None]
) -> bool:
    """Why it takes no messages from now on; False: it is not bound, or somebody else has said so meanwhile.

    `instead_of`: what may have been said of it before.
    """
    columns = t.chats.c
    former = or_(*(columns.lost.is_(one) if one is None else columns.lost == one for one in instead_of))
    statement = update(t.chats).where(columns.id == chat_id, columns.active, former).values(lost=lost)
    return (await connection.execute(statement)).rowcount > 0
