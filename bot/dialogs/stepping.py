"""Buttons of supervisors under messages about tasks that wait, in their group or on their phones."""

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


def build_router() -> Router:
    """The handlers of this subject."""
    router = Router(name="stepping")
    router.callback_query.register(press, ButtonOf("e"))
    return router
