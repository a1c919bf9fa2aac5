"""One message, put into its chat as its row wants it: sent, or edited where it is there already."""

from __future__ import annotations

import logging
from dataclasses import replace

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest

from bot.db import turns
from bot.db.messages import Message
from bot.messenger.attachments import editing, sending
from bot.screens.screen import plain

log = logging.getLogger(__name__)
REQUEST_SECONDS = 20
"""A request that hangs longer is given up: the others of its lane wait for it."""
_MODE = "HTML"
_EDIT_GONE = (
    "message to edit not found",
    "message can't be edited",
    "there is no text in the message to edit",
    "there is no caption in the message to edit",
    "caption is too long",
)
_NOT_AGAIN = ("today", "floor")
"""Kinds that are not sent anew when somebody has deleted them."""


class Gone(Exception):
    """What was to be edited is not there, and what takes its place has to wait for its turn."""


async def put(tg: Bot, message: Message) -> int | None:
    """Send or edit it; where Telegram cannot read the markup, without any.

    Returns:
        Its number; None: nothing was sent, since it was over before it could be shown, or was deleted.

    Raises:
        Gone: see there.
        TelegramAPIError: Telegram did not answer, or refused it.
    """
    try:
        return await _text(tg, message, message.screen.text, _MODE)
    except TelegramBadRequest as error:
        if "can't parse entities" not in error.message.lower():
            raise
    log.warning("telegram cannot read the markup of message %s", message.id)
    return await _text(tg, message, plain(message.screen.text), None)


async def _text(tg: Bot, message: Message, text: str, mode: str | None) -> int | None:
    """Send it, or edit what is there; an edit that cannot be made becomes a new message."""
    if message.telegram_id is None:
        return await _send(tg, message, text, mode) if turns.is_sent(message) else None
    try:
        await tg(editing(message, message.telegram_id, text, mode), request_timeout=REQUEST_SECONDS)
    except TelegramBadRequest as error:
        reason = error.message.lower()
        if "message is not modified" in reason:
            return message.telegram_id
        if not any(gone in reason for gone in _EDIT_GONE):
            raise
        if not message.live or message.kind in _NOT_AGAIN:
            return None
        if turns.needed(replace(message, telegram_id=None)):
            raise Gone from None
        return await _send(tg, message, text, mode)
    return message.telegram_id


async def _send(tg: Bot, message: Message, text: str, mode: str | None) -> int:
    thread = message.thread_id
    while True:
        try:
            send = await sending(message, text, thread, mode)
            sent = await tg(send, request_timeout=REQUEST_SECONDS)
        except TelegramBadRequest as error:
            if thread is None or "message thread not found" not in error.message.lower():
                raise
            thread = None
        else:
            return sent.message_id
