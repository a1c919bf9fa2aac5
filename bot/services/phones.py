"""What somebody's phone shows of clients, when he may see them no more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import alerts as db_alerts
from bot.db import messages as db_messages
from bot.db import tables as t
from bot.db.people import Person
from bot.screens.screen import Screen
from bot.services.escalations import ring_again

_KINDS = ("card", "receipt", "notice", "line", "today", "floor", db_alerts.KIND, db_alerts.OFFER)
"""Of messages that name clients, beside views that were asked for and calls for help."""
_VIEW = "view:%"


async def wipe(connection: AsyncConnection, whom: Person, last_words: Screen, now: datetime) -> None:
    """What stands there and can change shows `last_words`; what was not sent yet never is.

    Of which he alone was told as a supervisor, and nobody has settled, others are told.
    """
    columns = t.messages.c
    here = or_(columns.person_id == whom.id, columns.chat_id == (whom.telegram_id or 0))
    await connection.execute(
        update(t.messages)
        .where(here, columns.telegram_id.is_(None), columns.next_try.is_not(None))
        .values(live=False, next_try=None)
    )
    names = or_(columns.kind.in_(_KINDS), columns.case_id.is_not(None), columns.key.like(_VIEW))
    shown = await db_messages.select_where(connection, here & names & columns.live, lock=True)
    if whom.role == "supervisor":
        await ring_again(connection, [one for one in shown if one.kind == db_alerts.KIND], now)
    for message in shown:
        if message.telegram_id is not None:
            message.show(last_words, now)
            message.pin = False if message.pin else None
        message.live, message.dirty = False, True
    await db_messages.store(connection, shown, now)
