"""Digests as short texts: progress first, effort last. They stand under a picture, so they are short."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.engine.figures import Far, Figures, Share, commonest
from bot.engine.words import counted, say_duration, say_time
from bot.locales.ru import digests as ru
from bot.locales.ru import floor
from bot.locales.ru.days import WEEKDAYS
from bot.screens.screen import Screen, esc, lines, plain, units

CAPTION = 1000
"""Longest caption in UTF-16 units, with room for a messenger's own limit of 1024."""
_MOST_REASONS = 4


@dataclass(frozen=True, slots=True)
class Marks:
    """What the playbook calls its marks, and which is told in brackets behind another one."""

    titles: Mapping[str, str]
    within: Mapping[str, str] = field(default_factory=dict)

    def told(self, counts: Mapping[str, int]) -> Iterator[str]:
        """«некачественные 9 (без отчёта 2)»; a part whose whole is not there stands alone."""
        for mark, count in sorted(counts.items()):
            if self.within.get(mark) in counts:
                continue
            parts = (part for part, whole in self.within.items() if whole == mark and part in counts)
            inner = ", ".join(f"{self.titles.get(part, part)} {counts[part]}" for part in parts)
            yield f"{self.titles.get(mark, mark)} {count}" + (f" ({inner})" if inner else "")


@dataclass(frozen=True, slots=True)
class DigestView:
    """What a day has brought."""

    title: str
    """Of the group."""
    day: date
    total: Figures
    people: Sequence[tuple[str, Figures]]
    """By name, of those who have anything."""
    marks: Marks
    next_day: date
    next_meetings: int
    zone: ZoneInfo
    at: datetime | None = None
    """The moment, while the day goes on."""
    left_known: bool = True
    """Somebody saw what was left."""


@dataclass(frozen=True, slots=True)
class MorningView:
    """What a day will ask for."""

    title: str
    day: date
    due: int
    night: int
    overdue: int
    meetings: int
    unconfirmed: int
    """Of these, not confirmed by the client."""
    promises: int
    unpaid: int
    """Contracts that are signed and not paid."""
    unpaid_days: int
    """How many days ago the oldest of these was signed."""
    over: int
    """Tasks that do not fit into the day of those who have them."""
    people: Sequence[tuple[str, int, int]]
    """Name, due today, of these overdue."""


@dataclass(frozen=True, slots=True)
class WeekView:
    """The last seven days."""

    title: str
    first: date
    last: date
    total: Figures
    people: Sequence[tuple[str, Figures]]
    marks: Marks


def evening(view: DigestView) -> Screen:
    """What was reached, what was done, what needs a look."""
    if view.at is None:
        head = ru.EVENING.format(title=view.title, day=say_day(view.day))
    else:
        head = ru.SO_FAR.format(title=view.title, time=say_time(view.at, view.zone))
    body = list(report_lines(view.total, view.marks, left_known=view.left_known))
    if view.next_meetings:
        body.append(ru.NEXT_MEETINGS.format(day=say_day(view.next_day), count=view.next_meetings))
    return Screen(caption([f"<b>{esc(head)}</b>", *map(esc, body)]))


def morning(view: MorningView) -> Screen:
    """What is due, and by whom."""
    head = morning_head(view)
    night = ru.DUE_NIGHT.format(count=view.night) if view.night else ""
    overdue = ru.DUE_OVERDUE.format(count=view.overdue) if view.overdue else ""
    unconfirmed = ru.DUE_UNCONFIRMED.format(count=view.unconfirmed) if view.unconfirmed else ""
    days = counted(view.unpaid_days, "день", "дня", "дней")
    oldest = ru.DUE_OLDEST.format(age=days) if view.unpaid_days else ""
    figures = (
        (ru.DUE_MEETINGS + unconfirmed, view.meetings),
        (ru.DUE_PROMISES, view.promises),
        (ru.DUE_UNPAID, view.unpaid),
        (ru.DUE_OVER, view.over),
    )
    parts = [words.format(count=count, oldest=oldest) for words, count in figures if count]
    people = [ru.DUE_PERSON.format(name=name, count=due) for name, due, _ in view.people if due]
    body = [ru.DUE.format(count=view.due, night=night, overdue=overdue), " · ".join(parts), " · ".join(people)]
    return Screen(caption([f"<b>{esc(head)}</b>", *(esc(one) for one in body if one)]))


def morning_head(view: MorningView) -> str:
    """«Отдел продаж · пн 09.11, открываемся»"""
    return ru.MORNING.format(title=view.title, day=say_day(view.day))


def mine(name: str, today: Figures, week: Figures, marks: Marks) -> Screen:
    """One's own day and week."""
    parts = [f"<b>{esc(floor.ME)}: {esc(name)}</b>"]
    for head, figures in ((floor.TODAY, today), (floor.WEEK, week)):
        parts += [f"<b>{head}</b>", *map(esc, report_lines(figures, marks))]
    return Screen(lines(parts))


