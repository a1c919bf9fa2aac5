"""A call for help on the supervisor's phone: the case, what is known of the client, and his history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.engine.phones import mask_phones
from bot.engine.story import known_of
from bot.engine.titles import shown_name
from bot.locales.ru import dialogs as ru
from bot.locales.ru import history as words
from bot.screens.history import Entry, page_lines, pages
from bot.screens.press import pack
from bot.screens.screen import Button, Screen, esc, lines
from bot.screens.views import CardView


@dataclass(frozen=True, slots=True)
class HelpView:
    """A case whose manager asks for help."""

    card: CardView
    who: str
    """The manager."""
    person: int
    """His number among our people."""
    entries: Sequence[Entry]
    page: int = 0


def help_call(view: HelpView) -> Screen:
    """The message; its history is folded until it is tapped, longer ones are turned page by page."""
    card, case = view.card, view.card.case
    stage = card.playbook.pipelines[case.pipeline].stages[case.stage].title
    state = ru.HELP_MISSES.format(count=len(case.misses)) if case.misses else stage
    call = ru.HELP_CALL.format(who=esc(view.who), client=esc(shown_name(card.playbook, case)), state=esc(state))
    phones = " · ".join(case.client.phones[:2])
    if card.playbook.phones_in_cards == "masked":
        phones = mask_phones(phones)
    known = words.SEPARATOR.join(known_of(card.playbook, case))
    page = min(view.page, pages(view.entries) - 1)
    told = page_lines(card.playbook, view.entries, page, card.zone, card.now)
    quote = "<blockquote expandable>{}</blockquote>".format("\n".join(told)) if told else None
    advise = Button(ru.ANSWER, pack("x", "advise", case.id, view.person), style="primary")
    rows = [(advise, Button(ru.TAKE, pack("x", "take", case.id))), (Button(ru.HAND, pack("x", "hand", case.id)),)]
    steer = _steer(view, page)
    return Screen(lines([call, esc(phones), esc(known[:1].upper() + known[1:]), quote]), (*rows, *steer))


def _steer(view: HelpView, page: int) -> tuple[tuple[Button, ...], ...]:
    turns = [(page - 1, words.NEWER), (page + 1, words.OLDER)]
    row = tuple(
        Button(label, pack("x", "story", view.card.case.id, view.person, target))
        for target, label in turns
        if 0 <= target < pages(view.entries)
    )
    return (row,) if row else ()
