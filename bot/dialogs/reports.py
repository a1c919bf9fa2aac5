"""Figures: /digest, /funnel and /attempts for those who lead, /me and /plan for everybody on the floor."""

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
from bot.locales.ru import floor
from bot.screens import analysis, lists
from bot.screens.press import unpack

_FLOOR = ("manager", "supervisor", "director", "lawyer")
"""Who works with clients."""
_SHOWN = 60
"""Most signs of somebody's words in an answer."""


async def digest(message: Message, command: CommandObject, services: Services, person: Person | None = None) -> None:
    """`/digest` and `/digest неделя`, in private or in the group."""
    if not linked(person).leads:
        await say(message, services, ru.ONLY_LEADERS)
        return
    period = " ".join((command.args or "").casefold().split())
    if period not in ru.PERIODS:
        await say(message, services, ru.WHICH_PERIOD.format(words=period[:_SHOWN]))
        return
    title, users = await services.digests.of(linked(person), message.chat.id)
    made = services.digests.week if ru.PERIODS[period] else services.digests.on_demand
    screen, data = await made(title, users)
    thread = message.message_thread_id if message.is_topic_message else None
    key = f"digest:asked:{message.chat.id}:{message.message_id}"
    await services.showing.new(message.chat.id, key, screen, thread_id=thread, data=data)


async def analyse(message: Message, command: CommandObject, services: Services, person: Person | None = None) -> None:
    """`/funnel` and `/attempts`: names of managers and figures, no clients."""
    if not linked(person).leads:
        await say(message, services, ru.ONLY_LEADERS)
        return
    if command.command == "funnel":
        screen = analysis.funnel(await services.analysis.funnel(linked(person)))
    else:
        screen = analysis.attempts(await services.analysis.attempts(linked(person)))
    await services.showing.new(message.chat.id, f"analysis:{message.chat.id}:{message.message_id}", screen)


async def mine(message: Message, services: Services, person: Person | None = None) -> None:
    """`/me`: one's own today and week."""
    whole = linked(person)
    screen = await services.digests.mine(whole) if whole.role in _FLOOR else None
    if screen is None:
        await say(message, services, floor.ONLY_FLOOR)
        return
    await services.showing.new(message.chat.id, f"me:{message.chat.id}:{message.message_id}", screen)


async def plan(message: Message, services: Services, person: Person | None = None) -> None:
    """`/plan`: one's own next working day."""
    whole = linked(person)
    if whole.role not in _FLOOR:
        await say(message, services, floor.ONLY_FLOOR)
        return
    screen = lists.day(await services.views.day(whole, ahead=True))
    await services.showing.new(message.chat.id, f"plan:{message.chat.id}:{message.message_id}", screen)


async def deal(query: CallbackQuery, services: Services, person: Person | None = None) -> None:
    """[Раздать] and [Сдвинуть] under the morning's digest; others than leaders are refused, and nobody else sees it."""
    message = query.message
    if message is None:
        await toast(query, words.GONE)
        return
    verb = unpack(query.data or "").arg(0)
    reply = await services.dealing.press(linked(person), message.chat.id, message.message_id, verb)
    await toast(query, reply.toast, alert=reply.alert)


def build_router() -> Router:
    """The handlers of this subject."""
    router = Router(name="reports")
    private = F.chat.type == "private"
    router.message.register(digest, Command("digest"), flags=READS_WORDS)
    router.message.register(analyse, Command("funnel", "attempts"), private)
    router.message.register(mine, Command("me"), private)
    router.message.register(plan, Command("plan"), private)
    router.callback_query.register(deal, ButtonOf("d"))
    return router
