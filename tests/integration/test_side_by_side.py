"""Two people press in the same moment, each at another replica: one of them has it, the other is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from importlib.resources import files

import pytest
from sqlalchemy import insert, select, update

from bot.clock import BusinessClock
from bot.db import messages as db_messages
from bot.db import tables as t
from bot.db.messages import Message
from bot.db.session import Database, open_database
from bot.engine.events import CallStarted, PutOff
from bot.playbooks.load import Loaded, builtin, load
from bot.screens.dealing import SPREAD, preview, with_done
from bot.screens.digests import CAPTION
from bot.screens.screen import Screen
from bot.services.apply import Apply
from bot.services.dealing import Dealing, offer
from bot.services.intents import Give, Happened, Reply, Show, Take
from bot.services.library import Library
from bot.services.overload import Overloads
from tests.integration.shell_kit import START, Shell, open_shell

_LAWYER = 9
_TALK = ("Дозвонился", "250–500 тыс.", "Видео с юристом")


@pytest.fixture
async def second(database_url: str) -> AsyncIterator[Database]:
    """The same database at another replica."""
    database = open_database(database_url)
    await database.check()  # connected: it would come too late for the same moment otherwise
    yield database
    await database.close()


@pytest.fixture
def other(second: Database) -> Apply:
    """The same floor at another replica."""
    return Apply(second, BusinessClock(START, running=False), Library(builtin("bankruptcy")), links="http://portal")


async def _agreeing(shell: Shell, first_name: str, phone: str, owner: int) -> int:
    """A client who wants to meet the lawyer, and is about to say when; returns his deal's case."""
    lead = await shell.lead(f"Клиент {first_name}", phone, owner)
    await shell.apply(Show(await shell.person(first_name), lead))
    for label in _TALK:
        deal = await _deal_of(shell, lead)
        await shell.press(first_name, deal or lead, label)
    found = await _deal_of(shell, lead)
    assert found is not None
    return found


async def _deal_of(shell: Shell, lead: int) -> int | None:
    async with shell.database.read() as connection:
        found: int | None = await connection.scalar(select(t.cases.c.id).where(t.cases.c.parent == lead))
    return found


async def test_an_hour_of_the_lawyer_is_agreed_once(database: Database, other: Apply) -> None:
    shell = await open_shell(database)
    async with database.write() as connection:
        row = {"name": "Юлия Юристова", "role": "lawyer", "crm_user_id": _LAWYER, "telegram_id": 1009}
        await connection.execute(insert(t.people).values(**row, linked_at=START))
    deals = [await _agreeing(shell, "Иван", "+79161110001", 2), await _agreeing(shell, "Анна", "+79161110002", 3)]
    presses = [
        await shell.pressing(name, deal, "завтра 10:00") for name, deal in zip(("Иван", "Анна"), deals, strict=True)
    ]
    await asyncio.gather(shell.apply(presses[0]), other(presses[1]))
    async with database.read() as connection:
        query = select(t.tasks.c.due_at).where(t.tasks.c.second == _LAWYER, t.tasks.c.state == "open")
        agreed = list((await connection.execute(query)).scalars())
    assert len(agreed) == 1
    asked = [text for deal in deals if "занят" in (text := (await shell.screen(deal)).text)]
    assert len(asked) == 1


@pytest.mark.parametrize("apart", [False, True], ids=["one process", "two replicas"])
async def test_the_first_press_has_the_client(database: Database, other: Apply, *, apart: bool) -> None:
    """[Беру] of two colleagues: the second does not take him from the first."""
    shell = await open_shell(database)
    case = await shell.lead()
    async with database.write() as connection:
        row = {"name": "Зоя Третья", "role": "manager", "crm_user_id": 5, "telegram_id": 1009}
        await connection.execute(insert(t.people).values(**row))
    takes = [Take(await shell.person(name), case, f"{case}-1", 2) for name in ("Анна", "Зоя")]
    second = other if apart else shell.apply
    replies: list[Reply] = list(await asyncio.gather(shell.apply(takes[0]), second(takes[1])))
    assert sorted(reply.done for reply in replies) == [False, True]
    async with database.read() as connection:
        owner = await connection.scalar(select(t.cases.c.owner).where(t.cases.c.id == case))
        moves = await connection.execute(select(t.journal.c.id).where(t.journal.c.event == "HandedOver"))
    assert owner == (3 if replies[0].done else 5)
    assert len(moves.all()) == 1


def _narrow() -> Loaded:
    """The built-in playbook, by which an hour of a day goes into tasks and an attempt takes forty minutes."""
    text = (files("bot.playbooks.catalog") / "bankruptcy.yaml").read_text(encoding="utf-8")
    text = text.replace("workload: 85", "workload: 10")
    kind = "    title: Попытка дозвониться\n"
    return load(text.replace(kind, f"{kind}    takes: 40m\n"))


def _dealing(shell: Shell, database: Database, apply: Apply) -> Dealing:
    overloads = Overloads(database, shell.clock, shell.library)
    return Dealing(database, shell.clock, apply, shell.library, overloads)


