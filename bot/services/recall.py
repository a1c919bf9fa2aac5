"""What the portal knows of a client from before us: read once for each new case, later when somebody asks for it.

Nothing waits for it. The card is shown without it and completed when the portal has answered; what the portal does not
give now is asked for again. Of all cases that wait, a dozen at a time share a request; only clients who were found
under other records cost a second one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.crm import past as crm_past
from bot.crm.client import BATCH, CrmClient
from bot.crm.commands import Command, Outcome
from bot.crm.errors import CrmError, CrmPaced, CrmRejected, CrmUnavailable
from bot.crm.past import Namesakes
from bot.db import cases as db_cases
from bot.db import pasts as db_pasts
from bot.db.pasts import Due
from bot.db.session import Database
from bot.engine.case import Case
from bot.engine.past import About, Past
from bot.services.intents import Intent, Remembered, Reply
from bot.services.mappers import Mappers
from bot.services.names import Names
from bot.services.people import PeopleService

log = logging.getLogger(__name__)

Applies = Callable[[Intent], Awaitable[Reply]]
_AT_ONCE = 12
_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(hours=1)
_MOST_REFUSALS = 5
"""So often a refusal is tried again: it may be a right that an admin is about to give."""


@dataclass(slots=True)
class _Search:
    """One case whose past is looked for.

    Args:
        due: what is asked for.
        case: the case.
        lead: the portal's number of the lead that the case's deal was made from.
        outcomes: what the portal has answered, look by look.
        who: who has the client's contacts.
        error: why the past could not be read.
        past: what was read.
    """

    due: Due
    case: Case
    lead: int | None
    outcomes: list[tuple[str, Outcome]] = field(default_factory=list)
    who: Namesakes = field(default_factory=Namesakes)
    error: CrmError | None = None
    past: Past = field(default_factory=Past)

    @property
    def own(self) -> About | None:
        """The case's own record."""
        return (self.case.entity, self.case.crm_id) if self.case.crm_id is not None else None

    @property
    def prefix(self) -> str:
        """Heads the keys of this case's commands."""
        return f"c{self.case.id}_"

    def keyed(self, commands: Mapping[str, Command]) -> dict[str, Command]:
        """The commands under keys that no other case has."""
        return {f"{self.prefix}{key}": command for key, command in commands.items()}

    def take(self, outcomes: Mapping[str, Outcome]) -> dict[str, Outcome]:
        """The answers to this case's commands, kept; the first failure that matters is its error."""
        mine = {key.removeprefix(self.prefix): value for key, value in outcomes.items() if key.startswith(self.prefix)}
        self.outcomes += mine.items()
        self.error = self.error or crm_past.failure(mine)
        return mine


