"""What must be true of the portal and the phones, seen from outside the bot."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from tests.chaos.story import MANAGERS, Told, labels
from tests.scenarios.floor import Floor

_MARK = re.compile(r"\[dz [^\]]+\]$")
_CLOSED = "5"
_LEAD_TYPE, _DEAL_TYPE = "1", "2"


async def check_portal(floor: Floor, story: Sequence[Told]) -> None:
    """Every answer is in the portal exactly once, and every live case has one open task."""
    for told in story:
        lead = await floor.lead(told.lead)
        assert lead["stageId"] == told.way.lead, (told, lead["stageId"])
        _once(told, await floor.comments("lead", told.lead))
        _tasks(told, await floor.tasks(told.link, open_only=False), closed=1, opened=int(told.way.next_task))
        deals = await floor.deals_of(told.lead)
        assert [deal["stageId"] for deal in deals] == ([told.way.deal] if told.way.deal else []), told
        for deal in deals:
            assert deal["contactId"], told
            _once(told, await floor.comments("deal", deal["id"]))
            _tasks(told, await floor.tasks(f"D_{deal['id']}", open_only=False), closed=1, opened=1)
        await _check_contacts(floor, told)
        await floor.advance("PT5S")  # the portal counts our requests too
    await _check_keys(floor)


async def check_phones(floor: Floor, story: Sequence[Told], *, doubled: int = 0) -> None:
    """Every answered card became its receipt, and no card of these clients is left over.

    Args:
        doubled: how many cards may have been sent twice, because the bot died with them in flight.
    """
    shown: dict[str, dict[int, dict[str, Any]]] = {
        who: {message["message_id"]: message for message in await floor.messages(who)} for who in MANAGERS
    }
    for told in story:
        assert shown[told.who][told.card]["text"].startswith("✅"), (told, shown[told.who][told.card]["text"])
    left = [
        (told.client, message["text"])
        for told in story
        for message in shown[told.who].values()
        if message["message_id"] != told.card
        and told.client in message["text"]
        and told.way.labels[0] in labels(message)
        and "Обработать лид" in message["text"]
    ]
    assert len(left) <= doubled, left


async def writes(floor: Floor, after: int) -> dict[str, list[str]]:
    """What was written about each lead (`L_5`) and deal (`D_7`), in order, as the portal received it."""
    rows = await floor.get(f"/sandbox/journal?target=bitrix24&after={after}")
    links = await _links(floor)
    found: dict[str, list[str]] = {}
    for row in rows:
        step = _step(row["method"], row["params"], links)
        if step is not None and row["result"].get("result") is not None:
            found.setdefault(step[0], []).append(step[1])
    return found


def check_order(story: Sequence[Told], found: dict[str, list[str]]) -> None:
    """Stage, comment, old task, new task: never another order."""
    for told in story:
        wanted = ["update", "comment", "complete"]
        if told.way.deal is not None:
            wanted.append("update")
        if told.way.next_task:
            wanted.append("add")
        assert [step for step in found[told.link] if step != "first add"] == wanted, (told, found[told.link])


async def newest_call(floor: Floor) -> int:
    """The journal's number of the newest call to the portal."""
    return int((await floor.get("/sandbox/journal?target=bitrix24&after=0"))[-1]["id"])


def _once(told: Told, comments: Sequence[str]) -> None:
    marks = [mark.group() for text in comments if (mark := _MARK.search(text.rstrip()))]
    assert len(comments) == len(marks) == 1, (told, comments)


def _tasks(told: Told, tasks: Sequence[dict[str, Any]], *, closed: int, opened: int) -> None:
    states = Counter(task["status"] == _CLOSED for task in tasks)
    assert (states[True], states[False]) == (closed, opened), (told, [(t["title"], t["status"]) for t in tasks])


async def _check_contacts(floor: Floor, told: Told) -> None:
    params = {"type": "PHONE", "values": [told.phone], "entity_type": "CONTACT"}
    found = await floor.portal("crm.duplicate.findbycomm", params)
    ids = found["CONTACT"] if found else []
    assert len(ids) == (1 if told.way.deal else 0), (told, ids)


async def _check_keys(floor: Floor) -> None:
    """No task of ours stands in the portal twice, whatever it is about."""
    keys = Counter(task["XML_ID"] for task in await _all_tasks(floor))
    assert [key for key, count in keys.items() if count > 1] == []


async def _all_tasks(floor: Floor) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        filters = {"TAG": "dozvon", ">ID": found[-1]["ID"] if found else 0}
        params = {"filter": filters, "select": ["ID", "XML_ID", "UF_CRM_TASK"], "order": {"ID": "asc"}, "start": -1}
        page = (await floor.portal("tasks.task.list", params))["tasks"]
        if not page:
            return found
        found += [{"ID": int(row["id"]), "XML_ID": row["xmlId"], "LINKS": row["ufCrmTask"]} for row in page]


async def _links(floor: Floor) -> dict[str, str]:
    return {str(task["ID"]): task["LINKS"][0] for task in await _all_tasks(floor) if task["LINKS"]}


def _step(method: str, params: dict[str, Any], links: dict[str, str]) -> tuple[str, str] | None:
    fields = params.get("fields", {})
    match method:
        case "crm.item.update" if str(params["entityTypeId"]) in (_LEAD_TYPE, _DEAL_TYPE):
            kind = "L" if str(params["entityTypeId"]) == _LEAD_TYPE else "D"
            return f"{kind}_{params['id']}", "update"
        case "crm.timeline.comment.add":
            return f"{'L' if fields['ENTITY_TYPE'] == 'lead' else 'D'}_{fields['ENTITY_ID']}", "comment"
        case "tasks.task.complete":
            return links[str(params["taskId"])], "complete"
        case "tasks.task.add":
            return fields["UF_CRM_TASK"][0], "add"
        case _:
            return None
