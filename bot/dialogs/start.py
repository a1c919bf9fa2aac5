"""Getting in: /start, /help, blocking and coming back."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.filters import Command, CommandObject, CommandStart
from aiogram.types import ChatMemberUpdated, Message

from bot.db.people import Person
from bot.dialogs.context import Services
from bot.locales.ru import dialogs as ru
from bot.services.people import LinkRefusal

_REFUSED = {
    LinkRefusal.UNKNOWN: ru.LINK_UNKNOWN,
    LinkRefusal.USED: ru.LINK_USED,
    LinkRefusal.EXPIRED: ru.LINK_EXPIRED,
    LinkRefusal.TAKEN: ru.LINK_USED,
}


async def start(message: Message, command: CommandObject, services: Services, person: Person | None = None) -> None:
    """Link by an invite; somebody who is linked already is greeted."""
    user = message.from_user
    if user is None:
        return
    token = (command.args or "").strip() or None
    if token is None and person is not None:
        await message.answer(_welcome(person))
        return
    result = await services.people.start(user.id, user.full_name, token)
    if isinstance(result, LinkRefusal):
        # A used link of somebody who is in already is no refusal to him.
        await message.answer(_welcome(person) if person is not None else _REFUSED[result])
        return
    await message.answer(_welcome(result))
    await services.desk.welcome(result)


async def help_(message: Message, person: Person | None = None) -> None:
    """The commands of one's role."""
    await message.answer(ru.HELP_ADMIN if person is not None and person.role == "admin" else ru.HELP)


async def membership(event: ChatMemberUpdated, services: Services) -> None:
    """Somebody blocked the bot or came back; the bot was added to a group or removed."""
    gone = event.new_chat_member.status in ("kicked", "left")
    if event.chat.type == "private":
        await services.desk.reachable(event.chat.id, not gone)
    elif gone:
        await services.people.drop_chat(event.chat.id)


def _welcome(person: Person) -> str:
    if person.role == "admin":
        return ru.WELCOME_ADMIN.format(name=person.name)
    return ru.WELCOME.format(name=person.name, role=ru.ROLES.get(person.role, person.role))


def build_router() -> Router:
    """The handlers of this subject."""
    router = Router(name="start")
    router.message.register(start, CommandStart(), F.chat.type == "private")
    router.message.register(help_, Command("help"), F.chat.type == "private")
    router.my_chat_member.register(membership)
    return router
