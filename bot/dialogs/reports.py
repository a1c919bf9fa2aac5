"""/digest: the day so far, or the last seven days with a file. For supervisors and the director."""

from __future__ import annotations

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from bot.db.people import Person
from bot.dialogs.context import Services, linked, say
from bot.locales.ru import digests as ru


async def digest(message: Message, command: CommandObject, services: Services, person: Person | None = None) -> None:
    """`/digest` and `/digest неделя`, in private or in the group."""
    if not linked(person).leads:
        await say(message, services, ru.ONLY_LEADERS)
        return
    title = message.chat.title if message.chat.type != "private" else None
    wanted = (command.args or "").strip().lower()
    shown = services.digests.week(title) if wanted.startswith(ru.WEEK_WORD) else services.digests.on_demand(title)
    screen, data = await shown
    thread = message.message_thread_id if message.is_topic_message else None
    key = f"digest:asked:{message.chat.id}:{message.message_id}"
    await services.showing.new(message.chat.id, key, screen, thread_id=thread, data=data)


def build_router() -> Router:
    """The handlers of this subject."""
    router = Router(name="reports")
    router.message.register(digest, Command("digest"))
    return router
