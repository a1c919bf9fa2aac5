"""Bound groups: which team's tasks each hears of, and what becomes of them when a group is lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.db import alerts as db_alerts
from bot.db import audit, turns
from bot.db import cases as db_cases
from bot.db import chats as db
from bot.db import messages as db_messages
from bot.db import tables as t
from bot.db.audit import Change
from bot.db.chats import Group
from bot.db.people import People, Person, load_people
from bot.db.session import Database, insert
from bot.locales.ru import screens as common
from bot.locales.ru import teams as ru
from bot.screens.screen import Screen, esc
from bot.services.escalations import ring_again, tasks_of
from bot.services.oversight import is_parted, reached, team_of
from bot.services.people import PeopleService
from bot.services.showing import Showing, queue

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
        groups, teams = people.staff.groups, people.teams
        placed = sum(teams.of(user) is not None for user in people.staff.team)
        below = [teams.all[number] for number, mine in groups.items() if len(mine) < placed]
        return sorted(((team.id, team.name) for team in below), key=lambda pair: pair[1])

    async def bind(self, chat_id: int, title: str, thread_id: int | None, by: Person, team: int | None = None) -> str:
        """It was said in the group itself, so that we can write there. Returns what is told of it."""
        async with self._database.write() as connection:
            name = await self._hears(connection, Group(chat_id, title, thread_id, team), by, {"lost": None})
        return ru.BOUND.format(title=title) if team is None else ru.BOUND_TEAM.format(team=name)

    async def give_to(self, seen: Group, by: Person, team: int) -> bool:
        """It was said elsewhere, of a group as it was `seen`; False: it hears of another team by now."""
        async with self._database.write() as connection:
            if not await db.still_hears(connection, seen):
                return False
            await self._hears(connection, replace(seen, team=team), by, {})
        return True

    async def _hears(self, connection: AsyncConnection, group: Group, by: Person, more: Mapping[str, Any]) -> str:
        """This group hears of its team's tasks from now on, or of the whole floor's; its board comes as a new message.

        What it was told of and will hear nothing more about is told where it belongs now. Returns what heads its board.
        """
        people = await load_people(connection)
        name = group.name(people.teams)
        await self._end_board(connection, group.id)
        values = {"title": group.title, "thread_id": group.thread_id, "active": True, "team": group.team, **more}
        statement = insert(connection, t.chats).values(id=group.id, bound_by=by.telegram_id or 0, **values)
        await connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))
        await self._pass_on(connection, people, group.id)
        change = Change.BOUND if group.team is None else Change.BOUND_TEAM
        await audit.note(connection, self._clock.now(), by, change, title=group.title, team=name)
        return name

    async def _pass_on(self, connection: AsyncConnection, people: People, chat_id: int) -> None:
        """What this group was told of, and is now nearer to another one, is told there."""
        told = [message for message in await db_alerts.live(connection) if message.chat_id == chat_id]
        cases = await db_cases.load(connection, [item["case"] for message in told for item in tasks_of(message)])
        groups = await db.hearing(connection)
        away = {
            number
            for number, one in cases.items()
            if chat_id not in {group.id for group in db.nearest(groups, people.teams, team_of(people, one.case))}
        }
        await ring_again(connection, told, self._clock.now(), Screen(ru.ALERT_PASSED_ON), away)

    async def unbind(self, chat_id: int, by: Person) -> str | None:
        """Nothing comes here any more. Returns where it comes instead; None: the group was not bound."""
        async with self._database.write() as connection:
            known = next((group for group in await db.bound(connection) if group.id == chat_id), None)
            if known is None:
                return None
            await connection.execute(update(t.chats).where(t.chats.c.id == chat_id).values(active=False, lost=None))
            await self._end_board(connection, chat_id, ru.BOARD_UNBOUND)
            told = [message for message in await db_alerts.live(connection) if message.chat_id == chat_id]
            await ring_again(connection, told, self._clock.now(), Screen(ru.ALERT_ELSEWHERE))
            await audit.note(connection, self._clock.now(), by, Change.UNBOUND, title=known.title)
            where = await self._instead(connection, known)
        return ru.UNBOUND.format(where=where)

    async def move(self, old: int, new: int) -> None:
        """A group became a supergroup: its number changed, its old messages are dead. Its binding stays.

        The board and what waits to be settled come anew, with buttons that can be pressed.
        """
        messages, now = t.messages.c, self._clock.now()
        async with self._database.write() as connection:
            row = (await connection.execute(select(t.chats).where(t.chats.c.id == old))).mappings().first()
            if row is not None:
                await connection.execute(t.chats.delete().where(t.chats.c.id == old))
                values = {**row, "id": new, "lost": None}
                statement = insert(connection, t.chats).values(values)
                unbound = t.chats.c.active.is_(False)
                await connection.execute(
                    statement.on_conflict_do_update(index_elements=["id"], set_=values, where=unbound)
                )
            if await db_messages.by_key(connection, board_key(new)) is not None:  # it was bound before we knew
                await self._end_board(connection, old)
            here = update(t.messages).where(messages.chat_id == old)
            await connection.execute(here.values(chat_id=new, telegram_id=None, pinned_id=None))
            await turns.move(connection, old, new)
            board = update(t.messages).where(messages.key == board_key(old))
            await connection.execute(board.values(key=board_key(new)))
            stands = (messages.chat_id == new) & messages.live & messages.kind.in_(("board", db_alerts.KIND))
            again = update(t.messages).where(stands, messages.telegram_id.is_(None))
            await connection.execute(again.values(want=messages.want + 1, next_try=now))
        self._showing.committed()

    async def lose(self, chat_id: int, why: str, by: str | None = None) -> None:
        """The bot was removed from it, or may not write there: what waits there is told elsewhere, admins learn of it.

        Told again, or of a group that is not bound, it does nothing: one that we were removed from waits for /bind,
        whatever becomes of our rights. `by`: the name of who did it, if that is known.
        """
        now, former = self._clock.now(), (None, RIGHTS) if why == REMOVED else (None,)
        async with self._database.write() as connection:
            known = next((group for group in await db.bound(connection) if group.id == chat_id), None)
            if known is None or not await db.mark(connection, chat_id, why, instead_of=former):
                return
            change = Change.LEFT if why == REMOVED else Change.MUTED
            await audit.note(connection, now, by, change, title=known.title)
            told = [message for message in await db_alerts.live(connection) if message.chat_id == chat_id]
            await ring_again(connection, told, now)
            if known.lost is None:
                words = ru.LOST_REMOVED if why == REMOVED else ru.LOST_RIGHTS
                text = words.format(title=known.title, where=await self._instead(connection, known))
                await self.tell_admins(text, f"lost:{chat_id}", connection)
        self._showing.committed()

    async def found(self, chat_id: int, *, added: bool = False) -> None:
        """The bot has other rights there, and may write; `added`: it was not in there before.

        Where it was removed an admin has to bind the group anew.
        """
        await self._pin_again(chat_id)
        async with self._database.write() as connection:
            known = next((group for group in await db.bound(connection) if group.id == chat_id), None)
            if known is None:
                return
            if await db.mark(connection, chat_id, None, instead_of=(RIGHTS,)):
                await self.tell_admins(ru.FOUND.format(title=known.title), f"found:{chat_id}", connection)
            elif known.lost == REMOVED and added:
                await self.tell_admins(ru.FOUND_REMOVED.format(title=known.title), f"found:{chat_id}", connection)
        self._showing.committed()

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

    async def tell_admins(self, text: str, key: str, connection: AsyncConnection | None = None) -> None:
        """One line to each, in private; `connection`: with what it tells of, or not at all."""
        if connection is None:
            async with self._database.write() as own:
                await self.tell_admins(text, key, own)
            self._showing.committed()
            return
        people, now = await load_people(connection), self._clock.now()
        moment, screen = int(now.timestamp()), Screen(esc(text))
        admins = [one for one in people.all if one.role == "admin" and one.telegram_id is not None]
        await queue(connection, now, [(one.telegram_id or 0, f"{key}:{moment}:{one.id}", screen) for one in admins])

    async def _instead(self, connection: AsyncConnection, lost: Group) -> str:
        """Where what belonged to a group comes now."""
        people = await load_people(connection)
        groups = [group for group in await db.hearing(connection) if group.id != lost.id]
        near = db.nearest(groups, people.teams, lost.team)
        if near:
            return ru.INTO_GROUPS.format(titles=", ".join(f"«{group.title}»" for group in near))
        phones = [people.short_name(one.crm_user_id) for one in reached(people, lost.team, self._clock.now())]
        return ru.TO_PHONES.format(names=", ".join(phones)) if phones else ru.NOWHERE

    async def _end_board(self, connection: AsyncConnection, chat_id: int, words: str = common.BOARD_BELOW) -> None:
        """The board that the group had says that it is no more."""
        now = self._clock.now()
        old = await db_messages.by_key(connection, board_key(chat_id))
        if old is not None:
            old.show(Screen(words), now)
            old.key, old.live, old.pin = f"{old.key}:{old.id}", False, False
            await db_messages.store(connection, [old], now)
