"""Updates, presses and people: what reaches the bot, when, and what survives."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiogram.exceptions import TelegramBadRequest, TelegramConflictError, TelegramNetworkError
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, Message, ReplyKeyboardMarkup, Update
from aiogram.types import KeyboardButton as Key
from aiohttp import FormData, web
from aiohttp.test_utils import TestServer

from tests.integration.messenger_kit import BOT_ID, START, Bench, running_sandbox


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with running_sandbox() as running:
        yield running


def keyboard(*labels: str) -> InlineKeyboardMarkup:
    rows = [[InlineKeyboardButton(text=label, callback_data=f"d:{label}"[:20])] for label in labels]
    return InlineKeyboardMarkup(inline_keyboard=rows)


def texts(updates: list[Update]) -> list[str | None]:
    return [update.message.text for update in updates if update.message]


async def open_poll(bench: Bench) -> asyncio.Task[list[Update]]:
    """A long poll that has reached the server."""
    task = asyncio.create_task(bench.bot.get_updates(timeout=30))
    await bench.until(bench.messenger.polls_open)
    return task


async def test_updates_stay_until_they_are_confirmed(bench: Bench):
    for text in ("раз", "два", "три"):
        await bench.write(text)
    first = await bench.bot.get_updates(limit=2)
    assert texts(first) == ["раз", "два"]
    assert texts(await bench.bot.get_updates()) == ["раз", "два", "три"]
    rest = await bench.bot.get_updates(offset=first[-1].update_id + 1)
    assert texts(rest) == ["три"]
    assert bench.messenger.pending() == 1
    assert await bench.bot.get_updates(offset=rest[-1].update_id + 1) == []
    assert bench.messenger.pending() == 0


async def test_a_negative_offset_forgets_all_but_the_last(bench: Bench):
    for text in ("раз", "два", "три"):
        await bench.write(text)
    assert texts(await bench.bot.get_updates(offset=-2)) == ["два", "три"]
    assert texts(await bench.bot.get_updates()) == ["два", "три"]


async def test_updates_are_kept_for_a_day(bench: Bench):
    await bench.write("вчера")
    bench.clock.move_to(START + timedelta(hours=24))
    await bench.write("сегодня")
    assert texts(await bench.bot.get_updates()) == ["вчера", "сегодня"]
    bench.clock.move_to(START + timedelta(hours=24, seconds=1))
    assert texts(await bench.bot.get_updates()) == ["сегодня"]


async def test_a_long_poll_wakes_at_once(bench: Bench):
    poll = await open_poll(bench)
    async with asyncio.timeout(5):
        await bench.write("просыпайся")
        assert texts(await poll) == ["просыпайся"]


async def test_a_later_poller_ends_the_earlier_one(bench: Bench):
    poll = await open_poll(bench)
    assert await bench.bot.get_updates() == []
    with pytest.raises(TelegramConflictError, match="terminated by other getUpdates request"):
        await poll


async def test_polls_of_a_dead_client_are_dropped(bench: Bench):
    poll = await open_poll(bench)
    poll.cancel()
    await bench.until(lambda: not bench.messenger.polls_open())
    await bench.write("ещё тут?")
    assert texts(await bench.bot.get_updates()) == ["ещё тут?"]


async def test_allowed_updates_are_remembered_and_unknown_names_are_passed_over(bench: Bench):
    await bench.bot.get_updates(allowed_updates=["callback_query", "aiogd_update"])
    await bench.write("не нужно")
    assert await bench.bot.get_updates() == []
    await bench.bot.get_updates(allowed_updates=[])
    await bench.write("нужно")
    assert texts(await bench.bot.get_updates()) == ["нужно"]


async def test_what_was_written_before_there_was_a_bot_is_not_lost(bench: Bench):
    number = await bench.write("/start abc")
    [update] = await bench.bot.get_updates()
    assert update.message is not None
    assert update.message.from_user is not None
    assert (update.message.text, update.message.message_id) == ("/start abc", number)
    assert (update.message.from_user.id, update.message.from_user.full_name) == (bench.ivan, "Иван Соколов")
    assert [mark.type for mark in update.message.entities or []] == ["bot_command"]
    assert (await bench.bot.send_message(bench.ivan, "да", reply_to_message_id=number)).reply_to_message is not None


async def test_people_write_to_the_bot_that_listens(bench: Bench):
    other = bench.make_bot("77:other-bot")
    await bench.bot.get_updates()
    await bench.write("первому")
    await other.get_updates()
    await bench.write("второму")
    assert texts(await bench.bot.get_updates()) == ["первому"]
    assert texts(await other.get_updates()) == ["второму"]


async def test_privacy_mode_in_the_group(bench: Bench):
    card = await bench.bot.send_message(bench.group, "табло")
    chat = f"/sandbox/chats/{bench.group}/messages"
    await bench.write("просто болтовня", bench.ivan, bench.group)
    await bench.write("/today", bench.ivan, bench.group)
    await bench.write("/today@other_bot", bench.ivan, bench.group)
    await bench.write(f"эй @sandbox_{BOT_ID}_bot", bench.ivan, bench.group)
    await bench.post(chat, {"user_id": bench.anna, "text": "ответ", "reply_to": card.message_id})
    assert texts(await bench.bot.get_updates()) == ["/today", f"эй @sandbox_{BOT_ID}_bot", "ответ"]
    await bench.post(chat, {"user_id": bench.person("Юлия"), "text": "я не тут"}, status=403)


async def test_contacts_and_files_from_a_phone(bench: Bench):
    chat = f"/sandbox/chats/{bench.ivan}/messages"
    await bench.post(chat, {"user_id": bench.ivan, "contact": True})
    form = FormData()
    form.add_field("user_id", str(bench.ivan))
    form.add_field("text", "чек")
    form.add_field("file", b"%PDF", filename="чек.pdf", content_type="application/pdf")
    async with bench.http.post(bench.base + chat, data=form) as answer:
        assert answer.status == 200
    contact, document = [update.message for update in await bench.bot.get_updates()]
    assert contact is not None
    assert contact.contact is not None
    assert (contact.contact.phone_number, contact.contact.user_id) == ("+79000000101", bench.ivan)
    assert document is not None
    assert document.document is not None
    assert (document.document.file_name, document.caption) == ("чек.pdf", "чек")
    await bench.post(chat, {"user_id": bench.ivan}, status=400)
    await bench.post(chat, {"user_id": 5, "text": "x"}, status=404)
    await bench.post("/sandbox/chats/5/messages", {"user_id": 5, "text": "x"}, status=404)
    await bench.post(chat, {"user_id": bench.ivan, "text": "x" * 4097}, status=400)


async def test_blocking_is_told_and_start_ends_it(bench: Bench):
    await bench.bot.get_me()
    await bench.post(f"/sandbox/people/{bench.ivan}/block", {"blocked": True})
    await bench.post(f"/sandbox/chats/{bench.ivan}/messages", {"user_id": bench.ivan, "text": "эй"}, status=409)
    await bench.write("/start")
    blocked, unblocked, start = await bench.bot.get_updates()
    assert blocked.my_chat_member is not None
    assert blocked.my_chat_member.new_chat_member.status == "kicked"
    assert unblocked.my_chat_member is not None
    assert unblocked.my_chat_member.new_chat_member.status == "member"
    assert texts([start]) == ["/start"]


async def press(bench: Bench, card: Message, status: int = 200, **what: str):
    path = f"/sandbox/chats/{card.chat.id}/messages/{card.message_id}/press"
    return await bench.post(path, {"user_id": bench.ivan, **what}, status=status)


async def test_a_press_returns_what_the_bot_answers(bench: Bench):
    card = await bench.bot.send_message(bench.ivan, "карточка", reply_markup=keyboard("Дозвонился"))
    pressing = asyncio.create_task(press(bench, card, text="Дозвонился"))
    [update] = await bench.bot.get_updates(timeout=10)
    query = update.callback_query
    assert query is not None
    assert isinstance(query.message, Message)
    assert (query.data, query.from_user.id, query.message.message_id) == ("d:Дозвонился", bench.ivan, card.message_id)
    assert query.message.reply_markup == card.reply_markup
    assert await bench.bot.answer_callback_query(query.id, "Готово", show_alert=True)
    assert await pressing == {"answer": {"text": "Готово", "show_alert": True}}
    with pytest.raises(TelegramBadRequest, match="query is too old and response timeout expired or query ID is inv"):
        await bench.bot.answer_callback_query(query.id)
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await bench.bot.answer_callback_query("nonsense")


async def test_an_answer_may_come_too_late_or_be_too_long(bench: Bench):
    card = await bench.bot.send_message(bench.ivan, "карточка", reply_markup=keyboard("Да"))
    pressing = asyncio.create_task(press(bench, card, data="forged:1"))
    [update] = await bench.bot.get_updates(timeout=10)
    assert update.callback_query is not None
    assert update.callback_query.data == "forged:1"
    with pytest.raises(TelegramBadRequest, match="MESSAGE_TOO_LONG"):
        await bench.bot.answer_callback_query(update.callback_query.id, "x" * 201)
    bench.clock.move_to(START + timedelta(seconds=21))
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await bench.bot.answer_callback_query(update.callback_query.id)
    pressing.cancel()


@pytest.mark.parametrize(
    ("label", "wanted", "found"),
    [
        ("📞 Звоню", "Звоню", True),
        ("Готово (2)", "Готово", True),
        ("через 1 ч · 11:05", "через 1 ч", True),
        ("✅ Записать", "записать", True),
        ("Не дозвонился", "Дозвонился", False),
        ("250–500 тыс.", "250–500 тыс.", True),
    ],
)
async def test_a_label_may_have_an_emoji_or_a_counter_beside_it(bench: Bench, label: str, wanted: str, found: bool):
    markup = InlineKeyboardMarkup(
        inline_keyboard=[
            [InlineKeyboardButton(text=label, url="https://right.test")],
            [InlineKeyboardButton(text="Сегодня", url="https://wrong.test")],
        ]
    )
    card = await bench.bot.send_message(bench.ivan, "карточка", reply_markup=markup)
    answer = await press(bench, card, 200 if found else 404, text=wanted)
    if found:
        assert answer == {"answer": None, "opened": "https://right.test"}
    else:
        assert f"[{label}], [Сегодня]" in answer["error"]


async def test_presses_that_a_phone_cannot_make(bench: Bench):
    card = await bench.bot.send_message(bench.ivan, "карточка", reply_markup=keyboard("Да"))
    path = f"/sandbox/chats/{bench.ivan}/messages/{card.message_id}/press"
    await bench.post(path, {"user_id": bench.anna, "text": "Да"}, status=403)
    await bench.post(path, {"user_id": bench.ivan}, status=400)
    await bench.bot.edit_message_reply_markup(chat_id=bench.ivan, message_id=card.message_id)
    assert "no buttons" in (await press(bench, card, 404, text="Да"))["error"]
    await bench.bot.delete_message(bench.ivan, card.message_id)
    await press(bench, card, 404, data="d:Да")
    assert await bench.bot.get_updates() == []


async def test_a_reply_keyboard_is_shown(bench: Bench):
    markup = ReplyKeyboardMarkup(keyboard=[[Key(text="Мой номер", request_contact=True)]])
    sent = await bench.bot.send_message(bench.ivan, "Поделитесь номером", reply_markup=markup)
    assert sent.reply_markup is None
    [row] = await bench.shown()
    assert row["reply_keyboard"] == [[{"text": "Мой номер", "request_contact": True}]]


async def test_everything_survives_a_crash(tmp_path: Path):
    """The data are taken as they lie on the disk while the first sandbox still runs."""
    data = tmp_path / "second" / "sandbox.db"
    async with running_sandbox(tmp_path / "first" / "sandbox.db") as bench:
        card = await bench.bot.send_message(bench.ivan, "карточка", reply_markup=keyboard("Да"))
        ids = [person["id"] for person in await bench.get("/sandbox/people")]
        await bench.write("до падения")
        [before] = await bench.bot.get_updates()
        await bench.post("/sandbox/clock", {"advance": "PT1H"})
        shutil.copytree(tmp_path / "first", tmp_path / "second")
    async with running_sandbox(data) as bench:
        assert bench.clock.now() == START + timedelta(hours=1)
        assert [person["id"] for person in await bench.get("/sandbox/people")] == ids
        [again] = await bench.bot.get_updates()
        assert again == before
        await bench.bot.edit_message_text("новая", chat_id=bench.ivan, message_id=card.message_id)
        assert [row["text"] for row in await bench.shown()] == ["новая", "до падения"]
        assert (await bench.bot.send_message(bench.ivan, "ещё")).message_id == 3
        await bench.write("после")
        assert (await bench.bot.get_updates())[-1].update_id == before.update_id + 1


class Receiver:
    """A bot's webhook that answers with the given statuses, then with 200."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.taken: asyncio.Queue[tuple[int, str | None, str]] = asyncio.Queue()

    async def take(self, request: web.Request) -> web.Response:
        body = await request.json()
        status = self.statuses.pop(0) if self.statuses else 200
        secret = request.headers.get("X-Telegram-Bot-Api-Secret-Token")
        self.taken.put_nowait((status, secret, body["message"]["text"]))
        return web.Response(status=status)


