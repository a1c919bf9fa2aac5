"""The Bot API's methods of the press path, as their deliverer needs them.

aiogram's own build a model of every button and read the whole message that Telegram sends back; nobody looks at either.
"""

from __future__ import annotations

from typing import Any

from aiogram.methods import TelegramMethod
from aiogram.types import InputFile
from pydantic import BaseModel, ConfigDict

_NO_PREVIEW = '{"is_disabled": true}'


class Sent(BaseModel):
    """What is kept of a sent message."""

    model_config = ConfigDict(frozen=True)

    message_id: int


class SendText(TelegramMethod[Sent]):
    """`sendMessage`; `reply_markup` is JSON."""

    __returning__ = Sent
    __api_method__ = "sendMessage"

    chat_id: int
    text: str
    message_thread_id: int | None = None
    parse_mode: str | None = None
    reply_markup: str | None = None
    disable_notification: bool | None = None
    link_preview_options: str = _NO_PREVIEW


class SendPicture(TelegramMethod[Sent]):
    """`sendPhoto`; `reply_markup` is JSON."""

    __returning__ = Sent
    __api_method__ = "sendPhoto"

    chat_id: int
    photo: InputFile
    caption: str
    message_thread_id: int | None = None
    parse_mode: str | None = None
    reply_markup: str | None = None


class SendFile(TelegramMethod[Sent]):
    """`sendDocument`; `reply_markup` is JSON."""

    __returning__ = Sent
    __api_method__ = "sendDocument"

    chat_id: int
    document: InputFile
    caption: str
    message_thread_id: int | None = None
    parse_mode: str | None = None
    reply_markup: str | None = None


class EditText(TelegramMethod[Any]):
    """`editMessageText`; without a `reply_markup` the old buttons go."""

    __returning__ = Any
    __api_method__ = "editMessageText"

    chat_id: int
    message_id: int
    text: str
    parse_mode: str | None = None
    reply_markup: str | None = None
    link_preview_options: str = _NO_PREVIEW


class EditCaption(TelegramMethod[Any]):
    """`editMessageCaption`, of a picture or a file; without a `reply_markup` the old buttons go."""

    __returning__ = Any
    __api_method__ = "editMessageCaption"

    chat_id: int
    message_id: int
    caption: str
    parse_mode: str | None = None
    reply_markup: str | None = None


class FetchUpdates(TelegramMethod[list[dict[str, Any]]]):
    """`getUpdates`, as Telegram wrote them: one that we cannot read must not hold up the others.

    Args:
        allowed_updates: a JSON list.
    """

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    timeout: int
    allowed_updates: str
