"""Presses on cards and receipts, and typed answers to them."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message, Update

from bot.db.people import Person
from bot.dialogs import playbook
from bot.dialogs.context import Services, linked, say, toast
from bot.dialogs.filters import ButtonOf
from bot.locales.ru import dialogs as ru
from bot.screens.press import read_number, unpack
from bot.services.editing import CHANGE
from bot.services.intents import Pressed, Typed


async def press(query: CallbackQuery, services: Services, event_update: Update, person: Person | None = None) -> None:
    """Any button of a card."""
    decoded = unpack(query.data or "")
    task_id = decoded.arg(0)
    case_id = read_number(task_id.partition("-")[0])
    if case_id is None:
        await toast(query, ru.GONE)
        return
    whole = linked(person)
    match decoded.arg(2) if decoded.kind == "c" else "":
        case "help":
            reply = await services.desk.ask_help(whole, case_id, task_id)
        case "hand":
            reply = await services.desk.offer_colleagues(whole, case_id, task_id)
        case "give":
            reply = await services.desk.give(whole, case_id, task_id, decoded.arg(3))
        case _:
            reply = await services.apply(Pressed(whole, case_id, task_id, decoded, event_update.update_id))
    await toast(query, reply.toast, alert=reply.alert)


async def text(message: Message, services: Services, event_update: Update, person: Person | None = None) -> None:
    """The answer to the question that waits for words."""
    whole = linked(person)
    waiting = await services.desk.waiting_for(whole)
    if waiting is None:
        await unasked(message, services, whole)
        return
    if waiting.kind == "advice":
        await services.desk.advise(whole, waiting.data, message.text or "", message.message_id)
        return
    if waiting.kind == "newcomer":
        reply = await services.entry.typed(
            whole, int(waiting.data["newcomer"]), message.text or "", event_update.update_id
        )
        if reply.toast:
            await say(message, services, reply.toast)
        return
    if waiting.kind == CHANGE:
        await playbook.typed(message, services, whole, waiting.data)
        return
    data, words = waiting.data, message.text or ""
    case_id, task, question = int(data["case"]), str(data["task"]), str(data["question"])
    reply = await services.apply(Typed(whole, case_id, task, question, words, event_update.update_id))
    if reply.toast:
        await say(message, services, reply.toast)


async def unknown_press(query: CallbackQuery) -> None:
    """A button of another release, or of nobody: answered, so that it does not spin."""
    await toast(query, ru.GONE)


async def unasked(message: Message, services: Services, person: Person | None = None) -> None:
    """A command that we do not know, words, a voice message: the person learns what can be done instead."""
    if (message.text or "").startswith("/"):
        await say(message, services, ru.UNKNOWN_COMMAND)
        return
    wants_files = await services.filing.asks(linked(person))
    await say(message, services, ru.ONLY_FILES if wants_files else ru.NOTHING_ASKED)


def build_router() -> Router:
    """The handlers of this subject. It comes last: what nobody else knows ends here."""
    router = Router(name="cards")
    router.callback_query.register(press, ButtonOf("q", "m", "t", "c"))
    router.callback_query.register(unknown_press)
    router.message.register(text, F.chat.type == "private", F.text, ~F.text.startswith("/"))
    router.message.register(unasked, F.chat.type == "private", F.content_type.in_(_SENT_BY_PEOPLE))
    return router


_SENT_BY_PEOPLE = {
    "text",
    "voice",
    "video",
    "video_note",
    "audio",
    "sticker",
    "contact",
    "location",
}
"""And not what Telegram says by itself in a chat (a pinned message, for one)."""
