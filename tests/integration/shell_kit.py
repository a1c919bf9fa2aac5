"""The services without either wire: a database, a clock, people, and messages as the rows that are to be sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select

from bot.clock import BusinessClock
from bot.db import tables as t
from bot.db.people import Person, load_people
from bot.db.session import Database
from bot.engine.case import Client
from bot.playbooks.load import Loaded, builtin
from bot.screens.press import unpack
from bot.screens.screen import Screen
from bot.services.apply import Apply
from bot.services.groups import Groups
from bot.services.intents import Found, Pressed, Reply, Seen
from bot.services.library import Library
from bot.services.people import PeopleService
from bot.services.showing import Showing
from bot.services.views import Views

START = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
"""A Tuesday, 10:00 in Moscow."""
PHONE = "+79161234567"
CAST = (
    ("Иван Соколов", "manager", 2),
    ("Анна Ковалёва", "manager", 3),
    ("Ольга Руднева", "supervisor", 4),
    ("Админ Админов", "admin", None),
)


@dataclass
class Shell:
    """Made by `open_shell`."""

    database: Database
    clock: BusinessClock
    library: Library
    apply: Apply
    people: PeopleService
    showing: Showing
    views: Views
    groups: Groups
    _leads: list[int] = field(default_factory=list)

    async def person(self, first_name: str) -> Person:
        """One of the cast."""
        async with self.database.read() as connection:
            people = await load_people(connection)
        return next(one for one in people.all if one.name.startswith(first_name))

    async def lead(self, name: str = "Пётр Проверкин", phone: str = PHONE, owner: int | None = 2) -> int:
        """A lead of the portal as a case of ours; returns the case's id."""
        number = 100 + len(self._leads)
        self._leads.append(number)
        client = Client(name=name, phones=(phone,))
        now = self.clock.now()
        seen = Seen("lead", number, "leads", "new", owner, f"Заявка: {name}", client, now, "web")
        reply = await self.apply(Found(seen, self.library.active_hash))
        assert reply.case_id is not None
        return reply.case_id

    async def version(self, case_id: int) -> str:
        """The playbook version that a case runs on."""
        async with self.database.read() as connection:
            return str(await connection.scalar(select(t.cases.c.playbook).where(t.cases.c.id == case_id)))

    async def rows(self, *where: Any) -> list[Any]:
        """Rows of `messages`, oldest first."""
        async with self.database.read() as connection:
            query = select(t.messages).where(*where).order_by(t.messages.c.id)
            return list(await connection.execute(query))

    async def screen(self, case_id: int) -> Screen:
        """The live message of a case."""
        found = await self.rows(t.messages.c.case_id == case_id, t.messages.c.live)
        return Screen.from_json(found[-1].screen)

    async def press(self, first_name: str, case_id: int, label: str) -> Reply:
        """A button of the case's live message."""
        return await self.apply(await self.pressing(first_name, case_id, label))

    async def pressing(self, first_name: str, case_id: int, label: str) -> Pressed:
        """The intent of pressing a button."""
        screen = await self.screen(case_id)
        labels = {button.text: button.data for row in screen.rows for button in row}
        data = next((data for text, data in labels.items() if label in text), None)
        assert data is not None, f"no button {label!r} among {list(labels)}"
        press = unpack(data)
        return Pressed(await self.person(first_name), case_id, press.arg(0), press)


async def open_shell(database: Database, playbook: str | Loaded = "bankruptcy") -> Shell:
    """The cast is linked already; its Telegram ids are 1000 and a number."""
    clock = BusinessClock(START, running=False)
    library = Library(builtin(playbook) if isinstance(playbook, str) else playbook)
    async with database.write() as connection:
        for place, (name, role, user) in enumerate(CAST):
            row = {"name": name, "role": role, "crm_user_id": user, "telegram_id": 1000 + place, "linked_at": START}
            await connection.execute(insert(t.people).values(row))
    apply = Apply(database, clock, library, links="http://portal")
    people = PeopleService(database, clock, frozenset({1003}))
    showing = Showing(database, clock)
    groups = Groups(database, clock, people, showing)
    return Shell(database, clock, library, apply, people, showing, Views(database, clock, library), groups)
