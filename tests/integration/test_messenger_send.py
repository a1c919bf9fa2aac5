"""Sending, editing and deleting through the sandbox's Bot API, with aiogram as the client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramUnauthorizedError,
)
from aiogram.types import (
    BotCommand,
    BotCommandScopeChat,
    BufferedInputFile,
    CopyTextButton,
    DisabledButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    ReplyParameters,
)
from aiohttp import FormData, ServerDisconnectedError

from tests.integration.messenger_kit import BOT_ID, START, TOKEN, Bench, running_sandbox

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x07\x00\x00\x00\x05\x08\x02\x00\x00\x00"


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with running_sandbox() as running:
        yield running


def keyboard(*rows: list[InlineKeyboardButton]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(inline_keyboard=list(rows))


def button(text: str, data: str = "x") -> InlineKeyboardButton:
    return InlineKeyboardButton(text=text, callback_data=data)


async def test_any_token_of_the_right_form_is_a_bot(bench: Bench):
    me = await bench.bot.get_me()
    other = await bench.make_bot("77:anything-goes_here").get_me()
    assert (me.id, me.is_bot, other.id) == (BOT_ID, True, 77)
    with pytest.raises(TelegramUnauthorizedError):
        await bench.make_bot("77:a").get_me()
    async with bench.http.get(f"{bench.base}/botnonsense/getMe") as answer:
        assert (answer.status, await answer.json()) == (
            404,
            {"ok": False, "error_code": 404, "description": "Not Found"},
        )


async def test_unknown_methods_are_not_found_and_known_ones_are_never_waved_through(bench: Bench):
    assert (await bench.call("sendNothing"))["error_code"] == 404
    assert (await bench.call("sendPoll", chat_id=bench.ivan))["error_code"] == 501
    assert (await bench.call("SENDMESSAGE", chat_id=bench.ivan, text="да"))["ok"]


async def test_every_way_of_sending_parameters_reads_the_same(bench: Bench):
    address = f"{bench.base}/bot{TOKEN}/sendMessage"
    fields = {
        "chat_id": str(bench.group),
        "text": "привет",
        "reply_markup": '{"inline_keyboard": [[{"text": "а", "callback_data": "б"}]]}',
    }
    form = FormData(fields, default_to_multipart=True)
    for request in ({"data": fields}, {"params": fields}, {"data": form}):
        async with bench.http.post(address, **request) as answer:
            body = await answer.json()
        assert body["result"]["text"] == "привет"
        assert body["result"]["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "б"
    async with bench.http.get(address, params=fields) as answer:
        assert (await answer.json())["ok"]
    async with bench.http.post(address, data=b"{", headers={"Content-Type": "application/json"}) as answer:
        assert answer.status == 400


async def test_a_sent_message_is_complete_and_on_the_phone(bench: Bench):
    sent = await bench.bot.send_message(
        bench.ivan,
        "  <b>Новый</b> лид 🔴 <a href='https://example.test/x'>ссылка</a> <a href='tel:+79000000000'>звонок</a>\n"
        "<blockquote expandable>a &lt; b</blockquote> <tg-time unix='1795410000' format='wDt'>завтра</tg-time>"
        " +74952223344 <tg-spoiler>тайна</tg-spoiler> <code>/не_команда</code>  ",
        parse_mode="HTML",
        reply_markup=keyboard(
            [
                InlineKeyboardButton(text="Звоню", callback_data="c:1", style="primary"),
                InlineKeyboardButton(text="Номер", copy_text=CopyTextButton(text="+79")),
            ],
            [
                InlineKeyboardButton(text="CRM", url="https://portal.test/1"),
                InlineKeyboardButton(text="Занято", disabled=DisabledButton()),
            ],
        ),
    )
    assert sent.from_user is not None
    assert (sent.from_user.id, sent.chat.id, sent.chat.type, sent.date) == (BOT_ID, bench.ivan, "private", START)
    assert sent.text == "Новый лид 🔴 ссылка звонок\na < b завтра +74952223344 тайна /не_команда"
    marks = {mark.type: mark for mark in sent.entities or []}
    assert (marks["bold"].offset, marks["bold"].length) == (0, 5)
    assert (marks["text_link"].offset, marks["text_link"].length) == (13, 6)
    assert (marks["expandable_blockquote"].offset, marks["expandable_blockquote"].length) == (27, 5)
    assert (marks["date_time"].unix_time, marks["date_time"].date_time_format) == (1795410000, "wDt")
    assert marks["phone_number"].extract_from(sent.text) == "+74952223344"
    assert marks["spoiler"].extract_from(sent.text) == "тайна"
    assert "bot_command" not in marks
    [row] = await bench.shown()
    assert (row["text"], row["from_id"], row["edit_date"], row["deleted"]) == (sent.text, BOT_ID, None, False)
    assert row["date"] == int(START.timestamp())
    assert row["buttons"] == [
        [{"text": "Звоню", "data": "c:1", "style": "primary"}, {"text": "Номер", "copy": "+79"}],
        [{"text": "CRM", "url": "https://portal.test/1"}, {"text": "Занято", "disabled": True}],
    ]


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("пять <div>", 'Unsupported start tag "div" at byte offset 9'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<a href", "Unclosed start tag at byte offset 0"),
        ("<a href>x</a>", 'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
    ],
)
async def test_broken_html_is_refused_with_its_place(bench: Bench, html: str, said: str):
    with pytest.raises(TelegramBadRequest) as refused:
        await bench.bot.send_message(bench.ivan, html, parse_mode="HTML")
    assert refused.value.message == f"Bad Request: can't parse entities: {said}"
    assert await bench.shown() == []


async def test_length_is_counted_in_utf16_units_after_the_tags(bench: Bench):
    fits = await bench.bot.send_message(bench.ivan, f"<b>{'🔴' * 2048}</b>", parse_mode="HTML")
    assert fits.text == "🔴" * 2048
    with pytest.raises(TelegramBadRequest, match="message is too long"):
        await bench.bot.send_message(bench.ivan, "🔴" * 2048 + "x")
    for empty in ("   \n", "<b> </b>"):
        with pytest.raises(TelegramBadRequest, match="message text is empty"):
            await bench.bot.send_message(bench.ivan, empty, parse_mode="HTML")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([[button("да", "ж" * 33)]], "BUTTON_DATA_INVALID"),
        ([[button("да", "")]], "BUTTON_DATA_INVALID"),
        ([[InlineKeyboardButton(text="звонок", url="tel:+79000000000")]], "inline keyboard button URL"),
        ([[InlineKeyboardButton(text="x", url="ftp://host/x")]], "Unsupported URL protocol"),
        ([[InlineKeyboardButton(text="ничего")]], "Text buttons are unallowed"),
        ([[button("x") for _ in range(9)]], "reply markup is too long"),
        ([[button("x")] for _ in range(101)], "reply markup is too long"),
        ([[InlineKeyboardButton(text="x", copy_text=CopyTextButton(text="я" * 257))]], "BUTTON_COPY_TEXT_INVALID"),
        ([[InlineKeyboardButton(text="x", callback_data="x", style="pink")]], "button style"),
        ([[InlineKeyboardButton(text="x", callback_data="x", disabled=DisabledButton())]], "exactly one action"),
    ],
)
async def test_keyboards_the_messenger_does_not_take(bench: Bench, rows, said: str):
    with pytest.raises(TelegramBadRequest, match=said):
        await bench.bot.send_message(bench.ivan, "текст", reply_markup=keyboard(*rows))


async def test_the_largest_keyboard_passes(bench: Bench):
    rows = [[button("x", "ж" * 32) for _ in range(8)] for _ in range(12)]
    sent = await bench.bot.send_message(bench.ivan, "текст", reply_markup=keyboard(*rows))
    assert sent.reply_markup is not None
    assert len(sent.reply_markup.inline_keyboard) == 12


async def test_chats_that_cannot_be_written_to(bench: Bench):
    stranger = (await bench.post("/sandbox/people", {"name": "Пётр Прохожий"}))["id"]
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bench.bot.send_message(123456, "есть кто?")
    with pytest.raises(TelegramForbiddenError, match="bot can't initiate conversation with a user"):
        await bench.bot.send_message(stranger, "здравствуйте")
    await bench.write("/start", stranger)
    assert (await bench.bot.send_message(stranger, "здравствуйте")).chat.id == stranger
    await bench.post(f"/sandbox/people/{stranger}/block", {"blocked": True})
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await bench.bot.send_message(stranger, "ещё раз")
    await bench.post(f"/sandbox/people/{stranger}/block", {"blocked": False})
    assert (await bench.bot.send_message(stranger, "снова тут")).text == "снова тут"


async def test_topics_exist_only_where_they_were_opened(bench: Bench):
    with pytest.raises(TelegramBadRequest, match="message thread not found"):
        await bench.bot.send_message(bench.group, "в тему", message_thread_id=7)
    forum = (await bench.post(f"/sandbox/chats/{bench.group}/migrate"))["chat_id"]
    thread = (await bench.post(f"/sandbox/chats/{forum}/topics", {"name": "Тревоги"}))["message_thread_id"]
    sent = await bench.bot.send_message(forum, "в тему", message_thread_id=thread)
    assert (sent.message_thread_id, sent.is_topic_message, sent.chat.is_forum) == (thread, True, True)
    async with bench.http.delete(f"{bench.base}/sandbox/chats/{forum}/topics/{thread}") as answer:
        assert answer.status == 200
    with pytest.raises(TelegramBadRequest, match="message thread not found"):
        await bench.bot.send_message(forum, "в тему", message_thread_id=thread)


async def test_a_group_that_became_a_supergroup_says_where_it_went(bench: Bench):
    old = bench.group
    before = await bench.bot.send_message(old, "до переезда")
    new = (await bench.post(f"/sandbox/chats/{old}/migrate"))["chat_id"]
    with pytest.raises(TelegramMigrateToChat) as refused:
        await bench.bot.edit_message_text("после", chat_id=old, message_id=before.message_id)
    assert refused.value.migrate_to_chat_id == new == bench.group
    moved = await bench.bot.get_updates()
    assert [(u.message.migrate_to_chat_id, u.message.migrate_from_chat_id) for u in moved if u.message] == [
        (new, None),
        (None, old),
    ]
    sent = await bench.bot.send_message(new, "тут")
    assert (sent.chat.type, sent.message_id) == ("supergroup", 2)
    assert [chat["id"] for chat in await bench.get("/sandbox/chats") if chat["type"] != "private"] == [new]


async def test_private_chats_and_the_basic_group_share_one_counter(bench: Bench):
    numbers = [(await bench.bot.send_message(chat, "x")).message_id for chat in (bench.ivan, bench.group, bench.anna)]
    assert numbers == [1, 2, 3]


async def test_an_edit_changes_the_phone_and_drops_a_keyboard_that_is_not_given(bench: Bench):
    sent = await bench.bot.send_message(bench.ivan, "было", reply_markup=keyboard([button("да")]))
    bench.clock.move_to(START + timedelta(days=30))
    edited = await bench.bot.edit_message_text("стало", chat_id=bench.ivan, message_id=sent.message_id)
    assert not isinstance(edited, bool)
    assert (edited.text, edited.reply_markup) == ("стало", None)
    [row] = await bench.shown()
    assert (row["text"], row["buttons"]) == ("стало", [])
    assert row["edit_date"] == int((START + timedelta(days=30)).timestamp())
    since = f"/sandbox/chats/{bench.ivan}/messages?after={sent.message_id}&since="
    assert [row["text"] for row in await bench.get(since + "2026-12-23T07:00:00Z")] == ["стало"]
    assert await bench.get(since + "2026-12-23T07:00:01Z") == []


async def test_refused_edits(bench: Bench):
    sent = await bench.bot.send_message(
        bench.ivan, "<b>раз</b>", parse_mode="HTML", reply_markup=keyboard([button("да")])
    )
    where: dict[str, Any] = {"chat_id": bench.ivan, "message_id": sent.message_id}
    with pytest.raises(TelegramBadRequest, match="Bad Request: message is not modified: specified new message content"):
        await bench.bot.edit_message_text(
            "<b>раз</b>", parse_mode="HTML", reply_markup=keyboard([button("да")]), **where
        )
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await bench.bot.edit_message_reply_markup(reply_markup=keyboard([button("да")]), **where)
    await bench.bot.edit_message_text("раз", reply_markup=keyboard([button("да")]), **where)
    with pytest.raises(TelegramBadRequest, match="message to edit not found"):
        await bench.bot.edit_message_text("x", chat_id=bench.ivan, message_id=999)
    theirs = await bench.write("моё")
    with pytest.raises(TelegramBadRequest, match="message can't be edited"):
        await bench.bot.edit_message_text("x", chat_id=bench.ivan, message_id=theirs)
    photo = await bench.bot.send_photo(bench.ivan, BufferedInputFile(PNG, "p.png"), caption="график")
    with pytest.raises(TelegramBadRequest, match="there is no text in the message to edit"):
        await bench.bot.edit_message_text("x", chat_id=bench.ivan, message_id=photo.message_id)
    await bench.bot.delete_message(**where)
    with pytest.raises(TelegramBadRequest, match="message to edit not found"):
        await bench.bot.edit_message_text("x", **where)


async def test_another_bots_dialog_is_out_of_reach(bench: Bench):
    sent = await bench.bot.send_message(bench.ivan, "моё")
    other = bench.make_bot("77:other-bot")
    with pytest.raises(TelegramBadRequest, match="message to edit not found"):
        await other.edit_message_text("x", chat_id=bench.ivan, message_id=sent.message_id)


async def test_deleting(bench: Bench):
    own = await bench.bot.send_message(bench.ivan, "карточка")
    theirs = await bench.write("привет")
    group = await bench.write("в группе", bench.ivan, bench.group)
    assert await bench.bot.delete_message(bench.ivan, own.message_id)
    assert await bench.bot.delete_messages(bench.ivan, [theirs, 999])
    assert [row["deleted"] for row in await bench.shown()] == [True, True]
    with pytest.raises(TelegramBadRequest, match="message to delete not found"):
        await bench.bot.delete_message(bench.ivan, own.message_id)
    with pytest.raises(TelegramBadRequest, match="message can't be deleted"):
        await bench.bot.delete_message(bench.group, group)
    old = await bench.bot.send_message(bench.ivan, "старая")
    bench.clock.move_to(START + timedelta(hours=49))
    with pytest.raises(TelegramBadRequest, match="message can't be deleted"):
        await bench.bot.delete_message(bench.ivan, old.message_id)


async def test_replies_pins_and_actions(bench: Bench):
    first = await bench.bot.send_message(bench.ivan, "раз")
    answer = await bench.bot.send_message(
        bench.ivan, "два", reply_parameters=ReplyParameters(message_id=first.message_id)
    )
    assert answer.reply_to_message is not None
    assert answer.reply_to_message.message_id == first.message_id
    with pytest.raises(TelegramBadRequest, match="message to be replied not found"):
        await bench.bot.send_message(bench.ivan, "три", reply_parameters=ReplyParameters(message_id=999))
    loose = ReplyParameters(message_id=999, allow_sending_without_reply=True)
    assert (await bench.bot.send_message(bench.ivan, "три", reply_parameters=loose)).reply_to_message is None
    assert await bench.bot.pin_chat_message(bench.ivan, first.message_id)
    chat = await bench.bot.get_chat(bench.ivan)
    assert chat.pinned_message is not None
    assert (chat.first_name, chat.pinned_message.message_id) == ("Иван", first.message_id)
    assert [row["message_id"] for row in await bench.shown() if row["pinned"]] == [first.message_id]
    assert await bench.bot.unpin_chat_message(bench.ivan)
    assert not any(row["pinned"] for row in await bench.shown())
    assert await bench.bot.send_chat_action(bench.ivan, "typing")
    with pytest.raises(TelegramBadRequest, match="wrong parameter action"):
        await bench.bot.send_chat_action(bench.ivan, "dancing")


async def test_files_go_both_ways_and_links_live_for_an_hour(bench: Bench):
    sent = await bench.bot.send_document(
        bench.ivan, BufferedInputFile(b"%PDF-1.4", "договор.pdf"), caption="<i>вот</i>", parse_mode="HTML"
    )
    assert sent.document is not None
    assert (sent.document.file_name, sent.document.file_size, sent.caption) == ("договор.pdf", 8, "вот")
    again = await bench.bot.send_document(bench.ivan, sent.document.file_id)
    assert again.document == sent.document
    photo = await bench.bot.send_photo(bench.ivan, BufferedInputFile(PNG, "chart.png"))
    assert photo.photo is not None
    assert (photo.photo[0].width, photo.photo[0].height) == (7, 5)
    with pytest.raises(TelegramBadRequest, match="IMAGE_PROCESS_FAILED"):
        await bench.bot.send_photo(bench.ivan, BufferedInputFile(b"no picture", "x.png"))
    file = await bench.bot.get_file(sent.document.file_id)
    assert file.file_path is not None
    content = await bench.bot.download_file(file.file_path)
    assert content is not None
    assert content.read() == b"%PDF-1.4"
    address = f"{bench.base}/file/bot{TOKEN}/{file.file_path}"
    await bench.post("/sandbox/faults", {"target": "telegram", "mode": "down", "methods": ["file"]})
    with pytest.raises(ServerDisconnectedError):
        await bench.http.get(address)
    await bench.post("/sandbox/faults", {"target": "telegram", "mode": "none"})
    bench.clock.move_to(START + timedelta(minutes=61))
    async with bench.http.get(address) as answer:
        assert answer.status == 404
    row = (await bench.shown())[0]
    async with bench.http.get(bench.base + row["document"]["url"]) as answer:
        assert await answer.read() == b"%PDF-1.4"


async def test_the_group_and_who_is_in_it(bench: Bench):
    chat = await bench.bot.get_chat(bench.group)
    assert chat.type == "group"
    assert (await bench.bot.get_chat_member(bench.group, bench.ivan)).status == "member"
    assert (await bench.bot.get_chat_member(bench.group, bench.person("Ольга"))).status == "creator"
    assert (await bench.bot.get_chat_member(bench.group, bench.person("Юлия"))).status == "left"
    assert (await bench.bot.get_chat_member(bench.group, BOT_ID)).status == "member"
    assert [admin.user.id for admin in await bench.bot.get_chat_administrators(bench.group)] == [bench.person("Ольга")]
    assert await bench.bot.get_chat_member_count(bench.group) == 4
    await bench.post(f"/sandbox/chats/{bench.group}/bot", {"member": False})
    with pytest.raises(TelegramForbiddenError, match="bot was kicked from the group chat"):
        await bench.bot.send_message(bench.group, "пустите")
    await bench.post(f"/sandbox/chats/{bench.group}/bot", {"member": True})
    assert await bench.bot.leave_chat(bench.group)
    with pytest.raises(TelegramForbiddenError, match="bot is not a member of the group chat"):
        await bench.bot.send_message(bench.group, "передумал")


async def test_commands_are_kept_by_scope(bench: Bench):
    today = BotCommand(command="today", description="Дела на сегодня")
    mine = BotCommandScopeChat(chat_id=bench.ivan)
    assert await bench.bot.set_my_commands([today], scope=mine)
    assert [command.command for command in await bench.bot.get_my_commands(scope=mine)] == ["today"]
    assert await bench.bot.get_my_commands() == []
    with pytest.raises(TelegramBadRequest, match="BOT_COMMAND_INVALID"):
        await bench.bot.set_my_commands([BotCommand(command="сегодня", description="x")])
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bench.bot.set_my_commands([today], scope=BotCommandScopeChat(chat_id=5))


async def test_an_unknown_file_path_is_not_found(bench: Bench):
    with pytest.raises(TelegramBadRequest, match="invalid file_id"):
        await bench.bot.get_file("nothing")
    for path in ("documents/file_1.pdf", "../secret", "documents/file_99999999999999.pdf"):
        async with bench.http.get(f"{bench.base}/file/bot{TOKEN}/{path}") as answer:
            assert answer.status == 404
