"""What happened: everything that may change a case. `by` is the CRM user who did it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from bot.engine.case import Task
from bot.engine.files import SentFile
from bot.playbooks.model import Playbook


@dataclass(frozen=True, slots=True)
class Arrived:
    """The case was seen for the first time. `task`: an own open task found with it in the CRM (adopted as it is)."""

    task: Task | None = None
    adopted: bool = False
    """It was open before Dozvon began here (first sync): its task may be spread, nothing alerts today."""
    barred: bool = False
    """Its number asked for neither calls nor messages: somebody has to allow the call first."""
    spread_to: datetime | None = None
    """First sync without an own task: when the stage's task shall be due."""


@dataclass(frozen=True, slots=True)
class Entered:
    """A person entered the client by hand, where he stands."""

    by: int | None
    due_at: datetime | None = None
    """When the stage's task is due; None: its own due time."""
    promised: bool = False
    place: str | None = None
    """Where a meeting is held: a key of the playbook's `places`."""
    second: int | None = None
    """CRM user who takes part in the meeting beside the owner."""
    far: tuple[str, str] | None = None
    """Why the time lies far ahead: what was asked, and the answer."""
    lifted: str | None = None
    """The phone number that may be called again: a supervisor has lifted its bar."""


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
class Picked:
    """A question of the open task's form is to be answered."""

    by: int
    question: str


@dataclass(frozen=True, slots=True)
class Filed:
    """Files were sent for a question of the open task's form; their type, size and content were looked at."""

    by: int
    question: str
    files: tuple[SentFile, ...]


@dataclass(frozen=True, slots=True)
class FileArrived:
    """The CRM has a file that was sent. `in_crm`: all files that its field holds now."""

    field: str
    file: str
    in_crm: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FileRefused:
    """A file that was sent cannot be brought to the CRM; `why` is a sentence for people."""

    field: str
    file: str
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The form's last button."""

    by: int


@dataclass(frozen=True, slots=True)
class Undone:
    """[Исправить] within 60 seconds of the receipt."""

    by: int


@dataclass(frozen=True, slots=True)
class Corrected:
    """[Исправить результат]: a supervisor has the questionnaire of the latest recorded result filled in once more."""

    by: int
    task: str
    """Id of the task whose answers are wrong, as he has seen them."""
    to: int
    """CRM user who answers: himself, or whose client it is."""


@dataclass(frozen=True, slots=True)
class Returned:
    """[Вернуть в работу]: a supervisor opens a closed case again."""

    by: int
    stage: str
    to: int
    """CRM user who works on it from now on."""
    barred: bool = False
    """Its number has asked for neither calls nor messages since."""


@dataclass(frozen=True, slots=True)
class CallStarted:
    """[Звоню], or a call record seen in the CRM: the first touch."""

    by: int | None
    """None: of a record that names nobody."""
    at: datetime | None = None
    """When the recorded call began; None: pressed just now."""


@dataclass(frozen=True, slots=True)
class ClientCalled:
    """The CRM has a call or a message of the client himself."""

    at: datetime
    how: Literal["call", "message"] = "call"


@dataclass(frozen=True, slots=True)
class LeftAsItWas:
    """[Оставить как было]: after his call, what was promised before it stands."""

    by: int


@dataclass(frozen=True, slots=True)
class ZoneSet:
    """The client's time zone was corrected on the card, or (`by` None) another phone number tells it."""

    by: int | None
    zone: str


@dataclass(frozen=True, slots=True)
class NumberCalled:
    """In another case the same phone number was not reached."""


@dataclass(frozen=True, slots=True)
class PushSpread:
    """Many attempts of one manager are due at one moment: this card comes a little later. The due time stays."""

    task: str
    push_at: datetime


@dataclass(frozen=True, slots=True)
class PutOff:
    """[Сдвинуть]: the day holds more than fits; an attempt that a cadence has planned goes to another one."""

    task: str
    by: int
    due_at: datetime
    """When it was due as the presser saw it: another one has moved it since, it stays where that one has put it."""
    since: datetime
    """The day's beginning; the cadence finds the time from there on."""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The case goes to another manager: pressed on a card (`by`), or seen in the CRM (`by` None, not written back)."""

    to: int
    by: int | None = None
    note: str | None = None
    """For the timeline: a supervisor has stepped in."""


@dataclass(frozen=True, slots=True)
class Asked:
    """[Спросить …]: a supervisor asks the task's holder what is with the client."""

    task: str
    by: int


