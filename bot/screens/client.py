"""One client as a supervisor looks at him: where he stands, what is next, his history page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.engine.phones import mask_phones
from bot.engine.story import known_of
from bot.engine.titles import shown_name
from bot.engine.words import say_short
from bot.locales.ru import floor as ru
from bot.locales.ru import history as words
from bot.screens import mending
from bot.screens.history import Entry, page_lines, pages
from bot.screens.press import pack
from bot.screens.screen import Button, Screen, esc, lines
from bot.screens.views import CardView


@dataclass(frozen=True, slots=True)
class ClientView:
    """A case and everything about its client. `owner`: whose turn it is; `told`: he can be advised."""

    card: CardView
    owner: str
    told: bool
    entries: Sequence[Entry]
    page: int = 0


def client_panel(view: ClientView) -> Screen:
    """Its history is folded until it is tapped."""
    card, case = view.card, view.card.case
    playbook = card.playbook
    stage = playbook.pipelines[case.pipeline].stages[case.stage].title
    head = ru.CASE_HEAD.format(client=shown_name(playbook, case), stage=stage, who=view.owner)
    phones = " · ".join(case.client.phones[:2])
    if playbook.phones_in_cards == "masked":
        phones = mask_phones(phones)
    coming = ru.CASE_CLOSED if case.closed else ""
    if case.task is not None:
        when = say_short(case.task.due_at, card.zone, card.now)
        coming = ru.CASE_NEXT.format(task=playbook.tasks[case.task.kind].title, when=when)
    known = words.SEPARATOR.join(known_of(playbook, case))
    page = min(max(view.page, 0), pages(view.entries) - 1)
    told = page_lines(playbook, view.entries, page, card.zone, card.now)
    quote = "<blockquote expandable>{}</blockquote>".format("\n".join(told)) if told else None
    rows: list[tuple[Button, ...]] = []
    if view.told:
        rows.append((Button(ru.TELL, pack("v", "tell", case.id), style="primary"),))
    rows += mending.rows(playbook, case)
    turns = ((page - 1, words.NEWER), (page + 1, words.OLDER))
    turn = tuple(
        Button(label, pack("v", "turn", case.id, target))
        for target, label in turns
        if 0 <= target < pages(view.entries)
    )
    if turn:
        rows.append(turn)
    if card.crm_url is not None:
        rows.append((Button("CRM", url=card.crm_url),))
    text = [f"<b>{esc(head)}</b>", esc(phones), esc(coming), esc(known[:1].upper() + known[1:]), quote]
    return Screen(lines(text), tuple(rows))
