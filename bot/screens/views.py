"""What a screen is drawn from: plain data that services load from SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.engine.agenda import Agenda
from bot.engine.case import Case
from bot.engine.staff import COMPANY, Staff
from bot.engine.worktime import WorkingTime
from bot.playbooks.model import Playbook


@dataclass(frozen=True, slots=True)
class Picking:
    """Which view of the time picker is open; all None: the quick buttons."""

    month: tuple[int, int] | None = None
    day: str | None = None
    """ISO date."""
    moment: datetime | None = None
    """Typed in words: waits for [Верно]."""
    zones: bool = False
    abroad: bool = False
    """Of the zones, those of other countries."""
    options: tuple[datetime, ...] = ()
    """Typed words that leave a choice."""
    hint: str | None = None
    clash: datetime | None = None
    """A time at which somebody who must take part has another meeting."""

    @property
    def plain(self) -> bool:
        """Whether the quick buttons are shown, with or without a word on what was typed."""
        return self == Picking(hint=self.hint)


@dataclass(frozen=True, slots=True)
class CardView:
    """A case on its owner's phone."""

    playbook: Playbook
    case: Case
    now: datetime
    zone: ZoneInfo
    """The reader's zone."""
    client_zone: ZoneInfo
    role: str = "manager"
    next_touch: datetime | None = None
    """When the card comes by itself next."""
    walking: bool = False
    """The person works through his list."""
    crm_url: str | None = None
    picking: Picking = Picking()
    agenda: Agenda | None = None
    """The participants' time, while a meeting is being agreed."""
    lookalikes: tuple[tuple[int, str], ...] = ()
    """Case id and words, for the duplicate question."""
    selected: tuple[str, ...] = ()
    """Ticked options of a `multi` question that is not finished."""
    colleagues: tuple[tuple[int, str], ...] = ()
    """CRM user and name, while [Передать] asks to whom."""
    draft_by: str | None = None
    """Who has begun the questionnaire that waits as a draft."""
    asked_by: str = ""
    """The supervisor who asks about the client."""
    said_by: str = ""
    """Who talked to the client last, when it was not the owner."""
    staff: Staff = COMPANY
    """Who works when."""
    covers_for: str | None = None
    """The owner of the client, while the reader stands in for him."""
    revealed: bool = False
    """The phone number is shown in full although the playbook hides it."""

    @property
    def hours(self) -> WorkingTime:
        """Working time of the one whose turn it is; while he is absent, his usual one would say nothing: the team's."""
        if self.staff.is_away(self.case.holder, self.now):
            return self.staff.team_hours(self.playbook, self.case.owner)
        return self.staff.hours(self.playbook, self.case.holder)


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """What was just recorded."""

    card: CardView
    task: str
    """Id of the task that was answered."""
    lines: Sequence[str]
    can_fix: bool
    walking: bool = False
    """The person works through his list: [Следующий] leads on."""


@dataclass(frozen=True, slots=True)
class Row:
    """A task in a list."""

    task: str
    mark: str
    due_at: datetime
    title: str
    client: str
    late: bool
    since: datetime | None = None
    """From when on it waits for its answer, if not from its due time."""


@dataclass(frozen=True, slots=True)
class DayView:
    """«Сегодня» of one person."""

    rows: Sequence[Row]
    now: datetime
    zone: ZoneInfo
    day: date
    """The next on which the person works."""
    ahead: bool = False
    """It shows what is due by the end of that day, and not today."""
    enters: bool = False
    """May enter new clients."""
    kept: bool = False
    """The message is kept current: it says nothing that changes with every minute."""


@dataclass(frozen=True, slots=True)
class MeetingRow:
    """A meeting in the shared calendar; the client by first name and initial."""

    start: datetime
    end: datetime
    client: str
    place: str
    people: Sequence[str]


@dataclass(frozen=True, slots=True)
class CalendarView:
    """The department's meetings of `span`: `today`, `tomorrow` or `week`."""

    span: str
    rows: Sequence[MeetingRow]
    now: datetime
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One manager on the supervisors' board."""

    name: str
    overdue: int
    oldest_at: datetime | None
    today: int
    done: int
    away: bool = False
    """Ill or on leave."""


@dataclass(frozen=True, slots=True)
class BoardView:
    """The supervisors' board."""

    title: str
    now: datetime
    zone: ZoneInfo
    rows: Sequence[BoardRow]
    late: Sequence[tuple[str, str, datetime]]
    """Overdue tasks: kind's title, «Пётр П., Иван С.», since when; oldest first."""
    unlinked: int
