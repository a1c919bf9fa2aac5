"""Methods that change, mark or remove messages."""

from __future__ import annotations

from datetime import timedelta

from bot.sandbox.messenger.bots import Bot
from bot.sandbox.messenger.calls_send import caption_content, text_content
from bot.sandbox.messenger.keyboards import Markup, is_inline, read_markup
from bot.sandbox.messenger.params import Params
from bot.sandbox.messenger.refusals import CANNOT_EDIT, NOT_MODIFIED, bad_request, not_modelled
from bot.sandbox.messenger.shelf import Content, Draft, Kept
from bot.sandbox.messenger.world import World
from bot.sandbox.people import Chat

DELETABLE_FOR = timedelta(hours=48)


def edit_text(world: World, bot: Bot, params: Params) -> object:
    """editMessageText; without `reply_markup` the keyboard goes."""
    chat, kept = _editable(world, bot, params)
    content = text_content(params)
    if "text" not in kept.content:
        raise bad_request("there is no text in the message to edit")
    return _edit(world, bot, chat, kept, content, _inline_markup(params))


def edit_caption(world: World, bot: Bot, params: Params) -> object:
    """editMessageCaption; without `reply_markup` the keyboard goes."""
    chat, kept = _editable(world, bot, params)
    if not {"photo", "document"} & kept.content.keys():
        raise bad_request("there is no caption in the message to edit")
    content = {key: value for key, value in kept.content.items() if not key.startswith("caption")}
    return _edit(world, bot, chat, kept, {**content, **caption_content(params)}, _inline_markup(params))


def edit_markup(world: World, bot: Bot, params: Params) -> object:
    """editMessageReplyMarkup; without `reply_markup` the keyboard goes."""
    chat, kept = _editable(world, bot, params)
    return _edit(world, bot, chat, kept, kept.content, _inline_markup(params))


def delete_message(world: World, bot: Bot, params: Params) -> object:
    """deleteMessage."""
    chat = world.reach(bot, params)
    kept = world.find_message(bot, chat, params, "message to delete not found")
    if not _deletable(world, bot, chat, kept):
        raise bad_request("message can't be deleted for everyone")
    world.shelf.delete(kept)
    return True


def delete_messages(world: World, bot: Bot, params: Params) -> object:
    """deleteMessages; those that cannot be found or deleted are passed over."""
    chat = world.reach(bot, params)
    numbers = params.structure("message_ids")
    if not isinstance(numbers, list) or not numbers:
        raise bad_request("message identifiers are not specified")
    if len(numbers) > 100:
        raise bad_request("too many message identifiers specified")
    for number in numbers:
        kept = world.shelf.get(chat.id, number) if isinstance(number, int) else None
        if kept is not None and not kept.deleted and _deletable(world, bot, chat, kept):
            world.shelf.delete(kept)
    return True


def pin(world: World, bot: Bot, params: Params) -> object:
    """pinChatMessage; leaves a service message in the chat, as the real one does."""
    chat = world.reach(bot, params)
    kept = world.find_message(bot, chat, params, "message to pin not found")
    if kept.pinned:
        return True
    world.shelf.set_pinned(kept, True)
    service = Draft(
        chat_id=chat.id,
        bot_id=bot.id,
        from_id=bot.id,
        from_bot=True,
        content={"pinned_message": world.shelf.message(kept, with_reply=False)},
    )
    world.tell(world.shelf.add(service))
    return True


def unpin(world: World, bot: Bot, params: Params) -> object:
    """unpinChatMessage; without `message_id` the newest pinned message."""
    chat = world.reach(bot, params)
    kept = world.shelf.pinned(chat.id)
    if params.integer("message_id") is not None:
        kept = world.find_message(bot, chat, params, "message to unpin not found")
    if kept is None or not kept.pinned:
        raise bad_request("message to unpin not found")
    world.shelf.set_pinned(kept, False)
    return True


def react(world: World, bot: Bot, params: Params) -> object:
    """setMessageReaction; only checked: phones of the sandbox do not show reactions."""
    chat = world.reach(bot, params)
    world.find_message(bot, chat, params, "message to react not found")
    reactions = params.structure("reaction")
    if reactions is not None and not isinstance(reactions, list):
        raise bad_request("REACTION_INVALID")
    return True


def _editable(world: World, bot: Bot, params: Params) -> tuple[Chat, Kept]:
    if params.text("inline_message_id") is not None:
        raise not_modelled("inline messages")
    chat = world.reach(bot, params)
    kept = world.find_message(bot, chat, params)
    if not kept.from_bot or kept.from_id != bot.id:
        raise bad_request(CANNOT_EDIT)
    if kept.markup is not None and not is_inline(kept.markup) and "remove_keyboard" not in kept.markup:
        raise bad_request(CANNOT_EDIT)
    return chat, kept


def _inline_markup(params: Params) -> Markup | None:
    markup = read_markup(params.structure("reply_markup"))
    if markup is not None and not is_inline(markup):
        raise bad_request("inline keyboard expected")
    return markup


def _edit(world: World, bot: Bot, chat: Chat, kept: Kept, content: Content, markup: Markup | None) -> object:
    if content == kept.content and markup == kept.markup:
        raise bad_request(NOT_MODIFIED)
    world.pace.take(bot.id, chat.id, world.now(), edit=True)
    return world.shelf.message(world.shelf.edit(kept, content, markup))


def _deletable(world: World, bot: Bot, chat: Chat, kept: Kept) -> bool:
    if world.now().timestamp() - kept.date > DELETABLE_FOR.total_seconds():
        return False
    own = kept.from_bot and kept.from_id == bot.id
    return own or (chat.type == "private" and kept.bot_id == bot.id)
