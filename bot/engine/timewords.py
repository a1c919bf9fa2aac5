"""A time that a person typed, read into a moment, a choice of moments, or an honest «не понял».

Clock times are read by our own grammar, days by timesense. That parser guesses silently where it did not understand,
so nothing is taken that leaves a word or a figure of the phrase unexplained.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TypeAlias
from zoneinfo import ZoneInfo

from timesense import BaseEvent, ParseStatus, ReminderResult, TaskResult, TaskType, TimeConfig, TimeSenseParser

from bot.engine.clockwords import Clock, ImpossibleClock, take_clock
from bot.engine.words import say_echo
from bot.engine.worktime import WorkingTime, whole_minute

_LONGEST_PHRASE = 80
_FURTHEST = timedelta(days=366)
# A date without a year that lies further than this is one that has just passed and was moved to the next year.
_ROLLED_OVER = timedelta(days=300)
_DAY = timedelta(days=1)

_SOONEST = timedelta(minutes=30)
_LATEST_HOUR = 20
_WHOLE_DAY = (time(10), time(12), time(15), time(17))
_BY_PART = {
    9: (time(9), time(10), time(11)),
    12: (time(13), time(14), time(15)),
    18: (time(18), time(19), time(20)),
}

HINT_GENERAL = "Не понял время. Напишите, например: завтра в 14, пт 10:30, через 2 часа."
HINT_PAST = "Это время уже прошло. Напишите время впереди, например: завтра в 14."
HINT_FAR = "Это дальше, чем через год. Выберите время ближе."
HINT_SPAN = "Назовите точное время, например: завтра в 14."
HINT_DAY = "Назовите день, например: пн 10:30 или 25.11 в 9."


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment was meant.

    Args:
        at: the moment, a whole minute in UTC, later than now.
        text: it in words with the weekday, for «верно?»: «завтра, вс 22 ноября, 14:00».
        outside_hours: it falls outside the manager's working time, which is allowed after a warning.
    """

    at: datetime
    text: str
    outside_hours: bool


@dataclass(frozen=True, slots=True)
class Choices:
    """A day or a part of it was meant, or an hour of two halves of the day: `options` to choose from, all ahead.

    `day` is the local day of the first option; the options are in order, whole minutes in UTC.
    """

    day: date
    options: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """The phrase has no certain time; `hint` tells the person how to write it."""

    hint: str


TimeRead: TypeAlias = Moment | Choices | NotUnderstood

_WEEKDAY = (
    r"(?:понедельник|пн|вторник|вт|сред[ауы]|ср|четверг|чт|пятниц[ауы]|пт|суббот[ауы]|сб|воскресень[ея]|воскресение|вс)"
)
_DATE = re.compile(r"\d{1,2}[./]\d{1,2}|\d{4}-\d\d-\d\d|\d\s+(?:янв|фев|мар|апр|мая|июн|июл|авг|сен|окт|ноя|дек)")
_WEEKDAY_WORD = re.compile(rf"(?:\b(?:в|во)\s+)?\b{_WEEKDAY}\b,?")
_NEXT_WEEKDAY = re.compile(rf"\bследующ\w+\s+(?={_WEEKDAY}\b)")
_NOISE = re.compile(
    r"\b(?:пере|по)?звон(?:ить|ите|и|ю|им)\b|\bнабрать\b|\bнабери(?:те)?\b|\bсозвон\w*\b|\bдавайте\b|\bдавай\b"
    r"|\bможно\b|\bлучше\b|\bпожалуйста\b|\bпримерно\b|\bгде-то\b"
)
_REWRITES = (
    (re.compile(r"(?<=\d)\s?-?го\b(?:\s+числа)?"), "-го"),
    (re.compile(r"(?<![\d-])(\d{1,2})-(\d{1,2})(?=\s)(?!\s*(?:утра|дня|вечера|ночи))"), r"\1.\2"),
    (re.compile(r"\bчерез день\b"), "послезавтра"),
    (re.compile(r"\b(?:после обеда|во второй половине дня)\b"), "днем"),
    (re.compile(r"\b(?:до обеда|в первой половине дня)\b"), "утром"),
    (re.compile(r"\b(минут|часа|часов|дня|дней)\s+через\s+(\d+|полтора|два|три|пару)\b"), r"через \2 \1"),
)
_VAGUE = re.compile(
    r"\b(?:до|после|или|между|раньше|позже|позднее|кажд\w+|ежедневно)\b"
    rf"|\bчерез\b.*\b{_WEEKDAY}\b"
)
_LATER_BY = re.compile(
    r"через\s+(?:(?P<half>полчаса)|(?P<more>полтора|1[.,]5)\s+час\w*|(?P<pair>пару)\s+час\w*"
    r"|(?:(?P<hours>\d{1,2}|два|две|три)\s*)?(?P<unit>час\w*|ч)\b\.?(?:\s*(?P<rest>\d{1,2})\s*(?:минут\w*|мин|м)\b\.?)?"
    r"|(?P<minutes>\d{1,3})\s*(?:минут\w*|мин|м)\b\.?)"
)
_SMALL = {"два": 2, "две": 2, "три": 3}


