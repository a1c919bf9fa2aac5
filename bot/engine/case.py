"""What the engine knows of a client in work.

Plain frozen data: the shell loads a `Case` from its tables, `decide` returns a new one, the shell stores it.
Moments are aware UTC. `value` of an answer is plain JSON: an option id, a list of them, a number, a text, or for a
`datetime` question `{"at": ISO-8601 UTC, "how": "promised" | "unnamed" | "will_call"}`, with `"with": CRM user` for a
meeting in which somebody takes part beside the owner. Files are told by `bot.engine.files`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Answers = Mapping[str, Any]
"""Question id → value, in the order in which they were given."""


@dataclass(frozen=True, slots=True)
class Client:
    """The person on the other end. Never logged."""

    name: str = ""
    phones: tuple[str, ...] = ()
    """E.164, the one to dial first."""
    emails: tuple[str, ...] = ()
    messengers: tuple[str, ...] = ()
    """Other ways to write, as the CRM's IM multifield knows them."""
    zone: str | None = None
    """IANA zone when known or set by the manager; None: the company's."""
    zone_by_hand: bool = False
    """The manager has set it: another number does not change it."""


@dataclass(frozen=True, slots=True)
class ByRule:
    """How the playbook's own rule has found the time of a task: all that another version needs to find its own."""

    versions: tuple[str, ...]
    """Hashes of the versions by whose rule it has stood, the one that found its first time first."""
    since: datetime
    """From when the due time counts."""
    source: str | None
    """Of the case, then."""
    zone: str | None
    """The client's, then."""
    cadence: str | None = None
    """The cadence whose attempt it is; None: the due time is the kind's own."""


@dataclass(frozen=True, slots=True)
class Correction:
    """Why a task is asked for once more: a supervisor wants its recorded result told anew."""

    by: int
    """CRM user who had recorded it."""
    at: datetime
    """When what was recorded had happened."""
    words: str
    """What was recorded: «Дозвонился · До 250 тыс.»."""
    asked_by: int
    """CRM user of the supervisor."""


@dataclass(frozen=True, slots=True)
class Task:
    """The one open task of a live case, as ours."""

    id: str
    """`<case id>-<number>`; in the CRM its XML_ID is `dozvon:<id>`."""
    kind: str
    """A key of the playbook's `tasks`."""
    set_at: datetime
    """When we set it, or took over the one that was in the CRM."""
    due_at: datetime
    """Deadline, a whole minute."""
    push_at: datetime
    """When the card is shown to the owner."""
    attempt: int | None = None
    """Number of the attempt that this task is, as people count (the first call is 1)."""
    attempts: int | None = None
    """Of how many."""
    promised: bool = False
    """The client was promised this very minute."""
    touched_at: datetime | None = None
    """[Звоню] pressed or a call seen: the first touch."""
    note: str | None = None
    """Why it stands at this time, for people."""
    placed: bool = False
    """The cadence has given its time and nobody has moved it since, whoever holds it: it follows a corrected zone."""
    adopted: bool = False
    """It was in the CRM before us: no alerts for it on its first day."""
    planned_at: datetime | None = None
    """When its present due time was given; None: when it was set."""
    ends_at: datetime | None = None
    """When the meeting ends, if not after its usual length."""
    touch: str | None = None
    """The touch that an answer has named as the next; those before it are over."""
    touch_at: datetime | None = None
    """When that touch comes; None: at its own moment."""
    said: str | None = None
    """What was told of it last while it stayed open: «Подтвердил»."""
    said_at: datetime | None = None
    confirmed: bool = False
    """The client has confirmed the meeting, and nothing else was told of it since."""
    told: int = 0
    """How many answers were recorded while it stayed open."""
    second: int | None = None
    """CRM user who takes part in the meeting beside the owner."""
    warmed: int = 0
    """Materials that the client was sent before this task was set."""
    activity: str | None = None
    """Key of the CRM activity that a meeting is kept as: id of the task with which it was agreed."""
    holder: int | None = None
    """CRM user who has it instead of the case's owner: of another role, or one who stands in for him."""
    cover: bool = False
    """The holder stands in for the owner, who is not at work: the task is the owner's again when he is back."""
    heard_at: datetime | None = None
    """When the client himself called or wrote last, as far as the CRM has told since the task was set."""
    heard: Literal["call", "message"] | None = None
    """How he did."""
    closed_at: datetime | None = None
    """When it was closed in the CRM without a questionnaire; its result is still asked for, and counts at this time."""
    silent_until: datetime | None = None
    """A supervisor has seen that it waits, and is not to be told of it before."""
    asked_at: datetime | None = None
    """When a supervisor asked its holder about the client."""
    asked_by: int | None = None
    """CRM user who did."""
    by_rule: ByRule | None = None
    """None: a person, or something else than a rule, has given its time."""
    corrects: Correction | None = None
    """Its result was told before, and is told anew: the work itself was done then."""

    def done_at(self, now: datetime) -> datetime:
        """When what its answers tell has happened: now, unless they come after the fact."""
        return self.closed_at or (self.corrects.at if self.corrects is not None else now)


