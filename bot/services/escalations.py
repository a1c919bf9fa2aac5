"""Tasks that have waited too long: supervisors, later directors, are told, one message a minute at most.

What falls due within a minute, or while nobody could be told, becomes one message. What was found out too late for
today, after an outage, waits for the opening. Each message is drawn anew from the cases: what is done leaves it, and
when all is done it is one line. It is kept in the message which tasks it tells of.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.db import alerts as db_alerts
from bot.db import cases as db_cases
from bot.db import messages as db_messages
from bot.db import tables as t
from bot.db.messages import Message
from bot.db.people import People, load_people
from bot.db.session import Database
from bot.engine.case import Case, Task
from bot.engine.worktime import WorkingTime
from bot.screens.screen import Screen
from bot.services.alerts import is_help
from bot.services.library import Library
from bot.services.waiting_tasks import Drawing, standing

log = logging.getLogger(__name__)
STEPS = ("supervisor", "director")
"""Kinds of timers that ring here, many at once, and not one by one with the others."""
APART = timedelta(minutes=1)
"""Between two new messages of a chat."""
_Chat = tuple[int, int | None]
"""Its number, and the thread in it."""


class Escalations:
    """See the module. `links` makes the portal's address."""

    def __init__(self, database: Database, clock: Clock, library: Library, links: str) -> None:
        self._database = database
        self._clock = clock
        self._library = library
        self._links = links

    async def next_due(self) -> datetime | None:
        """When somebody is to be told next."""
        now, timers, moments = self._clock.now(), t.timers.c, []
        async with self._database.read() as connection:
            for step in STEPS:
                query = select(func.min(timers.at)).where(timers.done.is_(False), timers.kind == step)
                at: datetime | None = (await connection.execute(query)).scalar()
                if at is not None and at <= now:  # it waits for the minute to pass, or for the opening
                    people = await load_people(connection)
                    at = await self._free_at(connection, await _chats(connection, people, step)) or at
                    at = at if self._may_disturb(people) else max(at, self._hours(people).next_open(now))
                if at is not None:
                    moments.append(at)
        return min(moments, default=None)

    async def tell_due(self) -> int:
        """Tell of what is due, where the last message is a minute old; returns how many messages are new or longer."""
        told = 0
        for step in STEPS:
            async with self._database.read() as connection:
                waits = (await connection.execute(_due(step, self._clock.now()).limit(1))).first()
            if waits is not None:
                told += await self._tell(step)
        return told

    async def _tell(self, step: str) -> int:
        now = self._clock.now()
        async with self._database.write() as connection:
            people = await load_people(connection)
            chats = await _chats(connection, people, step)
            free_at = await self._free_at(connection, chats)
            if (free_at is not None and free_at > now) or not self._may_disturb(people):
                return 0
            due = list(await connection.execute(_due(step, now)))
            keys = [row.key for row in due]
            await connection.execute(update(t.timers).where(t.timers.c.key.in_(keys)).values(done=True))
            cases = await db_cases.load(connection, [row.case_id for row in due])
            await self._library.learn(connection, (one.case.playbook for one in cases.values()))
            helped = {one.case_id for one in await db_messages.of_cases(connection, list(cases)) if is_help(one)}
            waiting = [
                (one.case, one.case.task)
                for one in cases.values()
                if one.case.task is not None and one.case.id not in helped and not _is_theirs(people, one.case, step)
            ]
            waiting.sort(key=lambda pair: (self._library[pair[0].playbook].tasks[pair[1].kind].rank, pair[1].due_at))
            known = await db_alerts.live(connection)
            changed = [
                message
                for chat in chats
                if (message := self._told(chat, waiting, [one for one in known if one.chat_id == chat[0]]))
            ]
            for message in {id(one): one for one in (*known, *changed)}.values():
                await self._draw(connection, people, message)
            await db_messages.store(connection, [*known, *(one for one in changed if one.id is None)], now)
            if waiting and not chats:
                log.warning(
                    "nobody can be told of %d tasks that wait: no group is bound, nobody is linked", len(waiting)
                )
        return len(changed)

    def _told(self, chat: _Chat, waiting: Sequence[tuple[Case, Task]], known: Sequence[Message]) -> Message | None:
        """The chat's message about those of which it does not know yet; None: it knows of all."""
        now, items = self._clock.now(), []
        for case, task in waiting:
            listed = [one for one in known if task.id in {item["task"] for item in tasks_of(one)}]
            if any(not _asked_for_peace(one, task) for one in listed):
                continue
            for message in listed:  # its silence is over: it is told of anew, and no longer above
                keep(message, [item for item in tasks_of(message) if item["task"] != task.id])
            items.append({"case": case.id, "task": task.id, "at": now.isoformat()})
        if not items:
            return None
        unseen = next((one for one in known if one.telegram_id is None), None)
        if unseen is not None:  # Telegram is away: one message will tell of all
            keep(unseen, [*tasks_of(unseen), *items], len(items))
            return unseen
        number, thread = chat
        data = {"items": items, "count": len(items)}
        key = f"{db_alerts.KIND}:{number}:{uuid4().hex}"
        return Message(key, number, db_alerts.KIND, Screen(""), thread_id=thread, data=data, next_try=now)

    async def refresh(self) -> int:
        """What was told and is done since leaves its message; returns how many messages look different."""
        now = self._clock.now()
        async with self._database.read() as connection:
            if not (await connection.execute(_ANY)).scalar():
                return 0
        async with self._database.write() as connection:
            known = await db_alerts.live(connection)
            people = await load_people(connection)
            for message in known:
                await self._draw(connection, people, message)
            changed = sum(message.dirty for message in known)
            await db_messages.store(connection, known, now)
        return changed

    async def draw(self, connection: AsyncConnection, people: People, message: Message) -> None:
        """The message as it should look now, for the person who has pressed it."""
        await self._draw(connection, people, message, urgent=True)

    async def _draw(
        self, connection: AsyncConnection, people: People, message: Message, *, urgent: bool = False
    ) -> None:
        items = tasks_of(message)
        cases = await db_cases.load(connection, [item["case"] for item in items])
        await self._library.learn(connection, (one.case.playbook for one in cases.values()))
        known = [(item, cases[item["case"]].case) for item in items if item["case"] in cases]
        open_ones = [(item, case) for item, case in known if standing(case, item["task"])]
        drawing = Drawing(connection, self._library, people, self._links, self._clock.now())
        screen = await drawing.screen(message.data or {}, open_ones, known)
        if not open_ones:
            message.live, message.dirty = False, True
        elif len(open_ones) < len(items):
            keep(message, [item for item, _ in open_ones])
        if screen != message.screen:
            message.show(screen, self._clock.now(), urgent=urgent)

    def _hours(self, people: People) -> WorkingTime:
        return people.staff.team_hours(self._library.active)

    def _may_disturb(self, people: People) -> bool:
        """While somebody works; what fell due in the day's last minute is told in it, or right after it."""
        hours, now = self._hours(people), self._clock.now()
        return hours.is_open(now) or hours.is_open(now - APART)

    async def _free_at(self, connection: AsyncConnection, chats: Sequence[_Chat]) -> datetime | None:
        last = await db_alerts.last_told(connection, [number for number, _ in chats])
        return last + APART if last is not None else None


