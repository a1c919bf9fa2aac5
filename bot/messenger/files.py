"""Fetching what people have sent: Telegram keeps the files, we keep only their ids until the CRM has them."""

from __future__ import annotations

import asyncio

import aiohttp
from aiogram import Bot
from aiogram.exceptions import ClientDecodeError, TelegramAPIError, TelegramBadRequest

from bot.engine.files import MEGABYTE
from bot.errors import FileAway, FileGone
from bot.locales.ru import engine as ru

_SECONDS = 60
"""A download that takes longer is given up and begun anew later."""
_LARGEST = 20 * MEGABYTE


class Downloads:
    """Fetches files by their ids."""

    def __init__(self, tg: Bot) -> None:
        self._tg = tg

    async def __call__(self, file_id: str) -> bytes:
        """The bytes of a file.

        Raises:
            FileGone: Telegram does not know it, or it is larger than bots get.
            FileAway: Telegram does not answer.
        """
        try:
            found = await self._tg.get_file(file_id, request_timeout=_SECONDS)
        except TelegramBadRequest as error:
            raise FileGone(ru.FILE_GONE) from error
        except (TelegramAPIError, ClientDecodeError, aiohttp.ClientError, TimeoutError) as error:
            raise FileAway(ru.FILE_AWAY) from error
        if found.file_path is None:
            raise FileGone(ru.FILE_GONE)
        try:
            return await self._read(found.file_path)
        except (TelegramAPIError, aiohttp.ClientError, TimeoutError) as error:
            # The path lives for an hour and was just given: a refusal of it is not the file's.
            raise FileAway(ru.FILE_AWAY) from error

    async def _read(self, path: str) -> bytes:
        address = self._tg.session.api.file_url(self._tg.token, path)
        parts: list[bytes] = []
        size = 0
        async with asyncio.timeout(_SECONDS):
            async for part in self._tg.session.stream_content(address, timeout=_SECONDS, raise_for_status=True):
                size += len(part)
                if size > _LARGEST:
                    raise FileGone(ru.FILE_GONE)
                parts.append(part)
        return b"".join(parts)
