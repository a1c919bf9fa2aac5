"""Bound groups: which team's tasks each hears of, and what becomes of them when a group is lost."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.db import alerts as db_alerts
from bot.db import audit
from bot.db import chats as db
from bot.db import messages as db_messages
from bot.db import tables as t
from bot.db.audit import Change
from bot.db.chats import Group
from bot.db.people import People, Person
from bot.db.session import Database, insert
from bot.locales.ru import screens as common
from bot.locales.ru import teams as ru
from bot.screens.screen import Screen, esc
from bot.services.escalations import tasks_of
from bot.services.oversight import is_parted, leaders
from bot.services.people import PeopleService
from bot.services.showing import Showing

REMOVED, RIGHTS = "removed", "rights"
"""Why a bound group takes no messages."""


def board_key(chat_id: int) -> str:
    """The key of a group's board among the messages."""
    return f"board:{chat_id}"


class Groups:
    """See the module."""

    def __init__(self, database: Database, clock: Clock, people: PeopleService, showing: Showing) -> None:
        self._database = database
        self._clock = clock
        self._people = people
        self._showing = showing

    async def bound(self) -> list[Group]:
        """All that are bound, those that were lost with them."""
        async with self._database.read() as connection:
            return await db.bound(connection)

    async def one(self, chat_id: int) -> Group | None:
        """The binding of this group."""
        return next((group for group in await self.bound() if group.id == chat_id), None)

    async def choices(self) -> list[tuple[int, str]]:
        """The departments that a group can hear of: those in which clients are taken, where there is more than one.

        What holds all the others is the company.
        """
        people = await self._people.everybody()
        if not is_parted(people):
            return []
        below = [people.teams.all[number] for number in people.staff.groups if len(people.teams.path(number)) > 1]
        return sorted(((team.id, team.name) for team in below), key=lambda pair: pair[1])

    async def bind(self, chat_id: int, title: str, thread_id: int | None, by: Person, team: int | None = None) -> str:
        """This group hears of the team's tasks from now on, or of the whole floor's; its board comes as a new message.

        Returns what is told of it.
        """
        values = {"title": title, "thread_id": thread_id, "active": True, "team": team, "lost": None}
        people = await self._people.everybody()
        name = Group(chat_id, title, team=team).name(people.teams)
        async with self._database.write() as connection:
            await self._end_board(connection, chat_id)
            statement = insert(connection, t.chats).values(id=chat_id, bound_by=by.telegram_id or 0, **values)
            await connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))
            change = Change.BOUND if team is None else Change.BOUND_TEAM
            await audit.note(connection, self._clock.now(), by, change, title=title, team=name)
        return ru.BOUND.format(title=title) if team is None else ru.BOUND_TEAM.format(team=name)

    async def unbind(self, chat_id: int, by: Person) -> str | None:
        """Nothing comes here any more. Returns where it comes instead; None: the group was not bound."""
        async with self._database.write() as connection:
            known = next((group for group in await db.bound(connection) if group.id == chat_id), None)
            if known is None:
                return None
            await connection.execute(update(t.chats).where(t.chats.c.id == chat_id).values(active=False, lost=None))
            await self._end_board(connection, chat_id, ru.BOARD_UNBOUND)
            await _ring_again(connection, chat_id, self._clock.now(), Screen(ru.ALERT_ELSEWHERE))
            await audit.note(connection, self._clock.now(), by, Change.UNBOUND, title=known.title)
        return ru.UNBOUND.format(where=await self._instead(known))

    async def move(self, old: int, new: int) -> None:
        """A group became a supergroup: its number changed, its old messages are dead. Its binding stays."""
        async with self._database.write() as connection:
            row = (await connection.execute(select(t.chats).where(t.chats.c.id == old))).mappings().first()
            if row is not None:
                await connection.execute(t.chats.delete().where(t.chats.c.id == old))
                values = {**row, "id": new, "lost": None}
                await connection.execute(insert(connection, t.chats).values(values).on_conflict_do_nothing())
            await connection.execute(
                update(t.messages)
                .where(t.messages.c.chat_id == old)
                .values(chat_id=new, telegram_id=None, pinned_id=None)
            )
            board = update(t.messages).where(t.messages.c.key == board_key(old))
            await connection.execute(board.values(key=board_key(new)))

    async def lose(self, chat_id: int, why: str, by: str | None = None) -> None:
        """The bot was removed from it, or may not write there: what waits there is told elsewhere, admins learn of it.

        Told again, or of a group that is not bound, it does nothing. `by`: the name of who did it, if that is known.
        """
        async with self._database.write() as connection:
            known = next((group for group in await db.bound(connection) if group.id == chat_id), None)
            if known is None or known.lost == why:
                return
            await connection.execute(update(t.chats).where(t.chats.c.id == chat_id).values(lost=why))
            change = Change.LEFT if why == REMOVED else Change.MUTED
            await audit.note(connection, self._clock.now(), by, change, title=known.title)
            await _ring_again(connection, chat_id, self._clock.now())
        if known.lost is None:
            words = ru.LOST_REMOVED if why == REMOVED else ru.LOST_RIGHTS
            await self.tell_admins(words.format(title=known.title, where=await self._instead(known)), f"lost:{chat_id}")

    async def found(self, chat_id: int) -> None:
        """The bot has other rights there, and may write. Where it was removed an admin has to bind the group anew."""
        await self._pin_again(chat_id)
        known = await self.one(chat_id)
        if known is None or known.lost is None:
            return
        if known.lost == RIGHTS:
            async with self._database.write() as connection:
                await connection.execute(update(t.chats).where(t.chats.c.id == chat_id).values(lost=None))
        words = ru.FOUND if known.lost == RIGHTS else ru.FOUND_REMOVED
        await self.tell_admins(words.format(title=known.title), f"found:{chat_id}")

    async def _pin_again(self, chat_id: int) -> None:
        """What the chat did not let us pin is tried once more."""
        messages, now = t.messages.c, self._clock.now()
        refused = (
            (messages.chat_id == chat_id)
            & messages.live
            & messages.pin
            & (messages.pinned_id == db_messages.PIN_REFUSED)
        )
        async with self._database.write() as connection:
            again = update(t.messages).where(refused)
            await connection.execute(again.values(pinned_id=None, want=messages.want + 1, next_try=now))

    async def tell_admins(self, text: str, key: str) -> None:
        """One line to each, in private."""
        people, moment = await self._people.everybody(), int(self._clock.now().timestamp())
        admins = [one for one in people.all if one.role == "admin" and one.telegram_id is not None]
        screen = Screen(esc(text))
        await self._showing.many([(one.telegram_id or 0, f"{key}:{moment}:{one.id}", screen) for one in admins])

    async def _instead(self, lost: Group) -> str:
        """Where what belonged to a group comes now."""
        people = await self._people.everybody()
        async with self._database.read() as connection:
            groups = [group for group in await db.hearing(connection) if group.id != lost.id]
        near = db.nearest(groups, people.teams, lost.team)
        if near:
            return ru.INTO_GROUPS.format(titles=", ".join(f"«{group.title}»" for group in near))
        phones = _phones(people, lost.team)
        return ru.TO_PHONES.format(names=", ".join(phones)) if phones else ru.NOWHERE

    async def _end_board(self, connection: AsyncConnection, chat_id: int, words: str = common.BOARD_BELOW) -> None:
        """The board that the group had says that it is no more."""
        now = self._clock.now()
        old = await db_messages.by_key(connection, board_key(chat_id))
        if old is not None:
            old.show(Screen(words), now)
            old.key, old.live, old.pin = f"{old.key}:{old.id}", False, False
            await db_messages.store(connection, [old], now)


def _phones(people: People, team: int | None) -> list[str]:
    return [people.short_name(one.crm_user_id) for one in leaders(people, team) if one.telegram_id is not None]


async def _ring_again(connection: AsyncConnection, chat_id: int, now: datetime, instead: Screen | None = None) -> None:
    """What the group was told of and nobody has settled is told once more, wherever it can be told now.

    `instead`: what its own messages about it show from now on, where they can still be changed.
    """
    told = [message for message in await db_alerts.live(connection) if message.chat_id == chat_id]
    items = [item for message in told for item in tasks_of(message) if not item.get("settled")]
    keys = [f"{item['case']}:supervisor:{item['task']}" for item in items]
    await connection.execute(update(t.timers).where(t.timers.c.key.in_(keys)).values(done=False))
    for message in told:
        if instead is not None:
            message.show(instead, now)
        message.live, message.dirty = False, True
    await db_messages.store(connection, told, now)
