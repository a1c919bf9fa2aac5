"""«Обработать лид табло через 5 мин», «Перезвонить директору через 1 ч»: who hears of a task, and when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.locales.ru import changes as ru
from bot.playbooks.edit import Change, Drop, Put
from bot.playbooks.model import Ladder, Playbook, write_duration
from bot.playbooks.spoken.reading import Refused, Words
from bot.playbooks.spoken.terms import in_range, place_of


def alert_changes(playbook: Playbook, text: str) -> list[Change]:
    """Changes of one task's steps of alert; a ladder that other tasks share stays theirs.

    Raises:
        Refused: they were not understood, or cannot be.
    """
    words = Words(text)
    words.take(ru.VERBS)
    steps = _steps(words)
    words.take(ru.TASK_WORDS)
    _, key = place_of(playbook, words, "task")
    words.must_be_empty(ru.ALERT_FORMS)
    if not steps:
        raise Refused(ru.ALERT_FORMS)
    task = playbook.tasks[key]
    former = playbook.ladder(task)
    ladder = Ladder.model_validate(former.model_dump() | steps)
    if ladder == former:
        raise Refused(ru.ALREADY_THERE.format(place=task.title))
    if not ladder.steps:
        raise Refused(ru.ALERT_SOMEBODY)
    sharing = [one for one in playbook.tasks.values() if one.ladder == task.ladder]
    if task.ladder is not None and len(sharing) == 1:
        return [_figure(task.ladder, step, length) for step, length in steps.items()]
    own = _free(playbook, key)
    return [Put(("ladders", own), _written(ladder)), Put(("tasks", key, "ladder"), own)]


def _steps(words: Words) -> dict[str, timedelta | None]:
    """Step → its length; None: it is left out."""
    found: dict[str, timedelta | None] = {}
    for step, names in ru.ALERT_WORDS.items():
        if words.take(rf"{names}\s*[=:]?\s*{ru.NOT_AT_ALL}") is not None:
            found[step] = None
        elif words.take(rf"{names}\s*[=:]?\s*{ru.AT_ONCE}") is not None:
            found[step] = timedelta(0)
        elif (length := words.length(rf"{names}\s*[=:]?\s*(?:через\s+|за\s+|после\s+)?{{l}}")) is not None:
            found[step] = in_range(length, least=timedelta(0))
    for step, refused in (("remind", ru.NO_REMINDER), ("supervisor", ru.NO_ALERT)):
        if words.take(refused) is not None:
            found[step] = None
    if timedelta(0) in (found.get("remind"), found.get("offer")):
        raise Refused(ru.ALERT_FORMS)
    return found


def _figure(ladder: str, step: str, length: timedelta | None) -> Change:
    path = ("ladders", ladder, step)
    return Drop(path) if length is None else Put(path, write_duration(length))


def _written(ladder: Ladder) -> dict[str, Any]:
    return {step: write_duration(length) for step, length in ladder if length is not None}


def _free(playbook: Playbook, wanted: str) -> str:
    """A name for one more ladder."""
    number, name = 1, wanted
    while name in playbook.ladders:
        number, name = number + 1, f"{wanted}_{number + 1}"
    return name
