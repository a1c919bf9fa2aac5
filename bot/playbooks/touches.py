"""Touches of tasks and answers that keep a task open: what could never come, or come in no order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from bot.playbooks.errors import Finding, Path, did_you_mean
from bot.playbooks.model import Playbook, TaskKind, Touch
from bot.playbooks.source import Document

_MOMENTS = ("every", "evening_before", "before", "after", "at_end")
"""In the order in which they come."""
_Complaint = tuple[Path, str, str]


def check_touches(playbook: Playbook, document: Document) -> list[Finding]:
    """Every error of touches and of `keep`."""
    complaints = [*_of_tasks(playbook), *_of_outcomes(playbook)]
    return [document.finding(*complaint) for complaint in complaints]


def _of_tasks(playbook: Playbook) -> Iterator[_Complaint]:
    for name, kind in playbook.tasks.items():
        here: Path = ("tasks", name)
        if kind.lasts <= timedelta(0):
            yield (*here, "lasts"), "must be longer than 0", "write minutes, hours or days: 15m, 2h, 3d"
        if kind.letter is not None:
            yield from _letter((*here, "letter"), kind.letter)
        yield from _touches(here, kind)


def _letter(path: Path, letter: str) -> Iterator[_Complaint]:
    try:
        letter.format(name="", when="", place="")
    except (KeyError, IndexError, ValueError, AttributeError):
        yield path, "a placeholder is unknown or broken", "use {name}, {when} and {place}"


def _touches(here: Path, kind: TaskKind) -> Iterator[_Complaint]:
    last = 0
    for key, touch in kind.touches.items():
        place = (*here, "touches", key)
        given = [moment for moment in _MOMENTS if getattr(touch, moment)]
        if len(given) != 1:
            yield place, "exactly one moment is needed", f"write one of: {', '.join(_MOMENTS)}"
            continue
        if _MOMENTS.index(given[0]) < last:
            yield place, f"`{given[0]}` comes before the touch above it", "write the touches in the order of time"
        last = max(last, _MOMENTS.index(given[0]))
        yield from _touch(place, touch)


def _touch(place: Path, touch: Touch) -> Iterator[_Complaint]:
    for name in ("every", "before", "after", "until"):
        length = getattr(touch, name)
        if length is not None and length <= timedelta(0):
            yield (*place, name), "must be longer than 0", "write minutes, hours or days: 15m, 2h, 3d"
    if touch.materials and touch.every is None:
        yield (*place, "materials"), "`materials` have no meaning without `every`", "remove them, or write `every`"
    if touch.every is not None and touch.ask is not None:
        yield (*place, "ask"), "what comes again and again cannot wait for its answer", "remove `ask`, or `every`"


def _of_outcomes(playbook: Playbook) -> Iterator[_Complaint]:
    for name, outcome in playbook.outcomes.items():
        if outcome.keep is None:
            continue
        here: Path = ("outcomes", name)
        for key in ("stage", "next", "miss", "convert", "bar", "after", "joins", "tell", "resume", "phone", "receipt"):
            if getattr(outcome, key) is not None:
                yield (*here, key), f"`{key}` has no meaning beside `keep`", "remove one of them"
        if outcome.keep.again is not None and outcome.keep.touch is None:
            yield (*here, "keep", "again"), "nothing is named that comes again", "write `touch` too"
        if outcome.keep.again is not None and outcome.keep.again <= timedelta(0):
            yield (*here, "keep", "again"), "must be longer than 0", "write minutes, hours or days: 15m, 2h, 3d"
        if outcome.keep.touch is not None:
            yield from _named(playbook, (*here, "keep", "touch"), name, outcome.keep.touch)


def _named(playbook: Playbook, path: Path, outcome: str, touch: str) -> Iterator[_Complaint]:
    for name, kind in playbook.tasks.items():
        if touch not in kind.touches and _ends_with(playbook, kind, outcome):
            problem = f'task "{name}", whose answers end so, has no touch "{touch}"'
            yield path, problem, did_you_mean(touch, kind.touches)
            return


def _ends_with(playbook: Playbook, kind: TaskKind, outcome: str) -> bool:
    return any(outcome in _outcomes(playbook, ask) for ask in kind.asks)


def _outcomes(playbook: Playbook, questionnaire: str) -> set[str]:
    part = playbook.questionnaires.get(questionnaire)
    if part is None:
        return set()
    asked = [playbook.questions[step.ask] for step in part.steps if step.ask in playbook.questions]
    pressed = {option.outcome for question in asked for option in question.options.values() if option.outcome}
    return {result.outcome for result in part.results} | pressed
