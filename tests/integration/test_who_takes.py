"""Who takes a task that waits for a role: the client's own lawyer, who is at work, the team's own supervisor."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import insert, select, update

from bot.db import cases as db_cases
from bot.db import tables as t
from bot.db.people import load_people
from bot.db.session import Database
from bot.db.teams import store
from bot.engine.teams import Team
from bot.playbooks.model import Shift
from bot.services.absences import Absences
from bot.services.intents import Give, Take
from bot.services.staff import taker_of
from tests.integration.shell_kit import START, Shell, open_shell

YULIA, VERA, ZOYA = 7, 8, 9


async def _with_lawyers(database: Database) -> Shell:
    shell = await open_shell(database)
    async with database.write() as connection:
        for number, name in ((YULIA, "Юлия Первая"), (VERA, "Вера Вторая"), (ZOYA, "Зоя Третья")):
            row = {"name": name, "role": "lawyer", "crm_user_id": number, "telegram_id": 7000 + number}
            await connection.execute(insert(t.people).values(**row))
    return shell


async def _taker(shell: Shell, case_id: int, role: str = "lawyer") -> int | None:
    async with shell.database.read() as connection:
        case = (await db_cases.load(connection, [case_id]))[case_id].case
        people = await load_people(connection)
        evening = {"evening": Shift(title="Вечер", hours={"mon-fri": "12:00-21:00"})}
        playbook = shell.library[case.playbook].model_copy(update={"shifts": evening})
        return await taker_of(connection, people, playbook, case, role, shell.clock.now())


async def _had(shell: Shell, case_id: int, place: int, **columns: object) -> None:
    """A task of this case that is over."""
    moment = START - timedelta(days=9 - place)
    usual = {"kind": "x", "rank": 1, "due_at": moment, "done_at": moment, "state": "done", "owner": 2}
    async with shell.database.write() as connection:
        row = {"id": f"{case_id}-9{place}", "case_id": case_id, **usual, **columns}
        await connection.execute(insert(t.tasks).values(**row))


async def _busy(shell: Shell, *users: int) -> None:
    """Each of them has one open task more, with somebody else's client."""
    for number, user in enumerate(users):
        case = await shell.lead(f"Чужой {number}", f"+7916000000{number}")
        await _had(shell, case, number, owner=user, state="open", done_at=None)


async def test_the_client_s_own_lawyer_comes_before_a_free_one(database: Database) -> None:
    """Of this contract or an earlier one; the latest of several; a lawyer who took part in the meeting is his."""
    shell = await _with_lawyers(database)
    case = await shell.lead()
    await _busy(shell, YULIA, VERA)
    assert await _taker(shell, case) == ZOYA
    await _had(shell, case, 1, second=VERA, state="over")
    assert await _taker(shell, case) == VERA
    earlier = await shell.lead("Тот же клиент")  # with the same phone
    await _had(shell, earlier, 2, owner=YULIA)
    assert await _taker(shell, case) == YULIA
    olga, yulia = await shell.person("Ольга"), await shell.person("Юлия")
    await shell.people.set_shift(olga, yulia, "evening", "вечером")
    assert await _taker(shell, case) == YULIA  # she comes today, and knows him
    absences = Absences(shell.database, shell.clock, shell.apply, shell.library, shell.people, shell.showing)
    await absences.leave(olga, yulia, START.date(), START.date() + timedelta(days=9))
    assert await _taker(shell, case) == VERA


async def test_who_is_at_work_comes_before_who_is_off_shift(database: Database) -> None:
    """The first two begin in the evening only: the third one has it, however busy."""
    shell = await _with_lawyers(database)
    case, olga = await shell.lead(), await shell.person("Ольга")
    for name in ("Юлия", "Вера"):
        await shell.people.set_shift(olga, await shell.person(name), "evening", "вечером")
    await _busy(shell, ZOYA, ZOYA)
    assert await _taker(shell, case) == ZOYA
    assert await _taker(shell, case, "nobody") is None


async def test_nobody_who_is_absent_is_given_a_client_or_takes_one(database: Database) -> None:
    """A list that was drawn before he fell ill, or a button that he finds at home."""
    shell = await open_shell(database)
    case, anna, olga = await shell.lead(), await shell.person("Анна"), await shell.person("Ольга")
    ivan = await shell.person("Иван")
    absences = Absences(shell.database, shell.clock, shell.apply, shell.library, shell.people, shell.showing)
    await absences.sick(olga, anna)
    task = await _task(shell, case)
    for giver in (ivan, olga):
        assert (await shell.apply(Give(giver, case, 3))).toast == "Сотрудник сейчас не на связи."
    taken = await shell.apply(Take(anna, case, task, 2))
    assert taken.toast == "Вы отмечены как отсутствующий(ая): сначала «Я вернулся(ась)» в /away."
    await absences.back(olga, anna)
    await absences.sick(olga, olga)
    assert (await shell.apply(Give(olga, case, 4))).toast == taken.toast
    await absences.back(olga, olga)
    assert (await shell.apply(Give(olga, case, 4))).done


async def test_an_absent_supervisor_s_decision_goes_to_who_leads_the_team_then(database: Database) -> None:
    """Not to the other team's supervisor, however free: to the director who heads the department above."""
    shell = await open_shell(database)
    async with shell.people.changing() as connection:
        for number, name, role in ((5, "Пётр Второв", "supervisor"), (6, "Дина Верхняя", "director")):
            row = {"name": name, "role": role, "crm_user_id": number, "telegram_id": 7000 + number}
            await connection.execute(insert(t.people).values(**row))
        teams = [Team(1, "Компания", None, 6), Team(2, "Север", 1, 4), Team(3, "Юг", 1, 5)]
        await store(connection, teams, {6: 1, 2: 2, 4: 2, 3: 3, 5: 3})
    case, peter, dina = await shell.lead(owner=3), await shell.person("Пётр"), await shell.person("Дина")
    async with database.write() as connection:
        state = dict((await connection.scalar(select(t.cases.c.state).where(t.cases.c.id == case))) or {})
        state["task"] = {**state["task"], "kind": "decide_up", "holder": 5}
        await connection.execute(update(t.cases).values(state=state))
        await connection.execute(update(t.tasks).values(owner=5, kind="decide_up"))
    absences = Absences(shell.database, shell.clock, shell.apply, shell.library, shell.people, shell.showing)
    await absences.sick(peter, peter)
    await absences.run_due()
    (absence,) = await absences.of(peter.id)
    assert (await absences.settle(dina, absence.id, share=True)).done
    await absences.run_due()
    async with database.read() as connection:
        assert await connection.scalar(select(t.tasks.c.owner).where(t.tasks.c.case_id == case)) == 6


async def _task(shell: Shell, case: int) -> str:
    async with shell.database.read() as connection:
        query = select(t.tasks.c.id).where(t.tasks.c.case_id == case, t.tasks.c.state == "open")
        return str(await connection.scalar(query))
