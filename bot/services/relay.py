"""The way out to the CRM: what waits in the queues is delivered in order, each write exactly once.

Round after round: the due heads of all queues are looked up where needed in one batch, written in another, and their
results stored in one transaction. A write is repeated until the portal has taken or refused it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.crm import inbox, send
from bot.crm.activities import MEETING_MOVES
from bot.crm.answers import TOO_LONG
from bot.crm.client import BATCH, CrmClient
from bot.crm.commands import Command, Outcome, Result
from bot.crm.errors import CrmAmbiguous, CrmError, CrmForbidden, CrmPaced, CrmRejected, CrmUnavailable
from bot.db.session import Database
from bot.errors import FileAway
from bot.services.intents import Happened, Intent, Linked, Reply
from bot.services.library import Library
from bot.services.mappers import Mappers
from bot.services.relay_files import ADD_FILE, Fetches, FileCarrier
from bot.services.relay_rows import Done, End, Job, Later, Parked, claim, next_due, write_down

log = logging.getLogger(__name__)

Applies = Callable[[Intent], Awaitable[Reply]]
Tells = Callable[[int, str], Awaitable[None]]

_FIRST_PAUSE = 5.0
_LONGEST_PAUSE = 60.0
_DOUBLINGS = 4
_JITTER_STEPS = 7
_ROUND_ROOM = timedelta(seconds=2)
"""After a full bucket: a round asks before it writes, so with room for one request the write never gets its turn."""


@dataclass(slots=True)
class _Round:
    """What one round has found out, by row id."""

    ends: dict[int, End] = field(default_factory=dict)
    commands: dict[int, Command] = field(default_factory=dict)


class Relay:
    """See the module.

    Args:
        database: where the queues are.
        clock: all waiting is on it.
        client: the portal.
        library: the playbook versions that cases run on.
        apply: told of leads and deals that the portal has made, so that cards show their link.
        on_parked: told of a refused write: the case, and a sentence for a person.
        fetch: gives the bytes of a file that a person has sent.
        mappers: the versions in the portal's codes, shared with the intake; by default its own.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        client: CrmClient,
        library: Library,
        apply: Applies,
        *,
        on_parked: Tells,
        fetch: Fetches,
        mappers: Mappers | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._client = client
        self._mappers = mappers or Mappers(client, library)
        self._carrier = FileCarrier(database, client, self._mappers, fetch)
        self._apply = apply
        self._on_parked = on_parked
        self._retry_at: datetime | None = None
        self._failures = 0
        self._forbidden = False
        self._turn = asyncio.Lock()

    async def deliver_due(self) -> int:
        """Deliver what is due, round after round, until nothing is; returns how many writes the portal took."""
        delivered = 0
        async with self._turn:
            while not self._waiting():
                # While the portal is away one write asks whether it is back.
                jobs = await claim(self._database, self._clock.now(), 1 if self._failures else BATCH)
                if not jobs:
                    break
                files = [job for job in jobs if job.row.op == ADD_FILE]
                plain = [job for job in jobs if job.row.op != ADD_FILE]
                if plain:
                    ends = await self._round(plain)
                    await write_down(self._database, ends, self._clock.now())
                    delivered += sum(isinstance(end, Done) for end in ends)
                    await self._tell(ends)
                if files and not self._waiting():
                    delivered += await self._carry(files[0])  # one at a time: everybody's short writes go between them
        return delivered

    async def _carry(self, job: Job) -> int:
        """Deliver one file; returns how many writes the portal took."""
        told: Happened | None = None
        try:
            end, told = await self._carrier.carry(job)
        except FileAway as error:
            pause = _pause(min(job.row.tries, _DOUBLINGS), job.row.id)
            end = Later(job, self._clock.now() + pause, str(error), unsure=False, alone=True)
        except CrmError as error:
            end = self._failed(job, error, sent=False)
            if isinstance(end, Parked):
                end, told = self._carrier.refused(job, str(error))
        ends = self._mind([end])
        await write_down(self._database, ends, self._clock.now())
        await self._tell(ends)
        if told is not None:
            await self._apply(told)
        return int(isinstance(end, Done))

    async def next_due(self) -> datetime | None:
        """When there is something to do next; None: the queues are empty."""
        moment = await next_due(self._database)
        if moment is None or self._retry_at is None:
            return moment
        return max(moment, self._retry_at)

    def _waiting(self) -> bool:
        return self._retry_at is not None and self._clock.now() < self._retry_at

    async def _round(self, jobs: Sequence[Job]) -> list[End]:
        this = _Round()
        try:
            await self._mappers.ready(job.playbook for job in jobs)
            await self._prepare(jobs, this)
            await self._act(jobs, this)
        except CrmError as error:
            for job in jobs:
                this.ends.setdefault(job.row.id, self._failed(job, error, sent=False))
        return self._mind([this.ends[job.row.id] for job in jobs])

    # Looking ------------------------------------------------------------------------------------------------------

    async def _prepare(self, jobs: Sequence[Job], this: _Round) -> None:
        """Look before writing; what turns out to be done is done, the rest has its command."""
        probes: dict[str, Command] = {}
        for job in jobs:
            probes |= {f"r{job.row.id}_{name}": probe for name, probe in _probes(job).items()}
        outcomes = await self._client.batch(probes) if probes else {}
        for job in jobs:
            mine = f"r{job.row.id}_"
            answers: dict[str, object] = {}
            for key, outcome in outcomes.items():
                if not key.startswith(mine):
                    continue
                if isinstance(outcome, Result):
                    answers[key.removeprefix(mine)] = outcome.value
                elif not (isinstance(outcome, CrmRejected) and key == f"{mine}lead"):
                    this.ends[job.row.id] = self._failed(job, outcome, sent=False)
            if job.row.id not in this.ends:
                await self._decide(job, answers, this)

    async def _decide(self, job: Job, answers: Mapping[str, object], this: _Round) -> None:
        row, to = job.row, job.to
        made = send.found(row.op, row.body, to, answers["made"]) if "made" in answers else None
        if made is None and row.op == "contact":
            made = send.known_contact(answers)
        elif row.op == "lead":
            to = replace(to, contact_id=send.known_contact(answers))
        if made is not None:
            this.ends[row.id] = Done(job, made)
            return
        try:
            if row.op == "add_phone":
                command = await self._phone_command(job, answers["phone"])
            else:
                command = send.command(self._mappers[job.playbook], row.op, row.body, to)
        except CrmError as error:
            this.ends[row.id] = self._failed(job, error, sent=False)
        except (KeyError, ValueError, TypeError) as error:
            log.exception("row %s cannot be written", row.key)
            this.ends[row.id] = Parked(job, f"Запись не собрать: {type(error).__name__} {error}")
        else:
            if command is None:
                this.ends[row.id] = Done(job)
            else:
                this.commands[row.id] = command

    async def _phone_command(self, job: Job, answer: object) -> Command | None:
        """The write of one more number; of a deal it goes to the contact.

        Raises:
            CrmError: the contact could not be read.
        """
        phone = str(job.row.body["phone"])
        owner = send.phone_owner(job.to, answer)
        if owner is None:
            return None
        kind, crm_id = owner
        if kind == "contact":
            answer = await self._client.call("crm.item.get", inbox.item(kind, crm_id).params)
        return send.add_phone(kind, crm_id, phone, answer)

    # Writing ------------------------------------------------------------------------------------------------------

    async def _act(self, jobs: Sequence[Job], this: _Round) -> None:
        if not this.commands:
            return
        outcomes = await self._client.batch({f"r{row}": command for row, command in this.commands.items()})
        refused: list[Job] = []
        for job in jobs:
            outcome = outcomes.get(f"r{job.row.id}")
            if outcome is None:
                continue
            if isinstance(outcome, CrmRejected) and job.row.op in send.TASK_MOVES | MEETING_MOVES:
                refused.append(job)
            this.ends[job.row.id] = self._end(job, outcome)
        if refused:
            await self._look_again(refused, this)

    async def _look_again(self, refused: Sequence[Job], this: _Round) -> None:
        """A refused write to a task or activity may be needless: it is completed already, or deleted."""
        looks = await self._client.batch({f"r{job.row.id}": send.state_probe(job.row.op, job.to) for job in refused})
        for job in refused:
            outcome = looks[f"r{job.row.id}"]
            if isinstance(outcome, Result):
                if send.settled(job.row.op, outcome.value):
                    this.ends[job.row.id] = Done(job)
            elif not isinstance(outcome, CrmRejected):
                this.ends[job.row.id] = self._failed(job, outcome, sent=False)

    def _end(self, job: Job, outcome: Outcome) -> End:
        if isinstance(outcome, CrmError):
            return self._failed(job, outcome, sent=True)
        if job.row.op not in send.CREATES:
            return Done(job)
        made = send.made(job.row.op, outcome.value)
        if made is None:
            return self._failed(job, CrmAmbiguous("NO_ID", "the answer holds no id"), sent=True)
        return Done(job, made)

    # Failing ------------------------------------------------------------------------------------------------------

    def _failed(self, job: Job, error: CrmError, *, sent: bool) -> End:
        """What becomes of a row that met an error. `sent`: it was the write itself, not a look before it."""
        if isinstance(error, CrmRejected):
            return Parked(job, str(error))
        unsure = job.row.op in send.CREATES and (not job.fresh or (sent and isinstance(error, CrmAmbiguous)))
        if sent and job.row.op in send.CREATES and not isinstance(error, CrmAmbiguous):
            unsure = False  # what came before was looked up, and this try was not executed
        paced = isinstance(error, CrmPaced)
        alone = paced and error.code == TOO_LONG
        return Later(job, self._again_at(job, error), f"{error.code}: {error}", unsure, count=not paced, alone=alone)

    def _again_at(self, job: Job, error: CrmError) -> datetime:
        now = self._clock.now()
        if isinstance(error, CrmPaced | CrmUnavailable) and error.retry_at is not None:
            room = _ROUND_ROOM if isinstance(error, CrmPaced) and error.code != TOO_LONG else timedelta()
            return max(error.retry_at, now) + room
        if isinstance(error, CrmForbidden):
            self._say_forbidden(error)
            return now + timedelta(seconds=_LONGEST_PAUSE)
        return now + _pause(max(self._failures, min(job.row.tries, _DOUBLINGS)), job.row.id)

    def _say_forbidden(self, error: CrmForbidden) -> None:
        if not self._forbidden:
            self._forbidden = True
            log.error("the portal turns us away (%s): %s", error.code, error)

    def _mind(self, ends: list[End]) -> list[End]:
        """After a round in which nothing came through, all wait for the same moment; after a success, nothing does."""
        later = [end for end in ends if isinstance(end, Later)]
        if not later or len(later) < len(ends) or any(end.alone for end in later):
            self._failures, self._retry_at, self._forbidden = 0, None, False
            return ends
        self._failures += 1
        self._retry_at = max(end.at for end in later)
        return [replace(end, at=self._retry_at) for end in later]

    # Telling ------------------------------------------------------------------------------------------------------

    async def _tell(self, ends: Sequence[End]) -> None:
        for end in ends:
            row = end.job.row
            if isinstance(end, Parked):
                log.error("row %s (%s) is parked: %s", row.key, row.op, end.error)
                await self._on_parked(row.case_id, end.error)
            elif isinstance(end, Done) and row.op in send.RECORDS and end.made is not None:
                await self._apply(Linked(row.case_id, crm_id=end.made))


def _probes(job: Job) -> dict[str, Command]:
    """What must be known before the row is written, by names of our own."""
    row, to = job.row, job.to
    probes: dict[str, Command] = {}
    if row.op in send.CREATES and not job.fresh:
        probes["made"] = send.look_up(row.op, row.body, to)
    if row.op in ("contact", "lead"):
        probes |= send.contact_probes(row.body, to)
    if row.op == "add_phone":
        probes["phone"] = send.phone_probe(to)
    return probes


def _pause(failures: int, row: int) -> timedelta:
    """The wait after so many failures in a row: doubling, bounded, and a little different for every row."""
    seconds = min(_FIRST_PAUSE * 2 ** min(failures, _DOUBLINGS), _LONGEST_PAUSE)
    return timedelta(seconds=seconds * (1 - 0.04 * (row % _JITTER_STEPS)))
