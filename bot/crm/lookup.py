"""Who in the portal has this phone or e-mail: contacts, leads, and the deals of those contacts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.crm import inbox
from bot.crm.client import CrmClient
from bot.crm.commands import Command, Outcome
from bot.crm.encode import as_dict, as_int, as_list
from bot.crm.errors import CrmError
from bot.crm.reading import rows_of

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SameClient:
    """Records as the portal gives them, oldest first."""

    contacts: tuple[Row, ...] = ()
    leads: tuple[Row, ...] = ()
    deals: tuple[Row, ...] = ()


async def same_client(client: CrmClient, kind: Literal["PHONE", "EMAIL"], value: str) -> SameClient:
    """The records of whoever has this phone (E.164) or e-mail; two requests.

    Raises:
        CrmError: the portal could not be asked.
    """
    found = await client.batch({"contact": _with(kind, value, "CONTACT"), "lead": _with(kind, value, "LEAD")})
    contacts, leads = _ids(found["contact"], "CONTACT"), _ids(found["lead"], "LEAD")
    asked: dict[str, Command] = {}
    if contacts:
        asked["contacts"] = inbox.items("contact", contacts)
        asked["deals"] = _deals_of(contacts)
    if leads:
        asked["leads"] = inbox.items("lead", leads)
    outcomes = await client.batch(asked) if asked else {}
    return SameClient(*(_rows(outcomes, name) for name in ("contacts", "leads", "deals")))


def _with(kind: str, value: str, entity: str) -> Command:
    return Command("crm.duplicate.findbycomm", {"type": kind, "values": [value], "entity_type": entity})


def _deals_of(contacts: Collection[int]) -> Command:
    params = inbox.items_params("deal", {"@contactId": sorted(contacts)}) | {"order": {"id": "DESC"}, "start": -1}
    return Command("crm.item.list", params)


def _ids(outcome: Outcome, entity: str) -> list[int]:
    if isinstance(outcome, CrmError):
        raise outcome
    ids = (as_int(value) for value in as_list(as_dict(outcome.value).get(entity)))
    return [number for number in ids if number is not None]


def _rows(outcomes: Mapping[str, Outcome], name: str) -> tuple[Row, ...]:
    outcome = outcomes.get(name)
    if isinstance(outcome, CrmError):
        raise outcome
    return tuple(rows_of(outcome.value)) if outcome is not None else ()
