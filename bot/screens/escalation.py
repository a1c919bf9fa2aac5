"""A message to supervisors about tasks that wait: what waits, whose it is, and what can be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.locales.ru import alerts as ru
from bot.locales.ru import dialogs as words
from bot.locales.ru import screens as common
from bot.screens.press import pack
from bot.screens.screen import Button, Screen, esc, grid, lines

_LISTED = 10
"""Lines of one message; what comes after them moves up as the first ones are done."""
_NAMED = 3
"""Of the others below an opened one."""


@dataclass(frozen=True, slots=True)
class Item:
    """A task that waits."""

    task: str
    what: str
    """«30 мин без звонка»"""
    client: str
    """With source and number: «Пётр П., Сайт, лид 1042»."""
    name: str
    """«Пётр П.»"""
    owner: str
    """Who has it."""
    deed: str | None
    """What somebody has done about it."""
    url: str | None
    can_give: bool
    """It can be taken, and given to somebody else."""
    ask: str | None
    """Whom one could ask: «Иван»."""
    can_hush: bool


def one(item: Item, others: Sequence[Item] = ()) -> Screen:
    """A single task with its buttons; the `others` of the message wait below it."""
    head = ru.ITEM.format(what=item.what, client=item.client, owner=item.owner)
    rows: list[tuple[Button, ...]] = []
    if item.can_give:
        take = Button(words.TAKE, pack("e", "take", item.task), style="primary")
        rows.append((take, Button(words.HAND, pack("e", "hand", item.task))))
    second: list[Button] = []
    if item.ask is not None:
        second.append(Button(ru.ASK.format(name=item.ask), pack("e", "ask", item.task)))
    if item.url is not None:
        second.append(Button(common.CRM, url=item.url))
    if second:
        rows.append(tuple(second))
    if item.can_hush:
        rows.append((Button(ru.HUSH, pack("e", "hush", item.task)),))
    if others:
        rows.append((Button(ru.LIST, pack("e", "list", item.task)),))
    return Screen(lines([esc(head), _deed(item), _also(others)]), tuple(rows))


def several(items: Sequence[Item]) -> Screen:
    """A list; each opens by its button."""
    shown = items[:_LISTED]
    text: list[str | None] = [f"<b>{ru.HEAD.format(count=len(items))}</b>"]
    for number, item in enumerate(shown, start=1):
        text += (
            esc(ru.LISTED.format(number=number, what=item.what, client=item.client, owner=item.owner)),
            _deed(item),
        )
    if len(items) > len(shown):
        text.append(ru.MORE.format(count=len(items) - len(shown)))
    buttons = (
        Button(f"{number}. {item.name}", pack("e", "open", item.task)) for number, item in enumerate(shown, start=1)
    )
    return Screen(lines(text), grid(buttons, 2))


def colleagues(item: Item, able: Sequence[tuple[int, str, int]], others: Sequence[Item] = ()) -> Screen:
    """[Передать…]: CRM user, name and open tasks of each, the least busy first."""
    head = ru.ITEM.format(what=item.what, client=item.client, owner=item.owner)
    buttons = (
        Button(ru.COLLEAGUE.format(name=name, count=count), pack("e", "give", item.task, user))
        for user, name, count in able
    )
    back = (Button(words.BACK, pack("e", "open", item.task)),)
    return Screen(
        lines([esc(head), _also(others), f"<b>{words.PICK_COLLEAGUE}</b> {ru.COUNTED}"]), (*grid(buttons, 2), back)
    )


def over(line: str) -> Screen:
    """One grey line: the matter is over."""
    return Screen(f"<i>{esc(line)}</i>")


def _also(others: Sequence[Item]) -> str | None:
    """Those that the opened one hides, for everybody else who reads the message."""
    names = [item.name for item in others[:_NAMED]]
    if len(others) > len(names):
        names.append(ru.ALSO_MORE.format(count=len(others) - len(names)))
    return esc(ru.ALSO.format(names=", ".join(names))) if names else None


def _deed(item: Item) -> str | None:
    return f"<i>{esc(item.deed)}</i>" if item.deed is not None else None
