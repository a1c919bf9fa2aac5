"""The administrator's screens of people: who is there, on which shift, on duty when."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Protocol

from bot.engine.words import say_date
from bot.locales.ru import screens as common
from bot.locales.ru import staff as ru
from bot.locales.ru.days import MONTHS, WEEKDAYS
from bot.locales.ru.dialogs import ROLES
from bot.playbooks.model import Playbook
from bot.screens.paging import page_of
from bot.screens.press import pack
from bot.screens.screen import Button, Screen, esc, grid, lines

_DAY = timedelta(days=1)
_PAGE = 20
_LONGEST = 40
"""Signs of a name in a list."""
_NO_DAY = "–"
_USUAL_DUTIES = ("10:00-16:00", "18:00-21:00")
_ENGLISH = dict(zip(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), WEEKDAYS, strict=True))


class Colleague(Protocol):
    """What the screens read of a person."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def telegram_id(self) -> int | None: ...
    @property
    def reachable(self) -> bool: ...
    @property
    def shift(self) -> str | None: ...
    @property
    def team_shift(self) -> str | None: ...
    @property
    def works_on(self) -> str | None: ...


def hours(playbook: Playbook, shift: str | None) -> str:
    """«Вечерняя, пн–пт 12:00–21:00»; the company's hours for no shift, and for one that the playbook has lost."""
    own = playbook.shifts.get(shift) if shift is not None else None
    if own is None:
        return f"{ru.COMPANY_HOURS}, {_weekly(playbook.hours)}"
    if own.window is not None:
        return f"{own.title}, {own.days}/{own.off} {_span(own.window)}"
    return f"{own.title}, {_weekly(own.hours)}"


def say_day(day: date) -> str:
    """«сб 7 ноября»."""
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}"


def everybody(
    playbook: Playbook, people: Sequence[Colleague], away: Collection[int], invited: Sequence[str], page: int = 0
) -> Screen:
    """A page of them, and a button for each; on the last one who is invited."""
    known = sorted(people, key=lambda one: (one.name, one.id))
    shown = page_of(known, page, _PAGE)
    text = [f"<b>{ru.PEOPLE}</b>", *(_line(playbook, one, one.id in away) for one in shown.rows)]
    if shown.number == shown.pages - 1:
        text += [ru.INVITED.format(name=esc(_cut(name))) for name in invited]
    buttons = (Button(_cut(one.name), pack("w", "one", one.id)) for one in shown.rows)
    return Screen(lines([*text, shown.words]), (*grid(buttons, 2), *shown.steer("w", "all")))


def one(playbook: Playbook, person: Colleague, duties: Sequence[tuple[date, str]], today: date) -> Screen:
    """One person: his hours, the shifts to choose from, his duties."""
    text = [f"<b>{esc(person.name)}</b>", ROLES.get(person.role, person.role), esc(hours(playbook, person.works_on))]
    text += [ru.DUTY.format(day=say_day(day), hours=_span(span)) for day, span in duties]
    known = person.shift if person.shift in playbook.shifts else None
    usual = ru.COMPANY_HOURS if person.team_shift is None else ru.TEAM_HOURS
    offered = [(None, usual), *((key, shift.title) for key, shift in playbook.shifts.items())]
    shifts = (
        Button(f"✓ {title}" if key == known else title, pack("w", "shift", person.id, key or "-"))
        for key, title in offered
    )
    rows = [*grid(shifts, 2), (Button(ru.ADD_DUTY, pack("w", "duty", person.id, f"{today:%Y-%m}")),)]
    rows += [
        (Button(ru.DROP_DUTY.format(day=say_day(day)), pack("w", "off", person.id, day.isoformat())),)
        for day, _ in duties[:6]
    ]
    rows += [
        (Button(ru.ROLE, pack("w", "role", person.id)), Button(ru.SHUT_HIM, pack("w", "out", person.id))),
        (_back_to_all(),),
    ]
    return Screen(lines([*text, None if playbook.shifts else ru.NO_SHIFTS]), tuple(rows))


