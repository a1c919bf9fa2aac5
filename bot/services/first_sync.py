"""The first meeting with a portal: everything open there is adopted, the recently ended is remembered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.clock import Clock
from bot.crm import inbox
from bot.crm.client import CrmClient
from bot.crm.commands import Result
from bot.crm.encode import as_int
from bot.crm.inbox import PortalCase
from bot.crm.reading import rows_of
from bot.crm.wanted import Entity
from bot.db.cases import by_crm
from bot.db.session import Database
from bot.services.adopting import adopted_task, own_tasks, spread
from bot.services.differences import seen_of
from bot.services.intake_rows import Hint, read_marks, save_marks
from bot.services.intents import Found, Intent, Reply
from bot.services.library import Library
from bot.services.mappers import Mappers
from bot.services.portal_view import Row, View, read_contacts

log = logging.getLogger(__name__)

Applies = Callable[[Intent], Awaitable[Reply]]

MARK = "first_sync"
DONE = "done"
_KINDS: tuple[Entity, ...] = ("lead", "deal")
_OVERLAP = timedelta(minutes=10)
"""How far before the beginning of the sync the first poll looks: the portal's clock may be behind."""
_REMEMBERED = timedelta(days=90)
_REMEMBERED_PAGES = 10
"""Pages of ended records that are remembered, of each pipeline."""
_AT_ONCE = 64
_PATIENCE = timedelta(minutes=2)


class FirstSync:
    """See the module. Interrupted, it goes on: what is known already is passed over."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        client: CrmClient,
        library: Library,
        apply: Applies,
        mappers: Mappers,
    ) -> None:
        self._database = database
        self._clock = clock
        self._client = client
        self._library = library
        self._apply = apply
        self._mappers = mappers
        self._done = False

    async def run(self) -> int:
        """Do it unless it was done; returns how many cases were made.

        Raises:
            CrmError: the portal could not be read; the next call goes on.
        """
        if self._done:
            return 0
        marks = await read_marks(self._database)
        made = 0
        if marks.get(MARK) != DONE:
            await self._mappers.ready()
            begin = (self._clock.now() - _OVERLAP).isoformat()
            fresh = {kind: begin for kind in ("lead", "deal", "contact", "task", "activity") if kind not in marks}
            await save_marks(self._database, fresh)
            made = await self._adopt()
            await save_marks(self._database, {MARK: DONE})
            log.info("first sync: %d cases", made)
        self._done = True
        return made

    async def _adopt(self) -> int:
        playbook, now = self._library.active, self._clock.now()
        rows = [row async for row in self._iterate("tasks.task.list", inbox.open_tasks_params())]
        tasks = own_tasks(inbox.read_task(row) for row in rows)
        ended = await self._read(await self._ended())
        cases = await self._read(await self._open())
        made = await self._found([Found(seen_of(case), self._library.active_hash, adopted=True) for case in ended])
        known = await self._known(cases)
        # Those of an interrupted run keep their places, so that nobody gets more for one day.
        spreading = (case for case in cases if _hint(case) in known or _hint(case) not in tasks)
        times = spread(playbook, spreading, now)
        intents: list[Found] = []
        for case in cases:
            seen, task = seen_of(case), tasks.get(_hint(case))
            if task is not None:
                seen = replace(seen, task=adopted_task(playbook, case, task, now), crm_task_id=task.crm_id)
            spread_to = times.get(_hint(case)) if task is None else None
            intents.append(Found(seen, self._library.active_hash, adopted=True, spread_to=spread_to))
        return made + await self._found(intents)

    async def _known(self, cases: Sequence[PortalCase]) -> set[Hint]:
        async with self._database.read() as connection:
            found: set[Hint] = set()
            for kind in _KINDS:
                ids = [case.crm_id for case in cases if case.entity == kind]
                found |= {(kind, crm_id) for crm_id in await by_crm(connection, kind, ids)}
            return found

    async def _open(self) -> list[tuple[Hint, Row]]:
        found: list[tuple[Hint, Row]] = []
        for kind in _KINDS:
            for where in self._stages(kind, final=False):
                rows = self._iterate("crm.item.list", inbox.items_params(kind, where))
                found += [((kind, as_int(row.get("id")) or 0), row) async for row in rows]
        return found

    async def _ended(self) -> list[tuple[Hint, Row]]:
        since = {">=updatedTime": self._clock.now() - _REMEMBERED}
        found: list[tuple[Hint, Row]] = []
        for kind in _KINDS:
            for where in self._stages(kind, final=True):
                asked = {f"p{page}": inbox.latest(kind, where | since, page) for page in range(_REMEMBERED_PAGES)}
                for outcome in (await self._client.batch(asked, urgent=False, patience=_PATIENCE)).values():
                    if not isinstance(outcome, Result):
                        raise outcome
                    found += [((kind, as_int(row.get("id")) or 0), row) for row in rows_of(outcome.value)]
        return found

    def _stages(self, kind: Entity, *, final: bool) -> list[dict[str, Any]]:
        stages = self._mappers.active.stages(kind, final=final)
        if kind == "lead":
            return [{"@stageId": ids} for ids in stages.values()]
        return [{"categoryId": category, "@stageId": ids} for category, ids in stages.items()]

    async def _read(self, records: Sequence[tuple[Hint, Row]]) -> list[PortalCase]:
        """The records in the playbook's words, oldest first."""
        shown = View()
        await read_contacts(self._client, shown, records)
        cases = [
            inbox.read_case(self._mappers.active, "lead" if kind == "lead" else "deal", row, shown.contact_of(row))
            for (kind, _), row in records
        ]
        return sorted((case for case in cases if case is not None), key=lambda case: (case.arrived_at, case.crm_id))

    def _iterate(self, method: str, params: dict[str, Any]) -> Any:
        return self._client.iterate(method, params, patience=_PATIENCE)

    async def _found(self, intents: Sequence[Found]) -> int:
        made = 0
        for start in range(0, len(intents), _AT_ONCE):
            replies = await asyncio.gather(*(self._apply(intent) for intent in intents[start : start + _AT_ONCE]))
            made += sum(reply.done for reply in replies)
        return made


def _hint(case: PortalCase) -> Hint:
    return case.entity, case.crm_id
