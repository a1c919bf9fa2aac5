"""A client who was entered by hand begins in the stage where he stands, with that stage's task."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.engine.case import Case
from bot.engine.effects import Comment, Decision, MakeRecord
from bot.engine.events import Entered
from bot.engine.fields import meeting_fields, next_contact
from bot.engine.meetings import meeting_effects
from bot.engine.rules import Rules
from bot.engine.tasks import add_task, set_task
from bot.engine.titles import stamp
from bot.errors import ActionNotAllowed
from bot.locales.ru import engine as ru
from bot.locales.ru import entry as words


def entered(rules: Rules, case: Case, event: Entered) -> Decision:
    """The new case with its task, and the record of it in the CRM.

    Raises:
        ActionNotAllowed: nobody, or not this role, can begin with a client in this stage; the case has begun already.
    """
    if case.closed or case.tasks_set:
        raise ActionNotAllowed(ru.STALE_BUTTON)
    stage = rules.stage(case)
    if stage.kind != "open" or stage.task is None:
        raise ActionNotAllowed(ru.UNKNOWN_TASK)
    if stage.roles is not None and rules.role not in stage.roles:
        raise ActionNotAllowed(ru.NOT_OFFERED)
    case = set_task(rules, case, stage.task, due_at=event.due_at, promised=event.promised, second=event.second)
    place = rules.playbook.places.get(event.place) if event.place is not None else None
    fields: dict[str, Any] = {**next_contact(rules.playbook, case), **meeting_fields(rules.playbook, case, place)}
    case = replace(case, facts={**case.facts, **fields})
    assert case.task is not None  # just set
    task, at = rules.kind(case.task.kind).title, stamp(case.task.due_at, rules.zone)
    why = words.WHY_ENTERED.format(stage=stage.title, task=task, at=at)
    said = [
        words.COMMENT.format(at=stamp(rules.now, rules.zone)),
        ru.COMMENT_STAGE.format(stage=stage.title),
        ru.COMMENT_NEXT.format(task=task, at=at),
    ]
    if event.far is not None:
        said.append(ru.ANSWER_LINE.format(question=event.far[0], answer=event.far[1]))
    if event.lifted is not None:
        said.append(words.COMMENT_LIFTED.format(phone=event.lifted))
        why = words.WHY_LIFTED.format(why=why)
    meeting = meeting_effects(rules, replace(case, task=None), case)
    return Decision(case, (MakeRecord(), Comment("\n".join(said), event.by), *add_task(rules, case), *meeting), why)
