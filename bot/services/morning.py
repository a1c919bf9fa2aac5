"""Opening: what came at night is handed out, the freshest first, one summary for each manager.

A day opens when the first of the team comes to work: at the company's hour, or for a duty on its day off.
"""

from __future__ import annotations

import logging
from datetime import date, datetime

from sqlalchemy import select

from bot.clock import Clock
from bot.db import cases as db_cases
from bot.db import messages as db_messages
from bot.db import tables as t
from bot.db.people import People, Person
from bot.db.session import Database, insert
from bot.engine import events as ev
from bot.engine.calendars import client_window, zone_of
from bot.engine.case import Case
from bot.engine.sla import night_queue, turn
from bot.engine.staff import Staff
from bot.engine.words import say_short
from bot.screens import lists
from bot.services.apply import Apply
from bot.services.calendar_notes import CalendarNotes
from bot.services.curfew import held_key, hold_up
from bot.services.intents import Happened
from bot.services.library import Library
from bot.services.people import PeopleService
from bot.services.showing import Showing

log = logging.getLogger(__name__)
_MARK = "opened"


class Morning:
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
        self._calendar_notes = CalendarNotes(clock, library, people, showing)
        self._last_held: date | None = None

    async def next_due(self) -> datetime | None:
        """The next opening that has not been held."""
        calendar = (await self._people.now()).staff.team_hours(self._library.active)
        now = self._clock.now()
        today = calendar.local_day(now)
        if calendar.is_working_day(today) and now <= calendar.close_of(today) and not await self._held(today):
            return calendar.open_of(today)
        return calendar.open_of(calendar.next_working_day(today))

    async def open_if_due(self) -> int:
        """Hold the opening of today, once, at its hour or as soon after it as we can."""
        people = await self._people.now()
        calendar = people.staff.team_hours(self._library.active)
        now = self._clock.now()
        today = calendar.local_day(now)
        if not calendar.is_open(now) or await self._held(today):
            return 0
        opening = calendar.open_of(today)
        by_owner: dict[int, list[Case]] = {}
        for case in await self._night_cases(opening, people.staff):
            if case.holder is not None:
                by_owner.setdefault(case.holder, []).append(case)
        for owner, cases in by_owner.items():
            if people.staff.works(self._library.active, owner, now):
                await self._hand_out(owner, cases, opening, people)
        await self._mark(today)
        await self._calendar_notes.tell()
        return len(by_owner)

    async def _night_cases(self, opening: datetime, staff: Staff) -> list[Case]:
        """Live cases that came while we were closed and that nobody has touched."""
        query = (
            select(t.cases.c.state)
            .join(t.tasks, (t.tasks.c.case_id == t.cases.c.id) & (t.tasks.c.state == "open"))
            .where(t.cases.c.closed.is_(False), t.cases.c.arrived_at < opening, t.tasks.c.pushed_at.is_(None))
        )
        async with self._database.read() as connection:
            cases = [db_cases.restore(row.state) for row in await connection.execute(query)]
        return [case for case in cases if self._came_at_night(case, opening, staff)]

    def _came_at_night(self, case: Case, opening: datetime, staff: Staff) -> bool:
        task = case.task
        if task is None or task.adopted or task.touched_at is not None or case.misses or case.run is not None:
            return False
        playbook = self._library[case.playbook]
        kind = playbook.tasks[task.kind]
        calendar = staff.team_hours(playbook)
        own_terms = case.source is not None and case.source in kind.by_source
        came_closed = not calendar.is_open(case.arrived_at) and calendar.next_open(case.arrived_at) == opening
        return kind.push == "at_once" and not own_terms and came_closed

    async def _hand_out(self, owner: int, cases: list[Case], opening: datetime, people: People) -> None:
        playbook = self._library.active
        calendar, zone = people.staff.hours(playbook, owner), zone_of(playbook)
        now = self._clock.now()
        cases.sort(key=lambda case: case.id, reverse=True)  # of one second the later
        for lead in night_queue([case.arrived_at for case in cases], calendar, opening):
            case = cases[lead.position]
            assert case.task is not None  # _came_at_night
            window = client_window(self._library[case.playbook], case)
            push, due = turn(calendar, window, lead.due, opening)
            why = f"Пришёл ночью, {lead.rank}-й в очереди → {say_short(due, zone, now)}"
            try:
                await self._apply(Happened(case.id, ev.Rescheduled(case.task.id, due, push, why)))
            except Exception:  # noqa: BLE001 - `apply` has told why; one case must not keep the floor closed
                log.warning("case %d was not handed out at the opening", case.id)
        person = people.by_crm.get(owner)
        if person is not None and person.telegram_id is not None:
            if await self._joined(person, len(cases)):
                return
            key = f"night:{person.id}:{calendar.local_day(opening)}"
            summary = (person.telegram_id, key, lists.night(len(cases)))
            await self._showing.many([summary], asked=False, kind="notice")

    async def _joined(self, person: Person, count: int) -> bool:
        """Whether a summary of yesterday's waits for him, which counts these as well: one is enough."""
        async with self._database.write() as connection:
            summary = await db_messages.by_key(connection, held_key(person))
            if summary is None or summary.telegram_id is not None:
                return False
            hold_up(summary, count, self._clock.now())
            await db_messages.store(connection, [summary], self._clock.now())
        return True

    async def _held(self, day: date) -> bool:
        """Whether this day was opened, by us or by another replica. Once it was, nobody takes it back."""
        if self._last_held != day:
            async with self._database.read() as connection:
                row = (await connection.execute(_LAST_HELD)).first()
            self._last_held = date.fromisoformat(row.value) if row else None
        return self._last_held == day

    async def _mark(self, day: date) -> None:
        async with self._database.write() as connection:
            statement = insert(connection, t.settings).values(key=_MARK, value=day.isoformat())
            await connection.execute(
                statement.on_conflict_do_update(index_elements=["key"], set_={"value": day.isoformat()})
            )


_LAST_HELD = select(t.settings.c.value).where(t.settings.c.key == _MARK)
