"""What the outside asks of `apply`: presses, typed answers, timers, and what was seen in the CRM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.db.people import Person
from bot.engine.case import Client, Task
from bot.engine.events import Event
from bot.engine.files import SentFile
from bot.engine.past import Past
from bot.screens.press import Press
from bot.screens.screen import Screen


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button of a card or a receipt."""

    person: Person
    case_id: int
    task_id: str
    press: Press
    update: int | None = None
    """Telegram's number of what asked for it: marked as worked on in the transaction of the effect."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A message of a person whose card waits for words."""

    person: Person
    case_id: int
    task_id: str
    question: str
    text: str
    update: int | None = None


@dataclass(frozen=True, slots=True)
class Attach:
    """Files that a person has sent for a question of his task's form."""

    person: Person
    case_id: int
    task_id: str
    question: str
    files: tuple[SentFile, ...]
    update: int | None = None
    asked: tuple[str, Screen] | None = None
    """Key of the message that asked where they belong, and what it shows once that is said."""
    sent_as: int | None = None
    """Telegram's number of the message that brought them, for the card to come below it."""


@dataclass(frozen=True, slots=True)
class DayTurned:
    """It is another day: words like «завтра» on the case's card are no longer true."""

    case_id: int


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of the engine, from a timer or the CRM."""

    case_id: int
    event: Event
    written: int | None = None
    """The case's count of CRM writes when the portal was read; another count now means that the reading is old."""
    quiet: bool = False
    leader: Person | None = None
    """Who steps in on somebody else's case: whether he may is looked at with the case locked."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A lead or deal as the portal shows it, in the playbook's words."""

    entity: str
    crm_id: int
    pipeline: str
    stage: str
    owner: int | None
    title: str
    client: Client
    arrived_at: datetime
    source: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    task: Task | None = None
    crm_task_id: int | None = None
    lead_id: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A lead or deal of the portal that we do not know yet."""

    seen: Seen
    playbook: str
    adopted: bool = False
    spread_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rang:
    """A timer of a case is due."""

    case_id: int
    key: str
    kind: str


@dataclass(frozen=True, slots=True)
class ClientSeen:
    """The client's name, contacts, source or fields changed in the portal: taken over, nothing is decided."""

    case_id: int
    seen: Seen
    written: int


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the portal tells of the client from before his case was read."""

    case_id: int
    past: Past | None
    """None: the portal does not tell for now."""
    lead: int | None = None
    """The portal's number of the lead that the case's deal was made from."""


@dataclass(frozen=True, slots=True)
class Linked:
    """The CRM has made what we asked for: the deal's number, or the task's."""

    case_id: int
    crm_id: int | None = None
    task_id: str | None = None
    crm_task_id: int | None = None


@dataclass(frozen=True, slots=True)
class Show:
    """A person asks for the card of a case of his, as the newest message."""

    person: Person
    case_id: int
    update: int | None = None


@dataclass(frozen=True, slots=True)
class Give:
    """A case goes to another manager: by its owner, or by a supervisor."""

    person: Person
    case_id: int
    to: int
    """CRM user."""
    seen: tuple[str, int | None] | None = None
    """The open task and its holder as the presser has seen them: what has changed since, another press has settled."""
    idle: bool = False
    """Not while somebody is at the task."""


@dataclass(frozen=True, slots=True)
class Take:
    """[Беру]: a colleague takes a new client whom nobody has touched."""

    person: Person
    case_id: int
    task_id: str
    seen: int | None
    """CRM user who had the client as the presser saw it: the second press would take him from the first."""


@dataclass(frozen=True, slots=True)
class Offer:
    """[Передать] on a card: it shows to whom."""

    person: Person
    case_id: int
    task_id: str
    colleagues: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """Somebody who was asked about a stage set by hand has decided."""

    person: Person
    case_id: int
    stays: bool


@dataclass(frozen=True, slots=True)
class Entered:
    """[✅ Записать] on the form of a new client."""

    person: Person
    new: int
    version: int
    update: int | None = None


@dataclass(frozen=True, slots=True)
class Follow:
    """A live case is to take the version of the playbook that was put in force for all."""

    case_id: int
    version: str
    entry: int
    """The publication's number."""


Intent = (
    Follow
    | Entered
    | Show
    | Give
    | Take
    | Offer
    | Judged
    | DayTurned
    | Pressed
    | Typed
    | Attach
    | Happened
    | Found
    | Rang
    | ClientSeen
    | Remembered
    | Linked
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the presser is told, and which messages wait to be delivered."""

    toast: str | None = None
    alert: bool = False
    case_id: int | None = None
    done: bool = True
    """False: it was refused, nothing changed."""
