"""Messages to people who can step in on another one's case."""

from __future__ import annotations

from collections.abc import Sequence

from bot.engine.case import Case
from bot.engine.titles import shown_name
from bot.locales.ru import dialogs as ru
from bot.playbooks.model import Playbook, StepIn
from bot.screens.press import pack
from bot.screens.screen import Button, Screen, esc, grid, lines


def step_in_rows(case: Case, manager: int | None, keys: Sequence[StepIn] = ()) -> tuple[tuple[Button, ...], ...]:
    """[Ответить] to the manager (a person's id, if he is linked), [Забираю], [Передать…]; where the playbook has keys
    for it, those and [Передать…].
    """
    if keys:
        own = [
            Button(key.label, pack("x", "step", case.id, key.task), style=None if place else "primary")
            for place, key in enumerate(keys)
        ]
        return (*grid(own, 2), (Button(ru.HAND, pack("x", "hand", case.id)),))
    take = Button(ru.TAKE, pack("x", "take", case.id))
    hand = Button(ru.HAND, pack("x", "hand", case.id))
    if manager is None:
        return ((take, hand),)
    return ((Button(ru.ANSWER, pack("x", "advise", case.id, manager), style="primary"), take), (hand,))


def alert(
    playbook: Playbook, case: Case, what: str, owner: str, tried: Sequence[str], rows: tuple[tuple[Button, ...], ...]
) -> Screen:
    """What has happened to whom, whose case it is, and when it was tried."""
    client = esc(shown_name(playbook, case))
    told = ru.ALERT_TRIED.format(list=", ".join(tried)) if tried else None
    text = lines([ru.ALERT.format(what=esc(what), client=client, owner=esc(owner)), esc(told) if told else None])
    return Screen(text, rows)
