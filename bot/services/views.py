"""Read models for lists: what is due today or tomorrow, and the meetings."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot.clock import Clock
from bot.db import cases as db_cases
from bot.db import tables as t
from bot.db.people import Person, load_people
from bot.db.session import Database
from bot.engine.calendars import zone_of
from bot.engine.fields import meeting_place
from bot.engine.titles import client_name, short_name
from bot.engine.touches import owed_since, turn_of
from bot.screens.views import CalendarView, DayView, MeetingRow, Row
from bot.services.agendas import STANDING
from bot.services.board_view import since
from bot.services.entry_rows import AUTHORS
from bot.services.library import Library


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

    async def day(self, person: Person, *, ahead: bool = False, kept: bool = False) -> DayView:
        """The person's open tasks of today (late ones with them), or `ahead` of it those due by the end of his next
        working day, in the order of the queue.

        `kept`: for a message that is kept current. Somebody without a CRM user has none: tasks without an owner are
        nobody's.
        """
        start, today = self.midnight(1), self.midnight(0).date()
        enters = person.role in AUTHORS
        tasks = t.tasks.c
        async with self._database.read() as connection:
            people = await load_people(connection)
            day = people.staff.hours(self._library.active, person.crm_user_id).next_working_day(today)
            if person.crm_user_id is None:
                return DayView([], self._clock.now(), self.zone, day, ahead, enters, kept)
            end = self.midnight((day - today).days + 1)
            when = (tasks.due_at >= start) & (tasks.due_at < end) if ahead else tasks.due_at < start
            query = (
                select(tasks.id, tasks.kind, tasks.due_at, tasks.overdue_at, t.cases.c.client_name, t.cases.c.state)
                .join(t.cases, t.cases.c.id == tasks.case_id)
                .where(tasks.owner == person.crm_user_id, tasks.state == "open", when)
                .order_by(tasks.rank, tasks.due_at)
            )
            found = list(await connection.execute(query))
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
        return DayView(rows, now, self.zone, day, ahead, enters, kept)

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
            row.crm_task_id: (since(self._library, db_cases.restore(row.state), row.due_at, staff), row.overdue_at)
            for row in found
        }

    async def next_case(self, person: Person) -> int | None:
        """The case to work on next: what is due, by the order of the queue; otherwise what comes first."""
        view = await self.day(person)
        return int(view.rows[0].task.split("-")[0]) if view.rows else None
