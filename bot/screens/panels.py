"""What a card can show instead of itself: the client's history, answers to objections, the help about the stage.

A panel changes nothing: its way back leads to the card, or to the question that was open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.engine.words import say_duration, say_short, say_time
from bot.engine.zonewords import say_zone
from bot.locales.ru import history as ru
from bot.locales.ru import screens as common
from bot.screens.card import client_name, steps_taken, title_lines
from bot.screens.history import Entry, page_lines, pages
from bot.screens.picker import zone_rows
from bot.screens.press import pack, read_number
from bot.screens.screen import Button, Screen, esc, grid, lines
from bot.screens.tabs import HISTORY, OBJECTIONS, STAGE, ZONE, is_by_number, objections_of, tab, tabs
from bot.screens.views import CardView

_Body = list[str | None]
_Rows = list[tuple[Button, ...]]


@dataclass(frozen=True, slots=True)
class Panel:
    """Which panel is open."""

    kind: str
    place: int | None = None
    """A page of the history, an objection, or the zones abroad."""
    ticked: str = ""
    """The boxes that were ticked in the question below it, as their mask."""

    @classmethod
    def read(cls, token: str, ticked: str = "") -> Panel | None:
        """The panel that a button or a stored message names; None for anything else."""
        kind, dot, place = token.partition(".")
        number = read_number(place)
        if kind not in (OBJECTIONS, HISTORY, STAGE, ZONE) or (dot and number is None):
            return None
        return cls(kind, number, ticked)

    @property
    def token(self) -> str:
        """What `read` reads back."""
        return self.kind if self.place is None else f"{self.kind}.{self.place}"

    @property
    def needs_history(self) -> bool:
        """Whether `panel` has to be given the client's history."""
        return self.kind == HISTORY


def panel(view: CardView, opened: Panel, entries: Sequence[Entry] = ()) -> Screen:
    """The message of a task with a panel open."""
    task = view.case.task
    if task is None:
        return Screen(lines([f"<b>{esc(client_name(view))}</b>"]))
    step = steps_taken(view.case)
    body: _Body = [*title_lines(view), f"<b>{esc(client_name(view))}</b>"]
    rows: _Rows = []
    draft = _Draft(view, opened, task.id, step, body, rows)
    if opened.kind == OBJECTIONS:
        draft.objections()
    elif opened.kind == HISTORY:
        draft.history(entries)
    elif opened.kind == ZONE:
        draft.zone()
    else:
        body += stage_help(view)
    others = tuple(button for kind, button in tabs(view, task.id, step, opened.ticked).items() if kind != opened.kind)
    ask_help = Button(common.HELP, pack("c", task.id, step, "help"))
    back = pack("c", task.id, step, "card", *([opened.ticked] if opened.ticked else []))
    return Screen(lines(body), (*rows, others, (ask_help, Button(ru.TO_CARD, back))))


def stage_help(view: CardView) -> _Body:
    """What the stage means, how a case comes and goes, who works on it and how long it may take."""
    case = view.case
    stage = view.playbook.pipelines[case.pipeline].stages[case.stage]
    told = [
        words.format(text=esc(text))
        for words, text in (
            (ru.MEANING, stage.meaning),
            (ru.ENTRY, stage.entry),
            (ru.EXIT, stage.exit),
            (ru.WHO, stage.who),
        )
        if text
    ]
    if stage.limit is not None and case.source not in stage.limit_exempt:
        told.append(ru.LIMIT.format(length=say_duration(stage.limit)))
    since = ru.SINCE.format(moment=say_short(case.entered_at, view.zone, view.now))
    return [f"<b>{esc(ru.STAGE_HEAD.format(title=stage.title))}</b>", *(told or [ru.NO_HELP]), since]


@dataclass(frozen=True, slots=True)
class _Draft:
    """A panel being drawn."""

    view: CardView
    opened: Panel
    task: str
    step: int
    body: _Body
    rows: _Rows

    def objections(self) -> None:
        """The list, or the answer to one of them."""
        offered = dict(objections_of(self.view))
        chosen = offered.get(self.opened.place) if self.opened.place is not None else None
        if chosen is not None:
            self.body.extend([f"<b>{esc(chosen.title)}</b>", esc(chosen.text.strip())])
            self.rows.append((self._leads_to(Panel(OBJECTIONS), ru.TO_LIST),))
            return
        self.body.append(f"<b>{ru.OBJECTIONS_HEAD}</b>" if offered else ru.NO_OBJECTIONS)
        self.rows.extend(
            grid((self._leads_to(Panel(OBJECTIONS, place), one.title) for place, one in offered.items()), 2)
        )

    def history(self, entries: Sequence[Entry]) -> None:
        """One page."""
        count = pages(entries)
        page = min(self.opened.place or 0, count - 1)
        head = ru.PAGE.format(page=page + 1, pages=count) if count > 1 else ru.HISTORY
        view = self.view
        self.body.append(f"<b>{head}</b>")
        self.body.extend(page_lines(view.playbook, entries, page, view.zone, view.now) or (ru.NO_HISTORY,))
        steer = [self._leads_to(Panel(HISTORY, page - 1), ru.NEWER)] if page > 0 else []
        if page + 1 < count:
            steer.append(self._leads_to(Panel(HISTORY, page + 1), ru.OLDER))
        if steer:
            self.rows.append(tuple(steer))

    def zone(self) -> None:
        """Where the client may be."""
        view = self.view
        time = say_time(view.now, view.client_zone)
        known = common.BY_NUMBER if is_by_number(view) else ""
        self.body.extend(
            [
                common.ZONE_NOW.format(zone=say_zone(view.client_zone.key, view.zone, view.now), time=time) + known,
                f"<b>{common.PICK_ZONE}</b>",
                f"<i>{common.TYPE_ZONE}</i>",
            ]
        )
        abroad = self.opened.place is not None

        def make(words: str, place: int) -> Button:
            return Button(words, pack("c", self.task, self.step, "zone", place))

        self.rows.extend(zone_rows(view, make, abroad=abroad))
        other = (Panel(ZONE), common.AT_HOME) if abroad else (Panel(ZONE, 1), common.ABROAD)
        self.rows.append((self._leads_to(*other),))

    def _leads_to(self, target: Panel, words: str) -> Button:
        return tab(words, self.task, self.step, target.token, self.opened.ticked)
