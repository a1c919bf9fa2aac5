"""Messages as rows: what each should show (`want`) and what Telegram was last given (`shown`).

A message is delivered by bringing `shown` up to `want`, so edits that wait together become one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, insert, select, update
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
        """From now on this message should look so. One that is yet to be sent keeps its moment, unless it is urgent."""
        if screen == self.screen and self.shown == self.want and kind in (None, self.kind):
            return
        self.screen = screen
        self.kind = kind or self.kind
        self.want += 1
        if urgent or self.next_try is None or self.telegram_id is not None:
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
COLUMNS = tuple(t.messages.c[name] for name in _NAMES)


def restore(row: Any) -> Message:
    """The message of a row of `COLUMNS`."""
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
    return [restore(row) for row in await connection.execute(_OF_CASES, {"ids": list(case_ids)})]


_OF_CASES = select(*COLUMNS).where(t.messages.c.case_id.in_(bindparam("ids", expanding=True)), t.messages.c.live)


async def live_cards(connection: AsyncConnection, person_id: int) -> list[Message]:
    """The live cards on a person's phone, oldest first."""
    query = select(*COLUMNS).where(t.messages.c.person_id == person_id, t.messages.c.kind == "card", t.messages.c.live)
    return [restore(row) for row in await connection.execute(query.order_by(t.messages.c.id).with_for_update())]


async def select_where(connection: AsyncConnection, where: ColumnElement[bool], *, lock: bool = False) -> list[Message]:
    """The messages for which this holds, oldest first; `lock`: they stay as they are until the transaction ends."""
    query = select(*COLUMNS).where(where).order_by(t.messages.c.id)
    return [restore(row) for row in await connection.execute(query.with_for_update() if lock else query)]


async def by_key(connection: AsyncConnection, key: str) -> Message | None:
    """The message with this key."""
    row = (await connection.execute(select(*COLUMNS).where(t.messages.c.key == key))).first()
    return restore(row) if row else None


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
