"""`tasks.task.*`: tasks and their life: 2 pending, 3 running, 4 awaiting control, 5 completed, 6 deferred."""

from __future__ import annotations

from functools import partial

from bot.sandbox.portal import task_view, values
from bot.sandbox.portal.calls import Answer, Call, Method, as_int, as_list, as_map, page_of, strict_fields
from bot.sandbox.portal.documents import Doc
from bot.sandbox.portal.errors import RestError, missing_param, task_rule
from bot.sandbox.portal.filters import sort_rows
from bot.sandbox.portal.records import Records
from bot.sandbox.portal.task_activities import TaskActivities
from bot.sandbox.portal.task_fields import TaskFields, describe_fields
from bot.sandbox.portal.task_filter import task_order, task_test
from bot.sandbox.portal.task_view import AWAITING_CONTROL, COMPLETED, DEFAULTS, DEFERRED, PENDING, RUNNING

_STATES = {
    "complete": COMPLETED,
    "approve": COMPLETED,
    "disapprove": PENDING,
    "renew": PENDING,
    "defer": DEFERRED,
    "start": RUNNING,
    "pause": PENDING,
}
_REFUSED = "Action on the task is not allowed"
_OTHER_CODE = frozenset({"defer", "pause", "renew", "approve", "disapprove"})


