"""Who works when, as the administrator says it: shifts of the playbook and single duty days."""

from __future__ import annotations

import re
from datetime import date, datetime

from sqlalchemy import func, select

from bot.clock import Clock
from bot.db import absences as db_absences
from bot.db import tables as t
from bot.db.absences import Absence
from bot.db.people import Person
from bot.db.session import Database
from bot.engine.calendars import zone_of
from bot.locales.ru import dialogs as words
from bot.locales.ru import staff as ru
from bot.playbooks.hours import minutes
from bot.screens import people as screens
from bot.screens.screen import Screen
from bot.services.apply import Apply
from bot.services.intents import Reply
from bot.services.library import Library
from bot.services.people import ROLES, PeopleService
from bot.services.retiming import retime
from bot.services.showing import Showing

_SPAN = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d-(?:[01]\d|2[0-3]):[0-5]\d")


class StaffDesk:
    """See the module."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        apply: Apply,
        library: Library,
        people: PeopleService,
        showing: Showing,
    ) -> None:
        self._database = database
        self._clock = clock
        self._apply = apply
        self._library = library
        self._people = people
        self._showing = showing

    @property
    def today(self) -> date:
        """The company's date."""
        return self._clock.now().astimezone(zone_of(self._library.active)).date()

    async def everybody(self, page: int = 0) -> Screen:
        """A page of all people: role, hours, linked, away; who is invited and has not come."""
        people, now = await self._people.everybody(), self._clock.now()
        columns = t.invites.c
        query = select(columns.name).where(columns.used_at.is_(None), columns.expires_at > now).order_by(columns.name)
        async with self._database.read() as connection:
            away = {absence.person_id for absence in await db_absences.not_over(connection) if _now(absence, now)}
            invited = [row.name for row in await connection.execute(query)]
        return screens.everybody(self._library.active, people.all, away, invited, page)

    async def one(self, person_id: int) -> Screen | None:
        """One person with the buttons of the shifts; None: there is no such person."""
        person = (await self._people.everybody()).by_id.get(person_id)
        if person is None:
            return None
        return screens.one(self._library.active, person, await self._duties(person), self.today)

    def duty_hours(self, person_id: int, day: date) -> Screen:
        """From when till when a duty may be."""
        return screens.pick_hours(self._library.active, person_id, day, self.today)

    async def set_shift(self, by: Person, person_id: int, shift: str | None) -> Reply:
        """From now on; what is planned for him is placed anew, and he is told."""
        playbook, person = self._library.active, (await self._people.everybody()).by_id.get(person_id)
        if person is None or (shift is not None and shift not in playbook.shifts):
            return Reply(toast=ru.GONE_SHIFT, done=False)
        hours = screens.hours(playbook, shift)
        await self._people.set_shift(by, person, shift, hours)
        await self._changed(person, f"shift:{shift or ''}", ru.YOUR_HOURS.format(hours=hours))
        return Reply()

    async def set_duty(self, by: Person, person_id: int, day: date, span: str | None) -> Reply:
        """He works on that day as well; None: he does not."""
        person = (await self._people.everybody()).by_id.get(person_id)
        if person is None or day < self.today:
            return Reply(toast=ru.DAYS_GONE, done=False)
        if span is not None and (_SPAN.fullmatch(span) is None or minutes(span)[0] >= minutes(span)[1]):
            return Reply(toast=ru.GONE_SHIFT, done=False)
        await self._people.set_duty(by, person, day, span)
        said = ru.NO_DUTY if span is None else ru.YOUR_DUTY
        text = said.format(day=screens.say_day(day), hours=(span or "").replace("-", "–"))
        await self._changed(person, f"duty:{day}:{span or ''}", text)
        return Reply()

    async def roles(self, person_id: int) -> Screen | None:
        """The roles to choose from; None: there is no such person."""
        person = (await self._people.everybody()).by_id.get(person_id)
        return screens.pick_role(person, ROLES) if person is not None else None

    async def set_role(self, by: Person, person_id: int, role: str) -> Reply:
        """From now on; his tasks stay his, and he is told."""
        person = (await self._people.everybody()).by_id.get(person_id)
        if person is None or role not in ROLES:
            return Reply(toast=ru.GONE_PERSON, done=False)
        if person.id == by.id:
            return Reply(toast=ru.NOT_OWN_ROLE, done=False)
        if not await self._people.set_role(by, person, role):
            return Reply(toast=ru.SAME_ROLE, done=False)
        await self._changed(person, f"role:{role}", ru.YOUR_ROLE.format(role=words.ROLES[role]))
        return Reply()

    async def asked_to_shut_out(self, person_id: int) -> Screen | None:
        """What closing somebody's access means, before it is done; None: there is no such person."""
        person = (await self._people.everybody()).by_id.get(person_id)
        if person is None:
            return None
        tasks = t.tasks.c
        query = select(func.count()).where(tasks.owner == person.crm_user_id, tasks.state == "open")
        async with self._database.read() as connection:
            count = (await connection.execute(query)).scalar_one()
        return screens.shutting_out(person, count)

    async def shut_out(self, by: Person, person_id: int) -> Reply:
        """He may use the bot no more; his tasks stay his in the CRM until they are handed over."""
        person = (await self._people.everybody()).by_id.get(person_id)
        if person is None:
            return Reply(toast=ru.GONE_PERSON, done=False)
        if person.id == by.id:
            return Reply(toast=ru.NOT_ONESELF, done=False)
        if self._people.is_set_up(person):
            return Reply(toast=ru.FROM_SETTINGS.format(number=person.telegram_id), done=False)
        if not await self._people.shut_out(by, person, Screen(ru.SHUT_OUT)):
            return Reply(toast=ru.GONE_PERSON, done=False)
        await retime(self._database, self._apply, self._library, [person.crm_user_id])
        return Reply()

    async def _changed(self, person: Person, key: str, text: str) -> None:
        await retime(self._database, self._apply, self._library, [person.crm_user_id])
        if person.telegram_id is not None:
            moment = int(self._clock.now().timestamp())
            await self._showing.new(person.telegram_id, f"{key}:{person.id}:{moment}", Screen(text))

    async def _duties(self, person: Person) -> list[tuple[date, str]]:
        columns = t.duties.c
        query = select(columns.day, columns.hours).where(columns.person_id == person.id, columns.day >= self.today)
        async with self._database.read() as connection:
            return [(row.day, row.hours) for row in await connection.execute(query.order_by(columns.day))]


def _now(absence: Absence, now: datetime) -> bool:
    return absence.starts_at <= now < absence.ends_at
