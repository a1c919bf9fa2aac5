"""Effects of the engine that are CRM writes: the row's operation and its body."""

from __future__ import annotations

from typing import Any

from bot.engine import effects as fx
from bot.engine.case import Case
from bot.engine.effects import Effect

OPS: dict[type, str] = {
    fx.Update: "update",
    fx.Comment: "comment",
    fx.AddTask: "add_task",
    fx.MoveTask: "move_task",
    fx.CompleteTask: "complete_task",
    fx.CompleteCopy: "complete_task",
    fx.RenewTask: "renew_task",
    fx.PlanMeeting: "add_meeting",
    fx.MoveMeeting: "move_meeting",
    fx.EndMeeting: "end_meeting",
    fx.AddPhone: "add_phone",
    fx.AddFile: "add_file",
    fx.SetOwner: "set_owner",
}
"""The operation of each effect."""


def body_of(effect: Effect, case: Case) -> dict[str, Any]:
    """The row's body; the relay turns it into the portal's words."""
    match effect:
        case fx.Update(stage=stage, fields=fields, across=across):
            return {"stage": stage, "fields": dict(fields)} | ({"across": True} if across else {})
        case fx.Comment(text=text):
            return {"text": text}
        case fx.AddTask(task=task, title=title, description=description):
            due = task.due_at.isoformat()
            return {
                "task": task.id,
                "title": title,
                "description": description,
                "due_at": due,
                "owner": task.holder or case.owner,
            }
        case fx.MoveTask(task=task_id, due_at=due_at, responsible=responsible):
            return {"task": task_id, "due_at": due_at.isoformat() if due_at else None, "owner": responsible}
        case fx.CompleteTask(task=task_id) | fx.RenewTask(task=task_id):
            return {"task": task_id}
        case fx.CompleteCopy(crm_task=crm_task):
            return {"crm_task": crm_task}
        case (
            fx.PlanMeeting(activity=activity, at=at, title=title, description=description)
            | fx.MoveMeeting(activity=activity, at=at, title=title, description=description)
        ):
            body = {"activity": activity, "at": at.isoformat(), "title": title, "description": description}
            return body | {"owner": case.owner}
        case fx.EndMeeting(activity=activity, done=done):
            return {"activity": activity, "done": done}
        case fx.AddPhone(phone=phone):
            return {"phone": phone}
        case fx.AddFile(field=field, file=file):
            return {"field": field, **file.stored()}
        case fx.SetOwner(user=user):
            return {"owner": user}
        case _:
            raise TypeError(f"no CRM write for {type(effect).__name__}")
