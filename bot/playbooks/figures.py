"""Figures, kinds and codes that cannot work: cadences that do not fit, empty times, buttons without meaning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import time, timedelta
from itertools import pairwise

from bot.playbooks.errors import Finding, Path
from bot.playbooks.hours import check_hours, minutes
from bot.playbooks.ladders import STEPS
from bot.playbooks.model import Cadence, Playbook, Question, SourceCadence, write_duration
from bot.playbooks.source import Document

MAX_ID = 20
"""Characters of a question's or an option's id: a button carries both in 64 bytes."""
MAX_CHOICE = 32
"""Characters of the id of a stage, pipeline, source or place: a button carries it with a form's number and version."""
MAX_CALLS = 30
"""What no day holds."""
_DAY = timedelta(days=1)
_WITH_OPTIONS = ("choice", "multi")
_MAY_HAVE_OPTIONS = (*_WITH_OPTIONS, "text", "number", "money", "date")
_FIELD_TYPES = {
    "choice": ("choice", "text"),
    "multi": ("multi",),
    "number": ("integer", "money"),
    "money": ("money",),
    "text": ("text",),
    "date": ("date", "datetime"),
    "datetime": ("datetime",),
    "phone": ("text",),
    "files": ("file",),
    "duplicate": (),
}
_TELLABLE = ("choice", "multi", "text", "integer", "money")
_Complaint = tuple[Path, str, str]


def check_figures(playbook: Playbook, document: Document) -> list[Finding]:
    """Errors of single parts, each by itself."""
    checks: tuple[Callable[[Playbook], Iterator[_Complaint]], ...] = (
        check_hours,
        _codes,
        _lengths,
        _names,
        _questions,
        _outcomes,
        _told,
        _ladders,
        _cadences,
    )
    return [document.finding(*complaint) for check in checks for complaint in check(playbook)]


def _codes(playbook: Playbook) -> Iterator[_Complaint]:
    fields = [(("fields", name, "crm"), field.crm) for name, field in playbook.fields.items()]
    yield from _twice(fields, "field of the CRM")
    systems = [(("fields", name, "system"), field.system or "") for name, field in playbook.fields.items()]
    yield from _twice(systems, "system field")
    sources = [(("sources", name, "crm"), source.crm) for name, source in playbook.sources.items()]
    yield from _twice(sources, "source of the CRM")
    pipelines: list[tuple[Path, str]] = []
    for name, pipeline in playbook.pipelines.items():
        number = "" if pipeline.entity == "lead" else f" {pipeline.category}"
        pipelines.append((("pipelines", name), f"{pipeline.entity}{number}"))
        stages = [(("pipelines", name, "stages", key, "crm"), stage.crm) for key, stage in pipeline.stages.items()]
        yield from _twice(stages, "stage of the CRM")
        if not any(stage.kind == "open" for stage in pipeline.stages.values()):
            yield ("pipelines", name, "stages"), "no stage is open", "let at least one stage be `kind: open`"
    yield from _twice(pipelines, "pipeline of the CRM")


def _twice(codes: Iterable[tuple[Path, str]], what: str) -> Iterator[_Complaint]:
    codes = [(path, code) for path, code in codes if code]
    counts = Counter(code for _, code in codes)
    seen: set[str] = set()
    for path, code in codes:
        if counts[code] > 1 and code in seen:
            yield path, f'{what} "{code}" is used twice', "give each part its own"
        seen.add(code)


def _told(playbook: Playbook) -> Iterator[_Complaint]:
    """What is told of a client, and what he is answered."""
    for name, field in playbook.fields.items():
        if field.told is None:
            continue
        if field.told.count("{value}") != 1:
            yield ("fields", name, "told"), "the value has no place in these words", "write {value} once"
        if field.type not in _TELLABLE:
            problem = f"a field of type {field.type} is not told on cards"
            yield ("fields", name, "told"), problem, f"remove `told`; told are: {', '.join(_TELLABLE)}"
    titles = [(("objections", index, "title"), one.title) for index, one in enumerate(playbook.objections)]
    yield from _twice(titles, "objection")


def _ladders(playbook: Playbook) -> Iterator[_Complaint]:
    """Steps that come in another order than people hear of it, or none."""
    for name, ladder in playbook.ladders.items():
        here: Path = ("ladders", name)
        if ladder.remind is not None and ladder.remind <= timedelta(0):
            yield (*here, "remind"), "must be longer than 0", "write minutes, hours or days: 15m, 2h, 3d"
        yield from _offer(playbook, name)
        if not ladder.steps:
            yield here, "nobody hears of a task that waits too long", f"write at least one of: {', '.join(STEPS)}"
        for (former, earlier), (step, length) in pairwise(ladder.steps):
            if length < earlier:
                problem = f"`{step}` comes before `{former}`"
                yield (*here, step), problem, f"write {write_duration(earlier)} or more"


