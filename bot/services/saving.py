"""Writing a group's work: each kind of row once for the whole group, in one transaction with everything else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy import insert as plain_insert

from bot.db import cases as db_cases
from bot.db import messages as db_messages
from bot.db import outbox as db_outbox
from bot.db import tables as t
from bot.db.cases import Stored
from bot.db.session import insert
from bot.engine.case import Case, Task
from bot.engine.timers import Timer, wanted
from bot.engine.titles import shown_name
from bot.engine.touches import ends_of
from bot.locales.ru import screens as ru
from bot.services import barred, misses
from bot.services.work import Work


@dataclass(frozen=True, slots=True)
class Committed:
    """What a group's commit left to be delivered."""

    answers: bool
    """Messages that follow people's own presses."""
    messages: bool
    """Other messages."""
    writes: bool
    """CRM writes."""
    updates: tuple[int, ...]
    """Telegram's updates that were marked as done together with their effect."""


async def save(work: Work) -> Committed:
    """All that the group changed, as rows."""
    await barred.stop_elsewhere(work)
    await misses.follow_up(work)
    changed = [work.cases[case_id] for case_id in sorted(work.changed)]
    await db_cases.save(work.connection, [(stored, _counted(work, stored.case)) for stored in changed], work.now)
    await db_cases.set_contacts(work.connection, [work.cases[case_id].case for case_id in sorted(work.new_contacts)])
    await _tell_joined(work)
    waiting = {message.urgent for message in work.messages.values() if message.dirty or message.id is None}
    await db_messages.store(work.connection, list(work.messages.values()), work.now)
    moved = [stored.case for stored in changed if not _stands(work, stored)]
    await _save_tasks(work, moved)
    await _save_timers(work, moved)
    await db_outbox.queue(work.connection, work.writes, work.now)
    if work.journal:
        await work.connection.execute(plain_insert(t.journal), work.journal)
    await _save_awaiting(work)
    await barred.save(work)
    if work.updates:
        # A typed answer that is worked on again after a crash would answer the next question.
        await work.connection.execute(_UPDATE_DONE, [{"number": one, "moment": work.now} for one in work.updates])
    return Committed(True in waiting, False in waiting, bool(work.writes), tuple(work.updates))


_UPDATE_DONE = (
    update(t.tg_inbox).where(t.tg_inbox.c.update_id == bindparam("number")).values(done_at=bindparam("moment"))
)


def _stands(work: Work, stored: Stored) -> bool:
    """Whether the case's task and timers are still those that were loaded with it, as inside a questionnaire."""
    before, case = stored.loaded, stored.case
    if case.id in work.retimed:
        return False
    if before is None or before.playbook != case.playbook or before.owner != case.owner or before.task != case.task:
        return False
    if case.task is not None and (case.task.id in work.pushed or case.task.id in work.crm_tasks):
        return False
    playbook = work.playbook(case)
    staff = work.people.staff
    return wanted(playbook, before, staff) == wanted(playbook, case, staff)


def _counted(work: Work, case: Case) -> bool:
    return work.playbook(case).pipelines[case.pipeline].stages[case.stage].counted


async def _save_tasks(work: Work, cases: list[Case]) -> None:
    if work.ended_tasks:
        ends = [{"task": task_id, "end": end, "moment": work.now} for task_id, end in work.ended_tasks.items()]
        await work.connection.execute(_TASK_ENDED, ends)
    rows = [_task_row(work, case, task) for case in cases for task in work.standing(case)]
    if work.pushed:
        await work.connection.execute(_TASK_PUSHED, [{"task": task_id, "moment": work.now} for task_id in work.pushed])
    if rows:
        statement = insert(work.connection, t.tasks)
        kept: dict[str, Any] = {name: statement.excluded[name] for name in _RENEWED}
        kept["pushed_at"] = func.coalesce(statement.excluded.pushed_at, t.tasks.c.pushed_at)
        await work.connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=kept), rows)


_TASK_ENDED = (
    update(t.tasks)
    .where(t.tasks.c.id == bindparam("task"))
    .values(state=bindparam("end"), done_at=bindparam("moment"), overdue_at=None)
)
_TASK_PUSHED = update(t.tasks).where(t.tasks.c.id == bindparam("task")).values(pushed_at=bindparam("moment"))
_RENEWED = ("kind", "owner", "rank", "due_at", "ends_at", "second", "overdue_at", "state", "done_at")
"""What changes of a stored task; the portal's number of it is written by the relay."""


