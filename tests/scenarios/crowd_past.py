"""The days before: the week's file, its text and the week of /me, by the portal's raw data of now."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from io import StringIO

import aiohttp

from tests.scenarios.crowd import Crowd
from tests.scenarios.crowd_day import STANDING, Numbers, numbers_of
from tests.scenarios.crowd_ledger import Ledger

EVERYBODY, WEEK = "Все", "Неделя"
_DAY = timedelta(days=1)
Row = tuple[str, str]
"""Day and manager, by first name."""


@dataclass(frozen=True)
class Past:
    """The last seven days, as they are known at the ledger's moment; its own day is the last of them.

    `seen`: the ledgers of earlier evenings, by their closing; only they know what was left then. `sees`: CRM users of
    whose work is told; None: of everybody's.
    """

    ledger: Ledger
    seen: Mapping[datetime, Ledger] = field(default_factory=dict)
    sees: Collection[int] | None = None

    @cached_property
    def days(self) -> list[tuple[datetime, Ledger]]:
        """The closing of each working day since the floor was opened, the oldest first, and what is known of it."""
        today = self.ledger.books.at.replace(hour=19, minute=0, second=0, microsecond=0)
        evenings = [today - _DAY * back for back in range(6, 0, -1)]
        past = [one for one in evenings if one.weekday() < 5 and one > self.ledger.opened]
        return [*((one, replace(self.ledger, evening=one, waits={})) for one in past), (today, self.ledger)]

    def of(self, user: int | None = None) -> list[tuple[datetime, Numbers]]:
        """Day by day, of everybody or of one."""
        if user not in self._known:
            users = self.sees if user is None else [user]
            days = [(evening, numbers_of(day, users, standing=day is self.ledger)) for evening, day in self.days]
            self._known[user] = days
        return self._known[user]

    @cached_property
    def _known(self) -> dict[int | None, list[tuple[datetime, Numbers]]]:
        return {}

    def week(self, user: int | None = None) -> Numbers:
        """All of it together, with what is left now."""
        return sum((one for _, one in self.of(user)), Numbers())

    def file(self, names: Mapping[str, int]) -> dict[Row, dict[str, str]]:
        """What the file must hold: of everybody, and of each of these who has anything."""
        found = {}
        seen = {name: user for name, user in names.items() if self.sees is None or user in self.sees}
        for name, user in {EVERYBODY: None, **seen}.items():
            *past, (today, latest) = self.of(user)
            days = [(f"{at:%d.%m.%Y}", one + self._left(at, user)) for at, one in past]
            for day, one in [*days, (f"{today:%d.%m.%Y}", latest), (WEEK, self.week(user))]:
                if user is None or not one.is_empty:
                    found[day, name] = one.cells()
        return found

    def _left(self, evening: datetime, user: int | None) -> Numbers:
        found = numbers_of(self.seen[evening], self.sees if user is None else [user])
        return Numbers(Counter({column: found.counts[column] for column in STANDING}))


async def read_week(crowd: Crowd, who: str = "Ольга") -> tuple[list[str], dict[Row, dict[str, str]]]:
    """What `/digest неделя` says below its head, and the rows of its file since the floor was opened."""
    await crowd.asks(who, "/digest неделя")
    (found, *_) = [one for one in reversed(await crowd.messages(who)) if one.get("document")]
    async with aiohttp.ClientSession(base_url=crowd.demo.inner) as http:
        text = await (await http.get(found["document"]["url"])).read()
    head, *rows = csv.reader(StringIO(text.decode("utf-8-sig")), delimiter=";")
    named = [dict(zip(head, row, strict=True)) for row in rows]
    since = datetime.fromisoformat(crowd.start)
    days = {f"{since + _DAY * day:%d.%m.%Y}" for day in range(8)} | {WEEK}
    kept = [row for row in named if row["День"] in days]
    return found["text"].split("\n")[1:], {(row.pop("День"), row.pop("Менеджер").split()[0]): row for row in kept}


def differences(
    shown: Mapping[Row, Mapping[str, str]], meant: Mapping[Row, Mapping[str, str]]
) -> Sequence[tuple[Row, str, str | None, str | None]]:
    """Whose day, which column, what the file says and what it should say, where that differs."""
    found = []
    for row in dict.fromkeys((*shown, *meant)):
        screen, mine = shown.get(row, {}), meant.get(row, {})
        found += [
            (row, column, screen.get(column), mine.get(column))
            for column in dict.fromkeys((*screen, *mine))
            if screen.get(column) != mine.get(column)
        ]
    return found
