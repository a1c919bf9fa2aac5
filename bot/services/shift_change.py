"""When somebody's work begins or ends: new clients whom nobody has called go to who is on shift, and back.

It remembers nothing that matters: after a restart everything is looked at once more, and what is right stays.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from bot.clock import Clock
from bot.db import cases as db_cases
from bot.db import tables as t
from bot.db.people import People
from bot.db.session import Database
from bot.engine import events as ev
from bot.engine.case import Case
from bot.engine.staff import Staff
from bot.engine.tasks import is_new
from bot.locales.ru import staff as ru
from bot.playbooks.model import Shift
from bot.services import covers
from bot.services.apply import Apply
from bot.services.intents import Happened
from bot.services.library import Library
from bot.services.people import PeopleService
from bot.services.retiming import catch_up

log = logging.getLogger(__name__)


class ShiftChange:
    """See the module."""

    def __init__(self, database: Database, clock: Clock, apply: Apply, library: Library, people: PeopleService) -> None:
        self._database = database
        self._clock = clock
        self._apply = apply
        self._library = library
        self._people = people
        self._seen: Staff | None = None
        self._caught_up: Staff | None = None
        self._shifts: Mapping[str, Shift] = {}
        self._next: datetime | None = None

    async def next_due(self) -> datetime | None:
        """When somebody's work begins or ends next; None while all keep the company's hours."""
        staff = (await self._people.now()).staff
        return self._following(staff) if staff.terms else None

    async def turn_over(self) -> int:
        """Give what waits to who is at work, once at each beginning and end; returns how many tasks changed hands."""
        people, now = await self._people.now(), self._clock.now()
        if self._library.active.shifts != self._shifts:  # another version of the playbook is in force
            self._shifts, self._seen, self._caught_up = self._library.active.shifts, None, None
        if people.staff != self._caught_up:
            await catch_up(self._database, self._apply, self._library)
            self._caught_up = people.staff
        due = people.staff != self._seen or (self._next is not None and now >= self._next)
        if not due or not (people.staff.terms or self._seen is None or self._seen.terms):
            return 0
        self._next = self._following(people.staff)
        self._seen = people.staff
        return await self._turn_over(people, now)

    def _following(self, staff: Staff) -> datetime | None:
        playbook, now = self._library.active, self._clock.now()
        users = {*staff.team, *staff.terms}
        return min((staff.hours(playbook, user).next_change(now) for user in users), default=None)

    async def _turn_over(self, people: People, now: datetime) -> int:
        async with self._database.read() as connection:
            rows = await connection.execute(_OPEN)
            cases = [db_cases.restore(row.state) for row in rows]
            load = await covers.loads(connection)
        moved = 0
        for case in cases:
            event = self._event(case, people, now, load)
            if event is None:
                continue
            try:
                reply = await self._apply(Happened(case.id, event))
            except Exception:  # noqa: BLE001 - `apply` has told why; one case must not keep the others waiting
                log.warning("case %d did not change hands", case.id)
                continue
            moved += reply.done
            if isinstance(event, ev.Covered):
                load[event.to] = load.get(event.to, 0) + 1
        return moved

    def _event(self, case: Case, people: People, now: datetime, load: dict[int, int]) -> ev.Event | None:
        task, staff, playbook = case.task, people.staff, self._library[case.playbook]
        if task is None or task.closed_at is not None or (task.holder is not None and not task.cover):
            return None
        if covers.is_begun(case):
            return None
        owner = people.short_name(case.owner)
        if task.cover and staff.works(playbook, case.owner, now):
            return ev.CameBack(task.id, ru.WHY_BACK.format(owner=owner))
        new = is_new(case, playbook.tasks[task.kind]) and not task.promised and task.due_at <= now + covers.SOON
        if not new or case.holder is None or staff.works(playbook, case.holder, now):
            return None
        absence = staff.absence(case.holder, now)
        if absence is not None and staff.hours(playbook, case.holder).next_open(task.set_at) < absence.start:
            return None  # what he has left open, and could have done, the supervisors were asked about
        able = covers.at_work(people, playbook, now, without=(case.holder,))
        user = covers.choose(covers.own_team(people, able, case.owner), load)
        if user is None:
            return None
        why = ru.WHY_COVERED.format(owner=owner, cover=people.short_name(user))
        return ev.Covered(task.id, user, why)


_OPEN = (
    select(t.cases.c.state)
    .join(t.tasks, (t.tasks.c.case_id == t.cases.c.id) & (t.tasks.c.state == "open"))
    .where(t.cases.c.closed.is_(False))
    .order_by(t.tasks.c.rank, t.tasks.c.due_at)
)