def _offer(playbook: Playbook, name: str) -> Iterator[_Complaint]:
    """Only new clients are offered, and only while they wait for their first touch."""
    offer, here = playbook.ladders[name].offer, ("ladders", name, "offer")
    if offer is None:
        return
    if offer <= timedelta(0):
        yield here, "must be longer than 0", "write minutes, hours or days: 15m, 2h, 3d"
        return
    new = [task for task in playbook.tasks.values() if task.ladder == name and task.push == "at_once" and not task.role]
    if not new:
        problem = "nothing is ever offered: no task of this ladder is pushed at once"
        yield here, problem, "give it to a task with `push: at_once` and without a role, or remove `offer`"
        return
    longest = max(task.due.within or _DAY if task.due is not None else _DAY for task in new)
    if offer >= longest:
        problem = "the client would be offered before he comes"
        yield here, problem, f"write less than the task's due time: less than {write_duration(longest)}"


def _lengths(playbook: Playbook) -> Iterator[_Complaint]:
    for path, length in _durations(playbook):
        if length is not None and length <= timedelta(0):
            yield path, "must be longer than 0", "write minutes, hours or days: 15m, 2h, 3d"


def _names(playbook: Playbook) -> Iterator[_Complaint]:
    """What is chosen by a button when a client is entered by hand."""
    paths: list[Path] = [("sources", key) for key in playbook.sources]
    paths += [("places", key) for key in playbook.places]
    for name, pipeline in playbook.pipelines.items():
        paths += [("pipelines", name), *(("pipelines", name, "stages", key) for key in pipeline.stages)]
    for path in paths:
        if len(str(path[-1])) > MAX_CHOICE:
            yield path, f"the name is longer than {MAX_CHOICE} characters", "shorten it: buttons carry it"


def _durations(playbook: Playbook) -> Iterator[tuple[Path, timedelta | None]]:
    for name, pipeline in playbook.pipelines.items():
        for key, stage in pipeline.stages.items():
            yield ("pipelines", name, "stages", key, "limit"), stage.limit
    for name, task in playbook.tasks.items():
        yield ("tasks", name, "due", "within"), task.due.within if task.due else None
        yield ("tasks", name, "push_before"), task.push_before
        for source, own in task.by_source.items():
            yield ("tasks", name, "by_source", source, "due", "within"), own.due.within if own.due else None
    for name, cadence in playbook.cadences.items():
        for path, part in _cadence_parts(name, cadence):
            for key in ("within", "second", "gap"):
                yield (*path, key), getattr(part, key)
    yield ("worn_number", "within"), playbook.worn_number.within
    for name, outcome in playbook.outcomes.items():
        yield ("outcomes", name, "next", "after"), outcome.next.after if outcome.next else None


def _questions(playbook: Playbook) -> Iterator[_Complaint]:
    for name, question in playbook.questions.items():
        here: Path = ("questions", name)
        if len(name) > MAX_ID:
            yield here, f"the name is longer than {MAX_ID} characters", "shorten it: buttons carry it"
        if question.kind in _WITH_OPTIONS and not question.options:
            yield here, f"a `{question.kind}` question has no options", "add `options`"
        if question.options and question.kind not in _MAY_HAVE_OPTIONS:
            yield (*here, "options"), f"options have no meaning for `{question.kind}`", "use kind: choice"
        yield from _limits(here, question)
        yield from _labels(here, question)
        yield from _field(here, question, playbook)


def _limits(here: Path, question: Question) -> Iterator[_Complaint]:
    if question.kind not in ("number", "money"):
        for key in ("at_least", "at_most"):
            if getattr(question, key) is not None:
                yield (*here, key), f"`{key}` has no meaning for `{question.kind}`", "use kind: number or money"
    elif None not in (question.at_least, question.at_most) and (question.at_least or 0) > (question.at_most or 0):
        yield (*here, "at_least"), "the smallest allowed is above the largest", "swap `at_least` and `at_most`"
    if question.adds and (question.kind not in ("number", "money") or question.field is None):
        problem = "`adds` needs a number or sum that is written to a field"
        yield (*here, "adds"), problem, "add `field`, or remove `adds`"
    if question.exact and question.kind != "datetime":
        yield (*here, "exact"), f"`exact` has no meaning for `{question.kind}`", "use kind: datetime"


