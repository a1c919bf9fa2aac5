"""Reading a set of records and tasks of the portal whole, with the contacts that belong to them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from bot.crm import inbox
from bot.crm.client import CrmClient
from bot.crm.commands import Command, Outcome, Result
from bot.crm.encode import as_int
from bot.crm.errors import CrmError, CrmRejected
from bot.crm.inbox import PortalTask
from bot.crm.reading import rows_of
from bot.services.intake_rows import Hint

Row = dict[str, Any]


@dataclass(slots=True)
class View:
    """What the portal shows of the hints: rows, and what it says is gone."""

    records: dict[Hint, Row] = field(default_factory=dict)
    tasks: dict[int, PortalTask] = field(default_factory=dict)
    contacts: dict[int, Row] = field(default_factory=dict)
    activities: list[Row] = field(default_factory=list)
    gone: set[Hint] = field(default_factory=set)

    def contact_of(self, row: Mapping[str, Any]) -> Row | None:
        """The record's contact, where it was needed."""
        return self.contacts.get(inbox.contact_id(row) or 0)


async def view(client: CrmClient, hints: Collection[Hint]) -> View:
    """Read leads, deals, tasks and activities.

    Each record or task that is missing is asked for once more by itself before it counts as gone.

    Raises:
        CrmError: something could not be read.
    """
    found = View()
    asked: dict[str, Command] = {}
    for kind, command in _LISTS.items():
        for index, part in enumerate(inbox.chunks([number for of, number in hints if of == kind])):
            asked[f"{kind}_{index}"] = command(part)
    for key, outcome in (await client.batch(asked, urgent=False)).items() if asked else ():
        _take(found, key.partition("_")[0], rows_of(_result(outcome).value))
    await _confirm(client, found, hints)
    await read_contacts(client, found, found.records.items())
    return found


async def read_contacts(client: CrmClient, found: View, records: Iterable[tuple[Hint, Row]]) -> None:
    """The contacts of deals, and of leads without phones of their own.

    Raises:
        CrmError: they could not be read.
    """
    needed = {
        contact
        for (kind, _), row in records
        if (contact := inbox.contact_id(row)) is not None and (kind == "deal" or row.get("hasPhone") != "Y")
    }
    parts = inbox.chunks(needed - set(found.contacts))
    asked = {f"contact_{index}": inbox.items("contact", part) for index, part in enumerate(parts)}
    for outcome in (await client.batch(asked, urgent=False)).values() if asked else ():
        for row in rows_of(_result(outcome).value):
            found.contacts[as_int(row.get("id")) or 0] = row


async def deals_of_contacts(client: CrmClient, contacts: Collection[int]) -> set[Hint]:
    """The leads and deals that show these contacts' names and numbers.

    Raises:
        CrmError: they could not be read.
    """
    asked = {
        f"{kind}_{index}": inbox.of_contacts(kind, part)
        for kind in ("lead", "deal")
        for index, part in enumerate(inbox.chunks(contacts))
    }
    hints: set[Hint] = set()
    for key, outcome in (await client.batch(asked, urgent=False)).items() if asked else ():
        for row in rows_of(_result(outcome).value):
            hints.add((key.partition("_")[0], as_int(row.get("id")) or 0))
    return hints


async def _confirm(client: CrmClient, found: View, hints: Collection[Hint]) -> None:
    missing = sorted(
        (kind, number)
        for kind, number in hints
        if kind not in ("contact", "activity")
        and (number not in found.tasks if kind == "task" else (kind, number) not in found.records)
    )
    asked = {
        f"{kind}_{number}": inbox.task(number) if kind == "task" else inbox.item(kind, number)
        for kind, number in missing
    }
    for key, outcome in (await client.batch(asked, urgent=False)).items() if asked else ():
        kind, _, number = key.partition("_")
        if isinstance(outcome, CrmRejected):
            found.gone.add((kind, int(number)))
            continue
        row = inbox.one_row(_result(outcome).value, "task" if kind == "task" else "item")
        if row:
            _take(found, kind, [row])
        else:
            found.gone.add((kind, int(number)))


_LISTS: Mapping[str, Callable[[Collection[int]], Command]] = {
    "lead": partial(inbox.items, "lead"),
    "deal": partial(inbox.items, "deal"),
    "task": inbox.tasks,
    "activity": inbox.activities,
}


def _take(found: View, kind: str, rows: Iterable[Row]) -> None:
    for row in rows:
        number = as_int(row.get("id")) or 0
        if kind == "activity":
            found.activities.append(row)
        elif kind == "task":
            found.tasks[number] = inbox.read_task(row)
        else:
            found.records[kind, number] = row


def _result(outcome: Outcome) -> Result:
    if isinstance(outcome, CrmError):
        raise outcome
    return outcome
