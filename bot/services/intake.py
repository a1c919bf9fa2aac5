"""The way in from the CRM: what changed there becomes intents.

Polls ask only for the numbers of what changed; the records themselves are read again, after the cases were looked at
in the database, so that our own writes on their way are never taken for changes by people. Events of the portal are
hints about what to read again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.crm import inbox
from bot.crm.client import CrmClient
from bot.crm.commands import Command, Outcome, Result
from bot.crm.encode import as_int
from bot.crm.errors import CrmError, CrmPaced, CrmUnavailable
from bot.crm.inbox import PAGE, PortalCase
from bot.crm.reading import rows_of
from bot.crm.wanted import Entity
from bot.db.session import Database
from bot.services.activities import heard
from bot.services.company import CompanyService
from bot.services.differences import (
    copy_differences,
    old_task_differences,
    record_differences,
    seen_of,
    task_differences,
)
from bot.services.first_sync import FirstSync
from bot.services.intake_rows import (
    Hint,
    Known,
    is_being_made,
    moment_of,
    open_hints,
    read_marks,
    save_marks,
    snapshot,
)
from bot.services.intents import Found, Happened, Intent, Reply
from bot.services.library import Library
from bot.services.lookout import Lookout
from bot.services.mappers import Mappers
from bot.services.portal_view import View, deals_of_contacts, view

log = logging.getLogger(__name__)

Applies = Callable[[Intent], Awaitable[Reply]]

POLL_EVERY = timedelta(seconds=30)
"""How often the portal is asked what changed."""
RECONCILE_EVERY = timedelta(minutes=10)
"""How often all cases in work are compared with the portal: it finds what was deleted, and whatever else was missed."""
KINDS = ("lead", "deal", "contact", "task", "activity")
_OVERLAP = timedelta(seconds=2)
_SETTLED = timedelta(seconds=5)
"""After so long a record with the same stamp cannot have changed once more: the portal's stamps have whole seconds."""
_PAUSE = timedelta(minutes=1)
_MOST_TRIES = 5


