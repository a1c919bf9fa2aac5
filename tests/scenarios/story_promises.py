"""What must be true after every story, whether it says so or not."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import Any

from sqlalchemy import func, select

from bot.db import tables as t
from bot.db.cases import restore
from bot.engine.case import Case
from tests.scenarios.story_world import World

_MARK = re.compile(r"\[dz [^\]]+\]$")
_CLOSED = "5"


async def check_promises(world: World) -> None:
    """Exactly one open task for each live case, no create twice, a reason for every step, nothing left to do."""
    await world.mend()
    await world.floor.advance("PT70S")
    cases = await _cases(world)
    await _check_tasks(world, cases)
    await _check_stages(world, cases)
    await _check_once(world)
    await _check_journal(world, cases)
    await _check_rest(world)


async def _cases(world: World) -> list[Case]:
    async with world.database.read() as connection:
        return [restore(row.state) for row in await connection.execute(select(t.cases.c.state).order_by(t.cases.c.id))]


async def _check_tasks(world: World, cases: list[Case]) -> None:
    """A task that was closed in the CRM stays closed there until its result is told."""
    async with world.database.read() as connection:
        rows = await connection.execute(select(t.tasks.c.id, t.tasks.c.crm_task_id))
        numbers = {row.id: str(row.crm_task_id) for row in rows}
    opened: dict[str, list[str]] = defaultdict(list)
    for task in await _all_tasks(world):
        assert len(task["ufCrmTask"]) == 1, task
        if task["status"] != _CLOSED:
            opened[task["ufCrmTask"][0]].append(task["id"])
    for case in cases:
        wanted = [numbers[case.task.id]] if case.task is not None and case.task.closed_at is None else []
        found, about = opened.pop(_link(case), []), f"{case.client.name}, {case.stage}"
        assert found == wanted, f"открыты задачи {found}, а нужны {wanted} ({about})"
        assert case.closed or case.task is not None, f"нет следующего шага ({about})"
        assert not (case.closed and case.task), f"закрыт, а задача есть ({about})"
    assert not opened, f"задачи без клиента: {dict(opened)}"


async def _check_stages(world: World, cases: list[Case]) -> None:
    """The portal and the bot say the same of where a live case stands and whose it is."""
    for case in cases:
        if case.closed:
            continue
        params = {"entityTypeId": 1 if case.entity == "lead" else 2, "id": case.crm_id}
        item = (await world.floor.portal("crm.item.get", params))["item"]
        stage = world.playbook.pipelines[case.pipeline].stages[case.stage]
        assert (item["stageId"], item["assignedById"]) == (stage.crm, case.owner), (case.client.name, item["stageId"])


async def _check_once(world: World) -> None:
    """Tasks, comments, deals and contacts of ours stand in the portal once."""
    _each_once("задача", [task["xmlId"] for task in await _all_tasks(world) if task["xmlId"]])
    for told in world.clients.values():
        world.current = told
        for kind, numbers in (("lead", [told.lead] if told.lead else []), ("deal", await world.deals())):
            for number in numbers:
                texts = await world.floor.comments(kind, number)
                _each_once("запись в ленте", [mark.group() for one in texts if (mark := _MARK.search(one.rstrip()))])
    for entity, words in ((2, "сделка"), (3, "контакт")):
        params = {"entityTypeId": entity, "filter": {"originatorId": "dozvon"}, "select": ["id", "originId"]}
        rows = (await world.floor.portal("crm.item.list", params))["items"]
        _each_once(words, [str(row["originId"]) for row in rows])


async def _check_journal(world: World, cases: list[Case]) -> None:
    """Every task of a case was set with a reason, and the newest line says where the case stands."""
    async with world.database.read() as connection:
        rows = (await connection.execute(select(t.journal).order_by(t.journal.c.id))).all()
        tasks = (await connection.execute(select(t.tasks.c.id, t.tasks.c.case_id))).all()
    assert all(row.why.strip() for row in rows), "строка журнала без причины"
    told: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        told[row.case_id].append(row.data or {})
    # The first task of a deal made from a lead is told in the lead's line.
    made = {f"{case.id}-1" for case in cases if case.parent is not None}
    for task in tasks:
        if task.id not in made:
            assert any(data.get("task") == task.id for data in told[task.case_id]), f"задача {task.id} без причины"
    for case in cases:
        stages = [data["stage"] for data in told[case.id] if "stage" in data]
        assert not stages or stages[-1] == case.stage, f"журнал отстал: {case.client.name}"


async def _check_rest(world: World) -> None:
    """Every press was answered, every message was taken in, every write was delivered, every screen was shown."""
    store = world.floor.demo.sandbox.store
    assert store.execute("SELECT count(*) FROM tg_queries WHERE answered = 0").fetchone()[0] == 0, "нажатие без ответа"
    async with world.database.read() as connection:
        left = select(t.outbox.c.op, t.outbox.c.state, t.outbox.c.error).where(t.outbox.c.state != "done")
        assert (await connection.execute(left)).all() == [], "не всё записано в CRM"
        undone = select(func.count()).where(t.tg_inbox.c.done_at.is_(None) | t.tg_inbox.c.error.is_not(None))
        assert await connection.scalar(undone.select_from(t.tg_inbox)) == 0, "не всё принято из Telegram"
        due = (t.messages.c.next_try <= world.clock()) | t.messages.c.error.is_not(None)
        waiting = select(t.messages.c.key, t.messages.c.error).where(due)
        assert (await connection.execute(waiting)).all() == [], "не всё показано"


async def _all_tasks(world: World) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        filters = {"TAG": "dozvon", ">ID": found[-1]["id"] if found else 0}
        select_ = ["ID", "XML_ID", "UF_CRM_TASK", "STATUS"]
        params = {"filter": filters, "select": select_, "order": {"ID": "asc"}, "start": -1}
        page = (await world.floor.portal("tasks.task.list", params))["tasks"]
        if not page:
            return found
        found += page


def _link(case: Case) -> str:
    return f"{'L' if case.entity == 'lead' else 'D'}_{case.crm_id}"


def _each_once(what: str, keys: list[str]) -> None:
    twice = [key for key, count in Counter(keys).items() if count > 1]
    assert not twice, f"{what} дважды: {twice}"
