"""The open tasks of somebody who is absent: which they are, giving them out, taking them back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, select

from bot.clock import Clock
from bot.db import cases as db_cases
from bot.db import tables as t
from bot.db.absences import Absence
from bot.db.people import People, Person
from bot.db.session import Database
from bot.engine import events as ev
from bot.engine.case import Case
from bot.engine.tasks import is_new
from bot.locales.ru import staff as ru
from bot.services import covers
from bot.services.apply import Apply
from bot.services.intents import Happened
from bot.services.library import Library
from bot.services.staff import overseers


class AbsentTasks:
    """See the module. What is done twice is done once: a task that has changed hands meanwhile stays where it is."""

    def __init__(self, database: Database, clock: Clock, apply: Apply, library: Library) -> None:
        self._database = database
        self._clock = clock
        self._apply = apply
        self._library = library

    async def of(self, person: Person) -> list[Case]:
        """Cases whose open task this person holds, in the order of the queue."""
        if person.crm_user_id is None:
            return []
        return await self._read(t.tasks.c.owner == person.crm_user_id)

    async def waiting(self, absence: Absence, person: Person) -> list[Case]:
        """What a colleague can do meanwhile: new clients and promises first, then in the order of the queue."""
        found = [
            case
            for case in await self.of(person)
            if case.task is not None
            and case.task.due_at < absence.ends_at
            and (case.task.holder is None or case.task.cover or self.role_of(case) is not None)
        ]
        return sorted(found, key=lambda case: not self._comes_first(case))

    async def give_out(
        self,
        absence: Absence,
        person: Person,
        people: People,
        able: Collection[Person],
        *,
        agreed_before: datetime | None = None,
    ) -> Counter[int]:
        """Each open task to the colleague with the fewest; returns how many each of them got.

        One that waits for a role goes to somebody of this role, whoever is able otherwise.
        `agreed_before`: only those for which a client waits at a minute before this moment.
        """
        now = self._clock.now()
        async with self._database.read() as connection:
            load = await covers.loads(connection)
        given: Counter[int] = Counter()
        for case in await self.waiting(absence, person):
            role = self.role_of(case)
            takers = able if role is None else _of_role(people, role, case, person, now)
            user = covers.choose([one for one in takers if role is not None or one.crm_user_id != case.owner], load)
            if user is None or case.task is None:
                continue
            if agreed_before is not None and not (self._is_agreed(case) and case.task.due_at < agreed_before):
                continue
            why = (ru.WHY_GIVEN if role is None else ru.WHY_GIVEN_ROLE)[absence.kind].format(
                owner=people.short_name(person.crm_user_id), cover=people.short_name(user)
            )
            reply = await self._apply(Happened(case.id, ev.Covered(case.task.id, user, why, person.crm_user_id)))
            if reply.done:
                given[user] += 1
                load[user] = load.get(user, 0) + 1
        return given

    async def take_back(self, person: Person, people: People) -> int:
        """What colleagues have of his and are not in the middle of; returns how many tasks that were."""
        if person.crm_user_id is None:
            return 0
        why, returned = ru.WHY_BACK.format(owner=people.short_name(person.crm_user_id)), 0
        mine = (t.cases.c.owner == person.crm_user_id) & (t.tasks.c.owner != person.crm_user_id)
        for case in await self._read(mine):
            if case.task is not None and case.task.cover and not covers.is_begun(case):
                reply = await self._apply(Happened(case.id, ev.CameBack(case.task.id, why)))
                returned += reply.done
        return returned

    def role_of(self, case: Case) -> str | None:
        """The role that the case's open task waits for."""
        return self._library[case.playbook].tasks[case.task.kind].role if case.task is not None else None

    def _comes_first(self, case: Case) -> bool:
        assert case.task is not None  # `waiting` has looked
        return case.task.promised or is_new(case, self._library[case.playbook].tasks[case.task.kind])

    def _is_agreed(self, case: Case) -> bool:
        assert case.task is not None  # `waiting` has looked
        return case.task.promised or self._library[case.playbook].tasks[case.task.kind].meeting

    async def _read(self, where: ColumnElement[bool]) -> list[Case]:
        query = (
            select(t.cases.c.state)
            .join(t.tasks, (t.tasks.c.case_id == t.cases.c.id) & (t.tasks.c.state == "open"))
            .where(t.cases.c.closed.is_(False), where)
            .order_by(t.tasks.c.rank, t.tasks.c.due_at)
        )
        async with self._database.read() as connection:
            return [db_cases.restore(row.state) for row in await connection.execute(query)]


def _of_role(people: People, role: str, case: Case, person: Person, now: datetime) -> list[Person]:
    """Who of the role is there beside this person; of a supervisor's tasks, who leads the client's team."""
    led = overseers(people, role, case, now, besides=person)
    own = [one for one in led if not people.staff.is_away(one.crm_user_id, now)]
    return own or covers.of_role(people, role, now, without=(person.crm_user_id or 0,))
