"""[Раздать] and [Сдвинуть] under the morning's digest: a preview, a confirmation, and the tasks go elsewhere.

Each task goes by an event of the engine, so the journal and the timeline have it. What is to be done is found anew at
each press; one that was broken off in the middle is gone on with by pressing again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.clock import Clock
from bot.db import messages as db_messages
from bot.db import tables as t
from bot.db.messages import Message
from bot.db.people import Person, load_people
from bot.db.session import Database
from bot.engine import events as ev
from bot.engine.calendars import zone_of
from bot.engine.words import say_time
from bot.locales.ru import dialogs as words
from bot.locales.ru import digests as ru
from bot.screens import dealing as screens
from bot.screens.dealing import PUT_OFF, SPREAD
from bot.screens.digests import caption, say_day
from bot.screens.screen import Screen
from bot.services.apply import Apply
from bot.services.intents import Give, Happened, Reply
from bot.services.library import Library
from bot.services.overload import Overload, Overloads
from bot.services.oversight import sight_of, why_not_of

_NOTHING = {SPREAD: ru.NOTHING_TO_SPREAD, PUT_OFF: ru.NOTHING_TO_PUT_OFF}


class Dealing:
    """See the module."""

    def __init__(self, database: Database, clock: Clock, apply: Apply, library: Library, overloads: Overloads) -> None:
        self._database = database
        self._clock = clock
        self._apply = apply
        self._library = library
        self._overloads = overloads
        self._one_at_a_time = asyncio.Lock()

    async def press(self, person: Person, chat_id: int, telegram_id: int, verb: str) -> Reply:
        """A button under a morning's digest."""
        if not person.leads:
            return Reply(toast=words.ONLY_SUPERVISOR, done=False)
        async with self._one_at_a_time:
            return await self._press(person, chat_id, telegram_id, verb)

    async def _press(self, person: Person, chat_id: int, telegram_id: int, verb: str) -> Reply:
        message = await self._pressed(chat_id, telegram_id)
        data = dict(message.data or {}) if message is not None else {}
        morning, wanted = data.get("morning"), verb.removesuffix("_ok")
        if message is None or morning is None or (wanted not in _NOTHING and verb != "back"):
            return Reply(toast=words.GONE, done=False)
        now = self._clock.now()
        if f"{now.astimezone(zone_of(self._library.active)).date()}" != morning["day"]:
            return Reply(toast=ru.DAY_OVER, done=False)
        if verb == "back":
            return await self._show(message, data)
        users, mine = await self._theirs(person, morning["users"]), wanted
        if users != morning["users"]:  # of other teams' people he deals nothing out; theirs can still be dealt
            mine = f"{wanted}:{person.id}"
        told = morning["done"].get(mine) or morning["done"].get(wanted)
        if told is not None:
            return Reply(toast=ru.DEALT[wanted].format(line=told), done=False)
        if person.crm_user_id is None:
            return Reply(toast=ru.NOT_IN_CRM, done=False)
        load = await self._overloads.now(users)
        rows = self._rows(load, wanted)
        if not rows:
            others = None if mine == wanted else await self._why_not(person, morning["users"], now)
            return Reply(toast=others or _NOTHING[wanted], alert=True, done=False)
        if verb == wanted:
            await self._store(message, data, screens.preview(morning["head"], wanted, rows, len(load.over)))
            return Reply()
        count = await (self._spread(person, load) if wanted == SPREAD else self._put_off(person, load))
        who = load.people.short_name(person.crm_user_id)
        line = screens.done(wanted, count, who, say_time(now, zone_of(self._library.active)))
        data["morning"] = {**morning, "done": {**morning["done"], mine: line}}
        await self._show(message, data)
        return Reply(toast=line)

    def _rows(self, load: Overload, wanted: str) -> list[tuple[str, str]]:
        name, zone = load.people.short_name, zone_of(self._library.active)
        if wanted == SPREAD:
            return sorted((name(piece.user), name(taker)) for piece, taker in load.given)
        days = sorted((name(piece.user), day.astimezone(zone).date()) for piece, day in load.moved)
        return [(who, say_day(day)) for who, day in days]

    async def _spread(self, person: Person, load: Overload) -> int:
        replies = [await self._apply(Give(person, piece.case, taker)) for piece, taker in load.given]
        return sum(reply.done for reply in replies)

    async def _put_off(self, person: Person, load: Overload) -> int:
        moved = 0
        for piece, day in load.moved:
            event = ev.PutOff(piece.task, person.crm_user_id or 0, day)
            reply = await self._apply(Happened(piece.case, event, leader=person))
            moved += reply.done
        return moved

    async def _show(self, message: Message, data: Mapping[str, Any]) -> Reply:
        """The digest again, with what was done and the keys that are left."""
        morning = data["morning"]
        load = await self._overloads.now(morning["users"])
        lines = [morning["text"], *morning["done"].values()]
        left = screens.keys(
            spread=bool(load.given) and SPREAD not in morning["done"],
            put_off=bool(load.moved) and PUT_OFF not in morning["done"],
        )
        await self._store(message, data, Screen(caption(lines), left))
        return Reply()

    async def _theirs(self, person: Person, users: list[int] | None) -> list[int] | None:
        """Of these people those whom he leads; None: everybody, and he leads them all."""
        async with self._database.read() as connection:
            led = sight_of(await load_people(connection), person).users()
        if led is None:
            return users
        return sorted(led if users is None else led.intersection(users))

    async def _why_not(self, person: Person, users: list[int] | None, now: datetime) -> str | None:
        """Whom he does not lead, where it is their day that holds too much."""
        load = await self._overloads.now(users)
        return next((why_not_of(load.people, person, piece.user, now) for piece in load.over), None)

    async def _pressed(self, chat_id: int, telegram_id: int) -> Message | None:
        columns = t.messages.c
        where = (columns.chat_id == chat_id) & (columns.telegram_id == telegram_id)
        async with self._database.read() as connection:
            return next(iter(await db_messages.select_where(connection, where)), None)

    async def _store(self, message: Message, data: Mapping[str, Any], screen: Screen) -> None:
        async with self._database.write() as connection:
            fresh = await db_messages.by_key(connection, message.key)
            if fresh is not None:
                fresh.data, fresh.dirty = data, True
                fresh.show(screen, self._clock.now(), urgent=True)
                await db_messages.store(connection, [fresh], self._clock.now())


def offer(screen: Screen, head: str, day: str, users: Collection[int] | None, load: Overload) -> tuple[Screen, Any]:
    """The digest with its keys, and what its message keeps for them."""
    keys = screens.keys(spread=bool(load.given), put_off=bool(load.moved))
    kept = {"day": day, "users": sorted(users) if users is not None else None, "head": head, "text": screen.text}
    return replace(screen, rows=keys), {**kept, "done": {}}
