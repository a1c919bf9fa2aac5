"""Changes of the playbook that wait for an admin's confirmation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import tables as t

_drafts = t.playbook_drafts.c


@dataclass(frozen=True, slots=True)
class Draft:
    """A proposed version. `words` and `subject` say what was asked for, so that it can be asked for anew."""

    person_id: int
    subject: str
    words: str
    base: str
    hash: str
    text: str
    note: str
    at: datetime
    id: int = 0
    over: bool = False


async def keep(connection: AsyncConnection, draft: Draft) -> int:
    """Store a draft, which takes the place of the person's others; returns its number.

    The same draft once more (an update that is worked on again) keeps its number: a message has it already.
    """
    same = (_drafts.person_id == draft.person_id) & (_drafts.base == draft.base) & (_drafts.hash == draft.hash)
    known: int | None = await connection.scalar(select(_drafts.id).where(same, ~_drafts.over))
    if known is not None:
        return known
    await connection.execute(
        update(t.playbook_drafts).where(_drafts.person_id == draft.person_id, ~_drafts.over).values(over=True, text="")
    )
    values = {
        "person_id": draft.person_id,
        "subject": draft.subject,
        "words": draft.words,
        "base": draft.base,
        "hash": draft.hash,
        "text": draft.text,
        "note": draft.note,
        "over": False,
        "at": draft.at,
    }
    stored = await connection.execute(insert(t.playbook_drafts).values(values).returning(_drafts.id))
    return int(stored.scalar_one())


async def find(connection: AsyncConnection, number: int, person_id: int) -> Draft | None:
    """The person's own draft of this number."""
    columns = [_drafts[name] for name in Draft.__dataclass_fields__]
    query = select(*columns).where(_drafts.id == number, _drafts.person_id == person_id)
    row = (await connection.execute(query)).first()
    return Draft(*row) if row is not None else None


async def end(connection: AsyncConnection, number: int) -> bool:
    """It is published or cancelled; False: it was already."""
    query = update(t.playbook_drafts).where(_drafts.id == number, ~_drafts.over).values(over=True, text="")
    return (await connection.execute(query)).rowcount == 1
