"""⏱: quick buttons, a calendar, typed words. Every button carries its own minute, so a view needs no state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.engine.agenda import Agenda, Meeting
from bot.engine.calendars import client_window
from bot.engine.slots import check_in_time, day_times, month_days, quick_times, untried_part_time
from bot.engine.words import say_moment, say_time
from bot.engine.zonewords import HOME, PLACES, say_zone
from bot.locales.ru import screens as ru
from bot.locales.ru.days import WEEKDAYS
from bot.locales.ru.dialogs import ROLES
from bot.screens.press import day_mark, pack, pack_minute
from bot.screens.screen import Button, esc, grid
from bot.screens.views import CardView
from bot.screens.years import unknown_year_words

_NO_DAY = "–"
Rows = tuple[tuple[Button, ...], ...]


def time_text(view: CardView) -> list[str | None]:
    """What stands under the question in the present view of the picker."""
    picking = view.picking
    if picking.moment is not None:
        moment = say_moment(picking.moment, view.zone, view.now)
        theirs = ru.THEIRS.format(time=say_time(picking.moment, view.client_zone))
        echo = ru.TIME_ECHO.format(moment=moment, theirs=theirs if view.zone != view.client_zone else "")
        return [echo, *_warnings(view, picking.moment)]
    if picking.clash is not None:
        return [_clash(view, picking.clash)]
    if picking.zones:
        return [ru.PICK_ZONE, f"<i>{ru.TYPE_ZONE}</i>"]
    if picking.day is not None:
        day = date.fromisoformat(picking.day)
        times = day_times(day, view.now, view.hours, client_window(view.playbook, view.case))
        outside = f"<i>{ru.MARKED_OUTSIDE}</i>" if any(one.outside_hours for one in times) else None
        head = ru.PICK_TIME.format(day=f"{WEEKDAYS[day.weekday()]} {day:%d.%m}")
        guess = unknown_year_words(view.playbook, datetime.combine(day, time(12), view.zone))
        return [head, _taken(view, day), outside, guess]
    if picking.month is not None:
        return [ru.PICK_DAY, f"<i>{ru.MARKED_DAY_OFF}</i>"]
    return [esc(picking.hint) if picking.hint else None, f"<i>{ru.TYPE_TIME}</i>"]


def _clash(view: CardView, moment: datetime) -> str | None:
    """Who is busy then and with whom."""
    meeting = view.agenda.conflict(moment) if view.agenda is not None else None
    if view.agenda is None or meeting is None:
        return None
    span, client = _span(view, meeting), esc(meeting.client)
    if view.agenda.is_own(meeting):
        return ru.BUSY_SELF.format(span=span, client=client)
    return ru.BUSY_SECOND.format(who=ROLES.get(view.agenda.role or "", ""), span=span, client=client)


def _taken(view: CardView, day: date) -> str | None:
    """The owner's own meetings of the day, whose times are not offered."""
    agenda = view.agenda
    if agenda is None:
        return None
    own = [one for one in agenda.meetings if agenda.is_own(one) and one.start.astimezone(view.zone).date() == day]
    if not own:
        return None
    return ru.BUSY_DAY.format(list=", ".join(f"{_span(view, one)} {esc(one.client)}" for one in own))


def _span(view: CardView, meeting: Meeting) -> str:
    return f"{say_time(meeting.start, view.zone)}–{say_time(meeting.end, view.zone)}"


def _is_free(view: CardView, moment: datetime) -> bool:
    return view.agenda is None or view.agenda.conflict(moment) is None


def _warnings(view: CardView, moment: datetime) -> list[str | None]:
    calendar, window = view.hours, client_window(view.playbook, view.case)
    found: list[str | None] = []
    if not calendar.is_open(moment):
        found.append(ru.OUTSIDE_HOURS)
    if not window.contains(moment):
        found.append(ru.CLIENT_ASLEEP.format(time=say_time(moment, view.client_zone)))
    day, today = moment.astimezone(view.zone).date(), view.now.astimezone(view.zone).date()
    if (day - today).days > 1 and calendar.next_working_day(today) < day:
        found.append(ru.BEYOND_TOMORROW)
    found.append(unknown_year_words(view.playbook, moment))
    return found


def zone_rows(view: CardView, make: Callable[[str, int], Button], *, abroad: bool) -> Rows:
    """The usual zones of a page, by their places in `PLACES`."""
    places = range(HOME, len(PLACES)) if abroad else range(HOME)
    return grid((make(say_zone(PLACES[place][0], view.zone, view.now), place) for place in places), 2)


@dataclass(frozen=True, slots=True)
class _Buttons:
    """Makes the buttons of one question at one step; `data` is the callback data of a choice."""

    data: Callable[[str], str]

    def choice(self, label: str, value: str, style: str | None = None) -> Button:
        return Button(label, self.data(value), style=style)

    def at(self, label: str, moment: datetime, how: str = "p", drawn: str = "") -> Button:
        """`drawn`: the day on which these words are true; pressed on another one, the button is not believed."""
        return self.choice(label, f"at.{pack_minute(moment)}.{how}" + (f".{drawn}" if drawn else ""))


def time_rows(view: CardView, task: str, step: int, question: str) -> Rows:
    """The buttons of the present view of a question's picker."""
    exact = view.playbook.questions[question].exact
    return picker_rows(view, lambda choice: pack("t", task, step, question, choice), exact=exact)