def read_time(text: str, now: datetime, zone: ZoneInfo, calendar: WorkingTime) -> TimeRead:
    """Read a typed time on the wall clock of `zone`.

    Args:
        text: what the person typed.
        now: the present moment, aware.
        zone: whose clock the person means.
        calendar: the manager's working time; shapes the options of a bare day and marks moments outside it.

    Returns:
        Never a moment that is not ahead of `now` or lies more than a year ahead.
    """
    return _Reader(now.astimezone(UTC), zone, calendar).read(text)


@dataclass(frozen=True, slots=True)
class _Reader:
    now: datetime
    zone: ZoneInfo
    calendar: WorkingTime

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def read(self, text: str) -> TimeRead:
        phrase = _normalised(text)
        if not phrase or len(phrase) > _LONGEST_PHRASE:
            return NotUnderstood(HINT_GENERAL)
        later = _LATER_BY.fullmatch(phrase)
        if later is not None:
            return self.moment(self.now + _length(later))
        if _VAGUE.search(phrase):
            return NotUnderstood(HINT_SPAN)
        try:
            clock, rest = take_clock(phrase)
        except ImpossibleClock:
            return NotUnderstood(HINT_GENERAL)
        if clock is None:
            return self.without_clock(phrase)
        return self.on_days(rest, clock) if rest else self.bare_clock(clock)

    def bare_clock(self, clock: Clock) -> TimeRead:
        """A clock without a day: the next time it shows it, or a choice when it may mean two."""
        first = self.local(self.today, clock.readings[0])
        if clock.later is not None and first <= self.now:
            clock = Clock((*clock.readings, clock.later))
        ahead = sorted(
            at
            for day in (self.today, self.today + _DAY)
            for said in clock.readings
            if (at := self.local(day, said)) > self.now
        )
        return self.offer(ahead[: len(clock.readings)])

    def on_days(self, phrase: str, clock: Clock) -> TimeRead:
        """A clock on a day that the rest of the phrase names."""
        days = self.days(phrase)
        if isinstance(days, NotUnderstood):
            return days
        options = [self.local(day, said) for day in days for said in clock.readings]
        if clock.later is not None and max(options) <= self.now:
            options = [self.local(day, clock.later) for day in days]
        return self.offer(options)

    def without_clock(self, phrase: str) -> TimeRead:
        """A day or a part of a day, or a spoken time that only the parser knows («полдевятого утра»)."""
        event = self.parse(_NEXT_WEEKDAY.sub("", phrase))
        if isinstance(event, ReminderResult) and _figures_explained(phrase, event.datetime_at):
            return self.moment(event.datetime_at.replace(tzinfo=self.zone))
        days = self.days(phrase)
        if isinstance(days, NotUnderstood):
            return days
        part = _part_of(event)
        if len(days) > 1:
            return self.offer([self.local(day, (part or _WHOLE_DAY)[0]) for day in days])
        return self.offer([self.local(days[0], said) for said in part or self.hours_of(days[0])], always_choose=True)

    def hours_of(self, day: date) -> tuple[time, ...]:
        """What to offer for a bare day: today the next full hours, otherwise the usual times, in hours if any are."""
        if day == self.today:
            soon = self.now.astimezone(self.zone) + _SOONEST
            return tuple(time(hour) for hour in range(soon.hour + 1, min(soon.hour + 4, _LATEST_HOUR + 1)))
        open_times = tuple(said for said in _WHOLE_DAY if self.calendar.is_open(self.local(day, said)))
        return open_times or _WHOLE_DAY

    def days(self, phrase: str) -> tuple[date, ...] | NotUnderstood:
        """The day that `phrase` names; «следующий понедельник» may mean two."""
        plain = _NEXT_WEEKDAY.sub("", phrase)
        weekday_said = _WEEKDAY_WORD.search(plain) is not None and _DATE.search(plain) is not None
        dated = " ".join(_WEEKDAY_WORD.sub(" ", plain).split()) if weekday_said else plain
        event = self.parse(dated)
        if not isinstance(event, TaskResult) or event.start_at is None:
            return NotUnderstood(HINT_GENERAL)
        day = event.start_at.date()
        if event.end_at is not None and event.end_at.date() > day:
            return NotUnderstood(HINT_DAY)
        if not _figures_explained(dated, event.start_at):
            return NotUnderstood(HINT_GENERAL)
        if weekday_said and self.parse_weekday(plain) != day.weekday():
            return NotUnderstood(HINT_DAY)
        if day - self.today > _ROLLED_OVER and not re.search(r"\d{4}|[./]\d{1,2}[./]\d{2}|через", dated):
            return NotUnderstood(HINT_PAST)
        return (day, day + 7 * _DAY) if plain != phrase else (day,)

    def parse_weekday(self, phrase: str) -> int | None:
        said = _WEEKDAY_WORD.search(phrase)
        event = self.parse(said[0].strip(" ,")) if said is not None else None
        start = event.start_at if isinstance(event, TaskResult) else None
        return start.weekday() if start is not None else None

    def parse(self, phrase: str) -> BaseEvent | None:
        """What timesense makes of the phrase, or None when it left anything unexplained."""
        local_now = self.now.astimezone(self.zone).replace(tzinfo=None)
        analysis = _parser().analyze(phrase, now=local_now)
        event = analysis.result
        if analysis.status is not ParseStatus.OK or not isinstance(event, BaseEvent):
            return None
        if event.title or event.location or event.recurrence or event.exclusions:
            return None
        if isinstance(event, TaskResult) and event.task_type in (TaskType.DEADLINE, TaskType.OPEN_START):
            return None
        return event

    def offer(self, options: list[datetime], *, always_choose: bool = False) -> TimeRead:
        ahead = tuple(sorted(whole_minute(at) for at in options if at > self.now))
        if not ahead:
            return NotUnderstood(HINT_PAST)
        if ahead[-1] - self.now > _FURTHEST:
            return NotUnderstood(HINT_FAR)
        if len(ahead) == 1 and not always_choose:
            return self.moment(ahead[0])
        return Choices(ahead[0].astimezone(self.zone).date(), ahead)

    def moment(self, said: datetime) -> TimeRead:
        at = whole_minute(said)
        if at <= self.now:
            return NotUnderstood(HINT_PAST)
        if at - self.now > _FURTHEST:
            return NotUnderstood(HINT_FAR)
        return Moment(at, say_echo(at, self.zone, self.now), outside_hours=not self.calendar.is_open(at))

    def local(self, day: date, said: time) -> datetime:
        return datetime.combine(day, said, self.zone).astimezone(UTC)


