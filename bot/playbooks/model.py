"""The playbook: a company's whole process as one validated document.

Everything here is shape, not behaviour: what a key means is told in its description, which also feeds the JSON Schema
and the playbook reference. Cross-checks between parts live in `bot.playbooks.check`, behaviour in `bot.engine`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

_DURATION = re.compile(r"^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?$")
_WINDOW = re.compile(r"^([01]?\d|2[0-3]):([0-5]\d)-([01]?\d|2[0-3]):([0-5]\d)$")


def read_duration(value: object) -> object:
    """`15m`, `2h`, `1h30m`, `3d` as a timedelta; anything else is refused with the allowed forms."""
    if isinstance(value, timedelta):
        return value
    match = _DURATION.match(value) if isinstance(value, str) else None
    if match is None or not any(match.groups()):
        raise ValueError(f"{value!r} is not a duration; write minutes, hours or days: 15m, 2h, 1h30m, 3d")
    days, hours, minutes = (int(group or 0) for group in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes)


def write_duration(value: timedelta) -> str:
    """The shortest text that `read_duration` reads back."""
    minutes = int(value.total_seconds() // 60)
    days, minutes = divmod(minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    text = "".join(f"{n}{unit}" for n, unit in ((days, "d"), (hours, "h"), (minutes, "m")) if n)
    return text or "0m"


def read_time(value: object) -> object:
    """`09:30` as a time; YAML 1.2 keeps it text."""
    if isinstance(value, time):
        return value
    match = re.match(r"^([01]?\d|2[0-3]):([0-5]\d)$", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"{value!r} is not a time of day; write hours and minutes: 09:30")
    return time(int(match[1]), int(match[2]))


Duration = Annotated[
    timedelta,
    BeforeValidator(read_duration),
    PlainSerializer(write_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": _DURATION.pattern, "examples": ["15m", "2h", "3d"]}),
]
TimeOfDay = Annotated[
    time,
    BeforeValidator(read_time),
    PlainSerializer(lambda value: value.strftime("%H:%M"), return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^([01]?\d|2[0-3]):[0-5]\d$", "examples": ["09:30"]}),
]
Hours = Annotated[
    str,
    Field(pattern=_WINDOW.pattern, description="A window of the day: `09:00-19:00`.", examples=["09:00-19:00"]),
]
Words = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", description="An identifier: letters, digits, `_`.")]


class Part(BaseModel):
    """A part of the document: unknown keys are refused, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


# Conditions -----------------------------------------------------------------------------------------------------------


class Compare(Part):
    """A comparison with a number (for a time: whole days ahead of now). All given bounds must hold."""

    over: float | None = None
    """Strictly more than."""
    at_least: float | None = None
    """This or more."""
    under: float | None = None
    """Strictly less than."""
    at_most: float | None = None
    """This or less."""
    answered: bool | None = None
    """True: the question has an answer; False: it has none."""
    none_of: tuple[str, ...] | None = None
    """The answer (or any answer so far known of the client) is none of these options."""


Test = str | bool | tuple[str, ...] | Compare
"""What an answer is held against: an option, one of several options, a comparison, or true/false for a case fact."""

Condition = Mapping[str, Any]
"""Structured data, never an expression: `{question: option}`, `{question: [a, b]}`, `{sum: {over: 0}}`, and the groups
`any: [...]`, `all: [...]`, `not: {...}`. Several keys in one condition must all hold. A key is a question; a key of
`fields` that is not answered in this run asks what is known of the client. Keys beginning with `case.` ask about the
case: `case.source`, `case.stage`, `case.task`, `case.attempt` (number of the attempt now made),
`case.misses`, `case.line` (what was on the line at the last miss: an option of the receipt's
question), `case.has_phone`, `case.other_contact` (an e-mail or a messenger is known), `case.only_writing`,
`case.repeat` (the client was here before), `case.promised`. Read by `bot.engine.conditions`."""


# What is asked --------------------------------------------------------------------------------------------------------

QuestionKind = Literal["choice", "multi", "number", "money", "text", "date", "datetime", "phone", "files", "duplicate"]


class Option(Part):
    """One button of a question."""

    label: str = Field(min_length=1, max_length=40)
    """The words on the button."""
    outcome: Name | None = None
    """Pressing it ends the questionnaire with this outcome at once."""
    when: Condition | None = None
    """Shown only while this holds."""
    style: Literal["primary", "success", "danger"] | None = None
    """Colour of the button."""
    roles: tuple[str, ...] | None = None
    """Shown only to these roles."""
    stored: bool = True
    """False: a button that says something about the talk, not a value: the question's CRM field keeps what it holds."""
    invites: Name | None = None
    """A role: one person of it takes part in the meeting that is agreed with this answer, whoever is free."""
    alone: bool = False
    """In a `multi`: cannot be chosen together with others and finishes the question at once."""


