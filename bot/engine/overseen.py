"""What a supervisor does about a task that waits, without taking it from its holder."""

from __future__ import annotations

from dataclasses import replace

from bot.engine.case import Case, Task
from bot.engine.effects import Comment, Decision, Redraw
from bot.engine.events import Advised, Asked, HelpAsked, Silenced
from bot.engine.rules import Rules
from bot.engine.titles import stamp
from bot.locales.ru import engine as ru


def asked(rules: Rules, case: Case, event: Asked) -> Decision:
    """The holder's card says who asks; his answer is the result of the task."""
    task = _standing(case, event.task)
    if task is None:
        return Decision(case, (), ru.WHY_NOTHING)
    case = replace(case, task=replace(task, asked_at=rules.now, asked_by=event.by))
    return Decision(case, (Comment(ru.ASKED, by=event.by), Redraw()), ru.ASKED)


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
