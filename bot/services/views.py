"""Read models for lists and the board: what is due today, what is late and whose."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.db import cases as db_cases
from bot.db import tables as t
from bot.db.chats import Group
from bot.db.people import People, Person, load_people
from bot.db.session import Database
from bot.engine.calendars import zone_of
from bot.engine.case import Case
from bot.engine.fields import meeting_place
from bot.engine.staff import Staff
from bot.engine.titles import client_name, name_in_groups, short_name
from bot.engine.touches import owed_since, turn_of
from bot.locales.ru import screens as ru
from bot.screens.views import BoardRow, BoardView, CalendarView, DayView, MeetingRow, Row
from bot.services.agendas import STANDING
from bot.services.entry_rows import AUTHORS
from bot.services.library import Library
from bot.services.oversight import Sight, sight_of_group

Late = tuple[str, datetime, Case]
"""An overdue task: its kind, when it was due, its case."""


class Views:
    """Everything here only reads."""

    def __init__(self, database: Database, clock: Clock, library: Library) -> None:
        self._database = database
        self._clock = clock
        self._library = library

    @property
    def zone(self) -> ZoneInfo:
        """The company's zone."""
        return zone_of(self._library.active)

    def midnight(self, days: int) -> datetime:
        """The midnight that begins today (0), tomorrow (1) and so on."""
        local = self._clock.now().astimezone(self.zone) + timedelta(days=days)
        return local.replace(hour=0, minute=0, second=0, microsecond=0)

    async def day(self, person: Person, *, tomorrow: bool = False, kept: bool = False) -> DayView:
        """The person's open tasks of today (late ones with them) or of tomorrow, in the order of the queue.

        `kept`: for a message that is kept current. Somebody without a CRM user has none: tasks without an owner are
        nobody's.
        """
        start, end = self.midnight(1), self.midnight(2)
        enters = person.role in AUTHORS
        tasks = t.tasks.c
        when = (tasks.due_at >= start) & (tasks.due_at < end) if tomorrow else tasks.due_at < start
        if person.crm_user_id is None:
            return DayView([], self._clock.now(), self.zone, tomorrow, enters, kept)
        async with self._database.read() as connection:
            query = (
                select(tasks.id, tasks.kind, tasks.due_at, tasks.overdue_at, t.cases.c.client_name, t.cases.c.state)
                .join(t.cases, t.cases.c.id == tasks.case_id)
                .where(tasks.owner == person.crm_user_id, tasks.state == "open", when)
                .order_by(tasks.rank, tasks.due_at)
            )
            found = list(await connection.execute(query))
            people = await load_people(connection)
        now = self._clock.now()
        rows: list[Row] = []
        turns: dict[str, datetime] = {}
        for row in found:
            case = db_cases.restore(row.state)
            kind = self._library[case.playbook].tasks[row.kind]
            late = row.overdue_at is not None and row.overdue_at <= now
            client = short_name(row.client_name or case.title)
            playbook, task = self._library[case.playbook], case.task
            since = owed_since(playbook, case, task, people.staff) if task is not None else None
            rows.append(Row(row.id, kind.mark, row.due_at, kind.title, client, late, since))
            if task is not None:
                turns[row.id] = turn_of(playbook, case, task, people.staff)
        rows.sort(key=lambda row: max(turns.get(row.task, row.due_at), now))
        return DayView(rows, now, self.zone, tomorrow, enters, kept)

    async def calendar(self, span: str) -> CalendarView:
        """The department's meetings of today, tomorrow or seven days (`today`, `tomorrow`, `week`)."""
        start = self.midnight(1 if span == "tomorrow" else 0)
        end = self.midnight({"today": 1, "tomorrow": 2}.get(span, 7))
        tasks, cases = t.tasks.c, t.cases.c
        async with self._database.read() as connection:
            people = await load_people(connection)
            query = (
                select(tasks.due_at, tasks.ends_at, tasks.owner, tasks.second, cases.state)
                .join(t.cases, cases.id == tasks.case_id)
                .where(
                    tasks.state.in_(STANDING),
                    tasks.ends_at.is_not(None),
                    tasks.due_at >= start,
                    tasks.due_at < end,
                )
                .order_by(tasks.due_at, tasks.id)
            )
            found = list(await connection.execute(query))
        rows = []
        for row in found:
            case = db_cases.restore(row.state)
            place = meeting_place(self._library[case.playbook], case) or ""
            names = [people.short_name(row.owner)] + ([people.short_name(row.second)] if row.second else [])
            rows.append(MeetingRow(row.due_at, row.ends_at, short_name(client_name(case)), place, names))
        return CalendarView(span, rows, self._clock.now(), self.zone)

    async def terms(self) -> dict[int, tuple[datetime, datetime]]:
        """Of every open task, by its number in the CRM: from when on its answer is owed, and when it is overdue."""
        tasks = t.tasks.c
        query = (
            select(tasks.crm_task_id, tasks.due_at, tasks.overdue_at, t.cases.c.state)
            .join(t.cases, t.cases.c.id == tasks.case_id)
            .where(tasks.state == "open", tasks.crm_task_id.is_not(None), tasks.overdue_at.is_not(None))
        )
        async with self._database.read() as connection:
            found = list(await connection.execute(query))
            staff = (await load_people(connection)).staff
        return {
            row.crm_task_id: (self._since(db_cases.restore(row.state), row.due_at, staff), row.overdue_at)
            for row in found
        }

    async def next_case(self, person: Person) -> int | None:
        """The case to work on next: what is due, by the order of the queue; otherwise what comes first."""
        view = await self.day(person)
        return int(view.rows[0].task.split("-")[0]) if view.rows else None

    async def board(self, group: Group) -> BoardView:
        """Who is late and how long, of those of whom the group hears."""
        async with self._database.read() as connection:
            people = await load_people(connection)
            sight = sight_of_group(people, group.team)
            late = [one for one in await self._late(connection, people.staff) if sight.shows(one[2])]
            rows = await self._rows(connection, people, late, sight)
            linked = [person.crm_user_id for person in people.all if person.crm_user_id is not None]
            tasks = t.tasks.c
            query = select(tasks.owner, func.count()).where(tasks.state == "open", tasks.due_at < self.midnight(1))
            query = query.where(tasks.owner.is_(None) | tasks.owner.not_in(linked)).group_by(tasks.owner)
            unlinked = sum(count for owner, count in await connection.execute(query) if sight.sees(owner))
        now, title = self._clock.now(), group.name(people.teams)
        initials = [
            (
                ru.BOARD_UNTOLD if _is_untold(case) else self._library[case.playbook].tasks[kind].title,
                f"{name_in_groups(self._library[case.playbook], case)}, {people.short_name(case.holder)}",
                since,
            )
            for kind, since, case in late
        ]
        return BoardView(title, now, self.zone, rows, initials, unlinked)

    async def _late(self, connection: AsyncConnection, staff: Staff) -> list[Late]:
        tasks = t.tasks.c
        query = (
            select(tasks.kind, tasks.due_at, t.cases.c.state)
            .join(t.cases, t.cases.c.id == tasks.case_id)
            .join(t.timers, t.timers.c.case_id == tasks.case_id)
            .where(tasks.state == "open", tasks.overdue_at <= self._clock.now())
            .where(t.timers.c.kind == "board", t.timers.c.at <= self._clock.now())
            .order_by(tasks.due_at)
        )
        rows = [(row, db_cases.restore(row.state)) for row in await connection.execute(query)]
        now = self._clock.now()
        return [
            (row.kind, self._since(case, row.due_at, staff), case)
            for row, case in rows
            if not staff.is_away(case.holder, now)
        ]

    def _since(self, case: Case, due_at: datetime, staff: Staff) -> datetime:
        """From when on the task waits for its answer."""
        if case.task is None:
            return due_at
        return owed_since(self._library[case.playbook], case, case.task, staff)

    async def _rows(
        self, connection: AsyncConnection, people: People, late: Sequence[Late], sight: Sight
    ) -> list[BoardRow]:
        tasks = t.tasks.c
        today, tomorrow = self.midnight(0), self.midnight(1)
        due = select(tasks.owner, func.count()).where(tasks.state == "open", tasks.due_at < tomorrow)
        done = select(tasks.owner, func.count()).where(tasks.state == "done", tasks.done_at >= today)
        due_by = {row[0]: row[1] for row in await connection.execute(due.group_by(tasks.owner))}
        done_by = {row[0]: row[1] for row in await connection.execute(done.group_by(tasks.owner))}
        rows = []
        for person in people.all:
            mine = [since for _, since, case in late if case.holder == person.crm_user_id]
            user = person.crm_user_id
            if (person.role != "manager" or not sight.sees(user)) and not mine:
                continue
            finished = done_by.get(user, 0)
            rows.append(
                BoardRow(
                    people.short_name(user),
                    len(mine),
                    min(mine, default=None),
                    due_by.get(user, 0) + finished,
                    finished,
                    people.staff.is_away(user, self._clock.now()),
                )
            )
        return sorted(rows, key=lambda row: (-row.overdue, row.name))


def _is_untold(case: Case) -> bool:
    return case.task is not None and case.task.closed_at is not None
