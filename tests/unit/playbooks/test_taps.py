"""Four buttons and a time are enough for any outcome of `bankruptcy`; what takes more says why."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from bot.playbooks.load import builtin
from tests.unit.playbooks.taps import Way, ways

MOST = 4
OWN_TALK = {"loss": "closing a deal is a talk of its own: it is asked in full, on purpose"}
"""Counting begins anew at these questions."""
BOXES = {"loss_pay": "each of the three confirmations is ticked by itself before a deal may be closed"}
"""Ways with these are not held to the limit."""
LONGER = {
    ("messenger_reply", "sent_data"): (2, "who answered is told first, then the whole talk about the debts follows"),
    ("not_client", "interested"): (2, "who answered is told first, then the whole talk about the debts follows"),
    ("not_client", "not_here"): (1, "a lead is closed: who answered, what is known of the number, and [✅ Записать]"),
    ("report", "small"): (1, "a lead is closed for its sum: people forget the interest, so it is confirmed"),
    ("report", "small_by_words"): (1, "a lead is closed for its sum: people forget the interest, so it is confirmed"),
}
"""Answers that may cost so many buttons more, and why."""


@cache
def all_ways() -> tuple[Way, ...]:
    return tuple(ways(builtin("bankruptcy").playbook))


def longest(way: Way) -> int:
    """The most buttons in one go."""
    talks = [0]
    for question, taps in way.taps.items():
        if question in OWN_TALK:
            talks.append(0)
        talks[-1] += taps
    talks[-1] += way.confirmed
    return max(talks)


def allowed(way: Way, without: Iterable[tuple[str, str]] = ()) -> int:
    told = way.answers.items()
    return MOST + sum(more for answer, (more, _) in LONGER.items() if answer in told and answer not in without)


def test_four_buttons_are_enough() -> None:
    """On every way to every outcome, whatever the case is like and whoever presses."""
    too_long = [way for way in all_ways() if longest(way) > allowed(way) and not BOXES.keys() & way.answers.keys()]
    assert not too_long, "\n".join(sorted({way.words() for way in too_long})[:20])


def test_every_exception_is_needed() -> None:
    """An exception that nothing needs any more goes."""
    for answer in LONGER:
        concerned = [way for way in all_ways() if answer in way.answers.items()]
        assert any(longest(way) > allowed(way, without=(answer,)) for way in concerned), answer
    for question in (*OWN_TALK, *BOXES):
        with_it = [way for way in all_ways() if question in way.answers]
        assert any(sum(way.taps.values()) + way.confirmed > allowed(way) for way in with_it), question
