"""The people who are linked to the bot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import tables as t
from bot.db.teams import load_teams
from bot.engine.calendars import read_span
from bot.engine.staff import COMPANY, Staff, Terms
from bot.engine.teams import ONE_TEAM, Teams
from bot.engine.worktime import Hours, Window
from bot.locales.ru import screens as ru


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may use the bot."""

    id: int
    name: str
    role: str
    telegram_id: int | None
    crm_user_id: int | None
    reachable: bool = True
    shift: str | None = None
    team_shift: str | None = None
    """Of his team: it counts while he has none of his own."""

    @property
    def works_on(self) -> str | None:
        """The key of his shift: his own, otherwise his team's; None: the company's hours."""
        return self.shift or self.team_shift

    @property
    def leads(self) -> bool:
        """Whether this person may act on other people's cases."""
        return self.role in ("supervisor", "director")


NOBODY_LEFT: Mapping[int, str] = {}


class People:
    """Everybody, by the three names that they have, and when they work; `former` names CRM users who have left."""

    def __init__(
        self,
        persons: Iterable[Person],
        staff: Staff = COMPANY,
        teams: Teams = ONE_TEAM,
        former: Mapping[int, str] = NOBODY_LEFT,
    ) -> None:
        self.all = tuple(persons)
        self.staff = staff
        self.teams = teams
        self.by_id = {person.id: person for person in self.all}
        self.by_telegram = {person.telegram_id: person for person in self.all if person.telegram_id is not None}
        self.by_crm = {person.crm_user_id: person for person in self.all if person.crm_user_id is not None}
        self._names = {**former, **{user: one.name for user, one in self.by_crm.items()}}
        self._bear = Counter(words for name in self._names.values() for words in {name, shortened(name)})

    def name_of(self, crm_user_id: int | None) -> str:
        """The person's name, or the CRM number of somebody who was never linked; namesakes have both."""
        if crm_user_id is None:
            return ru.NOBODY
        name = self._names.get(crm_user_id)
        if name is None:
            return f"№ {crm_user_id}"
        return name if self._bear[name] == 1 else f"{name} (№ {crm_user_id})"

    def short_name(self, crm_user_id: int | None) -> str:
        """«Иван С.», if nobody else is called so; somebody who was never linked keeps his CRM number."""
        name = self._names.get(crm_user_id) if crm_user_id is not None else None
        if name is None or self._bear[shortened(name)] > 1:
            return self.name_of(crm_user_id)
        return shortened(name)


def shortened(name: str) -> str:
    """«Иван С.»"""
    first, *rest = name.split() or [name]
    return f"{first} {rest[0][0]}." if rest else first


async def load_people(connection: AsyncConnection) -> People:
    """Everybody who is active, and the names of who was."""
    columns = t.people.c
    rows = await connection.execute(
        select(
            columns.id,
            columns.name,
            columns.role,
            columns.telegram_id,
            columns.crm_user_id,
            columns.reachable,
            columns.shift,
            columns.active,
            columns.former_user,
        )
        .where(or_(columns.active, columns.former_user.is_not(None)))
        .order_by(columns.id)
    )
    teams = await load_teams(connection)
    known = list(rows)
    former = {row.former_user: row.name for row in known if not row.active}
    persons = [Person(*row[:7], team_shift=teams.shift_at(teams.of(row.crm_user_id))) for row in known if row.active]
    return People(persons, await _staff(connection, persons, teams), teams, former)


async def _staff(connection: AsyncConnection, persons: Iterable[Person], teams: Teams) -> Staff:
    """Who works at other hours than the company's."""
    duties: dict[int, list[tuple[date, Hours]]] = {}
    for row in await connection.execute(select(t.duties).order_by(t.duties.c.day)):
        duties.setdefault(row.person_id, []).append((row.day, (read_span(row.hours),)))
    away: dict[int, list[Window]] = {}
    for row in await connection.execute(select(t.absences).order_by(t.absences.c.starts_at)):
        if row.starts_at < row.ends_at:
            away.setdefault(row.person_id, []).append(Window(row.starts_at, row.ends_at))
    terms = {
        person.crm_user_id: Terms(shift, tuple(duties.get(person.id, ())), tuple(away.get(person.id, ())))
        for person in persons
        if ((shift := person.works_on) or person.id in duties or person.id in away) and person.crm_user_id is not None
    }
    floor = sorted(one.crm_user_id for one in persons if one.role == "manager" and one.crm_user_id is not None)
    return Staff(terms, tuple(floor), teams.members, teams.grouped(floor))


class Register:
    """Everybody, remembered between transactions where nobody else can change the table: a SQLite file has one process.

    It is read under the writer's lock only and forgotten after every change, so what is remembered is never older than
    the last commit.
    """

    def __init__(self, dialect: str) -> None:
        self._remembers = dialect == "sqlite"
        self.known: People | None = None

    async def read(self, connection: AsyncConnection) -> People:
        """Everybody who is active, inside a write transaction."""
        if self.known is not None:
            return self.known
        people = await load_people(connection)
        if self._remembers:
            self.known = people
        return people

    def forget(self) -> None:
        """The table was changed."""
        self.known = None
