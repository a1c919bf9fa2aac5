"""The three parts of a client's day in which calls are told apart."""

from __future__ import annotations

from datetime import datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo


class DayPart(StrEnum):
    """A part of the day on somebody's clock, in the order of the day."""

    MORNING = "morning"
    DAYTIME = "daytime"
    EVENING = "evening"


_NOON = time(12)
_EVENING_BEGINS = time(16)


def day_part(moment: datetime, zone: ZoneInfo) -> DayPart:
    """The part of the day that `moment` falls into on the clock of `zone`: before 12, 12–16, from 16."""
    clock = moment.astimezone(zone).time()
    if clock < _NOON:
        return DayPart.MORNING
    return DayPart.DAYTIME if clock < _EVENING_BEGINS else DayPart.EVENING
