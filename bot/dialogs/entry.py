"""/new and the form of a new client."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message, Update

from bot.db.people import Person
from bot.dialogs.context import Services, linked, say, toast
from bot.dialogs.filters import ButtonOf
from bot.screens.press import unpack


async def new(message: Message, services: Services, event_update: Update, person: Person | None = None) -> None:
    """An empty form, or the one that was begun."""
    reply = await services.entry.begin(linked(person), event_update.update_id)
    if reply.toast:
        await say(message, services, reply.toast)


async def press(query: CallbackQuery, services: Services, event_update: Update, person: Person | None = None) -> None:
    """Any button of the form, and the one that opens it."""
    decoded = unpack(query.data or "")
    if decoded.args == ("new",):
        reply = await services.entry.begin(linked(person), event_update.update_id)
    else:
        reply = await services.entry.press(linked(person), decoded, event_update.update_id)
    await toast(query, reply.toast, alert=reply.alert)


def build_router() -> Router:
    """The handlers of this subject."""
    router = Router(name="entry")
    router.message.register(new, Command("new"), F.chat.type == "private")
    router.callback_query.register(press, ButtonOf("n"))
    return router
