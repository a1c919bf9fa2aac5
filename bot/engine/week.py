"""How a cadence calls somebody who never picks up: the plan of a lead that was missed at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from bot.engine.cadence import Attempt, next_attempt
from bot.engine.calendars import calendar_of, zone_of
from bot.engine.misses import cadence_spec
from bot.engine.worktime import ClientWindow
from bot.playbooks.hours import minutes
from bot.playbooks.model import Playbook

_FIRST_CALL = time(10)
_MOST = 40


@dataclass(frozen=True, slots=True)
class Week:
    """The first miss and the attempts after it, all in the company's zone."""

    first: datetime
    attempts: Sequence[datetime]


def week_of(playbook: Playbook, cadence: str, source: str | None, now: datetime) -> Week:
    """The attempts after a first miss at 10:00 on the next Monday that is worked, each of them missed as well.

    Raises:
        NoWorkingTime: nobody ever works.
    """
    zone, calendar = zone_of(playbook), calendar_of(playbook)
    spec = cadence_spec(playbook, cadence, source)
    start, end = (time(at // 60 % 24, at % 60) for at in minutes(playbook.client_hours))
    window = ClientWindow(zone, start, end)
    today = now.astimezone(zone).date()
    monday = today + timedelta(days=-today.weekday() % 7)
    weeks = (monday + timedelta(weeks=number) for number in range(5))
    day = next((one for one in weeks if calendar.is_working_day(one)), None) or calendar.next_working_day(today)
    misses = [datetime.combine(day, _FIRST_CALL, zone)]
    while len(misses) <= _MOST:
        following = next_attempt(spec, misses, calendar, window, misses[-1])
        if not isinstance(following, Attempt):
            break
        misses.append(following.at.astimezone(zone))
    return Week(misses[0], misses[1:])
