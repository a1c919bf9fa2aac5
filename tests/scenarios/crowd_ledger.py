"""What the digest of a day must say, counted anew: from the portal's raw data and from what people say they pressed.

Nothing of the bot's own tables is looked at, and none of its code is called. The definitions are those of
docs/admin-guide.ru.md.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from statistics import median

from tests.scenarios.crowd import Told
from tests.scenarios.crowd_answers import has_time, is_call_back, is_dial, is_held, is_talk, stays_open
from tests.scenarios.crowd_books import DEAL, LEAD, Books, Job, Move
from tests.scenarios.crowd_hours import Roster, closing_before, next_day

Figures = dict[str, object]
_SLACK = timedelta(seconds=59)
"""Between a press and what the portal has of it."""
_PROMISES = {
    "Перезвонить": timedelta(minutes=5),
    "Перезвонить по сделке": timedelta(minutes=5),
    "Перезвонить по договору": timedelta(minutes=5),
    "Перезвонить об оплате": timedelta(minutes=5),
}
_GRACE = _PROMISES | {
    "Обработать лид": timedelta(),
    "Клиент звонил": timedelta(),
    "Попытка дозвониться": timedelta(minutes=90),
    "Написать и позвонить": timedelta(minutes=90),
    "Дозвониться по сделке": timedelta(minutes=90),
    "Дозвониться по договору": timedelta(minutes=90),
    "Дозвониться об оплате": timedelta(minutes=5),
}
"""Working time after the deadline until a task is overdue; of others 15 minutes."""
_FIRST = timedelta(minutes=15)
_LATER = timedelta(minutes=20)
_LIMIT = timedelta(minutes=30)
_CONTRACT, _PAID, _MEETING = ("CONTRACT_SIGNED", "WON"), ("WON",), ("MEETING",)


@dataclass(frozen=True)
class Ledger:
    """A day, as far as it has come.

    Args:
        books: the portal's data at this moment.
        told: what people have pressed, since the floor began.
        closed: tasks that were ticked off in the portal: when, and whose client.
        moved: leads that were moved there by hand, likewise.
        users: name of a person → CRM user.
        opened: when the bot began here.
        calls: when [Звоню] was pressed, for which client and by whom, whatever came of it.
    """

    books: Books
    told: Sequence[Told]
    closed: Sequence[tuple[datetime, str]]
    moved: Sequence[tuple[datetime, str]]
    users: Mapping[str, int]
    opened: datetime
    roster: Roster = field(default_factory=Roster)
    calls: Sequence[tuple[datetime, str, str]] = ()
    evening: datetime | None = None
    """The closing of an earlier day, as far as it is known at the books' moment; None: the day of the books."""
    waits: dict[int | None, list[float]] = field(default_factory=dict)
    """Whose new clients waited how long, in seconds; filled by `first_calls`."""

    @cached_property
    def span(self) -> tuple[datetime, datetime]:
        end = self.evening or self.books.at
        return closing_before(end), end

    @cached_property
    def tests(self) -> set[str]:
        return {one.client for one in self.books.records if one.entity == LEAD and one.stage == "TEST" and one.client}

    @cached_property
    def counted(self) -> list[Told]:
        """Of this day, without test leads and what was taken back."""
        return [
            one for one in self.told if not one.undone and one.client not in self.tests and self.within(one.recorded_at)
        ]

    @cached_property
    def told_of(self) -> Mapping[str, list[Told]]:
        """By client, in their order."""
        found: dict[str, list[Told]] = defaultdict(list)
        for one in self.told:
            found[one.client].append(one)
        return found

    @cached_property
    def jobs_of(self) -> Mapping[str, list[Job]]:
        """By client, in their order."""
        found: dict[str, list[Job]] = defaultdict(list)
        for job in self.books.jobs:
            found[job.client].append(job)
        return found

    def within(self, moment: datetime) -> bool:
        return self.span[0] <= moment <= self.span[1] and moment != self.evening

    # Tasks --------------------------------------------------------------------------------------------------------

    @cached_property
    def ended(self) -> list[Told]:
        """What has ended a task."""
        return [one for one in self.counted if not stays_open(one)]

    def job_of(self, told: Told) -> Job | None:
        """The task that this ended: of the client's, the one that the portal has closed then."""
        shut = [
            job
            for job in self.jobs_of[told.client]
            if job.closed is not None and abs(job.closed - told.recorded_at) <= _SLACK
        ]
        return next((job for job in shut if job.created < told.recorded_at), None)

    def overdue_at(self, job: Job, *, called: bool = True) -> datetime:
        """When the task is overdue; a call on it counts if `called`. While he is absent who has it, it waits."""
        at = self._planned_at(job, called=called)
        return at if job.closed is not None else self.roster.not_absent(job.holder, at)

    def _planned_at(self, job: Job, *, called: bool) -> datetime:
        if job.title == "Встреча":
            return self.roster.of(job.holder).after(self._asked_at(job), _FIRST)
        hours = self.roster.of(job.holder)
        at = hours.after(job.deadline, _GRACE.get(job.title, _FIRST))
        if job.created < self.opened:  # what was open before us is not late on its first day
            at = max(at, next_day(self.opened).replace(hour=hours.opens))
        calls = [at for at, client, _ in self.calls if client == job.client]
        if called and any(job.created <= call and (job.closed is None or call <= job.closed) for call in calls):
            # Somebody is on the phone: only the stage's own limit counts.
            return (
                max(at, hours.after(self.roster.asked_from(job.client, job.created, job.holder), _LIMIT))
                if job.title == "Обработать лид"
                else datetime.max.replace(tzinfo=at.tzinfo)
            )
        return at

    def _asked_at(self, job: Job) -> datetime:
        """When it is asked what came of a meeting; a client who is late puts that off, and so does one who is there."""
        here = [
            one
            for one in self.told_of[job.client]
            if not one.undone and one.at > job.created and (job.closed is None or one.at <= job.closed)
        ]
        late = [one.at for one in here if one.steps[0] == "Опаздывает"]
        if any(one.steps[0] == "Пришёл" for one in here):
            return job.deadline + timedelta(minutes=60) + len(late) * _LATER  # it ends as much later
        return late[-1] + _LATER if late else job.deadline + timedelta(minutes=15)

    def answers(self, told: Told, job: Job) -> bool:
        """Whether this is the task's result: it ended it, or told what came of it after it was ticked off."""
        found = self.job_of(told)
        if found is not None:
            return found is job
        if job.closed is None or job.closed > told.recorded_at:
            return False
        return any(client == job.client and abs(job.closed - at) <= _SLACK for at, client in self.closed)

    def called_at(self, told: Told) -> datetime:
        """When it was: a call whose task was ticked off in the portal was made before that."""
        at = told.called_at or told.recorded_at
        ticked = [moment for moment, client in self.closed if client == told.client and moment < at]
        return max(ticked) if ticked and self.job_of(told) is None else at

    def happened_at(self, told: Told) -> datetime:
        """A call that was ticked off in the portal was made by then; others when they are told of."""
        at = self.called_at(told)
        return told.recorded_at if at == told.called_at else at

    def is_late(self, told: Told) -> bool:
        """It was overdue by then; what was ticked off in the portal is overdue until its result is told."""
        job = self.job_of(told)
        if job is not None:
            begun = told.called_at is not None and self.overdue_at(job, called=False) < told.called_at
            return begun or self.overdue_at(job) <= told.recorded_at
        return any(client == told.client and at < told.recorded_at for at, client in self.closed)

    @cached_property
    def open_jobs(self) -> list[Job]:
        """Due by the end of the day; what was ticked off in the portal is open until its result is told."""
        midnight = self.books.at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        return [
            job
            for job in self.books.jobs
            if job.deadline < midnight and job.client not in self.tests and (job.closed is None or self.is_untold(job))
        ]

    def is_untold(self, job: Job) -> bool:
        """It was ticked off in the portal, and nobody has said since what came of it."""
        ticked = [at for at, client in self.closed if client == job.client]
        if job.closed is None or not any(abs(job.closed - at) <= _SLACK for at in ticked):
            return False
        return not any(one.at > job.closed for one in self.told_of[job.client])

    # Figures ------------------------------------------------------------------------------------------------------

    def figures(self, user: int | None = None) -> Figures:
        """All columns of the week's file for this day, of everybody or of one."""

        def mine(told: Iterable[Told]) -> list[Told]:
            return [one for one in told if user is None or self.users[one.who] == user]

        ended = mine(self.ended)
        jobs = [job for job in self.open_jobs if user is None or job.holder == user]
        late = [one for one in ended if self.is_late(one)]
        dials = [one for one in mine(self.counted) if is_dial(one)]
        promises = self.promises(user)
        return {
            "Закрыто задач": len(ended),
            "С опозданием": len(late),
            "Осталось": len(jobs),
            "Просрочено": sum(self.is_untold(job) or self.overdue_at(job) <= self.books.at for job in jobs),
            **self.first_calls(user),
            "Звонков": len(dials),
            "На связи": sum(map(is_talk, dials)),
            "Обещания вовремя": promises["kept"],
            "Обещания поздно": promises["late"],
            "Обещания сорваны": promises["broken"],
            **self.milestones(user),
            "Далёкие сроки": len([one for one in mine(self.counted) if "Вахта" in one.steps]),
            **(self.past_us() if user is None else {}),
        }

    def past_us(self) -> Figures:
        """What was done in the portal past the questionnaires."""
        closed, moved = self.bypasses()
        return {"Закрыто в CRM без анкеты": closed, "Стадии руками": moved}

    def bypasses(self, user: int | None = None, since: datetime | None = None) -> tuple[int, int]:
        """Tasks ticked off and leads moved since then, by default in this day, of everybody or of one."""

        def count(rows: Sequence[tuple[datetime, str]]) -> int:
            kept = [one for one in rows if (self.within(one[0]) if since is None else one[0] >= since)]
            return sum(client not in self.tests and user in (None, self.holder(client, at)) for at, client in kept)

        return count(self.closed), count(self.moved)

    def holder(self, client: str, at: datetime) -> int:
        """Whose turn it was with this client then."""
        jobs = [job for job in self.jobs_of[client] if job.created <= at + _SLACK]
        shut = [job for job in jobs if job.closed is not None and abs(job.closed - at) <= _SLACK]
        return (shut or jobs)[-1].holder

    @cached_property
    def touched(self) -> dict[str, tuple[datetime, str]]:
        """By client: when somebody first called, and who. [Звоню] is a call even if what was answered is taken back."""
        first: dict[str, tuple[datetime, str]] = {}
        for one in self.told:
            if is_dial(one) and one.client and (not one.undone or one.called_at is not None):
                first.setdefault(one.client, (self.called_at(one), one.who))
        for at, client, who in self.calls:  # of some nothing is told yet
            first.setdefault(client, (at, who))
        return first

    def first_calls(self, user: int | None) -> Figures:
        first = {job.client: job.holder for job in self.books.jobs if job.title == "Обработать лид"}
        open_now = {job.client: job.holder for job in self.books.jobs if job.closed is None or self.is_untold(job)}
        whose = first | open_now
        arrived, night, measured, waits = 0, 0, 0, list[float]()
        for lead in self.books.records:
            if lead.entity != LEAD or not lead.client or lead.client in self.tests or not self.within(lead.created):
                continue
            touch = self.touched.get(lead.client)
            if user is not None and (self.users[touch[1]] if touch else whose.get(lead.client, lead.owner)) != user:
                continue
            arrived += 1
            own = self.users[touch[1]] if touch else whose.get(lead.client, lead.owner)
            if not self.roster.is_asked(lead.client, lead.created, own):
                night += 1
                continue
            if lead.source == "BDT":
                continue
            moved = min((at for at, client in self.moved if client == lead.client), default=self.books.at)
            hours = self.roster.of(own)
            waiting = hours.between(lead.created, moved) > _FIRST
            if touch is not None:
                waits.append(hours.between(lead.created, touch[0]).total_seconds())
            measured += touch is not None or waiting
        middle = f"{round(median(waits)) / 60:.1f}".replace(".", ",") if waits else ""
        self.waits[user] = waits
        return {
            "Новых лидов": arrived,
            "Из них с ночи": night,
            "Первый звонок измерен": measured,
            "Первый звонок в срок": sum(wait <= _FIRST.total_seconds() for wait in waits),
            "Первый звонок, медиана, мин": middle,
        }

    def promises(self, user: int | None) -> Counter[str]:
        return Counter(how for whose, how in self._promises if user in (None, whose))

    @cached_property
    def _promises(self) -> list[tuple[int, str]]:
        """Whose promise, and what became of it in this day."""
        found: list[tuple[int, str]] = []
        for job in self.books.jobs:
            if job.client in self.tests or not self.is_promise(job):
                continue
            at = self.roster.of(job.holder).after(job.deadline, _PROMISES[job.title])
            if job.closed is not None and self.is_untold(job):
                at = min(at, job.closed)  # what was ticked off in the portal is overdue until its result is told
            ends = [one for one in self._ended_of[job.client] if self.answers(one, job)]
            if ends:
                met = ends[0].called_at or min(ends[0].recorded_at, job.closed or ends[0].recorded_at)
                found.append((self.users[ends[0].who], "kept" if met <= at else "late"))
            elif self.span[0] <= at < self.span[1] and (
                job.closed is None or (job.closed >= at and self.within(job.closed))
            ):
                found.append((job.holder, "broken"))
        return found

    @cached_property
    def _ended_of(self) -> Mapping[str, list[Told]]:
        found: dict[str, list[Told]] = defaultdict(list)
        for one in self.ended:
            found[one.client].append(one)
        return found

    def is_undone(self, move: Move) -> bool:
        """Whether it came of an answer that was taken back."""
        said = [one for one in self.told_of[move.client] if abs(one.at - move.at) <= _SLACK]
        return bool(said) and all(one.undone for one in said)

    def is_promise(self, job: Job) -> bool:
        """A call for which the client was told this minute: it was set by an answer with a time."""
        if job.title not in _PROMISES:
            return False
        made = [one for one in self.told_of[job.client] if abs(one.at - job.created) <= _SLACK]
        return any(not one.undone and "Время не назвал" not in one.steps and has_time(one) for one in made)

    def milestones(self, user: int | None) -> Figures:
        owner = {(one.entity, one.number): one.owner for one in self.books.records}
        client_of = {one.number: one.client for one in self.books.records if one.entity == DEAL}

        def whose(deal: int, at: datetime) -> int:
            """Of him who has said so, whoever has the deal by now."""
            said = [one for one in self.told_of[client_of[deal]] if abs(one.at - at) <= _SLACK]
            return self.users[said[-1].who] if said else owner[DEAL, deal]

        def reached(stages: Sequence[str], *, once: bool) -> list[tuple[datetime, str, int]]:
            """When, by which client, and whose it is; `once`: in the client's life, otherwise once a day."""
            seen: dict[int, datetime] = {}
            for move in self.books.moves:
                counts = move.entity == DEAL and move.stage in stages and move.client and (once or self.within(move.at))
                if counts and not self.is_undone(move):
                    seen.setdefault(move.number, move.at)
            return [(at, client_of[deal], whose(deal, at)) for deal, at in seen.items() if self.within(at)]

        def said(holds: Callable[[Told], bool]) -> list[tuple[datetime, str, int]]:
            return [(one.at, one.client, self.users[one.who]) for one in self.counted if holds(one)]

        def count(found: Iterable[tuple[datetime, str, int]]) -> int:
            """Each client once, and his who was first."""
            first = {client: by for _, client, by in sorted(found, reverse=True)}
            return sum(user in (None, by) for by in first.values())

        return {
            "Встреч записано": count(
                [*reached(_MEETING, once=False), *said(lambda one: "Повторная встреча" in one.steps)]
            ),
            "Пришли": count(said(is_held)),
            "Договоры": count(reached(_CONTRACT, once=True)),
            "Оплаты": count(reached(_PAID, once=True)),
        }

    def _is_silence_after_signing(self, one: Told) -> bool:
        """A missed call with which the deal is, or stays, where nobody who has signed answers any more."""
        path = [move for move in self.books.moves if move.entity == DEAL and move.client == one.client]
        stages = [move.stage for move in path if move.at <= one.recorded_at + _SLACK]
        return "Не дозвонился" in one.steps and stages[-1:] == ["PAYMENT_NO_CONTACT"]

    # Lines of the digest ------------------------------------------------------------------------------------------

    def marks(self, user: int | None = None) -> dict[str, int]:
        """What is to be looked at: as the digest names it."""
        ends: list[tuple[str, Callable[[Told], bool]]] = [
            ("просят перезвонить", lambda one: is_call_back(one)),
            ("без отчёта", lambda one: "Мала со слов клиента" in one.steps),
            ("просят не звонить", lambda one: "Не звонить и не писать" in one.steps),
            ("подписали и молчат", self._is_silence_after_signing),
            ("просят расторгнуть", lambda one: "Просит расторгнуть" in one.steps),
        ]
        told = [one for one in self.counted if user is None or self.users[one.who] == user]
        found = {words: sum(map(holds, told)) for words, holds in ends}
        junk = [move for move in self.books.moves if move.stage == "JUNK" and move.client and self.within(move.at)]
        mine = [move for move in junk if user in (None, self.holder(move.client, move.at))]
        found["некачественные"] = len([move for move in mine if move.client not in self.tests])
        return {words: count for words, count in found.items() if count}
