"""What managers have to do and when: kinds of task, their touches, cadences. Shape only."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field

from bot.playbooks.values import Condition, Duration, Name, Part, TimeOfDay, Words


class Due(Part):
    """When a task is due, counted from the moment it is set."""

    within: Duration | None = None
    """So much working time."""
    by_end_of_day: int | None = Field(default=None, ge=0, le=30)
    """By closing time, so many working days ahead (0 = today)."""


class Hint(Part):
    """One 💡 line on a card; the first that holds is shown."""

    text: Words
    when: Condition | None = None


class SourceTask(Part):
    """What differs for a source."""

    due: Due | None = None


class Touch(Part):
    """A moment of a task at which its card comes anew. Exactly one of `every`, `evening_before`, `before`, `after`,
    `at_end` says when. What comes before the due time keeps inside working hours and the client's window; what does
    not fit is left out."""

    every: Duration | None = None
    """Again and again, the first time so long after the task was set, as long as the due time is `until` away."""
    until: Duration = timedelta(hours=48)
    """With `every`: nearer than this to the due time nothing comes any more."""
    evening_before: TimeOfDay | None = None
    """On the last working day before, at this time by the manager's clock."""
    before: Duration | None = None
    """So long before the due time."""
    after: Duration | None = None
    """So long after the due time."""
    at_end: bool = False
    """When the meeting is over."""
    ask: Name | None = None
    """The questionnaire that the card asks from then on. The task is overdue while this is not answered."""
    text: str | None = Field(default=None, max_length=120)
    """What the card says at that moment."""
    materials: tuple[Name, ...] = ()
    """With `every`: what to send the client, one each time in this order; after the last nothing comes any more."""


class TaskKind(Part):
    """A kind of task: what a manager must do for a case by a due time."""

    title: Words
    """In the CRM and in lists; the client's name is added."""
    mark: str = "⚪"
    """The sign before it in lists and on the card."""
    ask: Name | None = None
    """The questionnaire that ends it."""
    due: Due | None = None
    """Its due time, when what sets it does not give one."""
    by_source: dict[Name, SourceTask] = Field(default_factory=dict)
    push: Literal["at_once", "at_due"] = "at_due"
    """When the card is pushed."""
    push_before: Duration | None = None
    """The card comes so long before the due time."""
    role: str | None = None
    """Held by somebody of this role instead of the case's owner: whoever of it had this client last, otherwise who is
    at work and holds the fewest open tasks; a supervisor is one of the client's team."""
    meeting: bool = False
    """The due time is the start of a meeting: written into the fields `meeting_at` and `meeting_place`, shown in the
    shared calendar and kept as an activity of the deal."""
    lasts: Duration = timedelta(minutes=60)
    """How long a meeting is."""
    takes: Duration = timedelta(minutes=5)
    """How long it takes, its questionnaire included; of a meeting `lasts` counts. By it the morning's digest tells what
    does not fit into a day. The default: of four calls three are not answered (4 minutes each), one is (9)."""
    letter: str | None = None
    """Text for the client, to be copied from the receipt and the card; `{name}`, `{when}` and `{place}` are filled."""
    touches: dict[Name, Touch] = Field(default_factory=dict)
    """Moments at which the card comes, in the order of time; they take the place of `push` and `push_before`."""
    ladder: Name | None = None
    """Who hears of it when it waits too long: a key of `ladders`. Without one it is overdue, and on the board, after 15
    minutes of working time."""
    rank: int = Field(default=50, ge=0, le=99)
    """Order of the queue; lower first (money, new leads, promises, meetings, attempts, touches)."""
    promise: bool = False
    """The client was promised this minute: pushed at it even outside hours."""
    calling: bool = False
    """Has [Звоню]: stamps the first touch and silences alerts until the stage's limit."""
    writing: Name | None = None
    """The kind that takes its place when the client asked for no calls."""
    hints: tuple[Hint, ...] = ()
    waiting: str | None = None
    """Said on an overdue card; `{wait}` is the waiting time."""

    @property
    def asks(self) -> tuple[str, ...]:
        """All questionnaires that may end it."""
        asked = (self.ask, *(touch.ask for touch in self.touches.values()))
        return tuple(dict.fromkeys(ask for ask in asked if ask is not None))


class WornNumber(Part):
    """When the number that a manager calls from seems to be taken for spam: he is advised to use another one."""

    misses: int = Field(default=12, ge=2, le=100)
    """So many misses of his in a row…"""
    within: Duration = timedelta(hours=3)
    """…in so long a time."""


class SourceCadence(Part):
    """What differs for a source."""

    attempts: int | None = Field(default=None, ge=1, le=30)
    within: Duration | None = None
    second: Duration | None = None
    gap: Duration | None = None
    per_day: int | None = Field(default=None, ge=1, le=10)
    slots: tuple[TimeOfDay, ...] | None = None


class Cadence(Part):
    """How often and when an unreachable client is tried again."""

    attempts: int = Field(ge=1, le=30)
    """Calls after the first miss."""
    within: Duration
    """The span, in working days after the day of the first miss."""
    second: Duration = timedelta(minutes=40)
    """From the first miss to the second attempt, on the same day."""
    gap: Duration = timedelta(minutes=90)
    """Least time between two attempts."""
    per_day: int = Field(default=2, ge=1, le=10)
    slots: tuple[TimeOfDay, ...] = Field(min_length=1)
    """By the manager's clock."""
    spread: Duration = timedelta(0)
    """Where many attempts of one manager are due at one moment, their cards come over so long a time, the most urgent
    first; due times stay."""
    task: Name
    """The task that each attempt is."""
    exhausted: Name
    """The outcome when all attempts are used."""
    by_source: dict[Name, SourceCadence] = Field(default_factory=dict)
