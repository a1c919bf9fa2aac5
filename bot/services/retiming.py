"""Somebody works at other hours from now on: what is still to come for him is placed anew."""

from __future__ import annotations

import logging
from collections.abc import Collection

from sqlalchemy import select

from bot.db import cases as db_cases
from bot.db import tables as t
from bot.db.session import Database
from bot.engine import events as ev
from bot.engine.tasks import is_new
from bot.services.apply import Apply
from bot.services.intents import Happened
from bot.services.library import Library

log = logging.getLogger(__name__)


async def retime(database: Database, apply: Apply, library: Library, users: Collection[int | None]) -> None:
    """Open tasks of these CRM users, and new clients of everybody: their terms run while anybody works."""
    columns = t.tasks.c
    query = select(t.cases.c.state, columns.owner).join(t.tasks, columns.case_id == t.cases.c.id)
    async with database.read() as connection:
        rows = list(await connection.execute(query.where(columns.state == "open", t.cases.c.closed.is_(False))))
    for row in rows:
        case = db_cases.restore(row.state)
        new = case.task is not None and is_new(case, library[case.playbook].tasks[case.task.kind])
        if not new and (row.owner is None or row.owner not in users):
            continue
        try:
            await apply(Happened(case.id, ev.HoursChanged()))
        except Exception:  # noqa: BLE001 - `apply` has told why; one case must not keep the others waiting
            log.warning("case %d was not placed anew", case.id)
