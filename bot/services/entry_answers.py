"""What an answer makes of a form, and which view of the form follows. Nothing here is stored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from bot.db.people import People, Person
from bot.engine import newcomer
from bot.engine.agenda import Agenda
from bot.engine.calendars import zone_of
from bot.engine.contactwords import read_email, read_messenger, read_name
from bot.engine.newcomer import Author, How, Newcomer, Step
from bot.engine.phones import find_phone
from bot.engine.staff import Staff
from bot.engine.zonewords import PLACES, read_zone
from bot.errors import ActionNotAllowed
from bot.locales.ru import entry as ru
from bot.locales.ru import screens as common
from bot.playbooks.model import Playbook
from bot.screens.press import read_number
from bot.screens.views import Picking
from bot.services.entry_rows import OWNERS, author_of
from bot.services.presses import ANYWAY, HOW, is_outdated, moment_of, picking_of
from bot.services.typed import picking_of_words, zone_told


@dataclass(frozen=True, slots=True)
class Look:
    """The form after an answer, and how the form shows it."""

    new: Newcomer
    picking: Picking | None = None
    menu: bool = False
    note: str | None = None
    contacts: bool = False
    """A phone or an e-mail was given, be it the one that was there: who has it is to be looked up."""


def pressed(
    playbook: Playbook,
    people: People,
    person: Person,
    new: Newcomer,
    verb: str,
    choice: str,
    now: datetime,
    agenda: Agenda | None,
) -> Look:
    """A button of the form. `agenda`: of those who take part, where a meeting is being agreed.

    Raises:
        ActionNotAllowed: the form does not offer this now.
    """
    author = author_of(person)
    new = newcomer.settled(playbook, new, author.role)
    step = newcomer.current(playbook, new, author)
    look = _steered(playbook, author, new, step, verb, choice) or _chosen(playbook, author, new, step, verb, choice)
    if look is not None:
        return look
    if (verb, step) == ("owner", "owner"):
        return Look(replace(new, owner=_owner(people, choice), changing=None))
    if (verb, step) == ("t", "when"):
        return _time(playbook, new, choice, now, agenda)
    raise ActionNotAllowed(common.STALE)


def _steered(playbook: Playbook, author: Author, new: Newcomer, step: Step, verb: str, choice: str) -> Look | None:
    """A way through the form; None: the button is an answer."""
    match verb, step:
        case "back", _:
            return Look(newcomer.stepped_back(playbook, new, author))
        case "view", _:
            return Look(new)
        case "change", "summary":
            return Look(new, menu=True)
        case "to", "barred" if choice == "phone":
            return Look(replace(new, changing="phone"))
        case "to", "summary" if choice in newcomer.plan(playbook, new, author) and choice != "summary":
            return Look(replace(new, changing=choice))
        case _:
            return None


def _chosen(playbook: Playbook, author: Author, new: Newcomer, step: Step, verb: str, choice: str) -> Look | None:
    """An answer that is one of the form's own options; None: it is not."""
    match verb, step:
        case "nophone", "phone":
            return Look(newcomer.with_contact(new, no_phone=True))
        case "allow", "barred" if author.leads:
            return Look(replace(new, allowed=True))
        case "again", "known":
            return Look(newcomer.again(new))
        case "source", "source" if choice in playbook.sources:
            return Look(replace(new, source=choice, changing=None))
        case "pipe", "pipeline" if choice in newcomer.offered_stages(playbook, author.role):
            stage = new.stage if new.pipeline == choice else None
            changing: Step | None = "stage" if new.changing is not None else None
            return Look(replace(newcomer.with_stage(new, choice, stage), changing=changing))
        case "stage", "stage" if choice in newcomer.offered_stages(playbook, author.role).get(new.pipeline or "", {}):
            return Look(newcomer.with_stage(new, new.pipeline, choice))
        case "place", "place" if choice in playbook.places:
            return Look(replace(new, place=choice, changing=None))
        case "far", "far" if (asked := newcomer.far_question(playbook, new)) is not None and choice in asked.options:
            return Look(replace(new, why_far=choice, far_words=None, changing=None))
        case "due", "when" if not _is_meeting(playbook, new):
            return Look(replace(new, at=None, how="own", changing=None))
        case _:
            return None


def typed(
    playbook: Playbook, staff: Staff, new: Newcomer, step: Step, text: str, now: datetime, agenda: Agenda | None
) -> Look | None:
    """A typed message; None: this step is answered by a button."""
    match step:
        case "name":
            return _name(new, text)
        case "phone":
            phone = find_phone(text)
            if phone is None:
                return Look(new, note=ru.BAD_PHONE)
            return Look(newcomer.with_contact(new, phone=phone.e164), contacts=True)
        case "other":
            email = read_email(text)
            messenger = read_messenger(text) if email is None else None
            if email is None and messenger is None:
                return Look(new, note=ru.BAD_OTHER)
            reached = newcomer.with_contact(new, email=email, messenger=messenger, no_phone=True)
            return Look(reached, contacts=email is not None)
        case "when":
            zone = read_zone(text, zone_of(playbook), now)
            if zone is not None:
                return Look(replace(new, zone=zone), picking=Picking(hint=zone_told(zone, zone_of(playbook), now)))
            picking = picking_of_words(playbook, text, now, staff.hours(playbook, new.owner))
            busy = picking.moment is not None and agenda is not None and agenda.conflict(picking.moment) is not None
            return Look(new, picking=Picking(clash=picking.moment) if busy else picking)
        case "far_words":
            words = text.strip()
            return Look(replace(new, far_words=words, changing=None) if words else new)
        case _:
            return None


def _name(new: Newcomer, text: str) -> Look:
    name, phone = read_name(text)
    if name is None:
        return Look(new, note=ru.BAD_NAME)
    named = replace(new, name=name, changing=None)
    return Look(named) if phone is None else Look(newcomer.with_contact(named, phone=phone), contacts=True)


def _owner(people: People, choice: str) -> int:
    number = read_number(choice)
    owner = people.by_crm.get(number) if number is not None else None
    if owner is None or owner.crm_user_id is None or owner.role not in OWNERS:
        raise ActionNotAllowed(common.STALE)
    return owner.crm_user_id


def _is_meeting(playbook: Playbook, new: Newcomer) -> bool:
    kind = newcomer.task_of(playbook, new)
    return kind is not None and kind.meeting


def _time(playbook: Playbook, new: Newcomer, choice: str, now: datetime, agenda: Agenda | None) -> Look:
    verb, _, rest = choice.partition(".")
    if verb == "at":
        at, letter, drawn = moment_of(rest)
        how = HOW[letter]
        if agenda is not None and how != "promised":
            raise ActionNotAllowed(common.UNKNOWN_BUTTON)
        if at <= now or is_outdated(at, drawn, now, zone_of(playbook)):
            return Look(new, note=ru.PAST_TIME if at <= now else common.PICK_ANEW)
        if agenda is not None and letter != ANYWAY and agenda.conflict(at) is not None:
            return Look(new, picking=Picking(clash=at))
        said = cast("How", how)
        return Look(newcomer.with_time(playbook, new, at, said, now, anyway=letter == ANYWAY))
    if verb == "zone":
        place = read_number(rest)
        if place is None or place >= len(PLACES):
            raise ActionNotAllowed(common.UNKNOWN_BUTTON)
        return Look(replace(new, zone=PLACES[place][0]))
    return Look(new, picking=picking_of(verb, rest))
