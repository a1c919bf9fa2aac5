"""Messages as rows: what each should show (`want`) and what Telegram was last given (`shown`).

A message is delivered by bringing `shown` up to `want`, so edits that wait together become one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Integer, Select, bindparam, case, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import tables as t
from bot.screens.screen import Screen


@dataclass(slots=True)
class Message:
    """A row of `messages`. `id` is None until it is stored."""

    key: str
    chat_id: int
    kind: str
    screen: Screen
    id: int | None = None
    thread_id: int | None = None
    case_id: int | None = None
    task_id: str | None = None
    person_id: int | None = None
    data: Mapping[str, Any] | None = None
    want: int = 1
    shown: int = 0
    telegram_id: int | None = None
    live: bool = True
    urgent: bool = False
    tries: int = 0
    next_try: datetime | None = None
    created_at: datetime | None = None
    pin: bool | None = None
    """Whether it should stay at the top of its chat; None: no matter."""
    pinned_id: int | None = None
    """What the deliverer has made of it: see `bot.messenger.pins`."""
    dirty: bool = False

    def show(self, screen: Screen, now: datetime, *, kind: str | None = None, urgent: bool = False) -> None:
        """From now on this message should look so."""
        if screen == self.screen and self.shown == self.want and kind in (None, self.kind):
            return
        self.screen = screen
        self.kind = kind or self.kind
        self.want += 1
        self.next_try = now
        self.urgent = urgent
        self.dirty = True


PIN_REFUSED = 0
"""As `pinned_id`: the chat does not let us."""
_NAMES = (
    "id",
    "key",
    "chat_id",
    "thread_id",
    "kind",
    "case_id",
    "task_id",
    "person_id",
    "screen",
    "data",
    "want",
    "shown",
    "telegram_id",
    "live",
    "urgent",
    "tries",
    "next_try",
    "created_at",
    "pin",
    "pinned_id",
)
_DELIVERERS = ("shown", "telegram_id", "pinned_id")
"""Written by the deliverer alone, at the same time as others write the rest."""
_COLUMNS = tuple(t.messages.c[name] for name in _NAMES)


def _restore(row: Any) -> Message:
    values = dict(zip(_NAMES, row, strict=True))
    values["screen"] = Screen.from_json(values["screen"])
    return Message(**values)


def _values(message: Message) -> dict[str, Any]:
    values = {name: getattr(message, name) for name in _NAMES if name not in ("id", "screen", *_DELIVERERS)}
    return values | {"screen": message.screen.to_json()}


async def of_cases(connection: AsyncConnection, case_ids: Collection[int]) -> list[Message]:
    """The live messages about these cases."""
    if not case_ids:
        return []
    return [_restore(row) for row in await connection.execute(_OF_CASES, {"ids": list(case_ids)})]


_OF_CASES = select(*_COLUMNS).where(t.messages.c.case_id.in_(bindparam("ids", expanding=True)), t.messages.c.live)


async def live_cards(connection: AsyncConnection, person_id: int) -> list[Message]:
    """The live cards on a person's phone, oldest first."""
    query = select(*_COLUMNS).where(t.messages.c.person_id == person_id, t.messages.c.kind == "card", t.messages.c.live)
    return [_restore(row) for row in await connection.execute(query.order_by(t.messages.c.id).with_for_update())]


async def select_where(connection: AsyncConnection, where: ColumnElement[bool], *, lock: bool = False) -> list[Message]:
    """The messages for which this holds, oldest first; `lock`: they stay as they are until the transaction ends."""
    query = select(*_COLUMNS).where(where).order_by(t.messages.c.id)
    return [_restore(row) for row in await connection.execute(query.with_for_update() if lock else query)]


async def by_key(connection: AsyncConnection, key: str) -> Message | None:
    """The message with this key."""
    row = (await connection.execute(select(*_COLUMNS).where(t.messages.c.key == key))).first()
    return _restore(row) if row else None


@dataclass(frozen=True, slots=True)
class Due:
    """What waits to be sent or edited."""

    messages: list[Message]
    more: bool
    """Whether others wait behind these."""


async def due(connection: AsyncConnection, now: datetime, limit: int, *, urgent: bool = False) -> Due:
    """The first message of each chat that waits to be sent or edited: presses, then new messages, then edits.

    One of a chat is enough, since a chat gets one at a time, and a chat with many must not fill the batch.
    """
    query = _DUE_URGENT if urgent else _DUE
    rows = list(await connection.execute(query, {"now": now, "most": limit}))
    return Due([_restore(row[:-1]) for row in rows], len(rows) == limit or any(row.waiting > 1 for row in rows))


def _due(*, urgent: bool) -> Select[Any]:
    columns = t.messages.c
    query = select(columns.id, columns.chat_id, columns.urgent, columns.telegram_id)
    query = query.where(columns.next_try <= bindparam("now", type_=t.Moment))
    if urgent:
        query = query.where(columns.urgent)
    # A step of its own: SQLite would rather read all messages that there ever were than sort the few that wait.
    waits = query.cte("waits").prefix_with("MATERIALIZED").c
    # A card that nobody has seen yet goes before the new minutes of one that is there.
    unseen = case((waits.telegram_id.is_(None), 0), else_=1)
    place = func.row_number().over(partition_by=waits.chat_id, order_by=(waits.urgent.desc(), unseen, waits.id))
    of_chat = func.count().over(partition_by=waits.chat_id)
    first = select(waits.id, place.label("place"), of_chat.label("waiting")).subquery()
    return (
        select(*_COLUMNS, first.c.waiting)
        .join_from(t.messages, first, first.c.id == columns.id)
        .where(first.c.place == 1)
        .order_by(columns.urgent.desc(), columns.id)
        .limit(bindparam("most", type_=Integer))
    )


_DUE, _DUE_URGENT = _due(urgent=False), _due(urgent=True)


async def next_due(connection: AsyncConnection) -> datetime | None:
    """When the next message waits to be sent."""
    query = select(t.messages.c.next_try).where(t.messages.c.next_try.is_not(None))
    row = (await connection.execute(query.order_by(t.messages.c.next_try).limit(1))).first()
    return row.next_try if row else None


async def store(connection: AsyncConnection, messages: Sequence[Message], now: datetime) -> None:
    """Insert the new ones (their ids are filled in), update the changed ones.

    What the deliverer writes is left to it.
    """
    changed = [message for message in messages if message.dirty and message.id is not None]
    if changed:  # before the new ones: a card that was shown again has given its key away
        rows = [_values(message) | {"row": message.id, "updated_at": now} for message in changed]
        await connection.execute(_CHANGED, rows)
    for message in messages:
        if message.id is None:
            message.created_at = message.created_at or now
            values = _values(message) | {"shown": 0, "updated_at": now, "telegram_id": message.telegram_id}
            result = await connection.execute(insert(t.messages).values(values).returning(t.messages.c.id))
            message.id = int(result.scalar_one())
        message.dirty = False


_CHANGED = (
    update(t.messages)
    .where(t.messages.c.id == bindparam("row"))
    .values({name: bindparam(name) for name in (*_NAMES, "updated_at") if name not in ("id", *_DELIVERERS)})
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
