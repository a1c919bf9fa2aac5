"""Departments: read from the portal over HTTP, kept as rows on both databases; groups that belong to them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.crm.commands import Command
from bot.crm.company import Company, CompanyHidden, Department, read_company
from bot.db import audit, chats
from bot.db import teams as db
from bot.db.people import load_people
from bot.db.session import Database
from bot.engine.teams import Team
from bot.services.groups import REMOVED, RIGHTS, Groups
from bot.services.people import Invited, LinkRefusal
from tests.integration.crm_kit import floor as floor_of
from tests.integration.shell_kit import open_shell

ROOT, NORTH, SOUTH, LAW = 1, 2, 3, 4
NOW = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)


async def test_the_seed_s_departments_and_who_is_in_them(database: Database) -> None:
    async with floor_of(database) as floor:
        company = await read_company(floor.client)
    assert company == Company(
        (
            Department(1, "Компания", None, 5),
            Department(2, "Отдел продаж", 1, 4),
            Department(3, "Юридический отдел", 1, 6),
        ),
        {1: 1, 2: 2, 3: 2, 4: 2, 5: 1, 6: 3},
    )


async def test_many_people_cost_two_requests(database: Database) -> None:
    """Who is in several departments belongs to the deepest, of equals to the first; the dismissed to none."""
    async with floor_of(database) as floor:
        people = {f"u{number}": {"NAME": f"Имя{number}", "UF_DEPARTMENT": [1, 3, 2]} for number in range(120)}
        await floor.client.batch({key: Command("user.add", fields, write=True) for key, fields in people.items()})
        await floor.portal("user.update", {"ID": 126, "ACTIVE": False}, write=True)
        asked = int(str(floor.journal.list("bitrix24")[-1]["id"]))
        company = await read_company(floor.client)
        calls = [row for row in floor.journal.list("bitrix24", after=asked) if row["method"] == "batch"]
    assert len(calls) == 2
    assert {user for user, team in company.members.items() if team == 3} == {6, *range(7, 126)}
    assert 126 not in company.members


@pytest.mark.parametrize("scope", ["department", "user_basic"])
async def test_a_right_that_is_missing_has_a_name(database: Database, scope: str) -> None:
    async with floor_of(database) as floor:
        floor.sandbox.withhold(scope)
        with pytest.raises(CompanyHidden) as hidden:
            await read_company(floor.client)
    assert hidden.value.lacks == scope


async def test_two_replicas_that_read_at_once_store_it_once(database: Database) -> None:
    """Of both one tells that a department is gone, and none of them fails."""
    north = Team(NORTH, "Север", ROOT)
    async with database.write() as connection:
        await db.store(connection, [Team(ROOT, "Компания"), north, Team(SOUTH, "Юг", ROOT)], {2: NORTH, 3: SOUTH})

    async def follow() -> list[Team]:
        async with database.write() as connection:
            return await db.store(connection, [Team(ROOT, "Компания"), north], {2: NORTH, 3: NORTH})

    found = await asyncio.gather(*(follow() for _ in range(4)))
    assert sorted(len(one) for one in found) == [0, 0, 0, 1]
    async with database.read() as connection:
        assert (await db.load_teams(connection)).members == {2: NORTH, 3: NORTH}


async def test_a_group_is_lost_once_however_many_notice_it(database: Database) -> None:
    """Telegram's word and its refusals, on several replicas."""
    shell = await open_shell(database)
    groups = Groups(database, shell.clock, shell.people, shell.showing)
    await groups.bind(-100, "Группа", None, await shell.person("Ольга"))
    await asyncio.gather(*(groups.lose(-100, why) for why in (RIGHTS, REMOVED, RIGHTS, REMOVED)))
    async with database.read() as connection:
        lines = [one.what for one in await audit.recent(connection, 9) if one.what in ("group.left", "group.muted")]
        assert [one.lost for one in await chats.bound(connection)] == [REMOVED]
    assert sorted(lines) in (["group.left"], ["group.left", "group.muted"])


async def test_what_was_set_by_command_outlives_what_the_portal_says(database: Database) -> None:
    """A department is renamed, removed and comes back; its people move; a shift reaches those who have none."""
    shell = await open_shell(database)
    first = [Team(ROOT, "Компания"), Team(NORTH, "Север", ROOT, head=4)]
    async with shell.people.changing() as connection:
        assert await db.store(connection, first, {2: NORTH, 3: NORTH}) == []
        north = (await db.load_teams(connection)).all[NORTH]
        assert await db.set_supervisor(connection, north, 5)
        assert await db.set_shift(connection, north, "evening")
        assert not await db.set_supervisor(connection, north, 6)  # who says so has seen it without one
        assert not await db.set_shift(connection, north, None)
    again = [replace(first[0]), replace(first[1], name="Северный", head=None)]
    async with shell.people.changing() as connection:
        known = await db.load_teams(connection)
        assert not db.differs(known, first, {2: NORTH, 3: NORTH})
        assert db.differs(known, again, {2: NORTH, 3: NORTH})
        assert db.differs(known, first, {2: NORTH})
        assert await db.store(connection, again, {2: NORTH, 3: ROOT}) == []
    async with database.read() as connection:
        people = await load_people(connection)
    assert people.teams.all[NORTH] == Team(NORTH, "Северный", ROOT, None, 5, "evening")
    assert people.by_crm[2].works_on == "evening"
    assert people.by_crm[3].works_on is None
    assert people.staff.groups[ROOT] == (2, 3)
    async with shell.people.changing() as connection:
        (removed,) = await db.store(connection, again[:1], {2: ROOT, 3: ROOT})
        assert removed.id == NORTH
        assert await db.store(connection, again[:1], {2: ROOT, 3: ROOT}) == []
        assert (await db.load_teams(connection)).all[NORTH].gone
        await db.store(connection, again, {2: NORTH})
        assert (await db.load_teams(connection)).all[NORTH] == Team(NORTH, "Северный", ROOT, None, 5, "evening")


async def test_a_binding_names_its_team_and_is_lost_once(database: Database) -> None:
    shell = await open_shell(database)
    invited = await shell.people.invite(Invited("Алла Админова", "admin", 1), 0)
    admin = await shell.people.start(9001, "Алла", invited)
    assert not isinstance(admin, LinkRefusal)
    groups = shell.groups
    async with shell.people.changing() as connection:
        await db.store(connection, [Team(ROOT, "Компания"), Team(NORTH, "Север", ROOT)], {2: NORTH, 3: ROOT})
    assert "«Север»" in await groups.bind(-7, "Группа", 5, admin, NORTH)
    await groups.lose(-7, "rights")
    await groups.lose(-7, "rights")
    await groups.lose(-8, "removed")
    bound = await groups.one(-7)
    assert bound is not None
    assert (bound.team, bound.thread_id, bound.lost) == (NORTH, 5, "rights")
    await groups.found(-7)
    await groups.move(-7, -100)
    moved = await groups.one(-100)
    assert moved is not None
    assert (moved.team, moved.thread_id, moved.lost) == (NORTH, 5, None)
    assert await groups.one(-7) is None
    assert await groups.unbind(-100, admin) is not None
    assert await groups.unbind(-100, admin) is None
