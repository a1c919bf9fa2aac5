"""A client who is entered by hand: what is known so far, and what is asked next.

A form is no case yet; nothing of it is in the CRM before it is recorded. Every answer is checked against the playbook
as it is now, so that a form of last week meets today's stages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, get_args

from bot.engine.case import Case, Client
from bot.engine.far import asked_of_answer, asked_of_time
from bot.engine.phones import zone_of_phones
from bot.playbooks.model import Playbook, Question, Stage, TaskKind

Step = Literal[
    "name",
    "phone",
    "other",
    "barred",
    "known",
    "source",
    "owner",
    "pipeline",
    "stage",
    "place",
    "when",
    "far",
    "far_words",
    "summary",
]
STEPS: tuple[Step, ...] = get_args(Step)
How = Literal["promised", "unnamed", "will_call", "own"]
TYPED: frozenset[Step] = frozenset({"name", "phone", "other", "when", "far_words"})
"""Steps that a typed message answers."""


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody with the same phone or e-mail."""

    words: str
    """As others may see him: «Пётр П. · Дожим на встречу · Иван С.»."""
    name: str
    """In full; a further case of this client carries it."""
    case: int | None = None
    stage: str = ""
    own: bool = False
    """An open case of the person who enters the client: its card can be opened."""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """What has been answered so far. Never logged."""

    name: str = ""
    phone: str | None = None
    """E.164."""
    no_phone: bool = False
    email: str | None = None
    messenger: str | None = None
    """As the CRM's IM multifield knows it: `Telegram: @name`."""
    known: tuple[Known, ...] = ()
    blind: bool = False
    """The portal did not answer when the client was looked for."""
    late: bool = False
    """Somebody else entered this client meanwhile."""
    again: bool = False
    """A further case of a known client is wanted."""
    barred: Literal["calls", "all"] | None = None
    allowed: bool = False
    """A supervisor lifts the bar."""
    source: str | None = None
    owner: int | None = None
    pipeline: str | None = None
    stage: str | None = None
    place: str | None = None
    """A key of the playbook's `places`."""
    at: datetime | None = None
    how: How | None = None
    """`own`: the task's own due time, `at` is None."""
    anyway: bool = False
    """`at` stands although somebody has another meeting then."""
    far: str | None = None
    """The playbook's question that is asked because `at` lies far ahead."""
    why_far: str | None = None
    """The option that answers it."""
    far_words: str | None = None
    """Typed, where the option asks for words."""
    zone: str | None = None
    """The client's zone, where the person has set it."""
    changing: Step | None = None
    """A step that is answered anew although everything is known."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who enters the client."""

    role: str
    leads: bool
    """May pick another owner and lift a bar."""


def offered_stages(playbook: Playbook, role: str) -> dict[str, dict[str, Stage]]:
    """The stages in which this role may begin with a client, by pipeline; pipelines without one are left out."""
    found: dict[str, dict[str, Stage]] = {}
    for name, pipeline in playbook.pipelines.items():
        stages = {key: stage for key, stage in pipeline.stages.items() if _is_offered(stage, role)}
        if stages:
            found[name] = stages
    return found


def _is_offered(stage: Stage, role: str) -> bool:
    allowed = stage.roles is None or role in stage.roles
    return stage.kind == "open" and stage.task is not None and stage.entered and allowed


def settled(playbook: Playbook, new: Newcomer, role: str) -> Newcomer:
    """The form with what leaves no choice: the only pipeline, the only stage."""
    offered = offered_stages(playbook, role)
    pipeline = new.pipeline if new.pipeline in offered else None
    if pipeline is None and len(offered) == 1:
        pipeline = next(iter(offered))
    stages = offered.get(pipeline or "", {})
    stage = new.stage if new.stage in stages else None
    if stage is None and len(stages) == 1:
        stage = next(iter(stages))
    if (pipeline, stage) != (new.pipeline, new.stage):
        new = replace(new, pipeline=pipeline, stage=stage, place=None, at=None, how=None)
    return new


def plan(playbook: Playbook, new: Newcomer, author: Author) -> tuple[Step, ...]:
    """The steps of this form in their order, answered and not."""
    kind = task_of(playbook, new)
    offered = offered_stages(playbook, author.role)
    asked: Mapping[Step, bool] = {
        "other": new.no_phone,
        "barred": new.barred == "all",
        "known": bool(new.known),
        "source": bool(playbook.sources),
        "owner": author.leads,
        "pipeline": len(offered) > 1,
        "stage": any(len(stages) > 1 for stages in offered.values()),
        "place": kind is not None and kind.meeting and bool(playbook.places),
        "far": far_question(playbook, new) is not None,
        "far_words": words_question(playbook, new) is not None,
    }
    return tuple(step for step in STEPS if asked.get(step, True))


def current(playbook: Playbook, new: Newcomer, author: Author) -> Step:
    """What is asked now."""
    steps = plan(playbook, new, author)
    if new.changing in steps and new.changing is not None:
        return new.changing
    return next((step for step in steps if not _is_answered(playbook, new, step)), "summary")


def _is_answered(playbook: Playbook, new: Newcomer, step: Step) -> bool:
    answered: Mapping[Step, bool] = {
        "name": bool(new.name),
        "phone": new.phone is not None or new.no_phone,
        "other": new.email is not None or new.messenger is not None,
        "barred": new.allowed,
        "known": new.again,
        "source": new.source in playbook.sources,
        "owner": new.owner is not None,
        "pipeline": new.pipeline is not None,
        "stage": new.stage is not None,
        "place": new.place in playbook.places,
        "when": new.how is not None,
        "far": new.why_far is not None,
        "far_words": new.far_words is not None,
        "summary": False,
    }
    return answered[step]


