"""The CRM's departments become our teams: read at the start, every ten minutes, and when an admin asks for it.

A department that is gone keeps what was set for it, so that its return brings that back. What the portal does not show
to us leaves everything as it is known; where nothing is known, everybody is one team.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.crm.client import CrmClient
from bot.crm.commands import Command, Outcome
from bot.crm.company import ASKED, Company, CompanyHidden, read_company
from bot.crm.errors import CrmError
from bot.db import chats as db_chats
from bot.db import tables as t
from bot.db import teams as db
from bot.db.people import People
from bot.db.session import Database, insert
from bot.engine.teams import Team
from bot.locales.ru import staff as words
from bot.locales.ru import teams as ru
from bot.screens import people as screens
from bot.screens.screen import Screen
from bot.services.apply import Apply
from bot.services.groups import Groups
from bot.services.library import Library
from bot.services.people import PeopleService
from bot.services.retiming import retime
from bot.services.showing import Showing

log = logging.getLogger(__name__)
_MARK = "company"


class CompanyService:
    """See the module. `on_change` is told that boards may look different."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        client: CrmClient,
        library: Library,
        apply: Apply,
        people: PeopleService,
        groups: Groups,
        showing: Showing,
        on_change: Callable[[], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._client = client
        self._library = library
        self._apply = apply
        self._people = people
        self._groups = groups
        self._showing = showing
        self._on_change = on_change

    def commands(self) -> Mapping[str, Command]:
        """What is to be asked beside other things; the answers are for `heard`."""
        return ASKED

    async def heard(self, outcomes: Mapping[str, Outcome]) -> int:
        """The portal's answers; returns 1 if something is different now."""
        try:
            return await self._take(outcomes)
        except CrmError as error:
            log.warning("the departments could not be read (%s %s): %s", error.method, error.code, error)
            return 0

    async def refresh(self) -> None:
        """Read the portal now.

        Raises:
            CrmError: it does not answer.
        """
        await self._take(None)

    async def lacks(self) -> str | None:
        """The right without which the portal does not show its departments; None: it does."""
        async with self._database.read() as connection:
            value = (await connection.execute(_LACKS)).scalar()
        return None if value is None else value["lacks"]

    async def _take(self, outcomes: Mapping[str, Outcome] | None) -> int:
        try:
            company = await read_company(self._client, outcomes)
        except CompanyHidden as hidden:
            if await self.lacks() != hidden.lacks:
                log.warning("the portal hides its departments: the webhook lacks the right %r", hidden.lacks)
                await self._note(hidden.lacks)
            return 0
        if await self.lacks() is not None:
            log.info("the portal shows its departments")
            await self._note(None)
        return await self._follow(company)

    async def _follow(self, company: Company) -> int:
        seen = [Team(one.id, one.name, one.parent, one.head) for one in company.departments]
        async with self._database.read() as connection:
            known = await db.load_teams(connection)
        if not db.differs(known, seen, company.members):
            return 0
        before = await self._people.everybody()
        async with self._people.changing() as connection:
            for team in await db.store(connection, seen, company.members):
                await self._tell_removed(connection, team)
        after = await self._people.everybody()
        await self.hours_changed(before, after)
        self._on_change()
        return 1

    async def hours_changed(self, before: People, after: People) -> None:
        """Whoever works at other hours through his team is told, and what waits is placed anew."""
        old, new = before.staff, after.staff
        if old == new or not (old.terms or new.terms):
            return
        users = [user for user in {*old.terms, *new.terms} if old.terms.get(user) != new.terms.get(user)]
        await retime(self._database, self._apply, self._library, users)
        moment, playbook = int(self._clock.now().timestamp()), self._library.active
        for person in after.all:
            was = before.by_id.get(person.id)
            if was is None or person.telegram_id is None or was.works_on == person.works_on:
                continue
            text = words.YOUR_HOURS.format(hours=screens.hours(playbook, person.works_on))
            await self._showing.new(person.telegram_id, f"shift:{person.id}:{moment}", Screen(text))

    async def _tell_removed(self, connection: AsyncConnection, team: Team) -> None:
        """Its groups hear nothing any more: an admin has to say what they are for."""
        titles = [group.title for group in await db_chats.bound(connection) if group.team == team.id]
        if titles:
            text = ru.REMOVED.format(team=team.name, titles=", ".join(f"«{title}»" for title in titles))
            await self._groups.tell_admins(text, f"removed:{team.id}", connection)

    async def _note(self, lacks: str | None) -> None:
        value = {"lacks": lacks}
        async with self._database.write() as connection:
            statement = insert(connection, t.settings).values(key=_MARK, value=value)
            await connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": value}))


_LACKS = select(t.settings.c.value).where(t.settings.c.key == _MARK)