class Files(Part):
    """Which files a `files` question takes."""

    types: tuple[str, ...] = Field(default=("pdf", "jpg", "png", "heic", "docx", "doc"), min_length=1)
    """Extensions that are taken; photos from the messenger are `jpg`."""
    largest: int = Field(default=20, ge=1, le=20)
    """Largest file in megabytes; a bot gets none above 20."""
    most: int = Field(default=10, ge=1, le=50)
    """How many files at most."""


class Question(Part):
    """One thing that is asked, defined once and used by any questionnaire."""

    kind: QuestionKind
    text: str = Field(min_length=1)
    """What the manager reads."""
    options: dict[str, Option] = Field(default_factory=dict)
    """Buttons, for `choice` and `multi` (and extra buttons beside a `text`)."""
    field: Name | None = None
    """The answer is written into this field of the CRM (a key of `fields`)."""
    columns: int = Field(default=2, ge=1, le=4)
    """Buttons in a row."""
    optional: bool = False
    """May be skipped."""
    boxes: bool = False
    """A `multi` on a receipt: several answers are ticked, one button finishes; otherwise one tap answers there."""
    exact: bool = False
    """A `datetime` that both sides agreed on (a meeting): «time not named» and «will call back» are not offered, and
    times at which the participants have another meeting are not either."""
    hint: str | None = None
    """One line under the question."""
    short: str | None = None
    """How the timeline comment names it; by default the text without its question mark."""
    adds: bool = False
    """A sum that comes on top of what its field holds already: the answer becomes the total."""
    at_least: float | None = None
    """Smallest allowed number or sum."""
    at_most: float | None = None
    """Largest allowed number or sum."""
    not_future: bool = False
    """A `date` of something that has happened: today or earlier."""
    longest: int | None = Field(default=None, ge=1)
    """Most characters of a `text`."""
    files: Files | None = None
    """Of a `files` question: what is taken, if not the usual."""


class Step(Part):
    """A question's place in a questionnaire."""

    ask: Name
    """A key of `questions`."""
    when: Condition | None = None
    """Asked only while this holds; the first unanswered step that holds is the next question."""
    text: str | None = None
    """Other words than the question's own."""


class Result(Part):
    """A rule that ends a questionnaire."""

    outcome: Name
    when: Condition | None = None
    early: bool = False
    """Checked after every answer, before the next question; otherwise only when nothing is left to ask."""


class Questionnaire(Part):
    """What the manager fills in when a task is done. Order counts: of the steps, and of the results."""

    steps: tuple[Step, ...] = ()
    results: tuple[Result, ...] = ()
    form: bool = False
    """All questions stand on the card at once and are answered in any order, over days. Each answer is written to its
    field of the CRM when it is given; what the CRM knows already counts as answered. When nothing is missing or wrong
    [finish] ends it."""
    finish: str | None = Field(default=None, min_length=1, max_length=40)
    """Of a form: the words of the button that ends it."""
    aside: Name | None = None
    """Of a form: a questionnaire whose first buttons stand below it, for ways out that need no filled form."""


# What happens then ----------------------------------------------------------------------------------------------------


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
    note: str | None = Field(default=None, max_length=60)
    """Stays on the card, with the time: «Подтвердил» is shown as «Подтвердил вчера 18:05»."""


class Convert(Part):
    """A qualified lead becomes contact + deal."""

    to: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*\.[A-Za-z][A-Za-z0-9_]*$")
    """`pipeline.stage` of the new deal."""
    resume: Name | None = None
    """The questionnaire that goes on in the same message, about the deal, with the answers so far."""


class Tell(Part):
    """Other people are told at once, with what they can do about it."""

    roles: tuple[str, ...] = Field(min_length=1)
    """To whom."""
    text: Words
    """What has happened."""


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
    """Counted under this name in the supervisors' digest."""
    roles: tuple[str, ...] | None = None
    """Only these roles may end with it."""


# Tasks, cadences, stages ----------------------------------------------------------------------------------------------


class Due(Part):
    """When a task is due, counted from the moment it is set."""

    within: Duration | None = None
    """So much working time."""
    by_end_of_day: int | None = Field(default=None, ge=0)
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
    """Held by somebody of this role instead of the case's owner: the one who holds the fewest open tasks."""
    meeting: bool = False
    """The due time is the start of a meeting: written into the fields `meeting_at` and `meeting_place`, shown in the
    shared calendar and kept as an activity of the deal."""
    lasts: Duration = timedelta(minutes=60)
    """How long a meeting is."""
    letter: str | None = None
    """Text for the client, to be copied from the receipt and the card; `{name}`, `{when}` and `{place}` are filled."""
    touches: dict[Name, Touch] = Field(default_factory=dict)
    """Moments at which the card comes, in the order of time; they take the place of `push` and `push_before`."""
    overdue_after: Duration = timedelta(minutes=15)
    """Working time after the due time from which it counts as overdue."""
    board_after: Duration = timedelta(0)
    """How long an overdue task is its manager's own matter before the supervisors' board shows it."""
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
    task: Name
    """The task that each attempt is."""
    exhausted: Name
    """The outcome when all attempts are used."""
    by_source: dict[Name, SourceCadence] = Field(default_factory=dict)


