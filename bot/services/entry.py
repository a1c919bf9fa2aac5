"""«Новый клиент»: the form in which a client is entered by hand, from the first question to the summary.

Every answer is a row: the form goes on after days and restarts. Recording it is an intent of `apply` like all else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import update as change
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.db import messages as db_messages
from bot.db import newcomers as db_newcomers
from bot.db import tables as t
from bot.db.newcomers import StoredNewcomer
from bot.db.people import People, Person
from bot.db.session import Database
from bot.engine import newcomer
from bot.engine.newcomer import Newcomer
from bot.errors import ActionNotAllowed
from bot.locales.ru import entry as ru
from bot.locales.ru import screens as common
from bot.screens.entry import form_screen
from bot.screens.press import Press, read_number
from bot.screens.screen import Screen
from bot.services import barred
from bot.services import entry_rows as rows
from bot.services.agendas import agenda_of_newcomer
from bot.services.apply import Apply
from bot.services.client_search import ClientSearch
from bot.services.entry_answers import Look, pressed, typed
from bot.services.intents import Entered, Reply, Show
from bot.services.library import Library
from bot.services.people import PeopleService
from bot.services.saving import Committed


class EntryDesk:
    """See the module. `on_commit` is told that rows wait for delivery."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        library: Library,
        apply: Apply,
        people: PeopleService,
        search: ClientSearch,
        on_commit: Callable[[Committed], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._library = library
        self._apply = apply
        self._people = people
        self._search = search
        self._on_commit = on_commit

    async def begin(self, person: Person, update: int) -> Reply:
        """`/new`: an empty form, or the one that was begun, as the newest message."""
        try:
            rows.check_author(self._library, person)
        except ActionNotAllowed as refusal:
            return Reply(toast=str(refusal), done=False)
        people, now = await self._people.everybody(), self._clock.now()
        async with self._database.write() as connection:
            stored = await db_newcomers.open_of(connection, person.id)
            if stored is None:
                stored = await db_newcomers.add(connection, person.id, rows.begun(person), now)
            else:
                stored = await db_newcomers.save(connection, stored, stored.new, now)
                old = await rows.below(connection, stored.id, now)
                if old is not None:
                    await db_messages.store(connection, [old], now)
            await self._show(connection, people, person, stored, Look(stored.new), now)
            await _mark(connection, update, now)
        self._committed(update)
        return Reply()

    async def press(self, person: Person, press: Press, update: int) -> Reply:
        """A button of the form."""
        number, version, verb = read_number(press.arg(0)), read_number(press.arg(1)), press.arg(2)
        if number is None or version is None:
            return Reply(toast=common.UNKNOWN_BUTTON, done=False)
        try:
            rows.check_author(self._library, person)
            if verb == "ok":
                return await self._apply(Entered(person, number, version, update))
            if verb == "open":
                return await self._open(person, number, version, press.arg(3), update)
            return await self._step(person, number, version, verb, press.arg(3), update)
        except ActionNotAllowed as refusal:
            return Reply(toast=str(refusal), done=False)

    async def _step(self, person: Person, number: int, version: int, verb: str, choice: str, update: int) -> Reply:
        people, now = await self._people.everybody(), self._clock.now()
        async with self._database.write() as connection:
            stored = await self._fresh(connection, person, number, version)
            if verb == "cancel":
                await self._cancel(connection, person, stored, now)
            else:
                agenda = await agenda_of_newcomer(connection, people, self._library.active, stored.new, now)
                look = pressed(self._library.active, people, person, stored.new, verb, choice, now, agenda)
                if look.new != stored.new:
                    stored = await db_newcomers.save(connection, stored, look.new, now)
                await self._show(connection, people, person, stored, look, now)
            await _mark(connection, update, now)
        self._committed(update)
        return Reply()

    async def _open(self, person: Person, number: int, version: int, choice: str, update: int) -> Reply:
        """[Открыть]: the card of the known client; the form stays as it is."""
        async with self._database.read() as connection:
            stored = await self._fresh(connection, person, number, version)
        case_id = read_number(choice)
        if case_id is None or not any(one.case == case_id and one.own for one in stored.new.known):
            raise ActionNotAllowed(common.STALE)
        reply = await self._apply(Show(person, case_id, update))
        return reply if reply.toast else replace(reply, toast=ru.OPENED)

    async def _cancel(self, connection: AsyncConnection, person: Person, stored: StoredNewcomer, now: datetime) -> None:
        message = await rows.form_message(connection, person, stored.id, Screen(ru.CANCELLED), now)
        await db_messages.store(connection, [message], now)
        await rows.expect_nothing(connection, person)
        await db_newcomers.finish(connection, stored.id, None, now)

    async def typed(self, person: Person, number: int, text: str, update: int) -> Reply:
        """A message of a person whose form waits for words."""
        people, now, playbook = await self._people.everybody(), self._clock.now(), self._library.active
        async with self._database.read() as connection:
            stored = await db_newcomers.load(connection, number)
            if stored is None or stored.over or stored.person_id != person.id:
                return Reply(toast=common.STALE, done=False)
            agenda = await agenda_of_newcomer(connection, people, playbook, stored.new, now)
        look = typed(
            playbook, people.staff, stored.new, rows.step_of(self._library, stored.new, person), text, now, agenda
        )
        if look is None:
            return Reply(toast=ru.PRESS_INSTEAD, done=False)
        if look.contacts:
            look = replace(look, new=await self._searched(person, stored, look.new))
        return await self._keep_typed(person, stored, look, update)

    async def _searched(self, person: Person, stored: StoredNewcomer, new: Newcomer) -> Newcomer:
        """The form with who was found by its contacts; the form says that we look, for the portal may be slow."""
        now = self._clock.now()
        async with self._database.write() as connection:
            message = await rows.form_message(connection, person, stored.id, Screen(ru.SEARCHING), now)
            await db_messages.store(connection, [message], now)
            bar = await barred.known(connection, [new.phone]) if new.phone is not None else None
        self._on_commit(Committed(True, False, False, ()))
        known, blind = await self._search.find(new, await self._people.everybody(), person)
        return rows.noted(newcomer.found(new, known, blind=blind), bar)

    async def _keep_typed(self, person: Person, before: StoredNewcomer, look: Look, update: int) -> Reply:
        people, now = await self._people.everybody(), self._clock.now()
        async with self._database.write() as connection:
            stored = await db_newcomers.load(connection, before.id, lock=True)
            if stored is None or stored.over:
                return Reply(toast=common.STALE, done=False)
            if stored.version != before.version:  # answered elsewhere while the portal was asked: shown as it is now
                look = Look(stored.new)
            elif look.new != stored.new:
                stored = await db_newcomers.save(connection, stored, look.new, now)
            await self._show(connection, people, person, stored, look, now)
            await _mark(connection, update, now)
        self._committed(update)
        return Reply()

    async def _fresh(self, connection: AsyncConnection, person: Person, number: int, version: int) -> StoredNewcomer:
        stored = await db_newcomers.load(connection, number, lock=True)
        return rows.checked(stored, person, version)

    async def _show(
        self,
        connection: AsyncConnection,
        people: People,
        person: Person,
        stored: StoredNewcomer,
        look: Look,
        now: datetime,
    ) -> None:
        agenda = await agenda_of_newcomer(connection, people, self._library.active, stored.new, now)
        view = rows.view_of(
            self._library,
            people,
            person,
            stored,
            now,
            picking=look.picking,
            note=look.note,
            menu=look.menu,
            agenda=agenda,
        )
        message = await rows.form_message(connection, person, stored.id, form_screen(view), now)
        await db_messages.store(connection, [message], now)
        await rows.expect(connection, person, stored, rows.step_of(self._library, stored.new, person))

    def _committed(self, update: int) -> None:
        self._on_commit(Committed(True, False, False, (update,)))


async def _mark(connection: AsyncConnection, update: int, now: datetime) -> None:
    """The update has had its effect: worked on again after a crash, a typed answer would answer the next question."""
    await connection.execute(change(t.tg_inbox).where(t.tg_inbox.c.update_id == update).values(done_at=now))
