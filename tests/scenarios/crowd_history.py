"""What /case must tell of a client: who has recorded what, and when, by what people say they pressed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from tests.scenarios.crowd_ledger import Ledger
from tests.scenarios.floor import WEEKDAYS

_LINE = re.compile(r"((?:\S+ )?\d\d:\d\d) (\S+ \S\.): (.+?)(?: · .*| → .*| \(.*|)")
_PAGE = 10
Line = tuple[str, str, str]
"""When, who, the first words."""


def talked_of(ledger: Ledger, most: int) -> list[str]:
    """The clients of whom most was recorded, as far as it stands on one page."""
    counts = Counter(one.client for one in ledger.told if one.client not in ledger.tests)
    return [client for client, count in counts.most_common() if count <= _PAGE // 2][:most]


def recorded(ledger: Ledger, client: str, names: Mapping[int, str]) -> list[Line]:
    """The newest first; what was taken back is not there."""
    mine = [one for one in ledger.told if one.client == client and not one.undone]
    mine.sort(key=ledger.happened_at, reverse=True)
    words = (next(step for step in one.steps if step != "Звоню") for one in mine)
    return [
        (_stamp(ledger.happened_at(one), ledger.books.at), names[ledger.users[one.who]], step)
        for one, step in zip(mine, words, strict=True)
        if step != "Передать"
    ]


def told_of(text: str, steps: Sequence[str]) -> list[Line]:
    """The lines of the screen that tell of answers which begin with one of these steps."""
    found = (_LINE.fullmatch(line) for line in text.split("\n"))
    return [(line[1], line[2], line[3]) for line in found if line is not None and line[3] in steps]


def _stamp(at: datetime, now: datetime) -> str:
    return f"{at:%H:%M}" if at.date() == now.date() else f"{WEEKDAYS[at.weekday()]} {at:%H:%M}"
