"""Who may use the bot: one-time invites, linking, when people work."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from sqlalchemy import bindparam, delete, or_, select, update
from sqlalchemy import insert as plain_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.db import audit
from bot.db import tables as t
from bot.db.audit import Change
from bot.db.people import People, Person, Register, load_people
from bot.db.session import Database, insert
from bot.locales.ru import staff as ru
from bot.screens.screen import Screen
from bot.services import phones

ROLES = ("manager", "supervisor", "director", "lawyer", "admin")
INVITE_LIVES = timedelta(days=3)


class LinkRefusal(Enum):
    """Why a /start links nobody."""

    UNKNOWN = "unknown"
    USED = "used"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Invited:
    """Who the invite is for."""

    name: str
    role: str
    crm_user_id: int | None


class PeopleService:
    """Reads and writes of people and invites. `admins` may start without a token."""

    def __init__(
        self, database: Database, clock: Clock, admins: frozenset[int], register: Register | None = None
    ) -> None:
        self._database = database
        self._register = register or Register("none")
        self._clock = clock
        self._admins = admins
        self._reading: asyncio.Task[People] | None = None

    async def everybody(self) -> People:
        """All active people. Those who ask at the same moment share one reading, which begins after they asked."""
        if self._reading is None:
            self._reading = asyncio.get_running_loop().create_task(self._read())
        return await asyncio.shield(self._reading)

    async def _read(self) -> People:
        try:
            async with self._database.read() as connection:
                self._reading = None  # whoever asks from now on may have to see a newer state
                return await load_people(connection)
        finally:
            if self._reading is asyncio.current_task():
                self._reading = None

    async def now(self) -> People:
        """Everybody, as far as it is remembered; for what asks every second."""
        return self._register.known or await self.everybody()

    async def by_telegram(self, telegram_id: int) -> Person | None:
        """The linked person behind a Telegram account."""
        if self._register.known is not None:
            return self._register.known.by_telegram.get(telegram_id)
        return (await self.everybody()).by_telegram.get(telegram_id)

    async def invite(self, whom: Invited, by: int) -> str:
        """A one-time token for a `/start` link; only its hash is kept."""
        token = secrets.token_urlsafe(24)
        values = {
            "token_hash": _hash(token),
            "crm_user_id": whom.crm_user_id,
            "name": whom.name,
            "role": whom.role,
            "created_by": by,
            "expires_at": self._clock.now() + INVITE_LIVES,
        }
        async with self._database.write() as connection:
            await connection.execute(plain_insert(t.invites).values(values))
            admin = (await load_people(connection)).by_telegram.get(by)
            await audit.note(connection, self._clock.now(), admin, Change.INVITED, whom=whom.name, role=whom.role)
        return token

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[AsyncConnection]:
        """A write to the table of people; what is remembered of it ends with the commit."""
        try:
            async with self._database.write() as connection:
                yield connection
        finally:
            self._register.forget()

    async def start(self, telegram_id: int, name: str, token: str | None) -> Person | LinkRefusal:
        """Link by a token, or let an admin of the settings in. A used, expired or unknown token links nobody."""
        if token is None:
            return await self._start_admin(telegram_id, name)
        now = self._clock.now()
        async with self.changing() as connection:
            row = (await connection.execute(select(t.invites).where(t.invites.c.token_hash == _hash(token)))).first()
            if row is None:
                return LinkRefusal.UNKNOWN
            if row.used_at is not None:
                return LinkRefusal.USED
            if row.expires_at < now:
                return LinkRefusal.EXPIRED
            mine = (t.invites.c.token_hash == row.token_hash) & t.invites.c.used_at.is_(None)
            if (await connection.execute(update(t.invites).where(mine).values(used_at=now))).rowcount == 0:
                return LinkRefusal.USED  # by somebody else at this very moment
            former = (await connection.execute(_OF_USER, {"user": row.crm_user_id})).first()
            before = (await load_people(connection)).by_crm.get(row.crm_user_id or 0)
            # A new account of the same CRM user takes the old one's place; so does a new role of the same account.
            same = [t.people.c.telegram_id == telegram_id]
            if row.crm_user_id is not None:
                same.append(t.people.c.crm_user_id == row.crm_user_id)
            await connection.execute(update(t.people).where(or_(*same)).values(**_LEFT))
            values = {"telegram_id": telegram_id, "crm_user_id": row.crm_user_id, "name": row.name, "role": row.role}
            values |= {"linked_at": now, "shift": former.shift if former is not None else None}
            await connection.execute(plain_insert(t.people).values(values))
            person = (await load_people(connection)).by_telegram[telegram_id]
            if former is not None:
                await _inherit(connection, former.id, person.id)
            if before is not None and before.telegram_id not in (None, telegram_id):
                await phones.wipe(connection, before, Screen(ru.ON_ANOTHER_PHONE), now)
            was = former.role if former is not None else ""
            await audit.note(connection, now, person, Change.JOINED, role=person.role, was=was)
            return person

    async def _start_admin(self, telegram_id: int, name: str) -> Person | LinkRefusal:
        known = await self.by_telegram(telegram_id)
        if known is not None:
            return known
        if telegram_id not in self._admins:
            return LinkRefusal.UNKNOWN
        now = self._clock.now()
        values = {"telegram_id": telegram_id, "name": name, "role": "admin", "linked_at": now}
        async with self.changing() as connection:
            new = await connection.execute(insert(connection, t.people).values(values).on_conflict_do_nothing())
            person = (await load_people(connection)).by_telegram[telegram_id]
            if new.rowcount:
                await audit.note(connection, now, person, Change.JOINED, role=person.role, was="")
            return person

    async def shut_out(self, by: Person, whom: Person, last_words: Screen) -> bool:
        """This person may use the bot no more; his cards show `last_words`. A new invite lets him in again.

        False: somebody else has said so at this very moment.
        """
        now, invites = self._clock.now(), t.invites.c
        async with self.changing() as connection:
            leaves = update(t.people).where(t.people.c.id == whom.id, t.people.c.active)
            gone = await connection.execute(leaves.values(**_LEFT))
            if gone.rowcount == 0:
                return False
            await connection.execute(delete(t.awaiting).where(t.awaiting.c.person_id == whom.id))
            same = invites.name == whom.name if whom.crm_user_id is None else invites.crm_user_id == whom.crm_user_id
            await connection.execute(update(t.invites).where(same, invites.used_at.is_(None)).values(expires_at=now))
            await phones.wipe(connection, whom, last_words, now)
            await audit.note(connection, now, by, Change.SHUT_OUT, whom=whom.name, role=whom.role)
            return True

    def is_set_up(self, whom: Person) -> bool:
        """Whether the settings of the server let this person in, whatever is said here."""
        return whom.telegram_id in self._admins

    async def set_role(self, by: Person, whom: Person, role: str) -> bool:
        """From now on this person has another role; False: he has it already, or is not there any more."""
        people = t.people.c
        async with self.changing() as connection:
            other = update(t.people).where(people.id == whom.id, people.active, people.role != role)
            if (await connection.execute(other.values(role=role))).rowcount == 0:
                return False
            await audit.note(
                connection, self._clock.now(), by, Change.ROLE, whom=whom.name, role=role, former=whom.role
            )
            return True

    async def set_shift(self, by: Person, whom: Person, shift: str | None, hours: str) -> None:
        """From now on this person works on a shift of the playbook; None: at the company's hours.

        `hours` says in words which those are, for the audit.
        """
        async with self.changing() as connection:
            await connection.execute(update(t.people).where(t.people.c.id == whom.id).values(shift=shift))
            await audit.note(connection, self._clock.now(), by, Change.SHIFT, whom=whom.name, hours=hours)

    async def set_duty(self, by: Person, whom: Person, day: date, hours: str | None) -> None:
        """This person works on that day as well, `10:00-16:00`; None: he does not."""
        duties = t.duties.c
        async with self.changing() as connection:
            await connection.execute(delete(t.duties).where(duties.person_id == whom.id, duties.day == day))
            what, words = Change.NO_DUTY, {"whom": whom.name, "day": day.isoformat()}
            if hours is not None:
                await connection.execute(plain_insert(t.duties).values(person_id=whom.id, day=day, hours=hours))
                what, words = Change.DUTY, words | {"hours": hours}
            await audit.note(connection, self._clock.now(), by, what, **words)

    async def set_reachable(self, telegram_id: int, reachable: bool) -> Person | None:
        """The person blocked the bot, or came back."""
        async with self.changing() as connection:
            await connection.execute(
                update(t.people).where(t.people.c.telegram_id == telegram_id).values(reachable=reachable)
            )
            return (await load_people(connection)).by_telegram.get(telegram_id)


async def _inherit(connection: AsyncConnection, former: int, person: int) -> None:
    """The new account of somebody has his duties and absences."""
    for table in (t.duties, t.absences):
        await connection.execute(update(table).where(table.c.person_id == former).values(person_id=person))


_LEFT = {"active": False, "telegram_id": None, "crm_user_id": None, "former_user": t.people.c.crm_user_id}
"""Somebody who may use the bot no more; reports of his time still name him."""
_OF_USER = select(t.people.c.id, t.people.c.shift, t.people.c.role).where(
    t.people.c.crm_user_id == bindparam("user"), t.people.c.crm_user_id.is_not(None)
)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
