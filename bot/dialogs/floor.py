"""Supervisors' live views: /floor, /promises, /bypasses, /stuck and /case. Client data, so in private chats alone."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message

from bot.db.people import Person
from bot.dialogs.commands import READS_WORDS
from bot.dialogs.context import Services, linked, say, toast
from bot.dialogs.filters import ButtonOf
from bot.locales.ru import dialogs as words
from bot.locales.ru import digests as ru
from bot.screens.listing import listing
from bot.screens.press import read_number, unpack
from bot.services.board import OWN
from bot.services.floor_views import FloorViews


async def look(message: Message, command: CommandObject, services: Services, person: Person | None = None) -> None:
    """One of the views, as a new message."""
    if not linked(person).leads:
        await say(message, services, ru.ONLY_LEADERS)
        return
    key = f"view:{message.chat.id}:{message.message_id}"
    if command.command == OWN:
        await services.board.keep(linked(person), message.chat.id, key)
        return
    screen = listing(await services.floor.view(command.command, linked(person)))
    await services.showing.new(message.chat.id, key, screen)


async def case(message: Message, command: CommandObject, services: Services, person: Person | None = None) -> None:
    """The client that the words after the command name."""
    if not linked(person).leads:
        await say(message, services, ru.ONLY_LEADERS)
        return
    screen = await services.clients.find(command.args or "", linked(person))
    await services.showing.new(message.chat.id, f"view:{message.chat.id}:{message.message_id}", screen)


async def press(query: CallbackQuery, services: Services, person: Person | None = None) -> None:
    """Pages, clients and [Подсказать]."""
    decoded, message = unpack(query.data or ""), query.message
    if not linked(person).leads:
        await toast(query, ru.ONLY_LEADERS)
        return
    verb, number, page = decoded.arg(0), read_number(decoded.arg(1)), read_number(decoded.arg(2))
    if message is None or number is None:
        await toast(query, words.GONE)
        return
    chat, place = message.chat.id, message.message_id
    if verb == OWN and await services.board.turn(linked(person), chat, place, number):
        pass  # it is kept current on this page
    elif verb in FloorViews.VIEWS:
        await services.showing.instead(chat, place, listing(await services.floor.view(verb, linked(person), number)))
    elif verb == "tell":
        await toast(query, await services.clients.tell(linked(person), number, chat, place) or words.ANSWER_PROMPT)
        return
    elif verb in ("case", "turn") and page is not None:
        screen = await services.clients.panel(number, linked(person), page)
        if screen is None:
            await toast(query, words.GONE)
            return
        if verb == "turn":
            await services.showing.instead(chat, place, screen)
        else:
            await services.showing.new(chat, f"view:{query.id}", screen)
    else:
        await toast(query, words.GONE)
        return
    await toast(query)


def build_router() -> Router:
    """The handlers of this subject."""
    router = Router(name="floor")
    private = F.chat.type == "private"
    router.message.register(look, Command(*FloorViews.VIEWS), private)
    router.message.register(case, Command("case"), private, flags=READS_WORDS)
    router.callback_query.register(press, ButtonOf("v"))
    return router
