"""From a press on a card to the engine's event, or to another view of the card.

Every press is checked against the case as it stands: buttons stay pressable for weeks, can be repeated and forged.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.db import pasts as db_pasts
from bot.db.people import Person
from bot.engine import events as ev
from bot.engine import forms
from bot.engine.answers import QUICK_BUTTON_AGE
from bot.engine.calendars import calendar_of, zone_of
from bot.engine.case import Case
from bot.engine.questionnaire import Ask, first_question, next_step
from bot.engine.words import say_moment
from bot.engine.zonewords import PLACES
from bot.errors import ActionNotAllowed
from bot.locales.ru import screens as ru
from bot.screens.card import steps_taken
from bot.screens.panels import Panel
from bot.screens.press import day_mark, in_this_century, read_number, unpack_minute
from bot.screens.questions import unmask
from bot.screens.tabs import ZONE
from bot.screens.views import Picking
from bot.services.agendas import agenda_of
from bot.services.intents import Pressed, Reply
from bot.services.work import Work

DAYS = {"today": timedelta(0), "yesterday": timedelta(days=1)}
"""Days that a date question offers as buttons, by how long ago they were."""
HOW = {"p": "promised", "u": "unnamed", "w": "will_call", "f": "promised"}
"""How a moment came about, by the letter that its button carries."""
ANYWAY = "f"
"""Agreed although somebody has another meeting then."""


@dataclass(frozen=True, slots=True)
class _At:
    """One press where it meets the case."""

    work: Work
    case: Case
    person: Person
    intent: Pressed

    def arg(self, index: int) -> str:
        return self.intent.press.arg(index)


async def press(work: Work, intent: Pressed) -> Reply:
    """Carry a press out.

    Raises:
        ActionNotAllowed: stale, foreign, repeated or restricted; the sentence is the toast.
    """
    stored = work.cases.get(intent.case_id)
    if stored is None:
        raise ActionNotAllowed(ru.UNKNOWN_BUTTON)
    at = _At(work, stored.case, intent.person, intent)
    _check_right(at)
    handler = _KINDS.get(intent.press.kind)
    if handler is None:
        raise ActionNotAllowed(ru.UNKNOWN_BUTTON)
    return await handler(at)


def _check_right(at: _At) -> None:
    if at.person.crm_user_id is None or at.person.crm_user_id not in (at.case.holder, _recorder(at)):
        raise ActionNotAllowed(ru.FOREIGN.format(name=at.work.people.short_name(at.case.holder)))


def _recorder(at: _At) -> int | None:
    """Who may still correct what he recorded when the next task is another one's."""
    before, run = at.case.before, at.case.run
    if before is not None and before.task.id == at.intent.task_id:
        return before.by
    return run.by if run is not None and run.optional and run.task == at.intent.task_id else None


def _check_fresh(at: _At, *, optional: bool = False) -> None:
    """Whether the button belongs to the step at which the task stands now."""
    case, step = at.case, at.arg(1)
    if optional:
        run = case.run
        if run is None or run.task != at.intent.task_id or step != str(len(run.answers)):
            raise ActionNotAllowed(ru.ALREADY)
        return
    if case.task is None or case.task.id != at.intent.task_id:
        raise ActionNotAllowed(_closed_line(at))
    if step != str(steps_taken(case)):
        raise ActionNotAllowed(ru.STALE)


def _closed_line(at: _At) -> str:
    message = at.work.card_of(at.intent.task_id)
    return ru.ALREADY if message is not None and message.kind == "receipt" else ru.CARD_CLOSED


def _is_optional(at: _At) -> bool:
    run = at.case.run
    open_task = at.case.task is not None and at.case.task.id == at.intent.task_id
    return run is not None and run.optional and run.task == at.intent.task_id and not open_task


def asked(at_case: Case, work: Work, person: Person) -> Ask | None:
    """The question that the case's card asks now, be it the card's own first one."""
    playbook = work.playbook(at_case)
    run = at_case.run
    if run is not None and (run.optional is False or at_case.task is None):
        if run.confirming:
            return None
        step = next_step(playbook, at_case, run, work.now, person.role)
        return step if isinstance(step, Ask) else None
    return first_question(playbook, at_case, work.now, person.role, work.people.staff)


async def _answer(at: _At) -> Reply:
    optional = _is_optional(at)
    _check_fresh(at, optional=optional)
    question, choice = at.arg(2), at.arg(3)
    if optional:
        return await _answer_optional(at, question, choice)
    ask = asked(at.case, at.work, at.person)
    if ask is None or ask.id != question:
        ask = _in_form(at, question)
    if ask is None or ask.id != question:
        raise ActionNotAllowed(ru.STALE)
    value, label = await _value(at, ask, choice)
    await at.work.happen(at.case.id, ev.Answered(_user(at), question, value, label), at.person)
    return Reply(case_id=at.case.id)


