"""What digests, /me and the supervisors' live views must say, word for word, from what the ledger counts.

As the ledger itself: the portal's raw data and people's presses, none of the bot's code.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from tests.scenarios.crowd import FULL
from tests.scenarios.crowd_books import DEAL, LEAD, Job, Move, Record
from tests.scenarios.crowd_day import numbers, numbers_of
from tests.scenarios.crowd_hours import next_day
from tests.scenarios.crowd_ledger import Ledger
from tests.scenarios.crowd_overload import Overload, overload

_DAYS = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")
_UNPAID = ("CONTRACT_SIGNED", "PAYMENT_NO_CONTACT")
_DAY = timedelta(days=1)
_SATURDAY = 5
_LIMITS = {(LEAD, "NEW"): timedelta(minutes=30), (DEAL, "NEW"): timedelta(minutes=10)}
_FLOOR_ROW = re.compile(r"(.+) – сегодня (\d+), просрочено (\d+)(?: \(.+\))?, сделано (\d+)")
_ROWS_A_PAGE = 10
_CLIENT = re.compile(r"Клиент\d{4}")


@dataclass(frozen=True)
class Views:
    """What the screens must say at the ledger's moment.

    Args:
        ledger: what is known.
        names: CRM user → how people are called.
        sees: CRM users of whose work is told; None: of everybody's.
        managers: CRM users whose days are looked at in the morning.
        workload: percent of their time that goes into tasks.
    """

    ledger: Ledger
    names: Mapping[int, str]
    sees: Collection[int] | None = None
    managers: Collection[int] = ()
    workload: int = FULL

    # The day in words ---------------------------------------------------------------------------------------------

    def body(self, user: int | None = None) -> list[str]:
        """The lines of a day, of those who are seen or of one."""
        return (numbers(self.ledger, user) if user is not None else numbers_of(self.ledger, self.sees)).lines()

    def evening(self) -> list[str]:
        """The lines of the evening's digest below its head."""
        day = next_day(self.ledger.books.at)
        coming = sum(
            job.title == "Встреча" and day <= job.deadline < day + _DAY and self._is_seen(job.holder)
            for job in self.ledger.books.jobs
            if job.closed is None or job.closed >= job.deadline
        )
        return [*self.body(), *([f"На {_DAYS[day.weekday()]} {day:%d.%m} встреч {coming}"] if coming else [])]

    # The morning --------------------------------------------------------------------------------------------------

    def morning(self) -> list[str]:
        """The lines of the morning's digest below its head."""
        now, jobs = self.ledger.books.at, self.jobs
        night = numbers_of(self.ledger, self.sees).counts["Из них с ночи"]
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
            f"не поместятся {self.overload.over.total()}": self.overload.over.total(),
        }
        people = Counter(self.names[job.holder] for job in jobs)
        rows = [head, " · ".join(words for words, number in parts.items() if number)]
        return [row for row in (*rows, " · ".join(f"{name} {people[name]}" for name in sorted(people))) if row]

    def _is_seen(self, user: int) -> bool:
        return self.sees is None or user in self.sees

    @cached_property
    def jobs(self) -> list[Job]:
        """Due by the end of the day."""
        return [job for job in self.ledger.open_jobs if self._is_seen(job.holder)]

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
            if record.entity == DEAL and record.stage in _UNPAID and self._is_seen(record.owner):
                moves = self._moves(record)
                since = next((move.at for move in moves if move.stage in _UNPAID), moves[-1].at)
                found.append((self.ledger.books.at.date() - since.date()).days)
        return found

    def _moves(self, record: Record) -> list[Move]:
        return [one for one in self.ledger.books.moves if (one.entity, one.number) == (record.entity, record.number)]

    @cached_property
    def overload(self) -> Overload:
        """What the day does not hold."""
        managers = [user for user in self.managers if self._is_seen(user)]
        return overload(self.ledger, self.jobs, managers, self.workload)

    # Live views ---------------------------------------------------------------------------------------------------

    def _bypassed(self, since: datetime) -> list[str]:
        """Whose task was ticked off or whose stage was moved in the portal."""
        ledger = self.ledger
        return [
            client
            for at, client in (*ledger.closed, *ledger.moved)
            if at >= since and client not in ledger.tests and self._is_seen(ledger.holder(client, at))
        ]

    def _listed(self, text: str, clients: Sequence[str]) -> None:
        """The rows of a page are of these clients, as many as there are and as it holds."""
        rows = _CLIENT.findall(text)
        assert len(rows) == min(len(clients), _ROWS_A_PAGE), (text, clients)
        assert not Counter(rows) - Counter(clients), (text, clients)

    @cached_property
    def promised(self) -> list[tuple[str, str]]:
        """Who waits for a promised call today: client and whose, the earliest first."""
        jobs = sorted(self.jobs, key=lambda job: job.deadline)
        return [(job.client, self.names[job.holder]) for job in jobs if self.ledger.is_promise(job)]

    def stuck(self) -> list[str]:
        """Who stands in a stage longer than a lead or deal may be there untouched."""
        return [one.client for one in self.ledger.books.records if self._is_stuck(one)]

    def _is_stuck(self, record: Record) -> bool:
        limit, roster = _LIMITS.get((record.entity, record.stage)), self.ledger.roster
        if limit is None or record.created < self.ledger.opened:
            return False
        if record.entity == LEAD and record.source == "BDT":  # of its deals the stages' limits count
            return False
        since, hours = record.created, roster.of(record.owner)
        if record.entity == LEAD:
            since = roster.asked_from(record.client, since, record.owner)
        whose = [job.holder for job in self.jobs_of(record) if job.closed is None] or [record.owner]
        return self._is_seen(whose[-1]) and hours.after(since, limit) <= self.ledger.books.at

    def jobs_of(self, record: Record) -> list[Job]:
        """Its tasks, in their order."""
        link = f"{'L' if record.entity == LEAD else 'D'}_{record.number}"
        return [job for job in self.ledger.books.jobs if job.link == link]

    def floor(self) -> dict[str, tuple[int, int, int]]:
        """Of everybody who has a task or is a manager: today, overdue, done."""
        found = {}
        for user, name in self.names.items():
            if not self._is_seen(user):
                continue
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
        whole = numbers_of(self.ledger, self.sees).counts
        counts = [str(whole[f"Обещания {how}"]) for how in ("вовремя", "поздно", "сорваны")]
        head, *rows = shown["/promises"].split("\n")
        wanted = "Обещанные звонки: вовремя {}, поздно {}, сорваны {}".format(*counts)
        assert head == wanted, f"the screen: {head}; the portal: {wanted}"
        listed = [row for row in rows if " – " in row]
        assert len(listed) == min(len(self.promised), _ROWS_A_PAGE)
        assert all(any(client in row and who in row for client, who in self.promised) for row in listed)
        since = self.ledger.books.at - 7 * _DAY
        everybody = [None] if self.sees is None else self.sees
        bypassed = sum(sum(self.ledger.bypasses(user, since)) for user in everybody)
        assert shown["/bypasses"].startswith(f"Мимо анкет за семь дней: {bypassed}\n"), shown["/bypasses"]
        assert shown["/stuck"].startswith(f"Застряли: {len(self.stuck())}, ничьих: 0"), (shown["/stuck"], self.stuck())
        self._listed(shown["/stuck"], self.stuck())
        self._listed(shown["/bypasses"], self._bypassed(since))
        found = filter(None, map(_FLOOR_ROW.match, _rows(shown["/floor"])))
        floor = {row[1]: tuple(map(int, row.groups()[1:])) for row in found}
        meant = self.floor()
        assert floor == {name: meant[name] for name in floor}
        busy = {name for name, figures in meant.items() if figures[0]}
        assert busy <= floor.keys() or (len(meant) > _ROWS_A_PAGE == len(floor)), shown["/floor"]


def _rows(text: str) -> list[str]:
    return text.split("\n")[1:]


def _days(count: int) -> str:
    if count % 10 == 1 and count % 100 != 11:
        return f"{count} день"
    few = count % 10 in (2, 3, 4) and count % 100 not in (12, 13, 14)
    return f"{count} {'дня' if few else 'дней'}"
