"""The services where they meet odd names, repeated moments and people without a CRM user."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from bot.db import tables as t
from bot.db.people import People, Person
from bot.db.session import Database
from bot.engine.case import Case
from bot.screens.screen import Screen
from bot.services.desk import Desk
from bot.services.intents import Rang, Typed
from bot.services.morning import Morning
from bot.services.people import Invited, LinkRefusal
from bot.services.timers import TimerService
from bot.services.work import Work
from tests.integration.shell_kit import START, Shell, open_shell

_ODD_NAME = "ООО <Рога & Копыта>"


async def push(shell: Shell, case_id: int) -> None:
    """The card comes to the owner's phone."""
    async with shell.database.read() as connection:
        query = select(t.timers.c.key).where(t.timers.c.case_id == case_id, t.timers.c.kind == "push")
        key = (await connection.execute(query)).scalar_one()
    assert (await shell.apply(Rang(case_id, key, "push"))).done


async def test_two_duplicates_of_one_case_at_the_same_moment_tell_its_owner_twice(database: Database) -> None:
    shell = await open_shell(database)
    first = await shell.lead(_ODD_NAME, owner=3)
    others = [await shell.lead(_ODD_NAME), await shell.lead(_ODD_NAME)]
    for case_id in others:
        await push(shell, case_id)
        for label in ("Другой результат", "Дубль", "Анна К."):
            await shell.press("Иван", case_id, label)
    await asyncio.gather(*[shell.apply(await shell.pressing("Иван", case_id, "Записать")) for case_id in others])
    notices = await shell.rows(t.messages.c.kind == "notice", t.messages.c.case_id == first)
    assert len(notices) == 2
    assert all("&lt;Рога &amp; Копыта&gt;" in row.screen["text"] for row in notices)


async def test_after_a_receipt_typed_words_answer_nothing(database: Database) -> None:
    shell = await open_shell(database)
    case_id = await shell.lead()
    await push(shell, case_id)
    await shell.press("Иван", case_id, "Просит перезвонить")
    assert await _awaited(shell) == [case_id]
    label = next(one.text for row in (await shell.screen(case_id)).rows for one in row if "завтра" in one.text)
    await shell.press("Иван", case_id, label)
    assert "✅ Записано" in (await shell.screen(case_id)).text
    assert await _awaited(shell) == []


async def _awaited(shell: Shell) -> list[int]:
    async with shell.database.read() as connection:
        return [row.data["case"] for row in await connection.execute(select(t.awaiting.c.data))]


async def test_an_admin_without_a_crm_user_sees_nobodys_clients(database: Database) -> None:
    shell = await open_shell(database)
    await shell.lead(owner=None)
    admin = await shell.person("Админ")
    assert list((await shell.views.day(admin)).rows) == []
    assert await shell.views.next_case(admin) is None


@pytest.mark.parametrize(("user", "name"), [(15, "№ 15"), (None, "ответственного нет"), (2, "Иван С.")])
def test_short_names_of_people(user: int | None, name: str) -> None:
    assert People([Person(1, "Иван Соколов", "manager", 1, 2)]).short_name(user) == name


async def test_an_invite_links_one_of_two_who_use_it_at_the_same_moment(database: Database) -> None:
    shell = await open_shell(database)
    token = await shell.people.invite(Invited("Новый Менеджер", "manager", 9), by=1003)
    found = await asyncio.gather(*(shell.people.start(number, "", token) for number in range(2001, 2009)))
    linked = [one for one in found if isinstance(one, Person)]
    assert len(linked) == 1
    assert [one for one in found if one is not linked[0]] == [LinkRefusal.USED] * 7


async def test_cards_lost_while_somebody_had_blocked_the_bot_come_when_he_is_back(database: Database) -> None:
    shell = await open_shell(database)
    case_id, other = await shell.lead(), await shell.lead("Анна Иванова", "+79161112233")
    await push(shell, case_id)
    await push(shell, other)
    async with database.write() as connection:
        await connection.execute(update(t.messages).where(t.messages.c.case_id == case_id).values(live=False))
    desk = Desk(
        *(database, shell.clock, shell.apply, shell.people, shell.showing, shell.views, shell.library),
        board_wanted=lambda: None,
    )
    await desk.reachable(1000, True)
    async with database.read() as connection:
        query = select(t.timers.c.case_id).where(t.timers.c.kind == "push", t.timers.c.done.is_(False))
        assert [row.case_id for row in await connection.execute(query)] == [case_id]


async def test_a_supervisors_advice_reaches_the_manager_once(database: Database) -> None:
    shell = await open_shell(database)
    case_id = await shell.lead()
    desk = Desk(
        *(database, shell.clock, shell.apply, shell.people, shell.showing, shell.views, shell.library),
        board_wanted=lambda: None,
    )
    olga, ivan = await shell.person("Ольга"), await shell.person("Иван")
    await desk.ask_help(ivan, case_id, f"{case_id}-1")
    await desk.step_in(olga, "advise", (str(case_id), str(ivan.id)))
    waiting = await desk.waiting_for(olga)
    assert waiting is not None
    for _ in range(2):  # the second time: the process died before the update was marked as done
        await desk.advise(olga, waiting.data, "Предложите <рассрочку>", 77)
    [row] = await shell.rows(t.messages.c.chat_id == 1000)
    assert "Предложите &lt;рассрочку&gt;" in row.screen["text"]
    assert await desk.waiting_for(olga) is None


