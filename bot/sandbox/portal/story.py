"""Planting an empty portal: people, dictionaries, fields, and clients with their story.

Times in the data are relative to the start: `PT3H` before it in a story, after it for a task's deadline.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.sandbox.portal import crm, values
from bot.sandbox.portal.calls import Call, as_list, as_map
from bot.sandbox.portal.dictionaries import new_status
from bot.sandbox.portal.documents import Doc
from bot.sandbox.portal.records import Records
from bot.sandbox.portal.schema import CONTACT, DEAL, ENTITY_WORDS, LEAD
from bot.sandbox.portal.seed import PortalSeed, SeedInvalid, duration
from bot.sandbox.portal.tasks import Tasks
from bot.sandbox.portal.userfields import add_userfield


def plant(records: Records, seed: PortalSeed) -> None:
    """Fill an empty portal. The story is played through the portal's own writes, so its history is as it would be."""
    data = seed.data
    for department in _rows(data, "departments"):
        key = int(str(department["id"]))
        records.departments.put(key, _department(department))
    for user in _rows(data, "users"):
        key = int(str(user["id"]))
        records.users.put(key, _user(user, seed.start))
    for category in _rows(data, "categories") or [{"id": 0, "name": "Общая", "sort": 300}]:
        key = int(str(category["id"]))
        base: Doc = {"entityTypeId": DEAL, "isDefault": "N" if key else "Y", "originId": "", "originatorId": ""}
        records.categories.put(key, {"id": key, "name": category["name"], "sort": category["sort"]} | base)
    for entity_id, rows in as_map(data["statuses"]).items():
        for index, row in enumerate(as_list(rows), 1):
            _plant_status(records, entity_id, index * 10, as_map(row))
    for word, rows in as_map(data.get("userfields")).items():
        for row in as_list(rows):
            fields = as_map(row)
            add_userfield(records, f"CRM_{word}".upper(), fields | {"FIELD_NAME": fields["name"]} | _described(fields))
    story = _Story(records, seed)
    for number, case in enumerate(_rows(data, "cases"), 1):
        story.play(number, case)
    records.events.clear()


class _Story:
    def __init__(self, records: Records, seed: PortalSeed) -> None:
        self._records = records
        self._seed = seed
        self._tasks = Tasks(records)

    def play(self, number: int, case: Mapping[str, object]) -> None:
        """One client: his lead, its moves, and what became of it."""
        phones = [{"typeId": "PHONE", "valueType": "MOBILE", "value": str(case["phone"])}]
        if case.get("email"):
            phones.append({"typeId": "EMAIL", "valueType": "WORK", "value": str(case["email"])})
        person: Doc = {"NAME": case["name"], "LAST_NAME": case.get("last_name")}
        owner = int(str(case["owner"]))
        lead = as_map(case["lead"])
        common: Doc = {"TITLE": case["title"], "SOURCE_ID": case["source"], "ASSIGNED_BY_ID": owner}
        lead_id = self._walk(LEAD, lead, person | common, [dict(phone) for phone in phones])
        link, last = f"L_{lead_id}", LEAD
        if case.get("deal"):
            deal = as_map(case["deal"])
            born = self._ago(as_map(as_list(deal["path"])[0])["ago"])
            contact = crm.create(
                self._records,
                self._call(1, born),
                CONTACT,
                person | {"LEAD_ID": lead_id, "SOURCE_ID": case["source"], "ASSIGNED_BY_ID": owner},
                [dict(phone) for phone in phones],
            )
            fields = common | {"LEAD_ID": lead_id, "CONTACT_ID": contact, "OPPORTUNITY": deal.get("opportunity")}
            deal_id = self._walk(DEAL, deal, fields, [])
            link, last = f"D_{deal_id}", DEAL
            lead_doc = self._records.items[LEAD].get(lead_id) or {}
            crm.change(self._records, self._call(1, born), LEAD, lead_doc, {"CONTACT_ID": contact})
        if case.get("task"):
            self._set_task(number, as_map(case["task"]), link, owner, f"{case['name']} {case.get('last_name') or ''}")
        for comment in as_list(case.get("comments")):
            self._comment(last, int(link.split("_")[1]), as_map(comment), owner)

    def _walk(self, entity_type: int, part: Mapping[str, object], fields: Doc, addresses: list[crm.Address]) -> int:
        """Create a record and move it stage by stage; the fields of the answers come with the last step."""
        key = 0
        steps = [as_map(step) for step in as_list(part["path"])]
        for index, step in enumerate(steps):
            call = self._call(1, self._ago(step["ago"]))
            written: Doc = {crm.STAGE_FIELDS[entity_type]: step["stage"]}
            if index == len(steps) - 1:
                written |= self._answers(entity_type, as_map(part.get("fields")))
            if index == 0:
                key = crm.create(self._records, call, entity_type, fields | written, addresses)
            else:
                old = self._records.items[entity_type].get(key) or {}
                crm.change(self._records, call, entity_type, old, written)
        return key

    def _answers(self, entity_type: int, fields: Mapping[str, object]) -> Doc:
        """User fields; choices are written by their XML_ID, moments relative to the start."""
        known = self._records.fields(entity_type)
        written: Doc = {}
        for name, value in fields.items():
            field = known.get(name)
            if field is None:
                raise SeedInvalid(f"a case has the field {name}, which its entity does not have")
            if field.kind == "enumeration":
                chosen = [self._choice(field.choices, word) for word in as_list(value)]
                written[name] = chosen if field.multiple else chosen[0]
            elif field.kind == "datetime":
                written[name] = (self._seed.start + duration(value)).isoformat()
            else:
                written[name] = value
        return written

    def _choice(self, choices: frozenset[int], xml_id: object) -> int:
        for choice in choices:
            if (self._records.enum_items.get(choice) or {}).get("XML_ID") == xml_id:
                return choice
        raise SeedInvalid(f"a case has the answer {xml_id!r}, which its list does not have")

    def _set_task(self, number: int, task: Mapping[str, object], link: str, owner: int, client: str) -> None:
        deadline = self._seed.start + duration(task["in"])
        fields = {
            "TITLE": f"{task['title']}: {client.strip()}",
            "RESPONSIBLE_ID": owner,
            "DEADLINE": deadline.isoformat(),
            "UF_CRM_TASK": [link],
            "TAGS": [task["tag"]],
            "XML_ID": f"{task['tag']}:seed-{number}",
        }
        call = self._call(1, self._ago(task["ago"]))
        self._tasks.add(replace(call, params={"fields": fields}))

    def _comment(self, entity_type: int, owner_id: int, comment: Mapping[str, object], author: int) -> None:
        key = self._records.comments.next_id()
        doc: Doc = {
            "ID": key,
            "ENTITY_ID": owner_id,
            "ENTITY_TYPE": ENTITY_WORDS[entity_type],
            "CREATED": values.stored(self._ago(comment["ago"])),
            "COMMENT": comment["text"],
            "AUTHOR_ID": author,
        }
        self._records.comments.put(key, doc)

    def _call(self, user: int, now: datetime) -> Call:
        return Call(user, True, now, self._records.zone, self._records.zone)

    def _ago(self, text: object) -> datetime:
        return self._seed.start - duration(text)


