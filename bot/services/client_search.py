"""Who has this phone or e-mail already: our own cases, and what only the portal knows."""

from __future__ import annotations

from collections.abc import Sequence

from bot.crm.client import CrmClient
from bot.crm.encode import as_int
from bot.crm.errors import CrmError
from bot.crm.inbox import contact_id, read_case
from bot.crm.lookup import Row, SameClient, same_client
from bot.crm.mapping import client_of, number
from bot.crm.wanted import Entity
from bot.db import cases as db_cases
from bot.db.people import People, Person
from bot.db.session import Database
from bot.engine.case import Case, Client
from bot.engine.newcomer import Known, Newcomer
from bot.engine.titles import short_name
from bot.locales.ru import entry as ru
from bot.services.library import Library
from bot.services.mappers import Mappers


def of_floor(library: Library, people: People, person: Person, cases: Sequence[Case]) -> list[Known]:
    """Cases of ours as they are told to somebody who enters the same client, open ones first.

    A lead that became one of the deals is told by the deal.
    """
    parents = {case.parent for case in cases}
    shown = sorted((case for case in cases if case.id not in parents), key=lambda case: case.closed)
    return [_of_case(library, people, person, case) for case in shown]


def _of_case(library: Library, people: People, person: Person, case: Case) -> Known:
    stage = library[case.playbook].pipelines[case.pipeline].stages[case.stage].title
    words = _words(people, case.client.name or case.title, stage, case.owner)
    own = not case.closed and case.task is not None and case.owner == person.crm_user_id
    return Known(words, case.client.name, case.id, stage, own)


def _words(people: People, name: str, where: str, owner: int | None) -> str:
    return " · ".join((short_name(name), where, people.short_name(owner)))


class ClientSearch:
    """See the module. Everything here only reads."""

    def __init__(self, database: Database, library: Library, client: CrmClient, mappers: Mappers) -> None:
        self._database = database
        self._library = library
        self._client = client
        self._mappers = mappers

    async def find(self, new: Newcomer, people: People, person: Person) -> tuple[list[Known], bool]:
        """Who has the form's phone or e-mail, and whether the portal could not be asked."""
        values = [value for value in (new.phone, new.email) if value is not None]
        async with self._database.read() as connection:
            cases = await db_cases.with_contacts(connection, values)
        ours = of_floor(self._library, people, person, cases)
        if not values:
            return ours, False
        try:
            await self._mappers.ready()
            found = await same_client(self._client, "PHONE" if new.phone is not None else "EMAIL", values[0])
        except CrmError:
            return ours, True
        return ours + await self._of_portal(found, people), False

    async def _of_portal(self, found: SameClient, people: People) -> list[Known]:
        """What the portal has beside our cases: deals, leads, and contacts that have neither."""
        contacts = {as_int(row.get("id")): row for row in found.contacts}
        rows: list[tuple[Entity, Row]] = [("deal", row) for row in found.deals]
        rows += [("lead", row) for row in found.leads]
        async with self._database.read() as connection:
            known = {
                (entity, crm_id)
                for entity in ("deal", "lead")
                for crm_id in await db_cases.by_crm(connection, entity, [_id(row) for of, row in rows if of == entity])
            }
        unknown = [(entity, row) for entity, row in rows if (entity, _id(row)) not in known]
        told = [one for entity, row in unknown if (one := self._record(entity, row, contacts, people)) is not None]
        busy = {contact_id(row) for _, row in rows}
        for key, row in contacts.items():
            if key not in busy and not any(one.name == client_of(row).name for one in told):
                name = client_of(row).name
                told.append(Known(_words(people, name, ru.KNOWN_CONTACT, number(row.get("assignedById"))), name))
        return told

    def _record(self, entity: Entity, row: Row, contacts: dict[int | None, Row], people: People) -> Known | None:
        """A lead or deal of the portal; None where the playbook does not know its stage."""
        mapper = self._mappers.active
        case = read_case(mapper, entity, row, contacts.get(contact_id(row)))
        if case is None:
            return None
        client: Client = case.client
        stage = mapper.playbook.pipelines[case.pipeline].stages[case.stage].title
        return Known(_words(people, client.name or case.title, stage, case.owner), client.name)


def _id(row: Row) -> int:
    return as_int(row.get("id")) or 0
