"""How the time of the next attempt is found: the misses so far, the manager's calendar, the client's clock.

The rules are told in `bot.engine.cadence`, which asks for one planning at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import ceil

from bot.engine.dayparts import DayPart, day_part
from bot.engine.words import say_duration, say_time
from bot.engine.worktime import ClientWindow, Window, WorkingTime, next_whole_minute, reachable

_DAY = timedelta(days=1)
_DAYS_LOOKED_FOR_SLOT = 60


_PART_UNTRIED = {
    DayPart.MORNING: "утром ещё не звонили",
    DayPart.DAYTIME: "днём ещё не звонили",
    DayPart.EVENING: "вечером ещё не звонили",
}


@dataclass(frozen=True, slots=True)
class CadenceSpec:
    """How often and when an unreachable client is tried again.

    Args:
        attempts: calls after the first miss.
        within_days: working days after the day of the first miss on which they are to be spread.
        second: distance of the second attempt from the first miss.
        gap: least distance of any later attempt from the miss before it.
        slots: times of day for the attempts, on the manager's clock.
        per_day: most attempts on one day.
        per_number: most misses of one phone number on one day, those in other cases included; None: as many as come.
    """

    attempts: int
    within_days: int
    second: timedelta
    gap: timedelta
    slots: tuple[time, ...]
    per_day: int = 2
    per_number: int | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A time for the next attempt and the reason for it, in words for people."""

    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Planner:
    """One planning: the inputs, and the rules as methods over them.

    Args:
        spec: the rule.
        misses: whole minutes in UTC, in order; at least one.
        calendar: working time of the manager who will call.
        client: when the client may be disturbed.
        outside: our hours and the client's never meet, so his are left out of account.
        elsewhere: misses of the same phone number in other cases.
        not_before: what lies before is no choice any more; None: nothing but the misses counts.
    """

    spec: CadenceSpec
    misses: tuple[datetime, ...]
    calendar: WorkingTime
    client: ClientWindow
    outside: bool
    elsewhere: tuple[datetime, ...] = ()
    not_before: datetime | None = None

    @property
    def first_day(self) -> date:
        return self.calendar.local_day(self.misses[0])

    @property
    def earliest(self) -> datetime:
        """What the pause after the last miss leaves."""
        rested = self.misses[-1] + self.spec.gap
        return max(rested, self.not_before) if self.not_before is not None else rested

    @property
    def earliest_day(self) -> date:
        return self.calendar.local_day(max(self.misses[-1], self.not_before or self.misses[-1]))

    def open_windows(self, day: date) -> tuple[Window, ...]:
        if self.outside:
            return self.calendar.windows(day)
        return reachable(self.calendar, self.client, day)

    def part_of(self, moment: datetime) -> DayPart:
        return day_part(moment, self.client.zone)

    def tried_parts(self) -> frozenset[DayPart]:
        return frozenset(self.part_of(miss) for miss in self.misses)

    def plan(self) -> Choice:
        """The attempt as the misses alone would have it."""
        if len(self.misses) == 1:
            second = self.second_attempt()
            if second is not None:
                return second
        for day in self.days():
            choice = self.on_day(day)
            if choice is not None:
                return choice
        at = self.first_open(self.calendar.next_open(self.earliest))
        return Choice(at, "свободного времени по регламенту нет")

    def second_attempt(self) -> Choice | None:
        """The quick retry on the day of the first miss, or None when it does not fit into that day."""
        windows = self.open_windows(self.first_day)
        if not windows or self.is_spent(self.first_day):
            return None
        at = max(self.misses[0], self.calendar.open_of(self.first_day)) + self.spec.second
        if not any(at in window for window in windows) or (self.not_before is not None and at < self.not_before):
            return None
        return Choice(at, f"через {say_duration(self.spec.second)} после первого звонка")

    def days(self) -> Iterator[date]:
        """Working days after the day of the first miss that still may take an attempt, in order."""
        first = self.earliest_day
        span = self.calendar.working_days_after(self.first_day, self.spec.within_days)
        for position, day in enumerate(span):
            if day >= first and self.has_room(day, days_left=len(span) - position):
                yield day
        day = max(span[-1], first - _DAY)
        for _ in range(_DAYS_LOOKED_FOR_SLOT):
            day = self.calendar.next_working_day(day)
            if not self.is_full(day):
                yield day

    def has_room(self, day: date, days_left: int) -> bool:
        """Whether the share of that day of the span is not used up yet."""
        used_before = sum(self.calendar.local_day(miss) < day for miss in self.misses[1:])
        share = ceil((self.spec.attempts - used_before) / days_left)
        return self.misses_on(day) < min(share, self.spec.per_day) and not self.is_spent(day)

    def misses_on(self, day: date) -> int:
        return sum(self.calendar.local_day(miss) == day for miss in self.misses)

    def is_spent(self, day: date) -> bool:
        """Whether the phone number has had its calls of that day, whoever made them."""
        if self.spec.per_number is None:
            return False
        others = sum(self.calendar.local_day(miss) == day for miss in self.elsewhere)
        return self.misses_on(day) + others >= self.spec.per_number

    def is_full(self, day: date) -> bool:
        """Whether that day holds no further attempt, the client's own or of his number."""
        return self.misses_on(day) >= self.spec.per_day or self.is_spent(day)

    def on_day(self, day: date) -> Choice | None:
        """The best free time of that day, or None when it has none."""
        windows = self.open_windows(day)
        earliest = self.earliest
        slots = [datetime.combine(day, slot, self.calendar.zone).astimezone(UTC) for slot in sorted(self.spec.slots)]
        usable = [slot for slot in slots if any(slot in window for window in windows)]
        if not usable:
            return self.without_slot(windows, earliest)
        free = [slot for slot in usable if slot >= earliest]
        if not free:
            return None
        tried = self.tried_parts()
        for part in DayPart:
            untried = [slot for slot in free if self.part_of(slot) == part and part not in tried]
            if untried:
                return Choice(self.farthest(untried), _PART_UNTRIED[part])
        best = self.farthest(free)
        return Choice(best, f"в {say_time(best, self.calendar.zone)} ещё не звонили")

    def without_slot(self, windows: tuple[Window, ...], earliest: datetime) -> Choice | None:
        """The first minute of a day on which no slot is inside our hours and the client's."""
        for window in windows:
            at = next_whole_minute(max(window.start, earliest))
            if at in window:
                return Choice(at, "ни один слот не подходит по часам, берём первую подходящую минуту")
        return None

    def farthest(self, slots: Sequence[datetime]) -> datetime:
        """The slot whose time of day is farthest from that of every miss; of equals the earlier."""
        clocks = [self.minute_of_day(miss) for miss in self.misses]
        # `max` keeps the first of equals and slots come in order, so ties go to the earlier one.
        return max(slots, key=lambda slot: min(abs(self.minute_of_day(slot) - clock) for clock in clocks))

    def minute_of_day(self, moment: datetime) -> int:
        local = moment.astimezone(self.calendar.zone)
        return local.hour * 60 + local.minute

    def first_open(self, moment: datetime) -> datetime:
        """The first whole minute from `moment` on at which the client may be called."""
        moment = next_whole_minute(moment)
        day = self.calendar.local_day(moment)
        for _ in range(_DAYS_LOOKED_FOR_SLOT):
            for window in self.open_windows(day) if not self.is_spent(day) else ():
                at = next_whole_minute(max(window.start, moment))
                if at in window:
                    return at
            day += _DAY
        return self.calendar.next_open(moment)
