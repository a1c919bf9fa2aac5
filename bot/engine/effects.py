"""What must happen because of a decision, in order. Effects on the CRM are rows of the outbox, one queue per client.

Effects name playbook things (stages, fields, task kinds); only `bot.crm.mapping` knows the portal's codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.engine.case import Case, Task
from bot.engine.files import SentFile
from bot.engine.verdicts import Fate
from bot.playbooks.model import StepIn


@dataclass(frozen=True, slots=True)
class Update:
    """Move the stage and/or write fields, in one call."""

    stage: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    """Field key → value (option ids, texts, numbers, datetimes as aware ISO text); None clears."""
    across: bool = False
    """The stage lies in another pipeline than the CRM has the deal in."""


@dataclass(frozen=True, slots=True)
class Comment:
    """One timeline comment. `by`: the CRM user whose words it records, for the shell to name him."""

    text: str
    by: int | None = None


@dataclass(frozen=True, slots=True)
class AddTask:
    """Create the task in the CRM."""

    task: Task
    title: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class MoveTask:
    """Another deadline and/or another responsible for the task."""

    task: str
    due_at: datetime | None = None
    responsible: int | None = None


@dataclass(frozen=True, slots=True)
class CompleteTask:
    """Complete the task in the CRM (already completed there is fine)."""

    task: str


@dataclass(frozen=True, slots=True)
class CompleteCopy:
    """Complete a copy of a task of ours, by its number in the CRM."""

    crm_task: int


@dataclass(frozen=True, slots=True)
class RenewTask:
    """Reopen a completed task."""

    task: str


@dataclass(frozen=True, slots=True)
class PlanMeeting:
    """Put the meeting into the CRM as an activity of the deal. `activity` is its key among ours."""

    activity: str
    at: datetime
    title: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class MoveMeeting:
    """The activity gets this time and text; who owns the case now is responsible."""

    activity: str
    at: datetime
    title: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class EndMeeting:
    """The activity is done; `done` False: it is open again."""

    activity: str
    done: bool = True


@dataclass(frozen=True, slots=True)
class AddPhone:
    """One more phone number of the client, the one to dial."""

    phone: str


@dataclass(frozen=True, slots=True)
class AddFile:
    """One more file in a field of the record, beside those that it holds."""

    field: str
    file: SentFile


@dataclass(frozen=True, slots=True)
class SetOwner:
    """Another responsible for the lead or deal."""

    user: int


@dataclass(frozen=True, slots=True)
class OpenDeal:
    """Make contact (or find the known one by phone, then e-mail) and deal from this lead, then convert the lead.

    The deal is made with `deal.facts` in its fields. The shell gives it the id of its database by
    `bot.engine.convert.numbered`, stores it as a new case and goes on with `deal_effects`, which wait until the CRM has
    made the deal. With `deal.run` the conversation goes on in the message that was the lead's card.
    """

    deal: Case
    lead_stage: str
    """The success stage of the lead, set last."""
    answered: str
    """The lead's task, whose card the conversation has in its hands."""
    deal_effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class MakeRecord:
    """Make the case's own record in the CRM, with its facts in the fields: what comes after waits for it.

    A deal gets its client's contact, the known one or a new one.
    """


@dataclass(frozen=True, slots=True)
class JoinCase:
    """The case was joined to another one (case id): its owner is told that the client is hot."""

    case: int
    text: str


@dataclass(frozen=True, slots=True)
class BarPhone:
    """«Не звонить»: the numbers are barred, for calls or for everything."""

    phones: tuple[str, ...]
    writing_too: bool


@dataclass(frozen=True, slots=True)
class LiftBar:
    """The numbers are free again, or (`to_writing`) only barred for calls."""

    phones: tuple[str, ...]
    to_writing: bool


# On the phone ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Redraw:
    """The card of `task` shows the case's new state (question, card, overdue, a receipt's optional question).

    `task` None: the case's live card.
    """

    task: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """The card of `task` becomes a receipt. `lines` follow «✅ Записано»."""

    task: str
    lines: tuple[str, ...]
    short: str
    """The one line that stays when the receipt shrinks."""


@dataclass(frozen=True, slots=True)
class CloseCard:
    """The card of `task` becomes one line without buttons (taken over, closed in the CRM, moved by hand)."""

    task: str
    text: str


@dataclass(frozen=True, slots=True)
class Tell:
    """A notice without buttons to a CRM user."""

    user: int
    text: str


@dataclass(frozen=True, slots=True)
class AskApproval:
    """People of these roles are asked about the stage that the case was put into by hand (its `approval`)."""

    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Continue:
    """The message of the answered task is from now on the card of the case's next one: the talk goes on in it."""

    task: str


@dataclass(frozen=True, slots=True)
class Alert:
    """People of these roles are told, and can step in."""

    roles: tuple[str, ...]
    text: str
    keys: tuple[StepIn, ...] = ()
    """What they can do about it."""


Effect = (
    Update
    | Comment
    | AddTask
    | MoveTask
    | CompleteTask
    | CompleteCopy
    | RenewTask
    | PlanMeeting
    | MoveMeeting
    | EndMeeting
    | AddPhone
    | AddFile
    | SetOwner
    | OpenDeal
    | MakeRecord
    | JoinCase
    | BarPhone
    | LiftBar
    | Redraw
    | Receipt
    | CloseCard
    | Tell
    | AskApproval
    | Continue
    | Alert
)


@dataclass(frozen=True, slots=True)
class Told:
    """What a person has recorded, for the client's history."""

    task: str
    """Id of the task that it answers."""
    title: str
    """Of that task."""
    at: datetime
    """When it happened: now, when the task was closed in the CRM, or when its result was told first."""
    words: tuple[str, ...]
    """The answers in words, in the order in which they were given."""
    attempt: int | None = None
    """Number of the attempt that did not reach him."""
    questionnaire: str = ""
    """Key of the questionnaire."""
    far: str | None = None
    """Why the next contact lies far ahead, in the words of the answer."""
    more: bool = False
    """Added on the receipt to what was recorded before."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The new case, what must happen, and why in words for people."""

    case: Case
    effects: tuple[Effect, ...]
    why: str
    outcomes: tuple[str, ...] = ()
    """Keys of the outcomes that were recorded, for the figures: usually one, two when it exhausted a cadence."""
    told: Told | None = None
    fate: Fate | None = None
    """Of a case that was to take another version of the playbook."""
