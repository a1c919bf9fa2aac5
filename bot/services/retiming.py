"""Somebody works at other hours from now on: what is still to come for him is placed anew.

Who says so has it done at once. For which hours it was done last is kept, so that it is made up for where we were
killed between the two, and done for hours that change with a version of the playbook.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from hashlib import sha256

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import cases as db_cases
from bot.db import tables as t
from bot.db.people import load_people
from bot.db.session import Database, insert
from bot.engine import events as ev
from bot.engine.staff import Staff
from bot.engine.tasks import is_new
from bot.services.apply import Apply
from bot.services.intents import Happened
from bot.services.library import Library

log = logging.getLogger(__name__)
_KEY = "hours:"
"""And the CRM user, among the settings."""


async def retime(database: Database, apply: Apply, library: Library, users: Collection[int | None]) -> None:
    """Open tasks of these CRM users, and new clients of everybody: their terms run while anybody works."""
    columns = t.tasks.c
    query = select(t.cases.c.state, columns.owner).join(t.tasks, columns.case_id == t.cases.c.id)
    async with database.read() as connection:
        staff = (await load_people(connection)).staff
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
    hours = _hours(staff, library)
    async with database.write() as connection:
        await _keep(connection, {user: hours.get(user) for user in users if user is not None})


async def catch_up(database: Database, apply: Apply, library: Library) -> None:
    """Whose hours are not those for which it was done last."""
    async with database.read() as connection:
        hours = _hours((await load_people(connection)).staff, library)
        rows = await connection.execute(select(t.settings).where(t.settings.c.key.startswith(_KEY)))
        done = {int(row.key.removeprefix(_KEY)): row.value for row in rows}
    late = [user for user in sorted({*hours, *done}) if hours.get(user) != done.get(user)]
    if late:
        await retime(database, apply, library, late)


def _hours(staff: Staff, library: Library) -> dict[int, str]:
    """CRM user → what tells his hours from others; who keeps the company's is not named."""
    shifts = library.active.shifts
    told = {user: (terms, shifts.get(terms.shift or "")) for user, terms in staff.terms.items()}
    return {user: sha256(repr(words).encode()).hexdigest()[:16] for user, words in told.items()}


async def _keep(connection: AsyncConnection, hours: Mapping[int, str | None]) -> None:
    columns = t.settings.c
    usual = [f"{_KEY}{user}" for user, words in hours.items() if words is None]
    if usual:
        await connection.execute(delete(t.settings).where(columns.key.in_(usual)))
    own = [{"key": f"{_KEY}{user}", "value": words} for user, words in sorted(hours.items()) if words is not None]
    if own:
        statement = insert(connection, t.settings)
        statement = statement.on_conflict_do_update(index_elements=["key"], set_={"value": statement.excluded.value})
        await connection.execute(statement, own)
