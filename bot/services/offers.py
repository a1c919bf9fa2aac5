"""«Кто возьмёт?»: new clients whom nobody has touched shortly before they are due, offered to colleagues who are free.

It comes to private chats: there the phone of who could take him rings, and the group stays the supervisors' own. A
phone has one such message at a time; it is drawn anew from the cases, and is one line when nobody waits any more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.db import alerts as db_alerts
from bot.db import cases as db_cases
from bot.db import messages as db_messages
from bot.db import tables as t
from bot.db.alerts import OFFER
from bot.db.messages import Message
from bot.db.people import People, Person, load_people
from bot.db.session import Database
from bot.engine.calendars import zone_of
from bot.engine.case import Case
from bot.engine.ladder import may_be_offered, steps_of
from bot.engine.titles import name_in_groups
from bot.engine.words import say_time
from bot.locales.ru import alerts as ru
from bot.locales.ru import dialogs as words
from bot.screens import escalation, offer
from bot.screens.offer import Offered
from bot.screens.screen import Screen
from bot.services import covers
from bot.services.apply import Apply
from bot.services.escalations import keep, tasks_of
from bot.services.intents import Reply, Take
from bot.services.library import Library

_TALK = timedelta(minutes=15)
"""So long after [Звоню], or since he has begun a questionnaire, somebody is taken to be on the phone."""
Known = tuple[Mapping[str, Any], Case]
"""What a message keeps of a client, and his case."""


class Offers:
    """See the module. `on_commit` is told that a message waits for delivery."""

    def __init__(
        self, database: Database, clock: Clock, apply: Apply, library: Library, on_commit: Callable[[], None]
    ) -> None:
        self._database = database
        self._clock = clock
        self._apply = apply
        self._library = library
        self._on_commit = on_commit

    async def next_due(self) -> datetime | None:
        """When the next client is to be offered."""
        query = select(func.min(t.timers.c.at)).where(t.timers.c.done.is_(False), t.timers.c.kind == OFFER)
        async with self._database.read() as connection:
            moment: datetime | None = (await connection.execute(query)).scalar()
        return moment

    async def tell_due(self) -> int:
        """Offer who is due; returns how many messages are new or longer. Where nobody is free nothing is sent."""
        now = self._clock.now()
        due = select(t.timers.c.key, t.timers.c.case_id).where(
            t.timers.c.done.is_(False), t.timers.c.kind == OFFER, t.timers.c.at <= now
        )
        async with self._database.read() as connection:
            if (await connection.execute(due.limit(1))).first() is None:
                return 0
        async with self._database.write() as connection:
            rows = list(await connection.execute(due))
            rung = update(t.timers).where(t.timers.c.key.in_([row.key for row in rows]))
            await connection.execute(rung.values(done=True))
            people = await load_people(connection)
            cases = await self._cases(connection, [row.case_id for row in rows])
            waiting = [case for case in cases.values() if self._waits(people, case)]
            known = await db_alerts.live(connection, OFFER)
            held = {case.holder for case in waiting} | {item["owner"] for one in known for item in tasks_of(one)}
            free = await self._free(connection, people, held) if waiting else []
            theirs = ((one, _of_team(people, one, waiting)) for one in free)
            changed = [_told(person, offered, known, now) for person, offered in theirs if offered]
            for message in {id(one): one for one in (*known, *changed)}.values():
                await self._draw(connection, people, message)
            await db_messages.store(connection, [*known, *(one for one in changed if one.id is None)], now)
        return len(changed)

    async def refresh(self) -> int:
        """Whoever was taken or called leaves the messages; returns how many look different."""
        async with self._database.read() as connection:
            if not await db_alerts.any_live(connection, OFFER):
                return 0
        async with self._database.write() as connection:
            return await self._refresh(connection)

    async def take(self, person: Person, chat_id: int, telegram_id: int, task_id: str) -> Reply:
        """[Беру]: the first press has the client, whom the portal and his card follow."""
        async with self._database.read() as connection:
            message = await db_alerts.pressed(connection, chat_id, telegram_id, OFFER)
        item = next((one for one in tasks_of(message) if one["task"] == task_id), None) if message else None
        if item is None or chat_id != person.telegram_id:
            return Reply(toast=ru.OFFER_OVER, done=False)
        if person.crm_user_id is None:
            return Reply(toast=words.NOT_IN_CRM, done=False)
        reply = await self._apply(Take(person, item["case"], task_id, item["owner"]))
        async with self._database.write() as connection:
            await self._refresh(connection, urgent=True)
        self._on_commit()
        return reply

    async def _refresh(self, connection: AsyncConnection, *, urgent: bool = False) -> int:
        known, people = await db_alerts.live(connection, OFFER), await load_people(connection)
        for message in known:
            await self._draw(connection, people, message, urgent=urgent)
        changed = sum(message.dirty for message in known)
        await db_messages.store(connection, known, self._clock.now())
        return changed

    async def _cases(self, connection: AsyncConnection, ids: Collection[int]) -> dict[int, Case]:
        found = await db_cases.load(connection, ids)
        await self._library.learn(connection, (one.case.playbook for one in found.values()))
        return {number: one.case for number, one in found.items()}

    async def _free(self, connection: AsyncConnection, people: People, held: Collection[int | None]) -> list[Person]:
        """Who could call at once: on shift, in no meeting and on no call, and without such a client of his own."""
        now = self._clock.now()
        busy = {user for user in held if user is not None} | (await covers.in_meetings(connection, now)).keys()
        busy |= await _talking(connection, now)
        able = covers.at_work(people, self._library.active, now, without=busy)
        return [person for person in able if person.reachable and person.telegram_id is not None]

    def _waits(self, people: People, case: Case) -> bool:
        """Whether he may still be taken by anybody: nobody is at it, and the supervisors do not know of him yet."""
        task, playbook, now = case.task, self._library[case.playbook], self._clock.now()
        if task is None or not may_be_offered(playbook, case, task):
            return False
        steps = steps_of(playbook, case, task, people.staff)
        return all(steps[step] > now for step in ("supervisor", "director") if step in steps)

    async def _draw(
        self, connection: AsyncConnection, people: People, message: Message, *, urgent: bool = False
    ) -> None:
        items = tasks_of(message)
        cases = await self._cases(connection, [item["case"] for item in items])
        known = [(item, cases[item["case"]]) for item in items if item["case"] in cases]
        able = [(item, case) for item, case in known if _may_take(people, message, case, self._clock.now())]
        waiting = [(item, case) for item, case in able if self._stands(people, item, case)]
        if waiting:
            screen = offer.offer([self._item(people, item, case) for item, case in waiting])
            if len(waiting) < len(items):
                keep(message, [item for item, _ in waiting])
        else:
            screen = escalation.over(self._over(people, message, known))
            message.live, message.dirty = False, True
        if screen != message.screen:
            message.show(screen, self._clock.now(), urgent=urgent)

    def _stands(self, people: People, item: Mapping[str, Any], case: Case) -> bool:
        same = case.task is not None and case.task.id == item["task"] and case.holder == item["owner"]
        return same and self._waits(people, case)

    def _item(self, people: People, item: Mapping[str, Any], case: Case) -> Offered:
        since = say_time(case.arrived_at, zone_of(self._library[case.playbook]))
        return Offered(item["task"], self._client(case), since, people.short_name(case.holder))

    def _client(self, case: Case) -> str:
        playbook = self._library[case.playbook]
        source = playbook.sources.get(case.source or "")
        return ", ".join(part for part in (name_in_groups(playbook, case), source.title if source else None) if part)

    def _over(self, people: People, message: Message, known: Sequence[Known]) -> str:
        time = say_time(self._clock.now(), zone_of(self._library.active))
        if (message.data or {}).get("count", 1) > 1 or not known:
            return ru.OFFER_ALL_OVER.format(time=time)
        item, case = known[0]
        if case.closed:
            return ru.OFFER_NEEDLESS.format(time=time, client=self._client(case))
        who, client = people.short_name(case.holder), self._client(case)
        if case.holder != item["owner"]:
            return ru.OFFER_TAKEN.format(who=who, time=time, client=client)
        task = case.task
        if not _may_take(people, message, case, self._clock.now()):
            return ru.OFFER_OTHERS.format(time=time, client=client)
        begun = task is None or task.id != item["task"] or not may_be_offered(self._library[case.playbook], case, task)
        said = ru.OFFER_CALLED if begun else ru.OFFER_LATE
        return said.format(who=who, time=time, client=client)


def _may_take(people: People, message: Message, case: Case, now: datetime) -> bool:
    """Whether whose phone it is on is still one of the owner's colleagues, and there."""
    person = people.by_telegram.get(message.chat_id)
    user = person.crm_user_id if person is not None else None
    return user in people.staff.colleagues(case.owner) and not people.staff.is_away(user, now)


