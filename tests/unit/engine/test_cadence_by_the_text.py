"""The cadence once more, written minute by minute from the rule's text, against the engine's on random floors.

It knows nothing of the engine: hours are a set of minutes, a window is a question about a clock, and every choice is
made by looking at all there is. Where the two differ one of them is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.engine.cadence import Attempt, CadenceSpec, Exhausted, next_attempt
from bot.engine.worktime import ClientWindow, Hours, WorkCalendar

MOSCOW = ZoneInfo("Europe/Moscow")
FIRST, DAYS = date(2026, 9, 28), 150
"""Both changes of the European clocks of that winter lie near; the last weeks are room for plans."""
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@dataclass(frozen=True)
class Floor:
    """Who works when: day → stretches of that day in minutes on the manager's clock."""

    zone: ZoneInfo
    days: dict[date, tuple[tuple[int, int], ...]]

    def at(self, day: date, minute: int) -> datetime:
        return datetime.combine(day, time(minute // 60, minute % 60), self.zone).astimezone(UTC)

    def open_minutes(self, day: date) -> list[datetime]:
        return [self.at(day, minute) for start, end in self.days.get(day, ()) for minute in range(start, end)]

    def is_open(self, moment: datetime) -> bool:
        local = moment.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        return any(start <= minute < end for start, end in self.days.get(local.date(), ()))

    def calendar(self) -> WorkCalendar:
        spans: dict[date, Hours] = {}
        for step in range(-10, DAYS + 500):
            day = FIRST + step * DAY
            spans[day] = tuple((clock(start), clock(end)) for start, end in self.days.get(day, ()))
        return WorkCalendar(self.zone, {}, country=None, exceptions=spans)


class Unsaid(Exception):
    """Hours that met within a fortnight and do not meet again for months: the text has no word for them."""


def clock(minute: int) -> time:
    return time(minute // 60 % 24, minute % 60)


@dataclass(frozen=True)
class Client:
    zone: ZoneInfo
    start: int
    end: int

    def minds(self, moment: datetime) -> bool:
        local = moment.astimezone(self.zone)
        return not self.start <= local.hour * 60 + local.minute < self.end

    def part(self, moment: datetime) -> int:
        hour = moment.astimezone(self.zone).hour
        return 0 if hour < 12 else 1 if hour < 16 else 2


class Reading:
    """The rule's text applied to one case: told misses, on a floor, to a client."""

    def __init__(self, spec: CadenceSpec, told: list[datetime], floor: Floor, client: Client) -> None:
        self.spec, self.floor, self.client = spec, floor, client
        self.misses = sorted(miss.replace(second=0, microsecond=0) for miss in told)
        self.first_day, self.last_day = self.day(self.misses[0]), self.day(self.misses[-1])
        self.working = [FIRST + step * DAY for step in range(DAYS + 400) if floor.days.get(FIRST + step * DAY)]
        ahead = [day for day in self.working if day >= self.last_day][:10]
        self.never = all(client.minds(moment) for day in ahead for moment in floor.open_minutes(day))

    def due(self, now: datetime) -> datetime | None:
        """When the next attempt is due; None when all are used."""
        if len(self.misses) > self.spec.attempts:
            return None
        planned = self.second() or self.other()
        return planned if planned >= now else self.at_once(now)

    def second(self) -> datetime | None:
        if len(self.misses) > 1 or not self.floor.days.get(self.first_day):
            return None
        opening = self.floor.open_minutes(self.first_day)[0]
        second = max(self.misses[0], opening) + self.spec.second
        return second if self.day(second) == self.first_day and self.may(second) else None

    def other(self) -> datetime:
        span = [day for day in self.working if day > self.first_day][: self.spec.within_days]
        later = [day for day in self.working if day > span[-1]][:60]
        for day in (one for one in (*span, *later) if one >= self.last_day):
            if sum(self.day(miss) == day for miss in self.misses) >= self.room(day, span):
                continue
            chosen = self.on(day)
            if chosen is not None:
                return chosen
        raise Unsaid

    def room(self, day: date, span: list[date]) -> int:
        if day not in span:
            return self.spec.per_day
        left = self.spec.attempts - sum(self.day(miss) < day for miss in self.misses[1:])
        days_left = len(span) - span.index(day)
        return min(self.spec.per_day, -(-left // days_left))

    def on(self, day: date) -> datetime | None:
        slots = [self.floor.at(day, slot.hour * 60 + slot.minute) for slot in self.spec.slots]
        slots = [slot for slot in slots if self.may(slot)]
        rested = self.misses[-1] + self.spec.gap
        if not slots:
            minutes = [one for one in self.floor.open_minutes(day) if self.may(one) and one >= rested]
            return min(minutes, default=None)
        slots = [slot for slot in slots if slot >= rested]
        tried = {self.client.part(miss) for miss in self.misses}
        for part in sorted({0, 1, 2} - tried):
            here = [slot for slot in slots if self.client.part(slot) == part]
            if here:
                slots = here
                break
        return min(slots, key=lambda slot: (-self.distance(slot), slot), default=None)

    def at_once(self, now: datetime) -> datetime:
        moment = now.replace(second=0, microsecond=0)
        moment += MINUTE if moment < now else timedelta(0)
        for step in range(60):
            for one in self.floor.open_minutes(self.day(moment) + step * DAY):
                if one >= moment and self.may(one):
                    return one
        raise Unsaid

    def may(self, moment: datetime) -> bool:
        return self.floor.is_open(moment) and (self.never or not self.client.minds(moment))

    def distance(self, slot: datetime) -> timedelta:
        return min(abs(self.by_clock(slot) - self.by_clock(miss)) for miss in self.misses)

    def by_clock(self, moment: datetime) -> timedelta:
        local = moment.astimezone(self.floor.zone)
        return timedelta(hours=local.hour, minutes=local.minute)

    def day(self, moment: datetime) -> date:
        return moment.astimezone(self.floor.zone).date()


STRETCHES = st.sampled_from(
    [
        ((540, 1140),),
        ((540, 1080),),
        ((540, 780), (840, 1140)),
        ((600, 960),),
        ((720, 1380),),
        ((480, 540),),
        (),
    ]
)


USUAL = [((540, 1140),), ((540, 780), (840, 1140)), ((720, 1260),), ((540, 600), (1020, 1140))]
EUROPE, ASIA = ("Europe/Moscow", "Europe/Kaliningrad", "Europe/Berlin"), ("Asia/Vladivostok", "Asia/Kamchatka")
ZONES = [*EUROPE, *ASIA, "Pacific/Honolulu"]


@st.composite
def floors(draw: st.DrawFn) -> Floor:
    """A week, five or seven days long, or a rotation; now and then a duty, a short day, a day off."""
    usual = draw(st.sampled_from(USUAL))
    on, off = draw(st.sampled_from([(5, 2), (2, 2), (1, 3), (7, 0), (3, 4)]))
    odd = draw(st.dictionaries(st.integers(0, 60), STRETCHES, max_size=12))
    zone = ZoneInfo(draw(st.sampled_from(["Europe/Moscow", "Europe/Berlin", "Asia/Novosibirsk"])))
    days = {}
    for step in range(DAYS + 420):
        spans = odd.get(step, usual if step % (on + off) < on else ())
        if spans:
            days[FIRST + step * DAY] = spans
    return Floor(zone, days)


CLIENTS = st.builds(
    Client,
    zone=st.sampled_from(
        [
            "Europe/Moscow",
            "Asia/Vladivostok",
            "Asia/Kamchatka",
            "Europe/Kaliningrad",
            "Europe/Berlin",
            "Pacific/Honolulu",
        ]
    ).map(ZoneInfo),
    start=st.sampled_from([540, 600, 1020]),
    end=st.sampled_from([1260, 1080]),
)
SPECS = st.builds(
    CadenceSpec,
    attempts=st.integers(1, 8),
    within_days=st.integers(1, 6),
    second=st.sampled_from([5, 40, 120, 300]).map(lambda minutes: timedelta(minutes=minutes)),
    gap=st.sampled_from([1, 30, 90, 240]).map(lambda minutes: timedelta(minutes=minutes)),
    slots=st.sets(st.integers(14, 44).map(lambda half: time(half // 2, half % 2 * 30)), min_size=1, max_size=6).map(
        lambda slots: tuple(sorted(slots))
    ),
    per_day=st.integers(1, 3),
)
SCORING = CadenceSpec(
    5, 3, timedelta(minutes=40), timedelta(minutes=90), (time(9, 30), time(11, 15), time(13), time(15), time(17, 30))
)
OFFICE = Floor(MOSCOW, {FIRST + step * DAY: ((540, 1140),) for step in range(DAYS + 420) if step % 7 < 5})
BERLIN = Client(ZoneInfo("Europe/Berlin"), 540, 1260)


@settings(max_examples=100, deadline=None)
@given(
    spec=SPECS,
    floor=floors(),
    client=CLIENTS,
    start=st.integers(0, 55 * 24 * 60),
    delays=st.lists(st.integers(-600, 3 * 24 * 60), max_size=9),
    late=st.integers(0, 3 * 24 * 60 * 60),
    answered_late=st.booleans(),
)
@example(SCORING, OFFICE, BERLIN, 26 * 24 * 60 + 500, [1, 1, 2, 400, 0], 0, False)
@example(SCORING, OFFICE, BERLIN, 23 * 24 * 60 + 900, [0, 0, 0, 0, 0], 0, False)
def test_the_engine_plans_what_the_text_says(
    spec: CadenceSpec, floor: Floor, client: Client, start: int, delays: list[int], late: int, answered_late: bool
) -> None:
    """`delays`: minutes by which a miss comes after its attempt was due; before it: early, or not planned at all."""
    calendar = floor.calendar()
    window = ClientWindow(client.zone, clock(client.start), clock(client.end))
    misses = [datetime.combine(FIRST, time(0), UTC) + start * MINUTE]
    for delay in [*delays, 0]:
        now = max(misses) + timedelta(seconds=late if answered_late else 0)
        planned = next_attempt(spec, misses, calendar, window, now)
        try:
            wanted = Reading(spec, misses, floor, client).due(now)
        except Unsaid:
            return
        if isinstance(planned, Exhausted):
            assert wanted is None
            return
        assert isinstance(planned, Attempt)
        assert planned.at == wanted
        assert planned.outside_client_window == client.minds(planned.at)
        misses.append(max(planned.at + delay * MINUTE, misses[-1] + MINUTE))
