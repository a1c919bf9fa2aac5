"""Commands of the administrator: /invite, /outbox."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.crm.errors import CrmError
from bot.db.people import Person
from bot.dialogs.commands import ADMINS_OWN
from bot.dialogs.context import Services, linked, say, toast
from bot.dialogs.filters import ButtonOf
from bot.locales.ru import dialogs as ru
from bot.screens import admin as screens
from bot.screens.press import read_number, unpack
from bot.services.intents import Judged
from bot.services.people import ROLES, Invited


async def invite(message: Message, services: Services) -> None:
    """Pick the CRM user, then the role; the answer is a one-time link."""
    try:
        users = await services.roster.users()
    except CrmError:
        await say(message, services, ru.CRM_SILENT)
        return
    key = f"invite:{message.chat.id}:{message.message_id}"
    await services.showing.new(message.chat.id, key, screens.pick_user(users, 0))


async def outbox(message: Message, services: Services) -> None:
    """What the CRM has refused: why, again, or skip."""
    key = f"outbox:{message.chat.id}:{message.message_id}"
    await services.showing.new(message.chat.id, key, screens.parked(await services.outbox.parked()))


async def press(query: CallbackQuery, services: Services, person: Person | None = None) -> None:
    """Buttons of admins' and supervisors' screens."""
    whole = linked(person)
    decoded = unpack(query.data or "")
    verb = decoded.arg(0)
    if verb in ("users", "user", "role", "retry", "skip", "parked"):
        if whole.role != "admin":
            await toast(query, ru.ONLY_ADMIN)
            return
        number, word = read_number(decoded.arg(1)), decoded.arg(2)
        if number is None or (verb == "role" and word not in ROLES):
            await toast(query, ru.GONE)
            return
        if verb in ("retry", "skip", "parked"):
            await _refused_writes(query, services, whole, verb, number, word)
            return
        await _admin(query, services, whole, verb, number, word)
    elif verb in ("take", "advise", "unadvise", "hand", "give", "back", "story"):
        reply = await services.desk.step_in(whole, verb, decoded.args[1:])
        await toast(query, reply.toast, alert=reply.alert)
    elif verb == "step":
        reply = await services.desk.step(whole, read_number(decoded.arg(1)), decoded.arg(2))
        await toast(query, reply.toast, alert=reply.alert)
    elif verb in ("agree", "return"):
        number = read_number(decoded.arg(1))
        if number is None:
            await toast(query, ru.GONE)
            return
        reply = await services.apply(Judged(whole, number, verb == "agree"))
        await toast(query, reply.toast)
    else:
        await toast(query, ru.GONE)


async def _refused_writes(
    query: CallbackQuery, services: Services, person: Person, verb: str, number: int, reason: str
) -> None:
    """Again, or not at all for a reason that is asked first; then what still waits."""
    message, text = query.message, None
    if message is None:
        await toast(query, ru.GONE)
        return
    if verb == "skip" and not reason:
        await services.showing.instead(message.chat.id, message.message_id, screens.why_skip(number))
        await toast(query)
        return
    if verb != "parked":
        asked = services.outbox.retry(number, person) if verb == "retry" else None
        text = await (asked or services.outbox.skip(number, person, reason))
    await services.showing.instead(message.chat.id, message.message_id, screens.parked(await services.outbox.parked()))
    await toast(query, text)


async def _admin(query: CallbackQuery, services: Services, person: Person, verb: str, number: int, role: str) -> None:
    message = query.message
    if message is None:
        await toast(query, ru.GONE)
        return
    try:
        users = await services.roster.users()
    except CrmError:
        await toast(query, ru.CRM_SILENT)
        return
    if verb == "users":
        screen = screens.pick_user(users, number)
    elif (user := next((one for one in users if one.id == number), None)) is None:
        await toast(query, ru.GONE)
        return
    elif verb == "user":
        screen = screens.pick_role(user)
    else:
        token = await services.people.invite(Invited(user.name, role, user.id), person.telegram_id or 0)
        link = f"https://t.me/{services.username}?start={token}"
        screen = screens.invite(user.name, role, link, token)
    await services.showing.instead(message.chat.id, message.message_id, screen)
    await toast(query)


def build_router() -> Router:
    """The handlers of this subject."""
    router = Router(name="admin")
    router.message.register(invite, Command("invite"), F.chat.type == "private", flags=ADMINS_OWN)
    router.message.register(outbox, Command("outbox"), F.chat.type == "private", flags=ADMINS_OWN)
    router.callback_query.register(press, ButtonOf("x"))
    return router
