"""The services where they meet odd names, repeated moments and people without a CRM user."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from bot.db import tables as t
from bot.db.people import People, Person
from bot.db.session import Database
from bot.services.intents import Rang
from tests.integration.shell_kit import Shell, open_shell

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
