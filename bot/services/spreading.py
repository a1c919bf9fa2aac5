"""The cards of one slot: which of them come a little later than they are due."""

from __future__ import annotations

from sqlalchemy import select

from bot.db import tables as t
from bot.engine import events as ev
from bot.engine.calendars import client_window
from bot.engine.case import Case
from bot.engine.spreading import spread_kinds, spread_of, spread_push
from bot.services.work import Work


async def put_off(work: Work, case: Case) -> bool:
    """Whether this card, whose time has come, waits its turn among the others of its moment."""
    playbook = work.playbook(case)
    spread, task = spread_of(playbook, case), case.task
    if not spread or task is None:
        return False
    columns = t.tasks.c
    query = select(columns.rank, columns.case_id).where(
        columns.owner == case.holder,
        columns.due_at == task.due_at,
        columns.kind.in_(spread_kinds(playbook)),
        columns.state == "open",
    )
    others = [(row.rank, row.case_id) for row in await work.connection.execute(query)]
    mine = (playbook.tasks[task.kind].rank, case.id)
    hours = work.people.staff.hours(playbook, case.holder)
    at = spread_push(mine, others, task.due_at, spread, hours, client_window(playbook, case))
    if at <= work.now:
        return False
    await work.happen(case.id, ev.PushSpread(task.id, at))
    return True
