"""What digests, /me and the supervisors' live views must say, word for word, from what the ledger counts.

As the ledger itself: the portal's raw data and people's presses, none of the bot's code.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from math import ceil

from tests.scenarios.crowd import Told
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
from tests.scenarios.crowd_ledger import Ledger

_DAYS = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")
_UNPAID = ("CONTRACT_SIGNED", "PAYMENT_NO_CONTACT")
_DAY = timedelta(days=1)
_TAKES, _MEETING = timedelta(minutes=5), timedelta(minutes=60)
_ROOM = timedelta(hours=10) * 85 / 100
_LIMITS = {(LEAD, "NEW"): timedelta(minutes=30), (DEAL, "NEW"): timedelta(minutes=10)}
_FLOOR_ROW = re.compile(r"(.+) – сегодня (\d+), просрочено (\d+)(?: \(.+\))?, сделано (\d+)")
_ROWS_A_PAGE = 10


Count = Callable[[str], int]


@dataclass(frozen=True)
class Views:
    """What the screens must say at the ledger's moment; `names`: CRM user → how people are called."""

    ledger: Ledger
    names: Mapping[int, str]

    # The day in words ---------------------------------------------------------------------------------------------

    def body(self, user: int | None = None) -> list[str]:
        """The lines of a day, of everybody or of one."""
        found = self.ledger.figures(user)

        def count(column: str) -> int:
            return int(str(found[column]))

        due = max(self._meetings_due(user), count("Пришли"))
        look = ", ".join(self._look(user))
        late, overdue = count("С опозданием"), count("Просрочено")
        lines = [
            "Записаны {}, пришли {} из {due} · договоры {}, оплаты {}".format(*map(count, _REACHED), due=due),
            self._first_calls(user, count),
            _promises(*(count(f"Обещания {how}") for how in ("вовремя", "поздно", "сорваны"))),
            f"Задач закрыто {count('Закрыто задач')}"
            + (f" (с опозданием {late})" if late else "")
            + f", осталось {count('Осталось')}"
            + (f", из них просрочено {overdue}" if overdue else ""),
        ]
        if count("Звонков"):
            lines.append(f"Звонков {count('Звонков')}, на связи {_share(count('На связи'), count('Звонков'))}")
        if look:
            lines.append(f"Посмотрите: {look}")
        is_empty = not look and due == 0 and lines[1:] == _IDLE and not any(map(count, (*_REACHED, "Звонков")))
        return ["Дел и новых лидов не было."] if is_empty else lines

    def evening(self) -> list[str]:
        """The lines of the evening's digest below its head."""
        coming = self.ledger.meetings_next
        day = next_day(self.ledger.books.at)
        return [*self.body(), *([f"На {_DAYS[day.weekday()]} {day:%d.%m} встреч {coming}"] if coming else [])]

    def _first_calls(self, user: int | None, count: Count) -> str:
        arrived, night, measured = map(count, ("Новых лидов", "Из них с ночи", "Первый звонок измерен"))
        more = f", с ночи {night}" if night else ""
        if not measured:
            by_day = arrived - night
            said = f"Новых лидов {by_day}, о первом звонке судить пока не по чему"
            return (said if by_day else "Новых лидов в рабочее время не было") + more
        middle = self.ledger.middles[user]
        usually = f", обычно {minutes_of(middle)}" if middle is not None else ""
        return f"Первый звонок ≤ 15 мин: {_share(count('Первый звонок в срок'), measured)}{usually}{more}"

    def _meetings_due(self, user: int | None) -> int:
        since, until = self.ledger.span
        return sum(
            job.title == "Встреча"
            and since <= job.deadline < until
            and user in (None, job.holder)
            and job.client not in self.ledger.tests
            and (job.closed is None or job.closed >= job.deadline)
            for job in self.ledger.books.jobs
        )

    def _look(self, user: int | None) -> Iterator[str]:
        marks = self.ledger.marks(user)
        for words in ("просят не звонить", "просят перезвонить", "некачественные"):
            unread = marks.get("без отчёта") if words == "некачественные" else None
            inner = f" (без отчёта {unread})" if unread else ""
            if words in marks:
                yield f"{words} {marks[words]}{inner}"
        far = [one for one in self.ledger.counted if "Вахта" in one.steps and self._is_his(one, user)]
        if far:
            yield f"далёкие сроки {len(far)} (Вахта {len(far)})"
        closed, moved = self.ledger.bypasses(user)
        if closed:
            untold = sum(self.ledger.is_untold(job) and user in (None, job.holder) for job in self.ledger.open_jobs)
            yield f"закрыто в CRM без анкеты {closed}" + (f" (без результата {untold})" if untold else "")
        if moved:
            yield f"стадии руками {moved}"

    def _is_his(self, told: Told, user: int | None) -> bool:
        return user is None or self.ledger.users[told.who] == user

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
        """Whose turn it is tomorrow."""
        midnight = self.ledger.books.at.replace(hour=0, minute=0, second=0, microsecond=0) + _DAY
        jobs = (job for job in self.ledger.books.jobs if midnight <= job.deadline < midnight + _DAY)
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


_IDLE = ["Новых лидов в рабочее время не было", "Обещанных звонков не было", "Задач закрыто 0, осталось 0"]
_REACHED = ("Встреч записано", "Пришли", "Договоры", "Оплаты")


def _rows(text: str) -> list[str]:
    return text.split("\n")[1:]


def _share(part: int, whole: int) -> str:
    percent = 100 * part / whole
    shown = 0 if not part else 100 if part == whole else min(max(int(percent + 0.5), 1), 99)
    return f"{shown} % ({part} из {whole})"


def _promises(kept: int, late: int, broken: int) -> str:
    if not kept + late + broken:
        return "Обещанных звонков не было"
    rest = f" (поздно {late}, сорваны {broken})" if late or broken else ""
    return f"Обещания вовремя {kept} из {kept + late + broken}{rest}"


def _days(count: int) -> str:
    if count % 10 == 1 and count % 100 != 11:
        return f"{count} день"
    few = count % 10 in (2, 3, 4) and count % 100 not in (12, 13, 14)
    return f"{count} {'дня' if few else 'дней'}"


def minutes_of(seconds: float) -> str:
    """«12 мин», «1 ч 5 мин», rounded down."""
    minutes = int(seconds // 60)
    if not minutes:
        return "меньше минуты"
    hours, rest = divmod(minutes, 60)
    return " ".join(words for words in (f"{hours} ч" if hours else "", f"{rest} мин" if rest else "") if words)
