"""From a message of a person to the answer of the question that waits for words or files."""

from __future__ import annotations

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.db import messages as db_messages
from bot.engine import events as ev
from bot.engine.calendars import zone_of
from bot.engine.case import Case
from bot.engine.daywords import read_day
from bot.engine.phones import find_phone
from bot.engine.questionnaire import Ask
from bot.engine.timewords import Choices, Moment, read_time
from bot.engine.words import say_time
from bot.engine.worktime import WorkingTime
from bot.engine.zonewords import read_zone, say_zone
from bot.errors import ActionNotAllowed
from bot.locales.ru import places
from bot.locales.ru import screens as ru
from bot.playbooks.model import Playbook
from bot.screens.screen import Screen
from bot.screens.views import Picking
from bot.services.agendas import agenda_of
from bot.services.cards import ZONE_ASKED
from bot.services.intents import Attach, Reply, Typed
from bot.services.presses import asked
from bot.services.work import Work

_NUMBER = re.compile(r"([0-9][0-9\s]{0,15}(?:[.,][0-9]{1,2})?)\s*(?:₽|р|р\.|руб|руб\.|рублей)?")


async def typed(work: Work, intent: Typed) -> Reply:
    """Carry a typed answer out.

    Raises:
        ActionNotAllowed: nothing is asked any more, or the words do not fit the question.
    """
    case, holder = _own(work, intent)
    person = intent.person
    ask = asked(case, work, person)
    if intent.question == ZONE_ASKED:
        return await _typed_zone(work, case, intent, ask)
    if ask is None or ask.id != intent.question:
        raise ActionNotAllowed(ru.STALE)
    if ask.question.kind == "datetime":
        return await _typed_time(work, case, ask, intent)
    value = _read(ask, intent.text, work.now.astimezone(zone_of(work.playbook(case))).date())
    await work.happen(case.id, ev.Answered(holder, ask.id, value, intent.text), person)
    return Reply(case_id=case.id)


async def attached(work: Work, intent: Attach) -> Reply:
    """Take files to a question of the form.

    Raises:
        ActionNotAllowed: it is not asked any more, or the files are there already, or too many.
    """
    case, holder = _own(work, intent)
    await work.happen(case.id, ev.Filed(holder, intent.question, intent.files), intent.person)
    if intent.asked is not None:
        await _end_question(work, *intent.asked)
    await _show_below(work, work.cases[case.id].case, intent)
    return Reply(case_id=case.id)


async def _show_below(work: Work, case: Case, intent: Attach) -> None:
    """What he has just sent has pushed the card out of sight; of an album the first file brings it down."""
    card = work.card_of(intent.task_id, intent.person)
    if card is None or card.telegram_id is None or intent.sent_as is None or card.telegram_id > intent.sent_as:
        return
    await work.push(case, walking=bool((card.data or {}).get("walking")))


async def _end_question(work: Work, key: str, screen: Screen) -> None:
    """The files have their place: left open, the question would offer them to the next client as well."""
    message = await db_messages.by_key(work.connection, key)
    if message is not None:
        message.show(screen, work.now, urgent=True)
        message.key, message.live, message.dirty = f"{key}:{message.id}", False, True
        work.messages[message.key] = message


def _own(work: Work, intent: Typed | Attach) -> tuple[Case, int]:
    """The case with the one whose turn it is: who has sent this."""
    stored = work.cases.get(intent.case_id)
    if stored is None or stored.case.task is None or stored.case.task.id != intent.task_id:
        raise ActionNotAllowed(ru.CARD_CLOSED)
    holder = stored.case.holder
    if holder is None or holder != intent.person.crm_user_id:
        raise ActionNotAllowed(ru.FOREIGN.format(name=work.people.short_name(holder)))
    return stored.case, holder


def _read(ask: Ask, text: str, today: date) -> object:
    kind = ask.question.kind
    if kind == "phone":
        phone = find_phone(text)
        return phone.e164 if phone else text
    if kind in ("number", "money"):
        digits = _NUMBER.fullmatch(text.strip().lower())
        return float(re.sub(r"\s", "", digits[1]).replace(",", ".")) if digits else text
    if kind == "date":
        day = read_day(text, today, past=ask.question.not_future)
        return day.isoformat() if day is not None else text
    return text


async def _typed_zone(work: Work, case: Case, intent: Typed, ask: Ask | None) -> Reply:
    """Where the client is, in words, while that is asked; in a time picker a time is understood as well."""
    playbook, now = work.playbook(case), work.now
    picks = ask is not None and ask.question.kind == "datetime"
    zone = read_zone(intent.text, zone_of(playbook), now)
    if zone is None and ask is not None and picks:
        picking = picking_of_words(playbook, intent.text, now, work.view(case, None).hours)
        if picking.moment is not None or picking.options:
            return await _typed_time(work, case, ask, intent)
    if zone is None:
        raise ActionNotAllowed(places.NOT_READ)
    await work.happen(case.id, ev.ZoneSet(intent.person.crm_user_id, zone), intent.person)
    told = Picking(hint=zone_told(zone, zone_of(playbook), now)) if picks else None
    await work.redraw(work.cases[case.id].case, told)
    return Reply(case_id=case.id)


def zone_told(zone: str, ours: ZoneInfo, now: datetime) -> str:
    """What was understood, for who has typed it."""
    return ru.ZONE_SET.format(zone=say_zone(zone, ours, now), time=say_time(now, ZoneInfo(zone)))


async def _typed_time(work: Work, case: Case, ask: Ask, intent: Typed) -> Reply:
    """Words for a time are never taken as they are: they come back for [Верно]. A place corrects the client's zone."""
    if read_zone(intent.text, zone_of(work.playbook(case)), work.now) is not None:
        return await _typed_zone(work, case, intent, ask)
    picking = picking_of_words(work.playbook(case), intent.text, work.now, work.view(case, None).hours)
    if picking.moment is not None:
        agenda = await agenda_of(work, case, ask.id)
        if agenda is not None and agenda.conflict(picking.moment) is not None:
            picking = Picking(clash=picking.moment)
    await work.redraw(case, picking)
    return Reply(case_id=case.id)


def picking_of_words(playbook: Playbook, text: str, now: datetime, hours: WorkingTime) -> Picking:
    """The view of the picker that a typed time leads to; `hours` are of who will call."""
    zone: ZoneInfo = zone_of(playbook)
    read = read_time(text, now, zone, hours)
    if isinstance(read, Moment):
        return Picking(moment=read.at)
    if isinstance(read, Choices):
        return Picking(options=read.options)
    return Picking(hint=read.hint)