def tasks_of(message: Message) -> list[dict[str, Any]]:
    """What the message tells of: `case`, `task`, since when (`at`), and the `deed` of somebody about it."""
    return list((message.data or {}).get("items", ()))


def keep(message: Message, items: Sequence[Mapping[str, Any]], more: int = 0) -> None:
    """The message tells of these, `more` of them new."""
    data = dict(message.data or {})
    message.data = data | {"items": list(items), "count": data.get("count", 0) + more}
    message.dirty = True


def _asked_for_peace(message: Message, task: Task) -> bool:
    """Whether a silence that somebody asked for has come between."""
    if task.silent_until is None:
        return False
    at = next(item["at"] for item in tasks_of(message) if item["task"] == task.id)
    return datetime.fromisoformat(at) < task.silent_until


def _is_theirs(people: People, case: Case, step: str) -> bool:
    """Whether one of those who would be told has it himself."""
    holder = people.by_crm.get(case.holder or 0)
    return holder is not None and (holder.leads if step == "supervisor" else holder.role == step)


async def _chats(connection: AsyncConnection, people: People, step: str) -> list[_Chat]:
    """Where it is told: directors on their phones, supervisors in their groups, or on their phones without any."""
    phones = {
        role: [(one.telegram_id, None) for one in people.all if one.role == role and one.telegram_id is not None]
        for role in ("supervisor", "director")
    }
    if step == "director":
        return list(phones["director"])
    groups = await connection.execute(select(t.chats.c.id, t.chats.c.thread_id).where(t.chats.c.active))
    return [(row.id, row.thread_id) for row in groups] or list(phones["supervisor"] or phones["director"])


def _due(step: str, now: datetime) -> Any:
    timers = t.timers.c
    query = select(timers.key, timers.case_id).where(timers.done.is_(False), timers.kind == step, timers.at <= now)
    return query.order_by(timers.key)


_ANY = select(t.messages.c.id).where(t.messages.c.kind == db_alerts.KIND, t.messages.c.live).limit(1)
