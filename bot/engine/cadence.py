"""When an unreachable client is tried again.

`next_attempt` is a function of the misses so far: the same misses always give the same plan, so it can be asked after
every miss, in a preview and in a simulation alike. Nothing is remembered between two calls.

The manager's calendar says which days count and which slots exist; the client's own clock says which parts of the day
were tried and when the client may be disturbed at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from math import ceil

from bot.engine.dayparts import DayPart, day_part
from bot.engine.words import counted, say_duration, say_time
from bot.engine.worktime import (
    ClientWindow,
    Window,
    WorkingTime,
    next_whole_minute,
    reachable,
    whole_minute,
)

_DAY = timedelta(days=1)
_DAYS_LOOKED_FOR_OVERLAP = 10
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
    """

    attempts: int
    within_days: int
    second: timedelta
    gap: timedelta
    slots: tuple[time, ...]
    per_day: int = 2


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


@dataclass(frozen=True, slots=True)
class _Choice:
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class _Planner:
    """One planning: the inputs, and the rules as methods over them."""

    spec: CadenceSpec
    misses: tuple[datetime, ...]
    calendar: WorkingTime
    client: ClientWindow
    outside: bool

    @property
    def first_day(self) -> date:
        return self.calendar.local_day(self.misses[0])

    def open_windows(self, day: date) -> tuple[Window, ...]:
        if self.outside:
            return self.calendar.windows(day)
        return reachable(self.calendar, self.client, day)

    def part_of(self, moment: datetime) -> DayPart:
        return day_part(moment, self.client.zone)

    def tried_parts(self) -> frozenset[DayPart]:
        return frozenset(self.part_of(miss) for miss in self.misses)

    def plan(self) -> _Choice:
        """The attempt as the misses alone would have it."""
        if len(self.misses) == 1:
            second = self.second_attempt()
            if second is not None:
                return second
        for day in self.days():
            choice = self.on_day(day)
            if choice is not None:
                return choice
        earliest = self.first_open(self.calendar.next_open(self.misses[-1] + self.spec.gap))
        return _Choice(earliest, "свободного времени по регламенту нет")

    def second_attempt(self) -> _Choice | None:
        """The quick retry on the day of the first miss, or None when it does not fit into that day."""
        windows = self.open_windows(self.first_day)
        if not windows:
            return None
        at = max(self.misses[0], self.calendar.open_of(self.first_day)) + self.spec.second
        if not any(at in window for window in windows):
            return None
        return _Choice(at, f"через {say_duration(self.spec.second)} после первого звонка")

    def days(self) -> Iterator[date]:
        """Working days after the day of the first miss that still may take an attempt, in order."""
        last_miss_day = self.calendar.local_day(self.misses[-1])
        span = self.calendar.working_days_after(self.first_day, self.spec.within_days)
        for position, day in enumerate(span):
            if day >= last_miss_day and self.has_room(day, days_left=len(span) - position):
                yield day
        day = max(span[-1], last_miss_day - _DAY)
        for _ in range(_DAYS_LOOKED_FOR_SLOT):
            day = self.calendar.next_working_day(day)
            if self.misses_on(day) < self.spec.per_day:
                yield day

    def has_room(self, day: date, days_left: int) -> bool:
        """Whether the share of that day of the span is not used up yet."""
        used_before = sum(self.calendar.local_day(miss) < day for miss in self.misses[1:])
        share = ceil((self.spec.attempts - used_before) / days_left)
        return self.misses_on(day) < min(share, self.spec.per_day)

    def misses_on(self, day: date) -> int:
        return sum(self.calendar.local_day(miss) == day for miss in self.misses)

    def on_day(self, day: date) -> _Choice | None:
        """The best free time of that day, or None when it has none."""
        windows = self.open_windows(day)
        earliest = self.misses[-1] + self.spec.gap
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
                return _Choice(self.farthest(untried), _PART_UNTRIED[part])
        best = self.farthest(free)
        return _Choice(best, f"в {say_time(best, self.calendar.zone)} ещё не звонили")

    def without_slot(self, windows: tuple[Window, ...], earliest: datetime) -> _Choice | None:
        """The first minute of a day on which no slot is inside our hours and the client's."""
        for window in windows:
            at = next_whole_minute(max(window.start, earliest))
            if at in window:
                return _Choice(at, "ни один слот не подходит по часам, берём первую подходящую минуту")
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
            for window in self.open_windows(day):
                at = next_whole_minute(max(window.start, moment))
                if at in window:
                    return at
            day += _DAY
        return self.calendar.next_open(moment)


def next_attempt(
    spec: CadenceSpec,
    misses: Sequence[datetime],
    calendar: WorkingTime,
    window: ClientWindow,
    now: datetime,
) -> Attempt | Exhausted:
    """The next attempt after `misses`.

    Args:
        spec: the rule.
        misses: every moment at which the client was not reached, aware, in any order; at least one.
        calendar: working time of the manager who will call.
        window: when the client may be disturbed.
        now: the present moment, aware; an attempt whose time has passed is due at once.

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
    planner = _Planner(spec, known, calendar, window, outside=not _ever_meet(calendar, window, known[-1]))
    choice = planner.plan()
    at, why = choice.at, choice.why
    if at < now:
        at, why = planner.first_open(now), f"{why}; время прошло, звонок сейчас"
    number, of = len(known) + 1, spec.attempts + 1
    part = planner.part_of(at)
    outside = not window.contains(at)
    if outside:
        why = f"{why}; у клиента неудобное время"
    return Attempt(
        at=at,
        number=number,
        of=of,
        day_part=part,
        untried_part=part not in planner.tried_parts(),
        outside_client_window=outside,
        why=f"{number}-я попытка из {of}: {why}",
    )


def check_cadence(spec: CadenceSpec) -> list[str]:
    """What makes the rule impossible, as sentences for the person who edits it; empty for a sound rule."""
    problems: list[str] = []
    if spec.attempts < 1:
        problems.append("Нужна хотя бы одна попытка после первого недозвона.")
    if spec.within_days < 1:
        problems.append("Попытки должны занимать хотя бы один рабочий день.")
    if spec.per_day < 1:
        problems.append("В день должна помещаться хотя бы одна попытка.")
    if spec.second <= timedelta(0):
        problems.append("Вторая попытка должна быть позже первого недозвона.")
    if spec.gap < timedelta(0):
        problems.append("Пауза между попытками не может быть отрицательной.")
    if not spec.slots:
        problems.append("Не задано ни одного слота времени.")
    if any(earlier >= later for earlier, later in pairwise(spec.slots)):
        problems.append("Слоты должны идти по возрастанию и не повторяться.")
    if not problems and spec.attempts > spec.per_day * spec.within_days:
        problems.append(
            f"Попыток {spec.attempts}, а за {counted(spec.within_days, 'день', 'дня', 'дней')} "
            f"по {spec.per_day} в день помещается только {spec.per_day * spec.within_days}."
        )
    return problems


def _ever_meet(calendar: WorkingTime, window: ClientWindow, since: datetime) -> bool:
    """Whether our hours and the client's meet at all on the coming working days."""
    days = calendar.working_days_after(calendar.local_day(since) - _DAY, _DAYS_LOOKED_FOR_OVERLAP)
    return any(reachable(calendar, window, day) for day in days)
