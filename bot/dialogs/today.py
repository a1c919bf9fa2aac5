"""«Сегодня», «Завтра», and working through the list card by card."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message, Update

from bot.db.people import Person
from bot.dialogs.context import Services, linked, say, toast
from bot.dialogs.filters import ButtonOf
from bot.locales.ru import dialogs as ru
from bot.screens import lists
from bot.screens.press import unpack
from bot.screens.screen import Screen
from bot.services.intents import Show

_FLOOR = ("manager", "supervisor", "director", "lawyer")
"""Who may see clients of colleagues in the calendar."""
_SPANS = ("today", "tomorrow", "week")


async def today(message: Message, services: Services, person: Person | None = None) -> None:
    """The list of today, at the top of the chat from now on."""
    key = f"today:{message.chat.id}:{message.message_id}"
    await services.counters.show(linked(person), message.chat.id, key)


async def calendar(message: Message, services: Services, person: Person | None = None) -> None:
    """The department's meetings of today."""
    if linked(person).role not in _FLOOR:
        await say(message, services, ru.ONLY_FLOOR)
        return
    screen = lists.calendar(await services.views.calendar("today"))
    await services.showing.new(message.chat.id, f"calendar:{message.chat.id}:{message.message_id}", screen)


async def steer(query: CallbackQuery, services: Services, event_update: Update, person: Person | None = None) -> None:
    """The buttons of the list, and [Следующий] of a receipt."""
    whole = linked(person)
    decoded = unpack(query.data or "")
    verb = decoded.arg(0)
    if verb == "next":
        case_id = await services.views.next_case(whole)
        if case_id is None:
            await toast(query, ru.NO_TASKS)
            return
        reply = await services.apply(Show(whole, case_id, event_update.update_id))
        await toast(query, reply.toast)
    elif verb in ("today", "tomorrow") and query.message is not None:
        kept = await services.counters.keeps(query.message.chat.id, query.message.message_id)
        screen = lists.day(await services.views.day(whole, ahead=verb == "tomorrow", kept=kept))
        await _show(services, query, screen, beside=kept and verb == "tomorrow")
    elif verb == "meet" and decoded.arg(1) in _SPANS and query.message is not None:
        if whole.role not in _FLOOR:
            await toast(query, ru.ONLY_FLOOR)
            return
        screen = lists.calendar(await services.views.calendar(decoded.arg(1)))
        kept = await services.counters.keeps(query.message.chat.id, query.message.message_id)
        await _show(services, query, screen, beside=kept)
    else:
        await toast(query, ru.GONE)


async def _show(services: Services, query: CallbackQuery, screen: Screen, *, beside: bool) -> None:
    """In the message that was pressed, or `beside` it as a new one."""
    if query.message is not None and beside:
        await services.showing.new(query.message.chat.id, f"view:{query.id}", screen)
    elif query.message is not None:
        await services.showing.instead(query.message.chat.id, query.message.message_id, screen)
    await toast(query)


def build_router() -> Router:
    """The handlers of this subject."""
    router = Router(name="today")
    router.message.register(today, Command("today"), F.chat.type == "private")
    router.message.register(calendar, Command("calendar"), F.chat.type == "private")
    router.callback_query.register(steer, ButtonOf("s"))
    return router
