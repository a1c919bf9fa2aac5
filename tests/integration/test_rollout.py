"""A version for all cases, on both databases: what is counted before is what happens, whoever breaks it off."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.db import tables as t
from bot.db import versions as db_versions
from bot.db.people import Person
from bot.db.session import Database
from bot.engine import events as ev
from bot.engine.case import Client
from bot.engine.verdicts import Kept
from bot.playbooks.load import Loaded, builtin, load
from bot.services import rollout as rollouts
from bot.services.apply import Apply
from bot.services.intents import Follow, Found, Happened, Intent, Rang, Reply, Seen
from bot.services.library import Library, open_library
from bot.services.published import Mode
from bot.services.publishing import Publishing
from bot.services.rollout import Rollout
from tests.integration.shell_kit import Shell, open_shell

pytestmark = pytest.mark.above_the_store

ADMIN = Person(9, "Админ Админов", "admin", 1003, None)
SLOTS = "['09:30', '11:15', '13:00', '15:00', '17:30']"


def with_slots(slots: str) -> Loaded:
    """The built-in playbook, other slots in every cadence."""
    return load(builtin("bankruptcy").text.replace(SLOTS, slots), checked=True)


NEW = with_slots("['10:20', '12:40', '16:10']")


async def open_floor(database: Database, *, many: int = 2) -> tuple[Shell, Publishing]:
    """At 13:00: so many leads were missed twice, one is being answered, one was just shown, one is finished."""
    shell = await open_shell(database)
    await open_library(database, builtin("bankruptcy"), shell.clock.now())
    for number in range(many):
        await missed_twice(shell, await shell.lead(f"Клиент {number}", f"+7903111{number:04}"))
    asked = await missed_twice(shell, await shell.lead("Пётр Спрошенный", "+79032220001"))
    await shell.lead("Анна Новая", "+79032220002")
    gone = await shell.lead("Олег Закрытый", "+79032220003")
    await shell.apply(Happened(gone, ev.Gone()))
    shell.clock.move_to(shell.clock.now() + timedelta(hours=3))
    await ring(shell)
    person = await shell.person("Иван")
    await shell.apply(Happened(asked, ev.Answered(person.crm_user_id or 0, "reached", "answered", "Дозвонился")))
    rollout = Rollout(database, shell.library, shell.apply)
    return shell, Publishing(database, shell.clock, shell.library, rollout)


async def missed_twice(shell: Shell, case_id: int) -> int:
    for _ in range(2):
        await shell.apply(Happened(case_id, ev.Answered(2, "reached", "no_answer", "Не дозвонился")))
    return case_id


async def ring(shell: Shell) -> None:
    """Everything that is due, but for the cards: nobody looks at his phone."""
    async with shell.database.read() as connection:
        due = select(t.timers).where(~t.timers.c.done, t.timers.c.at <= shell.clock.now())
        rows = list(await connection.execute(due))
    for row in rows:
        await shell.apply(Rang(row.case_id, row.key, row.kind))


async def stored(database: Database) -> dict[str, Any]:
    """Tasks and timers as they stand."""
    async with database.read() as connection:
        tasks = select(t.tasks.c.id, t.tasks.c.due_at, t.tasks.c.overdue_at, t.tasks.c.state).order_by(t.tasks.c.id)
        timers = select(t.timers.c.key, t.timers.c.at).where(~t.timers.c.done).order_by(t.timers.c.key)
        return {
            "tasks": [tuple(row) for row in await connection.execute(tasks)],
            "timers": [tuple(row) for row in await connection.execute(timers)],
        }


async def column(database: Database, what: Any, *where: Any) -> list[Any]:
    async with database.read() as connection:
        return list((await connection.execute(select(what).where(*where))).scalars())


async def test_what_is_counted_is_what_happens_and_it_comes_back(database: Database) -> None:
    shell, publishing = await open_floor(database)
    base, before = shell.library.active_hash, await stored(database)
    preview = await publishing.preview(NEW)
    assert (preview.retimed, preview.closed, preview.incompatible) == (2, 1, {})
    assert preview.kept == {Kept.OPEN: 1, Kept.SHOWN: 1}
    assert [example.name for example in preview.examples] == ["Клиент 0", "Клиент 1"]
    assert all(example.before != example.after for example in preview.examples)
    assert await stored(database) == before

    done = await publishing.publish(NEW, base=base, by=ADMIN, note="слоты", mode=Mode.ALL)
    counts = (preview.retimed, preview.kept, preview.closed, preview.incompatible)
    assert (done.retimed, done.kept, done.closed, done.incompatible) == counts
    assert await stored(database) != before
    moved = await column(database, t.outbox.c.body, t.outbox.c.op == "move_task")
    assert len(moved) == 2
    why = await column(database, t.journal.c.why, t.journal.c.event == "Republished")
    assert sum(one.startswith("Новая версия регламента: срок был") for one in why) == 2
    (entry,) = [one for one in await publishing.history() if one.mode == "all"]
    assert (entry.author, entry.note, entry.done) == ("Админ Админов", "слоты", True)
    assert entry.counts == {"retimed": 2, "kept": {"open": 1, "shown": 1}, "incompatible": {}, "closed": 1}

    back = await publishing.rollback(base, base=NEW.hash, by=ADMIN, mode=Mode.ALL)
    assert back.retimed == 2
    assert await stored(database) == before
    assert await column(database, t.cases.c.follows, t.cases.c.follows.is_not(None)) == []


async def test_calls_to_the_number_by_others_are_told_of_in_the_preview_too(database: Database) -> None:
    """Without them the new version would bring the second attempt back into a day that has had its calls."""
    late = load(builtin("bankruptcy").text.replace("second: 40m", "second: 4h", 1), checked=True)
    soon = load(builtin("bankruptcy").text.replace("second: 40m", "second: 110m", 1), checked=True)
    shell = await open_shell(database)
    shell.library = await open_library(database, late, shell.clock.now())
    shell.apply = Apply(database, shell.clock, shell.library, links="http://portal")
    shell.clock.move_to(shell.clock.now() + timedelta(hours=6))
    await missed_twice(shell, await shell.lead("Анна Вторая", "+79031110000"))
    once = await shell.lead("Пётр Первый", "+79031110000")
    await shell.apply(Happened(once, ev.Answered(2, "reached", "no_answer", "Не дозвонился")))
    shell.clock.move_to(shell.clock.now() + timedelta(minutes=3))
    await ring(shell)
    publishing = Publishing(database, shell.clock, shell.library, Rollout(database, shell.library, shell.apply))
    preview = await publishing.preview(soon)
    done = await publishing.publish(soon, base=late.hash, by=ADMIN, note="", mode=Mode.ALL)
    assert (preview.retimed, preview.kept) == (done.retimed, done.kept) == (0, {Kept.SAME: 2})


async def test_a_finished_questionnaire_takes_what_was_published_meanwhile(database: Database) -> None:
    shell, publishing = await open_floor(database, many=0)
    await publishing.publish(NEW, base=shell.library.active_hash, by=ADMIN, note="", mode=Mode.ALL)
    (asked,) = await column(database, t.cases.c.id, t.cases.c.follows == NEW.hash)
    assert await shell.version(asked) != NEW.hash
    await shell.apply(Happened(asked, ev.Cancelled(2)))
    assert await shell.version(asked) == NEW.hash
    assert await column(database, t.cases.c.follows, t.cases.c.id == asked) == [None]


async def test_a_shown_card_is_drawn_anew_and_not_sent_again(database: Database) -> None:
    shell, publishing = await open_floor(database, many=1)
    before = await shell.rows()
    change = load(builtin("bankruptcy").text.replace("title: Обработать лид", "title: Разобрать лид"), checked=True)
    await publishing.publish(change, base=shell.library.active_hash, by=ADMIN, note="", mode=Mode.ALL)
    after = await shell.rows()
    assert [row.id for row in after] == [row.id for row in before]
    drawn = [new.screen for old, new in zip(before, after, strict=True) if old.want != new.want]
    assert len(drawn) == 1
    assert "Разобрать лид" in str(drawn[0])


async def test_killed_in_the_middle_the_rest_follows_after_the_start(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollouts, "TOGETHER", 2)
    shell, publishing = await open_floor(database, many=5)
    base, preview = shell.library.active_hash, await publishing.preview(NEW)
    met: list[Intent] = []
    stuck = asyncio.Event()

    async def killed(intent: Intent) -> Reply:
        met.append(intent)
        if len(met) > 4:
            stuck.set()
            await asyncio.Event().wait()
        return await shell.apply(intent)

    broken = Publishing(database, shell.clock, shell.library, Rollout(database, shell.library, killed))
    under_way = asyncio.create_task(broken.publish(NEW, base=base, by=ADMIN, note="", mode=Mode.ALL))
    await stuck.wait()
    under_way.cancel()
    await asyncio.wait([under_way])
    assert not (await publishing.history())[0].done
    library = await open_library(database, builtin("bankruptcy"), shell.clock.now())
    assert library.active_hash == NEW.hash
    restarted = Rollout(database, library, Apply(database, shell.clock, library, links="http://portal"))
    assert await restarted.run_due() == 7 - 4
    assert await restarted.run_due() == 0
    (entry, *_) = await publishing.history()
    assert entry.done
    assert (entry.counts or {})["retimed"] == preview.retimed == 5


async def test_a_later_publication_overtakes_one_that_is_under_way(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is late with the former one changes nothing any more: all end with the later."""
    monkeypatch.setattr(rollouts, "TOGETHER", 2)
    shell, publishing = await open_floor(database, many=5)
    third = with_slots("['09:45', '14:15']")
    slow, go = asyncio.Event(), asyncio.Event()
    met: list[Intent] = []

    async def held_up(intent: Intent) -> Reply:
        met.append(intent)
        if len(met) > 2:
            slow.set()
            await go.wait()
        return await shell.apply(intent)

    late = Publishing(database, shell.clock, shell.library, Rollout(database, shell.library, held_up))
    base = shell.library.active_hash
    under_way = asyncio.create_task(late.publish(NEW, base=base, by=ADMIN, note="", mode=Mode.ALL))
    await slow.wait()
    await publishing.publish(third, base=NEW.hash, by=ADMIN, note="", mode=Mode.ALL)
    go.set()
    await under_way
    live = await column(database, t.cases.c.playbook, ~t.cases.c.closed, t.cases.c.follows.is_(None))
    assert set(live) == {third.hash}
    assert len(live) == 6
    assert await column(database, t.cases.c.follows, t.cases.c.follows.is_not(None)) == [third.hash]
    assert [one.done for one in await publishing.history()] == [True, True, True]


