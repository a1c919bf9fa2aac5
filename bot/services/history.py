"""The history of a client: what was said and tried, by whom, and how his earlier cases ended. Only reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import cases as db_cases
from bot.db import journal as db_journal
from bot.db.journal import Line
from bot.db.people import People
from bot.engine import events as ev
from bot.engine.case import Case
from bot.engine.effects import Decision
from bot.engine.events import Event
from bot.engine.story import end_of
from bot.engine.words import say_duration
from bot.locales.ru import history as ru
from bot.playbooks.model import Playbook
from bot.screens.history import Entry
from bot.services.library import Library

_IN_ITS_OWN_WORDS = {
    "TaskClosed",
    "DeadlineMoved",
    "Gone",
    "ClientBarred",
    "Approved",
    "ClientCalled",
    "HelpAsked",
    "Advised",
}
"""Events that people should read of although nobody answered anything and nothing moved."""


def journal_data(playbook: Playbook, before: Case, event: Event, decision: Decision) -> dict[str, Any]:
    """What the journal keeps of a decision beside its reason, for histories and digests."""
    after = decision.case
    data: dict[str, Any] = {"stage": after.stage, "task": after.task.id if after.task else None}
    if before.stage != after.stage:
        data["from"] = before.stage
    if before.owner != after.owner:
        data["owners"] = [before.owner, after.owner]
    if decision.told is not None:
        told = asdict(decision.told)
        data["told"] = {**told, "at": decision.told.at.isoformat(), "words": list(decision.told.words)}
    if decision.outcomes:
        data["outcomes"] = list(decision.outcomes)
    marks = [mark for key in decision.outcomes if (mark := playbook.outcomes[key].mark)]
    if marks:
        data["marks"] = marks
    if isinstance(event, ev.Undone) and before.before is not None:
        data["undone"] = before.before.task.id
    return data


def earlier_end(library: Library, others: Sequence[Case], now: datetime, own_lead: int | None) -> str | None:
    """One line about the client's latest ended case: «Был 40 дней назад: «Некачественный» – сумма мала».

    The lead that a deal was made from (its number in the portal) is the same story, not an earlier one.
    """
    for other in others:
        if other.closed and not (other.entity == "lead" and other.crm_id == own_lead):
            return ru.STORY.format(ago=say_duration(now - other.arrived_at), end=end_of(library[other.playbook], other))
    return None


async def history(
    connection: AsyncConnection, library: Library, people: People, case: Case, now: datetime
) -> list[Entry]:
    """Everything about the client, newest first: this case with the lead it came from, then his other cases."""
    others = await db_cases.sharing_contacts(connection, case)
    own = [case, *(await _parents(connection, case))]
    mine = {one.id for one in own}
    rest = [one for one in others if one.id not in mine]
    rows = await db_journal.of_cases(connection, [*mine, *(one.id for one in rest)])
    found = _entries(own, rows, library, people)
    for group in _grouped(rest):
        found.append(_head(group[0], library, people, now))
        found += _entries(group, rows, library, people)
    return found


async def _parents(connection: AsyncConnection, case: Case) -> list[Case]:
    if case.parent is None:
        return []
    return [stored.case for stored in (await db_cases.load(connection, [case.parent])).values()]


def _grouped(cases: Sequence[Case]) -> list[list[Case]]:
    """Each deal with the lead that it was made from, in the order of the deals."""
    leads = {one.id: one for one in cases if one.entity == "lead"}
    groups = [[one, *([leads.pop(one.parent)] if one.parent in leads else [])] for one in cases if one.entity == "deal"]
    groups += [[lead] for lead in leads.values()]
    return sorted(groups, key=lambda group: group[0].arrived_at, reverse=True)


def _head(case: Case, library: Library, people: People, now: datetime) -> Entry:
    end = end_of(library[case.playbook], case)
    if case.closed:
        text = ru.STORY.format(ago=say_duration(now - case.arrived_at), end=end)
    else:
        text = ru.ALSO_IN_WORK.format(end=end, owner=people.short_name(case.owner))
    return Entry(case.arrived_at, "", text, head=True)


def _entries(cases: Sequence[Case], rows: Iterable[Line], library: Library, people: People) -> list[Entry]:
    """Newest first; what was taken back is left out, what was added on a receipt stands with its record."""
    by_id = {case.id: case for case in cases}
    found: list[_Kept] = []
    for row in rows:
        case = by_id.get(row.case_id)
        if case is None:
            continue
        if "undone" in row.data:
            _take_back(found, row.data["undone"])
            continue
        told = row.data.get("told")
        if told is not None and told["more"]:
            _add(found, told)
            continue
        entry = _entry(row, case, library, people)
        if entry is not None:
            found.append(_Kept(entry, told["task"] if told is not None else None))
    return sorted((one.entry for one in reversed(found)), key=lambda entry: entry.at, reverse=True)


@dataclass(slots=True, eq=False)
class _Kept:
    """An entry, and the task whose record it is."""

    entry: Entry
    task: str | None


def _take_back(found: list[_Kept], task: str) -> None:
    last = next((one for one in reversed(found) if one.task == task), None)
    if last is not None:
        found.remove(last)


def _add(found: list[_Kept], told: dict[str, Any]) -> None:
    record = next((one for one in reversed(found) if one.task == told["task"]), None)
    if record is not None:
        record.entry = replace(record.entry, more=(*record.entry.more, *told["words"]))


def _entry(row: Line, case: Case, library: Library, people: People) -> Entry | None:
    data = row.data
    who = people.short_name(row.by) if row.by is not None else ""
    stage = _stage(library, case, data["stage"]) if "from" in data else ""
    told = data.get("told")
    if told is not None:
        attempt = ru.ATTEMPT.format(number=told["attempt"]) if told["attempt"] else ""
        words = ru.SEPARATOR.join(told["words"]) or told["title"]
        return Entry(datetime.fromisoformat(told["at"]), who, words + attempt, stage=stage)
    if row.event == "Arrived":
        source = library[case.playbook].sources.get(case.source or "")
        came = ru.LEAD_CAME if case.entity == "lead" else ru.DEAL_CAME
        return Entry(row.at, "", came.format(source=f", {source.title}" if source else ""))
    if "owners" in data:
        old, new = (people.short_name(owner) for owner in data["owners"])
        return Entry(row.at, who, ru.HANDED_OVER.format(old=old, new=new))
    if stage:
        where = ru.WHO_IN_CRM.format(who=who) if who else ru.IN_CRM
        who = where if row.event == "StageMoved" else who
        return Entry(row.at, who, ru.MOVED.format(old=_stage(library, case, data["from"])), stage=stage)
    return Entry(row.at, who, row.why) if row.event in _IN_ITS_OWN_WORDS and row.why != ru.NOTHING else None


def _stage(library: Library, case: Case, key: str) -> str:
    """The stage in words; the case may have stood in another pipeline then."""
    pipelines = library[case.playbook].pipelines
    places = (pipelines[case.pipeline], *pipelines.values())
    return next((place.stages[key].title for place in places if key in place.stages), key)
