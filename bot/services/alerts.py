"""Alerts and calls for help on supervisors' phones: once the matter is over, one line and nothing to press."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from bot.db.messages import Message
from bot.db.people import Person
from bot.engine.case import Case
from bot.engine.titles import shown_name
from bot.engine.words import say_time
from bot.locales.ru import dialogs as ru
from bot.screens.screen import Screen, esc
from bot.services.group import Group

_KEY = "help"


def help_key(case_id: int, person: Person) -> str:
    """The message in which this person can step in on the case."""
    return f"{_KEY}:{case_id}:{person.id}"


def of_stage(case: Case) -> Mapping[str, Any]:
    """The matter of an alert: that the case stands where it stands."""
    return {"pipeline": case.pipeline, "stage": case.stage}


def of_task(task: str) -> Mapping[str, Any]:
    """The matter of a call for help: the task at which somebody is stuck."""
    return {"task": task}


def is_help(message: Message) -> bool:
    """Somebody has called for it."""
    return message.key.startswith(f"{_KEY}:") and "task" in (message.data or {})


def is_alert(message: Message) -> bool:
    """Nobody has asked for it."""
    return "stage" in (message.data or {})


def close(group: Group, before: Case) -> None:
    """Messages whose matter is over say so in one line."""
    after = group.cases[before.id].case
    for message in list(group.messages.values()):
        mine = message.case_id == after.id and message.live and message.key.startswith(f"{_KEY}:")
        if not mine or not message.data or not _is_over(after, message.data):
            continue
        playbook = group.playbook(after)
        stage = playbook.pipelines[after.pipeline].stages[after.stage].title
        words = ru.HELP_OVER if "task" in message.data else ru.ALERT_OVER
        line = words.format(
            client=shown_name(playbook, after),
            owner=group.people.short_name(after.owner),
            stage=stage,
            time=say_time(group.now, group.view(after, None).zone),
        )
        message.show(Screen(f"<i>{esc(line)}</i>"), group.now)
        # The key is free for the next one.
        del group.messages[message.key]
        message.key, message.live, message.dirty = f"{message.key}:{message.id or uuid4().hex}", False, True
        group.messages[message.key] = message


def _is_over(case: Case, matter: Mapping[str, Any]) -> bool:
    if case.closed:
        return True
    if "task" in matter:
        standing = [task.id for task in (case.task, case.paused) if task is not None]
        return matter["task"] not in standing
    return (matter["pipeline"], matter["stage"]) != (case.pipeline, case.stage)
