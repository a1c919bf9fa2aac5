"""Who stands in for an owner who is not at work: a task that was just set goes to a colleague on shift."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import tables as t
from bot.db.people import People, Person
from bot.engine.case import Case, Task
from bot.engine.cover import covering, stands_in
from bot.engine.effects import Decision
from bot.engine.rules import Rules
from bot.engine.tasks import is_new
from bot.playbooks.model import Playbook

if TYPE_CHECKING:
    from bot.services.work import Work

SOON = timedelta(minutes=30)
"""What is due later than this from now need not change hands."""
STANDS_IN = "manager"
"""The role whose people stand in for one another."""


async def stood_in(work: Work, before: Case, decision: Decision) -> Decision:
    """The decision with a colleague for its new task where the owner is not at work.

    An absent owner's tasks go to somebody on shift, to the same one as long as he is there. Of an owner who is merely
    off shift only what nobody has begun is given away. A talk that goes on stays with who has begun it.
    """
    case, task, staff = decision.case, decision.case.task, work.people.staff
    known = before.task.id if before.task is not None else None
    if not staff.terms or task is None or task.id == known or task.holder is not None or case.owner is None:
        return decision
    playbook, cover = work.playbook(case), covering(before)
    rules = Rules(playbook, work.now, STANDS_IN, staff, cover)
    if cover is not None and case.run is not None and not case.run.optional:
        return stands_in(rules, before, decision, cover)
    if not needs_cover(work, case, task):
        return decision if cover is None else stands_in(rules, before, decision, None)
    if cover is not None and staff.works(playbook, cover, work.now):
        return stands_in(rules, before, decision, cover)
    load = await loads(work.connection)
    for case_id in work.changed:  # of one transaction with this one, so not counted yet
        other = covering(work.cases[case_id].case)
        if other is not None:
            load[other] = load.get(other, 0) + 1
    user = choose(at_work(work.people, playbook, work.now, without=(case.owner,)), load)
    return decision if user is None else stands_in(rules, before, decision, user)


def needs_cover(work: Work, case: Case, task: Task) -> bool:
    """Whether the owner cannot do this task when it is due and a colleague should."""
    staff, playbook = work.people.staff, work.playbook(case)
    absence = staff.absence(case.owner, work.now)
    if absence is not None:
        return task.due_at < absence.end
    new = is_new(case, playbook.tasks[task.kind]) and not task.promised
    return new and not staff.works(playbook, case.owner, work.now) and staff.team_hours(playbook).is_open(work.now)


def at_work(people: People, playbook: Playbook, now: datetime, *, without: Collection[int] = ()) -> list[Person]:
    """Managers who are on shift and can be reached; where nobody can be reached, who is on shift."""
    able = [
        person
        for person in people.all
        if person.role == STANDS_IN
        and person.crm_user_id is not None
        and person.crm_user_id not in without
        and people.staff.works(playbook, person.crm_user_id, now)
    ]
    return [person for person in able if person.reachable and person.telegram_id is not None] or able


def present(people: People, now: datetime, *, without: Collection[int] = ()) -> list[Person]:
    """Managers who are not absent, be they off shift just now."""
    return [
        person
        for person in people.all
        if person.role == STANDS_IN
        and person.crm_user_id is not None
        and person.crm_user_id not in without
        and not people.staff.is_away(person.crm_user_id, now)
    ]


def is_begun(case: Case) -> bool:
    """Whether somebody is at it just now: a call was begun, or the questionnaire is open."""
    called = case.task is not None and case.task.touched_at is not None
    return called or (case.run is not None and not case.run.optional)


def choose(able: Collection[Person], load: dict[int, int]) -> int | None:
    """The CRM user with the fewest open tasks, of several the one who was there first."""
    first = min(able, key=lambda person: (load.get(person.crm_user_id or 0, 0), person.id), default=None)
    return first.crm_user_id if first is not None else None


async def loads(connection: AsyncConnection) -> dict[int, int]:
    """CRM user → open tasks."""
    tasks = t.tasks.c
    query = select(tasks.owner, func.count().label("tasks")).where(tasks.state == "open", tasks.owner.is_not(None))
    return {row.owner: row.tasks for row in await connection.execute(query.group_by(tasks.owner))}
