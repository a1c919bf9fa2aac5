"""Tasks that have waited too long: supervisors, later directors, are told.

What falls due while a message waits to be sent, for its turn or for Telegram, joins it. What comes too late for today,
after an outage, waits for the opening. Each message is drawn anew from the cases: what is done leaves it, and when all
is done it is one line, or none if nobody has seen it. It is kept in the message which tasks it tells of.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.db import alerts as db_alerts
from bot.db import cases as db_cases
from bot.db import messages as db_messages
from bot.db import tables as t
from bot.db.cases import Stored
from bot.db.messages import Message
from bot.db.people import People, load_people
from bot.db.session import Database
from bot.engine.case import Case, Task
from bot.screens.screen import Screen
from bot.services import unheard
from bot.services.library import Library
from bot.services.telling import Chat, Round, due, due_now, opening
from bot.services.waiting_tasks import Drawing, standing

STEPS = ("supervisor", "director")
"""Kinds of timers that ring here, many at once, and not one by one with the others."""
_PILE = 3
"""So many messages of the last hours without an answer: what comes then joins the newest of them without a sound…"""
_PATIENCE = timedelta(minutes=30)
"""…until that one is so old."""
_REMEMBERED = timedelta(hours=2)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


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
                if at is not None and at <= now:  # it waits for the opening
                    waiting = (await self._round(connection, await load_people(connection), step, now)).waiting
                    at = min((one.ready for one in waiting), default=at)
                if at is not None:
                    moments.append(at)
        return min(moments, default=None)

    async def tell_due(self) -> int:
        """Tell of what is due; returns how many messages are new or longer."""
        told = 0
        for step in STEPS:
            async with self._database.read() as connection:
                waits = (await connection.execute(due(step, self._clock.now()).limit(1))).first()
            if waits is not None:
                told += await self._tell(step)
        return told

    async def _tell(self, step: str) -> int:
        now = self._clock.now()
        async with self._database.write() as connection:
            people = await load_people(connection)
            round_ = await self._round(connection, people, step, now)
            told = [one for one in round_.waiting if one.ready <= now]
            keys = [*round_.idle, *(one.key for one in told)]
            if not keys:
                return 0
            await connection.execute(update(t.timers).where(t.timers.c.key.in_(keys)).values(done=True))
            told.sort(key=lambda one: (self._library[one.case.playbook].tasks[one.task.kind].rank, one.task.due_at))
            known = await db_alerts.live(connection)
            changed: list[Message] = []
            for chat in dict.fromkeys(chat for one in told for chat in one.chats):
                mine = [(one.case, one.task) for one in told if chat in one.chats]
                message = self._told(chat, mine, [one for one in known if one.chat_id == chat[0]])
                changed += [message] if message is not None else []
            await self._draw(connection, people, list({id(one): one for one in (*known, *changed)}.values()))
            await db_messages.store(connection, [*known, *(one for one in changed if one.id is None)], now)
            if step == "supervisor":
                await unheard.note(connection, people, [one.chats for one in told], now)
        return len(changed)

    async def _round(self, connection: AsyncConnection, people: People, step: str, now: datetime) -> Round:
        return await due_now(connection, self._library, people, step, now)  # of one moment: a clock may run meanwhile

    def _told(self, chat: Chat, waiting: Sequence[tuple[Case, Task]], known: Sequence[Message]) -> Message | None:
        """The chat's message about those of which it does not know yet; None: it knows of all."""
        now, items, again = self._clock.now(), [], False
        for case, task in waiting:
            listed = [one for one in known if task.id in {item["task"] for item in tasks_of(one)}]
            if any(not _asked_for_peace(one, task) for one in listed):
                continue
            for message in listed:  # its silence is over: it is told of anew, and no longer above
                keep(message, [item for item in tasks_of(message) if item["task"] != task.id], -1)
                message.data = {**(message.data or {}), "again": True}
                again = True
            items.append({"case": case.id, "task": task.id, "at": now.isoformat()})
        if not items:
            return None
        unseen = next((one for one in known if one.telegram_id is None), None)
        if unseen is not None:  # one message will tell of all
            keep(unseen, [*tasks_of(unseen), *items], len(items))
            unseen.next_try = now  # it may have waited for another team's opening
            return unseen
        pile = _pile(known, now)
        if pile is not None and not again:  # who has asked for half an hour of silence is rung after it
            keep(pile, [*tasks_of(pile), *items], len(items))
            return pile
        number, thread = chat
        data = {"items": items, "count": len(items), "told_at": now.isoformat()}
        key = f"{db_alerts.KIND}:{number}:{uuid4().hex}"
        return Message(key, number, db_alerts.KIND, Screen(""), thread_id=thread, data=data, next_try=now)

    async def refresh(self) -> int:
        """What is done since leaves the message that tells of it; returns how many messages have changed."""
        now = self._clock.now()
        async with self._database.read() as connection:
            if not await db_alerts.any_live(connection):
                return 0
        async with self._database.write() as connection:
            known = await db_alerts.live(connection)
            people = await load_people(connection)
            await self._draw(connection, people, known)
            changed = sum(message.dirty for message in known)
            await db_messages.store(connection, known, now)
        return changed

    async def draw(self, connection: AsyncConnection, people: People, message: Message) -> None:
        """The message as it should look now, for the person who has pressed it."""
        await self._draw(connection, people, [message], urgent=True)

    async def _draw(
        self, connection: AsyncConnection, people: People, messages: Sequence[Message], *, urgent: bool = False
    ) -> None:
        cases = await db_cases.load(connection, {item["case"] for one in messages for item in tasks_of(one)})
        await self._library.learn(connection, (one.case.playbook for one in cases.values()))
        drawing = Drawing(connection, self._library, people, self._links, self._clock.now())
        for message in messages:
            await self._draw_one(drawing, cases, message, urgent=urgent)

    async def _draw_one(self, drawing: Drawing, cases: Mapping[int, Stored], message: Message, *, urgent: bool) -> None:
        now, people, unseen = drawing.now, drawing.people, message.telegram_id is None
        if message.id is not None and unseen:
            keep(message, [{**item, "at": now.isoformat()} for item in tasks_of(message)])
        items = tasks_of(message)
        known = [(item, cases[item["case"]].case) for item in items if item["case"] in cases]
        open_ones = [(item, case) for item, case in known if standing(case, item["task"])]
        screen = await drawing.screen(message.data or {}, open_ones, known)
        if not open_ones:
            message.live, message.dirty = False, True
        elif len(open_ones) < len(items):
            keep(message, [item for item, _ in open_ones], len(open_ones) - len(items) if unseen else 0)
        if screen != message.screen:
            message.show(screen, now, urgent=urgent)
        if unseen and open_ones:
            ready = min(opening(self._library, people, case, now) for _, case in open_ones)
            if ready > now and ready != message.next_try:
                message.next_try, message.dirty = ready, True


