"""Who has this phone or e-mail already: our own cases, and what only the portal knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.clock import Clock
from bot.crm.client import CrmClient
from bot.crm.encode import as_int, unescape
from bot.crm.errors import CrmError
from bot.crm.inbox import contact_id
from bot.crm.lookup import Row, SameClient, same_client
from bot.crm.mapping import client_of, number
from bot.crm.past import record_of
from bot.crm.wanted import Entity
from bot.db import cases as db_cases
from bot.db.people import People, Person, shortened
from bot.db.session import Database
from bot.engine.case import Case
from bot.engine.newcomer import Known, Newcomer
from bot.engine.phones import mask_phones
from bot.engine.story import end_of_record
from bot.engine.titles import short_name
from bot.engine.words import say_duration
from bot.locales.ru import entry as ru
from bot.services.library import Library
from bot.services.mappers import Mappers
from bot.services.names import Names


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
    return ru.PART.join((short_name(name), where, people.short_name(owner)))


class ClientSearch:
    """See the module. Everything here only reads."""

    def __init__(
        self,
        database: Database,
        library: Library,
        client: CrmClient,
        mappers: Mappers,
        names: Names,
        clock: Clock,
    ) -> None:
        self._database = database
        self._library = library
        self._client = client
        self._mappers = mappers
        self._names = names
        self._clock = clock

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
        made_from = {number(row.get("leadId")) for row in found.deals}
        rows += [("lead", row) for row in found.leads if _id(row) not in made_from]
        async with self._database.read() as connection:
            known = {
                (entity, crm_id)
                for entity in ("deal", "lead")
                for crm_id in await db_cases.by_crm(connection, entity, [_id(row) for of, row in rows if of == entity])
            }
        unknown = [(entity, row) for entity, row in rows if (entity, _id(row)) not in known]
        owners = {user for _, row in unknown if (user := number(row.get("assignedById"))) not in people.by_crm and user}
        names = await self._names.of(owners)
        told = [self._record(entity, row, contacts, people, names) for entity, row in unknown]
        busy = {contact_id(row) for _, row in rows}
        for key, row in contacts.items():
            if key not in busy and not any(one.name == client_of(row).name for one in told):
                name = client_of(row).name
                told.append(Known(_words(people, name, ru.KNOWN_CONTACT, number(row.get("assignedById"))), name))
        return told

    def _record(
        self, entity: Entity, row: Row, contacts: dict[int | None, Row], people: People, names: Mapping[int, str]
    ) -> Known:
        """A lead or deal of the portal, in whatever stage; of a closed one also when it was and why it ended."""
        mapper = self._mappers.active
        client = client_of(row if entity == "lead" else {}, contacts.get(contact_id(row)))
        name = client.name or unescape(str(row.get("title") or ""))
        record = record_of(mapper, entity, row)
        if record is None:
            return Known(short_name(name), client.name)
        owner = names.get(record.owner or 0)
        who = shortened(owner) if owner is not None else people.short_name(record.owner)
        if not record.closed:
            return Known(ru.PART.join((short_name(name), record.stage, who)), client.name)
        end = end_of_record(mapper.playbook, record)
        if mapper.playbook.phones_in_cards == "masked":  # people write numbers into reasons and comments
            end = mask_phones(end)
        ago = ru.WAS.format(ago=say_duration(self._clock.now() - record.began_at))
        return Known(ru.PART.join((short_name(name), end, ago, who)), client.name)


def _id(row: Row) -> int:
    return as_int(row.get("id")) or 0