def pick_role(person: Colleague, roles: Sequence[str]) -> Screen:
    """Which role has he from now on?"""
    buttons = (
        Button(f"✓ {ROLES[role]}" if role == person.role else ROLES[role], pack("w", "be", person.id, role))
        for role in roles
    )
    return Screen(ru.WHICH_ROLE.format(name=esc(person.name)), (*grid(buttons, 2), (_back_to(person.id),)))


def shutting_out(person: Colleague, tasks: int) -> Screen:
    """What closing somebody's access means: is it meant?"""
    text = ru.SHUTTING_OUT.format(name=esc(person.name))
    left = ru.TASKS_LEFT.format(count=tasks) if tasks else None
    rows = ((Button(ru.SHUT, pack("w", "gone", person.id)),), (_back_to(person.id),))
    return Screen(lines([text, left, ru.LET_IN_AGAIN]), rows)


def pick_day(person_id: int, month: date, today: date) -> Screen:
    """On which day is the duty?"""
    row: list[Button] = [_dead()] * month.weekday()
    rows: list[tuple[Button, ...]] = [tuple(_dead(name) for name in WEEKDAYS)]
    for number in range(1, monthrange(month.year, month.month)[1] + 1):
        day = month.replace(day=number)
        row.append(Button(str(number), pack("w", "duty", person_id, day.isoformat())) if day >= today else _dead())
        if len(row) == len(WEEKDAYS):
            rows.append(tuple(row))
            row = []
    if row:
        rows.append(tuple(row + [_dead()] * (len(WEEKDAYS) - len(row))))
    before, after = (month - _DAY).replace(day=1), (month + 31 * _DAY).replace(day=1)
    steer = [Button("‹", pack("w", "duty", person_id, f"{before:%Y-%m}"))] if month > today else []
    steer += [_dead(f"{common.MONTHS[month.month - 1]} {month.year}")]
    steer += [Button("›", pack("w", "duty", person_id, f"{after:%Y-%m}"))]
    return Screen(ru.DUTY_WHEN, (tuple(steer), *rows, (_back_to(person_id),)))


def pick_hours(playbook: Playbook, person_id: int, day: date, today: date) -> Screen:
    """From when till when? The windows of the company and of its shifts are offered."""
    windows = [*playbook.hours.values()]
    for shift in playbook.shifts.values():
        windows += [*shift.hours.values(), *([shift.window] if shift.window is not None else [])]
    spans = dict.fromkeys((*_USUAL_DUTIES, *(_padded(window) for window in windows)))
    buttons = (Button(_span(span), pack("w", "on", person_id, day.isoformat(), span)) for span in spans)
    text = ru.DUTY_HOURS.format(day=say_date(day, today))
    return Screen(text, (*grid(buttons, 2), (_back_to(person_id),)))


def _line(playbook: Playbook, person: Colleague, away: bool) -> str:
    marks = [ROLES.get(person.role, person.role)]
    if person.works_on in playbook.shifts:
        marks.append(playbook.shifts[person.works_on].title)
    if away:
        marks.append(ru.IS_AWAY)
    if person.telegram_id is None:
        marks.append(ru.NOT_LINKED)
    elif not person.reachable:
        marks.append(ru.BLOCKED)
    return f"{esc(_cut(person.name))} – {esc(', '.join(marks))}"


def _weekly(week: dict[str, str]) -> str:
    return ", ".join(f"{_weekdays(days)} {_span(span)}" for days, span in week.items())


def _weekdays(key: str) -> str:
    parts = (part.split("-") for part in key.lower().replace(" ", "").split(","))
    return ", ".join("–".join(_ENGLISH[day] for day in part) for part in parts)


def _span(span: str) -> str:
    return span.replace("-", "–")


def _padded(span: str) -> str:
    return "-".join(clock.zfill(5) for clock in span.split("-"))


def _cut(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def _back_to_all() -> Button:
    return Button(ru.BACK, pack("w", "all", 0))


def _back_to(person_id: int) -> Button:
    return Button(ru.BACK, pack("w", "one", person_id))


def _dead(label: str = _NO_DAY) -> Button:
    return Button(label, pack("w", "noop", 0))