def _pile(known: Sequence[Message], now: datetime) -> Message | None:
    """The newest of several messages that nobody has answered, where one more would be muted and not read."""
    unanswered = [one for one in known if not (one.data or {}).get("answered")]
    told = sorted(((_told_at(one), one) for one in unanswered), key=lambda pair: pair[0])
    recent = [(at, one) for at, one in told if now - at < _REMEMBERED]
    if len(recent) < _PILE or now - recent[-1][0] >= _PATIENCE:
        return None
    return recent[-1][1]


def _told_at(message: Message) -> datetime:
    at = (message.data or {}).get("told_at")
    return datetime.fromisoformat(at) if at is not None else _LONG_AGO


def tasks_of(message: Message) -> list[dict[str, Any]]:
    """What the message tells of: `case`, `task`, since when (`at`), and the `deed` of somebody about it."""
    return list((message.data or {}).get("items", ()))


def keep(message: Message, items: Sequence[Mapping[str, Any]], more: int = 0) -> None:
    """The message tells of these; `more`: by how many it has told of more, or of fewer where they are told of anew."""
    former = dict(message.data or {})
    data = former | {"items": list(items), "count": former.get("count", 0) + more}
    if data != former:
        message.data, message.dirty = data, True


def _asked_for_peace(message: Message, task: Task) -> bool:
    """Whether a silence that somebody asked for has come between."""
    if task.silent_until is None:
        return False
    at = next(item["at"] for item in tasks_of(message) if item["task"] == task.id)
    return datetime.fromisoformat(at) < task.silent_until


async def ring_again(
    connection: AsyncConnection,
    told: Sequence[Message],
    now: datetime,
    instead: Screen | None = None,
    cases: Collection[int] | None = None,
) -> None:
    """What these messages have told of and nobody has settled is told once more, wherever it can be told now.

    `instead`: what they show from now on, where they can still be changed. `cases`: of these alone; what is left of a
    message goes on.
    """
    keys = []
    for message in told:
        items = tasks_of(message)
        gone = [item for item in items if cases is None or item["case"] in cases]
        keys += [f"{item['case']}:supervisor:{item['task']}" for item in gone if not item.get("settled")]
        if len(gone) < len(items):
            keep(message, [item for item in items if item not in gone], -len(gone))
            continue
        if instead is not None:
            message.show(instead, now)
        message.live, message.dirty = False, True
    await connection.execute(update(t.timers).where(t.timers.c.key.in_(keys)).values(done=False))
    await db_messages.store(connection, told, now)
