"""What holds for every command, before its handler: admins' own, and words after a command that reads none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiogram import BaseMiddleware
from aiogram.dispatcher.flags import get_flag
from aiogram.filters import CommandObject
from aiogram.types import Message, TelegramObject

from bot.db.people import Person
from bot.dialogs.context import Services, say
from bot.locales.ru import dialogs as ru

READS_WORDS: Final[dict[str, Any]] = {"reads_words": True}
"""Flags of a handler that looks at what stands after its command."""
ADMINS_OWN: Final[dict[str, Any]] = {"admins_own": True}
"""Flags of a handler that works for administrators alone."""


class Commands(BaseMiddleware):
    """Refuses with one sentence what a command's handler is not made for; with words that it would not read."""

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        refusal = _refusal(data)
        if refusal is None or not isinstance(event, Message):
            return await handler(event, data)
        services: Services = data["services"]
        await say(event, services, refusal)
        return None


def wordless(command: CommandObject) -> str | None:
    """What is said of words after this command, if there are any."""
    words = (command.args or "").strip()
    return ru.WORDLESS.format(command=f"/{command.command}") if words else None


def _refusal(data: dict[str, Any]) -> str | None:
    command, person = data.get("command"), data.get("person")
    if not isinstance(command, CommandObject):
        return None
    if get_flag(data, "admins_own") and isinstance(person, Person) and person.role != "admin":
        return ru.ONLY_ADMIN
    return None if get_flag(data, "reads_words") else wordless(command)
