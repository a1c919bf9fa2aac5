"""Groups: /bind and /unbind by an admin, the bot's coming and going, a group that becomes a supergroup."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, ChatMemberRestricted, ChatMemberUpdated, Message

from bot.db.people import Person
from bot.dialogs.commands import READS_WORDS, wordless
from bot.dialogs.context import Services, linked, say, toast
from bot.dialogs.filters import ButtonOf
from bot.locales.ru import dialogs as common
from bot.locales.ru import teams as ru
from bot.screens import teams as screens
from bot.screens.press import read_number, unpack
from bot.screens.screen import Screen, esc
from bot.services.groups import REMOVED, RIGHTS
from bot.services.team_words import named

_GROUPS = ("group", "supergroup")


async def bind(message: Message, command: CommandObject, services: Services, person: Person | None = None) -> None:
    """This group gets a board: of the team that the words name; of several that can be meant, the one pressed."""
    if not await _may(message, command, services, person):
        return
    words, known = (command.args or "").strip(), await services.groups.choices()
    if not words and not known:
        await _bound(message, services, linked(person), None)
    elif not words:
        key = f"bind:{message.chat.id}:{message.message_id}"
        thread = message.message_thread_id if message.is_topic_message else None
        await services.showing.new(message.chat.id, key, screens.which_team(known), thread_id=thread)
    elif words.casefold() in ru.WHOLE_WORDS:
        await _bound(message, services, linked(person), None)
    else:
        people = await services.people.everybody()
        found = named([team for team in people.teams.all.values() if not team.gone], words)
        if len(found) == 1:
            await _bound(message, services, linked(person), found[0].id)
        else:
            listed = found or [people.teams.all[number] for number, _ in known]
            told = screens.names([team.name for team in listed]) or ru.NONE_KNOWN
            await say(message, services, ru.BIND_UNKNOWN.format(words=words[:60], known=told))


async def unbind(message: Message, command: CommandObject, services: Services, person: Person | None = None) -> None:
    """Nothing comes to this group any more."""
    if not await _may(message, command, services, person):
        return
    refusal = wordless(command)  # whoever names a department may think that only this one is unbound
    said = refusal or await services.groups.unbind(message.chat.id, linked(person))
    await say(message, services, said or ru.NOT_BOUND)


async def press(query: CallbackQuery, services: Services, person: Person | None = None) -> None:
    """The team was picked; whoever is no admin is refused, and nobody but he sees it."""
    decoded, message = unpack(query.data or ""), query.message
    number = read_number(decoded.arg(1))
    if linked(person).role != "admin":
        await toast(query, common.ONLY_ADMIN)
        return
    if decoded.arg(0) != "bind" or number is None or not isinstance(message, Message):
        await toast(query, common.GONE)
        return
    if number and number not in {team for team, _ in await services.groups.choices()}:
        await toast(query, ru.NO_TEAM)
        return
    words = await _bind(message, services, linked(person), number or None)
    await services.showing.instead(message.chat.id, message.message_id, Screen(esc(words)))
    services.desk.board_wanted()
    await toast(query)


async def membership(event: ChatMemberUpdated, services: Services) -> None:
    """The bot was added or removed, or may write no more, or may again."""
    now, chat = event.new_chat_member, event.chat
    title = chat.title or str(chat.id)
    bounds = now if isinstance(now, ChatMemberRestricted) else None
    gone = now.status in ("kicked", "left") or (bounds is not None and not bounds.is_member)
    if chat.type not in _GROUPS:
        if not gone:
            await services.groups.tell_admins(ru.CHANNEL.format(title=title), f"channel:{chat.id}")
    elif gone:
        await services.groups.lose(chat.id, REMOVED, event.from_user.full_name)
    elif bounds is not None and not bounds.can_send_messages:
        await services.groups.lose(chat.id, RIGHTS, event.from_user.full_name)
    else:
        was = event.old_chat_member
        outside = was.status in ("kicked", "left") or (isinstance(was, ChatMemberRestricted) and not was.is_member)
        await services.groups.found(chat.id, added=outside)


async def migrated(message: Message, services: Services) -> None:
    """The group goes on under another number."""
    if message.migrate_to_chat_id is not None:
        await services.groups.move(message.chat.id, message.migrate_to_chat_id)


async def _may(message: Message, command: CommandObject, services: Services, person: Person | None) -> bool:
    """Others than admins are refused in private, so that the group hears nothing of it."""
    words = f"/{command.command}"
    if linked(person).role != "admin":
        private = linked(person).telegram_id
        if message.chat.type == "private" or private is None:
            await say(message, services, common.ONLY_ADMIN)
        else:
            text = ru.ONLY_ADMIN_BINDS.format(command=words, title=message.chat.title or "")
            key = f"say:{message.chat.id}:{message.message_id}"
            await services.showing.new(private, key, Screen(esc(text)))
        return False
    if message.chat.type not in _GROUPS:
        await say(message, services, ru.ONLY_IN_GROUP.format(command=words))
        return False
    return True


async def _bound(message: Message, services: Services, person: Person, team: int | None) -> None:
    await say(message, services, await _bind(message, services, person, team))
    services.desk.board_wanted()


async def _bind(message: Message, services: Services, person: Person, team: int | None) -> str:
    thread = message.message_thread_id if message.is_topic_message else None
    title = message.chat.title or str(message.chat.id)
    return await services.groups.bind(message.chat.id, title, thread, person, team)


def build_router() -> Router:
    """The handlers of this subject."""
    router = Router(name="groups")
    router.message.register(migrated, F.migrate_to_chat_id)
    router.message.register(bind, Command("bind"), flags=READS_WORDS)
    router.message.register(unbind, Command("unbind"), flags=READS_WORDS)
    router.callback_query.register(press, ButtonOf("g"))
    router.my_chat_member.register(membership, F.chat.type != "private")
    return router