def _of_team(people: People, person: Person, waiting: Sequence[Case]) -> list[Case]:
    """The clients of this person's colleagues."""
    return [case for case in waiting if person.crm_user_id in people.staff.colleagues(case.owner)]


def _told(person: Person, waiting: Sequence[Case], known: Sequence[Message], now: datetime) -> Message:
    """The person's message with these clients as well."""
    new = sorted(waiting, key=lambda case: case.arrived_at)
    items = [{"case": case.id, "task": case.task.id, "owner": case.holder} for case in new if case.task is not None]
    chat_id = person.telegram_id or 0
    message = next((one for one in known if one.chat_id == chat_id), None)
    if message is None:
        key = f"{OFFER}:{person.id}:{uuid4().hex}"
        return Message(key, chat_id, OFFER, Screen(""), data={"items": items, "count": len(items)}, next_try=now)
    # One whose task was moved, or who has another manager, is offered anew, not twice.
    again, before = {item["task"] for item in items}, tasks_of(message)
    others = [item for item in before if item["task"] not in again]
    keep(message, [*others, *items], len(others) + len(items) - len(before))
    return message


async def _talking(connection: AsyncConnection, now: datetime) -> set[int]:
    """CRM users who have begun a call or a questionnaire just now."""
    tasks, state = t.tasks.c, t.cases.c.state
    since = f"{now - _TALK:%Y-%m-%dT%H:%M:%S}"  # as moments stand in a case's JSON
    called, began = state["task"]["touched_at"].as_string(), state["run"]["started_at"].as_string()
    query = (
        select(tasks.owner)
        .join(t.cases, t.cases.c.id == tasks.case_id)
        .where(tasks.state == "open", tasks.owner.is_not(None), or_(called >= since, began >= since))
    )
    return set((await connection.execute(query)).scalars())
