"""/people: the administrator sees everybody and says who works on which shift and is on duty when."""

from __future__ import annotations

from datetime import date

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.db.people import Person
from bot.dialogs.commands import ADMINS_OWN
from bot.dialogs.context import Services, linked, toast
from bot.dialogs.filters import ButtonOf
from bot.locales.ru import dialogs as common
from bot.locales.ru import staff as ru
from bot.screens import people as screens
from bot.screens.press import Press, in_this_century, read_number, unpack
from bot.screens.screen import Screen
from bot.services.intents import Reply


async def people(message: Message, services: Services) -> None:
    """All people."""
    key = f"people:{message.chat.id}:{message.message_id}"
    await services.showing.new(message.chat.id, key, await services.staff.everybody())


async def press(query: CallbackQuery, services: Services, person: Person | None = None) -> None:
    """Buttons of these screens."""
    decoded = unpack(query.data or "")
    number = read_number(decoded.arg(1))
    whole = linked(person)
    if whole.role != "admin":
        await toast(query, common.ONLY_ADMIN)
        return
    if number is None or query.message is None:
        await toast(query, common.GONE)
        return
    reply = await _done(services, whole, decoded, number)
    if not reply.done:
        await toast(query, reply.toast)
        return
    screen = await _screen(services, decoded, number)
    if screen is not None:
        await services.showing.instead(query.message.chat.id, query.message.message_id, screen)
    await toast(query, None if screen is not None or decoded.arg(0) == "noop" else ru.GONE_PERSON)


async def _done(services: Services, by: Person, press_: Press, number: int) -> Reply:
    """What the button changes, if anything."""
    day = _day(press_.arg(2))
    match press_.arg(0):
        case "shift":
            return await services.staff.set_shift(by, number, None if press_.arg(2) == "-" else press_.arg(2))
        case "on" if day is not None:
            return await services.staff.set_duty(by, number, day, press_.arg(3))
        case "off" if day is not None:
            return await services.staff.set_duty(by, number, day, None)
        case "be":
            return await services.staff.set_role(by, number, press_.arg(2))
        case "gone":
            return await services.staff.shut_out(by, number)
        case "all" | "one" | "out" | "role" | "duty" | "noop":
            return Reply()
        case _:
            return Reply(toast=common.GONE, done=False)


async def _screen(services: Services, press_: Press, number: int) -> Screen | None:
    today = services.staff.today
    day, month = _day(press_.arg(2)), _day(f"{press_.arg(2)}-01")
    match press_.arg(0):
        case "all":
            return await services.staff.everybody(number)
        case "gone":
            return await services.staff.everybody()
        case "role":
            return await services.staff.roles(number)
        case "out":
            return await services.staff.asked_to_shut_out(number)
        case "duty" if month is not None:
            return screens.pick_day(number, month, today)
        case "duty" if day is not None:
            return services.staff.duty_hours(number, day)
        case "noop":
            return None
        case _:
            return await services.staff.one(number)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if in_this_century(day) else None


def build_router() -> Router:
    """The handlers of this subject."""
    router = Router(name="people")
    router.message.register(people, Command("people"), F.chat.type == "private", flags=ADMINS_OWN)
    router.callback_query.register(press, ButtonOf("w"))
    return router