class Stage(Part):
    """A state of the relationship."""

    title: Words
    crm: Words
    """The stage's STATUS_ID in the portal."""
    kind: Literal["open", "success", "failure"] = "open"
    task: Name | None = None
    """The task set when a case enters without another one agreed. A final stage with one keeps the case in work until
    an outcome that `ends` it."""
    inbound: Name | None = None
    """The task set when the client himself calls or writes; what was planned for him waits meanwhile."""
    on_barred: Name | None = None
    """As the pipeline's, for cases that stand here."""
    limit: Duration | None = None
    """How long a case may stand here, in working time."""
    limit_exempt: tuple[Name, ...] = ()
    """Sources without this limit."""
    counted: bool = True
    """False: kept out of every statistic."""
    by_hand: bool = False
    """People move cases here in the CRM; no outcome has to lead here."""
    entered: bool = True
    """False: not offered when a client is entered by hand (cases only land here by themselves)."""
    roles: tuple[str, ...] | None = None
    """Only these roles may move a case here."""
    meaning: str | None = None
    entry: str | None = None
    exit: str | None = None
    who: str | None = None


class Pipeline(Part):
    """Where cases stand; order of the stages shows progress."""

    title: Words
    entity: Literal["lead", "deal"]
    category: int = Field(default=0, ge=0)
    """The deal pipeline's number in the portal."""
    on_barred: Name | None = None
    """The outcome of a case when elsewhere its client forbade calls and messages; without one no task is left."""
    on_barred_request: Name | None = None
    """The task of a new case whose number is barred for everything, instead of its stage's."""
    stages: dict[Name, Stage] = Field(min_length=1)


class CrmField(Part):
    """A field of the portal that answers are written to."""

    crm: str = Field(pattern=r"^UF_[A-Z0-9_]+$")
    type: Literal["choice", "multi", "text", "datetime", "integer", "money", "date", "file"]
    title: Words
    on: tuple[Literal["lead", "deal"], ...] = ("lead", "deal")
    system: Literal["next_at", "tries", "reason", "meeting_at", "meeting_place"] | None = None
    """Filled by the engine itself: the next contact, the attempts made, the reason of an end, the meeting."""
    told: str | None = Field(default=None, max_length=60)
    """Told of the client on his card and in his story, in these words: `Мешает: {value}`."""


class Source(Part):
    """Where leads come from."""

    title: Words
    crm: Words
    """The source's STATUS_ID in the portal."""


class Objection(Part):
    """What a client may object, and how to answer him: one tap away on every card."""

    title: str = Field(min_length=1, max_length=40)
    """The words on the button."""
    text: str = Field(min_length=1, max_length=900)
    """What to say, a few short lines."""
    when: Condition | None = None
    """Offered only while this holds; asks about the case and what is known of the client."""


class LintNote(Part):
    """Answers the linter's advice: which rule is ignored where, and why."""

    ignore: str
    because: str = Field(min_length=10)


class Material(Part):
    """Something worth sending to a client."""

    title: Words
    """How the card names it."""
    text: str = Field(min_length=1, max_length=256)
    """What is copied; buttons that copy hold 256 characters."""


class Playbook(Part):
    """The whole process of one company."""

    playbook: Name
    """Its id."""
    title: Words
    zone: str = "Europe/Moscow"
    """The company's time zone."""
    calendar: str = "RU"
    """Public holidays of this country."""
    hours: dict[str, Hours]
    """When managers work: `{mon-fri: 09:00-19:00}`; SLAs run in this time."""
    client_hours: Hours = "09:00-21:00"
    """When clients may be called, in the client's own zone."""
    names_in_groups: Literal["initial", "full"] = "initial"
    """How clients are named in group chats."""
    phones_in_cards: Literal["full", "masked"] = "full"
    """`masked`: phones have their middle hidden and names are short until [Показать номер] is pressed."""
    sources: dict[Name, Source] = Field(default_factory=dict)
    fields: dict[Name, CrmField] = Field(default_factory=dict)
    pipelines: dict[Name, Pipeline] = Field(min_length=1)
    tasks: dict[Name, TaskKind]
    cadences: dict[Name, Cadence] = Field(default_factory=dict)
    questions: dict[Name, Question]
    questionnaires: dict[Name, Questionnaire]
    outcomes: dict[Name, Outcome]
    places: dict[Name, str] = Field(default_factory=dict)
    """Where meetings are held: answer option → address."""
    materials: dict[Name, Material] = Field(default_factory=dict)
    """What touches send."""
    objections: tuple[Objection, ...] = Field(default=(), max_length=40)
    """In the order of their buttons."""
    lint: tuple[LintNote, ...] = ()
