"""One manager's answers as a line of labels, and what the portal shows afterwards in a form that reads aloud."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from tests.scenarios.floor import Floor, say

TYPED = "✎ "
"""A step that begins so is typed, not pressed."""
FIELD = "UF_CRM_DZ_"


@dataclass
class Portal:
    """Reads leads and deals with list fields as words."""

    floor: Floor
    _words: dict[str, dict[str, str]] = field(default_factory=dict)

    async def words(self, kind: str) -> dict[str, str]:
        """Item id → words, for every list field of leads or deals."""
        if kind not in self._words:
            rows = await self.floor.portal(f"crm.{kind}.userfield.list", {"filter": {"USER_TYPE_ID": "enumeration"}})
            self._words[kind] = {str(item["ID"]): item["VALUE"] for row in rows for item in row["LIST"]}
        return self._words[kind]

    async def fields(self, kind: str, number: int) -> dict[str, Any]:
        """Our fields that hold something: `{"DEBT": "До 250 тыс.", "NEXT_AT": "вт 3 10:00"}`."""
        params = {"entityTypeId": 1 if kind == "lead" else 2, "id": number, "useOriginalUfNames": "Y"}
        item = (await self.floor.portal("crm.item.get", params))["item"]
        words = await self.words(kind)
        found: dict[str, Any] = {}
        for name, value in item.items():
            if not name.startswith(FIELD) or value in (None, "", [], 0, "0", False):
                continue
            key = name.removeprefix(FIELD)
            if isinstance(value, list):
                found[key] = [words.get(str(one), str(one)) for one in value]
            elif key.endswith("_AT"):
                found[key] = say(value)
            else:
                found[key] = words.get(str(value), value) if key in _LISTS else value
        return found

    async def one_task(self, link: str) -> dict[str, Any]:
        """The one open task of ours, its form checked: link, tag, key, no task control, a whole minute."""
        tasks = await self.floor.tasks(link)
        assert len(tasks) == 1, [(task["title"], task["deadline"]) for task in tasks]
        task = dict(tasks[0])
        if "xmlId" not in task:
            task |= (await self.floor.portal("tasks.task.get", {"taskId": task["id"], "select": ["*", "UF_*"]}))["task"]
        assert task["ufCrmTask"] == [link]
        assert re.fullmatch(r"dozvon:\d+-\d+", task["xmlId"]), task["xmlId"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:00[+-]\d\d:\d\d", task["deadline"]), task["deadline"]
        return task

    async def next_up(self, link: str) -> str:
        """«Перезвонить: Пётр Проверкин · вт 3 10:00»."""
        task = await self.one_task(link)
        return f"{task['title']} · {say(task['deadline'])}"


_LISTS = ("DEBT", "CONSULT", "OBSTACLE")


async def walk(floor: Floor, who: str, client: str, steps: str) -> None:
    """Press and type what stands between arrows: «Дозвонился → До 250 тыс. → ✎ занят»."""
    for step in steps.split(" → "):
        if step.startswith(TYPED):
            await floor.say(who, step.removeprefix(TYPED))
        else:
            await floor.press(who, step, client)


async def receipt(floor: Floor, who: str, client: str) -> str:
    """The newest receipt; «✅ Записано» stands at its head."""
    for message in reversed(await floor.messages(who)):
        text = message.get("text") or ""
        if text.startswith("✅ Записано"):
            return str(text)
    raise AssertionError(f"no receipt for {client}")


async def fill_in(floor: Floor, who: str, client: str) -> None:
    """Everything that the card of a paid deal still lacks."""
    await walk(floor, who, client, "Дата: сегодня → Процедура → Судебная → Номер → ✎ БФ-17/2026")
    for question in ("📎 Договор", "📎 Чек"):
        await floor.press(who, question, client)
        await floor.send(who, f"{question}.pdf", b"%PDF-1.7 " + question.encode())
        await floor.press(who, "Готово", client)


def labels(message: dict[str, Any]) -> list[str]:
    """All button labels of a message."""
    return [button["text"] for row in message.get("buttons") or [] for button in row]
