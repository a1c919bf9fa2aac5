"""How long a task may wait: due times, the queue of a night, and when waiting becomes overdue.

Every length here is working time: nights, weekends and holidays stand still.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.engine.calendars import next_reachable
from bot.engine.worktime import ClientWindow, WorkingTime, whole_minute

FIRST_TOUCH = timedelta(minutes=15)
NIGHT_STEP = timedelta(minutes=7)


@dataclass(frozen=True, slots=True)
class NightLead:
    """A lead's place in the queue of the morning.

    Args:
        position: its index in the sequence that was asked about.
        rank: 1 for the lead to be called first.
        due: when its first touch is due.
    """

    position: int
    rank: int
    due: datetime


def due_at(arrived: datetime, allowed: timedelta, calendar: WorkingTime) -> datetime:
    """When a task is due that came at `arrived` and may take `allowed` of working time; a whole minute in UTC.

    Raises:
        NoWorkingTime: the calendar is empty.
    """
    return calendar.add_working(whole_minute(arrived), allowed)


def overdue_at(due: datetime, grace: timedelta, calendar: WorkingTime) -> datetime:
    """When a task due at `due` counts as overdue: after `grace` of working time, at `due` itself without grace.

    Raises:
        NoWorkingTime: the calendar is empty.
    """
    return calendar.add_working(due, grace) if grace else due


def is_overdue(due: datetime, grace: timedelta, calendar: WorkingTime, now: datetime) -> bool:
    """Whether the task is overdue at `now`."""
    return now >= overdue_at(due, grace, calendar)


def night_queue(
    arrivals: Sequence[datetime],
    calendar: WorkingTime,
    now: datetime,
    *,
    first: timedelta = FIRST_TOUCH,
    step: timedelta = NIGHT_STEP,
) -> tuple[NightLead, ...]:
    """The leads that came to one manager outside working hours, in the order to call them: the freshest first.

    Args:
        arrivals: when the leads came, aware.
        calendar: the manager's working time.
        now: the present moment; at night the queue is of the coming opening, in hours of the one that just was.
        first: working time from opening to the first due moment.
        step: how much later each further lead is due.

    Raises:
        NoWorkingTime: the calendar is empty.
    """
    opening = _opening(calendar, now)
    order = sorted(range(len(arrivals)), key=lambda position: arrivals[position], reverse=True)
    return tuple(
        NightLead(position, rank, calendar.add_working(opening, first + (rank - 1) * step))
        for rank, position in enumerate(order, start=1)
    )


def turn(calendar: WorkingTime, window: ClientWindow, due: datetime, opening: datetime) -> tuple[datetime, datetime]:
    """When the card of a lead of the night is shown, and when it is due, whose place in the queue is `due`.

    Who may not be disturbed yet waits for his own morning, and has as much time from then on.
    """
    push = next_reachable(calendar, window, max(due - FIRST_TOUCH, opening))
    return push, max(due, calendar.add_working(push, FIRST_TOUCH))


def _opening(calendar: WorkingTime, now: datetime) -> datetime:
    day = calendar.local_day(now)
    if calendar.is_working_day(day) and now < calendar.close_of(day):
        return calendar.open_of(day)
    return calendar.next_open(now)
