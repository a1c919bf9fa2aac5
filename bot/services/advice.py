"""A supervisor is about to advise: his next message is the advice, unless he thinks better of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select

from bot.db import messages as db_messages
from bot.db import tables as t
from bot.db.people import Person
from bot.db.session import Database, insert
from bot.locales.ru import dialogs as ru
from bot.screens.press import pack
from bot.screens.screen import Button, Screen, lines
from bot.services.alerts import help_key
from bot.services.showing import Showing

_KIND = "advice"


async def expect(
    database: Database, showing: Showing, person: Person, case_id: int, to: int, *, key: str | None = None
) -> None:
    """The call for help asks for words, with [Отмена] under it; `to` is the person who gets them.

    `key`: of another message that asks for them.
    """
    key = key or help_key(case_id, person)
    async with database.write() as connection:
        message = await db_messages.by_key(connection, key)
        asked = message.screen if message is not None else Screen("")
        waiting = select(t.awaiting.c.data).where(t.awaiting.c.person_id == person.id, t.awaiting.c.kind == _KIND)
        known = (await connection.execute(waiting)).scalar()
        if known is not None and known.get("case") == case_id and asked_in(known, person) == key:
            return  # pressed twice: it asks already
        data = {"case": case_id, "to": to, "screen": asked.to_json(), "key": key}
        statement = insert(connection, t.awaiting).values(person_id=person.id, kind=_KIND, data=data)
        await connection.execute(
            statement.on_conflict_do_update(index_elements=["person_id"], set_={"kind": _KIND, "data": data})
        )
    if known is not None and "screen" in known:  # only one piece of advice is written at a time
        await showing.by_key(asked_in(known, person), Screen.from_json(known["screen"]))
    cancel = (Button(ru.CANCEL_ADVICE, pack("x", "unadvise", case_id)),)
    await showing.by_key(key, Screen(lines([asked.text, f"<b>{ru.ANSWER_PROMPT}</b>"]), (cancel,)))


async def forget(database: Database, showing: Showing, person: Person, case_id: int) -> bool:
    """[Отмена]: the call for help is as it was, the next message no advice; False: none is waited for here."""
    async with database.write() as connection:
        where = (t.awaiting.c.person_id == person.id) & (t.awaiting.c.kind == _KIND)
        data = (await connection.execute(select(t.awaiting.c.data).where(where))).scalar()
        if data is None or data.get("case") != case_id or "screen" not in data:
            return False
        await connection.execute(delete(t.awaiting).where(where))
    await showing.by_key(asked_in(data, person), Screen.from_json(data["screen"]))
    return True


def asked_in(data: Mapping[str, Any], person: Person) -> str:
    """The key of the message that asks for the advice."""
    return str(data.get("key") or help_key(int(data["case"]), person))
