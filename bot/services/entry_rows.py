"""The form of a new client as rows: its message, and whose next words answer it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import messages as db_messages
from bot.db import newcomers as db_newcomers
from bot.db import tables as t
from bot.db.messages import Message
from bot.db.newcomers import StoredNewcomer
from bot.db.people import People, Person
from bot.db.session import insert
from bot.engine.agenda import Agenda
from bot.engine.calendars import client_window, zone_of
from bot.engine.newcomer import TYPED, Author, Newcomer, Step, case_of, current, offered_stages, settled, task_of
from bot.engine.rules import Rules
from bot.engine.tasks import due_by_kind, kind_for
from bot.engine.words import say_moment
from bot.errors import ActionNotAllowed
from bot.locales.ru import entry as ru
from bot.locales.ru import screens as common
from bot.screens.entry import EntryView
from bot.screens.screen import Screen
from bot.screens.views import CardView, Picking
from bot.services.library import Library

AUTHORS = ("manager", "supervisor", "director")
"""Roles that may enter a client."""
OWNERS = ("manager", "supervisor")
"""Roles whose people can have cases."""
WAITING = "newcomer"
"""In `awaiting`: the person's next message answers the form."""


def check_author(library: Library, person: Person) -> None:
    """Whether this person may enter clients.

    Raises:
        ActionNotAllowed: not in this role, not in the portal, or nowhere to begin.
    """
    if person.role not in AUTHORS:
        raise ActionNotAllowed(ru.ONLY_FLOOR)
    if person.crm_user_id is None and not person.leads:
        raise ActionNotAllowed(ru.NO_CRM_USER)
    if not offered_stages(library.active, person.role):
        raise ActionNotAllowed(ru.NOTHING_OFFERED)


def checked(stored: StoredNewcomer | None, person: Person, version: int) -> StoredNewcomer:
    """The person's own open form at this version.

    Raises:
        ActionNotAllowed: it is somebody else's, recorded, cancelled, or has other answers by now.
    """
    if stored is None or stored.person_id != person.id:
        raise ActionNotAllowed(common.UNKNOWN_BUTTON)
    if stored.over:
        raise ActionNotAllowed(common.ALREADY if stored.case_id is not None else common.UNKNOWN_BUTTON)
    if stored.version != version:
        raise ActionNotAllowed(common.STALE)
    return stored


def author_of(person: Person) -> Author:
    """What this person may do in the form."""
    return Author(person.role, person.leads)


def begun(person: Person) -> Newcomer:
    """An empty form; who leads nobody enters his own clients."""
    return Newcomer(owner=None if person.leads else person.crm_user_id)


def step_of(library: Library, new: Newcomer, person: Person) -> Step:
    """What the form asks now."""
    author = author_of(person)
    return current(library.active, settled(library.active, new, author.role), author)


def view_of(
    library: Library,
    people: People,
    person: Person,
    stored: StoredNewcomer,
    now: datetime,
    *,
    picking: Picking | None = None,
    note: str | None = None,
    menu: bool = False,
    agenda: Agenda | None = None,
) -> EntryView:
    """What the form is drawn from."""
    playbook, author = library.active, author_of(person)
    new = settled(playbook, stored.new, author.role)
    case = case_of(playbook, library.active_hash, new, now)
    zone = zone_of(playbook)
    card = CardView(
        playbook=playbook,
        case=case,
        now=now,
        zone=zone,
        client_zone=client_window(playbook, case).zone,
        role=person.role,
        picking=picking or Picking(),
        agenda=agenda,
        staff=people.staff,
    )
    kind, own_due = task_of(playbook, new), None
    if kind is not None and not kind.meeting:
        rules = Rules(playbook, now, author.role, people.staff)
        stage = rules.stage(case)
        assert stage.task is not None  # it has a kind
        own = rules.kind(kind_for(rules, case, stage.task))
        own_due = say_moment(due_by_kind(rules, case, own, now), zone, now)
    owners = [
        (one.crm_user_id, ru.MYSELF if one.id == person.id else one.name)
        for one in sorted(people.all, key=lambda one: (one.id != person.id, one.name))
        if one.crm_user_id is not None and one.role in OWNERS
    ]
    return EntryView(stored.id, stored.version, new, author, card, owners, note, menu, own_due)


def form_key(number: int) -> str:
    """The key of the form's message."""
    return f"new:{number}"


async def form_message(
    connection: AsyncConnection, person: Person, number: int, screen: Screen, now: datetime
) -> Message:
    """The form's message showing this screen, to be stored by the caller."""
    key = form_key(number)
    message = await db_messages.by_key(connection, key)
    if message is None:
        chat = person.telegram_id or 0
        return Message(key, chat, "screen", screen, person_id=person.id, urgent=True, next_try=now)
    message.show(screen, now, urgent=True)
    return message


async def below(connection: AsyncConnection, number: int, now: datetime) -> Message | None:
    """The form's message as a line that leads to the newer one below it; its key is free."""
    message = await db_messages.by_key(connection, form_key(number))
    if message is not None:
        message.show(Screen(ru.BELOW), now, kind="line", urgent=True)
        message.key, message.live, message.dirty = f"{message.key}:{message.id}", False, True
    return message


async def expect(connection: AsyncConnection, person: Person, stored: StoredNewcomer, step: Step) -> None:
    """Whether the person's next message answers the form."""
    if step not in TYPED:
        await expect_nothing(connection, person)
        return
    values = {"person_id": person.id, "kind": WAITING, "data": {"newcomer": stored.id}, "message_id": None}
    statement = insert(connection, t.awaiting).values(values)
    renewed = {name: statement.excluded[name] for name in ("kind", "data", "message_id")}
    await connection.execute(statement.on_conflict_do_update(index_elements=["person_id"], set_=renewed))


async def expect_nothing(connection: AsyncConnection, person: Person) -> None:
    """The form waits for no words; what a card waits for stays."""
    waiting = (t.awaiting.c.person_id == person.id) & (t.awaiting.c.kind == WAITING)
    await connection.execute(delete(t.awaiting).where(waiting))


async def asks_words(
    connection: AsyncConnection, library: Library, person: Person
) -> tuple[datetime, StoredNewcomer] | None:
    """The person's open form where it waits for words, and since when."""
    stored = await db_newcomers.open_of(connection, person.id)
    if stored is None or step_of(library, stored.new, person) not in TYPED:
        return None
    return stored.updated_at, stored


def noted(new: Newcomer, bar: bool | None) -> Newcomer:
    """The form with the bar of its number. `bar`: whether messages are forbidden too; None: nothing is."""
    return replace(new, barred=None if bar is None else "all" if bar else "calls")