async def test_a_webhook_is_posted_to_until_it_takes_the_update(bench: Bench):
    receiver = Receiver(500, 503)
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    async with TestServer(app) as server, asyncio.timeout(20):
        await bench.bot.set_webhook(str(server.make_url("/hook")), secret_token="s-1")
        with pytest.raises(TelegramConflictError, match="can't use getUpdates method while webhook is active"):
            await bench.bot.get_updates()
        await bench.write("раз")
        await bench.write("два")
        assert await receiver.taken.get() == (500, "s-1", "раз")
        for seconds, status in ((1, 503), (3, 200)):
            await bench.until(bench.clock.next_wake)
            assert bench.clock.next_wake() == START + timedelta(seconds=seconds)
            info = await bench.bot.get_webhook_info()
            assert "Wrong response from the webhook: 50" in (info.last_error_message or "")
            bench.clock.move_to(START + timedelta(seconds=seconds))
            assert await receiver.taken.get() == (status, "s-1", "раз")
        assert await receiver.taken.get() == (200, "s-1", "два")
        await bench.messenger.drained()
        assert bench.messenger.pending() == 0
        assert await bench.bot.delete_webhook()
        await bench.write("снова опрос")
        assert texts(await bench.bot.get_updates()) == ["снова опрос"]


async def test_webhooks_that_make_no_sense(bench: Bench):
    with pytest.raises(TelegramBadRequest, match="An HTTPS URL must be provided"):
        await bench.bot.set_webhook("ftp://host/")
    with pytest.raises(TelegramBadRequest, match="secret token contains unallowed characters"):
        await bench.bot.set_webhook("http://127.0.0.1:1/", secret_token="с пробелом")
    poll = await open_poll(bench)
    await bench.bot.set_webhook("http://127.0.0.1:1/")
    with pytest.raises(TelegramConflictError, match="terminated by setWebhook request"):
        await poll


