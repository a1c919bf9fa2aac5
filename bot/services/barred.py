"""Numbers that asked for peace: kept by themselves, so that they are known in whatever case they turn up next."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import cases as db_cases
from bot.db import messages as db_messages
from bot.db import tables as t
from bot.db.session import insert
from bot.engine import events as ev
from bot.services.work import Work


async def known(connection: AsyncConnection, phones: Collection[str]) -> bool | None:
    """Whether one of the numbers is barred for messages too; False: for calls only; None: for nothing."""
    query = select(t.barred.c.writing_too).where(t.barred.c.phone.in_(phones))
    found = list((await connection.execute(query)).scalars()) if phones else []
    return any(found) if found else None


async def asked(work: Work, phones: Collection[str]) -> bool | None:
    """As `known`, with what others of this very transaction have barred or allowed again."""
    rows = [row["writing_too"] for row in work.barred if row["phone"] in phones]
    lifted = {phone: to_writing for phone, to_writing in work.lifted.items() if phone in phones}
    rows += [False for to_writing in lifted.values() if to_writing]
    stored = await known(work.connection, [phone for phone in phones if phone not in lifted])
    found = [*rows, *([] if stored is None else [stored])]
    return any(found) if found else None


async def save(work: Work) -> None:
    """Bars set and lifted in this group, as rows."""
    for row in work.barred:
        statement = insert(work.connection, t.barred).values(row)
        await work.connection.execute(
            statement.on_conflict_do_update(index_elements=["phone"], set_={"writing_too": row["writing_too"]})
        )
    for phone, to_writing in work.lifted.items():
        where = t.barred.c.phone == phone
        lift = update(t.barred).where(where).values(writing_too=False) if to_writing else delete(t.barred).where(where)
        await work.connection.execute(lift)


async def stop_elsewhere(work: Work) -> None:
    """What is planned for a number that was barred stops, or turns into letters, in every other case too."""
    own = {row["case_id"] for row in work.barred}
    for writing_too in (True, False):
        phones = {row["phone"] for row in work.barred if row["writing_too"] is writing_too}
        if not phones:
            continue
        query = select(t.contacts.c.case_id).where(t.contacts.c.value.in_(phones)).distinct()
        found = sorted({row.case_id for row in await work.connection.execute(query)} - own)
        missing = [case_id for case_id in found if case_id not in work.cases]
        work.cases.update(await db_cases.load(work.connection, missing, lock=True))
        work.messages.update({one.key: one for one in await db_messages.of_cases(work.connection, missing)})
        for case_id in found:
            if case_id in work.cases:
                await work.happen(case_id, ev.ClientBarred(writing_too))