def _task_row(work: Work, case: Case, task: Task) -> dict[str, Any]:
    playbook = work.playbook(case)
    is_open = task is case.task
    timers = wanted(playbook, case, work.people.staff) if is_open else ()
    overdue = next((timer.at for timer in timers if timer.kind == "overdue"), None)
    return {
        "id": task.id,
        "case_id": case.id,
        "kind": task.kind,
        "owner": case.holder if is_open else case.owner,
        "rank": playbook.tasks[task.kind].rank,
        "due_at": task.due_at,
        "ends_at": ends_of(playbook, task) if playbook.tasks[task.kind].meeting else None,
        "second": task.second,
        "overdue_at": overdue,
        "state": "open" if is_open else "aside",
        "done_at": None,
        "crm_task_id": work.crm_tasks.get(task.id),
        "pushed_at": work.now if task.id in work.pushed else None,
    }


async def _save_timers(work: Work, cases: list[Case]) -> None:
    """The case's timers become what the engine wants; one that has rung at its moment stays rung."""
    if not cases:
        return
    ids = [case.id for case in cases]
    rows = await work.connection.execute(
        select(t.timers.c.key, t.timers.c.at, t.timers.c.done).where(t.timers.c.case_id.in_(ids))
    )
    stored = {row.key: row.at for row in rows}
    wish = {
        timer.key: {
            "key": timer.key,
            "case_id": case.id,
            "kind": timer.kind,
            "at": timer.at,
            "done": _is_missed(work, case, timer),
        }
        for case in cases
        for timer in wanted(work.playbook(case), case, work.people.staff)
    }
    standing = {key for key, at in stored.items() if key in wish and wish[key]["at"] == at}
    # A repetition counts from the moment of the timer before its plus sign, and stays with it.
    stale = [key for key in stored if key.partition("+")[0] not in standing]
    if stale:
        await work.connection.execute(delete(t.timers).where(t.timers.c.key.in_(stale)))
    fresh = [row for key, row in wish.items() if stored.get(key) != row["at"]]
    if fresh:
        await work.connection.execute(plain_insert(t.timers), fresh)


def _is_missed(work: Work, case: Case, timer: Timer) -> bool:
    """A moment that another version of the playbook would have had, and that is over: no card comes for it now."""
    return case.id in work.republished and timer.kind == "push" and timer.at <= work.now


async def _save_awaiting(work: Work) -> None:
    """Whose next message answers what. A mark `not` only ends the waiting for that case."""
    asked = [
        {"person_id": person, "kind": "answer", "data": data, "message_id": None}
        for person, data in work.awaiting.items()
        if data is not None and "not" not in data
    ]
    if asked:
        statement = insert(work.connection, t.awaiting)
        renewed = {name: statement.excluded[name] for name in ("kind", "data", "message_id")}
        await work.connection.execute(
            statement.on_conflict_do_update(index_elements=["person_id"], set_=renewed), asked
        )
    over = {person: data["not"] for person, data in work.awaiting.items() if data is not None and "not" in data}
    if over:
        rows = await work.connection.execute(_AWAITING, {"people": list(over)})
        ended = [row.person_id for row in rows if row.data.get("case") == over[row.person_id]]
        if ended:
            await work.connection.execute(delete(t.awaiting).where(t.awaiting.c.person_id.in_(ended)))


_AWAITING = select(t.awaiting.c.person_id, t.awaiting.c.data).where(
    t.awaiting.c.person_id.in_(bindparam("people", expanding=True))
)


async def _tell_joined(work: Work) -> None:
    """The owner of the case that a duplicate was joined to hears that the client is hot, unless he has done it."""
    for other, text, by in work.joined:
        if other not in work.cases:
            work.cases.update(await db_cases.load(work.connection, [other], lock=True))
        stored = work.cases.get(other)
        if stored is None or stored.case.owner is None or stored.case.owner == by:
            continue
        name = shown_name(work.playbook(stored.case), stored.case)
        words = text if name in text else ru.JOINED_TO.format(told=text, name=name)
        work.tell(stored.case.owner, words, other)
