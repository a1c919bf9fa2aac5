"""«Кто возьмёт?»: new clients whom nobody has touched, on the phone of a colleague who is free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.locales.ru import alerts as ru
from bot.screens.press import pack
from bot.screens.screen import Button, Screen, esc, lines

_LISTED = 5


@dataclass(frozen=True, slots=True)
class Offered:
    """A client who waits.

    Args:
        task: its task.
        client: with the source: «Пётр П., Сайт».
        since: when he came, by the clock.
        owner: whose he is, «Иван С.».
    """

    task: str
    client: str
    since: str
    owner: str


def offer(waiting: Sequence[Offered]) -> Screen:
    """One of them, or a list; the button takes the first, who has waited longest."""
    first = waiting[0]
    if len(waiting) == 1:
        words = ru.OFFER_ONE.format(client=first.client, since=first.since, owner=first.owner)
        return Screen(esc(words), ((_take(first, ru.OFFER_TAKE),),))
    text: list[str | None] = [f"<b>{ru.OFFER_HEAD.format(count=len(waiting))}</b>"]
    for number, one in enumerate(waiting[:_LISTED], start=1):
        listed = ru.OFFER_LISTED.format(number=number, client=one.client, since=one.since, owner=one.owner)
        text.append(esc(listed))
    return Screen(lines(text), ((_take(first, ru.OFFER_TAKE_FIRST),),))


def _take(one: Offered, label: str) -> Button:
    return Button(label, pack("o", one.task), style="primary")