def _labels(here: Path, question: Question) -> Iterator[_Complaint]:
    seen: dict[str, str] = {}
    for key, option in question.options.items():
        place = (*here, "options", key)
        if len(key) > MAX_ID:
            yield place, f"the name is longer than {MAX_ID} characters", "shorten it: buttons carry it"
        if option.label in seen:
            yield (*place, "label"), f'two buttons read "{option.label}"', f'reword this or "{seen[option.label]}"'
        seen[option.label] = key
        if option.alone and question.kind != "multi":
            yield (*place, "alone"), "`alone` has no meaning outside `multi`", "remove it"
        if option.outcome and question.kind == "multi" and not option.alone:
            yield (
                (*place, "outcome"),
                "an option of `multi` ends nothing by itself",
                "use kind: choice, or `alone: true`",
            )


def _field(here: Path, question: Question, playbook: Playbook) -> Iterator[_Complaint]:
    field = playbook.fields.get(question.field or "")
    if field is None:
        return
    allowed = _FIELD_TYPES[question.kind]
    if field.type not in allowed:
        mend = f"let the field be of type {' or '.join(allowed)}" if allowed else "remove `field`"
        problem = f'an answer of `{question.kind}` cannot be written to field "{question.field}" of type `{field.type}`'
        yield (*here, "field"), problem, mend


def _outcomes(playbook: Playbook) -> Iterator[_Complaint]:
    for name, outcome in playbook.outcomes.items():
        here: Path = ("outcomes", name)
        if outcome.resume is not None and outcome.next is None:
            yield (*here, "resume"), "`resume` talks about a next task, but there is none", "add `next`"
        elif outcome.resume is not None and outcome.next is not None:
            following = playbook.tasks.get(outcome.next.task)
            if following is not None and following.role is not None:
                problem = f'the next task is held by "{following.role}", so this person cannot go on'
                yield (*here, "resume"), problem, "remove `resume`"
        for index, key in enumerate(outcome.tell.keys if outcome.tell is not None else ()):
            wanted = playbook.tasks.get(key.task)
            if wanted is not None and wanted.role is None and not key.mine:
                problem = f'task "{key.task}" has no role, so nobody would get it by this button'
                yield (*here, "tell", "keys", index), problem, "give the task a `role`, or add `mine: true`"
        if outcome.ends and outcome.next is not None:
            yield (*here, "ends"), "`ends` leaves no next task", "remove `next` or `ends`"


def _cadence_parts(name: str, cadence: Cadence) -> Iterator[tuple[Path, Cadence | SourceCadence]]:
    yield ("cadences", name), cadence
    for source, own in cadence.by_source.items():
        yield ("cadences", name, "by_source", source), own


def _cadences(playbook: Playbook) -> Iterator[_Complaint]:
    windows = [minutes(span) for span in playbook.hours.values()]
    for name, cadence in playbook.cadences.items():
        for path, own in _cadence_parts(name, cadence):
            attempts = own.attempts or cadence.attempts
            within = own.within or cadence.within
            per_day = min(own.per_day or cadence.per_day, playbook.calls_per_number or MAX_CALLS)
            days = within // _DAY
            if within % _DAY or not days:
                yield (*path, "within"), "the span is not a number of whole days", "write days: 3d"
            elif attempts > per_day * days:
                fit = per_day * days
                problem = f"{attempts} attempts do not fit: {days} days with at most {per_day} a day hold {fit}"
                yield path, problem, f"allow at most {fit} attempts or a longer `within`"
            yield from _slots((*path, "slots"), own.slots or (), windows)
        yield from _spread(playbook, name, cadence)


def _spread(playbook: Playbook, name: str, cadence: Cadence) -> Iterator[_Complaint]:
    task = playbook.tasks.get(cadence.task)
    path: Path = ("cadences", name, "spread")
    if cadence.spread and task is not None and cadence.spread >= (overdue := playbook.ladder(task).overdue):
        problem = f"the last cards would come when `tasks.{cadence.task}` is overdue"
        yield path, problem, f"spread them over less than {write_duration(overdue)}"


def _slots(path: Path, slots: tuple[time, ...], windows: list[tuple[int, int]]) -> Iterator[_Complaint]:
    for index, slot in enumerate(slots):
        minute = slot.hour * 60 + slot.minute
        if not any(start <= minute < end for start, end in windows):
            yield (*path, index), f"slot {slot:%H:%M} lies outside the working hours", "move it into `hours`"
        if slot in slots[:index]:
            yield (*path, index), f"slot {slot:%H:%M} is given twice", "keep one of them"
