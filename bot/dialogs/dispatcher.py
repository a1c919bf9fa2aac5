"""All routers together, with the one error handler."""

from __future__ import annotations

import logging
from contextlib import suppress

from aiogram import Dispatcher
from aiogram.exceptions import ClientDecodeError, TelegramAPIError
from aiogram.types import ErrorEvent

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
from bot.dialogs.context import Access, Services, toast
from bot.errors import DozvonError
from bot.locales.ru import dialogs as ru
from bot.screens.screen import esc

log = logging.getLogger(__name__)


def build_dispatcher(services: Services) -> Dispatcher:
    """A dispatcher for `services`. Routers belong to one dispatcher, so they are made anew from their handlers."""
    dispatcher = Dispatcher(services=services, disable_fsm=True)
    dispatcher.update.outer_middleware(Access(services.people))
    ours = (start, today, away, entry, reports, floor, mending, admin, groups, people, teams, playbook, files, stepping)
    for module in (*ours, cards):
        router = module.build_router()
        dispatcher.include_router(router)
    dispatcher.errors.register(_failed)
    return dispatcher


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
