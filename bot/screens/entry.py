"""The form in which a client is entered by hand: one message, one question at a time, a summary, a receipt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.engine.calendars import zone_of
from bot.engine.newcomer import (
    Author,
    Newcomer,
    Step,
    current,
    far_question,
    offered_stages,
    plan,
    reason_of,
    task_of,
    words_question,
)
from bot.engine.words import say_moment
from bot.locales.ru import entry as ru
from bot.locales.ru import screens as common
from bot.playbooks.model import Stage
from bot.screens.picker import picker_rows, time_text
from bot.screens.press import pack
from bot.screens.screen import Button, Screen, esc, grid, lines
from bot.screens.views import CardView

_SHOWN = 4
"""Known clients on one screen."""
_HIDDEN: frozenset[Step] = frozenset({"barred", "known", "far", "far_words"})
"""Steps that only some clients have: not counted in the progress."""
_AFTER_TIME: frozenset[Step] = frozenset({"far", "far_words"})

Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class EntryView:
    """A form on the phone of the person who fills it in."""

    number: int
    version: int
    new: Newcomer
    author: Author
    card: CardView
    """The case that the form would become now, with the open view of the time picker."""
    owners: Sequence[tuple[int, str]] = ()
    """Whom a supervisor may pick: CRM user and name."""
    note: str | None = None
    """What was wrong with the last answer."""
    menu: bool = False
    """[Изменить]: what shall be answered anew?"""
    own_due: str | None = None
    """When the task would be due by its own rule, in words; None: it has to be agreed."""

    def data(self, verb: str, *args: object) -> str:
        """The callback data of a button."""
        return pack("n", self.number, self.version, verb, *args)


def form_screen(view: EntryView) -> Screen:
    """The form as it stands."""
    step = current(view.card.playbook, view.new, view.author)
    if step == "summary":
        return _menu(view) if view.menu else _summary(view)
    body, rows = _QUESTIONS[step](view)
    note = f"⚠️ {esc(view.note)}" if view.note else None
    return Screen(lines([_head(view, step), note, *body]), (*rows, _steer(view, step)))


def _head(view: EntryView, step: Step) -> str:
    steps = [one for one in plan(view.card.playbook, view.new, view.author) if one not in _HIDDEN]
    shown = step if step not in _HIDDEN else "when" if step in _AFTER_TIME else "phone"
    name, position = esc(view.new.name), steps.index(shown) + 1
    words = ru.HEAD_NAMED if name else ru.HEAD
    return words.format(name=name, position=position, total=len(steps))


def _steer(view: EntryView, step: Step) -> tuple[Button, ...]:
    cancel = Button(common.CANCEL, view.data("cancel"))
    first = plan(view.card.playbook, view.new, view.author)[0]
    if step == first and view.new.changing is None:
        return (cancel,)
    back = view.data("back") if view.card.picking.plain else view.data("t", "quick")
    return (Button(common.BACK, back), cancel)


Question = tuple[list[str | None], Rows]


def _name(view: EntryView) -> Question:
    return [f"<b>{ru.ASK_NAME}</b>", f"<i>{ru.TYPE_NAME}</i>"], ()


def _phone(view: EntryView) -> Question:
    rows = ((Button(ru.NO_PHONE, view.data("nophone")),),)
    return [f"<b>{ru.ASK_PHONE}</b>", f"<i>{ru.TYPE_PHONE}</i>"], rows


def _other(view: EntryView) -> Question:
    return [f"<b>{ru.ASK_OTHER}</b>", f"<i>{ru.TYPE_OTHER}</i>"], ()


def _barred(view: EntryView) -> Question:
    words = ru.BARRED_LEADS if view.author.leads else ru.BARRED
    buttons = [Button(ru.OTHER_PHONE, view.data("to", "phone"))]
    if view.author.leads:
        buttons.append(Button(ru.ALLOW, view.data("allow"), style="danger"))
    return [f"<b>{esc(words.format(phone=view.new.phone))}</b>"], tuple((button,) for button in buttons)


def _known(view: EntryView) -> Question:
    known = view.new.known
    body: list[str | None] = [f"<b>{ru.KNOWN_JUST_NOW if view.new.late else ru.KNOWN_HEAD}</b>"]
    body += [esc(one.words) for one in known[:_SHOWN]]
    if len(known) > _SHOWN:
        body.append(ru.KNOWN_MORE.format(count=len(known) - _SHOWN))
    if view.new.blind:
        body.append(ru.BLIND)
    own = [
        Button(ru.OPEN.format(stage=one.stage), view.data("open", one.case), style="primary")
        for one in known[:_SHOWN]
        if one.own
    ]
    entities = {
        view.card.playbook.pipelines[name].entity for name in offered_stages(view.card.playbook, view.author.role)
    }
    further = Button(ru.AGAIN["deal" if "deal" in entities else "lead"], view.data("again"))
    return body, tuple((button,) for button in (*own, further))


def _source(view: EntryView) -> Question:
    sources = view.card.playbook.sources.items()
    buttons = (Button(source.title, view.data("source", key)) for key, source in sources)
    body = [f"<b>{ru.ASK_SOURCE}</b>", ru.BLIND if view.new.blind else None]
    return [*body, ru.BARRED_CALLS if view.new.barred == "calls" else None], grid(buttons, 2)


def _owner(view: EntryView) -> Question:
    buttons = (Button(name, view.data("owner", user)) for user, name in view.owners)
    return [f"<b>{ru.ASK_OWNER}</b>"], grid(buttons, 2)


def _pipeline(view: EntryView) -> Question:
    pipelines = view.card.playbook.pipelines
    offered = offered_stages(view.card.playbook, view.author.role)
    buttons = (Button(pipelines[name].title, view.data("pipe", name)) for name in offered)
    return [f"<b>{ru.ASK_PIPELINE}</b>"], grid(buttons, 2)


def _stage(view: EntryView) -> Question:
    stages = offered_stages(view.card.playbook, view.author.role).get(view.new.pipeline or "", {})
    buttons = (Button(stage.title, view.data("stage", key)) for key, stage in stages.items())
    told = [_meaning(stage) for stage in stages.values() if stage.meaning]
    return [f"<b>{ru.ASK_STAGE}</b>", *told], grid(buttons, 2)


def _meaning(stage: Stage) -> str:
    return ru.STAGE_LINE.format(title=esc(stage.title), meaning=esc(stage.meaning or ""))


def _place(view: EntryView) -> Question:
    buttons = (Button(words, view.data("place", key)) for key, words in view.card.playbook.places.items())
    return [f"<b>{ru.ASK_PLACE}</b>"], grid(buttons, 2)


def _when(view: EntryView) -> Question:
    kind = task_of(view.card.playbook, view.new)
    meeting = kind is not None and kind.meeting
    words = ru.ASK_WHEN.format(task=kind.title if kind is not None else "")
    rows = picker_rows(view.card, lambda choice: view.data("t", choice), exact=meeting)
    if view.card.picking.plain and view.own_due is not None:
        rows = ((Button(ru.BY_RULES.format(moment=view.own_due), view.data("due")),), *rows)
    return [f"<b>{esc(ru.ASK_MEETING if meeting else words)}</b>", *time_text(view.card)], rows


def _far(view: EntryView) -> Question:
    asked = far_question(view.card.playbook, view.new)
    assert asked is not None  # the step is planned only then
    buttons = (Button(option.label, view.data("far", key), style=option.style) for key, option in asked.options.items())
    return [f"<b>{esc(asked.text)}</b>"], grid(buttons, asked.columns)


def _far_words(view: EntryView) -> Question:
    asked = words_question(view.card.playbook, view.new)
    assert asked is not None
    return [f"<b>{esc(asked.text)}</b>", f"<i>{common.TYPE_TEXT}</i>"], ()


_QUESTIONS = {
    "name": _name,
    "phone": _phone,
    "other": _other,
    "barred": _barred,
    "known": _known,
    "source": _source,
    "owner": _owner,
    "pipeline": _pipeline,
    "stage": _stage,
    "place": _place,
    "when": _when,
    "far": _far,
    "far_words": _far_words,
}


def _summary(view: EntryView) -> Screen:
    text = [f"<b>{ru.CHECK}</b>"]
    for step, value in _answers(view).items():
        kind = task_of(view.card.playbook, view.new)
        text.append(ru.LINES[step].format(value=esc(value), task=esc(kind.title) if kind is not None else ""))
    if view.new.barred == "calls":
        text.append(ru.BARRED_CALLS)
    record = Button(common.RECORD, view.data("ok"), style="primary")
    rows = ((record, Button(ru.CHANGE, view.data("change"))), (Button(common.CANCEL, view.data("cancel")),))
    return Screen(lines(text), rows)


def _menu(view: EntryView) -> Screen:
    steps = plan(view.card.playbook, view.new, view.author)
    begins = {step: _begins(view, step) for step in _answers(view)}
    wanted = (Button(ru.CHANGES[step], view.data("to", first)) for step, first in begins.items() if first in steps)
    last = (Button(common.BACK, view.data("view")), Button(common.CANCEL, view.data("cancel")))
    return Screen(lines([f"<b>{ru.ASK_CHANGE}</b>"]), (*grid(wanted, 2), last))


def _begins(view: EntryView, step: str) -> str:
    """Where an answer is given anew: a stage may stand in another pipeline, another way to write may be a number."""
    steps = plan(view.card.playbook, view.new, view.author)
    if step == "stage" and "pipeline" in steps:
        return "pipeline"
    return "phone" if step == "other" else step


def _answers(view: EntryView) -> dict[str, str]:
    """The answers in words, in the order of the steps."""
    playbook, new = view.card.playbook, view.new
    steps = plan(playbook, new, view.author)
    found = {"name": new.name}
    if new.phone is not None:
        found["phone"] = new.phone
    else:
        found["other"] = new.email or new.messenger or ""
    if new.source in playbook.sources:
        found["source"] = playbook.sources[new.source].title
    if "owner" in steps:
        found["owner"] = next((name for user, name in view.owners if user == new.owner), f"№ {new.owner}")
    if new.pipeline is not None and new.stage is not None:
        pipeline = playbook.pipelines[new.pipeline]
        found["stage"] = f"{pipeline.stages[new.stage].title} ({pipeline.title.lower()})"
    if "place" in steps and new.place in playbook.places:
        found["place"] = playbook.places[new.place]
    if new.at is not None:
        theirs = view.card.client_zone
        moment = say_moment(new.at, view.card.zone, view.card.now)
        differs = view.card.zone != theirs
        found["when"] = moment + (common.THEIRS.format(time=f"{new.at.astimezone(theirs):%H:%M}") if differs else "")
    else:
        found["when"] = view.own_due or ""
    reason = reason_of(playbook, new)
    if reason is not None:
        found["far"] = reason[1]
    return found


def receipt(card: CardView, owner: str | None) -> Screen:
    """«✅ Записано …»: the client, where he stands, what comes next and when.

    Args:
        card: the new case.
        owner: of the case, where it is not the person who entered it.
    """
    case, playbook = card.case, card.playbook
    stage = playbook.pipelines[case.pipeline].stages[case.stage].title
    first = ru.RECORDED.format(name=case.client.name, what=ru.WHAT[case.entity], stage=stage)
    text: list[str | None] = [f"<b>{common.RECORDED}</b>: {esc(first)}"]
    if case.task is not None:
        moment = say_moment(case.task.due_at, zone_of(playbook), card.now)
        text.append(esc(ru.RECORDED_NEXT.format(task=playbook.tasks[case.task.kind].title, moment=moment)))
    if owner is not None:
        text.append(esc(ru.RECORDED_FOR.format(name=owner)))
    return Screen(lines(text))