async def test_a_typed_answer_is_marked_as_worked_on_with_its_effect(database: Database) -> None:
    shell = await open_shell(database)
    case_id = await shell.lead()
    await push(shell, case_id)
    await shell.press("Иван", case_id, "Просит перезвонить")
    async with database.write() as connection:
        at = shell.clock.now()
        rows: list[dict[str, object]] = [
            {"update_id": number, "lane": 1, "body": {}, "received_at": at} for number in (7, 8)
        ]
        await connection.execute(insert(t.tg_inbox), rows)
    person, [task] = await shell.person("Иван"), await _open_tasks(shell, case_id)
    question = next(one.data or "" for row in (await shell.screen(case_id)).rows for one in row).split("|")[3]
    assert (await shell.apply(Typed(person, case_id, task, question, "завтра в 14", update=7))).done
    assert not (await shell.apply(Typed(person, case_id, task, "another", "завтра в 14", update=8))).done
    async with database.read() as connection:
        query = select(t.tg_inbox.c.update_id).where(t.tg_inbox.c.done_at.is_not(None))
        assert [row.update_id for row in await connection.execute(query)] == [7]


async def _open_tasks(shell: Shell, case_id: int) -> list[str]:
    async with shell.database.read() as connection:
        query = select(t.tasks.c.id).where(t.tasks.c.case_id == case_id, t.tasks.c.state == "open")
        return [row.id for row in await connection.execute(query)]


async def test_a_timer_that_fails_stops_no_other_and_is_tried_again_later(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = await open_shell(database)
    broken, whole = await shell.lead(), await shell.lead("Анна Иванова", "+79161112233")
    real = Work.push

    async def push_or_fail(work: Work, case: Case, *, meant: datetime) -> bool:
        if case.id == broken:
            raise RuntimeError("a bug of ours")
        return await real(work, case, meant=meant)

    monkeypatch.setattr(Work, "push", push_or_fail)
    timers = TimerService(database, shell.clock, shell.apply, shell.library, shell.showing)
    assert await timers.ring_due() == 1
    assert [row.case_id for row in await shell.rows(t.messages.c.kind == "card")] == [whole]
    assert await timers.ring_due() == 0
    monkeypatch.setattr(Work, "push", real)
    shell.clock.move_to(shell.clock.now() + timedelta(minutes=1))
    await timers.ring_due()
    assert {row.case_id for row in await shell.rows(t.messages.c.kind == "card")} == {broken, whole}


async def test_a_supervisor_comes_back_from_the_list_of_colleagues(database: Database) -> None:
    shell = await open_shell(database)
    case_id = await shell.lead()
    await push(shell, case_id)
    desk = Desk(
        *(database, shell.clock, shell.apply, shell.people, shell.showing, shell.views, shell.library),
        board_wanted=lambda: None,
    )
    ivan, olga = await shell.person("Иван"), await shell.person("Ольга")
    [task] = await _open_tasks(shell, case_id)
    await desk.ask_help(ivan, case_id, task)

    async def shown() -> Screen:
        return Screen.from_json((await shell.rows(t.messages.c.chat_id == 1002))[0].screen)

    call = await shown()
    await desk.step_in(olga, "hand", (str(case_id),))
    back = (await shown()).rows[-1][0]
    assert (back.text, await shown() == call) == ("← Назад", False)
    _, verb, *args = (back.data or "").split("|")
    await desk.step_in(olga, verb, tuple(args))
    assert (await shown()).rows == call.rows


async def test_a_case_that_fails_at_the_opening_keeps_nobody_waiting(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = await open_shell(database)
    shell.clock.move_to(START + timedelta(hours=14))  # 00:00 in Moscow
    broken, whole = await shell.lead(), await shell.lead("Анна Иванова", "+79161112233")
    real = Work.happen

    async def happen_or_fail(work: Work, case_id: int, *args: Any) -> Any:
        if case_id == broken:
            raise RuntimeError("a bug of ours")
        return await real(work, case_id, *args)

    monkeypatch.setattr(Work, "happen", happen_or_fail)
    shell.clock.move_to(START + timedelta(hours=23))  # 09:00
    morning = Morning(database, shell.clock, shell.apply, shell.library, shell.people, shell.showing)
    assert await morning.open_if_due() == 1
    assert await morning.open_if_due() == 0
    assert len(await shell.rows(t.messages.c.key.like("night:%"))) == 1
    async with database.read() as connection:
        query = select(t.journal.c.case_id).where(t.journal.c.event == "Rescheduled")
        assert [row.case_id for row in await connection.execute(query)] == [whole]


async def test_who_has_left_keeps_his_name_until_somebody_else_is_that_user(database: Database) -> None:
    """By what his rows of the time say: a number of the portal tells nobody anything."""
    shell = await open_shell(database)
    olga = await shell.person("Ольга")
    await shell.people.shut_out(olga, await shell.person("Анна"), Screen(""))
    people = await shell.people.everybody()
    assert (people.name_of(3), people.short_name(3), 3 in people.by_crm) == ("Анна Ковалёва", "Анна К.", False)
    token = await shell.people.invite(Invited("Зоя Новая", "manager", 3), 1003)
    await shell.people.start(5555, "Зоя", token)
    assert (await shell.people.everybody()).name_of(3) == "Зоя Новая"
