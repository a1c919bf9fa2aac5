"""Buttons under messages about tasks that wait: of supervisors, and [Беру] of colleagues."""

from __future__ import annotations

from aiogram import Router
from aiogram.types import CallbackQuery

from bot.db.people import Person
from bot.dialogs.context import Services, linked, toast
from bot.dialogs.filters import ButtonOf
from bot.locales.ru import dialogs as ru
from bot.screens.press import read_number, unpack


async def press(query: CallbackQuery, services: Services, person: Person | None = None) -> None:
    """Others than supervisors and directors are refused, and nobody but the presser sees it."""
    decoded, message = unpack(query.data or ""), query.message
    if message is None:
        await toast(query, ru.GONE)
        return
    verb, task, to = decoded.arg(0), decoded.arg(1), read_number(decoded.arg(2))
    reply = await services.stepping.press(linked(person), message.chat.id, message.message_id, verb, task, to)
    await toast(query, reply.toast, alert=reply.alert)


async def take(query: CallbackQuery, services: Services, person: Person | None = None) -> None:
    """[Беру]: the first press has the client."""
    message = query.message
    if message is None:
        await toast(query, ru.GONE)
        return
    task = unpack(query.data or "").arg(0)
    reply = await services.offers.take(linked(person), message.chat.id, message.message_id, task)
    await toast(query, reply.toast, alert=reply.alert)


def build_router() -> Router:
    """The handlers of this subject."""
    router = Router(name="stepping")
    router.callback_query.register(press, ButtonOf("e"))
    router.callback_query.register(take, ButtonOf("o"))
    return router
