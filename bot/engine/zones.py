"""The client's time zone: told by his phone number, corrected by the manager on the card."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.engine.calendars import next_reachable
from bot.engine.case import Case, Client
from bot.engine.effects import Decision, Effect, Redraw
from bot.engine.events import ZoneSet
from bot.engine.news import with_next_contact
from bot.engine.phones import zone_of_phones
from bot.engine.retiming import is_answered, moved_task, moved_words, retimed
from bot.engine.rules import Rules
from bot.errors import ActionNotAllowed

UNKNOWN_ZONE: Final = "Такого часового пояса нет."
WHY_ZONE: Final = "Пояс клиента: {zone}"


def zone_set(rules: Rules, case: Case, event: ZoneSet) -> Decision:
    """What is shown and planned follows the new zone at once, the attempt that is planned already with it.

    What was promised keeps its instant: the client has heard a time.

    Raises:
        ActionNotAllowed: no zone has this name.
    """
    try:
        ZoneInfo(event.zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise ActionNotAllowed(UNKNOWN_ZONE) from None
    by_hand = event.by is not None or case.client.zone_by_hand
    changed = replace(case, client=replace(case.client, zone=event.zone, zone_by_hand=by_hand))
    why = WHY_ZONE.format(zone=event.zone)
    if is_answered(changed) and changed.run is not None:
        changed = replace(changed, run=replace(changed.run, rezoned=True))
    moved = retimed(rules, changed)
    if moved is None:
        return Decision(_not_woken(rules, changed), (Redraw(),), why)
    effects: tuple[Effect, ...] = (*moved_task(changed, moved), Redraw())
    return with_next_contact(rules, moved, effects, f"{why}. {moved_words(rules, moved)}")


def renumbered(client: Client, phones: tuple[str, ...]) -> Client:
    """The client with these numbers; another one to dial first tells his zone, unless a person has set it."""
    new = replace(client, phones=phones)
    if client.zone_by_hand or phones[:1] == client.phones[:1]:
        return new
    return replace(new, zone=zone_of_phones(phones) or client.zone)


def dialled_before(client: Client, phones: tuple[str, ...]) -> Client:
    """The client with his numbers in their former order; one that is known since stays, as in the CRM, behind them."""
    known = client.phones
    former = [one for one in phones if one in known]
    return renumbered(client, (*former, *(one for one in known if one not in phones)))


def seen_client(known: Client, shown: Client) -> Client:
    """The client as the portal shows him now, with what is our own knowledge: his zone and which number to dial."""
    phones = known.phones if set(shown.phones) == set(known.phones) else shown.phones
    zone = renumbered(known, phones)
    return replace(shown, phones=phones, zone=zone.zone, zone_by_hand=zone.zone_by_hand)


def _not_woken(rules: Rules, case: Case) -> Case:
    """The case whose card does not come while the client sleeps; due times and what was agreed with him stay."""
    task = case.task
    if task is None or task.push_at <= rules.now or task.closed_at is not None:
        return case
    kind = rules.kind(task.kind)
    if task.promised or kind.touches or kind.push_before is not None:
        return case
    push_at = next_reachable(rules.calendar(case), rules.window(case), task.push_at)
    return replace(case, task=replace(task, push_at=push_at))
