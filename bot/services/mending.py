"""A supervisor corrects a recorded result, or opens a closed client again: what he is shown, and what he does."""

from __future__ import annotations

from bot.clock import Clock
from bot.crm import inbox
from bot.crm.client import CrmClient
from bot.crm.errors import CrmError
from bot.crm.reading import rows_of
from bot.db import cases as db_cases
from bot.db import journal as db_journal
from bot.db.people import People, Person, load_people
from bot.db.session import Database
from bot.engine import events as ev
from bot.engine.calendars import client_window, zone_of
from bot.engine.case import Case
from bot.engine.events import Event
from bot.engine.records import stands
from bot.engine.returning import stages_to_return
from bot.errors import ActionNotAllowed
from bot.locales.ru import alerts
from bot.locales.ru import dialogs as words
from bot.locales.ru import engine as refusals
from bot.locales.ru import mending as ru
from bot.screens import mending as screens
from bot.screens.mending import RecordView, ReturnView
from bot.screens.screen import Screen
from bot.screens.views import CardView
from bot.services import barred, covers
from bot.services.apply import TAKERS, Apply
from bot.services.history import in_work
from bot.services.intents import Happened, Reply
from bot.services.library import Library
from bot.services.oversight import check_case


class Mending:
    """See the module. `client` is asked whether the record of a closed case still is there."""

    def __init__(self, database: Database, clock: Clock, apply: Apply, library: Library, client: CrmClient) -> None:
        self._database = database
        self._clock = clock
        self._apply = apply
        self._library = library
        self._client = client

    async def record(self, person: Person, case_id: int) -> Screen:
        """The latest result.

        Raises:
            ActionNotAllowed: there is none that could be corrected.
        """
        case, people = await self._load(person, case_id)
        found = case.recorded
        if found is None:
            raise ActionNotAllowed(refusals.NOTHING_TO_CORRECT)
        to = self._answers(people, case)
        name = people.short_name(to) if to is not None else None
        return screens.record(RecordView(self._card(people, case), found, people.short_name(found.before.by), name))

    async def correct(self, person: Person, case_id: int, task: str, *, himself: bool) -> Reply:
        """Its questionnaire is asked once more, of the supervisor himself or of whose it is."""
        user = _in_crm(person)
        case, people = await self._load(person, case_id)
        await self._there(case)
        to = user if himself else self._answers(people, case)
        if to is None:
            raise ActionNotAllowed(words.NOBODY_ANSWERS)
        done = ru.ASKED_AGAIN.format(name=people.short_name(to))
        return await self._happens(person, case, ev.Corrected(user, task, to), done)

    async def give_back(self, person: Person, case_id: int, task: str) -> Reply:
        """What a supervisor was to answer himself is its owner's after all."""
        user = _in_crm(person)
        case, people = await self._load(person, case_id)
        if case.task is None or case.task.id != task or not screens.can_give_back(self._library[case.playbook], case):
            raise ActionNotAllowed(words.GONE)
        if case.owner is None or not self._is_there(people, case.owner):
            raise ActionNotAllowed(words.NOBODY_ANSWERS)
        event = ev.TaskGiven(task, case.owner, user)
        return await self._happens(person, case, event, ru.GIVEN_BACK.format(name=people.short_name(case.owner)))

    async def returning(self, person: Person, case_id: int, to: int | None = None, *, asks: bool = False) -> Screen:
        """Where the closed client shall go on, and with whom; `asks`: it is to be chosen with whom.

        Raises:
            ActionNotAllowed: he is in work, or there is no stage to return him to.
        """
        case, people = await self._load(person, case_id)
        playbook = self._library[case.playbook]
        if not screens.can_return(playbook, case):
            raise ActionNotAllowed(words.GONE)
        stages = list(stages_to_return(playbook, case, person.role))
        if not stages:
            raise ActionNotAllowed(refusals.NOT_TO_RETURN)
        before = await self._stood_before(case)
        stages.sort(key=lambda stage: stage != before)
        to = case.owner if to is None else to
        known = people.by_crm.get(to) if to is not None else None
        away = known.name if known is not None and to is not None and not self._is_there(people, to) else None
        known = known if away is None else None
        able = await self._able(people, case.owner) if asks or known is None else ()
        whom = (known.crm_user_id or 0, known.name) if known is not None else None
        async with self._database.read() as connection:
            others = await db_cases.sharing_contacts(connection, case)
            await self._library.learn(connection, (one.playbook for one in others))
        double = in_work(self._library, people, others, None)
        return screens.returning(ReturnView(self._card(people, case), stages, whom, able, away, double))

    async def open_again(self, person: Person, case_id: int, stage: str, to: int) -> Reply:
        """The client is in work again."""
        user = _in_crm(person)
        case, people = await self._load(person, case_id)
        await self._there(case)
        if not self._is_there(people, to) or people.by_crm[to].role not in TAKERS:
            raise ActionNotAllowed(alerts.AWAY)
        async with self._database.read() as connection:
            never = await barred.known(connection, case.client.phones)
        stages = self._library[case.playbook].pipelines[case.pipeline].stages
        title = stages[stage].title if stage in stages else ""
        done = ru.RETURNED.format(stage=title, name=people.short_name(to))
        return await self._happens(person, case, ev.Returned(user, stage, to, never is True), done)

    async def _happens(self, person: Person, case: Case, event: Event, done: str) -> Reply:
        reply = await self._apply(Happened(case.id, event, leader=person))
        return Reply(toast=done, case_id=case.id) if reply.done else reply

    async def _load(self, person: Person, case_id: int) -> tuple[Case, People]:
        async with self._database.read() as connection:
            stored = (await db_cases.load(connection, [case_id])).get(case_id)
            people = await load_people(connection)
            if stored is None:
                raise ActionNotAllowed(words.GONE)
            await self._library.learn(connection, [stored.case.playbook])
        check_case(people, person, stored.case, self._clock.now())
        return stored.case, people

    async def _there(self, case: Case) -> None:
        """Nobody watches the records of closed cases, so it is looked now; without an answer it is taken for there.

        Raises:
            ActionNotAllowed: it was deleted in the portal.
        """
        if not case.closed or case.crm_id is None:
            return
        asked = inbox.present(case.entity, [case.crm_id])
        try:
            found = rows_of(await self._client.call(asked.method, asked.params))
        except CrmError:
            return
        if not found:
            raise ActionNotAllowed(refusals.GONE_FROM_CRM)

    async def _stood_before(self, case: Case) -> str:
        """The stage before the case ended."""
        if case.recorded is not None and stands(case, case.recorded):
            return case.recorded.before.stage
        async with self._database.read() as connection:
            rows = await db_journal.of_cases(connection, [case.id])
        moves = (row.data["from"] for row in reversed(rows) if "from" in row.data and row.data["stage"] == case.stage)
        return next(moves, "")

    async def _able(self, people: People, owner: int | None) -> list[tuple[int, str]]:
        """Who could work on it, the least busy first."""
        async with self._database.read() as connection:
            load = await covers.loads(connection)
        present = covers.present(people, self._clock.now())
        able = covers.own_team(people, present, owner) or present
        able.sort(key=lambda one: (load.get(one.crm_user_id or 0, 0), one.name))
        return [(one.crm_user_id or 0, one.name) for one in able]

    def _answers(self, people: People, case: Case) -> int | None:
        """Who would tell the record anew: the owner, or of whom its task was who had it instead of him; while that one
        is not there, who has recorded it. None: neither is.
        """
        found = case.recorded
        if found is None:
            return case.owner
        kind = self._library[case.playbook].tasks.get(found.before.task.kind)
        its = case.owner if kind is None or kind.role is None else found.before.task.holder
        able = (user for user in (its, found.before.by) if user is not None and self._is_there(people, user))
        return next(able, None)

    def _is_there(self, people: People, user: int) -> bool:
        """Whether this CRM user is in the bot and not absent."""
        return user in people.by_crm and not people.staff.is_away(user, self._clock.now())

    def _card(self, people: People, case: Case) -> CardView:
        playbook = self._library[case.playbook]
        zone = client_window(playbook, case).zone
        return CardView(playbook, case, self._clock.now(), zone_of(playbook), zone, staff=people.staff)


def _in_crm(person: Person) -> int:
    if person.crm_user_id is None:
        raise ActionNotAllowed(words.NOT_IN_CRM)
    return person.crm_user_id
