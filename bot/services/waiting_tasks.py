"""How a message to supervisors reads just now: its tasks as their cases stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db.people import People
from bot.engine.calendars import zone_of
from bot.engine.case import Case, Task
from bot.engine.tasks import is_new
from bot.engine.titles import name_in_groups
from bot.engine.touches import owed_since
from bot.engine.words import say_duration, say_time
from bot.engine.worktime import whole_minute
from bot.locales.ru import alerts as ru
from bot.screens import escalation
from bot.screens.escalation import Item
from bot.screens.screen import Screen
from bot.services import covers
from bot.services.library import Library
from bot.services.whereabouts import Whereabouts, whereabouts

OPEN_FOR = timedelta(minutes=5)
"""So long after a press one of several stays open."""
Known = tuple[Mapping[str, Any], Case]
"""What the message keeps of a task, and its case."""


def standing(case: Case, task_id: str) -> Task | None:
    """The task with this id, if it is not worked off: open, or pushed aside by the client's own call."""
    if case.closed:
        return None
    return next((task for task in (case.task, case.paused) if task is not None and task.id == task_id), None)


@dataclass(slots=True)
class Drawing:
    """Messages of one moment. `links` makes the portal's address."""

    connection: AsyncConnection
    library: Library
    people: People
    links: str
    now: datetime
    _where: Whereabouts | None = None

    async def screen(self, data: Mapping[str, Any], waiting: Sequence[Known], known: Sequence[Known]) -> Screen:
        """The message: of those it tells of (`known`) the ones that are still `waiting`."""
        if not waiting:
            return escalation.over(self._over(data, known))
        if self._where is None:
            self._where = await whereabouts(self.connection, self.people, self.library.active, self.now)
        where = self._where
        items = [self._item(kept, case, where) for kept, case in waiting]
        is_read = self._is_being_read(data)
        opened = data.get("open") if is_read else None
        shown = next((item for item in items if item.task == opened), items[0] if len(items) == 1 else None)
        if shown is None:
            return escalation.several(items)
        others = [item for item in items if item is not shown]
        if is_read and data.get("hand") == shown.task and shown.can_give:
            case = next(case for kept, case in waiting if kept["task"] == shown.task)
            return escalation.colleagues(shown, await self.able(case), others)
        return escalation.one(shown, others)

    def _is_being_read(self, data: Mapping[str, Any]) -> bool:
        """A list that somebody has opened and left is a list again: the others see in it what waits."""
        opened_at = data.get("opened_at")
        return opened_at is None or self.now < datetime.fromisoformat(opened_at) + OPEN_FOR

    async def able(self, case: Case) -> list[tuple[int, str, int]]:
        """To whom it can be given, the least busy first: who of its team is on shift, or not absent; else others."""
        playbook, without = self.library[case.playbook], (case.holder or 0, case.owner or 0)
        there = covers.at_work(self.people, playbook, self.now, without=without)
        present = covers.present(self.people, self.now, without=without)
        own = (covers.own_team(self.people, some, case.owner) for some in (there, present))
        able = next((some for some in own if some), there or present)
        load = await covers.loads(self.connection)
        found = [(one.crm_user_id or 0, one.name, load.get(one.crm_user_id or 0, 0)) for one in able]
        return sorted(found, key=lambda row: (row[2], row[1]))

    def _item(self, kept: Mapping[str, Any], case: Case, where: Whereabouts) -> Item:
        task, playbook = standing(case, kept["task"]), self.library[case.playbook]
        assert task is not None  # only those that wait are drawn
        kind = playbook.tasks[task.kind]
        told_at = datetime.fromisoformat(kept["at"])
        if is_new(case, kind) and task.touched_at is None:
            what = ru.UNTOUCHED.format(wait=say_duration(told_at - whole_minute(case.arrived_at)))
        else:
            late = say_duration(told_at - owed_since(playbook, case, task, self.people.staff))
            what = ru.LATE.format(task=kind.title, wait=late)
        holder = self.people.by_crm.get(case.holder or 0)
        can_ask = holder is not None and holder.telegram_id is not None and holder.reachable and task is case.task
        settled = bool(kept.get("settled"))
        return Item(
            task=task.id,
            what=what,
            client=self._client(case),
            name=name_in_groups(playbook, case),
            owner=where.name(case.holder),
            deed=kept.get("deed"),
            url=f"{self.links}/crm/{case.entity}/details/{case.crm_id}/" if case.crm_id is not None else None,
            can_give=not settled and kind.role is None and task is case.task,
            ask=holder.name.split()[0]
            if holder is not None and can_ask and not settled and not kept.get("asked")
            else None,
            can_hush=not settled and (task.silent_until is None or task.silent_until <= self.now),
        )

    def _client(self, case: Case) -> str:
        playbook = self.library[case.playbook]
        source = playbook.sources.get(case.source or "")
        number = (ru.LEAD if case.entity == "lead" else ru.DEAL).format(number=case.crm_id) if case.crm_id else None
        return ", ".join(
            part for part in (name_in_groups(playbook, case), source.title if source else None, number) if part
        )

    def _over(self, data: Mapping[str, Any], known: Sequence[Known]) -> str:
        zone = zone_of(self.library.active)
        time, count = say_time(self.now, zone), data.get("count", 1)
        if not known and data.get("again"):
            return ru.AGAIN.format(time=time)
        if count > 1 or not known:
            return ru.ALL_OVER.format(count=count, time=time)
        case = known[0][1]
        playbook = self.library[case.playbook]
        stage = playbook.pipelines[case.pipeline].stages[case.stage].title
        owner = self.people.short_name(case.owner)
        return ru.OVER.format(client=name_in_groups(playbook, case), owner=owner, stage=stage, time=time)
