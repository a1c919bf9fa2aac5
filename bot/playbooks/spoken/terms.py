"""«Обработать лид 20 минут», «стадия Новый лид 45 мин»: due times and limits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.locales.ru import changes as ru
from bot.playbooks.edit import Change, Drop, Put
from bot.playbooks.model import Due, Playbook, Stage, write_duration
from bot.playbooks.spoken.names import source_title, take_source
from bot.playbooks.spoken.reading import Refused, Words, nearest
from bot.playbooks.values import LONGEST

_END_OF_DAY = r"(?:до|к)\s+конц[ау]\s+"


def term_changes(playbook: Playbook, text: str) -> list[Change]:
    """Changes of a task's due time or of a stage's limit.

    Raises:
        Refused: they were not understood, or cannot be.
    """
    words = Words(text)
    words.take(ru.VERBS)
    only = "stage" if words.take(ru.STAGE_WORDS) else "task" if words.take(ru.TASK_WORDS) else ""
    kind, key = place_of(playbook, words, only)
    source = take_source(playbook, words)
    if kind == "task":
        return _of_task(playbook, words, key, source)
    return _of_stage(playbook, words, key, source)


def place_of(playbook: Playbook, words: Words, only: str = "") -> tuple[str, str]:
    """What is spoken of: `task` and its key, or `stage` and `pipeline.stage`."""
    names: dict[str, tuple[str, ...]] = {}
    if only != "stage":
        names |= {f"task:{key}": (key, task.title) for key, task in playbook.tasks.items()}
    if only != "task":
        for pipe, pipeline in playbook.pipelines.items():
            for key, stage in pipeline.stages.items():
                own = f"{pipeline.title} {stage.title}"
                names[f"stage:{pipe}.{key}"] = (f"{pipe}.{key}", key, stage.title, own)
    found = words.name(names)
    if len(found) == 1:
        kind, _, key = found[0].partition(":")
        return kind, key
    if found:
        listed = "\n".join(_called(playbook, one) for one in found)
        raise Refused(ru.SEVERAL.format(known=listed))
    known = [name for aliases in names.values() for name in aliases]
    raise Refused(ru.WHICH_TASK.format(near=nearest(words.left, known)))


def _called(playbook: Playbook, name: str) -> str:
    """«стадия leads.no_contact – Неконтакт»: what to write so that it is clear."""
    kind, _, key = name.partition(":")
    if kind == "task":
        return f"{ru.TASK} {key} – {playbook.tasks[key].title}"
    return f"{ru.STAGE} {key} – {_stage(playbook, key).title}"


def _stage(playbook: Playbook, key: str) -> Stage:
    pipeline, _, stage = key.partition(".")
    return playbook.pipelines[pipeline].stages[stage]


def _of_task(playbook: Playbook, words: Words, key: str, source: str | None) -> list[Change]:
    task = playbook.tasks[key]
    place = task.title if source is None else f"{task.title}, {source_title(playbook, source)}"
    if words.take(ru.AS_OTHERS):
        words.must_be_empty(ru.TERM_FORMS)
        if source is None:
            raise Refused(ru.AS_OTHERS_OF_WHOM)
        if source not in task.by_source:
            raise Refused(ru.ALREADY_THERE.format(place=place))
        return [Drop(("tasks", key, "by_source", source))]
    due = _due(words)
    words.must_be_empty(ru.TERM_FORMS)
    if due is None:
        raise Refused(ru.TERM_FORMS)
    own = task.due if source is None else task.by_source[source].due if source in task.by_source else None
    if own is not None and own == Due.model_validate(due):
        raise Refused(ru.ALREADY_THERE.format(place=place))
    path = ("tasks", key, "due") if source is None else ("tasks", key, "by_source", source, "due")
    return [Put(path, due)]


def _due(words: Words) -> dict[str, Any] | None:
    """`{within: 20m}` or `{by_end_of_day: 1}`."""
    for pattern, days in ((rf"{_END_OF_DAY}завтра(?:шнего\s+дня)?", 1), (rf"{_END_OF_DAY}(?:сегодня|дня)\w*", 0)):
        if words.take(pattern) is not None:
            return {"by_end_of_day": days}
    ahead = words.number(rf"(?:by_end_of_day\s*[=:]?\s*|{_END_OF_DAY}){{n}}(?:-?\w{{1,3}})?(?:\s+раб\w*)?(?:\s+дня)?")
    if ahead is not None:
        if ahead > 30:
            raise Refused(ru.TOO_LONG)
        return {"by_end_of_day": ahead}
    length = words.length(r"(?:due|within|срок|за|в\s+течение)?\s*[=:]?\s*{l}")
    return None if length is None else {"within": write_duration(in_range(length))}


def _of_stage(playbook: Playbook, words: Words, key: str, source: str | None) -> list[Change]:
    stage, (pipeline, _, name) = _stage(playbook, key), key.partition(".")
    path = ("pipelines", pipeline, "stages", name)
    exempt = list(stage.limit_exempt)
    if words.take(ru.WITHOUT_LIMIT):
        words.must_be_empty(ru.TERM_FORMS)
        if source is None:
            return [Drop((*path, "limit"))] if stage.limit is not None else _already(stage)
        return [Put((*path, "limit_exempt"), [*exempt, source])] if source not in exempt else _already(stage)
    if words.take(ru.AS_OTHERS):
        words.must_be_empty(ru.TERM_FORMS)
        if source is None:
            raise Refused(ru.AS_OTHERS_OF_WHOM)
        left = [one for one in exempt if one != source]
        if left == exempt:
            return _already(stage)
        return [Put((*path, "limit_exempt"), left)] if left else [Drop((*path, "limit_exempt"))]
    length = words.length(r"(?:limit|срок|не\s+дольше|до|за)?\s*[=:]?\s*{l}")
    words.must_be_empty(ru.TERM_FORMS)
    if length is None:
        raise Refused(ru.TERM_FORMS)
    if source is not None:
        raise Refused(ru.LIMIT_IS_FOR_ALL.format(source=source_title(playbook, source)))
    if stage.kind != "open" and stage.task is None:
        raise Refused(ru.FINAL_STAGE.format(stage=stage.title))
    if length == stage.limit:
        return _already(stage)
    return [Put((*path, "limit"), write_duration(in_range(length)), after="task")]


def _already(stage: Stage) -> list[Change]:
    raise Refused(ru.ALREADY_THERE.format(place=stage.title))


def in_range(length: timedelta, least: timedelta = timedelta(minutes=1)) -> timedelta:
    """The length itself.

    Raises:
        Refused: it is shorter than `least` or longer than a year.
    """
    if not least <= length <= LONGEST:
        raise Refused(ru.TOO_LONG)
    return length
