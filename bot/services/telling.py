"""Which tasks supervisors and directors are to be told of now, in which chats, and when each can be told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import cases as db_cases
from bot.db import chats as db_chats
from bot.db import messages as db_messages
from bot.db import tables as t
from bot.db.chats import Group, nearest
from bot.db.people import People, Person
from bot.engine.case import Case, Task
from bot.services.alerts import is_help
from bot.services.library import Library
from bot.services.oversight import reached, team_of

Chat = tuple[int, int | None]
"""Its number, and the thread in it."""
_AFTER_HOURS = timedelta(minutes=2)
"""What fell due in the day's last minute is told so long after it: another message may go before it."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A task of which the chats are to be told, from the moment `ready` on; `key` is its timer."""

    key: str
    case: Case
    task: Task
    chats: tuple[Chat, ...]
    ready: datetime


@dataclass(frozen=True, slots=True)
class Round:
    """What is due: tasks to tell of, and timers whose matter is over."""

    waiting: list[Waiting]
    idle: list[str]


async def due_now(connection: AsyncConnection, library: Library, people: People, step: str, now: datetime) -> Round:
    """What is due of this step.

    A task can be told while somebody of its team works; what fell due in the day's last minute right after it. Chats
    that are told of the same task get it each at its own turn.
    """
    rows = list(await connection.execute(due(step, now)))
    cases = await db_cases.load(connection, [row.case_id for row in rows])
    await library.learn(connection, (one.case.playbook for one in cases.values()))
    helped = {one.case_id for one in await db_messages.of_cases(connection, list(cases)) if is_help(one)}
    groups = await db_chats.hearing(connection)
    found, idle = [], []
    for row in rows:
        case = cases[row.case_id].case if row.case_id in cases else None
        if case is None or case.task is None or case.id in helped or _is_theirs(people, case, step):
            idle.append(row.key)
        else:
            chats = _chats(people, groups, step, case, now)
            found.append(Waiting(row.key, case, case.task, chats, opening(library, people, case, now)))
    return Round(found, idle)


def due(step: str, now: datetime) -> Any:
    """The timers of this step that are due."""
    timers = t.timers.c
    query = select(timers.key, timers.case_id).where(timers.done.is_(False), timers.kind == step, timers.at <= now)
    return query.order_by(timers.at, timers.key)


def opening(library: Library, people: People, case: Case, now: datetime) -> datetime:
    """When the case's team can be told of it: now, or as soon as somebody of it works again."""
    hours = people.staff.team_hours(library.active, case.owner)
    return now if hours.is_open(now) or hours.is_open(now - _AFTER_HOURS) else hours.next_open(now)


def _is_theirs(people: People, case: Case, step: str) -> bool:
    """Whether one of those who would be told has it himself."""
    holder = people.by_crm.get(case.holder or 0)
    return holder is not None and (holder.leads if step == "supervisor" else holder.role == step)


def _chats(people: People, groups: Sequence[Group], step: str, case: Case, now: datetime) -> tuple[Chat, ...]:
    """Where it is told: directors on their phones, supervisors in the group nearest to the team, or on their phones."""
    if step == "director":
        return _phones(one for one in people.all if one.role == "director")
    team = team_of(people, case)
    near = tuple((group.id, group.thread_id) for group in nearest(groups, people.teams, team))
    return near or _phones(reached(people, team, now))


def _phones(persons: Iterable[Person]) -> tuple[Chat, ...]:
    return tuple((one.telegram_id, None) for one in persons if one.telegram_id is not None)
