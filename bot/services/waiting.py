"""What a person's next message answers: the question that was asked last, or an older card that still waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import cases as db_cases
from bot.db import tables as t
from bot.db.people import Person
from bot.engine.case import Case
from bot.engine.questionnaire import Ask, next_step
from bot.playbooks.model import Playbook
from bot.services.entry_rows import WAITING as FORM
from bot.services.entry_rows import asks_words
from bot.services.library import Library

_TYPED = ("text", "phone", "number", "money", "datetime", "date")


@dataclass(frozen=True, slots=True)
class Waiting:
    """`kind`: `answer` (of a card), `advice` (of a supervisor), `newcomer`, `change` (of the playbook); `data`: of whom
    or of what."""

    kind: str
    data: Mapping[str, Any]


async def waiting_for(connection: AsyncConnection, library: Library, person: Person, now: datetime) -> Waiting | None:
    """What the person's next message answers; None when nothing waits for words."""
    query = select(t.awaiting.c.kind, t.awaiting.c.data).where(t.awaiting.c.person_id == person.id)
    row = (await connection.execute(query)).first()
    return Waiting(row.kind, row.data) if row else await _older(connection, library, person, now)


async def _older(connection: AsyncConnection, library: Library, person: Person, now: datetime) -> Waiting | None:
    """What was asked before the last question was answered: a card or the form of a new client, the newer one."""
    card, form = await _older_card(connection, library, person, now), await asks_words(connection, library, person)
    if form is not None and (card is None or card[0] < form[0]):
        return Waiting(FORM, {"newcomer": form[1].id})
    return Waiting("answer", card[1]) if card is not None else None


async def _older_card(
    connection: AsyncConnection, library: Library, person: Person, now: datetime
) -> tuple[datetime, Mapping[str, Any]] | None:
    """Of the cards on his phone that ask for words, the one begun last, and when it was begun."""
    query = (
        select(t.cases.c.state)
        .join(t.messages, t.messages.c.case_id == t.cases.c.id)
        .where(t.messages.c.person_id == person.id, t.messages.c.kind == "card", t.messages.c.live)
    )
    cases = [db_cases.restore(row.state) for row in await connection.execute(query)]
    begun = [case for case in cases if case.run is not None and case.holder == person.crm_user_id]
    begun.sort(key=lambda case: case.run.started_at if case.run is not None else now, reverse=True)
    for case in begun:
        data = _asks_words(library[case.playbook], case, person.role, now)
        if data is not None and case.run is not None:
            return case.run.started_at, data
    return None


def _asks_words(playbook: Playbook, case: Case, role: str, now: datetime) -> Mapping[str, Any] | None:
    run, task = case.run, case.task
    if run is None or task is None or run.optional or run.confirming or run.task != task.id:
        return None
    step = next_step(playbook, case, run, now, role)
    if isinstance(step, Ask) and step.question.kind in _TYPED:
        return {"case": case.id, "task": task.id, "question": step.id}
    return None
