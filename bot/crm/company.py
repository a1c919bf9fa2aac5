"""The portal's departments, and who is in which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.crm.client import CrmClient
from bot.crm.commands import Command, Outcome, Result
from bot.crm.encode import as_int, as_list, unescape
from bot.crm.errors import CrmError
from bot.crm.inbox import PAGE
from bot.crm.reading import rows_of

ASKED: Mapping[str, Command] = {
    "departments": Command("department.get"),
    "users": Command("user.get", {"FILTER": {"ACTIVE": True}}),
}
"""The first page of each list; beside other commands their answers can be handed to `read_company`."""
_LACKS = {"departments": "department", "users": "user_basic"}
_HIDDEN = ("insufficient_scope", "access_denied", "error_method_not_found")


class CompanyHidden(Exception):
    """The portal does not show its departments to our webhook.

    Args:
        lacks: the right (scope) without which it does not.
    """

    def __init__(self, lacks: str) -> None:
        self.lacks = lacks
        super().__init__(lacks)


@dataclass(frozen=True, slots=True)
class Department:
    """One of them; `head` is the CRM user who heads it."""

    id: int
    name: str
    parent: int | None
    head: int | None


@dataclass(frozen=True, slots=True)
class Company:
    """All departments, and CRM user → department. Who is in several belongs to the deepest, of equals to the first."""

    departments: tuple[Department, ...]
    members: Mapping[int, int]


async def read_company(client: CrmClient, first: Mapping[str, Outcome] | None = None) -> Company:
    """One request for up to 50 rows in each list, one more for all others; `first`: the answers to `ASKED`, if known.

    Raises:
        CompanyHidden: a right is missing.
        CrmError: the portal does not answer.
    """
    rows = await _rows(client, first)
    departments = tuple(one for row in rows["departments"] if (one := _department(row)) is not None)
    if not departments:  # every company has one
        raise CompanyHidden(_LACKS["departments"])
    if not any("UF_DEPARTMENT" in row for row in rows["users"]):
        raise CompanyHidden(_LACKS["users"])
    depths = _depths(departments)
    members = {}
    for row in rows["users"]:
        user = as_int(row.get("ID"))
        mine = [number for value in as_list(row.get("UF_DEPARTMENT")) if (number := as_int(value)) in depths]
        if user is not None and mine:
            members[user] = max(mine, key=lambda number: depths[number])  # the first of the deepest
    return Company(departments, members)


async def _rows(client: CrmClient, first: Mapping[str, Outcome] | None) -> dict[str, list[dict[str, Any]]]:
    """The first pages tell how many rows there are; all other pages together are one batch more."""
    outcomes = first if first is not None else await client.batch(ASKED, urgent=False)
    found = {name: _page(name, outcomes[name]) for name in ASKED}
    further = {
        f"{name}_{start}": (name, Command(command.method, {**command.params, "start": start}))
        for name, command in ASKED.items()
        for start in range(PAGE, _total(outcomes[name]), PAGE)
    }
    if further:
        outcomes = await client.batch({key: command for key, (_, command) in further.items()}, urgent=False)
    for key, (name, _) in further.items():
        found[name] += _page(name, outcomes[key])
    return found


def _total(outcome: Outcome) -> int:
    return outcome.total or 0 if isinstance(outcome, Result) else 0


def _page(name: str, outcome: Outcome) -> list[dict[str, Any]]:
    if isinstance(outcome, Result):
        return rows_of(outcome.value)
    raise _why(name, outcome)


def _why(name: str, error: CrmError) -> Exception:
    return CompanyHidden(_LACKS[name]) if error.code.casefold() in _HIDDEN else error


def _department(row: Mapping[str, Any]) -> Department | None:
    number = as_int(row.get("ID"))
    if number is None:
        return None
    name = unescape(str(row.get("NAME") or "")).strip() or f"№ {number}"
    return Department(number, name[:255], as_int(row.get("PARENT")) or None, as_int(row.get("UF_HEAD")) or None)


def _depths(departments: tuple[Department, ...]) -> dict[int, int]:
    """How many departments are above each."""
    parents = {one.id: one.parent for one in departments}
    depths = {}
    for number in parents:
        seen, above = {number}, parents[number]
        while above is not None and above in parents and above not in seen:
            seen.add(above)
            above = parents[above]
        depths[number] = len(seen) - 1
    return depths
