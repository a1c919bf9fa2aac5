"""Delivery of message rows over the sandbox's wire: order, pace, refusals, and what must never be sent twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.exceptions import TelegramMigrateToChat
from aiogram.methods import TelegramMethod
from sqlalchemy import insert, select, update
from sqlalchemy.exc import OperationalError

from bot.db import deliveries as db
from bot.db import tables as t
from bot.db import turns
from bot.db.migrate import migrate
from bot.db.session import Database, open_database
from bot.db.turns import APART
from bot.messenger.methods import SendText
from bot.messenger.send import BATCH, ChatLost, Courier
from tests.integration.messenger_kit import Bench, running_sandbox


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with running_sandbox() as running:
        for person in (running.ivan, running.anna):
            await running.write("/start", person)
        running.bot.default = DefaultBotProperties(parse_mode="HTML")
        yield running


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Database]:
    opened = open_database(f"sqlite+aiosqlite:///{tmp_path / 'dozvon.db'}")
    await migrate(opened)
    yield opened
    await opened.close()


CHART = {"title": "Итог", "rows": [["Иван С.", 3, 1, 0]], "foot": "Сделано 3"}


async def _nobody(_chat: ChatLost) -> None:
    return


def courier(bench: Bench, store: Database) -> Courier:
    return Courier(store, bench.clock, bench.bot, on_lost=_nobody)


async def wanted(bench: Bench, store: Database, chat: int, *texts: str, **values: Any) -> list[int]:
    """Messages that wait to be sent; their rows' ids."""
    now = bench.clock.now()
    rows = [
        {"key": f"{chat}:{text}:{place}", "chat_id": chat, "kind": "screen", "screen": {"text": text, "rows": []}}
        | {"next_try": now, "created_at": now, "updated_at": now}
        | values
        for place, text in enumerate(texts)
    ]
    async with store.write() as connection:
        found = await connection.execute(insert(t.messages).returning(t.messages.c.id), rows)
        return list(found.scalars())


async def texts(bench: Bench, chat: int) -> list[str]:
    """What the bot has written in a chat."""
    return [str(one["text"]) for one in await bench.shown(chat) if one["from_id"] != chat]


async def test_a_chat_with_many_messages_holds_up_nobody_else(bench: Bench, store: Database) -> None:
    await wanted(bench, store, bench.ivan, *(f"карточка {number}" for number in range(BATCH + 20)))
    await wanted(bench, store, bench.anna, "доброе утро")
    await courier(bench, store).deliver_due()
    assert await texts(bench, bench.anna) == ["доброе утро"]
    assert await texts(bench, bench.ivan) == ["карточка 0", "карточка 1", "карточка 2"]


async def test_markup_that_telegram_cannot_read_is_sent_without(bench: Bench, store: Database) -> None:
    await wanted(bench, store, bench.ivan, "<b>Пётр</b> &amp; <сын")
    assert await courier(bench, store).deliver_due() == 1
    assert await texts(bench, bench.ivan) == ["Пётр & <сын"]


