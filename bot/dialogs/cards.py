"""Presses on cards and receipts, and typed answers to them."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message

from bot.db.people import Person
from bot.dialogs.context import Services, linked, toast
from bot.locales.ru import dialogs as ru
from bot.screens.press import unpack
from bot.services.intents import Pressed, Typed


async def press(query: CallbackQuery, services: Services, person: Person | None = None) -> None:
    """Any button of a card."""
    decoded = unpack(query.data or "")
    task_id = decoded.arg(0)
    case_id = task_id.partition("-")[0]
    if not case_id.isdigit() or len(case_id) > 15:
        await toast(query, ru.GONE)
        return
    whole = linked(person)
    match decoded.arg(2) if decoded.kind == "c" else "":
        case "help":
            reply = await services.desk.ask_help(whole, int(case_id), task_id)
        case "hand":
            reply = await services.desk.offer_colleagues(whole, int(case_id), task_id)
        case "give":
            reply = await services.desk.give(whole, int(case_id), task_id, decoded.arg(3))
        case _:
            reply = await services.apply(Pressed(whole, int(case_id), task_id, decoded))
    await toast(query, reply.toast, alert=reply.alert)


async def text(message: Message, services: Services, person: Person | None = None) -> None:
    """The answer to the question that waits for words."""
    whole = linked(person)
    waiting = await services.desk.waiting_for(whole)
    if waiting is None:
        await message.answer(ru.NOTHING_ASKED)
        return
    if waiting.kind == "advice":
        await services.desk.advise(whole, waiting.data, message.text or "")
        return
    data = waiting.data
    reply = await services.apply(
        Typed(whole, int(data["case"]), str(data["task"]), str(data["question"]), message.text or "")
    )
    if reply.toast:
        await message.answer(reply.toast)


def build_router() -> Router:
    """The handlers of this subject."""
    router = Router(name="cards")
    router.callback_query.register(press, F.data.regexp(r"^[qmtc]\|"))
    router.message.register(text, F.chat.type == "private", F.text, ~F.text.startswith("/"))
    return router
