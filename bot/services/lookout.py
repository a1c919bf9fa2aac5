"""Deletions leave no change behind: what is in work is looked for, a part at each poll.

Only numbers are asked for, 50 in a command, beside the commands of the poll itself: it costs no request of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.crm import inbox
from bot.crm.commands import Command, Outcome, Result
from bot.crm.encode import as_int
from bot.crm.reading import rows_of
from bot.services.intake_rows import Hint

ROUND = 3
"""Polls in which everything in work is looked for once."""
MOST = 40
"""Most commands of one poll; where they do not suffice a round takes longer."""


class Lookout:
    """Whose turn it is. After a restart a round begins anew."""

    def __init__(self) -> None:
        self._after: Hint = ("", 0)
        self._asked: dict[str, frozenset[Hint]] = {}

    def commands(self, work: Sequence[Hint]) -> Mapping[str, Command]:
        """The next part of what is in work, as commands under keys of our own."""
        ordered = sorted(work)
        later = [hint for hint in ordered if hint > self._after]
        share = min(-(-len(ordered) // ROUND), MOST * inbox.PAGE)
        part = (later + [hint for hint in ordered if hint <= self._after])[:share]
        self._after = part[-1] if part else ("", 0)
        self._asked, found = {}, {}
        for kind in ("lead", "deal", "task"):
            for index, ids in enumerate(inbox.chunks([number for of, number in part if of == kind])):
                key = f"there_{kind}_{index}"
                self._asked[key] = frozenset((kind, number) for number in ids)
                found[key] = inbox.present(kind, ids)
        return found

    def missing(self, outcomes: Mapping[str, Outcome]) -> set[Hint]:
        """What the portal did not name of what was asked for.

        Raises:
            CrmError: it could not be read.
        """
        gone: set[Hint] = set()
        for key, hints in self._asked.items():
            outcome = outcomes[key]
            if not isinstance(outcome, Result):
                raise outcome
            (kind,) = {of for of, _ in hints}
            gone |= hints - {(kind, as_int(row.get("id")) or 0) for row in rows_of(outcome.value)}
        return gone