async def test_a_version_for_new_cases_keeps_them_while_the_former_one_is_still_rolled_out(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollouts, "TOGETHER", 2)
    shell, publishing = await open_floor(database, many=5)
    base, third = shell.library.active_hash, with_slots("['09:45', '14:15']")
    slow, go = asyncio.Event(), asyncio.Event()
    met: list[Intent] = []

    async def held_up(intent: Intent) -> Reply:
        met.append(intent)
        if len(met) > 2:
            slow.set()
            await go.wait()
        return await shell.apply(intent)

    late = Publishing(database, shell.clock, shell.library, Rollout(database, shell.library, held_up))
    under_way = asyncio.create_task(late.publish(NEW, base=base, by=ADMIN, note="", mode=Mode.ALL))
    await slow.wait()
    await publishing.publish(third, base=NEW.hash, by=ADMIN, note="", mode=Mode.NEW)
    begun = await shell.lead("Нина Позже", "+79034440002")
    go.set()
    await under_way
    assert await shell.version(begun) == third.hash
    others = await column(database, t.cases.c.playbook, ~t.cases.c.closed, t.cases.c.follows.is_(None))
    assert sorted(others) == sorted([third.hash, *[NEW.hash] * 6])


@pytest.mark.slow
async def test_two_replicas_that_roll_out_together_count_every_case_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollouts, "TOGETHER", 3)
    shell, publishing = await open_floor(database, many=12)
    base, now = shell.library.active_hash, shell.clock.now()
    preview = await publishing.preview(NEW)
    async with database.write() as connection:
        await db_versions.keep(connection, NEW, "Админ Админов", "", now)
        await db_versions.put_in_force(connection, NEW.hash, base, "Админ Админов", "", "all", now)
    replicas = []
    for _ in range(2):
        library = await open_library(database, builtin("bankruptcy"), now)
        replicas.append(Rollout(database, library, Apply(database, shell.clock, library, links="http://portal")))
    await asyncio.gather(*(one.run_due() for one in replicas))
    (entry, *_) = await publishing.history()
    kept = {str(reason): count for reason, count in preview.kept.items()}
    assert entry.counts == {"retimed": 12, "kept": kept, "incompatible": {}, "closed": 1}
    lines = await column(database, t.journal.c.case_id, t.journal.c.event == "Republished")
    assert len(lines) == len(set(lines)) == 14


