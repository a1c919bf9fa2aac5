"""When an unreachable client is tried again.

`next_attempt` is a function of the misses so far: the same misses always give the same plan, so it can be asked after
every miss, in a preview and in a simulation alike. Nothing is remembered between two calls.

The manager's calendar says which days count and which slots exist; the client's own clock says which parts of the day
were tried and when the client may be disturbed at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.engine.dayparts import DayPart
from bot.engine.planner import CadenceSpec, Planner
from bot.engine.worktime import ClientWindow, WorkingTime, reachable, whole_minute

__all__ = ["Attempt", "CadenceSpec", "Exhausted", "next_attempt"]

_DAY = timedelta(days=1)
_DAYS_LOOKED_FOR_OVERLAP = 10


@dataclass(frozen=True, slots=True)
class Attempt:
    """The next call.

    Args:
        at: when it is due, a whole minute in UTC.
        number: which call it is, the one that led to the first miss included.
        of: how many there are in all, counted likewise.
        day_part: the part of the client's day it falls into.
        untried_part: nobody has called the client in that part of the day yet.
        outside_client_window: our hours and the client's never meet, so it falls into time when one does not call.
        why: the reason for this time, in words for people.
    """

    at: datetime
    number: int
    of: int
    day_part: DayPart
    untried_part: bool
    outside_client_window: bool
    why: str


@dataclass(frozen=True, slots=True)
class Exhausted:
    """All attempts are used; `misses` are their moments, oldest first, whole minutes in UTC."""

    misses: tuple[datetime, ...]


def next_attempt(
    spec: CadenceSpec,
    misses: Sequence[datetime],
    calendar: WorkingTime,
    window: ClientWindow,
    now: datetime,
    *,
    elsewhere: Sequence[datetime] = (),
    anew: bool = False,
) -> Attempt | Exhausted:
    """The next attempt after `misses`.

    Args:
        spec: the rule.
        misses: every moment at which the client was not reached, aware, in any order; at least one.
        calendar: working time of the manager who will call.
        window: when the client may be disturbed.
        now: the present moment, aware; an attempt whose time has passed is due at once.
        elsewhere: moments at which the same phone number was not reached in other cases; they count toward its day.
        anew: an attempt that was planned before is placed once more: times that have passed are no choice any more.

    Returns:
        The attempt, or Exhausted when the misses are more than the rule's attempts.

    Raises:
        ValueError: there is no miss, so no cadence has begun.
        NoWorkingTime: the manager's calendar is empty.
    """
    if not misses:
        raise ValueError("a cadence begins with a miss")
    known = tuple(sorted(whole_minute(miss) for miss in misses))
    if len(known) > spec.attempts:
        return Exhausted(known)
    outside = not _ever_meet(calendar, window, known[-1])
    alone = Planner(spec, known, calendar, window, outside, not_before=now if anew else None)
    planner = replace(alone, elsewhere=tuple(elsewhere))
    choice = planner.plan()
    at, why = choice.at, choice.why
    if elsewhere and at != alone.plan().at:
        why = f"{why}; раньше на этот номер звонили достаточно"
    if at < now:
        at, why = planner.first_open(now), f"{why}; время прошло, звонок сейчас"
    number, of = len(known) + 1, spec.attempts + 1
    part = planner.part_of(at)
    inconvenient = not window.contains(at)
    if inconvenient:
        why = f"{why}; у клиента неудобное время"
    return Attempt(
        at=at,
        number=number,
        of=of,
        day_part=part,
        untried_part=part not in planner.tried_parts(),
        outside_client_window=inconvenient,
        why=f"{number}-я попытка из {of}: {why}",
    )


def _ever_meet(calendar: WorkingTime, window: ClientWindow, since: datetime) -> bool:
    """Whether our hours and the client's meet at all on the coming working days."""
    days = calendar.working_days_after(calendar.local_day(since) - _DAY, _DAYS_LOOKED_FOR_OVERLAP)
    return any(reachable(calendar, window, day) for day in days)