async def _answer_optional(at: _At, question: str, choice: str) -> Reply:
    run = at.case.run
    assert run is not None
    step = next_step(at.work.playbook(at.case), at.case, run, at.work.now, at.person.role)
    if not isinstance(step, Ask) or step.id != question:
        raise ActionNotAllowed(ru.ALREADY)
    value, label = await _value(at, step, choice)
    await at.work.happen(at.case.id, ev.Answered(_user(at), question, value, label), at.person)
    return Reply(case_id=at.case.id)


def _in_form(at: _At, question: str) -> Ask | None:
    """A question of the form on the card that is answered without being opened."""
    line = forms.line(at.work.playbook(at.case), at.case, question, at.work.now, at.person.role)
    return line.ask if line is not None and at.case.run is None else None


async def _value(at: _At, ask: Ask, choice: str) -> tuple[object, str]:
    """What a button's choice means as an answer, and in words."""
    if choice == "-":
        return None, ""
    if ask.question.kind == "multi":
        keys = unmask(ask, choice.removeprefix("="))
        return list(keys), ", ".join(ask.options[key].label for key in keys)
    if choice in ask.options:
        return choice, ask.options[choice].label
    if ask.question.kind == "date" and choice in DAYS:
        day = at.work.now.astimezone(zone_of(at.work.playbook(at.case))).date() - DAYS[choice]
        return day.isoformat(), f"{day:%d.%m.%Y}"
    if ask.question.kind == "duplicate":
        words = {str(number): words for number, words in await at.work.lookalikes(at.case)}.get(choice)
        if words is not None:
            return int(choice), words
    raise ActionNotAllowed(ru.STALE)


async def _tick(at: _At) -> Reply:
    """A box of a `multi` question: only the view changes."""
    run = at.case.run
    if run is not None and _is_optional(at):
        _check_fresh(at, optional=True)
        step = next_step(at.work.playbook(at.case), at.case, run, at.work.now, at.person.role)
        if not isinstance(step, Ask) or step.id != at.arg(2):
            raise ActionNotAllowed(ru.STALE)
        at.work.redraw_receipt(at.case, at.intent.task_id, selected=unmask(step, at.arg(3)))
        return Reply(case_id=at.case.id)
    _check_fresh(at)
    ask = asked(at.case, at.work, at.person)
    if ask is None or ask.id != at.arg(2) or ask.question.kind != "multi":
        raise ActionNotAllowed(ru.STALE)
    await at.work.redraw(at.case, selected=unmask(ask, at.arg(3)))
    return Reply(case_id=at.case.id)


async def _time(at: _At) -> Reply:
    """The time picker: another view, or a moment."""
    _check_fresh(at)
    ask = asked(at.case, at.work, at.person)
    if ask is None or ask.id != at.arg(2) or ask.question.kind != "datetime":
        raise ActionNotAllowed(ru.STALE)
    verb, _, rest = at.arg(3).partition(".")
    if verb == "at":
        return await _moment(at, ask, rest)
    if verb == "zone":
        return await _zone(at, rest)
    picking = picking_of(verb, rest)
    if picking is not None:
        await at.work.redraw(at.case, picking)
        if picking.zones:
            at.work.expect_zone(at.person, at.case)
    return Reply(case_id=at.case.id)


def picking_of(verb: str, rest: str) -> Picking | None:
    """The view of the picker that a button leads to; None: it leads nowhere.

    Raises:
        ActionNotAllowed: no button of ours says this.
    """
    try:
        match verb:
            case "quick":
                return Picking()
            case "cal":
                first = _day(f"{rest}-01")
                return Picking(month=(first.year, first.month))
            case "day":
                return Picking(day=_day(rest).isoformat())
            case "zones":
                return Picking(zones=True)
            case "abroad":
                return Picking(zones=True, abroad=True)
            case _:
                return None
    except ValueError as error:
        raise ActionNotAllowed(ru.UNKNOWN_BUTTON) from error


def _day(text: str) -> date:
    day = date.fromisoformat(text)
    if not in_this_century(day):
        raise ValueError(text)
    return day


def moment_of(rest: str) -> tuple[datetime, str, str]:
    """What a button of a moment carries: the moment, a letter of `HOW`, the day on which it was drawn.

    Raises:
        ActionNotAllowed: no button of ours says this.
    """
    minute, _, more = rest.partition(".")
    how, _, drawn = more.partition(".")
    moment = unpack_minute(minute)
    if moment is None or how not in HOW:
        raise ActionNotAllowed(ru.UNKNOWN_BUTTON)
    return moment, how, drawn


