"""Shifts, duties and absences as rows, on both databases; tasks change hands once however often it is asked."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select, update

from bot.db import absences as db
from bot.db import audit
from bot.db import messages as db_messages
from bot.db import tables as t
from bot.db.people import Person, load_people
from bot.db.session import Database
from bot.engine.staff import Terms
from bot.engine.worktime import Window
from bot.screens.screen import Screen
from bot.services.absences import Absences
from bot.services.people import Invited, PeopleService
from tests.integration.shell_kit import START, Shell, open_shell

DAY = date(2026, 11, 28)


def absences_of(shell: Shell) -> Absences:
    return Absences(shell.database, shell.clock, shell.apply, shell.library, shell.people, shell.showing)


async def terms(shell: Shell, user: int) -> Terms | None:
    async with shell.database.read() as connection:
        return (await load_people(connection)).staff.terms.get(user)


async def owners(shell: Shell) -> list[int | None]:
    async with shell.database.read() as connection:
        rows = await connection.execute(select(t.tasks.c.owner).where(t.tasks.c.state == "open").order_by(t.tasks.c.id))
        return [row.owner for row in rows]


async def test_a_shift_a_duty_and_an_absence_are_read_back(database: Database) -> None:
    shell = await open_shell(database)
    ivan, olga = await shell.person("Иван"), await shell.person("Ольга")
    assert await terms(shell, 2) is None
    await shell.people.set_shift(olga, ivan, "evening", "вечером")
    await shell.people.set_duty(olga, ivan, DAY, "10:00-16:00")
    await shell.people.set_duty(olga, ivan, DAY, "11:00-16:00")
    assert (await absences_of(shell).leave(olga, ivan, date(2026, 12, 1), date(2026, 12, 2))).done
    moscow_midnight = datetime(2026, 11, 30, 21, tzinfo=UTC)
    away = Window(moscow_midnight, moscow_midnight + timedelta(days=2))
    assert await terms(shell, 2) == Terms("evening", ((DAY, ((time(11), time(16)),)),), (away,))
    await shell.people.set_duty(olga, ivan, DAY, None)
    await shell.people.set_shift(olga, ivan, None, "как все")
    assert await terms(shell, 2) == Terms(away=(away,))


async def test_a_new_account_of_somebody_keeps_his_shift_and_his_leave(database: Database) -> None:
    shell = await open_shell(database)
    ivan, olga = await shell.person("Иван"), await shell.person("Ольга")
    await shell.people.set_shift(olga, ivan, "evening", "вечером")
    await absences_of(shell).leave(ivan, ivan, DAY, DAY)
    before = await terms(shell, 2)
    service: PeopleService = shell.people
    token = await service.invite(Invited("Иван Соколов", "manager", 2), 1003)
    await service.start(5555, "Иван", token)
    assert await terms(shell, 2) == before


async def test_the_later_word_counts(database: Database) -> None:
    """Ill while on leave: one absence is under way; a leave that was taken back is none."""
    shell = await open_shell(database)
    ivan, absences = await shell.person("Иван"), absences_of(shell)
    await absences.leave(ivan, ivan, START.date(), DAY)
    await absences.run_due()
    await absences.sick(ivan, ivan)
    assert [one.kind for one in await absences.of(ivan.id)] == ["sick"]
    await absences.back(ivan, ivan)
    assert (await absences.back(ivan, ivan)).done is False
    await absences.leave(ivan, ivan, DAY, DAY)
    await absences.back(ivan, ivan)
    assert [one for one in await absences.of(ivan.id) if shell.clock.now() < one.ends_at] == []


async def test_giving_out_twice_is_giving_out_once(database: Database) -> None:
    """As after a crash in the middle: what has changed hands stays where it is, the rest follows."""
    shell = await open_shell(database)
    ivan, olga, absences = await shell.person("Иван"), await shell.person("Ольга"), absences_of(shell)
    for number in range(4):
        await shell.lead(f"Клиент {number}", f"+7916123456{number}")
    await absences.sick(ivan, ivan)
    await absences.run_due()
    assert await owners(shell) == [2, 2, 2, 2]
    (absence,) = await absences.of(ivan.id)
    assert (await absences.settle(ivan, absence.id, share=True)).done is False
    assert (await absences.settle(olga, absence.id, share=True)).done
    await absences.run_due()
    assert await owners(shell) == [3, 3, 3, 3]
    async with shell.database.write() as connection:
        assert await db.change(connection, absence.id, ("shared",), state="sharing")
    await absences.run_due()
    assert await owners(shell) == [3, 3, 3, 3]
    assert (await absences.settle(olga, absence.id, share=True)).done is False
    await absences.back(olga, ivan)
    await absences.run_due()
    assert await owners(shell) == [2, 2, 2, 2]
    assert await absences.of(ivan.id) == []


async def test_who_has_no_number_in_the_portal_has_no_tasks_to_give_out(database: Database) -> None:
    shell = await open_shell(database)
    await shell.lead(owner=None)
    token = await shell.people.invite(Invited("Директор Без Номера", "director", None), 1003)
    director = await shell.people.start(7777, "Директор", token)
    absences = absences_of(shell)
    await absences.sick(director, director)  # type: ignore[arg-type]  # the token is good
    await absences.run_due()
    shell.clock.move_to(START + timedelta(minutes=31))
    await absences.run_due()
    assert await owners(shell) == [None]


async def test_a_task_that_waits_for_a_role_goes_to_another_one_of_it(database: Database) -> None:
    """A lawyer is ill: a second one takes over, for good; while there is none, the supervisor reads so."""
    shell = await open_shell(database)
    olga, absences = await shell.person("Ольга"), absences_of(shell)
    token = await shell.people.invite(Invited("Юлия Юрист", "lawyer", 7), 1003)
    lawyer = await shell.people.start(7007, "Юлия", token)
    assert isinstance(lawyer, Person)
    case = await shell.lead()
    async with shell.database.write() as connection:
        state = dict((await connection.scalar(select(t.cases.c.state).where(t.cases.c.id == case))) or {})
        state["task"] = {**state["task"], "kind": "lawyer_call", "holder": 7}
        await connection.execute(update(t.cases).values(state=state))
        await connection.execute(update(t.tasks).values(owner=7, kind="lawyer_call"))

    async def shared() -> str:
        await absences.sick(lawyer, lawyer)
        await absences.run_due()
        (absence,) = [one for one in await absences.of(lawyer.id) if one.state == "asked"]
        assert (await absences.settle(olga, absence.id, share=True)).done
        await absences.run_due()
        async with shell.database.read() as connection:
            message = await db_messages.by_key(connection, f"away:{absence.id}:{olga.id}")
        assert message is not None
        await absences.back(lawyer, lawyer)
        await absences.run_due()
        return message.screen.text

    assert "Передать некому: юрист – 1; ждут возвращения." in await shared()
    assert await owners(shell) == [7]
    token = await shell.people.invite(Invited("Вера Вторая", "lawyer", 8), 1003)
    await shell.people.start(8008, "Вера", token)
    assert "Вера В. 1" in await shared()
    assert await owners(shell) == [8]


async def test_two_admins_shut_somebody_out_at_once(database: Database) -> None:
    """It happens once and is told once."""
    shell = await open_shell(database)
    ivan, olga = await shell.person("Иван"), await shell.person("Ольга")
    done = await asyncio.gather(*(shell.people.shut_out(olga, ivan, Screen("")) for _ in range(3)))
    assert sorted(done) == [False, False, True]
    async with database.read() as connection:
        lines = [one for one in await audit.recent(connection, 9) if one.what == "people.shut_out"]
    assert len(lines) == 1
