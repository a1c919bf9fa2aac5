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
from bot.engine.effects import AddTask, Decision
from bot.engine.rules import Rules
from bot.engine.tasks import is_new
from bot.playbooks.model import Playbook
from bot.services.agendas import STANDING

if TYPE_CHECKING:
    from bot.services.work import Work

SOON = timedelta(minutes=30)
"""What is due later than this from now need not change hands."""
STANDS_IN = "manager"
"""The role whose people stand in for one another."""


async def stood_in(work: Work, before: Case, decision: Decision, elsewhere: tuple[datetime, ...]) -> Decision:
    """The decision with a colleague for its new task where the owner cannot do it.

    An absent owner's tasks go to somebody on shift, to the same one as long as he is there. Of an owner who is off
    shift or in a meeting only a client whom nobody has touched is given away. A talk that goes on stays with who has
    begun it.

    `elsewhere`: calls to the client's number in other cases, which its days hold as well.
    """
    case, task, staff = decision.case, decision.case.task, work.people.staff
    if task is None or task.holder is not None or task.adopted or case.owner is None:
        return decision
    if not any(isinstance(effect, AddTask) and effect.task.id == task.id for effect in decision.effects):
        return decision  # it stands since before, be it open again
    playbook, cover = work.playbook(case), covering(before)
    new = is_new(case, playbook.tasks[task.kind]) and not task.promised
    if not (staff.terms or new or cover is not None):
        return decision
    rules = Rules(playbook, work.now, STANDS_IN, staff, cover, elsewhere)
    if cover is not None and case.run is not None and not case.run.optional:
        return stands_in(rules, before, decision, cover)
    met = await in_meetings(work.connection, work.now) if new else {}
    if not (_is_absent(work, case, task) or (new and _is_busy(work, case, met))):
        return decision if cover is None else stands_in(rules, before, decision, None)
    if cover is not None and staff.works(playbook, cover, work.now):
        return stands_in(rules, before, decision, cover)
    able = at_work(work.people, playbook, work.now, without=(case.owner, *met))
    own = own_team(work.people, able, case.owner)
    absent = _is_absent(work, case, task)  # another team takes a client only of somebody who is not there at all
    user = choose(own or (able if absent else ()), await _loads_with(work))
    return decision if user is None else stands_in(rules, before, decision, user)


def _is_absent(work: Work, case: Case, task: Task) -> bool:
    """Whether the owner is not back before the task is due."""
    absence = work.people.staff.absence(case.owner, work.now)
    return absence is not None and task.due_at < absence.end


def _is_busy(work: Work, case: Case, met: Collection[int]) -> bool:
    """Whether the owner cannot call just now although the team is at work: off shift, or in a meeting."""
    staff, playbook = work.people.staff, work.playbook(case)
    if not staff.works(playbook, case.owner, work.now):
        return staff.team_hours(playbook, case.owner).is_open(work.now)
    return case.owner in met


async def in_meetings(connection: AsyncConnection, now: datetime) -> dict[int, datetime]:
    """CRM users who are in a meeting at this moment, and until when."""
    tasks = t.tasks.c
    query = select(tasks.owner, tasks.second, tasks.ends_at).where(
        tasks.state.in_(STANDING), tasks.ends_at > now, tasks.due_at <= now
    )
    rows = await connection.execute(query)
    return {user: row.ends_at for row in rows for user in (row.owner, row.second) if user is not None}


async def _loads_with(work: Work) -> dict[int, int]:
    """As `loads`, with what was given in this very transaction."""
    load = await loads(work.connection)
    for case_id in work.changed:
        other = covering(work.cases[case_id].case)
        if other is not None:
            load[other] = load.get(other, 0) + 1
    return load


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
    return _of(people, STANDS_IN, now, without)


def of_role(people: People, role: str, now: datetime, *, without: Collection[int] = ()) -> list[Person]:
    """Who of this role is not absent; those who can be reached, if any can."""
    able = _of(people, role, now, without)
    return [person for person in able if person.reachable and person.telegram_id is not None] or able


def _of(people: People, role: str, now: datetime, without: Collection[int]) -> list[Person]:
    return [
        person
        for person in people.all
        if person.role == role
        and person.crm_user_id is not None
        and person.crm_user_id not in without
        and not people.staff.is_away(person.crm_user_id, now)
    ]


def own_team(people: People, able: Collection[Person], user: int | None) -> list[Person]:
    """Those of them who take clients in this CRM user's team."""
    team = people.staff.colleagues(user)
    return [person for person in able if person.crm_user_id in team]


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