async def test_what_breaks_for_one_case_holds_nobody_up(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    shell, _ = await open_floor(database, many=3)

    async def choosy(intent: Intent) -> Reply:
        if isinstance(intent, Follow) and intent.case_id == 2:
            raise RuntimeError("broken")
        return await shell.apply(intent)

    publishing = Publishing(database, shell.clock, shell.library, Rollout(database, shell.library, choosy))
    done = await publishing.publish(NEW, base=shell.library.active_hash, by=ADMIN, note="", mode=Mode.ALL)
    assert done.retimed == 2
    assert await shell.version(2) != NEW.hash
    assert ((await publishing.history())[0].counts or {})["failed"] == 1


async def test_a_lead_that_was_read_before_begins_with_what_is_in_force(database: Database) -> None:
    """The portal was read under the former version, and on PostgreSQL it is another replica that has published."""
    shell, publishing = await open_floor(database, many=0)
    base = shell.library.active_hash
    if database.dialect == "postgresql":
        library = Library(builtin("bankruptcy"))
        publishing = Publishing(database, shell.clock, library, Rollout(database, library, shell.apply))
    await publishing.publish(NEW, base=base, by=ADMIN, note="", mode=Mode.ALL)
    now = shell.clock.now()
    seen = Seen("lead", 777, "leads", "new", 2, "Заявка", Client("Нина", ("+79034440001",)), now, "web")
    reply = await shell.apply(Found(seen, base))
    assert await shell.version(reply.case_id or 0) == NEW.hash
    assert shell.library.active_hash == NEW.hash


async def test_another_replica_works_on_a_version_that_it_did_not_know(database: Database) -> None:
    shell, publishing = await open_floor(database, many=1)
    other = Library(builtin("bankruptcy"))
    apply = Apply(database, shell.clock, other, links="http://portal")
    await publishing.publish(NEW, base=shell.library.active_hash, by=ADMIN, note="", mode=Mode.ALL)
    (case_id,) = await column(database, t.cases.c.id, t.cases.c.client_name == "Клиент 0")
    await apply(Happened(case_id, ev.Answered(2, "reached", "no_answer", "Не дозвонился")))
    assert NEW.hash in other
    assert await shell.version(case_id) == NEW.hash
    (due,) = await column(database, t.tasks.c.due_at, t.tasks.c.case_id == case_id, t.tasks.c.state == "open")
    assert (due + timedelta(hours=3)).strftime("%H:%M") in ("10:20", "12:40", "16:10")


@pytest.mark.slow
async def test_hundreds_of_cases_at_once(database: Database) -> None:
    """Over several batches the preview is what happens."""
    shell, publishing = await open_floor(database, many=300)
    preview = await publishing.preview(NEW)
    done = await publishing.publish(NEW, base=shell.library.active_hash, by=ADMIN, note="", mode=Mode.ALL)
    assert done.retimed == preview.retimed == 300
