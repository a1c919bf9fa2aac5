"""Keeping a message at the top of its chat, as its row wants: pinned without a sound, or taken down again.

It is done after the message itself was delivered, and noted with it: killed in between, it is done again, which changes
nothing. A refusal is obeyed: the chat is asked again only when the bot's rights there have changed.
"""

from __future__ import annotations

import logging

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import PinChatMessage, UnpinChatMessage

from bot.db.messages import PIN_REFUSED, Message

log = logging.getLogger(__name__)


def waits(message: Message) -> bool:
    """Whether the message is not yet where it should be."""
    if message.pin is None or message.telegram_id is None:
        return False
    if message.pin:
        return message.pinned_id not in (message.telegram_id, PIN_REFUSED)
    return bool(message.pinned_id)


async def place(tg: Bot, message: Message, *, timeout: int) -> int | None:
    """Pin it or take it down; returns the number under which it is pinned now, `PIN_REFUSED`, or None for not at all.

    Raises:
        TelegramAPIError: Telegram does not answer, wants us to wait, or has lost the chat.
    """
    if not waits(message):
        return message.pinned_id
    try:
        if message.pin:
            pin = PinChatMessage(
                chat_id=message.chat_id, message_id=message.telegram_id or 0, disable_notification=True
            )
            await tg(pin, request_timeout=timeout)
            return message.telegram_id
        await tg(UnpinChatMessage(chat_id=message.chat_id, message_id=message.pinned_id), request_timeout=timeout)
    except TelegramBadRequest as error:
        log.info("telegram does not pin message %s: %s", message.id, error.message)
        return PIN_REFUSED if message.pin else None
    return None
