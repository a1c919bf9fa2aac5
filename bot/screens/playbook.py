"""What the playbook says, subject by subject, with how to change it: screens of an admin."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from bot.engine.week import Week
from bot.locales.ru import changes as forms
from bot.locales.ru import playbook as ru
from bot.locales.ru import simulation as trial
from bot.locales.ru.days import WEEKDAYS
from bot.playbooks.compare import say_due, say_hours, say_length
from bot.playbooks.model import OFF, Playbook
from bot.playbooks.spoken.names import cadence_title, source_title
from bot.screens import people
from bot.screens.press import pack
from bot.screens.screen import Button, Screen, esc, grid, lines

_PAGE = 25
_DAY = timedelta(days=1)
_SHORT_HASH = 12
_FORMS = {
    "cadence": f"{forms.CADENCE_FORMS}\n{forms.NUMBER_FORMS}",
    "sla": forms.TERM_FORMS,
    "hours": f"{forms.HOURS_FORMS}\n{forms.SHIFT_FORMS}",
    "holidays": forms.DAY_FORMS,
    "sources": forms.SOURCE_FORMS,
    "alerts": forms.ALERT_FORMS,
}
"""How the changes of each subject are written."""


def menu(playbook: Playbook) -> Screen:
    """The door to all of it."""
    buttons = (Button(words, pack("p", "s", subject)) for subject, words in ru.MENU_BUTTONS.items())
    rows = (*grid(buttons, 2), (Button(trial.TRY_OUT, pack("p", "sim")),))
    return Screen(ru.MENU.format(title=esc(playbook.title)), rows)


def cadences(playbook: Playbook) -> Screen:
    """All cadences, a button for each."""
    shown, buttons = [ru.CADENCES], []
    for index, (key, cadence) in enumerate(playbook.cadences.items()):
        title = cadence_title(playbook, key)
        within = say_length(cadence.within)
        shown.append(ru.CADENCE_LINE.format(title=esc(title), key=key, all=cadence.attempts, within=within))
        buttons.append(Button(title, pack("p", "cad", index)))
    worn = playbook.worn_number
    calls = playbook.calls_per_number
    shown.append(ru.CADENCE_NUMBER.format(calls=calls) if calls is not None else ru.CADENCE_NO_CAP)
    shown.append(ru.CADENCE_WORN.format(misses=worn.misses, within=say_length(worn.within)))
    shown.append(ru.HOW.format(forms=esc(_FORMS["cadence"])))
    return Screen(lines(shown), (*grid(buttons, 2), to_menu()))


def cadence(playbook: Playbook, version: str, key: str, weeks: Sequence[tuple[str | None, Week]]) -> Screen:
    """One cadence with its figures, the picture of a week for each source, and buttons that change a figure."""
    one, index = playbook.cadences[key], list(playbook.cadences).index(key)
    slots = " ".join(f"{slot:%H:%M}" for slot in one.slots)
    shown = [
        ru.CADENCE.format(title=esc(cadence_title(playbook, key)), key=key),
        ru.CADENCE_ALL.format(attempts=one.attempts, days=one.within // _DAY),
        ru.CADENCE_SECOND.format(second=say_length(one.second), gap=say_length(one.gap)),
        ru.CADENCE_SLOTS.format(slots=slots, per_day=one.per_day),
    ]
    if playbook.calls_per_number is not None:
        shown.append(ru.CADENCE_NUMBER.format(calls=playbook.calls_per_number))
    if one.spread:
        shown.append(ru.CADENCE_SPREAD.format(spread=say_length(one.spread)))
    for source, own in one.by_source.items():
        figures = [
            words.format(value=_figure(getattr(own, name)))
            for name, words in ru.FIGURES.items()
            if getattr(own, name) is not None
        ]
        if figures:
            title = esc(source_title(playbook, source))
            shown.append(ru.CADENCE_SOURCE.format(source=title, figures=", ".join(figures)))
    for of, week in weeks:
        name = f"{source_title(playbook, of)}\n" if of is not None else ""
        shown.append(f"<pre>{esc(name + _picture(week))}</pre>")
    shown.append(ru.HOW.format(forms=esc(forms.CADENCE_FORMS)))
    rows = [
        tuple(
            Button(words, pack("p", "fig", index, name, step, version[:_SHORT_HASH]))
            for words, step in zip(labels, ("-", "+"), strict=True)
        )
        for name, labels in ru.STEPS.items()
    ]
    back = (Button(ru.BACK, pack("p", "s", "cadence")), *to_menu())
    return Screen(lines(shown), (*rows, _change("cadence", index), back))


def terms(playbook: Playbook, page: int) -> Screen:
    """Due times of tasks and limits of stages, for each source that differs."""
    rows = [ru.TERM_TASKS]
    for key, task in playbook.tasks.items():
        due = "; ".join(
            (
                say_due(task.due),
                *(f"{source_title(playbook, source)} – {say_due(own.due)}" for source, own in task.by_source.items()),
            )
        )
        rows.append(ru.TERM_LINE.format(title=esc(task.title), key=key, due=esc(due)))
    rows.append(ru.TERM_STAGES)
    for pipe, pipeline in playbook.pipelines.items():
        for key, stage in pipeline.stages.items():
            if stage.limit is None:
                continue
            due = say_length(stage.limit)
            if stage.limit_exempt:
                exempt = ", ".join(source_title(playbook, source) for source in stage.limit_exempt)
                due = f"{due}; {ru.WITHOUT.format(sources=exempt)}"
            rows.append(ru.TERM_LINE.format(title=esc(stage.title), key=f"{pipe}.{key}", due=esc(due)))
    return _paged("sla", ru.TERMS, rows, page)


def alerts(playbook: Playbook, page: int) -> Screen:
    """Who hears of each task that waits, and when."""
    rows = []
    for key, task in playbook.tasks.items():
        ladder = playbook.ladder(task)
        ahead = (("remind", ladder.remind), ("offer", ladder.offer))
        known = [(step, length) for step, length in ahead if length is not None] + list(ladder.steps)
        steps = [ru.ALERT_STEPS[step].format(length=say_length(length)) for step, length in known]
        rows.append(ru.ALERT_LINE.format(title=esc(task.title), key=key, steps=", ".join(steps)))
    return _paged("alerts", ru.ALERTS, rows, page)


def hours(playbook: Playbook) -> Screen:
    """When we work and when clients are called."""
    words = {"hours": say_hours(playbook.hours), "client": playbook.client_hours, "zone": playbook.zone}
    text = ru.HOURS.format(**{name: esc(value) for name, value in words.items()})
    shifts = [ru.SHIFT_LINE.format(hours=esc(people.hours(playbook, key)), key=key) for key in playbook.shifts]
    shown = [text, *([ru.SHIFTS, *shifts] if shifts else []), ru.HOW.format(forms=esc(_FORMS["hours"]))]
    return Screen(lines(shown), (_change("hours"), to_menu()))


def days(playbook: Playbook, now: datetime, page: int) -> Screen:
    """Single days that differ, from today on."""
    rows = [
        ru.DAY_LINE.format(day=f"{WEEKDAYS[day.weekday()]} {day:%d.%m.%Y}", how=ru.DAY_OFF if span == OFF else span)
        for day, span in sorted(playbook.days.items())
        if day >= now.date()
    ]
    rows = rows or [ru.DAYS_NONE.format(calendar=esc(playbook.calendar))]
    return _paged("holidays", ru.DAYS, rows, page)


def sources(playbook: Playbook, page: int) -> Screen:
    """Where leads come from."""
    rows = [ru.SOURCE_LINE.format(title=esc(one.title), crm=esc(one.crm)) for one in playbook.sources.values()]
    return _paged("sources", ru.SOURCES, rows, page)


def prompt(playbook: Playbook, subject: str, index: int | None) -> Screen | None:
    """Asks for the words of a change; None: there is nothing of the kind to change."""
    how = _FORMS.get(subject)
    if how is None or (index is not None and not 0 <= index < len(playbook.cadences)):
        return None
    name = ru.MENU_BUTTONS[subject]
    if index is not None:
        name = cadence_title(playbook, list(playbook.cadences)[index])
    text = lines([ru.PROMPT.format(subject=esc(name)), ru.HOW.format(forms=esc(how))])
    return Screen(text, ((Button(ru.CANCEL, pack("p", "unask")),),))


def to_menu() -> tuple[Button, ...]:
    """The row that leads back."""
    return (Button(ru.TO_MENU, pack("p", "menu")),)


def _change(*what: object) -> tuple[Button, ...]:
    return (Button(ru.CHANGE, pack("p", "ask", *what), style="primary"),)


def _paged(subject: str, head: str, rows: Sequence[str], page: int) -> Screen:
    page = min(page, (len(rows) - 1) // _PAGE)
    shown = rows[page * _PAGE : (page + 1) * _PAGE]
    turns = ((page - 1, ru.LESS), (page + 1, ru.MORE))
    steer = tuple(
        Button(words, pack("p", "s", subject, target)) for target, words in turns if 0 <= target * _PAGE < len(rows)
    )
    text = lines([head, *shown, ru.HOW.format(forms=esc(_FORMS[subject]))])
    return Screen(text, (*((steer,) if steer else ()), _change(subject), to_menu()))


def _picture(week: Week) -> str:
    """A line for each day: `пн 23  10:00 · 10:40`."""
    head = ru.WEEK_OF.format(at=f"{WEEKDAYS[week.first.weekday()]} {week.first:%H:%M}")
    days_ = groupby((week.first, *week.attempts), key=lambda at: at.date())
    return "\n".join(
        [
            head,
            *(
                f"{WEEKDAYS[day.weekday()]} {day:%d.%m}  {' · '.join(f'{at:%H:%M}' for at in ats)}"
                for day, ats in days_
            ),
        ]
    )


def _figure(value: Any) -> str:
    if isinstance(value, timedelta):
        return say_length(value)
    if isinstance(value, tuple):
        return " ".join(f"{one:%H:%M}" for one in value)
    return str(value)