class Intake:
    """See the module.

    Args:
        database: the cases and the marks.
        clock: all waiting is on it.
        client: the portal.
        library: the playbook versions.
        apply: carries the intents out.
        mappers: the versions in the portal's codes, shared with the relay; by default its own.
        company: hears of the portal's departments whenever all cases are compared.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        client: CrmClient,
        library: Library,
        apply: Applies,
        *,
        mappers: Mappers | None = None,
        company: CompanyService | None = None,
    ) -> None:
        self._company = company
        self._database = database
        self._clock = clock
        self._client = client
        self._library = library
        self._apply = apply
        self.mappers = mappers or Mappers(client, library)
        self._first = FirstSync(database, clock, client, library, apply, self.mappers)
        self._hints: set[Hint] = set()
        self._again: dict[Hint, int] = {}
        self._stamps: dict[Hint, datetime] = {}
        self._polled_at: datetime | None = None
        self._reconciled_at: datetime | None = None
        self._retry_at: datetime | None = None
        self._turn = asyncio.Lock()
        self._lookout = Lookout()

    # The pulse's side ---------------------------------------------------------------------------------------------

    def hint(self, event: str, fields: Mapping[str, str]) -> None:
        """An event of the portal, with its posted form: what it is about is read again at the next `reread_hinted`."""
        about = inbox.hint_of(event, fields)
        if about is not None:
            self._hints.add(about)

    def drop_hints(self) -> None:
        """Another replica polls, and finds the same within half a minute; so does this one before it uses any."""
        self._hints.clear()

    def poll_needed(self) -> bool:
        """Whether a poll is due."""
        due = self.next_due()
        return due is None or self._clock.now() >= due

    @property
    def polled_at(self) -> datetime | None:
        """When the portal was read last; None: not yet."""
        return self._polled_at

    def next_due(self) -> datetime | None:
        """When the next poll is due; None: at once."""
        due = self._polled_at + POLL_EVERY if self._polled_at is not None else None
        return max((moment for moment in (due, self._retry_at) if moment is not None), default=None)

    async def first_sync(self) -> int:
        """Adopt what is open in the portal, once for a database; returns how many cases it has made.

        Without a portal nothing is raised: the next poll goes on with it.
        """
        return await self._guarded(self._first.run)

    async def poll(self) -> int:
        """Read again what changed since the last poll; returns how many intents did something."""
        return await self._guarded(self._poll)

    async def reread_hinted(self) -> int:
        """Read again what events were about; returns how many intents did something."""
        return await self._guarded(self._reread_hinted) if self._hints else 0

    async def reread(self, hints: Collection[Hint]) -> int:
        """Read these records and tasks again; returns how many intents did something."""
        self._hints |= set(hints)
        return await self.reread_hinted()

    async def _guarded(self, work: Callable[[], Awaitable[int]]) -> int:
        """One work at a time, none while the portal asks for patience; its failures are left to the next time."""
        async with self._turn:
            if self._retry_at is not None and self._clock.now() < self._retry_at:
                return 0
            try:
                done = await work()
            except CrmError as error:
                given = error.retry_at if isinstance(error, CrmPaced | CrmUnavailable) else None
                self._retry_at = given or self._clock.now() + (_PAUSE if given is None else timedelta(0))
                log.warning("the portal could not be read (%s %s): %s", error.method, error.code, error)
                return 0
            self._retry_at = None
            return done

    # Polling ------------------------------------------------------------------------------------------------------

    async def _poll(self) -> int:
        done = await self._first.run()
        now = self._clock.now()
        marks = await read_marks(self._database)
        unread = {kind: now.isoformat() for kind in KINDS if kind not in marks}
        await save_marks(self._database, unread)  # a kind that earlier releases did not read: from now on
        marks |= unread
        await self.mappers.ready()
        reconciling = self._reconciled_at is None or now - self._reconciled_at >= RECONCILE_EVERY
        company = self._company if reconciling else None
        stamps, gone, beside = await self._changed(marks, company.commands() if company is not None else {})
        done += await company.heard(beside) if company is not None else 0
        hints = gone | {hint for hint, stamp in stamps.items() if not self._settled(hint, stamp)} | set(self._again)
        if reconciling:
            hints |= await open_hints(self._database)
            if self.mappers.missing:
                await self.mappers.reload()
        reading = await self._read(hints)
        if not reading.failed:
            await save_marks(self._database, _moved(marks, stamps))
            self._stamps, self._polled_at = stamps, now
        if reconciling:
            self._reconciled_at = now
        return done + reading.done

    async def _reread_hinted(self) -> int:
        hints, self._hints = self._hints, set()
        try:
            await self._first.run()
            await self.mappers.ready()
            return (await self._read(hints)).done
        except BaseException:
            self._hints |= hints
            raise

    def _settled(self, hint: Hint, stamp: datetime) -> bool:
        """Whether this change was read already, and no later one can hide behind the same stamp."""
        seen = self._stamps.get(hint)
        return seen == stamp and self._polled_at is not None and stamp + _SETTLED < self._polled_at

    async def _changed(
        self, marks: Mapping[str, str], beside: Mapping[str, Command]
    ) -> tuple[dict[Hint, datetime], set[Hint], Mapping[str, Outcome]]:
        """What changed since the marks, with the moment of the change; what of the work in hand is missing.

        And the answers to what was to be asked `beside`: it costs no request of its own.
        """
        answers: dict[str, Outcome] = {}
        found: dict[Hint, datetime] = {}
        gone: set[Hint] = set()
        after = dict.fromkeys(KINDS, 0)
        looks = self._lookout.commands(sorted(await open_hints(self._database)))
        while after:
            asked: dict[str, Command] = {**looks, **({} if answers else beside)}
            for kind, last in after.items():
                since = (moment_of(marks, kind) or self._clock.now()) - _OVERLAP
                asked[kind] = inbox.changed(kind, since, after=last)
            pages, after = tuple(after), {}
            outcomes = await self._client.batch(asked, urgent=False)
            answers |= {key: outcomes[key] for key in beside if key in asked}
            if looks:
                gone, looks = self._lookout.missing(outcomes), {}
            for kind in pages:
                outcome = outcomes[kind]
                if not isinstance(outcome, Result):
                    raise outcome
                rows = rows_of(outcome.value)
                for row in rows:
                    number, stamp = as_int(row.get("id", row.get("ID"))), inbox.changed_at(row)
                    if number is not None and stamp is not None:
                        found[kind, number] = stamp
                if len(rows) == PAGE:
                    after[kind] = as_int(rows[-1].get("id", rows[-1].get("ID"))) or 0
        return found, gone, answers

    # Reading and telling ------------------------------------------------------------------------------------------

    async def _read(self, hints: Collection[Hint]) -> _Reading:
        """Compare what the hints are about with what we know, and apply the differences."""
        contacts = [number for kind, number in hints if kind == "contact"]
        wanted = {hint for hint in hints if hint[0] != "contact"} | await deals_of_contacts(self._client, contacts)
        known = await snapshot(self._database, wanted)
        await self._library.know(stored.case.playbook for stored in known.records.values())
        busy = {hint for hint in wanted if known.is_waiting(hint)}
        shown = await view(self._client, wanted - busy)
        groups = self._known_groups(known, shown) + await self._unknown(known, shown)
        reading = _Reading()
        groups += await self._copies(known, shown, reading)
        await asyncio.gather(*(self._carry_out(group, reading) for group in groups))
        # After the records: what is new in them is a case by now, and stands where they say.
        for intent in await heard(self._database, self._client, shown.activities):
            await self._carry_out(_Group(set(), [intent]), reading)
        self._remember(hints, busy, reading)
        return reading

    def _remember(self, hints: Collection[Hint], busy: Collection[Hint], reading: _Reading) -> None:
        """What has to be read again at the next poll: it waits for our own writes, or changed under the reading."""
        tries = {hint: self._again.pop(hint, 0) for hint in (*hints, *busy, *reading.again)}
        self._again |= dict.fromkeys(busy, 0)
        self._again |= {hint: tries[hint] + 1 for hint in reading.again if tries[hint] < _MOST_TRIES}

    def _known_groups(self, known: Known, shown: View) -> list[_Group]:
        """The intents of each known case, in the order in which they must come."""
        groups: dict[int, _Group] = {}
        moved: set[int] = set()
        for hint, stored in known.records.items():
            if hint not in shown.records and hint not in shown.gone:
                continue
            mapper, row = self.mappers[stored.case.playbook], shown.records.get(hint)
            case = inbox.read_case(mapper, _entity(hint), row, shown.contact_of(row)) if row is not None else None
            group = groups.setdefault(stored.case.id, _Group())
            group.hints.add(hint)
            group.intents += record_differences(mapper, stored, case)
            if any(isinstance(intent, Happened) for intent in group.intents):
                moved.add(stored.case.id)
        for number, stored in known.tasks.items():
            hint = ("task", number)
            # A case that moved or changed hands gets another task, or takes this one along.
            if stored.case.id in moved or (number not in shown.tasks and hint not in shown.gone):
                continue
            group = groups.setdefault(stored.case.id, _Group())
            group.hints.add(hint)
            group.intents += task_differences(stored, shown.tasks.get(number), self._clock.now())
        for number, (stored, task) in known.old_tasks.items():
            group = groups.setdefault(stored.case.id, _Group())
            group.hints.add(("task", number))
            group.intents += old_task_differences(stored, task, shown.tasks.get(number))
        return [group for _, group in sorted(groups.items()) if group.intents]

    async def _unknown(self, known: Known, shown: View) -> list[_Group]:
        """The records that we do not know, where they stand in an open stage and are not just being made by us."""
        groups: list[_Group] = []
        for hint, row in sorted(shown.records.items()):
            if hint in known.records:
                continue
            case = inbox.read_case(self.mappers.active, _entity(hint), row, shown.contact_of(row))
            if case is None or self._is_final(case):
                continue
            if case.origin is not None and await is_being_made(self._database, case.origin):
                continue
            groups.append(_Group({hint}, [Found(seen_of(case), self._library.active_hash)]))
        return groups

    async def _copies(self, known: Known, shown: View, reading: _Reading) -> list[_Group]:
        """Tasks with our tag that we do not know: copies of ours, or ours whose number is not written down yet."""
        strange = [
            task
            for number, task in shown.tasks.items()
            if number not in known.tasks and number not in known.old_tasks and not task.closed
        ]
        if not strange:
            return []
        now_known = await snapshot(
            self._database, {link for task in strange for link in task.links} | {("task", t.crm_id) for t in strange}
        )
        groups: list[_Group] = []
        for task in strange:
            hint = ("task", task.crm_id)
            stored = next((now_known.records[link] for link in task.links if link in now_known.records), None)
            if stored is None or task.crm_id in now_known.tasks or task.crm_id in now_known.old_tasks:
                continue
            if stored.case.id in now_known.waiting:
                reading.again.add(hint)
                continue
            intents = copy_differences(self.mappers[stored.case.playbook].playbook, stored, task)
            groups += [_Group({hint}, intents)] if intents else []
        return groups

    def _is_final(self, case: PortalCase) -> bool:
        return self._library.active.pipelines[case.pipeline].stages[case.stage].kind != "open"

    async def _carry_out(self, group: _Group, reading: _Reading) -> None:
        """Apply a case's intents one after another; what is refused, because the reading is old, is read again."""
        for intent in group.intents:
            try:
                reply = await self._apply(intent)
            except Exception:
                log.exception("what the portal shows of %s could not be taken over", sorted(group.hints))
                reading.failed = True
                reading.again |= group.hints
                return
            reading.done += reply.done
            if not reply.done:
                reading.again |= group.hints


@dataclass(slots=True)
class _Group:
    """What follows for one case."""

    hints: set[Hint] = field(default_factory=set)
    intents: list[Intent] = field(default_factory=list)


@dataclass(slots=True)
class _Reading:
    """How one reading ended."""

    done: int = 0
    failed: bool = False
    again: set[Hint] = field(default_factory=set)


def _entity(hint: Hint) -> Entity:
    return "lead" if hint[0] == "lead" else "deal"


def _moved(marks: Mapping[str, str], stamps: Mapping[Hint, datetime]) -> dict[str, str]:
    """The marks that are later now, from the portal's own stamps."""
    found: dict[str, str] = {}
    for kind in KINDS:
        latest = max((stamp for (of, _), stamp in stamps.items() if of == kind), default=None)
        known = moment_of(marks, kind)
        if latest is not None and (known is None or latest > known):
            found[kind] = latest.isoformat()
    return found
