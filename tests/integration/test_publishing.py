"""Playbook versions on both databases: what is in force, since when, and two people who change it at once."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import update

from bot.db import tables as t
from bot.db.people import Person
from bot.db.session import Database
from bot.errors import ActionNotAllowed, Conflict
from bot.playbooks.load import Loaded, builtin, load
from bot.services.library import open_library
from bot.services.published import Mode
from bot.services.publishing import Publishing
from bot.services.rollout import Rollout
from tests.integration.shell_kit import Shell, open_shell

pytestmark = pytest.mark.above_the_store

ADMIN = Person(9, "Админ Админов", "admin", 1003, None)
OTHER = Person(10, "Ольга Руднева", "admin", 1002, None)


def edited(number: int) -> Loaded:
    """The built-in playbook after so many edits, comments and all."""
    return load(builtin("bankruptcy").text + f"# правка {number}\n", checked=True)


async def open_publishing(database: Database) -> tuple[Shell, Publishing]:
    shell = await open_shell(database)
    await open_library(database, builtin("bankruptcy"), shell.clock.now())
    rollout = Rollout(database, shell.library, shell.apply)
    return shell, Publishing(database, shell.clock, shell.library, rollout)


async def test_new_cases_begin_with_what_was_published(database: Database) -> None:
    shell, publishing = await open_publishing(database)
    before = await shell.lead()
    base, change = shell.library.active_hash, edited(1)
    done = await publishing.publish(change, base=base, by=ADMIN, note="проба", mode=Mode.NEW)
    assert (done.hash, done.mode, done.at) == (change.hash, Mode.NEW, shell.clock.now())
    after = await shell.lead("Анна Новая", "+79031112233")
    assert [await shell.version(case) for case in (before, after)] == [base, change.hash]
    assert [(one.hash, one.active, one.author) for one in await publishing.versions()] == [
        (change.hash, True, "Админ Админов"),
        (base, False, "file"),
    ]


async def test_the_second_of_two_admins_hears_of_the_first(database: Database) -> None:
    shell, publishing = await open_publishing(database)
    base = shell.library.active_hash
    tries = await asyncio.gather(
        publishing.publish(edited(1), base=base, by=ADMIN, note="слоты", mode=Mode.NEW),
        publishing.publish(edited(2), base=base, by=OTHER, note="слоты", mode=Mode.NEW),
        return_exceptions=True,
    )
    (lost,) = [one for one in tries if isinstance(one, Conflict)]
    winner = (await publishing.versions())[0]
    assert str(lost) == (
        f"Регламент уже изменили: {winner.author}, вт 24.11 10:00 («слоты»). Откройте его заново и повторите правку."
    )
    assert [one.hash for one in await publishing.versions()] == [winner.hash, base]
    assert [one.hash for one in await publishing.history()] == [winner.hash, base]


@pytest.mark.slow
async def test_ten_edits_and_back_are_the_very_bytes(database: Database) -> None:
    shell, publishing = await open_publishing(database)
    first, text = shell.library.active_hash, builtin("bankruptcy").text
    base = first
    for number in range(10):
        base = (await publishing.publish(edited(number), base=base, by=ADMIN, note="", mode=Mode.NEW)).hash
    back = await publishing.rollback(first, base=base, by=OTHER, mode=Mode.NEW)
    assert back.hash == first == shell.library.active_hash
    assert await publishing.text_of(first) == text
    versions = await publishing.versions()
    assert len(versions) == 11
    assert (versions[0].hash, versions[0].active) == (first, True)
    newest = (await publishing.history())[0]
    assert (newest.hash, newest.former, newest.author) == (first, base, "Ольга Руднева")
    assert newest.note == "возврат к версии от вт 24.11 10:00"


async def test_what_nobody_has_cannot_come_back(database: Database) -> None:
    shell, publishing = await open_publishing(database)
    with pytest.raises(ActionNotAllowed):
        await publishing.text_of("0" * 64)
    with pytest.raises(ActionNotAllowed):
        await publishing.rollback("0" * 64, base=shell.library.active_hash, by=ADMIN, mode=Mode.NEW)


async def test_a_start_keeps_what_was_published_from_the_phone(database: Database) -> None:
    shell, publishing = await open_publishing(database)
    change = edited(1)
    await publishing.publish(change, base=shell.library.active_hash, by=ADMIN, note="", mode=Mode.NEW)
    assert (await open_library(database, builtin("bankruptcy"), shell.clock.now())).active_hash == change.hash
    assert (await open_library(database, edited(7), shell.clock.now())).active_hash == change.hash


async def test_a_version_that_this_release_cannot_read_stops_no_start(database: Database) -> None:
    shell, _ = await open_publishing(database)
    case = await shell.lead()
    former = await shell.version(case)
    async with database.write() as connection:
        foreign = t.playbook_versions.c.text + "a_word_of_another_release: 1\n"
        await connection.execute(update(t.playbook_versions).values(text=foreign))
    library = await open_library(database, edited(7), shell.clock.now())
    assert library.active_hash == edited(7).hash
    assert library[former] is library.active
    await library.know([former])
    again = await open_library(database, edited(7), shell.clock.now())
    assert again.active_hash == edited(7).hash