@dataclass(frozen=True, slots=True)
class SteppedIn:
    """A button of who was told of the case: another task takes the place of the open one."""

    kind: str
    """A key of the playbook's `tasks`."""
    by: int


@dataclass(frozen=True, slots=True)
class HelpAsked:
    """[Нужна помощь]: its holder has called a supervisor."""

    by: int | None


@dataclass(frozen=True, slots=True)
class Advised:
    """A supervisor has told its holder what to do. `by` None: he is nobody in the CRM."""

    by: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Silenced:
    """[Не напоминать]: a supervisor knows that the task waits; the delay goes on counting."""

    task: str
    by: int
    until: datetime


@dataclass(frozen=True, slots=True)
class DraftTaken:
    """[Продолжить]: the new owner goes on with what the former one had answered."""

    by: int


@dataclass(frozen=True, slots=True)
class DraftDropped:
    """[Начать заново]: the new owner does not want it."""

    by: int


@dataclass(frozen=True, slots=True)
class StageMoved:
    """The CRM says that the case stands elsewhere: moved there by a person."""

    stage: str
    pipeline: str | None = None
    """The pipeline it stands in now; None: the same."""
    by: int | None = None
    """Who moved it, where the CRM says so."""


@dataclass(frozen=True, slots=True)
class Approved:
    """[Согласен]: the stage that was set by hand, though it is kept for some roles, is right."""

    by: int


@dataclass(frozen=True, slots=True)
class SentBack:
    """[Вернуть]: it is not; the case goes back to where it stood."""

    by: int


@dataclass(frozen=True, slots=True)
class TaskClosed:
    """The open task was completed or deleted in the CRM without a questionnaire."""

    task: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TaskReopened:
    """The open task, which had been closed in the CRM without a questionnaire, was opened there again."""

    task: str


@dataclass(frozen=True, slots=True)
class OldTaskOpened:
    """A task of ours that was answered or superseded was opened again in the CRM."""

    task: str


@dataclass(frozen=True, slots=True)
class TaskCopied:
    """The open task was copied in the CRM."""

    crm_task: int
    """The copy's number there."""


@dataclass(frozen=True, slots=True)
class TaskGiven:
    """The open task alone goes to somebody else: the case stays with its owner.

    One that another role holds was delegated in the CRM, or (`by`) a supervisor gives back what he was to answer.
    """

    task: str
    to: int
    by: int | None = None


@dataclass(frozen=True, slots=True)
class Covered:
    """A colleague stands in for the owner, who is not at work; `why` says for whom, in words."""

    task: str
    to: int
    why: str
    seen: int | None = None
    """CRM user who held it when it was read: of two who give it out at once it follows the first. None: no matter."""


@dataclass(frozen=True, slots=True)
class CameBack:
    """The owner is at work again and has his task back."""

    task: str
    why: str


@dataclass(frozen=True, slots=True)
class HoursChanged:
    """The task's holder works at other times from now on: another shift, a duty, an absence."""


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

    writing_too: bool = True
    """False: he may be written to."""


@dataclass(frozen=True, slots=True)
class Republished:
    """Another version of the playbook was put in force for the cases in work."""

    version: str
    """Its hash."""
    playbook: Playbook = field(repr=False)
    entry: int | None = None
    """The publication's number, where the case is one of those that it counts."""


@dataclass(frozen=True, slots=True)
class UndoExpired:
    """The 60 seconds of [Исправить] are over: the receipt loses its keyboard."""


Event = (
    Arrived
    | Entered
    | Answered
    | SteppedBack
    | Cancelled
    | Confirmed
    | Picked
    | Filed
    | FileArrived
    | FileRefused
    | Finished
    | Undone
    | Corrected
    | Returned
    | CallStarted
    | ClientCalled
    | LeftAsItWas
    | ZoneSet
    | NumberCalled
    | PushSpread
    | PutOff
    | SteppedIn
    | HandedOver
    | Asked
    | HelpAsked
    | Advised
    | Silenced
    | DraftTaken
    | DraftDropped
    | StageMoved
    | Approved
    | SentBack
    | TaskClosed
    | TaskReopened
    | OldTaskOpened
    | TaskCopied
    | TaskGiven
    | Covered
    | CameBack
    | HoursChanged
    | DeadlineMoved
    | Rescheduled
    | Gone
    | ClientBarred
    | Republished
    | UndoExpired
)
