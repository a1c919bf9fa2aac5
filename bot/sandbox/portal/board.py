"""The CRM board of the sandbox's page: pipelines, their stages, and the cards that stand there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.sandbox.portal import values
from bot.sandbox.portal.calls import as_list
from bot.sandbox.portal.crm import SEMANTIC_FIELDS, STAGE_FIELDS, client_name
from bot.sandbox.portal.documents import Doc
from bot.sandbox.portal.records import Records
from bot.sandbox.portal.schema import DEAL, ENTITY_WORDS, LEAD
from bot.sandbox.portal.task_view import COMPLETED

FINAL_CARDS = 30
"""Cards shown of each final stage; the newest ones."""

Terms = Mapping[int, tuple[datetime, datetime]]
"""By the number of a task: from when on its answer is owed, and when it counts as late."""
NO_TERMS: Terms = {}
_Tasks = dict[str, list[dict[str, object]]]


def board(records: Records, attempts_field: str, terms: Terms = NO_TERMS) -> dict[str, object]:
    """Everything the board shows, newest cards first.

    Args:
        attempts_field: the user field that counts call attempts.
        terms: what a bot thinks of the tasks; a task that it does not know is late when its deadline has passed.
    """
    tasks = _shown_tasks(records, terms)
    pipelines: list[dict[str, object]] = [_pipeline(records, LEAD, 0, "Лиды", tasks, attempts_field)]
    for category in records.categories:
        number = int(str(category["id"]))
        pipelines.append(_pipeline(records, DEAL, number, str(category["name"]), tasks, attempts_field))
    return {"pipelines": pipelines}


def _pipeline(
    records: Records, entity_type: int, category: int, title: str, tasks: _Tasks, attempts_field: str
) -> dict[str, object]:
    by_stage: dict[object, list[Doc]] = {}
    for doc in records.items[entity_type]:
        if (doc.get("CATEGORY_ID") or 0) == category:
            by_stage.setdefault(doc[STAGE_FIELDS[entity_type]], []).append(doc)
    stages = []
    for stage in records.stages(entity_type, category):
        docs = sorted(by_stage.get(stage["STATUS_ID"], []), key=_moved, reverse=True)
        shown = docs[:FINAL_CARDS] if stage["SEMANTICS"] else docs
        stages.append(
            {
                "id": stage["STATUS_ID"],
                "title": stage["NAME"],
                "color": stage["COLOR"],
                "semantics": stage["SEMANTICS"] or "P",
                "total": len(docs),
                "cards": [_card(records, entity_type, doc, tasks, attempts_field) for doc in shown],
            }
        )
    return {"entity": ENTITY_WORDS[entity_type], "id": category, "title": title, "stages": stages}


def _card(records: Records, entity_type: int, doc: Doc, tasks: _Tasks, attempts_field: str) -> dict[str, object]:
    link = f"{'L' if entity_type == LEAD else 'D'}_{doc['ID']}"
    return {
        "entity": ENTITY_WORDS[entity_type],
        "id": doc["ID"],
        "title": doc["TITLE"],
        "client": client_name(records, entity_type, doc),
        "owner": user_name(records, doc["ASSIGNED_BY_ID"]),
        "stage": doc[STAGE_FIELDS[entity_type]],
        "semantics": doc[SEMANTIC_FIELDS[entity_type]],
        "attempts": doc.get(attempts_field) or 0,
        "open_tasks": tasks.get(link, []),
        "created": values.shown(doc["DATE_CREATE"], records.zone),
    }


def user_name(records: Records, key: object) -> str:
    """First and last name of a user, empty when there is none."""
    user = records.users.get(key if isinstance(key, int) else None)
    return " ".join(str(user[part]) for part in ("NAME", "LAST_NAME") if user.get(part)) if user else ""


def _shown_tasks(records: Records, terms: Terms) -> _Tasks:
    """The open tasks by the record that they belong to."""
    found: _Tasks = {}
    for task in records.tasks:
        if task["STATUS"] != COMPLETED:
            shown = _task(records, task, terms)
            for link in as_list(task["UF_CRM_TASK"]):
                found.setdefault(str(link), []).append(shown)
    return found


def _task(records: Records, task: Doc, terms: Terms) -> dict[str, object]:
    shown = {
        "id": task["ID"],
        "title": task["TITLE"],
        "deadline": values.shown(task["DEADLINE"], records.zone),
        "responsible": user_name(records, task["RESPONSIBLE_ID"]),
    }
    term = terms.get(int(str(task["ID"])))
    if term is None:
        return shown
    owed_from, late_from = (moment.isoformat() for moment in term)
    return shown | {"owed_from": owed_from, "late_from": late_from}


def _moved(doc: Doc) -> tuple[str, int]:
    return str(doc["MOVED_TIME"] or ""), int(str(doc["ID"]))
