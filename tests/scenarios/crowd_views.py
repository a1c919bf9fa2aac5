"""What digests, /me and the supervisors' live views must say, word for word, from what the ledger counts.

As the ledger itself: the portal's raw data and people's presses, none of the bot's code.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from math import ceil

from tests.scenarios.crowd_books import (
    DEAL,
    LEAD,
    Job,
    Move,
    Record,
    after_working,
    closing_before,
    is_open,
    next_day,
    working_between,
)
from tests.scenarios.crowd_day import numbers
from tests.scenarios.crowd_ledger import Ledger

_DAYS = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")
_UNPAID = ("CONTRACT_SIGNED", "PAYMENT_NO_CONTACT")
_DAY = timedelta(days=1)
_SATURDAY = 5
_TAKES, _MEETING = timedelta(minutes=5), timedelta(minutes=60)
_ROOM = timedelta(hours=10) * 85 / 100
_LIMITS = {(LEAD, "NEW"): timedelta(minutes=30), (DEAL, "NEW"): timedelta(minutes=10)}
_FLOOR_ROW = re.compile(r"(.+) – сегодня (\d+), просрочено (\d+)(?: \(.+\))?, сделано (\d+)")
_ROWS_A_PAGE = 10


@dataclass(frozen=True)
class Views:
    """What the screens must say at the ledger's moment; `names`: CRM user → how people are called."""

    ledger: Ledger
    names: Mapping[int, str]

    # The day in words ---------------------------------------------------------------------------------------------

    def body(self, user: int | None = None) -> list[str]:
        """The lines of a day, of everybody or of one."""
        return numbers(self.ledger, user).lines()

    def evening(self) -> list[str]:
        """The lines of the evening's digest below its head."""
        coming = self.ledger.meetings_next
        day = next_day(self.ledger.books.at)
        return [*self.body(), *([f"На {_DAYS[day.weekday()]} {day:%d.%m} встреч {coming}"] if coming else [])]

    # The morning --------------------------------------------------------------------------------------------------

    def morning(self) -> list[str]:
        """The lines of the morning's digest below its head."""
        now, jobs = self.ledger.books.at, self.ledger.open_jobs
        night = sum(
            one.entity == LEAD
            and one.client not in self.ledger.tests
            and closing_before(now) <= one.created <= now
            and not is_open(one.created)
            for one in self.ledger.books.records
        )
        late = sum(map(self.is_overdue, jobs))
        head = (
            f"Дел {len(jobs)}"
            + (f", новых за ночь {night}" if night else "")
            + (f", просрочено {late}" if late else "")
        )
        meetings = [job for job in jobs if job.title == "Встреча" and job.deadline >= now]
        unconfirmed = sum(not self._is_confirmed(job) for job in meetings)
        unpaid = self._unpaid()
        oldest = max(unpaid, default=0)
        age = f" (старший {_days(oldest)})" if oldest else ""
        parts = {
            f"Встреч {len(meetings)}" + (f", не подтверждены {unconfirmed}" if unconfirmed else ""): len(meetings),
            f"обещаний {self._promised(jobs)}": self._promised(jobs),
            f"без оплаты {len(unpaid)}{age}": len(unpaid),
            f"не поместятся {self._surplus(jobs)}": self._surplus(jobs),
        }
        people = Counter(self.names[job.holder] for job in jobs)
        rows = [head, " · ".join(words for words, number in parts.items() if number)]
        return [row for row in (*rows, " · ".join(f"{name} {people[name]}" for name in sorted(people))) if row]

    def is_overdue(self, job: Job) -> bool:
        """Now."""
        return self.ledger.is_untold(job) or self.ledger.overdue_at(job) <= self.ledger.books.at

    def _is_confirmed(self, meeting: Job) -> bool:
        mine = (one for one in self.ledger.told if one.client == meeting.client and one.at > meeting.created)
        return any(one.steps[0] == "Подтвердил" and not one.undone for one in mine)

    def _promised(self, jobs: Sequence[Job]) -> int:
        return sum(map(self.ledger.is_promise, jobs))

    def _unpaid(self) -> list[int]:
        """For how many days each signed contract waits for its money."""
        found = []
        for record in self.ledger.books.records:
            if record.entity == DEAL and record.stage in _UNPAID:
                moves = self._moves(record)
                since = next((move.at for move in moves if move.stage in _UNPAID), moves[-1].at)
                found.append((self.ledger.books.at.date() - since.date()).days)
        return found

    def _moves(self, record: Record) -> list[Move]:
        return [one for one in self.ledger.books.moves if (one.entity, one.number) == (record.entity, record.number)]

    def _surplus(self, jobs: Sequence[Job]) -> int:
        """Of each manager's day: five minutes for a task, an hour for a meeting."""
        over = 0
        for user in {job.holder for job in jobs}:
            meetings = sum(job.title == "Встреча" for job in jobs if job.holder == user)
            tasks = sum(job.holder == user for job in jobs) - meetings
            wanted = meetings * _MEETING + tasks * _TAKES
            over += max(0, ceil((wanted - _ROOM) / _TAKES))
        return over

    # Live views ---------------------------------------------------------------------------------------------------

    @cached_property
    def promised(self) -> list[tuple[str, str]]:
        """Who waits for a promised call today: client and whose, the earliest first."""
        jobs = sorted(self.ledger.open_jobs, key=lambda job: job.deadline)
        return [(job.client, self.names[job.holder]) for job in jobs if self.ledger.is_promise(job)]

    def stuck(self) -> list[str]:
        """Who stands in a stage longer than a lead or deal may be there untouched."""
        now = self.ledger.books.at
        return [
            one.client
            for one in self.ledger.books.records
            if (one.entity, one.stage) in _LIMITS
            and one.created >= self.ledger.opened
            and one.source != "BDT"
            and after_working(one.created, _LIMITS[one.entity, one.stage]) <= now
            and working_between(one.created, now) >= _LIMITS[one.entity, one.stage]
        ]

    def floor(self) -> dict[str, tuple[int, int, int]]:
        """Of everybody who has a task or is a manager: today, overdue, done."""
        found = {}
        for user, name in self.names.items():
            jobs = [job for job in self.ledger.open_jobs if job.holder == user]
            done = sum(self.ledger.users[one.who] == user for one in self.ledger.ended)
            found[name] = (len(jobs), sum(map(self.is_overdue, jobs)), done)
        return found

    def plan(self, user: int) -> list[str]:
        """Whose turn it is by the end of the next working day."""
        midnight = self.ledger.books.at.replace(hour=0, minute=0, second=0, microsecond=0) + _DAY
        day = next(one for one in (midnight + place * _DAY for place in range(7)) if one.weekday() < _SATURDAY)
        jobs = (job for job in self.ledger.books.jobs if midnight <= job.deadline < day + _DAY)
        return sorted(job.client for job in jobs if job.holder == user and job.closed is None)

    def check(self, shown: Mapping[str, str]) -> None:
        """The views: what was typed → what came."""
        whole = self.ledger.figures()
        counts = [str(whole[f"Обещания {how}"]) for how in ("вовремя", "поздно", "сорваны")]
        head, *rows = shown["/promises"].split("\n")
        wanted = "Обещанные звонки: вовремя {}, поздно {}, сорваны {}".format(*counts)
        assert head == wanted, f"the screen: {head}; the portal: {wanted}"
        listed = [row for row in rows if " – " in row]
        assert len(listed) == min(len(self.promised), _ROWS_A_PAGE)
        assert all(any(client in row and who in row for client, who in self.promised) for row in listed)
        bypassed = sum(self.ledger.bypasses(since=self.ledger.books.at - 7 * _DAY))
        assert shown["/bypasses"].startswith(f"Мимо анкет за семь дней: {bypassed}\n"), shown["/bypasses"]
        assert shown["/stuck"].startswith(f"Застряли: {len(self.stuck())}, ничьих: 0"), (shown["/stuck"], self.stuck())
        found = filter(None, map(_FLOOR_ROW.match, _rows(shown["/floor"])))
        floor = {row[1]: tuple(map(int, row.groups()[1:])) for row in found}
        everybody = self.floor()
        assert floor == {name: everybody[name] for name in floor}
        busy = {name for name, figures in everybody.items() if figures[0]}
        assert busy <= floor.keys() or (len(everybody) > _ROWS_A_PAGE == len(floor)), shown["/floor"]


def _rows(text: str) -> list[str]:
    return text.split("\n")[1:]


def _days(count: int) -> str:
    if count % 10 == 1 and count % 100 != 11:
        return f"{count} день"
    few = count % 10 in (2, 3, 4) and count % 100 not in (12, 13, 14)
    return f"{count} {'дня' if few else 'дней'}"
