"""The playbook: a company's whole process as one validated document, and the door to the shape of all its parts.

Everything here is shape, not behaviour: what a key means is told in its description, which also feeds the JSON Schema
and the playbook reference. Cross-checks between parts live in `bot.playbooks.check`, behaviour in `bot.engine`.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bot.playbooks.asked import Files, Option, Question, QuestionKind, Questionnaire, Result, Step
from bot.playbooks.duties import Cadence, Due, Hint, SourceCadence, SourceTask, TaskKind, Touch, WornNumber
from bot.playbooks.ends import Convert, Keep, Next, Outcome, StepIn, Tell
from bot.playbooks.ladders import USUAL_LADDER, Ladder
from bot.playbooks.shifts import Shift
from bot.playbooks.standing import CrmField, Pipeline, Source, Stage
from bot.playbooks.values import (
    OFF,
    Compare,
    Condition,
    Day,
    DayHours,
    Duration,
    Hours,
    Name,
    Part,
    Test,
    TimeOfDay,
    Words,
    bounds_of,
    read_duration,
    read_time,
    write_duration,
)

__all__ = [
    "OFF",
    "Cadence",
    "Compare",
    "Condition",
    "Convert",
    "CrmField",
    "Day",
    "DayHours",
    "Due",
    "Duration",
    "Files",
    "Hint",
    "Hours",
    "Keep",
    "Ladder",
    "LintNote",
    "Material",
    "Name",
    "Next",
    "Objection",
    "Option",
    "Outcome",
    "Part",
    "Pipeline",
    "Playbook",
    "Question",
    "QuestionKind",
    "Questionnaire",
    "Result",
    "Shift",
    "Source",
    "SourceCadence",
    "SourceTask",
    "Stage",
    "Step",
    "StepIn",
    "TaskKind",
    "Tell",
    "Test",
    "TimeOfDay",
    "Touch",
    "Words",
    "WornNumber",
    "bounds_of",
    "read_duration",
    "read_time",
    "write_duration",
]


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
    shifts: dict[Name, Shift] = Field(default_factory=dict)
    """Hours of people who do not keep the company's; who is on which shift is said by `/people`."""
    days: dict[Day, DayHours] = Field(default_factory=dict)
    """Single days that differ: `{2026-12-31: off, 2027-02-20: 10:00-16:00}`. They override hours and holidays; days
    off are kept by shifts that keep the holidays."""
    client_hours: Hours = "09:00-21:00"
    """When clients may be called, in the client's own zone."""
    names_in_groups: Literal["initial", "full"] = "initial"
    """How clients are named in group chats."""
    phones_in_cards: Literal["full", "masked"] = "full"
    """`masked`: phones have their middle hidden and names are short until [Показать номер] is pressed."""
    sources: dict[Name, Source] = Field(default_factory=dict)
    fields: dict[Name, CrmField] = Field(default_factory=dict)
    pipelines: dict[Name, Pipeline] = Field(min_length=1)
    ladders: dict[Name, Ladder] = Field(default_factory=dict)
    """Who hears of tasks that wait too long; kinds of task name theirs."""
    tasks: dict[Name, TaskKind]
    cadences: dict[Name, Cadence] = Field(default_factory=dict)
    calls_per_number: int | None = Field(default=None, ge=1, le=30)
    """Most calls of a day that did not reach one phone number, all its cases together; the next attempt waits for
    another day."""
    workload: int = Field(default=85, ge=10, le=100)
    """How much of a manager's working time goes into tasks, in percent; the rest is pauses and talks in the house. By
    it the morning's digest tells what does not fit into a day."""
    worn_number: WornNumber = WornNumber()
    """When a manager is advised to call from another number, and his supervisors hear of it."""
    questions: dict[Name, Question]
    questionnaires: dict[Name, Questionnaire]
    outcomes: dict[Name, Outcome]
    places: dict[Name, str] = Field(default_factory=dict)
    """Where meetings are held: answer option → address."""
    materials: dict[Name, Material] = Field(default_factory=dict)
    """What touches send."""
    objections: tuple[Objection, ...] = Field(default=(), max_length=40)
    """In the order of their buttons."""
    marks: dict[Name, Words] = Field(default_factory=dict)
    """What digests call the marks of outcomes and stages: `{no_report: без отчёта}`."""
    marks_within: dict[Name, Name] = Field(default_factory=dict)
    """Marks that are told in brackets behind another one, of which they are a part: `{no_report: unqualified}`."""
    lint: tuple[LintNote, ...] = ()

    def ladder(self, kind: TaskKind) -> Ladder:
        """The steps of alert of this kind of task."""
        return self.ladders.get(kind.ladder or "", USUAL_LADDER)
