"""What happened: everything that may change a case. `by` is the CRM user who did it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.engine.case import Task


@dataclass(frozen=True, slots=True)
class Arrived:
    """The case was seen for the first time. `task`: an own open task found with it in the CRM (adopted as it is)."""

    task: Task | None = None
    adopted: bool = False
    """It was open before Dozvon began here (first sync): its task may be spread, nothing alerts today."""
    spread_to: datetime | None = None
    """First sync without an own task: when the stage's task shall be due."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A question of the open (or hereby opened) questionnaire was answered."""

    by: int
    question: str
    value: Any
    label: str
    """The answer in words, for the timeline."""


@dataclass(frozen=True, slots=True)
class SteppedBack:
    """[← Назад]: the last answer is taken back."""

    by: int


@dataclass(frozen=True, slots=True)
class Cancelled:
    """[Отмена]: the card is a card again, nothing recorded."""

    by: int


@dataclass(frozen=True, slots=True)
class Confirmed:
    """[✅ Записать] on the confirmation."""

    by: int


@dataclass(frozen=True, slots=True)
class Undone:
    """[Исправить] within 60 seconds of the receipt."""

    by: int


@dataclass(frozen=True, slots=True)
class CallStarted:
    """[Звоню], or a call record seen in the CRM: the first touch."""

    by: int


@dataclass(frozen=True, slots=True)
class ZoneSet:
    """The client's time zone was corrected on the card."""

    by: int
    zone: str


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The case goes to another manager: pressed on a card (`by`), or seen in the CRM (`by` None, not written back)."""

    to: int
    by: int | None = None


@dataclass(frozen=True, slots=True)
class StageMoved:
    """The CRM says that the case stands elsewhere: moved there by a person."""

    stage: str


@dataclass(frozen=True, slots=True)
class TaskClosed:
    """The open task was completed or deleted in the CRM without a questionnaire."""

    task: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DeadlineMoved:
    """The open task's deadline was changed in the CRM: follow it."""

    task: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Rescheduled:
    """The shell gives the open task another time (the morning queue of night leads)."""

    task: str
    due_at: datetime
    push_at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Gone:
    """Deleted in the CRM, or out of every pipeline of the playbook."""


@dataclass(frozen=True, slots=True)
class ClientBarred:
    """In another case the client forbade calls and messages to a number of this one."""


@dataclass(frozen=True, slots=True)
class UndoExpired:
    """The 60 seconds of [Исправить] are over: the receipt loses its keyboard."""


Event = (
    Arrived
    | Answered
    | SteppedBack
    | Cancelled
    | Confirmed
    | Undone
    | CallStarted
    | ZoneSet
    | HandedOver
    | StageMoved
    | TaskClosed
    | DeadlineMoved
    | Rescheduled
    | Gone
    | ClientBarred
    | UndoExpired
)