@dataclass(frozen=True, slots=True)
class Miss:
    """One try that did not reach the client."""

    at: datetime
    task: str
    """Id of the task that it answered."""
    number: int
    details: tuple[str, ...] = ()
    """Labels of what the receipt asked: messengers written to, busy, switched off."""
    wrote: tuple[str, ...] = ()
    """Labels of the ways in which the client was written to."""
    line: str | None = None
    """Option id of what was on the line (dropped, switched off)."""


@dataclass(frozen=True, slots=True)
class Run:
    """An open questionnaire on the case's task (or, `optional`, on its receipt)."""

    questionnaire: str
    task: str
    """Id of the task that it answers."""
    by: int
    """CRM user who fills it in."""
    started_at: datetime
    answers: Answers = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    """Question id → the answer in words, as the person saw it."""
    given: tuple[str, ...] = ()
    """Ids of questions answered before this run began (inherited): never stepped back over."""
    confirming: str | None = None
    """The outcome that waits for [✅ Записать]."""
    optional: bool = False
    """Offered on a receipt; dies with it."""
    picked: str | None = None
    """Of a form: the question that is open. What is answered is in the case's facts."""
    rezoned: bool = False
    """The client's zone was corrected meanwhile: without these answers the attempt would have moved."""
    goes_on: bool = False
    """The conversation that has answered the task before goes on in it: one thing that the person does, not two."""


@dataclass(frozen=True, slots=True)
class Said:
    """The last words of a talk with the client, for the next card."""

    at: datetime
    by: int
    """CRM user who talked."""
    words: str


@dataclass(frozen=True, slots=True)
class Before:
    """What [Исправить] restores within its 60 seconds."""

    until: datetime
    stage: str
    task: Task
    misses: tuple[Miss, ...]
    facts: Mapping[str, Any]
    next_task: str | None
    """Id of the task that the recorded answer has set."""
    by: int
    card: str
    """Title of what was recorded, for the timeline."""
    no_calls: bool = False
    entered_at: datetime | None = None
    """When the case had come into `stage`."""
    cadence: str | None = None
    tried: tuple[str, ...] = ()
    first_touch_at: datetime | None = None
    paused: Task | None = None
    said: Said | None = None
    phones: tuple[str, ...] = ()
    """The client's numbers in the order in which they were dialled."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The latest recorded questionnaire: what it said and what it has changed, for a supervisor who corrects it."""

    at: datetime
    """When what it tells had happened."""
    words: tuple[str, ...]
    """Its answers."""
    before: Before
    """The case as it was; of `facts` only those that the record has changed."""
    wrote: Mapping[str, Any]
    """What it has made of them."""
    stage: str
    """Where it has left the case."""
    entered_at: datetime
    """Since when the case stood there: a case that was moved since has another one."""


@dataclass(frozen=True, slots=True)
class Approval:
    """A stage that is kept for some roles was set by hand in the CRM: somebody of them is asked about it."""

    stage: str
    """Where the case was put. Once it stands elsewhere there is nothing to approve any more."""
    back: str
    """Where it stood before."""
    back_pipeline: str
    moved_by: int | None = None
    """CRM user, where the CRM says so."""


@dataclass(frozen=True, slots=True)
class Case:
    """One lead or one deal that somebody works on."""

    id: int
    entity: Literal["lead", "deal"]
    crm_id: int | None
    """None: a deal that we decided to create and the CRM has not confirmed yet."""
    playbook: str
    """Hash of the playbook version it runs on."""
    follows: str | None = field(default=None, kw_only=True)
    """Hash of the version that it is to take as soon as it can: its questionnaire is still open, or it stands where
    that version has no place for it."""
    pipeline: str
    stage: str
    """A key of the pipeline's stages."""
    owner: int | None
    """CRM user responsible."""
    title: str
    client: Client
    arrived_at: datetime
    entered_at: datetime
    """When it came into this stage."""
    source: str | None = None
    """A key of the playbook's `sources`."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Field key → value known of the client (what the CRM fields hold, as answers)."""
    task: Task | None = None
    run: Run | None = None
    cadence: str | None = None
    misses: tuple[Miss, ...] = ()
    """Of the running cadence; a conversation empties it."""
    tried: tuple[str, ...] = ()
    """Lines «пн 16:58» of attempts of ended cadences, oldest first, for the card."""
    before: Before | None = None
    recorded: Recorded | None = None
    """None also where the latest result was taken back, or has become another case."""
    draft: Run | None = None
    """What a former owner had answered on the open task; the new one goes on with it or begins anew."""
    paused: Task | None = None
    """The task that the client's own call has pushed aside: «оставить как было» opens it again."""
    approval: Approval | None = None
    tasks_set: int = 0
    """How many tasks this case had; numbers the next one."""
    deals_made: int = 0
    parent: int | None = None
    """The lead's case id, for a deal that was made from one of ours."""
    no_calls: bool = False
    """The client asked not to be called: writing only."""
    barred: bool = False
    """Neither calls nor messages."""
    repeat: str | None = None
    """The story of an earlier case of the same client, one line."""
    closed: bool = False
    """In a final stage, or gone from the CRM."""
    first_touch_at: datetime | None = None
    said: Said | None = None
    """What the last talk came to; an attempt that did not reach him is none."""

    @property
    def holder(self) -> int | None:
        """The CRM user whose turn it is: who holds the open task, otherwise the owner."""
        return self.owner if self.task is None or self.task.holder is None else self.task.holder
