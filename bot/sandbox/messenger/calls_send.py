"""Methods that put a new message into a chat."""

from __future__ import annotations

from collections.abc import Mapping

from bot.sandbox.messenger.bots import Bot
from bot.sandbox.messenger.files import StoredFile
from bot.sandbox.messenger.formatting import Entity, read_text, utf16_length
from bot.sandbox.messenger.keyboards import read_markup
from bot.sandbox.messenger.params import Params, Upload
from bot.sandbox.messenger.refusals import EMPTY_TEXT, bad_request, not_modelled
from bot.sandbox.messenger.shelf import Content, Draft
from bot.sandbox.messenger.world import World
from bot.sandbox.people import Chat

MOST_TEXT_UNITS = 4096
MOST_CAPTION_UNITS = 1024


def text_content(params: Params) -> Content:
    """The content of a text message.

    Raises:
        Refused: no text, too much of it, or broken formatting.
    """
    text, entities = read_text(params.text("text") or "", params.text("parse_mode"), given_entities(params, "entities"))
    if not text:
        raise bad_request(EMPTY_TEXT)
    if utf16_length(text) > MOST_TEXT_UNITS:
        raise bad_request("message is too long")
    return {"text": text, "entities": entities} if entities else {"text": text}


def caption_content(params: Params) -> Content:
    """The content that a caption adds to a photo or a document; an empty caption adds nothing."""
    text, entities = read_text(
        params.text("caption") or "", params.text("parse_mode"), given_entities(params, "caption_entities")
    )
    if utf16_length(text) > MOST_CAPTION_UNITS:
        raise bad_request("message caption is too long")
    if not text:
        return {}
    return {"caption": text, "caption_entities": entities} if entities else {"caption": text}


def given_entities(params: Params, name: str) -> list[Entity] | None:
    """Entities that the bot has counted itself instead of sending HTML."""
    entities = params.structure(name)
    if entities is None:
        return None
    if not isinstance(entities, list) or not all(isinstance(entity, dict) for entity in entities):
        raise bad_request(f"can't parse {name}: expected an Array of MessageEntity")
    for entity in entities:
        if not all(isinstance(entity.get(key), int) for key in ("offset", "length")) or "type" not in entity:
            raise bad_request(f"can't parse {name}: MessageEntity needs type, offset and length")
    return entities


def send_message(world: World, bot: Bot, params: Params) -> object:
    """sendMessage."""
    chat = world.reach(bot, params)
    return _send(world, bot, chat, params, text_content(params))


def send_photo(world: World, bot: Bot, params: Params) -> object:
    """sendPhoto."""
    return _send_file(world, bot, params, "photo")


def send_document(world: World, bot: Bot, params: Params) -> object:
    """sendDocument."""
    return _send_file(world, bot, params, "document")


def _send_file(world: World, bot: Bot, params: Params, kind: str) -> object:
    chat = world.reach(bot, params)
    given = params.upload(kind)
    if given is None:
        raise bad_request(f"there is no {kind} in the request")
    caption = caption_content(params)
    file: StoredFile | None
    if isinstance(given, Upload):
        file = world.files.keep(kind, given)
    else:
        if given.startswith(("http://", "https://")):
            raise not_modelled("files by address")
        file = world.files.find(given)
        if file is None or file.kind != kind:
            raise bad_request("wrong file identifier/HTTP URL specified")
    return _send(world, bot, chat, params, {**file.content(), **caption})


def _send(world: World, bot: Bot, chat: Chat, params: Params, content: Content) -> object:
    thread_id = world.thread(chat, params)
    draft = Draft(
        chat_id=chat.id,
        bot_id=bot.id,
        from_id=bot.id,
        from_bot=True,
        content=content,
        markup=read_markup(params.structure("reply_markup")),
        reply_to=_reply_to(world, bot, chat, params),
        thread_id=thread_id,
    )
    world.pace.take(bot.id, chat.id, world.now())
    return world.shelf.message(world.shelf.add(draft))


def _reply_to(world: World, bot: Bot, chat: Chat, params: Params) -> int | None:
    """The message that is answered, from `reply_parameters` or the older separate parameters."""
    reply = params.structure("reply_parameters")
    if isinstance(reply, Mapping):
        number, optional = Params(reply).integer("message_id"), bool(reply.get("allow_sending_without_reply"))
    else:
        number, optional = params.integer("reply_to_message_id"), params.flag("allow_sending_without_reply")
    if number is None:
        return None
    original = world.shelf.get(chat.id, number)
    if original is None or original.deleted or (chat.type == "private" and original.bot_id != bot.id):
        if optional:
            return None
        raise bad_request("message to be replied not found")
    return original.message_id
