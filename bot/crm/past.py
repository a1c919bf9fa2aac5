"""Asking the portal for a client's earlier leads and deals and for what their timelines hold, as plain values.

Two steps: who has these contacts, together with the record's own timeline; and, only where there is somebody, his
records with theirs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.crm import inbox
from bot.crm.commands import Command, Outcome, Result
from bot.crm.encode import as_dict, as_int, as_list, parse_datetime, unescape
from bot.crm.errors import CrmError, CrmRejected
from bot.crm.mapping import TYPE_IDS, Mapper, number
from bot.crm.reading import rows_of
from bot.crm.wanted import Entity
from bot.engine.case import Client
from bot.engine.past import About, Note, NoteKind, Past, Record

Row = Mapping[str, Any]

_MOST_VALUES = 20
"""Values of one look-up."""
_MOST_RECORDS = 20
_MOST_TIMELINES = 4
"""The newest leads, and the newest deals, whose comments are read."""
_MOST_NOTES = 20
"""Of each record."""
_LONGEST = 400
_OURS = re.compile(r"\[dz [^\]]+\]\s*$")
"""The mark that closes the comments and to-dos which we have written ourselves."""
_BREAK = re.compile(r"<[^>]+>|\[(?:br|\*|/?list[^\]]*|/?p)\]", re.IGNORECASE)
_TAG = re.compile(r"\[/?[a-z]+(?:=[^\]]*)?\]", re.IGNORECASE)
_KINDS: Mapping[int, NoteKind] = {1: "meeting", 2: "call", 4: "letter"}
_TASK = 3
_TASK_PROVIDERS = ("CRM_TASKS_TASK", "TASKS")
_INWARD = 1
_FINAL = ("S", "F")
_NEEDED = frozenset(
    {"leads", "deals", *(f"find_{kind}_{who}" for kind in ("phone", "email") for who in ("lead", "contact"))}
)
_WORDS: Mapping[int, Entity | str] = {type_id: kind for kind, type_id in TYPE_IDS.items()}
_ACTIVITY_FIELDS = (
    "ID",
    "OWNER_ID",
    "OWNER_TYPE_ID",
    "TYPE_ID",
    "PROVIDER_ID",
    "SUBJECT",
    "DESCRIPTION",
    "DIRECTION",
    "CREATED",
    "START_TIME",
    "RESPONSIBLE_ID",
)


@dataclass(frozen=True, slots=True)
class Namesakes:
    """Who has the client's contacts: numbers of leads and of contacts."""

    leads: frozenset[int] = frozenset()
    contacts: frozenset[int] = frozenset()


# Who has these contacts -----------------------------------------------------------------------------------------------


def first_look(client: Client, own: About | None) -> dict[str, Command]:
    """Who has the client's phones and e-mails, and the timeline of the record itself where the portal has it."""
    asked: dict[str, Command] = {}
    for kind, values in (("PHONE", client.phones), ("EMAIL", client.emails)):
        for entity in ("LEAD", "CONTACT") if values else ():
            params = {"type": kind, "values": list(values[:_MOST_VALUES]), "entity_type": entity}
            asked[f"find_{kind}_{entity}".lower()] = Command("crm.duplicate.findbycomm", params)
    if own is not None:
        asked["comments_own"] = _comments(*own)
        asked["activities"] = _activities([own])
    return asked


def namesakes(outcomes: Mapping[str, Outcome]) -> Namesakes:
    """Who was found.

    Raises:
        CrmError: the portal did not say.
    """
    found: dict[str, set[int]] = {"LEAD": set(), "CONTACT": set()}
    for key, outcome in outcomes.items():
        if key.startswith("find_"):
            answer = as_dict(_value(outcome))
            for entity, ids in found.items():
                ids |= {value for one in as_list(answer.get(entity)) if (value := as_int(one)) is not None}
    return Namesakes(frozenset(found["LEAD"]), frozenset(found["CONTACT"]))


# Their records --------------------------------------------------------------------------------------------------------


def second_look(found: Namesakes, own: About | None, prefix: str) -> dict[str, Command]:
    """The records of whom the first look has found; empty when that is nobody but the record itself.

    The commands belong into one request, their keys headed by `prefix`.
    """
    leads = sorted(found.leads - ({own[1]} if own is not None and own[0] == "lead" else set()), reverse=True)
    contacts = sorted(found.contacts, reverse=True)[:_MOST_RECORDS]
    asked: dict[str, Command] = {}
    if leads:
        asked["leads"] = inbox.items("lead", leads[:_MOST_RECORDS])
        asked |= {f"comments_lead_{one}": _comments("lead", one) for one in leads[:_MOST_TIMELINES]}
    if contacts:
        deals = inbox.items_params("deal", {"@contactId": contacts}) | {"order": {"id": "DESC"}, "start": -1}
        asked["deals"] = Command("crm.item.list", deals)
        # The numbers of the deals come with this very request. Where there are fewer, the portal refuses the command.
        asked |= {
            f"comments_deal_{place}": _comments("deal", f"$result[{prefix}deals][items][{place}][id]")
            for place in range(_MOST_TIMELINES)
        }
        asked |= {f"comments_contact_{one}": _comments("contact", one) for one in contacts[:_MOST_TIMELINES]}
    if asked:
        about: list[About] = [("lead", one) for one in leads[:_MOST_TIMELINES]]
        asked["activities"] = _activities([*about, *(("contact", one) for one in contacts[:_MOST_TIMELINES])])
    return asked


