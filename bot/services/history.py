"""The history of a client: what was said and tried, by whom, and how his earlier cases ended. Only reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import cases as db_cases
from bot.db import journal as db_journal
from bot.db import pasts as db_pasts
from bot.db.journal import Line
from bot.db.people import People, shortened
from bot.engine import events as ev
from bot.engine.case import Case
from bot.engine.effects import Decision
from bot.engine.events import Event
from bot.engine.past import About, Note, Past, Record
from bot.engine.story import end_of, end_of_record
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
    "Covered",
    "CameBack",
    "Asked",
    "SteppedIn",
    "Silenced",
    "HelpAsked",
    "Advised",
}
"""Events that people should read of although nobody answered anything and nothing moved."""
_OF_SUPERVISORS = ("Corrected", "Returned")
"""Told in their own words, whatever else they have changed."""

_WORTH_TELLING = timedelta(days=1)
"""How long a record was open for its end to be told beside its beginning."""


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
    if decision.fate is not None and isinstance(event, ev.Republished):
        data["fate"] = {"entry": event.entry, "kept": decision.fate.kept, "misfit": decision.fate.misfit}
    if decision.outcomes:
        data["outcomes"] = list(decision.outcomes)
    marks = [playbook.outcomes[key].mark for key in decision.outcomes]
    if (before.pipeline, before.stage) != (after.pipeline, after.stage):
        marks.append(playbook.pipelines[after.pipeline].stages[after.stage].mark)
    if any(marks):
        data["marks"] = list(dict.fromkeys(mark for mark in marks if mark))
    if before.cadence == after.cadence and len(after.misses) < len(before.misses):
        data["unmissed"] = before.misses[-1].task  # the line was busy: no miss after all
    if isinstance(event, ev.Undone) and before.before is not None:
        data["undone"] = before.before.task.id
    if isinstance(event, ev.Corrected):
        data["corrected"] = event.task
    return data


def in_work(library: Library, people: People, others: Sequence[Case], own_lead: int | None) -> str | None:
    """One line about the newest other case of the client that somebody works on: this one may be its double."""
    for other in others:
        if not other.closed and (other.entity, other.crm_id) != ("lead", own_lead):
            stage = library[other.playbook].pipelines[other.pipeline].stages[other.stage].title
            return ru.IN_WORK.format(owner=people.short_name(other.owner), stage=stage)
    return None


def earlier_end(
    library: Library, people: People, others: Sequence[Case], past: Past, now: datetime, own_lead: int | None
) -> str | None:
    """One line about the client's latest ended case: «Был 40 дней назад: «Некачественный» – сумма мала».

    Args:
        library: the playbooks.
        people: who is linked.
        others: his other cases, newest first.
        past: his records that are in the portal alone, with those of `others`.
        now: the moment.
        own_lead: the lead that a deal was made from (its number in the portal) is the same story, not an earlier one.
    """
    own = ("lead", own_lead)
    known = {(other.entity, other.crm_id) for other in others}
    ended = [other for other in others if other.closed and (other.entity, other.crm_id) != own]
    records = [one for one in past.records if one.closed and one.about != own and one.about not in known]
    if records and not any(other.arrived_at > records[0].began_at for other in ended):
        more = len(ended) + len(records) - 1
        return _told(records[0], past, library, people, now) + (ru.STORY_MORE.format(count=more) if more else "")
    # What was joined to another request says nothing of the client; the other one does.
    for other in sorted(ended, key=lambda one: _was_joined(library[one.playbook], one)):
        return ru.STORY.format(ago=say_duration(now - other.arrived_at), end=end_of(library[other.playbook], other))
    return None


def _was_joined(playbook: Playbook, case: Case) -> bool:
    """Whether it ended as a duplicate of another case."""
    return any(end.joins is not None and end.stage == case.stage for end in playbook.outcomes.values())


async def history(
    connection: AsyncConnection, library: Library, people: People, case: Case, now: datetime
) -> list[Entry]:
    """Everything about the client, newest first: this case with the lead it came from, then what was before it.

    Of what was before us the portal tells: its records that were never cases of ours, and the lines in its timelines.
    """
    others = await db_cases.sharing_contacts(connection, case)
    own = [case, *(await _parents(connection, case))]
    mine = {one.id for one in own}
    rest = [one for one in others if one.id not in mine]
    rows = await db_journal.of_cases(connection, [*mine, *(one.id for one in rest)])
    kept = await db_pasts.of_cases(connection, list(mine))
    past = next((kept[one.id].past for one in own if one.id in kept and kept[one.id].read), Past())
    groups = _grouped(rest)
    ours: dict[About, int] = {_about(one): place for place, group in enumerate([own, *groups]) for one in group}
    strange = [record for record in past.records if record.about not in ours]
    apart = {record.about for record in strange}
    since = min((row.at for row in rows if row.case_id in mine), default=now)
    notes: dict[int | About, list[Entry]] = {}
    for note in past.notes:
        place = note.about if note.about in apart else ours.get(note.about, 0)
        if place != 0 or note.at < since or not note.inward:  # what he did since then is in our own journal
            notes.setdefault(place, []).append(_noted(note, past, people))
    found = _latest_first(_entries(own, rows, library, people) + notes.get(0, []))
    before = [
        (
            group[0].arrived_at,
            [
                _head(group[0], library, people, now),
                *_latest_first(_entries(group, rows, library, people) + notes.get(place, [])),
            ],
        )
        for place, group in enumerate(groups, 1)
    ]
    before += [
        (one.began_at, [_record_head(one, past, library, people, now), *notes.get(one.about, [])]) for one in strange
    ]
    for _, entries in sorted(before, key=lambda part: part[0], reverse=True):
        found += entries
    waiting = kept.get(case.id)
    if waiting is not None and not waiting.read:
        found.insert(0, Entry(now, "", ru.CRM_AWAY if waiting.tries else ru.READING, head=True))
    return found


def _about(case: Case) -> About:
    return case.entity, case.crm_id or 0


def _latest_first(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _noted(note: Note, past: Past, people: People) -> Entry:
    """A line of the portal's timeline."""
    words = ru.NOTES[note.kind][note.inward]
    told = note.text if note.kind == "comment" or not note.text else ru.NOTE_TEXT.format(text=note.text)
    who = "" if note.inward or note.by is None else _name(note.by, past, people)
    return Entry(note.at, who, words.format(text=told))


