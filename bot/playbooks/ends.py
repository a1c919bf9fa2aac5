"""What follows from a questionnaire: outcomes, and the tasks, moves and messages that they lead to. Shape only."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bot.playbooks.values import Duration, Milestone, Name, Part, Words


class Next(Part):
    """The task that follows an outcome. At most one of `at`, `after`, `part` says when; none: the task's own due."""

    task: Name
    """A key of `tasks`."""
    at: Name | None = None
    """At the moment given in this question."""
    after: Duration | None = None
    """So long from now, in working time."""
    part: Literal["untried"] | None = None
    """On the next working day, in a part of the day in which the client was not tried yet."""
    same_attempt: bool = False
    """The number of the attempt stays (a busy line is not a miss)."""


class Keep(Part):
    """The task stays open: what was told is recorded, and its touches go on."""

    touch: Name | None = None
    """The touch that is next; the card asks its questions from now on. Absent: the touches come as they would."""
    again: Duration | None = None
    """That touch comes so long from now, and the meeting ends as much later."""
    confirms: bool = False
    """The client has confirmed the meeting: the morning's digest counts it so."""
    note: str | None = Field(default=None, max_length=60)
    """Stays on the card, with the time: «Подтвердил» is shown as «Подтвердил вчера 18:05»."""


class Convert(Part):
    """A qualified lead becomes contact + deal."""

    to: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*\.[A-Za-z][A-Za-z0-9_]*$")
    """`pipeline.stage` of the new deal."""
    resume: Name | None = None
    """The questionnaire that goes on in the same message, about the deal, with the answers so far."""


class StepIn(Part):
    """A button of that message: another task takes the place of the open one."""

    label: str = Field(min_length=1, max_length=30)
    """Its words."""
    task: Name
    """The task that is set; its role holds it."""
    mine: bool = False
    """Whoever presses does it himself."""


class Tell(Part):
    """Other people are told at once, with what they can do about it."""

    roles: tuple[str, ...] = Field(min_length=1)
    """To whom."""
    text: Words
    """What has happened."""
    keys: tuple[StepIn, ...] = Field(default=(), max_length=4)
    """What can be done about it beside handing the client over; absent: advice to his manager, or taking him over."""


class Outcome(Part):
    """The end of one path: stage move + field writes + what comes next."""

    stage: Name | None = None
    """The stage to move to, in the case's own pipeline; absent: the case stays where it is."""
    confirm: str | None = None
    """Asked for confirmation with these words before it is committed."""
    miss: Name | None = None
    """The client was not reached: counts in this cadence, which also sets the next attempt unless `next` does."""
    unmiss: bool = False
    """Takes back the last miss (the line was busy: the attempt is repeated)."""
    conversation: bool = False
    """A real conversation: it ends the running cadence; a later silence starts a fresh one."""
    next: Next | None = None
    """The next task; absent: the new stage's own task, or none where the case ends."""
    keep: Keep | None = None
    """The task is not done by this answer; then neither a stage nor a next task is named."""
    write: dict[Name, str] = Field(default_factory=dict)
    """Fields to write, with fixed texts."""
    convert: Convert | None = None
    bar: Literal["calls", "all"] | None = None
    """The client asked: no calls (`calls`), or neither calls nor messages (`all`)."""
    lift: Literal["writing", "all"] | None = None
    """His number may be written to again (`writing`), or called as well (`all`)."""
    phone: Name | None = None
    """The phone number given in this question becomes the client's first."""
    joins: Name | None = None
    """The case is joined to the one picked in this question, whose owner is told."""
    after: Name | None = None
    """A questionnaire offered on the receipt; optional, never blocking."""
    receipt: str | None = None
    """What the receipt says first; by default the new stage."""
    resume: Name | None = None
    """A questionnaire about the next task that goes on at once, in the same message. Broken off, its card comes at the
    task's due time."""
    ends: bool = False
    """Nothing is left to do for the case where it stands: it gets no further task. For final stages that have one."""
    tell: Tell | None = None
    mark: str | None = None
    """Counted under this name in the supervisors' digest (a key of `marks`, or a word of its own)."""
    counts: tuple[Milestone, ...] = ()
    """What was reached by it, for digests, as a stage's `counts`."""
    roles: tuple[str, ...] | None = None
    """Only these roles may end with it."""

    @property
    def sets(self) -> tuple[str, ...]:
        """The kinds of task that may follow: the next one, and those of the buttons of who is told."""
        following = (self.next.task,) if self.next is not None else ()
        return (*following, *(key.task for key in self.tell.keys)) if self.tell is not None else following
