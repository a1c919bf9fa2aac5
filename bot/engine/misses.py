"""Counting the tries that did not reach the client, and planning the next one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from math import ceil

from bot.engine.cadence import Attempt, CadenceSpec, Exhausted, next_attempt
from bot.engine.calendars import next_reachable
from bot.engine.case import Case, Miss, Task
from bot.engine.planner import Planner
from bot.engine.rules import Rules
from bot.engine.words import say_time
from bot.engine.worktime import WorkingTime, whole_minute
from bot.locales.ru.days import WEEKDAYS
from bot.playbooks.model import Playbook, SourceCadence

_DAY = timedelta(days=1)
_DAYS_LOOKED_FOR_FREE = 15
_NOTHING_SPECIAL = SourceCadence()


def cadence_spec(playbook: Playbook, cadence: str, source: str | None) -> CadenceSpec:
    """The cadence's rule for a source."""
    rule = playbook.cadences[cadence]
    special = rule.by_source.get(source, _NOTHING_SPECIAL) if source else _NOTHING_SPECIAL
    return CadenceSpec(
        attempts=special.attempts or rule.attempts,
        within_days=ceil((special.within or rule.within) / _DAY),
        second=special.second or rule.second,
        gap=rule.gap if special.gap is None else special.gap,
        slots=special.slots or rule.slots,
        per_day=special.per_day or rule.per_day,
        per_number=playbook.calls_per_number,
    )


def count_miss(rules: Rules, case: Case, cadence: str, task: Task) -> Case:
    """The case with one more miss in `cadence`; another cadence that was running ends.

    The miss counts now; when the task was closed in the CRM without an answer, or is told anew, at its own time.
    """
    if case.cadence != cadence:
        case = end_cadence(rules, case)
    at = whole_minute(task.done_at(rules.now))
    miss = Miss(at=at, task=task.id, number=len(case.misses) + 1)
    return replace(case, cadence=cadence, misses=(*case.misses, miss))


def end_cadence(rules: Rules, case: Case) -> Case:
    """The case without a running cadence; its misses stay as lines for the card."""
    lines = tuple(
        f"{WEEKDAYS[miss.at.astimezone(rules.zone).weekday()]} {say_time(miss.at, rules.zone)}" for miss in case.misses
    )
    return replace(case, cadence=None, misses=(), tried=(*case.tried, *lines))


def plan_attempt(rules: Rules, case: Case, *, anew: bool = False) -> Attempt | Exhausted | None:
    """What the running cadence says after the misses so far; None without a cadence or a miss.

    `anew`: the attempt was placed before and gets another time.
    """
    if case.cadence is None or not case.misses:
        return None
    spec = cadence_spec(rules.playbook, case.cadence, case.source)
    misses = [miss.at for miss in case.misses]
    calendar, window = rules.calendar(case), rules.window(case)
    return next_attempt(spec, misses, calendar, window, rules.now, elsewhere=rules.elsewhere, anew=anew)


def next_free(rules: Rules, case: Case, calendar: WorkingTime, moment: datetime) -> datetime:
    """The first moment from `moment` on when we work, the client may be called and the day still takes an attempt.

    Without a running cadence no day is full. Where every day of a fortnight is, the first moment at all.
    """
    window = rules.window(case)
    at = first = next_reachable(calendar, window, moment)
    if case.cadence is None or not case.misses:
        return first
    spec = cadence_spec(rules.playbook, case.cadence, case.source)
    misses = tuple(sorted(miss.at for miss in case.misses))
    planner = Planner(spec, misses, calendar, window, outside=False, elsewhere=rules.elsewhere)
    for _ in range(_DAYS_LOOKED_FOR_FREE):
        day = calendar.local_day(at)
        if not planner.is_full(day):
            return at
        at = next_reachable(calendar, window, datetime.combine(day + _DAY, time(0), calendar.zone))
    return first


def attempts_in_all(rules: Rules, case: Case) -> int | None:
    """How many calls the running cadence has, the first one included."""
    if case.cadence is None:
        return None
    return cadence_spec(rules.playbook, case.cadence, case.source).attempts + 1