def _plant_status(records: Records, entity_id: str, sort: int, row: Mapping[str, object]) -> None:
    key = records.statuses.next_id()
    semantics = row.get("semantics")
    doc = new_status(
        key,
        entity_id,
        str(row["id"]),
        str(row["name"]),
        sort,
        str(semantics) if semantics else None,
        str(row.get("color") or ""),
    )
    records.statuses.put(key, doc | {"SYSTEM": "Y" if row.get("system") else "N"})


def _described(fields: Mapping[str, object]) -> Doc:
    return {
        "USER_TYPE_ID": fields["type"],
        "EDIT_FORM_LABEL": fields["label"],
        "MULTIPLE": "Y" if fields.get("multiple") else "N",
        "XML_ID": fields["name"],
        "SHOW_FILTER": "Y",
        "LIST": [{"XML_ID": xml_id, "VALUE": label} for xml_id, label in as_map(fields.get("items")).items()],
    }


def _department(row: Mapping[str, object]) -> Doc:
    return {
        "ID": row["id"],
        "NAME": row["name"],
        "SORT": row.get("sort") or 500,
        "PARENT": row.get("parent"),
        "UF_HEAD": row.get("head"),
    }


def _user(row: Mapping[str, object], start: datetime) -> Doc:
    return {
        "ID": row["id"],
        "ACTIVE": True,
        "NAME": row["name"],
        "LAST_NAME": row["last_name"],
        "SECOND_NAME": "",
        "EMAIL": row.get("email") or "",
        "TIME_ZONE": row.get("zone") or "",
        "PERSONAL_GENDER": row.get("gender") or "",
        "PERSONAL_MOBILE": row.get("phone") or "",
        "WORK_PHONE": "",
        "WORK_POSITION": row.get("position") or "",
        "UF_DEPARTMENT": as_list(row.get("departments")),
        "DATE_REGISTER": values.stored(start - timedelta(days=300)),
        "_ADMIN": bool(row.get("admin")),
        "_ROLE": row.get("role") or "manager",
    }


def _rows(data: Mapping[str, object], name: str) -> list[dict[str, object]]:
    return [as_map(row) for row in as_list(data.get(name))]