def _name(user: int | None, past: Past, people: People) -> str:
    """The name of a colleague, also of one who was never linked to the bot."""
    strange = past.names.get(user) if user is not None and user not in people.by_crm else None
    return shortened(strange) if strange is not None else people.short_name(user)


def _told(record: Record, past: Past, library: Library, people: People, now: datetime) -> str:
    end, owner = end_of_record(library.active, record), _name(record.owner, past, people)
    return ru.STORY_IN_CRM.format(ago=say_duration(now - record.began_at), end=end, owner=owner)


def _record_head(record: Record, past: Past, library: Library, people: People, now: datetime) -> Entry:
    """The heading of a record that is in the portal alone."""
    if not record.closed:
        end, owner = end_of_record(library.active, record), _name(record.owner, past, people)
        return Entry(record.began_at, "", ru.ALSO_IN_CRM.format(end=end, owner=owner), head=True)
    text = _told(record, past, library, people, now)
    if record.ended_at is not None and record.ended_at - record.began_at >= _WORTH_TELLING:
        text += ru.ENDED.format(ago=say_duration(now - record.ended_at))
    return Entry(record.began_at, "", text, head=True)


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
        if "corrected" in row.data:
            _take_back(found, row.data["corrected"])
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
    if row.event in _OF_SUPERVISORS:
        return Entry(row.at, who, row.why)
    if "owners" in data:
        old, new = (people.short_name(owner) for owner in data["owners"])
        return Entry(row.at, who, ru.HANDED_OVER.format(old=old, new=new))
    if stage:
        where = ru.WHO_IN_CRM.format(who=who) if who else ru.IN_CRM
        who = where if row.event == "StageMoved" else who
        return Entry(row.at, who, ru.MOVED.format(old=_stage(library, case, data["from"])), stage=stage)
    own_words = row.event in _IN_ITS_OWN_WORDS or _is_retimed(data)
    return Entry(row.at, who, row.why) if own_words and row.why != ru.NOTHING else None


def _is_retimed(data: Mapping[str, Any]) -> bool:
    """Another version of the playbook has given the task another time."""
    fate = data.get("fate")
    return fate is not None and fate["kept"] is None and fate["misfit"] is None


def _stage(library: Library, case: Case, key: str) -> str:
    """The stage in words; the case may have stood in another pipeline then."""
    pipelines = library[case.playbook].pipelines
    places = (pipelines[case.pipeline], *pipelines.values())
    return next((place.stages[key].title for place in places if key in place.stages), key)
