"""[Раздать] and [Сдвинуть] under the morning's digest: a preview, a confirmation, and the tasks go elsewhere.

Each task goes by an event of the engine, so the journal and the timeline have it. What is to be done is found anew at
each press: where it is no longer what the preview says, the preview comes anew. Of two who press at once each task
follows one. What was broken off in the middle is gone on with by pressing again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
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
from bot.engine.words import say_short, say_time
from bot.locales.ru import dialogs as words
from bot.locales.ru import digests as ru
from bot.screens import dealing as screens
from bot.screens.dealing import PUT_OFF, SPREAD
from bot.screens.digests import say_day
from bot.screens.screen import Screen
from bot.services.apply import Apply
from bot.services.intents import Give, Happened, Intent, Reply
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
        data = message.data or {} if message is not None else {}
        morning, wanted = data.get("morning"), verb.removesuffix("_ok")
        if message is None or morning is None or (wanted not in _NOTHING and verb != "back"):
            return Reply(toast=words.GONE, done=False)
        now = self._clock.now()
        if f"{now.astimezone(zone_of(self._library.active)).date()}" != morning["day"]:
            return Reply(toast=ru.DAY_OVER, done=False)
        if verb == "back":
            await self._show(message)
            return Reply()
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
        plan = {"verb": wanted, "rows": [[owner, str(to)] for owner, to in rows]}
        if verb == wanted or morning.get("plan") != plan:
            await self._store(message.key, screens.preview(morning["head"], wanted, rows, len(load.over)), plan=plan)
            return Reply() if verb == wanted else Reply(toast=ru.PLAN_CHANGED, alert=True, done=False)
        count = await (self._spread(person, load) if wanted == SPREAD else self._put_off(person, load))
        who = load.people.short_name(person.crm_user_id)
        line = screens.done(wanted, count, who, say_time(now, zone_of(self._library.active)))
        await self._show(message, done=(mine, line) if count else None)
        return Reply(toast=line if count else ru.PLAN_CHANGED, done=count > 0)

    def _rows(self, load: Overload, wanted: str) -> list[tuple[str, str]]:
        name, zone = load.people.short_name, zone_of(self._library.active)
        if wanted == SPREAD:
            return sorted((name(piece.user), name(taker)) for piece, taker in load.given)
        days = sorted((name(piece.user), day.astimezone(zone).date()) for piece, day in load.moved)
        return [(who, say_day(day)) for who, day in days]

    async def _spread(self, person: Person, load: Overload) -> int:
        replies = await self._all(
            Give(person, piece.case, taker, (piece.task, piece.user), idle=True) for piece, taker in load.given
        )
        zone, now = zone_of(self._library.active), self._clock.now()
        given = [piece for (piece, _), reply in zip(load.given, replies, strict=True) if reply.done]
        for piece in given:
            if piece.task in load.turns:
                due, push = load.turns[piece.task]
                why = ru.SPREAD_TURN.format(time=say_short(due, zone, now))
                await self._apply(Happened(piece.case, ev.Rescheduled(piece.task, due, push, why)))
        return len(given)

    async def _put_off(self, person: Person, load: Overload) -> int:
        by = person.crm_user_id or 0
        replies = await self._all(
            Happened(piece.case, ev.PutOff(piece.task, by, piece.due_at, day), leader=person)
            for piece, day in load.moved
        )
        return sum(reply.done for reply in replies)

    async def _all(self, intents: Iterable[Intent]) -> list[Reply]:
        """Carry them out side by side; who was overtaken is not done."""
        return await asyncio.gather(*(self._apply(intent) for intent in intents))

    async def _show(self, message: Message, *, done: tuple[str, str] | None = None) -> None:
        """The digest again, with what was done and the keys that are left."""
        load = await self._overloads.now((message.data or {})["morning"]["users"])
        await self._store(message.key, load, done=done)

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

    async def _store(
        self,
        key: str,
        shown: Screen | Overload,
        *,
        plan: Mapping[str, Any] | None = None,
        done: tuple[str, str] | None = None,
    ) -> None:
        """The message shows a preview, or the digest as things stand; what another press has noted meanwhile stays."""
        async with self._database.write() as connection:
            message = next(iter(await db_messages.select_where(connection, t.messages.c.key == key, lock=True)), None)
            if message is None:
                return
            morning = dict((message.data or {})["morning"])
            if done is not None:
                verb, line = done
                known = morning["done"].get(verb)
                morning["done"] = {**morning["done"], verb: f"{known}\n{line}" if known else line}
            morning["plan"] = plan
            screen = shown if isinstance(shown, Screen) else _digest(morning, shown)
            message.data, message.dirty = {**(message.data or {}), "morning": morning}, True
            message.show(screen, self._clock.now(), urgent=True)
            await db_messages.store(connection, [message], self._clock.now())


def _digest(morning: Mapping[str, Any], load: Overload) -> Screen:
    done = morning["done"]
    left = screens.keys(
        spread=bool(load.given) and SPREAD not in done, put_off=bool(load.moved) and PUT_OFF not in done
    )
    return Screen(screens.with_done(morning["text"], done.values()), left)


def offer(screen: Screen, head: str, day: str, users: Collection[int] | None, load: Overload) -> tuple[Screen, Any]:
    """The digest with its keys, and what its message keeps for them."""
    keys = screens.keys(spread=bool(load.given), put_off=bool(load.moved))
    kept = {"day": day, "users": sorted(users) if users is not None else None, "head": head, "text": screen.text}
    return replace(screen, rows=keys), {**kept, "done": {}}
