"""What boards are drawn from: who has how much, who is late and how long. Read once for all boards of a moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import cases as db_cases
from bot.db import tables as t
from bot.db.people import People, load_people
from bot.engine.case import Case
from bot.engine.staff import Staff
from bot.engine.titles import name_in_groups
from bot.engine.touches import owed_since
from bot.locales.ru import screens as ru
from bot.screens.views import BoardRow, BoardView
from bot.services.library import Library
from bot.services.oversight import Sight

Late = tuple[str, datetime, Case]
"""An overdue task: its kind, when it was due, its case."""


@dataclass(frozen=True, slots=True)
class Floor:
    """The floor at one moment, by CRM user: the late tasks, how many are open for today, how many are done."""

    people: People
    library: Library
    now: datetime
    zone: ZoneInfo
    late: Sequence[Late]
    due: Mapping[int | None, int]
    done: Mapping[int | None, int]

    def board(self, title: str, sight: Sight) -> BoardView:
        """Who is late and how long, of those whom the reader sees."""
        late = [one for one in self.late if sight.shows(one[2])]
        linked = self.people.by_crm
        unlinked = sum(count for owner, count in self.due.items() if owner not in linked and sight.sees(owner))
        return BoardView(
            title, self.now, self.zone, self._rows(late, sight), [self._said(*one) for one in late], unlinked
        )

    def _said(self, kind: str, since: datetime, case: Case) -> tuple[str, str, datetime]:
        playbook = self.library[case.playbook]
        untold = case.task is not None and case.task.closed_at is not None
        client = f"{name_in_groups(playbook, case)}, {self.people.short_name(case.holder)}"
        return ru.BOARD_UNTOLD if untold else playbook.tasks[kind].title, client, since

    def _rows(self, late: Sequence[Late], sight: Sight) -> list[BoardRow]:
        since: dict[int | None, list[datetime]] = {}
        for _, at, case in late:
            since.setdefault(case.holder, []).append(at)
        rows = []
        for person in self.people.all:
            user = person.crm_user_id
            mine = since.get(user, []) if user is not None else []
            if (person.role != "manager" or not sight.sees(user)) and not mine:
                continue
            finished = self.done.get(user, 0)
            rows.append(
                BoardRow(
                    self.people.short_name(user),
                    len(mine),
                    min(mine, default=None),
                    self.due.get(user, 0) + finished,
                    finished,
                    self.people.staff.is_away(user, self.now),
                )
            )
        return sorted(rows, key=lambda row: (-row.overdue, row.name))


async def read_floor(
    connection: AsyncConnection, library: Library, now: datetime, day: tuple[datetime, datetime], zone: ZoneInfo
) -> Floor:
    """The floor as it stands; `day`: the midnights around it."""
    people, tasks = await load_people(connection), t.tasks.c
    late = await _late(connection, library, people.staff, now)
    due = select(tasks.owner, func.count()).where(tasks.state == "open", tasks.due_at < day[1])
    done = select(tasks.owner, func.count()).where(tasks.state == "done", tasks.done_at >= day[0])
    counts = [
        {row[0]: row[1] for row in await connection.execute(query.group_by(tasks.owner))} for query in (due, done)
    ]
    return Floor(people, library, now, zone, late, *counts)


async def _late(connection: AsyncConnection, library: Library, staff: Staff, now: datetime) -> list[Late]:
    tasks = t.tasks.c
    query = (
        select(tasks.kind, tasks.due_at, t.cases.c.state)
        .join(t.cases, t.cases.c.id == tasks.case_id)
        .join(t.timers, t.timers.c.case_id == tasks.case_id)
        .where(tasks.state == "open", tasks.overdue_at <= now)
        .where(t.timers.c.kind == "board", t.timers.c.at <= now)
        .order_by(tasks.due_at)
    )
    rows = [(row, db_cases.restore(row.state)) for row in await connection.execute(query)]
    return [
        (row.kind, since(library, case, row.due_at, staff), case)
        for row, case in rows
        if not staff.is_away(case.holder, now)
    ]


def since(library: Library, case: Case, due_at: datetime, staff: Staff) -> datetime:
    """From when on the task waits for its answer."""
    return due_at if case.task is None else owed_since(library[case.playbook], case, case.task, staff)