def is_outdated(moment: datetime, drawn: str, now: datetime, zone: ZoneInfo) -> bool:
    """Whether the words of the button are no longer true: «завтра 10:00» of yesterday, an hour that has passed."""
    return moment < now - QUICK_BUTTON_AGE or (drawn != "" and drawn != day_mark(now, zone))


async def _moment(at: _At, ask: Ask, rest: str) -> Reply:
    moment, how, drawn = moment_of(rest)
    zone = zone_of(at.work.playbook(at.case))
    if is_outdated(moment, drawn, at.work.now, zone):
        await at.work.redraw(at.case)
        return Reply(toast=ru.PICK_ANEW, case_id=at.case.id)
    value: dict[str, object] = {"at": moment.isoformat(), "how": HOW[how]}
    agenda = await agenda_of(at.work, at.case, ask.id, agreeing=True)
    if agenda is not None:
        if how != ANYWAY and agenda.conflict(moment) is not None:
            await at.work.redraw(at.case, Picking(clash=moment))
            return Reply(case_id=at.case.id)
        value["with"] = agenda.second_at(moment, calendar_of(at.work.playbook(at.case)))
    label = say_moment(moment, zone, at.work.now)
    await at.work.happen(at.case.id, ev.Answered(_user(at), ask.id, value, label), at.person)
    return Reply(case_id=at.case.id)


async def _zone(at: _At, rest: str) -> Reply:
    place = read_number(rest)
    if place is None or place >= len(PLACES):
        raise ActionNotAllowed(ru.UNKNOWN_BUTTON)
    await at.work.happen(at.case.id, ev.ZoneSet(_user(at), PLACES[place][0]), at.person)
    await at.work.redraw(at.work.cases[at.case.id].case)
    return Reply(case_id=at.case.id)


async def _own(at: _At) -> Reply:
    """The card's own buttons."""
    verb = at.arg(2)
    if verb == "undo":
        before = at.case.before
        if before is None or before.task.id != at.intent.task_id:  # a receipt of an earlier task
            raise ActionNotAllowed(ru.FIX_OVER)
        await at.work.happen(at.case.id, ev.Undone(_user(at)), at.person)
        return Reply(case_id=at.case.id)
    _check_fresh(at)
    if verb == "zone":
        return await _zone(at, at.arg(3))
    if verb in _LOOKS:
        await _LOOKS[verb](at)
        return Reply(case_id=at.case.id)
    user = _user(at)
    if verb == "pick":
        event: ev.Event = ev.Picked(user, at.arg(3))
    elif verb in _EVENTS:
        event = _EVENTS[verb](user)
    else:
        raise ActionNotAllowed(ru.UNKNOWN_BUTTON)
    await at.work.happen(at.case.id, event, at.person)
    return Reply(case_id=at.case.id)


_EVENTS: dict[str, Callable[[int], ev.Event]] = {
    "call": ev.CallStarted,
    "back": ev.SteppedBack,
    "cancel": ev.Cancelled,
    "ok": ev.Confirmed,
    "finish": ev.Finished,
    "leave": ev.LeftAsItWas,
    "draft": ev.DraftTaken,
    "anew": ev.DraftDropped,
}
"""The card's own buttons that are an event of him who presses, and nothing more."""


async def _card(at: _At) -> None:
    await at.work.redraw(at.case, selected=_ticked(at, at.arg(3)))


async def _phone(at: _At) -> None:
    await at.work.redraw(at.case, revealed=True)


async def _info(at: _At) -> None:
    """History, objections or the stage's help, in the place of the card."""
    opened = Panel.read(at.arg(3), at.arg(4))
    if opened is None:
        raise ActionNotAllowed(ru.UNKNOWN_BUTTON)
    if opened.needs_history:
        await db_pasts.want(at.work.connection, at.case.id, at.work.now, asked=True)
    await at.work.show_panel(at.case, opened)
    card = at.work.card_of(at.intent.task_id, at.person)
    if opened.kind == ZONE:
        at.work.expect_zone(at.person, at.case)
    elif card is not None:
        at.work.expect_text(at.person, card, at.work.view(at.case, at.person))


def _ticked(at: _At, mask: str) -> tuple[str, ...]:
    """The boxes that were ticked when a panel covered the question."""
    ask = asked(at.case, at.work, at.person) if mask else None
    return unmask(ask, mask) if ask is not None and ask.question.kind == "multi" else ()


def _user(at: _At) -> int:
    user = at.person.crm_user_id
    assert user is not None  # _check_right compared it with the owner
    return user


_LOOKS: dict[str, Callable[[_At], Awaitable[None]]] = {"card": _card, "phone": _phone, "info": _info}
"""Only the view changes."""
_KINDS: dict[str, Callable[[_At], Awaitable[Reply]]] = {"q": _answer, "m": _tick, "t": _time, "c": _own}