def picker_rows(view: CardView, data: Callable[[str], str], *, exact: bool) -> Rows:
    """The buttons of the present view of a picker.

    Args:
        view: whose time is picked.
        data: the callback data of a choice.
        exact: both sides agree on the moment: «time not named» and «will call back» are not offered.
    """
    make, picking = _Buttons(data), view.picking
    if picking.moment is not None:
        confirm = make.choice(ru.RIGHT, f"at.{pack_minute(picking.moment)}.p", "primary")
        return ((confirm, make.choice(ru.OTHER_TIME_AGAIN, "quick")),)
    if picking.clash is not None and view.agenda is not None:
        return _free_times(view, picking.clash, view.agenda, make)
    if picking.options:
        offered = (make.at(say_moment(moment, view.zone, view.now), moment) for moment in picking.options)
        return (*grid(offered, 1), (make.choice(ru.OTHER_TIME_AGAIN, "quick"),))
    if picking.zones:
        rows = zone_rows(view, lambda words, place: make.choice(words, f"zone.{place}"), abroad=picking.abroad)
        leads = make.choice(ru.AT_HOME, "zones") if picking.abroad else make.choice(ru.ABROAD, "abroad")
        return (*rows, (leads, make.choice(ru.OTHER_TIME_AGAIN, "quick")))
    if picking.day is not None:
        return _day(view, date.fromisoformat(picking.day), make)
    if picking.month is not None:
        return _month(view, *picking.month, make)
    return _quick(view, make, exact=exact)


def _free_times(view: CardView, clash: datetime, agenda: Agenda, make: _Buttons) -> Rows:
    """The nearest free times; the busy one all the same, for two meetings may be meant; any other time."""
    calendar, window = view.hours, client_window(view.playbook, view.case)
    free = agenda.nearest_free(clash, view.now, calendar, window)
    rows = grid((make.at(say_moment(one, view.zone, view.now), one) for one in free), 1)
    anyway = make.at(ru.BUSY_ANYWAY.format(time=say_time(clash, view.zone)), clash, "f")
    return (*rows, (anyway, make.choice(ru.CALENDAR, f"cal.{view.now.astimezone(view.zone):%Y-%m}")))


def _quick(view: CardView, make: _Buttons, *, exact: bool) -> Rows:
    calendar, window = view.hours, client_window(view.playbook, view.case)
    today = day_mark(view.now, view.zone)
    quick = [make.at(label, at, drawn=today) for label, at in _quick_times(view)]
    misses = [miss.at for miss in view.case.misses]
    unnamed = untried_part_time(view.now, calendar, window, misses)
    check_in = check_in_time(view.now, calendar)
    later = (make.at(ru.UNNAMED, unnamed, "u", today), make.at(ru.WILL_CALL, check_in, "w", today))
    rest = [] if exact else [*later]
    rest += [
        make.choice(ru.CALENDAR, f"cal.{view.now.astimezone(view.zone):%Y-%m}"),
        make.choice(ru.OTHER_ZONE, "zones"),
    ]
    return (*grid(quick, 2), *grid(rest, 2))


def _quick_times(view: CardView) -> list[tuple[str, datetime]]:
    """The ready times; in place of a busy one the next free half-hour of that day."""
    calendar, window = view.hours, client_window(view.playbook, view.case)
    found: dict[datetime, str] = {}
    for ready in quick_times(view.now, calendar, window):
        if _is_free(view, ready.at):
            found.setdefault(ready.at, ready.label)
            continue
        local = ready.at.astimezone(view.zone)
        day = day_times(local.date(), view.now, calendar, window)
        free = (one.at for one in day if one.at > ready.at and not one.outside_hours and _is_free(view, one.at))
        at = next(free, None)
        if at is not None and ready.label.endswith(f"{local:%H:%M}"):
            found.setdefault(at, f"{ready.label[:-5]}{say_time(at, view.zone)}")
    return [(label, at) for at, label in found.items()]


def _month(view: CardView, year: int, month: int, make: _Buttons) -> Rows:
    calendar, choice = view.hours, make.choice
    first = date(year, month, 1)
    today = view.now.astimezone(view.zone).date()
    rows = [tuple(choice(name, "noop") for name in WEEKDAYS)]
    row: list[Button] = [choice(_NO_DAY, "noop")] * first.weekday()
    for day in month_days(year, month, view.now, calendar):
        label = f"{'' if day.working else ru.MARK}{day.day.day}"
        row.append(choice(label, f"day.{day.day.isoformat()}") if day.selectable else choice(_NO_DAY, "noop"))
        if len(row) == len(WEEKDAYS):
            rows.append(tuple(row))
            row = []
    if row:
        rows.append(tuple(row + [choice(_NO_DAY, "noop")] * (len(WEEKDAYS) - len(row))))
    names, *weeks = rows
    rows = [names, *(week for week in weeks if any(one.text != _NO_DAY for one in week))]  # not the weeks gone by
    before, after = first - timedelta(days=1), first + timedelta(days=32)
    steer = [choice("‹", f"cal.{before:%Y-%m}")] if first > today else []
    steer += [choice(f"{ru.MONTHS[month - 1]} {year}", "quick"), choice("›", f"cal.{after:%Y-%m}")]
    return (tuple(steer), *rows)


def _day(view: CardView, day: date, make: _Buttons) -> Rows:
    calendar, window = view.hours, client_window(view.playbook, view.case)
    times = day_times(day, view.now, calendar, window)
    buttons = [
        make.at(f"{ru.MARK if time.outside_hours else ''}{say_time(time.at, view.zone)}", time.at)
        for time in times
        if _is_free(view, time.at)
    ]
    return (*grid(buttons, 4), (make.choice(ru.FORM_OTHER_DAY, f"cal.{day:%Y-%m}"),))
