"""/team: the admin says who leads a department, when it works and which group hears of it; those who lead look on."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message

from bot.crm.errors import CrmError
from bot.db.people import Person
from bot.dialogs.commands import READS_WORDS
from bot.dialogs.context import Services, linked, say, toast
from bot.dialogs.filters import ButtonOf
from bot.locales.ru import dialogs as common
from bot.locales.ru import teams as ru
from bot.screens.press import Press, read_number, unpack
from bot.screens.screen import Screen
from bot.services.team_desk import Wish
from bot.services.team_words import plain

_AGAIN = ("обновить", "обнови", "refresh")


async def team(message: Message, command: CommandObject, services: Services, person: Person | None = None) -> None:
    """All departments; with words, one of them, or a change of it."""
    whole, words = linked(person), (command.args or "").strip()
    if whole.role != "admin" and not whole.leads:
        await say(message, services, ru.ONLY_LEADERS)
        return
    if not words:
        await _new(message, services, await services.teams.everything(whole))
    elif whole.role != "admin":
        await say(message, services, common.ONLY_ADMIN)
    elif plain(words) in _AGAIN:
        try:
            await services.teams.company.refresh()
        except CrmError:
            await say(message, services, common.CRM_SILENT)
            return
        await _new(message, services, await services.teams.everything(whole))
    else:
        shown = await services.team_orders.read(words, whole)
        if isinstance(shown, str):
            await say(message, services, shown)
        else:
            await _new(message, services, shown)


async def press(query: CallbackQuery, services: Services, person: Person | None = None) -> None:
    """Buttons of these screens."""
    whole, decoded = linked(person), unpack(query.data or "")
    number = read_number(decoded.arg(1))
    if whole.role != "admin":
        await toast(query, common.ONLY_ADMIN)
        return
    if number is None or query.message is None:
        await toast(query, common.GONE)
        return
    shown = await _shown(services, whole, decoded, number)
    if isinstance(shown, Screen):
        await services.showing.instead(query.message.chat.id, query.message.message_id, shown)
    await toast(query, shown if isinstance(shown, str) else None)


async def _shown(services: Services, person: Person, press_: Press, number: int) -> Screen | str:
    """What the button leads to; a sentence: why it leads nowhere."""
    what, value = press_.arg(2), press_.arg(3)
    match press_.arg(0):
        case "all":
            return await services.teams.everything(person)
        case "read":
            try:
                await services.teams.company.refresh()
            except CrmError:
                return common.CRM_SILENT
            return await services.teams.everything(person)
        case "one":
            return await services.teams.one(number) or ru.GONE_TEAM
        case "pick":
            return await services.teams.pick(number, what) or ru.GONE_TEAM
        case "try":
            return await services.teams.preview(Wish(number, what, value))
        case "set":
            return await services.teams.carry_out(person, Wish(number, what, value), press_.arg(4))
        case _:
            return common.GONE


async def _new(message: Message, services: Services, screen: Screen) -> None:
    await services.showing.new(message.chat.id, f"team:{message.chat.id}:{message.message_id}", screen)


def build_router() -> Router:
    """The handlers of this subject."""
    router = Router(name="teams")
    router.message.register(team, Command("team"), F.chat.type == "private", flags=READS_WORDS)
    router.callback_query.register(press, ButtonOf("b"))
    return router
