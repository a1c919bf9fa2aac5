"""Lists and the supervisors' board."""

from __future__ import annotations

from datetime import timedelta

from bot.engine.words import counted, plural, say_date, say_duration, say_short, say_time
from bot.locales.ru import screens as ru
from bot.locales.ru.entry import NEW_CLIENT
from bot.screens.digests import say_day
from bot.screens.press import pack
from bot.screens.screen import Button, Screen, esc, lines
from bot.screens.views import BoardRow, BoardView, CalendarView, DayView, MeetingRow, Row

_LONGEST = 20


def day(view: DayView) -> Screen:
    """«Сегодня» with its counters, or the next working day."""
    if view.ahead:
        head = ru.AHEAD_HEAD.format(day=_ahead(view), count=len(view.rows))
        empty = ru.AHEAD_EMPTY.format(day=_ahead(view).lower())
        text = [f"<b>{head}</b>", *_rows(view)] if view.rows else [empty]
        return Screen(lines(text), ((Button(ru.TODAY, pack("s", "today")),),))
    late = sum(row.late for row in view.rows)
    coming = [row.due_at for row in view.rows if row.due_at > view.now]
    head = ru.TODAY_HEAD.format(count=len(view.rows))
    if late:
        head += ru.TODAY_OVERDUE.format(count=late)
    if coming:
        head += ru.TODAY_NEXT.format(time=say_time(min(coming), view.zone))
    rows: list[tuple[Button, ...]] = []
    if view.rows:
        rows.append((Button(ru.START_FIRST, pack("s", "next"), style="primary"),))
    rows.append((Button(_ahead(view), pack("s", "tomorrow")), Button(ru.REFRESH, pack("s", "today"))))
    rows.append((Button(ru.CALENDAR_BUTTON, pack("s", "meet", "today")),))
    if view.enters:
        rows.append((Button(NEW_CLIENT, pack("n", "new")),))
    body = _rows(view) if view.rows else [ru.TODAY_EMPTY]
    return Screen(lines([f"<b>{head}</b>", *body]), tuple(rows))


def _ahead(view: DayView) -> str:
    """«Завтра», or after a last working day «Пн 16.11»."""
    if view.day == view.now.astimezone(view.zone).date() + timedelta(days=1):
        return ru.TOMORROW
    return say_day(view.day).capitalize()


def calendar(view: CalendarView) -> Screen:
    """The shared calendar, day by day."""
    text: list[str | None] = [f"<b>{ru.CALENDAR_HEAD.format(when=ru.CALENDAR_DAYS[view.span])}</b>"]
    today, shown = view.now.astimezone(view.zone).date(), None
    for row in view.rows:
        day = row.start.astimezone(view.zone).date()
        if day != shown and view.span == "week":
            text.append(f"<b>{say_date(day, today)}</b>")
        shown = day
        text.append(_meeting(row, view))
    if not view.rows:
        text.append(ru.CALENDAR_EMPTY)
    others = (Button(words.capitalize(), pack("s", "meet", span)) for span, words in ru.CALENDAR_DAYS.items())
    return Screen(lines(text), (tuple(others),))


def _meeting(row: MeetingRow, view: CalendarView) -> str:
    span = f"{say_time(row.start, view.zone)}–{say_time(row.end, view.zone)}"
    place = f", {row.place}" if row.place else ""
    return esc(ru.CALENDAR_ROW.format(span=span, client=row.client, place=place, people=" + ".join(row.people)))


def _rows(view: DayView) -> list[str]:
    shown = [_row(row, view) for row in view.rows[:_LONGEST]]
    if len(view.rows) > _LONGEST:
        shown.append(ru.MORE.format(count=len(view.rows) - _LONGEST))
    return shown


def _row(row: Row, view: DayView) -> str:
    age = ru.LATE_MARK if view.kept else f"+{say_duration(view.now - (row.since or row.due_at))}"
    late = f" <b>{age}</b>" if row.late else ""
    when = say_short(row.due_at, view.zone, view.now)
    return f"{row.mark} {when} {esc(row.title)} – {esc(row.client)}{late}"


def board(view: BoardView) -> Screen:
    """One message, edited in place. Clients by first name and initial only."""
    text: list[str | None] = [
        f"<b>{esc(ru.BOARD_HEAD.format(title=view.title, time=say_time(view.now, view.zone)))}</b>"
    ]
    if view.late:
        age = say_duration(view.now - view.late[0][2])
        text.append(ru.BOARD_OVERDUE.format(count=len(view.late), age=age))
        text.append(esc(_late_line(view)))
    else:
        text.append(ru.BOARD_CLEAR)
    text.extend(_person(row, view) for row in view.rows)
    if view.unlinked:
        text.append(ru.BOARD_UNLINKED.format(count=view.unlinked))
    return Screen(lines(text))


def _late_line(view: BoardView) -> str:
    groups: dict[str, list[tuple[str, str]]] = {}
    for title, who, since in view.late:
        groups.setdefault(title, []).append((who, say_duration(view.now - since)))
    parts = []
    for title, items in groups.items():
        who, age = items[0]
        oldest = f"старший {age} – {who}" if len(items) > 1 else f"{age} – {who}"
        parts.append(f"{title} {len(items)} ({oldest})")
    return "⏰ " + ", ".join(parts)


def _person(row: BoardRow, view: BoardView) -> str:
    name = ru.BOARD_AWAY.format(name=row.name) if row.away else row.name
    oldest = ru.BOARD_OLDEST.format(age=say_duration(view.now - row.oldest_at)) if row.oldest_at else ""
    return esc(ru.BOARD_PERSON.format(name=name, overdue=row.overdue, oldest=oldest, today=row.today, done=row.done))


def night(count: int) -> Screen:
    """At opening: what came while the floor was closed."""
    return Screen(ru.NIGHT.format(count=counted(count, "лид", "лида", "лидов")))


def many_at_once(count: int) -> Screen:
    """After an outage: one summary instead of a card for each task."""
    noun = plural(count, "задача", "задачи", "задач")
    return Screen(ru.MANY_AT_ONCE.format(count=f"{count} {noun}"), ((Button(ru.START_FIRST, pack("s", "next")),),))
