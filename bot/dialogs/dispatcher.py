"""All routers together, with the one error handler."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress

from aiogram import Dispatcher, F, Router
from aiogram.exceptions import ClientDecodeError, TelegramAPIError
from aiogram.filters import Command
from aiogram.types import ErrorEvent, Message

from bot.dialogs import (
    admin,
    away,
    cards,
    entry,
    files,
    floor,
    groups,
    mending,
    people,
    playbook,
    reports,
    start,
    stepping,
    teams,
    today,
)
from bot.dialogs.commands import READS_WORDS, Commands
from bot.dialogs.context import Access, Services, say, toast
from bot.errors import DozvonError
from bot.locales.ru import dialogs as ru
from bot.screens.screen import esc

log = logging.getLogger(__name__)


def build_dispatcher(services: Services) -> Dispatcher:
    """A dispatcher for `services`. Routers belong to one dispatcher, so they are made anew from their handlers."""
    dispatcher = Dispatcher(services=services, disable_fsm=True)
    dispatcher.update.outer_middleware(Access(services.people))
    dispatcher.message.middleware(Commands())
    ours = (start, today, away, entry, reports, floor, mending, admin, groups, people, teams, playbook, files, stepping)
    for module in (*ours, cards):
        router = module.build_router()
        dispatcher.include_router(router)
    dispatcher.include_router(_elsewhere(sorted(commands_of(dispatcher) - _OF_ALL_BOTS)))
    dispatcher.errors.register(_failed)
    return dispatcher


def commands_of(router: Router) -> set[str]:
    """The names of all commands that a handler of this router, or of one below it, takes."""
    found = {
        name
        for handler in router.message.handlers
        for one in handler.filters or ()
        if isinstance(one.callback, Command)
        for name in one.callback.commands
        if isinstance(name, str)
    }
    return found.union(*(commands_of(one) for one in router.sub_routers))


def _elsewhere(names: Sequence[str]) -> Router:
    """A command of the private chat that was sent in a group is not left without an answer."""
    router = Router(name="elsewhere")
    router.message.register(_only_private, F.chat.type.in_(("group", "supergroup")), Command(*names), flags=READS_WORDS)
    return router


async def _only_private(message: Message, services: Services) -> None:
    await say(message, services, ru.ONLY_PRIVATE)


_OF_ALL_BOTS = {"start", "help"}
"""In a group these may be meant for another bot."""


async def _failed(event: ErrorEvent) -> bool:
    """The person gets one honest line; the log gets the rest, without the message's text."""
    error, update = event.exception, event.update
    known = isinstance(error, DozvonError)
    if not known:
        log.error("update %s failed", update.update_id, exc_info=error)
    words = str(error) if known else ru.FAILED
    if update.callback_query is not None:
        await toast(update.callback_query, words, alert=True)
    elif update.message is not None and update.message.chat.type == "private":
        with suppress(TelegramAPIError, ClientDecodeError):
            await update.message.answer(esc(words))
    return True