class Tasks:
    """The methods `tasks.task.{add,get,list,update,delete,delegate,getFields}` and those that change the state."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._view = task_view.TaskView(records)
        self._fields = TaskFields(records)
        self._activities = TaskActivities(records)

    def methods(self) -> dict[str, Method]:
        named: dict[str, Method] = {
            "tasks.task.add": self.add,
            "tasks.task.get": self.get,
            "tasks.task.list": self.find,
            "tasks.task.update": self.update,
            "tasks.task.delete": self.delete,
            "tasks.task.delegate": self.delegate,
            "tasks.task.getfields": self.fields,
        }
        return named | {f"tasks.task.{action}": partial(self.move, action) for action in _STATES}

    def add(self, call: Call) -> Answer:
        fields = strict_fields(call)
        written = self._fields.read(call, fields)
        if not written.get("TITLE"):
            raise task_rule("Task title is not specified")
        if not written.get("RESPONSIBLE_ID"):
            raise task_rule("Assignee is not specified")
        key = self._records.tasks.next_id()
        now = values.stored(call.now)
        doc: Doc = dict(DEFAULTS) | {"CREATED_BY": call.user_id} | written
        if not call.admin or doc["CREATED_BY"] is None:
            doc["CREATED_BY"] = call.user_id
        doc |= {"ID": key, "GUID": task_view.guid(key), "CHAT_ID": 3000 + key, "CHANGED_BY": call.user_id}
        doc |= dict.fromkeys(("CREATED_DATE", "CHANGED_DATE", "ACTIVITY_DATE", "STATUS_CHANGED_DATE"), now)
        if doc["STATUS"] == COMPLETED:
            doc |= {"CLOSED_BY": call.user_id, "CLOSED_DATE": now}
        self._records.tasks.put(key, doc)
        self._activities.follow(call, doc)
        self._records.emit(
            "ONTASKADD",
            {
                "FIELDS_BEFORE": "undefined",
                "FIELDS_AFTER": {"ID": key},
                "IS_ACCESSIBLE_BEFORE": "N",
                "IS_ACCESSIBLE_AFTER": "undefined",
            },
        )
        return Answer({"task": self._view.full(doc, call)})

    def get(self, call: Call) -> Answer:
        if call.get("taskId") is None:
            text = "CTaskItem All parameters in the constructor must have real class type (internal error)"
            raise RestError(400, "100", text)
        doc = self._visible(call, self._key(call))
        if doc is None:
            return Answer([])
        select = [str(name) for name in as_list(call.get("select"))]
        if not select or select == ["*"]:
            return Answer({"task": self._view.full(doc, call)})
        return Answer({"task": self._view.selected(doc, call, select, listed=False)})

    def find(self, call: Call) -> Answer:
        test = task_test(call, as_map(call.get("filter")))
        order = task_order(self._records, as_map(call.get("order")))
        rows = [doc for doc in self._records.tasks if _member(call, doc) and test(doc)]
        page, total, following = page_of(call, sort_rows(rows, order))
        select = [str(name) for name in as_list(call.get("select"))]
        shown = [self._view.selected(doc, call, select, listed=True) for doc in page]
        return Answer({"tasks": shown}, total, following)

    def update(self, call: Call) -> Answer:
        doc = self._allowed(call, "update")
        fields = strict_fields(call)
        allowed = task_view.actions(doc, call)
        if not allowed["edit"]:
            own = {"STATUS"} | ({"DEADLINE"} if allowed["changeDeadline"] else set())
            if doc["RESPONSIBLE_ID"] != call.user_id or not set(fields) <= own:
                raise RestError(400, "0", f"{_REFUSED} (internal error)")
        written = self._fields.read(call, fields)
        for name in ("TITLE", "RESPONSIBLE_ID"):
            if name in written and not written[name]:
                text = "Task title is not specified" if name == "TITLE" else "Assignee is not specified"
                raise task_rule(text)
        status = written.pop("STATUS", None)
        changed: Doc = doc | written
        if isinstance(status, int):
            changed = self._in_state(call, changed, status)
        return self._save(call, doc, changed)

    def move(self, action: str, call: Call) -> Answer:
        """Complete, renew, defer, start, pause, approve or disapprove a task."""
        doc = self._allowed(call, action)
        if not task_view.actions(doc, call)[action]:
            raise _refused(action)
        state = _STATES[action]
        if action == "complete" and doc["TASK_CONTROL"] == "Y" and doc["CREATED_BY"] != call.user_id:
            state = AWAITING_CONTROL
        return self._save(call, doc, self._in_state(call, doc, state))

    def delegate(self, call: Call) -> Answer:
        doc = self._allowed(call, "delegate")
        if call.get("userId") is None:
            raise missing_param("userId")
        user = as_int(call.get("userId"))
        if user is None or self._records.users.get(user) is None:
            raise task_rule("User not found")
        if not task_view.actions(doc, call)["delegate"]:
            raise _refused("delegate")
        former = doc["RESPONSIBLE_ID"]
        auditors = [person for person in as_list(doc["AUDITORS"]) if person != former]
        return self._save(call, doc, doc | {"RESPONSIBLE_ID": user, "AUDITORS": [*auditors, former]})

    def delete(self, call: Call) -> Answer:
        doc = self._visible(call, self._key(call))
        if doc is None or not task_view.actions(doc, call)["remove"]:
            raise RestError(400, "1048582", "No access to delete the task")
        key = int(str(doc["ID"]))
        self._records.tasks.drop(key)
        self._activities.forget(key)
        self._records.emit(
            "ONTASKDELETE",
            {
                "FIELDS_BEFORE": {"ID": key},
                "FIELDS_AFTER": "undefined",
                "IS_ACCESSIBLE_BEFORE": "undefined",
                "IS_ACCESSIBLE_AFTER": "N",
            },
        )
        return Answer({"task": True})

    def fields(self, call: Call) -> Answer:
        return Answer({"fields": describe_fields()})

    def _save(self, call: Call, old: Doc, new: Doc) -> Answer:
        if new != old:
            now = values.stored(call.now)
            new = new | {"CHANGED_BY": call.user_id, "CHANGED_DATE": now, "ACTIVITY_DATE": now}
            key = int(str(new["ID"]))
            self._records.tasks.put(key, new)
            self._activities.follow(call, new)
            self._records.emit(
                "ONTASKUPDATE",
                {
                    "FIELDS_BEFORE": {"ID": key},
                    "FIELDS_AFTER": {"ID": key},
                    "IS_ACCESSIBLE_BEFORE": "undefined",
                    "IS_ACCESSIBLE_AFTER": "undefined",
                },
            )
        return Answer({"task": self._view.full(new, call)})

    def _in_state(self, call: Call, doc: Doc, status: int) -> Doc:
        if status == doc["STATUS"]:
            return doc
        now = values.stored(call.now)
        doc = doc | {"STATUS": status, "STATUS_CHANGED_BY": call.user_id, "STATUS_CHANGED_DATE": now}
        closed = status in (COMPLETED, AWAITING_CONTROL)
        doc |= {"CLOSED_BY": call.user_id if closed else None, "CLOSED_DATE": now if closed else None}
        return doc | ({"DATE_START": now} if status == RUNNING else {})

    def _key(self, call: Call) -> int:
        if call.get("taskId") is None:
            raise missing_param("taskId")
        key = as_int(call.get("taskId"))
        if key is None or key <= 0:
            raise RestError(400, "0", "wrong task id")
        return key

    def _visible(self, call: Call, key: int) -> Doc | None:
        doc = self._records.tasks.get(key)
        return doc if doc is not None and _member(call, doc) else None

    def _allowed(self, call: Call, action: str) -> Doc:
        doc = self._visible(call, self._key(call))
        if doc is None:
            raise _refused(action)
        return doc


def _member(call: Call, doc: Doc) -> bool:
    people = (doc["CREATED_BY"], doc["RESPONSIBLE_ID"], *as_list(doc["ACCOMPLICES"]), *as_list(doc["AUDITORS"]))
    return call.admin or call.user_id in people


def _refused(action: str) -> RestError:
    if action in _OTHER_CODE:
        return RestError(400, "1048582", _REFUSED)
    return RestError(400, "0", f"{_REFUSED} (internal error)")