class Recall:
    """See the module."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        client: CrmClient,
        apply: Applies,
        people: PeopleService,
        mappers: Mappers,
        names: Names,
    ) -> None:
        self._database = database
        self._clock = clock
        self._client = client
        self._apply = apply
        self._people = people
        self._mappers = mappers
        self._names = names
        self._turn = asyncio.Lock()
        self._reloaded_at: datetime | None = None
        self._changes = 0
        self._plan: tuple[int, datetime | None] | None = None

    def changed(self) -> None:
        """Something was committed that may want the past of a client."""
        self._changes += 1

    async def next_due(self) -> datetime | None:
        """When the next reading is due."""
        changes = self._changes
        # The pulse asks every second, and at every stop of a moved clock; others write the table on PostgreSQL only.
        if self._plan is None or self._plan[0] != changes or self._database.dialect != "sqlite":
            async with self._database.read() as connection:
                self._plan = (changes, await db_pasts.next_due(connection))
        return self._plan[1]

    async def read_due(self) -> int:
        """Read what is due now, a dozen at most; returns how many were read."""
        async with self._turn:
            moment = await self.next_due()
            if moment is None or moment > self._clock.now():
                return 0
            try:
                return await self._read_now(await self._due())
            finally:
                self.changed()

    async def _read_now(self, searches: Sequence[_Search]) -> int:
        try:
            await self._mappers.ready()
        except CrmError as error:
            for one in searches:
                one.error = error
        await self._find([one for one in searches if one.error is None])
        await self._read([one for one in searches if one.error is None])
        await self._postpone([one for one in searches if one.error is not None])
        read = [one for one in searches if one.error is None]
        await self._tell(read)
        return len(read)

    async def _due(self) -> list[_Search]:
        async with self._database.read() as connection:
            due = await db_pasts.due(connection, self._clock.now(), _AT_ONCE)
            cases = await db_cases.load(connection, [one.case_id for one in due])
            ids = {stored.case.parent for stored in cases.values() if stored.case.parent is not None}
            parents = await db_cases.load(connection, ids)
        searches = []
        for one in due:
            case = cases[one.case_id].case
            parent = parents.get(case.parent or 0)
            searches.append(_Search(one, case, parent.case.crm_id if parent is not None else None))
        return searches

    async def _find(self, searches: Sequence[_Search]) -> None:
        """Who has these clients' contacts: one request for all."""
        asked: dict[str, Command] = {}
        for one in searches:
            asked |= one.keyed(crm_past.first_look(one.case.client, one.own))
        outcomes = await self._client.batch(asked, urgent=False) if asked else {}
        for one in searches:
            mine = one.take(outcomes)
            if one.error is None:
                one.who = crm_past.namesakes(mine)

    async def _read(self, searches: Sequence[_Search]) -> None:
        """The records of those who were found; a case's commands share a request, for they name each other."""
        asked = [one.keyed(crm_past.second_look(one.who, one.own, one.prefix)) for one in searches]
        outcomes: dict[str, Outcome] = {}
        for request in _requests(asked):
            outcomes |= await self._client.batch(request, urgent=False)
        for one in searches:
            one.take(outcomes)
        if any(crm_past.lacks_stages(self._mappers.active, one.outcomes) for one in searches):
            await self._read_dictionaries()
        for one in searches:
            if one.error is None:
                found = crm_past.read(self._mappers.active, one.outcomes, one.who, one.own, one.lead)
                one.past, one.lead = found

    async def _read_dictionaries(self) -> None:
        """A stage was added to the portal; one that was deleted there is not looked for again and again."""
        now = self._clock.now()
        if self._reloaded_at is not None and now < self._reloaded_at + _LONGEST_PAUSE:
            return
        self._reloaded_at = now
        try:
            await self._mappers.reload()
        except CrmError as error:
            log.warning("the portal's stages could not be read again (%s %s)", error.method, error.code)

    # Keeping ------------------------------------------------------------------------------------------------------

    async def _tell(self, searches: Sequence[_Search]) -> None:
        """Where there is something to tell, or somebody waits, cards change; the rest is only noted as read."""
        if not searches:
            return
        known = (await self._people.everybody()).by_crm
        users = {user for one in searches for user in one.past.users() if user not in known}
        names = await self._names.of(users) if users else {}
        silent: dict[int, Past] = {}
        loud: list[Remembered] = []
        for one in searches:
            past = replace(one.past, names={user: names[user] for user in one.past.users() if user in names})
            if past.records or past.notes or one.due.asked:
                loud.append(Remembered(one.case.id, past, one.lead))
            else:
                silent[one.case.id] = past
        if silent:
            async with self._database.write() as connection:
                await db_pasts.keep(connection, silent, self._clock.now())
        await asyncio.gather(*(self._apply(intent) for intent in loud))

    async def _postpone(self, searches: Sequence[_Search]) -> None:
        """Look again later; a refusal is not repeated for ever."""
        if not searches:
            return
        log.warning("the past of %d clients could not be read: %s", len(searches), searches[0].error)
        now = self._clock.now()
        async with self._database.write() as connection:
            await db_pasts.postpone(connection, [(one.due, _next_try(one, now)) for one in searches])
        for one in searches:
            if one.due.asked and one.due.tries == 0:  # whoever looks at the history is told that the portal is away
                await self._apply(Remembered(one.case.id, None))


def _next_try(search: _Search, now: datetime) -> datetime | None:
    error, tries = search.error, search.due.tries
    given = error.retry_at if isinstance(error, CrmPaced | CrmUnavailable) else None
    if isinstance(error, CrmRejected) and tries + 1 >= _MOST_REFUSALS:
        return None
    pause = min(_FIRST_PAUSE * (1 << min(tries, 10)), _LONGEST_PAUSE)
    return max(given or now, now + pause)


def _requests(parts: Iterable[Mapping[str, Command]]) -> list[dict[str, Command]]:
    """The parts put together into requests, none of them cut in two."""
    requests: list[dict[str, Command]] = []
    for part in parts:
        if part and requests and len(requests[-1]) + len(part) <= BATCH:
            requests[-1] |= part
        elif part:
            requests.append(dict(part))
    return requests
