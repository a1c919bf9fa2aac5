"""What every handler is given, and the one place that knows who is asking."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiogram import BaseMiddleware
from aiogram.exceptions import ClientDecodeError, TelegramAPIError
from aiogram.types import CallbackQuery, Message, TelegramObject, Update

from bot.clock import Clock
from bot.db.people import Person
from bot.locales.ru import dialogs as ru
from bot.screens.screen import Screen, esc
from bot.services.absences import Absences
from bot.services.analysis import Analysis
from bot.services.apply import Apply
from bot.services.board import BoardService
from bot.services.client_panel import ClientPanel
from bot.services.counters import Counters
from bot.services.dealing import Dealing
from bot.services.desk import Desk
from bot.services.digests import Digests
from bot.services.editing import Editing
from bot.services.entry import EntryDesk
from bot.services.filing import Filing
from bot.services.floor_views import FloorViews
from bot.services.groups import Groups
from bot.services.health import HealthDesk
from bot.services.mending import Mending
from bot.services.offers import Offers
from bot.services.outbox_desk import OutboxDesk
from bot.services.people import PeopleService
from bot.services.publishing import Publishing
from bot.services.roster import Roster
from bot.services.shelf import Shelf
from bot.services.showing import Showing
from bot.services.staff_desk import StaffDesk
from bot.services.stepping import Stepping
from bot.services.team_desk import TeamDesk
from bot.services.team_orders import TeamOrders
from bot.services.trials import Trials
from bot.services.views import Views


@dataclass(frozen=True, slots=True)
class Services:
    """The services that dialogs call."""

    apply: Apply
    filing: Filing
    people: PeopleService
    groups: Groups
    teams: TeamDesk
    team_orders: TeamOrders
    views: Views
    counters: Counters
    showing: Showing
    absences: Absences
    staff: StaffDesk
    desk: Desk
    digests: Digests
    analysis: Analysis
    floor: FloorViews
    board: BoardService
    clients: ClientPanel
    mending: Mending
    stepping: Stepping
    dealing: Dealing
    offers: Offers
    entry: EntryDesk
    roster: Roster
    outbox: OutboxDesk
    publishing: Publishing
    editing: Editing
    shelf: Shelf
    health: HealthDesk
    trials: Trials
    fetch: Callable[[str], Awaitable[bytes]]
    """A file that somebody has sent, by its id."""
    clock: Clock
    username: str
    """The bot's own, for links."""


class Access(BaseMiddleware):
    """Finds the person behind an update. Strangers reach only `/start`; everything else of theirs gets one line."""

    def __init__(self, people: PeopleService) -> None:
        self._people = people

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        if not isinstance(event, Update):
            return await handler(event, data)
        inner = event.callback_query or event.message
        user = inner.from_user if inner is not None else None
        if user is None:
            return await handler(event, data)
        if user.is_bot:
            await _wipe_pin_note(inner)
            await _ask_for_a_name(inner, data["services"])
            return None
        person = await self._people.by_telegram(user.id)
        data["person"] = person
        if (
            person is not None
            or not isinstance(inner, Message | CallbackQuery)
            or _may_ask(inner, data["services"].username)
        ):
            return await handler(event, data)
        if isinstance(inner, CallbackQuery):
            await toast(inner, ru.LINK_UNKNOWN)
        elif inner.chat.type == "private":
            with suppress(TelegramAPIError, ClientDecodeError):  # no row for a stranger: he could fill the table
                await inner.answer(ru.LINK_UNKNOWN)
        return None


async def _wipe_pin_note(event: TelegramObject | None) -> None:
    """Telegram tells the whole chat that we have pinned something, under what we have just said: nobody needs that."""
    if isinstance(event, Message) and event.pinned_message is not None:
        with suppress(TelegramAPIError, ClientDecodeError):
            await event.delete()


async def _ask_for_a_name(event: TelegramObject | None, services: Services) -> None:
    """An administrator of a group may write in its name: Telegram does not tell us who it is."""
    if not isinstance(event, Message) or event.sender_chat is None or event.sender_chat.id != event.chat.id:
        return
    command = _first_word(event).partition("@")[0]
    if command in _OF_GROUPS:
        await say(event, services, ru.ANONYMOUS.format(command=command))


def _may_ask(event: Message | CallbackQuery, username: str) -> bool:
    """A group may be turned into a supergroup by anybody in it."""
    if not isinstance(event, Message):
        return False
    return _first_word(event) in ("/start", f"/start@{username}") or bool(event.migrate_to_chat_id)


def _first_word(message: Message) -> str:
    return next(iter((message.text or "").split()), "")


_OF_GROUPS = ("/bind", "/unbind", "/digest")
"""Commands that are heard in groups."""


async def toast(query: CallbackQuery, text: str | None = None, *, alert: bool = False) -> None:
    """Answer a press. What it did is committed: too late an answer, or none, is nobody's error."""
    with suppress(TelegramAPIError, ClientDecodeError):
        await query.answer(text[:200] if text else None, show_alert=alert)


async def say(message: Message, services: Services, text: str) -> None:
    """A line of plain words in answer to a message.

    It is a row like all that people see: an update that is worked on again after a crash says it once, and a silent
    Telegram only delays it.
    """
    thread = message.message_thread_id if message.is_topic_message else None
    key = f"say:{message.chat.id}:{message.message_id}"
    await services.showing.new(message.chat.id, key, Screen(esc(text)), thread_id=thread)


def linked(person: Person | None) -> Person:
    """The person, where the middleware let nobody else through."""
    if person is None:
        raise RuntimeError("a stranger came past Access")
    return person
