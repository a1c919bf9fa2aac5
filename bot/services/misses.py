"""What a miss means beyond its own case: other attempts on the same number, and the number that was called from."""

from __future__ import annotations

from sqlalchemy import select

from bot.db import cases as db_cases
from bot.db import messages as db_messages
from bot.db import tables as t
from bot.db.messages import Message
from bot.db.people import Person
from bot.engine import events as ev
from bot.engine.case import Case
from bot.engine.words import counted, say_duration
from bot.locales.ru import screens as ru
from bot.playbooks.model import WornNumber
from bot.screens.screen import Screen, esc
from bot.services.oversight import reached
from bot.services.work import Work

_KEY = "worn:{about}:"


async def follow_up(work: Work) -> None:
    """After the misses of this group."""
    for case_id, user in sorted(work.missed.items()):
        case = work.cases[case_id].case
        await _move_others(work, case)
        person = work.people.by_crm.get(user)
        if person is not None:
            await _look_at_number(work, case, person)


async def _move_others(work: Work, case: Case) -> None:
    """Other cases of the number that was not reached just now: their attempts of today may have to wait."""
    if work.playbook(case).calls_per_number is None or not case.client.phones:
        return
    query = select(t.contacts.c.case_id).where(t.contacts.c.value.in_(case.client.phones)).distinct()
    found = sorted({row.case_id for row in await work.connection.execute(query)} - {case.id})
    missing = [other for other in found if other not in work.cases]
    if missing:
        work.cases.update(await db_cases.load(work.connection, missing, lock=True))
        work.messages.update({one.key: one for one in await db_messages.of_cases(work.connection, missing)})
    for other in found:
        if other in work.cases and _has_attempt(work.cases[other].case):
            await work.happen(other, ev.NumberCalled())


def _has_attempt(case: Case) -> bool:
    return not case.closed and case.task is not None and case.task.placed


async def _look_at_number(work: Work, case: Case, person: Person) -> None:
    """Where nobody answers him any more he and his supervisors are told, once in the time that the rule names."""
    rule = work.playbook(case).worn_number
    row = await _in_a_row(work, person.crm_user_id, rule)
    if row < rule.misses or await _is_told(work, person, rule):
        return
    misses = counted(row, "недозвон", "недозвона", "недозвонов")
    words = {"misses": misses, "within": say_duration(rule.within), "name": work.people.short_name(person.crm_user_id)}
    _say(work, person, person, ru.WORN_OWN.format(**words))
    for supervisor in reached(work.people, work.people.teams.of(person.crm_user_id), work.now):
        if supervisor.id != person.id:
            _say(work, supervisor, person, ru.WORN_TOLD.format(**words))


async def _is_told(work: Work, person: Person, rule: WornNumber) -> bool:
    columns = t.messages.c
    mine = columns.key.like(f"{_KEY.format(about=person.id)}%")
    query = select(columns.id).where(columns.chat_id == person.telegram_id, mine)
    query = query.where(columns.created_at > work.now - rule.within).limit(1)
    return (await work.connection.execute(query)).first() is not None


async def _in_a_row(work: Work, user: int | None, rule: WornNumber) -> int:
    """How many of his latest records, the one just made included, are misses without anything else between them."""
    columns = t.journal.c
    query = (
        select(columns.at, columns.data)
        .where(columns.at > work.now - rule.within, columns.by == user)
        .order_by(columns.id.desc())
    )
    fresh = [row["data"] or {} for row in reversed(work.journal) if row["by"] == user]
    stored = [row.data or {} for row in await work.connection.execute(query)]
    found, taken_back = 0, set()
    for data in (*fresh, *stored):
        taken_back |= {data[key] for key in ("undone", "unmissed") if key in data}
        told = data.get("told")
        if told is None or told["more"] or told["task"] in taken_back:
            continue
        if told["attempt"] is None:
            break
        found += 1
    return found


def _say(work: Work, to: Person, about: Person, text: str) -> None:
    if to.telegram_id is None:
        return
    key = f"{_KEY.format(about=about.id)}{to.id}:{int(work.now.timestamp())}"
    work.messages[key] = Message(
        key=key,
        chat_id=to.telegram_id,
        kind="notice",
        screen=Screen(esc(text)),
        person_id=to.id,
        next_try=work.now,
        live=False,
    )
