"""A sales floor without phones: the sandbox portal over HTTP, our database, and everything between the two."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import select

from bot.clock import BusinessClock
from bot.crm.client import CrmClient
from bot.crm.errors import CrmPaced
from bot.crm.inbox import read_case
from bot.db import cases as db_cases
from bot.db import outbox as db_outbox
from bot.db import tables as t
from bot.db.cases import Stored
from bot.db.session import Database
from bot.engine.case import Case
from bot.errors import FileAway, FileGone
from bot.playbooks.load import builtin
from bot.sandbox.faults import Faults
from bot.sandbox.journal import Journal
from bot.sandbox.portal.portal import Portal
from bot.sandbox.portal.seed import load_seed
from bot.sandbox.store import Store
from bot.services.apply import Apply
from bot.services.intake import Intake
from bot.services.intents import Found, Seen
from bot.services.library import Library
from bot.services.mappers import Mappers
from bot.services.relay import Relay

START = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
"""A Tuesday, 10:00 in Moscow."""
PHONE = "+79161234567"


@dataclass
class Floor:
    """Everything that the tests of both directions need."""

    clock: BusinessClock
    faults: Faults
    journal: Journal
    client: CrmClient
    database: Database
    library: Library
    mappers: Mappers
    apply: Apply
    sandbox: Portal
    parked: list[tuple[int, str]] = field(default_factory=list)
    sent: dict[str, bytes] = field(default_factory=dict)
    """What people have sent, by file id."""
    away: bool = False
    """The messenger does not give files out just now."""
    _counted: int = 0

    def relay(self) -> Relay:
        """A relay as a fresh process has it."""
        return Relay(
            self.database,
            self.clock,
            self.client,
            self.library,
            self.apply,
            on_parked=self._on_parked,
            fetch=self._fetch,
        )

    async def _fetch(self, file_id: str) -> bytes:
        if self.away:
            raise FileAway("Telegram не отвечает.")
        data = self.sent.get(file_id)
        if data is None:
            raise FileGone("Telegram больше не отдаёт этот файл.")
        return data

    def intake(self) -> Intake:
        """An intake as a fresh process has it."""
        return Intake(self.database, self.clock, self.client, self.library, self.apply)

    async def case_of(self, entity: str, crm_id: int) -> Case:
        """The case of a record of the portal."""
        async with self.database.read() as connection:
            number = (await db_cases.by_crm(connection, entity, [crm_id]))[crm_id]
        return (await self.stored(number)).case

    async def journal_of(self, case_id: int) -> list[str]:
        """The events that a case has had."""
        async with self.database.read() as connection:
            query = select(t.journal.c.event).where(t.journal.c.case_id == case_id).order_by(t.journal.c.id)
            return [row.event for row in await connection.execute(query)]

    async def move(self, entity_type: int, crm_id: int, **fields: Any) -> None:
        """A person changes a record in the portal."""
        params = {"entityTypeId": entity_type, "id": crm_id, "fields": fields, "useOriginalUfNames": "Y"}
        await self.portal("crm.item.update", params, write=True)

    async def _on_parked(self, case_id: int, text: str) -> None:
        self.parked.append((case_id, text))

    def fault(self, mode: str, *methods: str) -> None:
        """Switch all faults off and this one on."""
        self.faults.set({"target": "bitrix24", "mode": "none"})
        if mode != "none":
            wish = {"target": "bitrix24", "mode": mode, **({"methods": list(methods)} if methods else {})}
            self.faults.set(wish)

    def requests(self) -> int:
        """How many calls the portal has received since this was last asked."""
        rows = self.journal.list("bitrix24", self._counted)
        if rows:
            self._counted = int(str(rows[-1]["id"]))
        return len(rows)

    async def portal(self, method: str, params: Mapping[str, Any], *, write: bool = False) -> Any:
        """A call of a person or of the test, which waits for room in the bucket."""
        while True:
            try:
                return await self.client.call(method, params, write=write)
            except CrmPaced as paced:
                self.clock.move_to(paced.retry_at)

    async def new_lead(self, **fields: Any) -> int:
        """A lead that came in over the site."""
        given = {
            "title": "Заявка с сайта",
            "name": "Пётр",
            "lastName": "Проверкин",
            "stageId": "NEW",
            "assignedById": 2,
        }
        phones = [{"typeId": "PHONE", "valueType": "WORK", "value": fields.pop("phone", PHONE)}]
        params = {"entityTypeId": 1, "fields": given | {"sourceId": "WEB", "fm": phones} | fields}
        return int((await self.portal("crm.item.add", params, write=True))["item"]["id"])

    async def new_case(self, **fields: Any) -> Case:
        """A new lead of the portal as a case of ours, with its first task in the queue."""
        crm_id = await self.new_lead(**fields)
        await self.mappers.ready()
        item = await self.item(1, crm_id)
        seen = read_case(self.mappers.active, "lead", item)
        assert seen is not None
        values = {name: getattr(seen, name) for name in _SEEN}
        reply = await self.apply(Found(Seen(**values), self.library.active_hash))
        assert reply.case_id is not None
        return (await self.stored(reply.case_id)).case

    async def stored(self, case_id: int) -> Stored:
        """The case as it stands in the database."""
        async with self.database.read() as connection:
            return (await db_cases.load(connection, [case_id]))[case_id]

    async def queue(self, case: Case, op: str, body: Mapping[str, Any], *, stream: int | None = None) -> str:
        """One more write of the case."""
        async with self.database.write() as connection:
            number = len(list(await connection.execute(select(t.outbox.c.id)))) + 100
            key = f"{case.id}-{number}"
            write = db_outbox.Write(stream or case.id, case.id, key, op, body)
            await db_outbox.queue(connection, [write], self.clock.now())
        return key

    async def rows(self) -> list[Any]:
        """The outbox, oldest first."""
        async with self.database.read() as connection:
            return list(await connection.execute(select(t.outbox).order_by(t.outbox.c.id)))

    async def deal_of(self, lead: Case) -> Case:
        """The lead becomes a deal, as the engine's effect has it: a case of its own in the lead's queue."""
        deal = replace(
            lead, id=0, entity="deal", crm_id=None, pipeline="deals", stage="unprocessed", task=None, parent=lead.id
        )
        async with self.database.write() as connection:
            number = await db_cases.add(connection, deal, stream=lead.id, counted=True, now=self.clock.now())
        deal = replace(deal, id=number)
        async with self.database.write() as connection:
            await db_cases.save(connection, [(Stored(deal, 1, lead.id, 0), True)], self.clock.now())
        client = {"name": lead.client.name, "phones": list(lead.client.phones), "emails": [], "messengers": []}
        contact = {"client": client, "owner": deal.owner, "source": deal.source, "lead": lead.id}
        await self.queue(deal, "contact", contact, stream=lead.id)
        body = {"stage": deal.stage, "pipeline": deal.pipeline, "title": deal.title, "owner": deal.owner}
        await self.queue(deal, "deal", body | {"source": deal.source, "fields": {}, "lead": lead.id}, stream=lead.id)
        await self.queue(lead, "update", {"stage": "qualified", "fields": {}, "contact_of": number})
        return deal

    async def item(self, kind: int, crm_id: int) -> dict[str, Any]:
        """A record of the portal."""
        params = {"entityTypeId": kind, "id": crm_id, "useOriginalUfNames": "Y"}
        item: dict[str, Any] = (await self.portal("crm.item.get", params))["item"]
        return item

    async def items(self, kind: int, **where: Any) -> list[dict[str, Any]]:
        """Records of the portal."""
        params = {"entityTypeId": kind, "filter": where, "select": ["*"], "useOriginalUfNames": "Y", "start": -1}
        items: list[dict[str, Any]] = (await self.portal("crm.item.list", params))["items"]
        return items

    async def tasks(self, link: str) -> list[dict[str, Any]]:
        """The tasks of a lead or deal, oldest first."""
        select_ = ["ID", "TITLE", "STATUS", "DEADLINE", "RESPONSIBLE_ID", "XML_ID", "TAGS", "UF_CRM_TASK"]
        params = {"filter": {"UF_CRM_TASK": link}, "select": select_, "order": {"ID": "asc"}}
        tasks: list[dict[str, Any]] = (await self.portal("tasks.task.list", params))["tasks"]
        return tasks

    async def comments(self, entity: str, crm_id: int) -> list[str]:
        """The comments in a record's timeline."""
        params = {"filter": {"ENTITY_ID": crm_id, "ENTITY_TYPE": entity}, "order": {"ID": "ASC"}}
        return [row["COMMENT"] for row in await self.portal("crm.timeline.comment.list", params)]

    async def settle(self, relay: Relay, within: timedelta = timedelta(hours=1)) -> int:
        """Deliver, moving the clock to each next moment, until the queues are empty or blocked for long."""
        last, delivered = self.clock.now() + within, 0
        while True:
            delivered += await relay.deliver_due()
            moment = await relay.next_due()
            if moment is None or moment > last:
                return delivered
            self.clock.move_to(moment)


_SEEN = (
    "entity",
    "crm_id",
    "pipeline",
    "stage",
    "owner",
    "title",
    "client",
    "arrived_at",
    "source",
    "facts",
    "lead_id",
)


@asynccontextmanager
async def floor(database: Database, *, seed: str = "bankruptcy") -> AsyncIterator[Floor]:
    """A portal on a port, and our side of it."""
    clock = BusinessClock(START, running=False)
    store, faults = Store(None), Faults()
    journal = Journal(store)
    app = web.Application()
    server = TestServer(app)
    portal = Portal(
        store,
        clock,
        faults=faults,
        journal=journal,
        seed=load_seed(seed, START),
        base_url=lambda: str(server.make_url("/")).rstrip("/"),
    )
    app.add_routes(portal.routes())
    await server.start_server()
    address = str(server.make_url("/")).rstrip("/")
    client = CrmClient(f"{address}/rest/1/sandbox/", clock)
    library = Library(builtin("bankruptcy"))
    apply = Apply(database, clock, library, links=address)
    yield Floor(clock, faults, journal, client, database, library, Mappers(client, library), apply, portal)
    await apply.drain()
    await client.aclose()
    await server.close()
    store.close()
