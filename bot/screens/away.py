"""Screens of absences: who is not there, until when, and what becomes of the tasks."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol, TypeAlias
from zoneinfo import ZoneInfo

from bot.engine.case import Case
from bot.engine.tasks import is_new
from bot.engine.words import counted
from bot.locales.ru import screens as common
from bot.locales.ru import staff as ru
from bot.locales.ru.days import MONTHS, WEEKDAYS
from bot.locales.ru.dialogs import ROLES
from bot.playbooks.model import Playbook
from bot.screens.paging import page_of
from bot.screens.press import pack
from bot.screens.screen import Button, Screen, esc, grid, lines

Zone: TypeAlias = ZoneInfo
_DAY = timedelta(days=1)
_NO_DAY = "–"
_PAGE = 20
"""People of one page."""
_LONGEST = 40


class Absent(Protocol):
    """What the screens read of an absence."""

    @property
    def id(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def starts_at(self) -> datetime: ...
    @property
    def ends_at(self) -> datetime: ...


class Named(Protocol):
    """What the screens read of a person."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...


class Names(Protocol):
    """Who knows the short names of CRM users."""

    def short_name(self, crm_user_id: int | None) -> str: ...


@dataclass(frozen=True, slots=True)
class Kinds:
    """Open tasks by what they are."""

    promises: int = 0
    new: int = 0
    meetings: int = 0
    attempts: int = 0
    others: int = 0

    @property
    def all(self) -> int:
        return self.promises + self.new + self.meetings + self.attempts + self.others


def kinds(cases: Iterable[tuple[Case, Playbook]]) -> Kinds:
    """How many open tasks there are of each sort."""
    found = Counter(_sort(case, playbook) for case, playbook in cases)
    return Kinds(**found)


def _sort(case: Case, playbook: Playbook) -> str:
    assert case.task is not None  # only cases with an open task are counted
    kind = playbook.tasks[case.task.kind]
    if case.task.promised:
        return "promises"
    if is_new(case, kind):
        return "new"
    if kind.meeting:
        return "meetings"
    return "attempts" if case.task.attempt is not None else "others"


def say_days(absence: Absent, zone: ZoneInfo) -> str:
    """«1–14 декабря», «30 ноября – 3 декабря», «5 декабря»."""
    first = absence.starts_at.astimezone(zone).date()
    return say_span(first, (absence.ends_at - timedelta(seconds=1)).astimezone(zone).date())


def say_span(first: date, last: date) -> str:
    """As `say_days`, of two dates."""
    end = f"{last.day} {MONTHS[last.month - 1]}"
    if first >= last:
        return end
    same = (first.year, first.month) == (last.year, last.month)
    return f"{first.day}–{end}" if same else f"{first.day} {MONTHS[first.month - 1]} – {end}"


def question(absence: Absent, person: Named, found: Kinds, zone: ZoneInfo, *, at_once: str = "") -> Screen:
    """To the supervisors: what becomes of the tasks? `at_once`: who has got what could not wait for the answer."""
    head = _head(absence, person, zone)
    urgent = esc(ru.AT_ONCE.format(list=at_once)) if at_once else None
    if not found.all:
        return Screen(lines([head, urgent, None if at_once else ru.NO_TASKS]))
    parts = (
        (found.promises, ru.PROMISES),
        (found.new, ru.NEW),
        (found.meetings, ru.MEETINGS),
        (found.attempts, ru.ATTEMPTS),
        (found.others, ru.OTHERS),
    )
    by_kind = ", ".join(counted(number, *words) for number, words in parts if number)
    tasks = ru.OPEN_TASKS.format(count=counted(found.all, *ru.TASKS), kinds=by_kind)
    share = Button(ru.SHARE, pack("a", "share", absence.id), style="primary")
    keep, hand = Button(ru.KEEP, pack("a", "keep", absence.id)), Button(ru.HAND, pack("a", "hand", absence.id))
    return Screen(lines([head, urgent, tasks, ru.WHAT_NOW]), ((share,), (keep,), (hand,)))


def takers(number: int, people: Sequence[tuple[int, str]]) -> Screen:
    """To whom all of it goes."""
    back = (Button(ru.BACK, pack("a", "ask", number)),)
    buttons = (Button(name, pack("a", "give", number, user)) for user, name in people)
    return Screen(ru.TO_WHOM if people else ru.NOBODY_ELSE, (*grid(buttons, 2), back))


def settled(absence: Absent, person: Named, words: str, zone: ZoneInfo, *, keep_share: bool = False) -> Screen:
    """What was done; `keep_share`: it can still be given out."""
    share = ((Button(ru.SHARE, pack("a", "share", absence.id)),),) if keep_share else ()
    return Screen(lines([_head(absence, person, zone), esc(words)]), share)


def given(counts: Counter[int], people: Names, left: Mapping[str, int]) -> str:
    """Who got how many; of `left`, by role, nobody is there who could have them."""
    told = ru.GIVEN.format(list=listed(counts, people)) if counts else "" if left else ru.GIVEN_NONE
    waiting = ", ".join(f"{ROLES.get(role, role)} – {count}" for role, count in left.items())
    return " ".join(part for part in (told, ru.GIVEN_LEFT.format(list=waiting) if left else "") if part)


