"""The buttons that open a card's panels."""

from __future__ import annotations

from bot.engine.conditions import Scope, holds
from bot.locales.ru import history as ru
from bot.playbooks.model import Objection
from bot.screens.press import pack
from bot.screens.screen import Button
from bot.screens.views import CardView

OBJECTIONS, HISTORY, STAGE = "o", "h", "s"
"""The kinds of panels."""


def tab(words: str, task: str, step: int, token: str, ticked: str = "") -> Button:
    """A button that opens a panel; `ticked` is the mask of the boxes in the question that it covers."""
    return Button(words, pack("c", task, step, "info", token, *([ticked] if ticked else [])))


def tabs(view: CardView, task: str, step: int, ticked: str = "") -> dict[str, Button]:
    """Kind of panel → its button; without objections none is offered."""
    named = {OBJECTIONS: ru.OBJECTIONS} if objections_of(view) else {}
    named |= {HISTORY: ru.HISTORY, STAGE: ru.STAGE}
    return {kind: tab(words, task, step, kind, ticked) for kind, words in named.items()}


def first_tab(view: CardView, task: str, step: int, ticked: str = "") -> Button:
    """The one that leads on to the others."""
    return next(iter(tabs(view, task, step, ticked).values()))


def objections_of(view: CardView) -> list[tuple[int, Objection]]:
    """The objections that are offered now, with their places in the playbook."""
    scope = Scope(view.playbook, view.case, {}, view.now)
    return [
        (place, objection) for place, objection in enumerate(view.playbook.objections) if holds(objection.when, scope)
    ]