def failure(outcomes: Mapping[str, Outcome]) -> CrmError | None:
    """Why the look has to be taken again; a timeline that the portal refuses to show is no reason."""
    errors = ((key, one) for key, one in outcomes.items() if isinstance(one, CrmError))
    return next((one for key, one in errors if key in _NEEDED or not isinstance(one, CrmRejected)), None)


def read(
    mapper: Mapper, outcomes: Sequence[tuple[str, Outcome]], found: Namesakes, own: About | None, lead: int | None
) -> tuple[Past, int | None]:
    """What both looks have shown of the client, without the case's own record.

    Args:
        mapper: of the playbook.
        outcomes: of both looks.
        found: whom the first one has found.
        own: the case's own record.
        lead: the lead that the own deal was made from, where we know it.

    Returns:
        The past, and that lead as the portal knows it.
    """
    told = _records(mapper, dict(outcomes), found)
    itself = next((one for one in told if one.about == own), None)
    lead = lead or (itself.lead if itself is not None else None)
    mine = {own, ("lead", lead)}
    earlier = [one for one in told if one.about not in mine][:_MOST_RECORDS]
    about: dict[About, About] = {("contact", one): ("contact", one) for one in found.contacts}
    about |= {one: one for one in (own, ("lead", lead or 0)) if one is not None}
    for record in earlier:
        about[record.about] = record.about
        if record.lead is not None:
            about["lead", record.lead] = record.about
    return Past(tuple(earlier), tuple(_notes(outcomes, about))), lead


def _records(mapper: Mapper, outcomes: Mapping[str, Outcome], found: Namesakes) -> list[Record]:
    """Leads and deals, newest first; a lead that became one of the deals is told by the deal."""
    told: list[Record] = []
    kinds: tuple[Entity, ...] = ("deal", "lead")
    for entity in kinds:
        outcome = outcomes.get(f"{entity}s")
        rows = rows_of(_value(outcome)) if outcome is not None else []
        # A filter that the portal does not take is as good as none: what nobody asked for is no record of his.
        mine = [row for row in rows if entity == "deal" or as_int(row.get("id")) in found.leads]
        mine = [row for row in mine if entity == "lead" or inbox.contact_id(row) in found.contacts]
        told += [record for row in mine if (record := record_of(mapper, entity, row)) is not None]
    made_from = {record.lead for record in told if record.entity == "deal"}
    shown = [record for record in told if record.entity == "deal" or record.crm_id not in made_from]
    return sorted(shown, key=lambda record: (record.began_at, record.crm_id), reverse=True)


def lacks_stages(mapper: Mapper, outcomes: Iterable[tuple[str, Outcome]]) -> bool:
    """Whether a record stands in a stage that is newer than what was read of the portal's dictionaries."""
    rows = {key: rows_of(one.value) for key, one in outcomes if key in ("leads", "deals") and isinstance(one, Result)}
    return any(_stage(mapper, "lead", row) is None for row in rows.get("leads", ())) or any(
        _stage(mapper, "deal", row) is None for row in rows.get("deals", ())
    )


def _stage(mapper: Mapper, entity: Entity, row: Row) -> str | None:
    return mapper.stage_name(entity, as_int(row.get("categoryId")) or 0, str(row.get("stageId") or ""))


def record_of(mapper: Mapper, entity: Entity, row: Row) -> Record | None:
    """A row of `crm.item`; None: it has neither a number nor a beginning."""
    crm_id, began_at = as_int(row.get("id")), parse_datetime(row.get("createdTime"))
    if crm_id is None or began_at is None:
        return None
    status_id = str(row.get("stageId") or "")
    closed = row.get("stageSemanticId") in _FINAL or row.get("closed") == "Y"
    comment = next((text for name in ("statusDescription", "comments") if (text := plain(row.get(name)))), "")
    return Record(
        entity=entity,
        crm_id=crm_id,
        stage=_stage(mapper, entity, row) or status_id,
        closed=closed,
        owner=number(row.get("assignedById")),
        began_at=began_at,
        ended_at=parse_datetime(row.get("movedTime")) if closed else None,
        comment=comment,
        facts=mapper.facts_of(entity, row),
        lead=number(row.get("leadId")),
    )


