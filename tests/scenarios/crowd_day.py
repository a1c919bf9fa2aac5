"""The figures of a day, or of several together, and the lines in which digests and /me must tell them.

As the ledger itself: the portal's raw data and people's presses, none of the bot's code.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from statistics import median

from tests.scenarios.crowd_ledger import Ledger

LASTING = (
    *("Закрыто задач", "С опозданием", "Новых лидов", "Из них с ночи", "Первый звонок измерен", "Первый звонок в срок"),
    *("Звонков", "На связи", "Обещания вовремя", "Обещания поздно", "Обещания сорваны"),
    *("Встреч записано", "Пришли", "Договоры", "Оплаты", "Далёкие сроки"),
)
"""Counts of a day; each deed belongs to one day, so those of several days add up."""
_PAST_US = ("Закрыто в CRM без анкеты", "Стадии руками")
STANDING = ("Осталось", "Просрочено")
_MEDIAN = "Первый звонок, медиана, мин"
_REACHED = ("Встреч записано", "Пришли", "Договоры", "Оплаты")
_IDLE = ["Новых лидов в рабочее время не было", "Обещанных звонков не было", "Задач закрыто 0, осталось 0"]


_MARKS = ("просят не звонить", "просят перезвонить", "подписали и молчат", "просят расторгнуть", "некачественные")
"""In the order in which they are told."""


@dataclass
class Numbers:
    """What a digest is made of.

    Args:
        counts: by column of the file.
        waits: seconds until the first call, of each new client.
        due: meetings whose time has come.
        marks: what is to be looked at, as the digest names it.
        untold: ticked off in the portal and without a result now.
    """

    counts: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    due: int = 0
    marks: Counter[str] = field(default_factory=Counter)
    untold: int = 0

    def __add__(self, other: Numbers) -> Numbers:
        added = [Counter({**one}) for one in (self.counts, self.marks)]
        added[0].update(other.counts)
        added[1].update(other.marks)
        return Numbers(added[0], self.waits + other.waits, self.due + other.due, added[1], self.untold + other.untold)

    @property
    def middle(self) -> float | None:
        """The time in which half of the new clients were called."""
        return median(self.waits) if self.waits else None

    @property
    def is_empty(self) -> bool:
        return not (any(self.counts.values()) or self.waits or self.due or any(self.marks.values()) or self.untold)

    def cells(self) -> dict[str, str]:
        """The columns of the file."""
        middle = "" if self.middle is None else f"{round(self.middle) / 60:.1f}".replace(".", ",")
        return {column: str(self.counts[column]) for column in (*LASTING, *_PAST_US, *STANDING)} | {_MEDIAN: middle}

    def lines(self) -> list[str]:
        """In words."""
        counts = self.counts
        due, look = max(self.due, counts["Пришли"]), ", ".join(self._look())
        late, overdue = counts["С опозданием"], counts["Просрочено"]
        lines = [
            "Записаны {}, пришли {} из {due} · договоры {}, оплаты {}".format(
                *(counts[column] for column in _REACHED), due=due
            ),
            self._first_calls(),
            promises_said(*(counts[f"Обещания {how}"] for how in ("вовремя", "поздно", "сорваны"))),
            f"Задач закрыто {counts['Закрыто задач']}"
            + (f" (с опозданием {late})" if late else "")
            + f", осталось {counts['Осталось']}"
            + (f", из них просрочено {overdue}" if overdue else ""),
        ]
        if counts["Звонков"]:
            lines.append(f"Звонков {counts['Звонков']}, на связи {share_said(counts['На связи'], counts['Звонков'])}")
        if look:
            lines.append(f"Посмотрите: {look}")
        idle = not look and due == 0 and lines[1:] == _IDLE
        is_empty = idle and not any(counts[column] for column in (*_REACHED, "Звонков"))
        return ["Дел и новых лидов не было."] if is_empty else lines

    def _first_calls(self) -> str:
        arrived, night = self.counts["Новых лидов"], self.counts["Из них с ночи"]
        measured = self.counts["Первый звонок измерен"]
        more = f", с ночи {night}" if night else ""
        if not measured:
            by_day = arrived - night
            said = f"Новых лидов {by_day}, о первом звонке судить пока не по чему"
            return (said if by_day else "Новых лидов в рабочее время не было") + more
        usually = f", обычно {minutes_of(self.middle)}" if self.middle is not None else ""
        return f"Первый звонок ≤ 15 мин: {share_said(self.counts['Первый звонок в срок'], measured)}{usually}{more}"

    def _look(self) -> Iterator[str]:
        for words in _MARKS:
            unread = self.marks["без отчёта"] if words == "некачественные" else 0
            inner = f" (без отчёта {unread})" if unread else ""
            if self.marks[words]:
                yield f"{words} {self.marks[words]}{inner}"
        if far := self.counts["Далёкие сроки"]:
            yield f"далёкие сроки {far} (Вахта {far})"
        if closed := self.counts["Закрыто в CRM без анкеты"]:
            yield f"закрыто в CRM без анкеты {closed}" + (f" (без результата {self.untold})" if self.untold else "")
        if moved := self.counts["Стадии руками"]:
            yield f"стадии руками {moved}"


def numbers(ledger: Ledger, user: int | None = None, *, standing: bool = True) -> Numbers:
    """Of the ledger's day, of everybody or of one; `standing`: with what is left at its moment."""
    figures = ledger.figures(user)
    closed, moved = ledger.bypasses(user)
    counts = Counter({column: int(str(figures[column])) for column in LASTING})
    counts.update(dict(zip(_PAST_US, (closed, moved), strict=True)))
    untold = 0
    if standing:
        counts.update({column: int(str(figures[column])) for column in STANDING})
        untold = sum(ledger.is_untold(job) and user in (None, job.holder) for job in ledger.open_jobs)
    return Numbers(counts, list(ledger.waits[user]), _meetings_due(ledger, user), Counter(ledger.marks(user)), untold)


def numbers_of(ledger: Ledger, users: Collection[int] | None, *, standing: bool = True) -> Numbers:
    """Of these CRM users together; None: of everybody."""
    if users is None:
        return numbers(ledger, standing=standing)
    return sum((numbers(ledger, user, standing=standing) for user in users), Numbers())


def _meetings_due(ledger: Ledger, user: int | None) -> int:
    since, until = ledger.span
    return sum(
        job.title == "Встреча"
        and since <= job.deadline < until
        and user in (None, job.holder)
        and job.client not in ledger.tests
        and (job.closed is None or job.closed >= job.deadline)
        for job in ledger.books.jobs
    )


def promises_said(kept: int, late: int, broken: int) -> str:
    if not kept + late + broken:
        return "Обещанных звонков не было"
    rest = f" (поздно {late}, сорваны {broken})" if late or broken else ""
    return f"Обещания вовремя {kept} из {kept + late + broken}{rest}"


def share_said(part: int, whole: int) -> str:
    percent = 100 * part / whole
    shown = 0 if not part else 100 if part == whole else min(max(int(percent + 0.5), 1), 99)
    return f"{shown} % ({part} из {whole})"


def minutes_of(seconds: float) -> str:
    """«12 мин», «1 ч 5 мин», rounded down."""
    minutes = int(seconds // 60)
    if not minutes:
        return "меньше минуты"
    hours, rest = divmod(minutes, 60)
    return " ".join(words for words in (f"{hours} ч" if hours else "", f"{rest} мин" if rest else "") if words)
