"""Photos and documents in a private chat, and the button that says where they belong."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message, Update

from bot.db.people import Person
from bot.dialogs.context import Services, linked, say, toast
from bot.dialogs.filters import ButtonOf
from bot.engine.files import SentFile, fit_name
from bot.locales.ru import dialogs as ru
from bot.screens.press import unpack


async def sent(message: Message, services: Services, event_update: Update, person: Person | None = None) -> None:
    """A photo or a document; an album comes as several messages."""
    file = sent_file(message)
    if file is None:
        await say(message, services, ru.NOTHING_ASKED)
        return
    told = await services.filing.take(linked(person), message.chat.id, file, event_update.update_id, message.message_id)
    if told is not None:
        await say(message, services, told)


async def put(query: CallbackQuery, services: Services, event_update: Update, person: Person | None = None) -> None:
    """To which question the files belong."""
    decoded = unpack(query.data or "")
    reply = await services.filing.put(linked(person), decoded.arg(0), decoded.arg(1), event_update.update_id)
    await toast(query, reply.toast, alert=reply.alert)


def sent_file(message: Message) -> SentFile | None:
    """What was sent, the largest size of a photo; a caption is the name of what has none."""
    if message.photo:
        photo = max(message.photo, key=lambda size: size.width * size.height)
        at = f"{message.date:%d.%m %H-%M} {message.message_id}"
        name = f"{message.caption}.jpg" if message.caption else ru.PHOTO_NAME.format(at=at)
        return SentFile(photo.file_unique_id, photo.file_id, fit_name(name), photo.file_size, "image/jpeg")
    document = message.document
    if document is None:
        return None
    mime = document.mime_type or ""
    name = fit_name(document.file_name or message.caption or "", mime)
    return SentFile(document.file_unique_id, document.file_id, name, document.file_size, mime)


def build_router() -> Router:
    """The handlers of this subject."""
    router = Router(name="files")
    router.message.register(sent, F.chat.type == "private", F.content_type.in_({"photo", "document"}))
    router.callback_query.register(put, ButtonOf("f"))
    return router
