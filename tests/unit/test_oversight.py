"""Who looks after whom; without any table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import perf_counter

import pytest

from bot.db.people import People, Person
from bot.engine.staff import Staff, Terms
from bot.engine.teams import Team, Teams
from bot.engine.worktime import Window
from bot.errors import ActionNotAllowed
from bot.services.oversight import check_case, leaders, reached, sight_of, sight_of_group
from tests.builders import lead

ROOT, NORTH, SOUTH, LAW = 1, 2, 3, 4
NOW = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)


def _people(*more: Person, teams: Iterable[Team] = (), members: dict[int, int] | None = None) -> People:
    """Two teams, a manager in each (12, 13), a director at the top (15)."""
    known = {ROOT: Team(ROOT, "Компания", head=15), NORTH: Team(NORTH, "Север", ROOT), SOUTH: Team(SOUTH, "Юг", ROOT)}
    known |= {team.id: team for team in teams}
    everybody = (_one(12, "manager"), _one(13, "manager"), _one(15, "director"), *more)
    all_teams = Teams(known, {12: NORTH, 13: SOUTH, 15: ROOT, **(members or {})})
    floor = tuple(one.crm_user_id or 0 for one in everybody if one.role == "manager")
    return People(everybody, Staff({}, floor, all_teams.members, all_teams.grouped(floor)), all_teams)


def _one(user: int, role: str) -> Person:
    return Person(user, f"Человек {user}", role, 1000 + user, user)


def _led(people: People, team: int | None) -> list[int | None]:
    return [one.crm_user_id for one in leaders(people, team)]


def test_whom_the_crm_names_and_whom_a_command_does() -> None:
    north, both = _one(20, "supervisor"), _one(21, "supervisor")
    crm = _people(north, both, teams=[Team(NORTH, "Север", ROOT, head=20), Team(SOUTH, "Юг", ROOT, head=21)])
    assert (_led(crm, NORTH), _led(crm, SOUTH)) == ([20], [21])
    said = _people(north, both, teams=[Team(NORTH, "Север", ROOT, head=20, supervisor=21)], members={20: NORTH})
    assert _led(said, NORTH) == [21]
    assert _led(_people(north, teams=[Team(NORTH, "Север", ROOT, supervisor=12)], members={20: NORTH}), NORTH) == [20]
    assert _led(_people(north, teams=[Team(NORTH, "Север", ROOT, head=99)], members={20: NORTH}), NORTH) == [20]


def test_without_one_of_its_own_the_department_above_then_who_is_free_then_the_director() -> None:
    chief, free = _one(20, "supervisor"), _one(21, "supervisor")
    above = [Team(ROOT, "Компания", head=20)]
    assert _led(_people(chief, free, teams=above, members={20: ROOT, 21: NORTH}), SOUTH) == [20]
    assert _led(_people(free, members={21: LAW}), SOUTH) == [21]
    assert _led(_people(free, members={21: NORTH}), SOUTH) == [15]
    assert _led(_people(free, members={21: NORTH}), None) == [21]
    assert _led(_people(), SOUTH) == [15]


def test_departments_in_a_circle_end() -> None:
    circle = [Team(NORTH, "Север", SOUTH), Team(SOUTH, "Юг", NORTH)]
    people = _people(_one(20, "supervisor"), teams=circle, members={20: LAW})
    assert _led(people, NORTH) == [20]
    assert people.teams.holds(SOUTH, NORTH)


def test_one_team_is_led_by_all() -> None:
    first, second = _one(20, "supervisor"), _one(21, "supervisor")
    people = _people(first, second, members={13: NORTH, 20: SOUTH})
    assert _led(people, NORTH) == [20, 21]
    assert sight_of(people, first).whole
    people = _people(first, second, teams=[Team(NORTH, "Север", ROOT, supervisor=21)], members={13: NORTH})
    assert _led(people, NORTH) == [21]


def test_what_a_supervisor_and_a_group_see() -> None:
    """Nothing is seen by nobody: what belongs to no team is seen by who is asked about it."""
    north, south = _one(20, "supervisor"), _one(21, "supervisor")
    below = Team(5, "Юг, вторая группа", SOUTH)
    teams = [Team(NORTH, "Север", ROOT, head=20), Team(SOUTH, "Юг", ROOT, head=21), below]
    people = _people(north, south, _one(14, "manager"), teams=teams, members={14: 5, 20: NORTH, 21: SOUTH})
    mine, other = sight_of(people, north), sight_of(people, south)
    assert [mine.sees(user) for user in (12, 13, 14)] == [True, False, False]
    assert [other.sees(user) for user in (12, 13, 14)] == [False, True, True]
    assert mine.name == "Север"
    assert other.users() == frozenset({13, 14, 21})
    assert mine.sees(None)
    assert other.sees(99)
    assert sight_of(people, _one(15, "director")).whole
    assert [sight_of_group(people, SOUTH).sees(user) for user in (12, 13, 14, None)] == [False, True, True, False]
    assert sight_of_group(people, None).sees(None)
    case = replace(lead(), owner=14)
    assert [sight_of_group(people, team).shows(case) for team in (NORTH, SOUTH, 5)] == [False, True, True]


def test_hundreds_of_departments_are_looked_up_at_once() -> None:
    """Whose work a supervisor sees is asked with each press: it took seconds on a floor of 500 departments."""
    count = 500
    teams = [Team(number, f"Отдел {number}", ROOT, head=10_000 + number) for number in range(10, 10 + count)]
    heads = [_one(10_000 + number, "supervisor") for number in range(10, 10 + count)]
    managers = [_one(100 + number, "manager") for number in range(10, 10 + count)]
    members = {user: number for number in range(10, 10 + count) for user in (100 + number, 10_000 + number)}
    people = _people(*heads, *managers, teams=teams, members=members)
    began = perf_counter()
    assert [len(sight_of(people, head).users() or ()) for head in heads[:20]] == [2] * 20
    assert perf_counter() - began < 2
    above = _people(*heads, *managers, _one(9, "supervisor"), teams=[*teams, Team(ROOT, "К", head=9)], members=members)
    assert sight_of(above, above.by_crm[9]).name.endswith(f" и ещё {count - 1}")


def test_a_deputy_sees_his_own_department_and_a_stand_in_may_act() -> None:
    """Nobody but who leads the team acts, or who is told instead of him while he is absent."""
    north, deputy, south = _one(20, "supervisor"), _one(22, "supervisor"), _one(21, "supervisor")
    teams = [Team(NORTH, "Север", ROOT, head=20), Team(SOUTH, "Юг", ROOT, head=21)]
    people = _people(north, deputy, south, teams=teams, members={20: NORTH, 21: SOUTH, 22: NORTH})
    assert sight_of(people, deputy).name == "Север"
    case = replace(lead(), owner=12)
    check_case(people, north, case, NOW)
    check_case(people, deputy, case, NOW)
    check_case(people, people.by_crm[15], case, NOW)
    check_case(people, south, replace(case, owner=13), NOW)
    check_case(people, south, replace(case, owner=21), NOW)
    with pytest.raises(ActionNotAllowed, match=r"отдела «Север»\. С ним может действовать: Человек 2"):
        check_case(people, south, case, NOW)
    with pytest.raises(ActionNotAllowed, match="только руководитель"):
        check_case(people, people.by_crm[13], case, NOW)
    away = Terms(away=(Window(NOW - timedelta(minutes=1), NOW + timedelta(minutes=1)),))
    assert [one.crm_user_id for one in reached(people, NORTH, NOW)] == [20]
    ill = People(people.all, replace(people.staff, terms={20: away}), people.teams)
    assert [one.crm_user_id for one in reached(ill, NORTH, NOW)] == [22]
    check_case(ill, north, case, NOW)
    both = People(people.all, replace(people.staff, terms={20: away, 22: away, 15: away}), people.teams)
    check_case(both, south, case, NOW)


def test_a_team_s_hours_are_its_own_managers() -> None:
    people = _people()
    assert people.staff.colleagues(12) == (12,)
    assert people.staff.colleagues(15) == (12, 13)
    assert people.staff.colleagues(99) == (12, 13)
    assert people.staff.colleagues(None) == (12, 13)
