"""What a playbook asks: questions, their options, and the questionnaires in which they stand. Shape only."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bot.playbooks.values import Condition, Milestone, Name, Part

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
    far: bool = False
    """Its answer says why the next contact lies far ahead: digests list it."""
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
    counts: tuple[Milestone, ...] = ()
    """What has been reached when it is filled in, for digests: a questionnaire about the result of a meeting is asked
    only where the meeting was held."""
    aside: Name | None = None
    """Of a form: a questionnaire whose first buttons stand below it, for ways out that need no filled form."""