def week(view: WeekView) -> Screen:
    """Seven days together; the days stand in the file."""
    head = ru.WEEK.format(title=view.title, first=f"{view.first:%d.%m}", last=f"{view.last:%d.%m}")
    return Screen(caption([f"<b>{esc(head)}</b>", *map(esc, report_lines(view.total, view.marks))]))


def report_lines(total: Figures, marks: Marks, *, left_known: bool = True) -> Iterator[str]:
    """The figures in words, a line each; of an evening that nobody saw it is not known what was left."""
    if total.empty:
        yield ru.NOTHING
        return
    yield ru.RESULTS.format(
        booked=total.meetings_set,
        held=total.meetings_held,
        due=max(total.meetings_due, total.meetings_held),
        contracts=total.contracts,
        activated=total.activated,
    )
    yield first_touch(total)
    yield promises(total)
    late = ru.LATE.format(count=total.late) if total.late else ""
    overdue = ru.OVERDUE.format(count=total.overdue) if total.overdue else ""
    left = ru.LEFT.format(left=total.left, overdue=overdue) if left_known else ""
    yield ru.TASKS.format(done=total.done, late=late, left=left)
    if total.dials:
        yield ru.CONTACT.format(dials=total.dials, share=say_share(Share(total.reached, total.dials)))
    look = ", ".join(_look(total, marks))
    if look:
        yield ru.LOOK.format(list=look)


def first_touch(total: Figures) -> str:
    """How soon new clients were called."""
    night = ru.NIGHT.format(count=total.night) if total.night else ""
    if not total.measured or total.within is None:
        by_day = total.arrived - total.night
        words = ru.FIRST_TOUCH_UNKNOWN if by_day else ru.FIRST_TOUCH_NONE
        return words.format(count=by_day, night=night)
    middle = total.median_wait
    usual = ru.USUAL.format(median=say_duration(timedelta(seconds=middle))) if middle is not None else ""
    return ru.FIRST_TOUCH.format(
        within=say_duration(timedelta(seconds=total.within)),
        share=say_share(Share(total.in_time, total.measured)),
        usual=usual,
        night=night,
    )


def promises(total: Figures) -> str:
    """How many promised calls were made at their time."""
    if not total.promised:
        return ru.NO_PROMISES
    said = ru.PROMISES.format(kept=total.kept, all=total.promised)
    if total.kept_late or total.broken:
        said += ru.PROMISES_REST.format(late=total.kept_late, broken=total.broken)
    return said


def _look(total: Figures, marks: Marks) -> Iterator[str]:
    """What a supervisor should have a look at."""
    yield from marks.told(total.marks)
    if total.far:
        yield ru.FAR.format(count=len(total.far)) + ru.FAR_REASONS.format(list=", ".join(_reasons(total.far)))
    if total.closed_past_us:
        untold = ru.UNTOLD.format(count=total.untold) if total.untold else ""
        yield ru.CLOSED.format(count=total.closed_past_us) + untold
    if total.moved_by_hand:
        yield ru.MOVED.format(count=total.moved_by_hand)


def _reasons(far: Sequence[Far]) -> Iterator[str]:
    for reason, count in commonest(Counter(one.reason for one in far), _MOST_REASONS, floor.OTHERS):
        yield f"{reason[:40]} {count}"


def load_data(title: str, rows: Sequence[tuple[str, int, int, int]]) -> dict[str, Any]:
    """What the picture is drawn from: name, done, left, overdue; first who has most overdue, then most left."""
    ordered = sorted(rows, key=lambda row: (-row[3], -row[2], row[0]))
    foot = ru.CHART_FOOT.format(
        done=sum(row[1] for row in ordered),
        left=sum(row[2] for row in ordered),
        overdue=sum(row[3] for row in ordered),
    )
    return {"title": title, "rows": [list(row) for row in ordered], "foot": foot}


def say_share(share: Share) -> str:
    """«94 % (17 из 18)»: a share never stands without its numbers."""
    return ru.SHARE.format(percent=share.percent, part=share.part, whole=share.whole)


def say_day(day: date) -> str:
    """«вт 03.11»"""
    return f"{WEEKDAYS[day.weekday()]} {day:%d.%m}"


def caption(parts: Sequence[str], room: int = CAPTION) -> str:
    """As many whole lines as a picture may carry; a line that alone is too long is cut."""
    kept: list[str] = []
    for part in parts:
        if units(part) > room:
            words = plain(part)[: max(0, room // 2 - 1)]
            kept += [f"{esc(words)}…"] if words else []
            break
        kept.append(part)
        room -= units(part) + 1
    return "\n".join(kept)