async def test_what_was_sent_is_not_sent_again_when_its_end_could_not_be_written(
    bench: Bench, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await wanted(bench, store, bench.ivan, "раз", "два")
    sender, real = courier(bench, store), db.delivered

    async def broken(*_args: Any) -> None:
        raise OperationalError("UPDATE", {}, Exception("the database is locked"))

    monkeypatch.setattr(db, "delivered", broken)
    with pytest.raises(OperationalError):
        await sender.deliver_due()
    monkeypatch.setattr(db, "delivered", real)
    await sender.deliver_due()
    assert await texts(bench, bench.ivan) == ["раз", "два"]


async def test_a_message_that_breaks_us_neither_stops_nor_repeats_the_others(bench: Bench, store: Database) -> None:
    broken = {"text": "ломаная", "rows": [[{"text": 5, "data": ["не", "строка"]}]]}
    await wanted(bench, store, bench.anna, "ломаная", screen=broken)
    await wanted(bench, store, bench.ivan, "целая")
    sender = courier(bench, store)
    await sender.deliver_due()
    bench.clock.move_to(bench.clock.now() + timedelta(seconds=5))
    await sender.deliver_due()
    assert await texts(bench, bench.ivan) == ["целая"]


async def test_a_newer_look_is_shown_though_the_one_before_was_refused(bench: Bench, store: Database) -> None:
    [row] = await wanted(bench, store, bench.ivan, "новее", want=2)
    async with store.write() as connection:
        end = db.Delivery(row, shown=1, telegram_id=None, next_try=None, error="refused", live=True)
        await db.delivered(connection, [end], bench.clock.now())
    await courier(bench, store).deliver_due()
    assert await texts(bench, bench.ivan) == ["новее"]


async def test_a_press_waits_for_no_slow_answer_about_somebody_else(
    bench: Bench, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs, go_on, real = asyncio.Event(), asyncio.Event(), Bot.__call__

    async def slow(bot: Bot, method: TelegramMethod[Any], **more: Any) -> Any:
        if isinstance(method, SendText) and method.chat_id == bench.anna:
            hangs.set()
            await go_on.wait()
        return await real(bot, method, **more)

    monkeypatch.setattr(Bot, "__call__", slow)
    await wanted(bench, store, bench.anna, "утренняя карточка")
    sender = courier(bench, store)
    pushing = asyncio.create_task(sender.deliver_due())
    await hangs.wait()
    await wanted(bench, store, bench.ivan, "✅ Записано", urgent=True)
    await wanted(bench, store, bench.anna, "ответ Анне", urgent=True)
    assert await sender.deliver_urgent() == 1
    assert await texts(bench, bench.ivan) == ["✅ Записано"]
    go_on.set()
    await pushing
    await sender.deliver_due()
    assert await texts(bench, bench.anna) == ["утренняя карточка", "ответ Анне"]


async def test_a_card_that_was_folded_up_before_it_was_sent_is_not_sent(bench: Bench, store: Database) -> None:
    [row] = await wanted(bench, store, bench.ivan, "карточка", kind="card")
    async with store.write() as connection:
        await connection.execute(update(t.messages).where(t.messages.c.id == row).values(live=False, want=2))
    await courier(bench, store).deliver_due()
    assert await texts(bench, bench.ivan) == []
    async with store.read() as connection:
        assert (await connection.execute(select(t.messages.c.next_try))).scalar_one() is None


async def test_a_pin_that_was_not_noted_is_made_again_and_changes_nothing(bench: Bench, store: Database) -> None:
    """Killed between pinning and the commit: the next start pins once more, and neither sends nor edits."""
    (row,) = await wanted(bench, store, bench.ivan, "Сегодня 3", pin=True)
    await courier(bench, store).deliver_due()
    before = await bench.shown(bench.ivan)
    assert [one["text"] for one in before if one["pinned"]] == ["Сегодня 3"]
    values = {"pinned_id": None, "next_try": bench.clock.now()}
    async with store.write() as connection:
        await connection.execute(update(t.messages).where(t.messages.c.id == row).values(values))
    assert await courier(bench, store).deliver_due() == 1
    assert await bench.shown(bench.ivan) == before
    async with store.read() as connection:
        noted = (await connection.execute(select(t.messages).where(t.messages.c.id == row))).one()
    assert (noted.pinned_id, noted.next_try) == (noted.telegram_id, None)


async def test_a_pin_waits_while_telegram_is_away_and_is_taken_down_when_it_is_over(
    bench: Bench, store: Database
) -> None:
    (row,) = await wanted(bench, store, bench.ivan, "Сегодня 3", pin=True)
    bench.faults.set({"target": "telegram", "mode": "down", "methods": ["pinChatMessage"]})
    carrier = courier(bench, store)
    await carrier.deliver_due()
    assert not any(one["pinned"] for one in await bench.shown(bench.ivan))
    bench.faults.set({"target": "telegram", "mode": "none"})
    bench.clock.move_to(bench.clock.now() + timedelta(seconds=30))
    await carrier.deliver_due()
    shown = await bench.shown(bench.ivan)
    assert [one["text"] for one in shown if one["pinned"]] == ["Сегодня 3"]
    assert [one["text"] for one in shown].count("Сегодня 3") == 1
    values = {"pin": False, "want": t.messages.c.want + 1, "next_try": bench.clock.now()}
    async with store.write() as connection:
        await connection.execute(update(t.messages).where(t.messages.c.id == row).values(values))
    await carrier.deliver_due()
    assert not any(one["pinned"] for one in await bench.shown(bench.ivan))


async def _group_hears(
    bench: Bench, store: Database, seconds: int, sender: Courier | None = None
) -> list[tuple[int, str]]:
    """What the group is sent from now on, and after how many seconds; by a courier made anew unless one is given."""
    begin, seen = bench.clock.now(), len(await texts(bench, bench.group))
    found = []
    for second in range(0, seconds + 1, 5):
        bench.clock.move_to(begin + timedelta(seconds=second))
        one = sender or courier(bench, store)
        await one.deliver_urgent()
        await one.deliver_due()
        now = await texts(bench, bench.group)
        found += [(second, text) for text in now[seen:]]
        seen = len(now)
    return found


async def test_a_group_gets_something_new_once_a_minute(bench: Bench, store: Database) -> None:
    """Alerts before digests, digests before the board; each by a bot that was started anew."""
    for text, kind in (("табло", "board"), ("вчера", "picture"), ("итог", "screen"), ("🔴 ждёт", "alert")):
        await wanted(bench, store, bench.group, text, kind=kind, data={"picture": CHART})
    assert await _group_hears(bench, store, 200) == [(0, "🔴 ждёт"), (60, "вчера"), (120, "итог"), (180, "табло")]


async def test_the_minute_counts_from_the_delivery(bench: Bench, store: Database) -> None:
    """Both were written long ago: the first one was held up, and the second is a minute behind it all the same."""
    later = bench.clock.now() + timedelta(seconds=40)
    await wanted(bench, store, bench.group, "первое", kind="alert", next_try=later)
    await wanted(bench, store, bench.group, "второе", next_try=later + timedelta(seconds=10))
    sender = courier(bench, store)
    assert await _group_hears(bench, store, 110, sender) == [(40, "первое"), (100, "второе")]


async def test_whoever_has_asked_in_the_group_does_not_wait(bench: Bench, store: Database) -> None:
    """And what has to wait holds up neither an answer nor a change of what is there."""
    (row,) = await wanted(bench, store, bench.group, "🔴 ждут двое", kind="alert")
    sender = courier(bench, store)
    await sender.deliver_due()
    last = bench.clock.now()
    bench.clock.move_to(last + timedelta(seconds=10))
    await wanted(bench, store, bench.group, "🔴 ждёт третий", kind="alert")
    await wanted(bench, store, bench.group, "ответ на /floor", urgent=True)
    changed = {"screen": {"text": "🔴 ждёт один", "rows": []}, "want": 2, "next_try": bench.clock.now()}
    async with store.write() as connection:
        await connection.execute(update(t.messages).where(t.messages.c.id == row).values(changed))
    assert await sender.deliver_due() == 2
    assert await texts(bench, bench.group) == ["🔴 ждёт один", "ответ на /floor"]
    assert await sender.next_due() == last + APART


async def test_a_lost_answer_counts_as_a_message(bench: Bench, store: Database) -> None:
    """Nobody knows whether Telegram has it; a refusal is known to be none."""
    await wanted(bench, store, bench.group, "🔴 ждёт", kind="alert")
    sender = courier(bench, store)
    bench.faults.set({"target": "telegram", "mode": "ambiguous", "methods": ["sendMessage"]})
    await sender.deliver_due()
    bench.faults.set({"target": "telegram", "mode": "none"})
    assert await texts(bench, bench.group) == ["🔴 ждёт"]
    assert await _group_hears(bench, store, 65, sender) == [(60, "🔴 ждёт")]
    bench.clock.move_to(bench.clock.now() + timedelta(minutes=2))
    await wanted(bench, store, bench.group, "итог")
    bench.faults.set({"target": "telegram", "mode": "rate_limit", "methods": ["sendMessage"]})
    await sender.deliver_due()
    bench.faults.set({"target": "telegram", "mode": "none"})
    ((seconds, _),) = await _group_hears(bench, store, 40, sender)
    assert seconds < 60


async def test_a_bot_that_was_killed_while_it_was_sending(bench: Bench, store: Database) -> None:
    """The message comes again, since nobody knows of it, but not within its minute."""
    await wanted(bench, store, bench.group, "🔴 ждёт", kind="alert")

    class Killed(BaseException):
        pass

    async def dies(*_args: Any) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        patch.setattr(db, "delivered", dies)
        await courier(bench, store).deliver_due()
    assert await texts(bench, bench.group) == ["🔴 ждёт"]
    assert await _group_hears(bench, store, 70) == [(60, "🔴 ждёт")]


async def test_a_message_that_somebody_has_deleted_comes_again_in_its_turn(bench: Bench, store: Database) -> None:
    (row,) = await wanted(bench, store, bench.group, "табло 1", kind="board")
    sender = courier(bench, store)
    await sender.deliver_due()
    async with store.read() as connection:
        number = (await connection.execute(select(t.messages.c.telegram_id))).scalar_one()
    await bench.call("deleteMessage", chat_id=bench.group, message_id=number)
    changed = {"screen": {"text": "табло 2", "rows": []}, "want": 2, "next_try": bench.clock.now()}
    async with store.write() as connection:
        await connection.execute(update(t.messages).where(t.messages.c.id == row).values(changed))
    heard = await _group_hears(bench, store, 70, sender)
    assert [(second, text) for second, text in heard if text == "табло 2"] == [(60, "табло 2")]


async def test_two_replicas_share_a_groups_minute(bench: Bench, store: Database) -> None:
    await wanted(bench, store, bench.group, "первое", "второе", kind="alert")
    await asyncio.gather(*(courier(bench, store).deliver_due() for _ in range(4)))
    assert await texts(bench, bench.group) == ["первое"]


async def test_what_is_over_while_it_waits_is_not_sent(bench: Bench, store: Database) -> None:
    """Whoever may send asks first what has become of it; the turn is the next one's."""
    await wanted(bench, store, bench.group, "🔴 ждёт", kind="alert")
    await wanted(bench, store, bench.group, "итог")

    async def over() -> None:
        async with store.write() as connection:
            await connection.execute(update(t.messages).where(t.messages.c.kind == "alert").values(live=False, want=2))

    sender = Courier(store, bench.clock, bench.bot, on_lost=_nobody, on_turn=over)
    await sender.deliver_due()
    assert await texts(bench, bench.group) == ["итог"]


async def test_what_somebody_has_pressed_comes_anew_in_its_turn(bench: Bench, store: Database) -> None:
    """He has asked for the change of a message that is there, not for new ones: the group has got another number."""
    await wanted(bench, store, bench.group, "🔴 ждёт", "🔴 ждут двое", kind="alert", urgent=True)
    sender = courier(bench, store)
    assert await _group_hears(bench, store, 70, sender) == [(0, "🔴 ждёт"), (60, "🔴 ждут двое")]


async def test_a_message_that_cannot_be_drawn_anew_holds_up_nobody(bench: Bench, store: Database) -> None:
    await wanted(bench, store, bench.group, "🔴 ждёт", kind="alert")
    await wanted(bench, store, bench.anna, "карточка")

    async def breaks() -> None:
        raise RuntimeError("a bug of ours")

    sender = Courier(store, bench.clock, bench.bot, on_lost=_nobody, on_turn=breaks)
    assert await sender.deliver_due() == 2
    assert (await texts(bench, bench.anna), await texts(bench, bench.group)) == (["карточка"], ["🔴 ждёт"])


async def test_what_finds_the_group_moved_is_sent_there_at_once(bench: Bench, store: Database) -> None:
    """Nothing was sent to the old number, so the new one owes nobody a minute."""
    old = bench.group - 1
    await wanted(bench, store, old, "🔴 ждёт", kind="alert")

    async def move(lost: ChatLost) -> None:
        async with store.write() as connection:
            await connection.execute(update(t.messages).values(chat_id=lost.new_chat_id))
            await turns.move(connection, lost.chat_id, lost.new_chat_id or 0)

    sender, real = Courier(store, bench.clock, bench.bot, on_lost=move), Bot.__call__

    async def migrated(bot: Bot, method: TelegramMethod[Any], **more: Any) -> Any:
        if isinstance(method, SendText) and method.chat_id == old:
            raise TelegramMigrateToChat(method, "the group is a supergroup now", bench.group)
        return await real(bot, method, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Bot, "__call__", migrated)
        assert await _group_hears(bench, store, 10, sender) == [(5, "🔴 ждёт")]


async def test_bots_that_are_started_again_and_again_stay_under_the_groups_limit(bench: Bench, store: Database) -> None:
    """Each of them knows nothing of what the one before has sent."""
    begin, calls, sender = bench.clock.now(), [], courier(bench, store)
    for second in range(60):
        bench.clock.move_to(begin + timedelta(seconds=second))
        if second in (20, 40):
            sender = courier(bench, store)
        await wanted(bench, store, bench.group, *(f"ответ {second}.{number}" for number in range(3)), urgent=True)
        calls.append(await sender.deliver_urgent())
    assert calls[0] > 0
    assert sum(calls) <= 18
