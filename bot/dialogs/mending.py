"""[Исправить результат] and [Вернуть в работу] under a client that a supervisor has opened."""

from __future__ import annotations

from aiogram import Router
from aiogram.types import CallbackQuery

from bot.db.people import Person
from bot.dialogs.context import Services, linked, toast
from bot.dialogs.filters import ButtonOf
from bot.errors import ActionNotAllowed
from bot.locales.ru import dialogs as words
from bot.locales.ru import digests as ru
from bot.screens.press import Press, read_number, unpack
from bot.screens.screen import Screen
from bot.services.intents import Reply


async def press(query: CallbackQuery, services: Services, person: Person | None = None) -> None:
    """Any of its buttons; a refusal is a sentence, and the message stays as it is."""
    decoded, message, who = unpack(query.data or ""), query.message, linked(person)
    if not who.leads:
        await toast(query, ru.ONLY_LEADERS)
        return
    case_id = read_number(decoded.arg(1))
    if message is None or case_id is None:
        await toast(query, words.GONE)
        return
    try:
        screen = await _look(services, who, decoded, case_id)
        reply = await _do(services, who, decoded, case_id) if screen is None else Reply()
    except ActionNotAllowed as refusal:
        await toast(query, str(refusal), alert=True)
        return
    if screen is None and reply.done:
        screen = await services.clients.panel(case_id, linked(person))
    if screen is not None:
        await services.showing.instead(message.chat.id, message.message_id, screen)
    await toast(query, reply.toast, alert=not reply.done)


async def _look(services: Services, person: Person, press: Press, case_id: int) -> Screen | None:
    match press.arg(0):
        case "fix":
            return await services.mending.record(person, case_id)
        case "open" | "who" as verb:
            to = read_number(press.arg(2))
            return await services.mending.returning(person, case_id, to, asks=verb == "who")
        case _:
            return None


async def _do(services: Services, person: Person, press: Press, case_id: int) -> Reply:
    match press.arg(0):
        case "self" | "man" as verb:
            return await services.mending.correct(person, case_id, press.arg(2), himself=verb == "self")
        case "give":
            return await services.mending.give_back(person, case_id, press.arg(2))
        case "go" if (to := read_number(press.arg(3))) is not None:
            return await services.mending.open_again(person, case_id, press.arg(2), to)
        case _:
            raise ActionNotAllowed(words.GONE)


def build_router() -> Router:
    """The handlers of this subject."""
    router = Router(name="mending")
    router.callback_query.register(press, ButtonOf("r"))
    return router
