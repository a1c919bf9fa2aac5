"""What the courier asks of the messages, and how it notes what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Integer, Select, and_, bindparam, case, func, not_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import tables as t
from bot.db import turns
from bot.db.messages import COLUMNS, Message, restore


@dataclass(frozen=True, slots=True)
class Due:
    """What waits to be sent or edited."""

    messages: list[Message]
    more: bool
    """Whether others wait behind these."""


async def due(connection: AsyncConnection, now: datetime, limit: int, *, urgent: bool = False) -> Due:
    """The first message of each chat that waits to be sent or edited: presses, then new messages, then edits.

    One of a chat is enough, since a chat gets one at a time, and a chat with many must not fill the batch. What has to
    wait for its turn holds nothing else up.
    """
    query = _DUE_URGENT if urgent else _DUE
    rows = list(await connection.execute(query, {"now": now, "most": limit}))
    return Due([restore(row[:-1]) for row in rows], len(rows) == limit or any(row.waiting > 1 for row in rows))


_RANKS = {"alert": 0, "notice": 0, "board": 2}
"""Of new messages of a chat: alerts first, lines before the cards that they tell of, the board last."""


def _due(*, urgent: bool) -> Select[Any]:
    columns = t.messages.c
    now = bindparam("now", type_=t.Moment)
    query = select(columns.id, columns.chat_id, columns.urgent, columns.telegram_id, columns.kind)
    query = query.outerjoin(t.turns, t.turns.c.chat_id == columns.chat_id)
    query = query.where(columns.next_try <= now)
    query = query.where(or_(not_(turns.NEEDED), t.turns.c.until.is_(None), t.turns.c.until <= now))
    if urgent:
        query = query.where(columns.urgent)
    # A step of its own: SQLite would rather read all messages that there ever were than sort the few that wait.
    waits = query.cte("waits").prefix_with("MATERIALIZED").c
    # A card that nobody has seen yet goes before the new minutes of one that is there.
    unseen = case((waits.telegram_id.is_(None), 0), else_=1)
    rank = case(*((waits.kind == kind, place) for kind, place in _RANKS.items()), else_=1)
    order = (waits.urgent.desc(), unseen, rank, waits.id)
    place = func.row_number().over(partition_by=waits.chat_id, order_by=order)
    of_chat = func.count().over(partition_by=waits.chat_id)
    first = select(waits.id, place.label("place"), of_chat.label("waiting")).subquery()
    return (
        select(*COLUMNS, first.c.waiting)
        .join_from(t.messages, first, first.c.id == columns.id)
        .where(first.c.place == 1)
        .order_by(columns.urgent.desc(), columns.id)
        .limit(bindparam("most", type_=Integer))
    )


_DUE, _DUE_URGENT = _due(urgent=False), _due(urgent=True)


async def next_due(connection: AsyncConnection) -> datetime | None:
    """When the next message may be sent: at its own moment, or when its chat's turn has come."""
    moment: datetime | None = (await connection.execute(_NEXT)).scalar()
    return moment


_LATER = and_(turns.NEEDED, t.turns.c.until > t.messages.c.next_try)
_NEXT = (
    select(func.min(case((_LATER, t.turns.c.until), else_=t.messages.c.next_try), type_=t.Moment))
    .select_from(t.messages)
    .outerjoin(t.turns, t.turns.c.chat_id == t.messages.c.chat_id)
    .where(t.messages.c.next_try.is_not(None))
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """How one delivery ended."""

    id: int
    shown: int
    """The version that Telegram has now."""
    telegram_id: int | None
    next_try: datetime | None
    """None: nothing more to do (unless a newer version is wanted)."""
    tries: int = 0
    error: str | None = None
    live: bool = True
    pinned_id: int | None = None
    unsure: bool = False
    """Whether Telegram may have taken it without our knowing."""
    turn: tuple[int, datetime] | None = None
    """The chat whose turn it has taken, and when the next one may come there."""


async def delivered(connection: AsyncConnection, deliveries: Sequence[Delivery], now: datetime) -> None:
    """Write the ends of deliveries. A version wanted meanwhile stays due."""
    if not deliveries:
        return
    rows = [
        {
            "row": one.id,
            "shown": one.shown,
            "telegram_id": one.telegram_id,
            "pinned_id": one.pinned_id,
            "next_try": one.next_try,
            # A version wanted since is due at once, unless this one has to wait.
            "behind": one.next_try or now,
            "tries": one.tries,
            "error": one.error,
            "over": not one.live,
        }
        for one in sorted(deliveries, key=lambda one: one.id)  # the order in which `apply` locks them
    ]
    await connection.execute(_DELIVERED, rows)
    for chat, until in (one.turn for one in deliveries if one.turn is not None):
        await turns.end(connection, chat, until)


_DELIVERED = (
    update(t.messages)
    .where(t.messages.c.id == bindparam("row"))
    .values(
        shown=bindparam("shown"),
        telegram_id=bindparam("telegram_id"),
        pinned_id=bindparam("pinned_id"),
        next_try=case(
            (t.messages.c.want > bindparam("shown"), bindparam("behind", type_=t.Moment)),
            else_=bindparam("next_try", type_=t.Moment),
        ),
        tries=bindparam("tries"),
        error=bindparam("error"),
        live=case((bindparam("over", type_=Boolean), False), else_=t.messages.c.live),
    )
)
