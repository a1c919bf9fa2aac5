"""Many attempts of one manager at one moment: their cards come one after another, not as a heap."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.engine.case import Case
from bot.engine.worktime import ClientWindow, WorkingTime
from bot.playbooks.model import Playbook


def spread_of(playbook: Playbook, case: Case) -> timedelta:
    """Over how long a time the cards of such attempts come; zero for what the cadence has not placed."""
    task = case.task
    if task is None or not task.placed or case.cadence is None or task.push_at != task.due_at:
        return timedelta(0)
    return playbook.cadences[case.cadence].spread


def spread_kinds(playbook: Playbook) -> frozenset[str]:
    """The kinds of tasks that share a moment in this way."""
    kinds = {cadence.task for cadence in playbook.cadences.values() if cadence.spread}
    writing = {playbook.tasks[kind].writing for kind in kinds}
    return frozenset(kinds) | frozenset(kind for kind in writing if kind is not None)


def spread_push(
    mine: tuple[int, int],
    all_due: Iterable[tuple[int, int]],
    due: datetime,
    spread: timedelta,
    calendar: WorkingTime,
    window: ClientWindow,
) -> datetime:
    """When the card of one attempt comes; the same inputs give the same moment, whoever asks and in whatever order.

    Args:
        mine: rank and case id of the attempt.
        all_due: those of all attempts of this manager that are due at this moment, this one included.
        due: that moment; the first card comes then.
        spread: over how long a time they come.
        calendar: the manager's working time.
        window: when the client may be disturbed; a card that would come outside of either comes at `due`.
    """
    order = sorted({mine, *all_due})
    at = due + timedelta(seconds=spread.total_seconds() * order.index(mine) // len(order))
    return at if calendar.is_open(at) and window.contains(at) else due