def _normalised(text: str) -> str:
    phrase = " ".join(text.lower().replace("ё", "е").split())
    phrase = " ".join(_NOISE.sub(" ", phrase).split()).strip(" ,.!?;")
    for pattern, replacement in _REWRITES:
        phrase = pattern.sub(replacement, phrase)
    return phrase


def _length(match: re.Match[str]) -> timedelta:
    if match["half"]:
        return timedelta(minutes=30)
    if match["more"]:
        return timedelta(minutes=90)
    if match["pair"]:
        return timedelta(hours=2)
    if match["minutes"]:
        return timedelta(minutes=int(match["minutes"]))
    hours = match["hours"] or "1"
    return timedelta(hours=_SMALL[hours] if hours in _SMALL else int(hours), minutes=int(match["rest"] or 0))


def _part_of(event: BaseEvent | None) -> tuple[time, ...] | None:
    """The times to offer when the event is a part of a day («утром»), otherwise None."""
    if isinstance(event, TaskResult) and event.task_type is TaskType.FUZZY and event.start_at is not None:
        return _BY_PART.get(event.start_at.hour)
    return None


def _figures_explained(phrase: str, at: datetime) -> bool:
    """Whether every number of the phrase is found again in the result; «через 3 дня» counts as explained."""
    said = re.sub(r"через\s+\d+", "", phrase)
    known = {at.day, at.month, at.year, at.year % 100, at.hour, at.hour - 12, at.minute}
    return all(int(number) in known for number in re.findall(r"\d+", said))


@lru_cache(maxsize=1)
def _parser() -> TimeSenseParser:
    return TimeSenseParser(TimeConfig(use_morph=False, default_language="ru"))
