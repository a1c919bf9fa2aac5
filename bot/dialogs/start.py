"""Getting in: /start, /help, blocking and coming back."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.filters import Command, CommandObject, CommandStart
from aiogram.types import ChatMemberUpdated, Message

from bot.db.people import Person
from bot.dialogs.commands import READS_WORDS
from bot.dialogs.context import Services, say
from bot.locales.ru import dialogs as ru
from bot.services.entry_rows import OWNERS
from bot.services.people import LinkRefusal

_REFUSED = {
    LinkRefusal.UNKNOWN: ru.LINK_UNKNOWN,
    LinkRefusal.USED: ru.LINK_USED,
    LinkRefusal.EXPIRED: ru.LINK_EXPIRED,
}


async def start(message: Message, command: CommandObject, services: Services, person: Person | None = None) -> None:
    """Link by an invite; somebody who is linked already is greeted."""
    user = message.from_user
    if user is None:
        return
    token = (command.args or "").strip() or None
    if token is None and person is not None:
        await say(message, services, _welcome(person))
        return
    result = await services.people.start(user.id, user.full_name, token)
    if isinstance(result, LinkRefusal):
        if person is None:
            await say(message, services, _REFUSED[result])
            return
        result = person  # a used link is no refusal to somebody who is in; he may have come in by it just now
    await say(message, services, _welcome(result))
    await services.desk.welcome(result)


async def help_(message: Message, services: Services, person: Person | None = None) -> None:
    """The commands of one's role."""
    role = person.role if person is not None else ""
    words = ru.HELP if role in OWNERS else ru.HELP_ADMIN if role == "admin" else ru.HELP_WITHOUT_NEW
    leads = person is not None and person.leads
    await say(message, services, words + ru.HELP_LEADERS if leads else words)


async def membership(event: ChatMemberUpdated, services: Services) -> None:
    """Somebody blocked the bot or came back."""
    gone = event.new_chat_member.status in ("kicked", "left")
    await services.desk.reachable(event.chat.id, not gone)


def _welcome(person: Person) -> str:
    if person.role == "admin":
        return ru.WELCOME_ADMIN.format(name=person.name)
    return ru.WELCOME.format(name=person.name, role=ru.ROLES.get(person.role, person.role))


def build_router() -> Router:
    """The handlers of this subject."""
    router = Router(name="start")
    router.message.register(start, CommandStart(), F.chat.type == "private", flags=READS_WORDS)
    router.message.register(help_, Command("help"), F.chat.type == "private", flags=READS_WORDS)
    router.my_chat_member.register(membership, F.chat.type == "private")
    return router
