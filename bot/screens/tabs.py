"""The buttons that open a card's panels."""

from __future__ import annotations

from bot.engine.conditions import Scope, holds
from bot.engine.phones import normalise
from bot.locales.ru import history as ru
from bot.playbooks.model import Objection
from bot.screens.press import pack
from bot.screens.screen import Button
from bot.screens.views import CardView

OBJECTIONS, HISTORY, STAGE, ZONE = "o", "h", "s", "z"
"""The kinds of panels."""


def tab(words: str, task: str, step: int, token: str, ticked: str = "") -> Button:
    """A button that opens a panel; `ticked` is the mask of the boxes in the question that it covers."""
    return Button(words, pack("c", task, step, "info", token, *([ticked] if ticked else [])))


def tabs(view: CardView, task: str, step: int, ticked: str = "") -> dict[str, Button]:
    """Kind of panel → its button; objections are offered where there are any, the zone where it is not certain."""
    named = {OBJECTIONS: ru.OBJECTIONS} if objections_of(view) else {}
    named |= {HISTORY: ru.HISTORY, STAGE: ru.STAGE}
    if not is_settled(view):
        named[ZONE] = ru.ZONE
    return {kind: tab(words, task, step, kind, ticked) for kind, words in named.items()}


def first_tab(view: CardView, task: str, step: int, ticked: str = "") -> Button:
    """The one that leads on to the others."""
    return next(iter(tabs(view, task, step, ticked).values()))


def is_settled(view: CardView) -> bool:
    """Whether nobody needs to correct the client's zone: a landline tells it, or there is no number to call."""
    phone = normalise(view.case.client.phones[0]) if view.case.client.phones else None
    return phone is None or (not phone.moves and phone.zone is not None and phone.zone == view.case.client.zone)


def is_by_number(view: CardView) -> bool:
    """Whether the client's zone is no more than where his mobile number was given out."""
    client = view.case.client
    phone = normalise(client.phones[0]) if client.phones and not client.zone_by_hand else None
    return phone is not None and phone.moves and phone.zone is not None and phone.zone == client.zone


def objections_of(view: CardView) -> list[tuple[int, Objection]]:
    """The objections that are offered now, with their places in the playbook."""
    scope = Scope(view.playbook, view.case, {}, view.now)
    return [
        (place, objection) for place, objection in enumerate(view.playbook.objections) if holds(objection.when, scope)
    ]