def stepped_back(playbook: Playbook, new: Newcomer, author: Author) -> Newcomer:
    """The form as it was before its last answer; a step that was answered anew keeps its old answer."""
    step = current(playbook, new, author)
    if new.changing is not None:
        return replace(new, changing=None)
    before = [one for one in plan(playbook, new, author) if STEPS.index(one) < STEPS.index(step)]
    return _without(new, before[-1]) if before else new


def _without(new: Newcomer, step: Step) -> Newcomer:
    cleared: Mapping[Step, Newcomer] = {
        "name": replace(new, name=""),
        "phone": with_contact(new),
        "other": with_contact(new, no_phone=True),
        "barred": replace(new, allowed=False),
        "known": replace(new, again=False),
        "source": replace(new, source=None),
        "owner": replace(new, owner=None),
        "pipeline": with_stage(new, None, None),
        "stage": with_stage(new, new.pipeline, None),
        "place": replace(new, place=None),
        "far": replace(new, why_far=None, far_words=None),
        "far_words": replace(new, far_words=None),
    }
    return cleared.get(step, replace(new, at=None, how=None))


def with_contact(
    new: Newcomer,
    *,
    phone: str | None = None,
    email: str | None = None,
    messenger: str | None = None,
    no_phone: bool = False,
) -> Newcomer:
    """The form with other contacts: what was found by the former ones no longer counts."""
    return replace(
        new,
        phone=phone,
        email=email,
        messenger=messenger,
        no_phone=no_phone,
        known=(),
        blind=False,
        late=False,
        again=False,
        barred=None,
        allowed=False,
        changing=None,
    )


def with_stage(new: Newcomer, pipeline: str | None, stage: str | None) -> Newcomer:
    """The form in another stage; what was agreed for the former one no longer counts."""
    if (pipeline, stage) == (new.pipeline, new.stage):
        return replace(new, changing=None)
    return replace(new, pipeline=pipeline, stage=stage, place=None, at=None, how=None, changing=None)


def found(new: Newcomer, known: Sequence[Known], *, blind: bool, late: bool = False) -> Newcomer:
    """The form with who was found by its contacts."""
    return replace(new, known=tuple(known), blind=blind, late=late, again=False)


def again(new: Newcomer) -> Newcomer:
    """A further case of the client who was found: he keeps the name by which he is known."""
    name = next((one.name for one in new.known if one.name), new.name)
    return replace(new, again=True, name=name, changing=None)


def with_time(playbook: Playbook, new: Newcomer, at: datetime, how: How, now: datetime, *, anyway: bool) -> Newcomer:
    """The form with the time that was agreed; a far one is asked for its reason."""
    timed = replace(new, at=at, how=how, anyway=anyway, why_far=None, far_words=None, changing=None)
    kind = task_of(playbook, new)
    if kind is None:
        return timed
    return replace(timed, far=asked_of_time(playbook, kind, case_of(playbook, "", new, now), at, now))


def far_question(playbook: Playbook, new: Newcomer) -> Question | None:
    """What is asked because the time lies far ahead."""
    return playbook.questions.get(new.far or "") if new.at is not None else None


def words_question(playbook: Playbook, new: Newcomer) -> Question | None:
    """What is asked in words because of that answer."""
    kind, question = task_of(playbook, new), far_question(playbook, new)
    if kind is None or question is None or new.far is None or new.at is None or new.why_far not in question.options:
        return None
    case = case_of(playbook, "", new, new.at)
    return playbook.questions.get(asked_of_answer(playbook, kind, case, new.far, new.why_far, new.at) or "")


def reason_of(playbook: Playbook, new: Newcomer) -> tuple[str, str] | None:
    """Why the time lies so far ahead: what was asked, and the answer in words."""
    question = far_question(playbook, new)
    if question is None or new.why_far not in question.options:
        return None
    typed = new.far_words if words_question(playbook, new) is not None else None
    return question.short or question.text.rstrip("?… :"), typed or question.options[new.why_far].label


def task_of(playbook: Playbook, new: Newcomer) -> TaskKind | None:
    """The task that the chosen stage begins with; None while none is chosen."""
    pipeline = playbook.pipelines.get(new.pipeline or "")
    stage = pipeline.stages.get(new.stage or "") if pipeline is not None else None
    return playbook.tasks[stage.task] if stage is not None and stage.task is not None else None


def case_of(playbook: Playbook, version: str, new: Newcomer, now: datetime) -> Case:
    """The case that the form becomes, without a number, a task or anything in the CRM.

    Args:
        playbook: the active one.
        version: its hash.
        form: as far as it is known; without a stage the case stands nowhere, which is enough for its time zone.
        now: the moment of its beginning.
    """
    pipeline = playbook.pipelines.get(new.pipeline or "")
    return Case(
        id=0,
        entity=pipeline.entity if pipeline is not None else "lead",
        crm_id=None,
        playbook=version,
        pipeline=new.pipeline or "",
        stage=new.stage or "",
        owner=new.owner,
        title=new.name,
        client=Client(
            name=new.name,
            phones=(new.phone,) if new.phone is not None else (),
            emails=(new.email,) if new.email is not None else (),
            messengers=(new.messenger,) if new.messenger is not None else (),
            zone=new.zone or zone_of_phones((new.phone,) if new.phone is not None else ()),
            zone_by_hand=new.zone is not None,
        ),
        arrived_at=now,
        entered_at=now,
        source=new.source,
        no_calls=new.barred == "calls",
    )
