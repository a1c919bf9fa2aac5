"""What a supervisor does about a case without taking the client from his manager."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.engine.case import Case, Task
from bot.engine.effects import CloseCard, Comment, CompleteTask, Decision, Effect, Redraw
from bot.engine.events import Advised, Asked, HelpAsked, Silenced, SteppedIn
from bot.engine.meetings import meeting_effects
from bot.engine.news import with_next_contact
from bot.engine.rules import Rules
from bot.engine.tasks import add_task, set_task
from bot.engine.titles import stamp
from bot.errors import ActionNotAllowed
from bot.locales.ru import engine as ru
from bot.playbooks.model import Playbook, StepIn


def asked(rules: Rules, case: Case, event: Asked) -> Decision:
    """The holder's card says who asks; his answer is the result of the task."""
    task = _standing(case, event.task)
    if task is None:
        return Decision(case, (), ru.WHY_NOTHING)
    case = replace(case, task=replace(task, asked_at=rules.now, asked_by=event.by))
    return Decision(case, (Comment(ru.ASKED, by=event.by), Redraw()), ru.ASKED)


def stepped_in(rules: Rules, case: Case, event: SteppedIn) -> Decision:
    """The manager's task is over, the one that the button names takes its place; stage and misses stay.

    Raises:
        ActionNotAllowed: the case stands elsewhere by now, somebody has stepped in already, or is answering.
    """
    task, run = case.task, case.run
    if case.closed:
        raise ActionNotAllowed(ru.CLOSED)
    key = next((one for one in step_ins(rules.playbook, case) if one.task == event.kind), None)
    if key is None or task is None:
        raise ActionNotAllowed(ru.STEP_IN_OVER)
    if rules.kind(task.kind).role is not None or task.kind == event.kind:
        raise ActionNotAllowed(ru.STEPPED_IN_ALREADY.format(task=rules.kind(task.kind).title))
    if run is not None and not run.optional:
        raise ActionNotAllowed(ru.ANSWERS_NOW)
    before, case = case, set_task(rules, replace(case, run=None, before=None, draft=None, paused=None), event.kind)
    assert case.task is not None  # just set
    if key.mine:
        case = replace(case, task=replace(case.task, holder=event.by))
    words = ru.STEPPED_IN.format(key=key.label, task=rules.kind(task.kind).title)
    effects: tuple[Effect, ...] = (
        CompleteTask(task.id),
        CloseCard(task.id, ru.CARD_STEPPED_IN),
        Comment(words, by=event.by),
        *add_task(rules, case),
        *meeting_effects(rules, before, case),
    )
    return with_next_contact(rules, case, effects, words)


def step_ins(playbook: Playbook, case: Case) -> Iterator[StepIn]:
    """What who was told of the case can do about it where it stands."""
    for outcome in playbook.outcomes.values():
        if outcome.tell is not None and outcome.stage in (None, case.stage):
            yield from outcome.tell.keys


def help_asked(rules: Rules, case: Case, event: HelpAsked) -> Decision:
    """Somebody is stuck: kept for who reads the client's history. The due time stays."""
    return Decision(case, (Comment(ru.HELP_ASKED, by=event.by),), ru.HELP_ASKED)


def advised(rules: Rules, case: Case, event: Advised) -> Decision:
    """What the supervisor has answered is kept with it."""
    words = ru.ADVISED.format(text=event.text)
    return Decision(case, (Comment(words, by=event.by),), words)


def silenced(rules: Rules, case: Case, event: Silenced) -> Decision:
    """Supervisors are not told of it before `until`. It stays overdue, and on the board."""
    task = _standing(case, event.task)
    if task is None:
        return Decision(case, (), ru.WHY_NOTHING)
    words = ru.SILENCED.format(moment=stamp(event.until, rules.zone))
    case = replace(case, task=replace(task, silent_until=event.until))
    return Decision(case, (Comment(words, by=event.by),), words)


def _standing(case: Case, task: str) -> Task | None:
    """The open task, if it is still this one."""
    return case.task if not case.closed and case.task is not None and case.task.id == task else None
