"""Messages as Telegram takes them: plain text, or a caption under a picture or a file.

What is attached stands in the row as data, never as bytes: a picture is drawn when it is sent, so a failed try costs
nothing, and a restart sends the same. The kind of the message says what it is:

    file       {"file": name, "text": …}      a text file
    picture    {"picture": {…}}               told in `bot.pictures.load`; a simulation's: {"simulation": its figures}
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from aiogram.methods import TelegramMethod
from aiogram.types import BufferedInputFile

from bot.db.messages import Message
from bot.engine.simulate import Comparison
from bot.messenger.markup import keyboard
from bot.messenger.methods import EditCaption, EditText, SendFile, SendPicture, SendText, Sent

_WITH_CAPTION = ("file", "picture")
"""Kinds whose text is a caption."""

_QUIET = ("offer",)
"""Kinds that come without a sound: nobody has to do anything about them."""


async def sending(message: Message, text: str, thread: int | None, mode: str | None) -> TelegramMethod[Sent]:
    """The request for a message that is not there yet."""
    buttons, data = keyboard(message.screen), message.data or {}
    if message.kind == "file":
        return SendFile(
            chat_id=message.chat_id,
            document=BufferedInputFile(data["text"].encode(), filename=data["file"]),
            caption=text,
            message_thread_id=thread,
            parse_mode=mode,
            reply_markup=buttons,
        )
    if message.kind == "picture":
        picture = await asyncio.to_thread(_drawn, data["picture"])  # Pillow would hold everybody up
        return SendPicture(
            chat_id=message.chat_id,
            photo=BufferedInputFile(picture, filename="chart.png"),
            caption=text,
            message_thread_id=thread,
            parse_mode=mode,
            reply_markup=buttons,
        )
    return SendText(
        chat_id=message.chat_id,
        text=text,
        message_thread_id=thread,
        parse_mode=mode,
        reply_markup=buttons,
        disable_notification=True if message.kind in _QUIET else None,
    )


def editing(message: Message, telegram_id: int, text: str, mode: str | None) -> TelegramMethod[Any]:
    """The request for a message that is there: what is attached to it stays."""
    buttons, chat = keyboard(message.screen), message.chat_id
    if message.kind in _WITH_CAPTION:
        return EditCaption(chat_id=chat, message_id=telegram_id, caption=text, parse_mode=mode, reply_markup=buttons)
    return EditText(chat_id=chat, message_id=telegram_id, text=text, parse_mode=mode, reply_markup=buttons)


def _drawn(picture: Mapping[str, Any]) -> bytes:
    # Fonts and Pillow are loaded only where a picture is sent.
    if "simulation" in picture:
        from bot.pictures.simulation import chart

        return chart(Comparison.read(picture["simulation"]))
    from bot.pictures.load import load_chart

    return load_chart(picture)
