"""What supervisors and managers of a big floor are shown is compared with what the portal's raw data say."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from tests.scenarios.crowd import Crowd, keys
from tests.scenarios.crowd_day import numbers
from tests.scenarios.crowd_funnel import Analyst, differences, read_dictionary
from tests.scenarios.crowd_history import recorded, talked_of, told_of
from tests.scenarios.crowd_ledger import Ledger
from tests.scenarios.crowd_past import Past, read_week
from tests.scenarios.crowd_past import differences as differences_of_rows
from tests.scenarios.crowd_views import Views

_VIEWS = ("/promises", "/bypasses", "/stuck", "/floor")
_LOOKED_UP = 8
"""So many clients are opened."""
_CLIENT = re.compile(r"Клиент\d{4}")


def views_of(crowd: Crowd, ledger: Ledger, leader: str | None = None) -> Views:
    """With everybody called by first name and initial; of what this leader sees."""
    names = {person["crm_user_id"]: person["name"].split() for person in crowd.people.values()}
    sees = ledger.roster.sees[leader or ledger.roster.everybody]
    called = {user: f"{first} {last[0]}." for user, (first, last, *_) in names.items() if user}
    managers = [person["crm_user_id"] for person in crowd.people.values() if person["role"] == "manager"]
    return Views(ledger, called, sees, managers, crowd.workload)


async def check_week(crowd: Crowd, past: Past) -> None:
    """`/digest неделя` and its file: each day and each person, and all of them together, as each leader sees them."""
    for leader, sees in past.ledger.roster.sees.items():
        seen = replace(past, sees=sees)
        shown, rows = await read_week(crowd, leader)
        wrong = differences_of_rows(rows, seen.file(past.ledger.users))
        assert wrong == [], f"{leader}: whose day, column, the file, the portal: {wrong}"
        _same(shown, seen.week().lines())


async def check_screens(crowd: Crowd, evening: Ledger, now: Ledger, managers: Iterable[str]) -> None:
    """The evening in each group; as things stand now the analysis and the live views, of these managers their own."""
    for leader, group in now.roster.groups.items():
        _same(_body(await _newest(crowd, group, "итог")), views_of(crowd, evening, leader).evening())
    for leader in now.roster.sees:
        views = views_of(crowd, now, leader)
        _same((await crowd.asks(leader, "/digest")).split("\n")[1:], views.evening())
        views.check({command: await crowd.asks(leader, command) for command in _VIEWS})
    whole = now.roster.everybody
    funnel, attempts = await crowd.asks(whole, "/funnel"), await crowd.asks(whole, "/attempts")
    analyst = Analyst(now, await read_dictionary(crowd))
    wrong = differences(analyst, funnel, attempts)
    assert wrong == [], f"figure, the screen, the portal: {wrong}"
    for client in talked_of(now, _LOOKED_UP):
        meant = recorded(now, client, views_of(crowd, now).names)
        shown = told_of(await crowd.asks(whole, f"/case {client}"), [step for *_, step in meant])
        assert shown == meant, f"{client}, the screen: {shown}\nwhat was pressed: {meant}"
    for name in managers:
        await _check_own(crowd, Past(now), name)
        plan = await crowd.asks(name, "/plan")
        _same(sorted(_CLIENT.findall(plan)), views_of(crowd, now).plan(now.users[name]))


async def check_noon(crowd: Crowd, past: Past, managers: Iterable[str]) -> None:
    """In the middle of a day: what it has brought so far, the week, and of these managers their own."""
    for leader in past.ledger.roster.sees:
        told = views_of(crowd, past.ledger, leader).evening()
        _same((await crowd.asks(leader, "/digest")).split("\n")[1:], told)
    await check_week(crowd, past)
    for name in managers:
        await _check_own(crowd, past, name)


async def _check_own(crowd: Crowd, past: Past, name: str) -> None:
    user = past.ledger.users[name]
    today = (await crowd.asks(name, "/me")).split("\n")[2:]
    place = today.index("За семь дней")
    _same(today[:place], numbers(past.ledger, user).lines())
    _same(today[place + 1 :], past.week(user).lines())


async def check_morning(crowd: Crowd, ledger: Ledger) -> None:
    """The digest of the opening, in each group."""
    for leader, group in ledger.roster.groups.items():
        views = views_of(crowd, ledger, leader)
        _same(_body(await _newest(crowd, group, "открываемся")), views.morning())
        await _check_dealing(crowd, leader, group, views)


async def _check_dealing(crowd: Crowd, leader: str, group: str, views: Views) -> None:
    """Look at what [Раздать] would do, and leave it; without the key there is nothing that a colleague could take."""
    digests = [
        one for one in await crowd.messages(group) if one["photo"] and "открываемся" in one["text"].split("\n")[0]
    ]
    number = digests[-1]["message_id"]
    if "Раздать" in keys(digests[-1]):
        await crowd.press_message(group, number, "Раздать", by=leader)
        asked = next(one for one in await crowd.messages(group) if one["message_id"] == number)
        views.overload.check_dealing(asked["text"], views.names)
        await crowd.press_message(group, number, "Отмена", by=leader)


def _same(shown: list[str], portal: list[str]) -> None:
    assert shown == portal, f"the screen: {shown}\nthe portal: {portal}"


async def _newest(crowd: Crowd, group: str, word: str) -> dict[str, Any]:
    """The group's newest digest with this word in its head."""
    digests = (one for one in reversed(await crowd.messages(group)) if one["photo"])
    return next(one for one in digests if word in one["text"].split("\n")[0])


def _body(digest: dict[str, Any]) -> list[str]:
    """The lines below the head."""
    return str(digest["text"]).split("\n")[1:]
