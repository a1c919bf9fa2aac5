"""The messenger's rate limits and its faults, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest
from aiogram.exceptions import TelegramBadRequest, TelegramNetworkError, TelegramRetryAfter
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.sandbox.faults import FaultInvalid, Faults
from bot.sandbox.journal import KEPT_ROWS, Journal
from bot.sandbox.store import Store
from tests.integration.messenger_kit import START, Bench, running_sandbox


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with running_sandbox() as running:
        yield running


async def sends_until_refused(bench: Bench, chat: int) -> tuple[int, int]:
    """How many messages pass at this moment, and the seconds of the refusal after them."""
    passed = 0
    while True:
        try:
            await bench.bot.send_message(chat, f"№ {passed}")
        except TelegramRetryAfter as refused:
            return passed, refused.retry_after
        passed += 1


async def test_a_private_chat_takes_a_burst_and_then_one_a_second(bench: Bench):
    assert await sends_until_refused(bench, bench.ivan) == (3, 1)
    assert await sends_until_refused(bench, bench.anna) == (3, 1)
    bench.clock.move_to(START + timedelta(seconds=1))
    assert await sends_until_refused(bench, bench.ivan) == (1, 1)
    bench.clock.move_to(START + timedelta(seconds=60))
    assert await sends_until_refused(bench, bench.ivan) == (3, 1)


async def test_a_group_takes_twenty_a_minute_edits_included(bench: Bench):
    board = await bench.bot.send_message(bench.group, "табло")
    for number in range(9):
        await bench.bot.edit_message_text(f"табло {number}", chat_id=bench.group, message_id=board.message_id)
    bench.clock.move_to(START + timedelta(seconds=10))
    assert await sends_until_refused(bench, bench.group) == (10, 50)
    with pytest.raises(TelegramRetryAfter):
        await bench.bot.edit_message_text("ещё", chat_id=bench.group, message_id=board.message_id)
    bench.clock.move_to(START + timedelta(seconds=60))
    assert await sends_until_refused(bench, bench.group) == (10, 10)


async def test_thirty_a_second_in_all_and_answers_to_presses_are_free(bench: Bench):
    card = await bench.bot.send_message(bench.ivan, "карточка")
    for number in range(29):
        await bench.bot.edit_message_text(f"№ {number}", chat_id=bench.ivan, message_id=card.message_id)
    with pytest.raises(TelegramRetryAfter) as refused:
        await bench.bot.send_message(bench.anna, "ещё")
    assert refused.value.retry_after == 1
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await bench.bot.answer_callback_query("1")
    bench.clock.move_to(START + timedelta(seconds=1))
    assert (await bench.bot.send_message(bench.anna, "ещё")).text == "ещё"


async def test_limits_can_be_switched_off(bench: Bench):
    assert await bench.post("/sandbox/pace", {"telegram": "off"}) == {"telegram": "off"}
    for number in range(40):
        await bench.bot.send_message(bench.ivan, str(number))
    await bench.post("/sandbox/pace", {"telegram": "enforce"})
    assert await sends_until_refused(bench, bench.ivan) == (3, 1)
    await bench.post("/sandbox/pace", {"telegram": "maybe"}, status=400)


async def fault(bench: Bench, mode: str, *methods: str, **more: object) -> None:
    wish: dict[str, object] = {"target": "telegram", "mode": mode, **more}
    if methods:
        wish["methods"] = list(methods)
    await bench.post("/sandbox/faults", wish)


async def test_down_drops_the_connection_and_ends_open_polls(bench: Bench):
    poll = asyncio.create_task(bench.bot.get_updates(timeout=30))
    await bench.until(bench.messenger.polls_open)
    await fault(bench, "down")
    with pytest.raises(TelegramNetworkError):
        await poll
    with pytest.raises(TelegramNetworkError):
        await bench.bot.send_message(bench.ivan, "не дойдёт")
    assert await bench.shown() == []
    await fault(bench, "none")
    await bench.bot.send_message(bench.ivan, "дошло")
    assert [row["text"] for row in await bench.shown()] == ["дошло"]


async def test_ambiguous_does_it_and_loses_the_answer(bench: Bench):
    await fault(bench, "ambiguous", "SendMessage")
    with pytest.raises(TelegramNetworkError):
        await bench.bot.send_message(bench.ivan, "дважды?")
    assert [row["text"] for row in await bench.shown()] == ["дважды?"]
    assert (await bench.bot.get_me()).is_bot
    last = (await bench.get("/sandbox/journal?target=telegram"))[-2]
    assert (last["method"], last["result"]["lost"], last["result"]["ok"]) == ("sendMessage", True, True)


async def test_rate_limit_and_reject_execute_nothing(bench: Bench):
    await fault(bench, "rate_limit", "sendMessage")
    with pytest.raises(TelegramRetryAfter) as refused:
        await bench.bot.send_message(bench.ivan, "x")
    assert refused.value.retry_after == 5
    await fault(bench, "reject")
    with pytest.raises(TelegramBadRequest):
        await bench.bot.send_message(bench.ivan, "x")
    with pytest.raises(TelegramBadRequest):
        await bench.bot.get_updates()
    assert await bench.shown() == []


async def test_slow_waits_for_business_time(bench: Bench):
    await fault(bench, "slow", "sendMessage")
    sending = asyncio.create_task(bench.bot.send_message(bench.ivan, "не спеша"))
    await bench.until(bench.clock.next_wake)
    assert bench.clock.next_wake() == START + timedelta(seconds=5)
    assert await bench.shown() == []
    await bench.post("/sandbox/clock", {"advance": "PT1M"})
    assert (await sending).date == START + timedelta(seconds=5)


async def test_people_are_never_hit_by_a_fault(bench: Bench):
    card = await bench.bot.send_message(
        bench.ivan,
        "карточка",
        reply_markup=InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="CRM", url="http://x.test")]]),
    )
    await fault(bench, "down")
    await bench.write("слышно?")
    path = f"/sandbox/chats/{bench.ivan}/messages/{card.message_id}/press"
    assert (await bench.post(path, {"user_id": bench.ivan, "text": "CRM"}))["opened"] == "http://x.test"
    await bench.post("/sandbox/idle")
    await fault(bench, "none")
    assert [update.message.text for update in await bench.bot.get_updates() if update.message] == ["слышно?"]


async def test_a_share_of_the_calls_is_hit_the_same_way_every_time():
    def hits(seed: int) -> list[bool]:
        faults = Faults()
        faults.set({"target": "bitrix24", "mode": "down", "rate": 0.3, "seed": seed})
        return [faults.check("bitrix24", "crm.item.add") is not None for _ in range(200)]

    assert hits(1) == hits(1) != hits(2)
    assert 35 <= sum(hits(1)) <= 85


def test_faults_of_different_methods_stand_side_by_side():
    faults = Faults()
    faults.set({"target": "telegram", "mode": "slow"})
    faults.set({"target": "telegram", "mode": "reject", "methods": ["sendMessage", "sendPhoto"]})
    faults.set({"target": "telegram", "mode": "none", "methods": ["SENDPHOTO", "getMe"]})

    def mode(method: str) -> str | None:
        met = faults.check("telegram", method)
        return None if met is None else met.mode

    assert [mode(name) for name in ("getUpdates", "sendmessage", "sendPhoto", "getMe")] == [
        "slow",
        "reject",
        None,
        None,
    ]
    assert faults.check("bitrix24", "getUpdates") is None
    assert faults.touches("telegram", "getupdates")
    faults.set({"target": "telegram", "mode": "none"})
    assert faults.view() == []


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"mode": "down"}, "allowed: telegram, bitrix24"),
        ({"target": "telegram", "mode": "broken"}, "allowed: none, down, slow, rate_limit, ambiguous, reject"),
        ({"target": "telegram", "mode": "down", "rate": 2}, "a number from 0 to 1"),
        ({"target": "telegram", "mode": "down", "seed": "x"}, "a whole number"),
        ({"target": "telegram", "mode": "down", "methods": "all"}, "a list of method names"),
        ({"target": "telegram", "mode": "down", "method": "x"}, "unknown key 'method'"),
    ],
)
async def test_wrong_faults_are_refused_and_change_nothing(bench: Bench, wish: dict[str, object], said: str):
    with pytest.raises(FaultInvalid, match=said):
        Faults().set(wish)
    assert said in (await bench.post("/sandbox/faults", wish, status=400))["error"]
    assert bench.faults.view() == []


async def test_the_journal_has_every_call_with_its_result(bench: Bench):
    await bench.bot.send_message(bench.ivan, "раз")
    with pytest.raises(TelegramBadRequest):
        await bench.bot.send_message(1, "два")
    await bench.bot.set_webhook("http://127.0.0.1:1/hook", secret_token="hush")
    first, second, third = await bench.get("/sandbox/journal?target=telegram&after=0")
    assert (first["method"], first["caller"], first["at"]) == ("sendMessage", "bot4242", START.isoformat())
    assert first["params"] == {"chat_id": str(bench.ivan), "text": "раз"}
    assert first["result"]["result"]["text"] == "раз"
    assert second["result"]["description"] == "Bad Request: chat not found"
    assert "hush" not in str(third)
    assert await bench.get(f"/sandbox/journal?after={third['id']}") == []
    assert await bench.get("/sandbox/journal?target=bitrix24") == []
    await bench.get("/sandbox/journal?target=pigeon", status=400)


def test_the_journal_keeps_the_last_rows_and_shortens_the_long(tmp_path):
    store = Store(tmp_path / "sandbox.db")
    journal = Journal(store)
    with store.transaction():
        for number in range(KEPT_ROWS + 400):
            journal.record("bitrix24", "batch", {"n": number}, {"ok": True}, START, "user1")
    journal.record("bitrix24", "add", {"text": "я" * 9000}, [1] * 500, START, "user1")
    rows = journal.list()
    assert KEPT_ROWS <= len(rows) <= KEPT_ROWS + 200
    assert rows[-1]["id"] == KEPT_ROWS + 401
    assert len(str(rows[-1]["params"])) < 5100
    assert str(rows[-1]["result"]).endswith("500 in all']")
    store.close()


async def test_live_events_tell_what_changed(bench: Bench):
    async with bench.http.get(f"{bench.base}/sandbox/stream", timeout=aiohttp.ClientTimeout(total=10)) as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        assert await stream.content.readline() == b": hello\n"
        sent = await bench.bot.send_message(bench.ivan, "живое")
        await bench.post("/sandbox/clock", {"advance": "PT1S"})
        seen = b""
        while b"event: clock" not in seen:
            seen += await stream.content.readline()
        assert f'event: message\ndata: {{"chat": {bench.ivan}, "id": {sent.message_id}}}'.encode() in seen
        assert b"event: journal" in seen
