"""Calls to one phone number that did not reach it, in whatever case: a day holds only so many of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import tables as t
from bot.engine.case import Case, Task
from bot.engine.worktime import whole_minute
from bot.playbooks.model import Playbook

_LOOKED_BACK = timedelta(days=1)
"""Longer than any day has lasted when it is asked about."""


def matters(rules: Iterable[Playbook], before: Case, task: Task | None) -> bool:
    """Whether the misses of other cases may change where this task stands: a rule that caps them has placed it.

    Args:
        rules: the versions that the case stands on and goes over to.
        before: the case as it was.
        task: its open task afterwards.
    """
    capped = any(playbook.calls_per_number is not None for playbook in rules)
    return capped and bool(before.client.phones) and task is not None and task.placed and task != before.task


async def elsewhere(
    connection: AsyncConnection, case: Case, now: datetime, unwritten: Iterable[tuple[int, Mapping[str, Any]]] = ()
) -> tuple[datetime, ...]:
    """The latest misses of this client's numbers that are not among the case's own.

    Args:
        connection: an open transaction.
        case: whose client.
        now: the present moment, aware.
        unwritten: further journal lines of cases with one of his numbers: case and data.
    """
    sharing = select(t.contacts.c.case_id).where(t.contacts.c.value.in_(case.client.phones))
    columns = t.journal.c
    query = (
        select(columns.case_id, columns.data)
        .where(columns.case_id.in_(sharing), columns.at > now - _LOOKED_BACK)
        .order_by(columns.id)
    )
    rows = [(row.case_id, row.data or {}) for row in await connection.execute(query)]
    misses: dict[str, tuple[int, datetime]] = {}
    for case_id, data in (*rows, *unwritten):
        _read(misses, case_id, data)
    own = {miss.at for miss in case.misses}
    return tuple(at for case_id, at in misses.values() if case_id != case.id or at not in own)


def _read(misses: dict[str, tuple[int, datetime]], case_id: int, data: Mapping[str, Any]) -> None:
    """One line of the journal: a miss, or one that was taken back."""
    told = data.get("told")
    if told is not None and told["attempt"] is not None:
        misses[told["task"]] = (case_id, whole_minute(datetime.fromisoformat(told["at"])))
    for taken_back in ("undone", "unmissed", "corrected"):
        misses.pop(data.get(taken_back, ""), None)
