"""Whose morning holds more than fits, by the portal's tasks and the order of the company's regulation."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from ruamel.yaml import YAML

from tests.scenarios.crowd_books import DEAL, LEAD, Job
from tests.scenarios.crowd_ledger import Ledger

_BUILT_IN = Path(__file__).parents[2] / "bot/playbooks/catalog/bankruptcy.yaml"
_RANKS = {kind["title"]: kind["rank"] for kind in YAML(typ="safe").load(_BUILT_IN)["tasks"].values()}
_TAKES, _MEETING = timedelta(minutes=5), timedelta(minutes=60)
_GIVEN = re.compile(r"(.+) → (.+): (\d+)")


@dataclass(frozen=True)
class Overload:
    """What does not fit, by CRM user, and the room that what fits leaves to each."""

    over: Counter[int]
    left: Mapping[int, timedelta]

    def check_dealing(self, text: str, names: Mapping[int, str]) -> None:
        """What [Раздать] proposes goes from those whose day holds too much to those of the same group who have room."""
        users = {name: user for user, name in names.items()}
        given: Counter[int] = Counter()
        taken: Counter[int] = Counter()
        for row in filter(None, map(_GIVEN.fullmatch, text.split("\n"))):
            given[users[row[1]]] += int(row[3])
            taken[users[row[2]]] += int(row[3])
        assert given, text
        assert f"Раздать {given.total()}:" in text
        assert not given - self.over, (text, self.over)
        assert all(count * _TAKES <= self.left[user] for user, count in taken.items()), (text, self.left)
        stay = self.over.total() - given.total()
        assert (f"Ещё {stay} не поместятся" in text) == bool(stay), text


def overload(ledger: Ledger, jobs: Sequence[Job], managers: Collection[int], workload: int) -> Overload:
    """Of these managers; `workload`: percent of their hours that goes into tasks.

    Promises, meetings and what somebody does for a colleague have their room first; then by the regulation's order.
    """
    owners = {(one.entity, one.number): one.owner for one in ledger.books.records}

    def is_fixed(job: Job) -> bool:
        kind, _, number = job.link.partition("_")
        owner = owners[LEAD if kind == "L" else DEAL, int(number)]
        return job.title == "Встреча" or job.holder != owner or ledger.is_promise(job)

    left = {user: ledger.roster.of(user).length * workload / 100 for user in managers}
    over: Counter[int] = Counter()
    for job in sorted(jobs, key=lambda job: (not is_fixed(job), _RANKS[job.title], job.deadline)):
        takes = _MEETING if job.title == "Встреча" else _TAKES
        if job.holder in left and takes <= left[job.holder]:
            left[job.holder] -= takes
        elif job.holder in left:
            over[job.holder] += 1
    return Overload(over, left)
