"""A big floor lives through its days: the group's messages are counted, and each figure is checked by the portal."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from tests.scenarios.crowd import FULL, Arrivals, Crowd, most_within, new_a_day
from tests.scenarios.crowd_books import read_books
from tests.scenarios.crowd_check import check_morning, check_noon, check_screens, check_week
from tests.scenarios.crowd_hours import Roster
from tests.scenarios.crowd_ledger import Ledger
from tests.scenarios.crowd_past import Past
from tests.scenarios.crowd_teams import AHEAD, WORKLOAD, narrow_playbook, part
from tests.scenarios.crowd_week import Days
from tests.scenarios.floor import MOSCOW

START = "2026-11-09T08:50"
MIDNIGHT = datetime(2026, 11, 9, tzinfo=MOSCOW)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MOST_A_DAY, MOST_CALLS = 40, 18
Evenings = dict[datetime, Ledger]
"""How the days before have ended."""
_ASKED = 3
"""So many managers look at their own figures."""


async def _floor(
    crowd: Crowd, managers: int, seed: int, *, step: int = 1, days: int = 1, teams: bool = False
) -> tuple[Days, Arrivals]:
    people = await crowd.hire(managers)
    arrivals = Arrivals(Random(seed), tuple(AHEAD) if teams else ("+7495",))
    arrivals.plan(people, [MIDNIGHT + DAY * day for day in range(days)])
    ahead = {client.split()[0]: AHEAD[phone[:5]] for _, client, phone, *_ in arrivals.leads}
    roster = replace(await part(crowd, people), ahead=ahead) if teams else Roster()
    floor = Days(crowd, people, seed, step, roster)
    await floor.open()
    return floor, arrivals


async def _ledger(crowd: Crowd, floor: Days) -> Ledger:
    books = await read_books(crowd)
    closed, moved = ([(at, client) for at, _, client in one] for one in (floor.closed_in_crm, floor.moved_in_crm))
    users = {name: person["crm_user_id"] for name, person in crowd.people.items()}
    opened = datetime.fromisoformat(START).replace(tzinfo=MOSCOW)
    return Ledger(books, floor.recorded, closed, moved, users, opened, floor.roster, floor.calls)


async def _check_day(crowd: Crowd, floor: Days, past: Past) -> None:
    """The evening's digest, the week's file and everybody's screens say what the portal's raw data say."""
    await check_week(crowd, past)
    await check_screens(crowd, past.ledger, await _ledger(crowd, floor), floor.managers[:_ASKED])


async def _check_morning(crowd: Crowd, floor: Days, arrivals: Arrivals, opening: datetime) -> None:
    await floor.live(opening - MINUTE, arrivals)
    await crowd.at(f"{opening:%Y-%m-%dT%H:%M}")
    ledger = await _ledger(crowd, floor)
    await crowd.at(f"{opening + 2 * MINUTE:%Y-%m-%dT%H:%M}")
    await check_morning(crowd, ledger)


async def _check_noon(crowd: Crowd, floor: Days, arrivals: Arrivals, noon: datetime, seen: Evenings) -> None:
    await floor.live(noon - MINUTE, arrivals)
    await crowd.at(f"{noon:%Y-%m-%dT%H:%M:10}")
    await check_noon(crowd, Past(await _ledger(crowd, floor), seen), floor.managers[:_ASKED])


def _check_messages(floor: Days) -> dict[str, int]:
    calls = floor.watch.of(floor.group.chat)
    new = [call for call in calls if call.new]
    assert most_within(calls, MINUTE) <= MOST_CALLS
    assert most_within(new, MINUTE) <= 1
    found = new_a_day(calls)
    assert all(count <= MOST_A_DAY for count in found.values()), found
    assert len(floor.given_up) <= len(floor.told) // 100, floor.given_up  # somebody else was quicker
    return found


async def test_a_morning_of_four(tmp_path: Path) -> None:
    async with Crowd(tmp_path, START) as crowd:
        floor, arrivals = await _floor(crowd, 4, 5, step=6)
        await floor.live(MIDNIGHT + timedelta(hours=11), arrivals)
        await crowd.at("2026-11-09T19:00")
        ledger = await _ledger(crowd, floor)
        await crowd.at("2026-11-09T19:02")
        await floor.watch.look()
        assert len(floor.told) >= 5
        assert _check_messages(floor)["2026-11-09"] >= 2  # the day's two digests
        await _check_day(crowd, floor, Past(ledger))
        await _check_morning(crowd, floor, arrivals, MIDNIGHT + DAY + timedelta(hours=9))


def _sizes() -> list[str]:
    """Managers, days, and a `t` for two teams."""
    asked = os.environ.get("DOZVON_CROWD")
    return [asked] if asked else ["6x1", "6x2t"]


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("size", _sizes())
async def test_whole_days(tmp_path: Path, size: str) -> None:
    """Normal days: at most forty new messages a day, one a minute, and each evening every figure is right.

    With two teams each has its own hours, group and leader, clients live in several zones, and of each team somebody
    falls ill in the middle of every day. `make crowd` takes thirty managers; for a week that is about half an hour.
    """
    teams = size.endswith("t")
    managers, days = map(int, size.removesuffix("t").split("x"))
    (tmp_path / "data").mkdir()
    playbook, workload = (narrow_playbook(tmp_path), WORKLOAD) if teams else ("bankruptcy", FULL)
    async with Crowd(tmp_path / "data", START, playbook, workload=workload) as crowd:
        floor, arrivals = await _floor(crowd, managers, 7, days=days, teams=teams)
        evenings: Evenings = {}
        for day in range(days):
            evening = MIDNIGHT + DAY * day + timedelta(hours=19)
            ill = floor.managers[2 * day : 2 * day + 2] if teams else []
            await _check_noon(crowd, floor, arrivals, evening - timedelta(hours=7), evenings)
            await floor.fall_ill(ill)
            await floor.live(evening - MINUTE, arrivals)
            await crowd.at(f"{evening:%Y-%m-%dT%H:%M}")
            ledger = await _ledger(crowd, floor)
            await crowd.at(f"{evening + 2 * MINUTE:%Y-%m-%dT%H:%M}")
            await _check_day(crowd, floor, Past(ledger, evenings))
            evenings[evening] = ledger
            if day + 1 < days:
                await _check_morning(crowd, floor, arrivals, MIDNIGHT + DAY * (day + 1) + timedelta(hours=9))
                await floor.live(MIDNIGHT + DAY * (day + 1) + timedelta(hours=10, minutes=5), arrivals)
                await floor.come_back(ill)
        assert len(_check_messages(floor)) == days