async def _full_day(shell: Shell, clients: int) -> None:
    """Иван has as many attempts left of this day, and the group its digest with keys (chat -5, message 77)."""
    ivan = await shell.person("Иван")
    for number in range(clients):
        lead = await shell.lead(f"Клиент {number}", f"+7916222{number:04}")
        await shell.apply(Show(ivan, lead))
        await shell.press("Иван", lead, "Не дозвонился")
    load_ = await Overloads(shell.database, shell.clock, shell.library).now()
    screen, kept = offer(Screen("Задач много"), "Утро", f"{START:%Y-%m-%d}", None, load_)
    message = Message("digest", -5, "picture", screen, data={"morning": kept}, telegram_id=77)
    async with shell.database.write() as connection:
        await db_messages.store(connection, [message], shell.clock.now())


async def _digest(shell: Shell) -> str:
    (row,) = await shell.rows(t.messages.c.key == "digest")
    return Screen.from_json(row.screen).text


async def test_what_is_dealt_out_twice_goes_once(database: Database, second: Database) -> None:
    """[✅ Раздать] of two supervisors: each client has one new manager, and what the message says adds up."""
    shell = await open_shell(database, _narrow())
    await _full_day(shell, 4)
    olga = await shell.person("Ольга")
    apart = Apply(second, shell.clock, shell.library, links="http://portal")
    replicas = [_dealing(shell, database, shell.apply), _dealing(shell, second, apart)]
    await replicas[0].press(olga, -5, 77, "spread")
    assert "Раздать 1:" in await _digest(shell)
    replies = await asyncio.gather(*(one.press(olga, -5, 77, "spread_ok") for one in replicas))
    assert sorted(reply.done for reply in replies) == [False, True]
    async with database.read() as connection:
        moves = await connection.execute(select(t.journal.c.case_id).where(t.journal.c.event == "HandedOver"))
    assert len(moves.all()) == 1
    assert (await _digest(shell)).count("Роздано 1 – Ольга Р.") == 1


@pytest.mark.slow
async def test_two_keys_at_once_are_both_told_of(database: Database, second: Database) -> None:
    shell = await open_shell(database, _narrow())
    await _full_day(shell, 4)
    olga = await shell.person("Ольга")
    apart = Apply(second, shell.clock, shell.library, links="http://portal")
    first, other = _dealing(shell, database, shell.apply), _dealing(shell, second, apart)
    await first.press(olga, -5, 77, "spread")
    await first.press(olga, -5, 77, "spread_ok")
    stale = Overloads(database, shell.clock, shell.library)
    before = await stale.now()
    await other.press(olga, -5, 77, "later")
    moved = await other.press(olga, -5, 77, "later_ok")
    assert moved.done
    text = await _digest(shell)
    assert "Роздано 1" in text
    assert str(moved.toast) in text
    # What was planned before that moves nothing again.
    again = [Happened(piece.case, PutOff(piece.task, 4, piece.due_at, day)) for piece, day in before.moved]
    assert again
    assert not any([(await shell.apply(one)).done for one in again])
    # And a client whom somebody has begun to call stays his.
    piece = before.over[0]
    await shell.apply(Happened(piece.case, CallStarted(2)))
    give = Give(olga, piece.case, 3, (piece.task, 2), idle=True)
    assert (await shell.apply(give)).toast == "Иван С. уже на связи с этим клиентом."


@pytest.mark.slow
async def test_a_preview_that_is_no_longer_true_comes_anew(database: Database) -> None:
    """Who presses [✅ Раздать 2] does not give away three; who has blocked the bot is given nothing."""
    shell = await open_shell(database, _narrow())
    await _full_day(shell, 4)
    olga, dealing = await shell.person("Ольга"), _dealing(shell, database, shell.apply)
    await dealing.press(olga, -5, 77, "spread")
    async with database.write() as connection:
        row = {"name": "Глеб Новый", "role": "manager", "crm_user_id": 8, "telegram_id": 1010, "linked_at": START}
        await connection.execute(insert(t.people).values(row))
        await connection.execute(update(t.people).where(t.people.c.crm_user_id == 3).values(reachable=False))
    reply = await dealing.press(olga, -5, 77, "spread_ok")
    assert (reply.done, reply.toast) == (False, "Пока вы смотрели, день изменился. Посмотрите ещё раз.")
    assert "Иван С. → Глеб Н.: 1" in await _digest(shell)
    assert (await dealing.press(olga, -5, 77, "spread_ok")).done


def test_a_long_preview_says_what_it_leaves_out() -> None:
    """Two hundred tasks of thirty people: the sum is whole, and so is the sentence below it."""
    rows = [(f"Менеджер {place % 30}", f"Коллега {place % 7}") for place in range(200)]
    text = preview("Отдел продаж · пн 09.11", SPREAD, rows, 260).text
    assert len(text) < CAPTION
    assert "Раздать 200:" in text
    told = sum(int(line.rpartition(" ")[2]) for line in text.split("\n") if "→" in line or "ещё" in line[:8])
    assert told == 200
    assert text.endswith("Ещё 60 не поместятся и останутся как есть.")
    below = with_done("\n".join([f"<b>{'Дело ' * 8}</b>"] * 40), ["Роздано 12 – Ольга Р., 09:00"])
    assert len(below) <= CAPTION
    assert below.endswith("Роздано 12 – Ольга Р., 09:00")
