"""Calls to one phone number that did not reach it, in whatever case: a day holds only so many of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from bot.db import tables as t
from bot.engine import events as ev
from bot.engine.case import Case
from bot.engine.effects import Decision
from bot.engine.events import Event
from bot.engine.worktime import whole_minute
from bot.services.group import Group

_LOOKED_BACK = timedelta(days=1)
"""Longer than any day has lasted when it is asked about."""


def matters(work: Group, before: Case, event: Event, decision: Decision) -> bool:
    """Whether the misses of other cases may change this decision: it has placed an attempt."""
    task = decision.case.task
    if work.playbook(before).calls_per_number is None or not decision.case.client.phones:
        return False
    return isinstance(event, ev.NumberCalled) or (task is not None and task.placed and task != before.task)


async def elsewhere(work: Group, case: Case) -> tuple[datetime, ...]:
    """The latest misses of this client's numbers that are not among the case's own."""
    phones = set(case.client.phones)
    sharing = select(t.contacts.c.case_id).where(t.contacts.c.value.in_(phones))
    columns = t.journal.c
    query = (
        select(columns.case_id, columns.data)
        .where(columns.case_id.in_(sharing), columns.at > work.now - _LOOKED_BACK)
        .order_by(columns.id)
    )
    rows = [(row.case_id, row.data or {}) for row in await work.connection.execute(query)]
    rows += [
        (row["case_id"], row["data"] or {})
        for row in work.journal
        if row["case_id"] in work.cases and phones & set(work.cases[row["case_id"]].case.client.phones)
    ]
    misses: dict[str, tuple[int, datetime]] = {}
    for case_id, data in rows:
        _read(misses, case_id, data)
    own = {miss.at for miss in case.misses}
    return tuple(at for case_id, at in misses.values() if case_id != case.id or at not in own)


def _read(misses: dict[str, tuple[int, datetime]], case_id: int, data: Mapping[str, Any]) -> None:
    """One line of the journal: a miss, or one that was taken back."""
    told = data.get("told")
    if told is not None and told["attempt"] is not None:
        misses[told["task"]] = (case_id, whole_minute(datetime.fromisoformat(told["at"])))
    for taken_back in ("undone", "unmissed"):
        misses.pop(data.get(taken_back, ""), None)