def listed(counts: Counter[int], people: Names) -> str:
    """«Анна К. 3, Олег В. 2»."""
    return ", ".join(f"{people.short_name(user)} {count}" for user, count in counts.most_common())


def welcome_back(mine: int, returned: int) -> Screen:
    """On the day back: how much waits."""
    return Screen(ru.WELCOME_BACK.format(mine=mine, returned=returned))


def works_today(person: int, day: date) -> Screen:
    """On a sick person's working morning."""
    text = ru.WORKS_TODAY.format(day=f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}")
    working, still = Button(ru.WORKING, pack("a", "back", person)), Button(ru.STILL_SICK, pack("a", "still", person))
    return Screen(text, ((working, still),))


def still_sick(person: int) -> Screen:
    """He will be asked again."""
    return Screen(ru.GET_WELL, ((Button(ru.RETURNED, pack("a", "back", person)),),))


def at_work_again() -> Screen:
    """What is left of the question."""
    return Screen(ru.AT_WORK_AGAIN)


def team(people: Sequence[tuple[Named, Sequence[Absent]]], zone: ZoneInfo, now: datetime, page: int = 0) -> Screen:
    """The supervisor's list: who is not there, and a page of buttons, one for each."""
    text = [f"<b>{ru.TEAM}</b>"]
    text += [
        f"{esc(person.name)}: {_state(absence, zone)}"
        for person, absences in people
        for absence in absences
        if now < absence.ends_at
    ]
    shown = page_of(people, page, _PAGE)
    buttons = (Button(person.name[:_LONGEST], pack("a", "who", person.id)) for person, _ in shown.rows)
    return Screen(lines([*text, shown.words]), (*grid(buttons, 2), *shown.steer("a", "team")))


def one(person: Named, absences: Sequence[Absent], zone: ZoneInfo, now: datetime, *, own: bool) -> Screen:
    """One person: what is known, and what can be said of him."""
    known = [absence for absence in absences if now < absence.ends_at]
    states = [_state(absence, zone) for absence in known] or ([ru.OWN] if own else [ru.AT_WORK])
    head = [] if own else [ru.OF.format(who=esc(person.name))]
    sick = Button(ru.SICK, pack("a", "sick", person.id))
    leave = Button(ru.LEAVE, pack("a", "from", person.id, f"{now.astimezone(zone):%Y-%m}"))
    rows: list[tuple[Button, ...]] = [(sick,), (leave,)]
    if known:
        begun = any(absence.starts_at <= now for absence in known)
        words = (ru.RETURNED if own else ru.RETURNED_OTHER) if begun else ru.CANCEL_LEAVE
        rows.insert(0, (Button(words, pack("a", "back", person.id), style="primary"),))
    return Screen(lines([*head, *states, ru.HINT if own else None]), tuple(rows))


def pick_day(person_id: int, month: date, today: date, first: date | None = None) -> Screen:
    """A month of days: the first one of a leave, or, when that is known, the last one."""
    verb, fixed = ("from", ()) if first is None else ("until", (first.isoformat(),))
    earliest = first or today
    row: list[Button] = [_dead()] * month.weekday()
    rows: list[tuple[Button, ...]] = [tuple(_dead(name) for name in WEEKDAYS)]
    for number in range(1, monthrange(month.year, month.month)[1] + 1):
        day = month.replace(day=number)
        data = pack("a", verb, person_id, *fixed, day.isoformat())
        row.append(Button(str(number), data) if day >= earliest else _dead())
        if len(row) == len(WEEKDAYS):
            rows.append(tuple(row))
            row = []
    if row:
        rows.append(tuple(row + [_dead()] * (len(WEEKDAYS) - len(row))))
    before, after = (month - _DAY).replace(day=1), (month + 31 * _DAY).replace(day=1)
    steer = [Button("‹", pack("a", verb, person_id, *fixed, f"{before:%Y-%m}"))] if month > earliest else []
    steer += [_dead(f"{common.MONTHS[month.month - 1]} {month.year}")]
    steer += [Button("›", pack("a", verb, person_id, *fixed, f"{after:%Y-%m}"))]
    text = ru.FROM if first is None else ru.UNTIL.format(first=say_span(first, first))
    return Screen(text, (tuple(steer), *rows))


def confirm(person_id: int, first: date, last: date) -> Screen:
    """The days once more, before they count."""
    right = Button(ru.RIGHT, pack("a", "ok", person_id, first.isoformat(), last.isoformat()), style="primary")
    other = Button(ru.OTHER_DAYS, pack("a", "from", person_id, f"{first:%Y-%m}"))
    return Screen(ru.CONFIRM.format(days=say_span(first, last)), ((right, other),))


def _head(absence: Absent, person: Named, zone: ZoneInfo) -> str:
    since = f"{absence.starts_at.astimezone(zone):%d.%m %H:%M}"
    return ru.ABSENT[absence.kind].format(who=esc(person.name), since=since, days=say_days(absence, zone))


def _state(absence: Absent, zone: ZoneInfo) -> str:
    if absence.kind == "sick":
        return ru.AWAY_SICK.format(since=f"{absence.starts_at.astimezone(zone):%d.%m %H:%M}")
    return ru.AWAY_LEAVE.format(days=say_days(absence, zone))


def _dead(label: str = _NO_DAY) -> Button:
    return Button(label, pack("a", "noop"))