# Their timelines ------------------------------------------------------------------------------------------------------


def _notes(outcomes: Iterable[tuple[str, Outcome]], about: Mapping[About, About]) -> list[Note]:
    """What these records' timelines hold beside our own lines and tasks, newest first.

    Args:
        outcomes: the answers.
        about: of whose lines each record's are.
    """
    found: dict[tuple[str, int], Note] = {}
    for key, outcome in outcomes:
        if isinstance(outcome, CrmError):
            continue  # a timeline that the portal does not show
        if key.startswith("comments_"):
            rows = ((("comment", as_int(row.get("ID")) or 0), _comment(row)) for row in rows_of(_value(outcome)))
        elif key == "activities":
            rows = ((("activity", as_int(row.get("ID")) or 0), _activity(row)) for row in rows_of(_value(outcome)))
        else:
            continue
        found |= {
            name: replace(note, about=about[note.about])
            for name, note in rows
            if note is not None and note.about in about
        }
    kept: dict[About, list[Note]] = {}
    for note in sorted(found.values(), key=lambda note: note.at, reverse=True):
        kept.setdefault(note.about, []).append(note)
    some = [note for group in kept.values() for note in group[:_MOST_NOTES]]
    return sorted(some, key=lambda note: note.at, reverse=True)


def _comment(row: Row) -> Note | None:
    text, at, crm_id = str(row.get("COMMENT") or ""), parse_datetime(row.get("CREATED")), as_int(row.get("ENTITY_ID"))
    if at is None or crm_id is None or _OURS.search(text) or not (words := plain(text)):
        return None
    return Note((str(row.get("ENTITY_TYPE") or "").lower(), crm_id), at, number(row.get("AUTHOR_ID")), "comment", words)


def _activity(row: Row) -> Note | None:
    kind, crm_id = as_int(row.get("TYPE_ID")), as_int(row.get("OWNER_ID"))
    owner, written = _WORDS.get(as_int(row.get("OWNER_TYPE_ID")) or 0), str(row.get("DESCRIPTION") or "")
    at = parse_datetime(row.get("START_TIME")) or parse_datetime(row.get("CREATED"))
    if at is None or owner is None or crm_id is None or _OURS.search(written):
        return None
    if kind == _TASK or row.get("PROVIDER_ID") in _TASK_PROVIDERS:
        return None
    said = [words for words in (plain(row.get("SUBJECT")), plain(written)) if words]
    inward = as_int(row.get("DIRECTION")) == _INWARD
    by = number(row.get("RESPONSIBLE_ID"))
    return Note((owner, crm_id), at, by, _KINDS.get(kind or 0, "other"), _cut(": ".join(said)), inward)


def plain(text: Any) -> str:
    """A text of the portal in one line, without its BB codes, tags and entities."""
    return _cut(" ".join(unescape(_TAG.sub("", _BREAK.sub(" ", str(text or "")))).split()))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST].rstrip()}…"


# Names ----------------------------------------------------------------------------------------------------------------


def people(ids: Collection[int]) -> Command:
    """Ask for these users, dismissed ones too; at most a page of them is told."""
    return Command("user.get", {"FILTER": {"ID": sorted(ids)}})


def names(outcome: Outcome) -> dict[int, str]:
    """Names by user; those without one are left out.

    Raises:
        CrmError: they could not be read.
    """
    found: dict[int, str] = {}
    for row in rows_of(_value(outcome)):
        name = " ".join(str(row.get(part) or "") for part in ("NAME", "LAST_NAME")).strip()
        user = as_int(row.get("ID"))
        if user is not None and name:
            found[user] = unescape(name)
    return found


def _comments(kind: str, crm_id: int | str) -> Command:
    params = {
        "filter": {"ENTITY_ID": crm_id, "ENTITY_TYPE": kind},
        "select": ["ID", "ENTITY_ID", "ENTITY_TYPE", "CREATED", "COMMENT", "AUTHOR_ID"],
        "order": {"ID": "DESC"},
    }
    return Command("crm.timeline.comment.list", params)


def _activities(about: Sequence[About]) -> Command:
    bound = [{"OWNER_TYPE_ID": TYPE_IDS[kind], "OWNER_ID": crm_id} for kind, crm_id in about]
    params = {"filter": {"BINDINGS": bound}, "select": list(_ACTIVITY_FIELDS), "order": {"ID": "DESC"}, "start": -1}
    return Command("crm.activity.list", params)


def _value(outcome: Outcome) -> Any:
    if isinstance(outcome, CrmError):
        raise outcome
    assert isinstance(outcome, Result)
    return outcome.value