async def test_a_bot_in_a_group_is_told_when_it_is_thrown_out(bench: Bench):
    await bench.bot.get_me()
    await bench.post(f"/sandbox/chats/{bench.group}/bot", {"member": False})
    [update] = await bench.bot.get_updates()
    assert update.my_chat_member is not None
    assert (update.my_chat_member.chat.id, update.my_chat_member.new_chat_member.status) == (bench.group, "kicked")
    await bench.write("/today", bench.ivan, bench.group)
    assert len(await bench.bot.get_updates()) == 1


async def test_open_polls_and_presses_do_not_hold_up_the_end():
    async with running_sandbox() as bench:
        card = await bench.bot.send_message(bench.ivan, "карточка", reply_markup=keyboard("Да"))
        await bench.bot.get_updates(allowed_updates=["message"])
        pressing = asyncio.create_task(press(bench, card, text="Да"))
        poll = await open_poll(bench)
        await bench.post("/sandbox/faults", {"target": "telegram", "mode": "slow", "methods": ["getMe"]})
        slow = asyncio.create_task(bench.bot.get_me())
        await bench.until(bench.clock.next_wake)
        async with asyncio.timeout(5):
            bench.messenger.hang_up()
            with pytest.raises(TelegramNetworkError):
                await slow
            assert await pressing == {"answer": None}
            with pytest.raises(TelegramNetworkError):
                await poll


async def test_half_characters_are_refused(bench: Bench):
    half = {"chat_id": bench.ivan, "text": "\ud83d"}
    assert (await bench.call("sendMessage", **half))["description"] == "Bad Request: strings must be encoded in UTF-8"
    await bench.post(f"/sandbox/chats/{bench.ivan}/messages", {"user_id": bench.ivan, "text": "\ud83d"}, status=400)


async def test_a_webhook_answer_that_was_lost_brings_the_update_again(bench: Bench):
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    async with TestServer(app) as server, asyncio.timeout(20):
        await bench.post("/sandbox/faults", {"target": "telegram", "mode": "ambiguous", "methods": ["webhook"]})
        await bench.bot.set_webhook(str(server.make_url("/hook")))
        await bench.write("раз")
        assert await receiver.taken.get() == (200, None, "раз")
        await bench.until(bench.clock.next_wake)
        await bench.post("/sandbox/faults", {"target": "telegram", "mode": "none"})
        await bench.post("/sandbox/clock", {"advance": "PT1S"})
        assert await receiver.taken.get() == (200, None, "раз")
        assert bench.messenger.pending() == 0
