"""Calls and messages in the portal's timelines: whose case each is about, and what follows."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import select

from bot.crm import inbox
from bot.crm.client import CrmClient
from bot.crm.inbox import Contacted
from bot.db import cases as db_cases
from bot.db import tables as t
from bot.db.session import Database
from bot.engine import events as ev
from bot.services.intake_rows import Hint
from bot.services.intents import Happened
from bot.services.portal_view import Row, deals_of_contacts


async def heard(database: Database, client: CrmClient, rows: Iterable[Row]) -> list[Happened]:
    """What follows for the cases that these activities of the portal are about, oldest first.

    One that stands in the timeline of a contact is about each of his cases in work; one of a converted lead, about its
    deal.

    Raises:
        CrmError: the records of a contact could not be read.
    """
    seen = [one for row in rows if (one := inbox.read_activity(row)) is not None]
    intents: list[Happened] = []
    for one in sorted(seen, key=lambda one: (one.at, one.crm_id)):
        kind, number = one.owner
        about = await deals_of_contacts(client, [number]) if kind == "contact" else {one.owner}
        intents += [Happened(case, event) for case in await _in_work(database, about) for event in _events(one)]
    return intents


def _events(one: Contacted) -> Iterable[ev.Event]:
    if one.inward:
        yield ev.ClientCalled(one.at, "call" if one.call else "message")
    elif one.call:
        yield ev.CallStarted(one.by, one.began_at)


async def _in_work(database: Database, about: Collection[Hint]) -> list[int]:
    """The cases in work of these records; of a lead that has become a deal, the deal."""
    async with database.read() as connection:
        found: set[int] = set()
        for entity in ("lead", "deal"):
            ids = [number for kind, number in about if kind == entity]
            found |= set((await db_cases.by_crm(connection, entity, ids)).values())
        columns = t.cases.c
        query = select(columns.id).where(columns.closed.is_(False), columns.id.in_(found) | columns.parent.in_(found))
        return sorted((await connection.execute(query)).scalars())
