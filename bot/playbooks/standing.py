"""Where cases stand: pipelines and their stages, the fields and sources of the portal. Shape only."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bot.playbooks.values import Duration, Milestone, Name, Part, Words


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
    counts: tuple[Milestone, ...] = ()
    """What a case that comes here has reached, for digests, whoever moves it; counted when it comes for the first time
    in a day, `contract` and `activated` once in its life."""
    mark: str | None = None
    """Cases that come here are counted under this name in the supervisors' digest, as by an outcome's `mark`."""
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
