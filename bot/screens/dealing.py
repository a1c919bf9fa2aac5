"""What does not fit into the day: the morning digest's keys, the preview of what they do, and what was done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from bot.locales.ru import digests as ru
from bot.screens.digests import CAPTION, caption
from bot.screens.press import pack
from bot.screens.screen import Button, Screen, esc, units

SPREAD, PUT_OFF = "spread", "later"
"""What the two keys do."""
_LISTED = 12
"""Lines of a preview: a picture carries no more, and what comes after them has to be seen."""


def keys(*, spread: bool, put_off: bool) -> tuple[tuple[Button, ...], ...]:
    """Those that would change something."""
    offered = ((spread, ru.SPREAD, SPREAD), (put_off, ru.PUT_OFF, PUT_OFF))
    row = tuple(Button(words, pack("d", verb)) for able, words, verb in offered if able)
    return (row,) if row else ()


def preview(head: str, verb: str, rows: Sequence[tuple[str, str]], over: int) -> Screen:
    """What would be done; nothing is done yet.

    Args:
        head: of the digest.
        verb: `SPREAD` or `PUT_OFF`.
        rows: of each task, who has it, and to whom or to which day it goes; in the order of the lines.
        over: how many tasks do not fit.
    """
    asked, what, confirmed = (
        (ru.SPREAD_ASKED, ru.SPREAD_WHAT, ru.SPREAD_OK)
        if verb == SPREAD
        else (ru.PUT_OFF_ASKED, ru.PUT_OFF_WHAT, ru.PUT_OFF_OK)
    )
    lines = [asked.format(count=len(rows))]
    counts = list(Counter(rows).items())
    shown = counts if len(counts) <= _LISTED else counts[: _LISTED - 1]
    lines += [ru.DEALT_ROW.format(owner=owner, to=to, count=count) for (owner, to), count in shown]
    if len(shown) < len(counts):
        lines.append(ru.DEALT_MORE.format(count=sum(count for _, count in counts[len(shown) :])))
    stay = over - len(rows)
    lines.append(what + (ru.STAY.format(count=stay) if stay else ""))
    buttons = (
        Button(confirmed.format(count=len(rows)), pack("d", f"{verb}_ok"), style="primary"),
        Button(ru.DEAL_CANCEL, pack("d", "back")),
    )
    return Screen(caption([f"<b>{esc(head)}</b>", *map(esc, lines)]), (buttons,))


def with_done(text: str, done: Iterable[str]) -> str:
    """The digest's text, and below it what was done: of both, the text is cut."""
    below = [line for lines in done for line in esc(lines).split("\n")]
    room = CAPTION - sum(units(line) + 1 for line in below)
    return "\n".join([caption(text.split("\n"), room), *below])


def done(verb: str, count: int, who: str, time: str) -> str:
    """The line that stays below the digest."""
    return (ru.SPREAD_DONE if verb == SPREAD else ru.PUT_OFF_DONE).format(count=count, who=who, time=time)
