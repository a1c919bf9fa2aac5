"""Tasks in the timelines of what they are linked to: each linked task stands there as an activity of its own kind."""

from __future__ import annotations

from bot.sandbox.portal import crm, values
from bot.sandbox.portal.calls import Call, as_list
from bot.sandbox.portal.documents import Doc
from bot.sandbox.portal.records import Records
from bot.sandbox.portal.schema import LINK_PREFIXES
from bot.sandbox.portal.task_view import COMPLETED

_PROVIDER = "CRM_TASKS_TASK"


class TaskActivities:
    """Keeps the activity of each linked task in step with it."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def follow(self, call: Call, task: Doc) -> None:
        """Make, change or remove the activity that mirrors `task`."""
        bindings = [binding for link in as_list(task["UF_CRM_TASK"]) if (binding := _binding(str(link)))]
        old = self._of(task["ID"])
        if not bindings:
            self.forget(int(str(task["ID"])))
            return
        key = int(str(old["ID"])) if old else self._records.activities.next_id()
        now = values.stored(call.now)
        self._records.activities.put(
            key,
            {
                "ID": key,
                "OWNER_TYPE_ID": bindings[0]["OWNER_TYPE_ID"],
                "OWNER_ID": bindings[0]["OWNER_ID"],
                "BINDINGS": bindings,
                "TYPE_ID": 3,
                "PROVIDER_ID": _PROVIDER,
                "PROVIDER_TYPE_ID": "TASKS_TASK",
                "SUBJECT": task["TITLE"],
                "DESCRIPTION": task["DESCRIPTION"],
                "DIRECTION": 0,
                "COMPLETED": "Y" if task["STATUS"] == COMPLETED else "N",
                "STATUS": 2 if task["STATUS"] == COMPLETED else 1,
                "RESPONSIBLE_ID": task["RESPONSIBLE_ID"],
                "AUTHOR_ID": task["CREATED_BY"],
                "EDITOR_ID": call.user_id,
                "CREATED": old["CREATED"] if old else now,
                "LAST_UPDATED": now,
                "START_TIME": task["CREATED_DATE"],
                "END_TIME": task["DEADLINE"],
                "DEADLINE": task["DEADLINE"],
                "PRIORITY": 2,
                "ASSOCIATED_ENTITY_ID": task["ID"],
                "ORIGINATOR_ID": None,
                "ORIGIN_ID": None,
            },
        )
        if old is None:
            for binding in bindings:
                crm.touch(self._records, call, binding["OWNER_TYPE_ID"], binding["OWNER_ID"])
            self._records.emit_crm("ACTIVITY", "ADD", key)

    def forget(self, task_id: int) -> None:
        """Remove the activity of a task that is gone or no longer linked."""
        old = self._of(task_id)
        if old is not None:
            self._records.activities.drop(int(str(old["ID"])))

    def _of(self, task_id: object) -> Doc | None:
        mine = (
            doc
            for doc in self._records.activities
            if doc["PROVIDER_ID"] == _PROVIDER and doc["ASSOCIATED_ENTITY_ID"] == task_id
        )
        return next(mine, None)


def _binding(link: str) -> dict[str, int] | None:
    prefix, _, number = link.rpartition("_")
    entity_type = LINK_PREFIXES.get(prefix)
    return {"OWNER_TYPE_ID": entity_type, "OWNER_ID": int(number)} if entity_type else None
