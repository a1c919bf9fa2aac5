"""Supervisors' live views: who has how much, promises, what went past the questionnaires, what is stuck."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.db import deeds as db
from bot.db import search
from bot.db.people import People, Person, load_people
from bot.db.session import Database
from bot.engine.case import Case
from bot.engine.figures import Figures
from bot.engine.titles import short_name, shown_name
from bot.engine.words import say_duration, say_short, say_time
from bot.locales.ru import floor as ru
from bot.playbooks.model import Playbook
from bot.screens.listing import Item, Listing
from bot.services.library import Library
from bot.services.oversight import sight_of
from bot.services.reports import Reports
from bot.services.tally import breaches

_BACK = timedelta(days=7)
"""How far back bypasses are told."""


class FloorViews:
    """Everything here only reads. `VIEWS` names what can be asked for."""

    VIEWS = ("floor", "promises", "bypasses", "stuck")

    def __init__(self, database: Database, clock: Clock, library: Library, reports: Reports) -> None:
        self._database = database
        self._clock = clock
        self._library = library
        self._reports = reports
        self._made: Mapping[str, Callable[[Person], Awaitable[tuple[str, list[Item]]]]] = {
            "floor": self._floor,
            "promises": self._promises,
            "bypasses": self._bypasses,
            "stuck": self._stuck,
        }

    async def view(self, name: str, person: Person, page: int = 0) -> Listing:
        """A page of one of `VIEWS`, of the work that this person sees."""
        head, items = await self._made[name](person)
        return Listing(name, head, items, page)

    async def _floor(self, person: Person) -> tuple[str, list[Item]]:
        found = await self._reports.so_far()
        sight = sight_of(found.people, person)
        now, zone, people = self._clock.now(), self._reports.calendar.zone, found.people
        tasks = await self._standing(self._reports.midnight)
        users = {one.crm_user_id for one in people.all if one.role == "manager" and one.crm_user_id is not None}
        users |= {task.owner for task in tasks if task.owner is not None}
        rows: list[tuple[int, str, Item]] = []
        for user in users:
            if not sight.sees(user):
                continue
            mine = [task for task in tasks if task.owner == user]
            absence = people.staff.absence(user, now)
            late = [one for one in mine if absence is None and one.overdue_at is not None and one.overdue_at <= now]
            text = ru.FLOOR_ROW.format(
                name=people.short_name(user),
                today=len(mine),
                overdue=len(late),
                oldest=ru.FLOOR_OLDEST.format(age=say_duration(now - late[0].due_at)) if late else "",
                done=found.report.by_manager.get(user, Figures()).done,
                away=ru.FLOOR_AWAY.format(until=say_short(absence.end, zone, now)) if absence is not None else "",
            )
            rows.append((-len(late), people.short_name(user), Item(text)))
        rows.sort(key=lambda row: row[:2])
        return ru.FLOOR.format(time=say_time(now, zone)), [item for *_, item in rows]

    async def _promises(self, person: Person) -> tuple[str, list[Item]]:
        async with self._database.read() as connection:
            sight = sight_of(await load_people(connection), person)
        found = await self._reports.so_far(sight.users())
        now, zone, total = self._clock.now(), self._reports.calendar.zone, found.report.total
        items = []
        for task in await self._standing(self._reports.midnight):
            if not task.promised or not sight.sees(task.owner):
                continue
            late = task.overdue_at is not None and task.overdue_at <= now
            age = f" +{say_duration(now - task.due_at)}" if late else ""
            when, who = say_short(task.due_at, zone, now), found.people.short_name(task.owner)
            client = self._client(task.version, task.client)
            items.append(Item(ru.PROMISE.format(when=when, client=client, who=who, late=age), task.case_id))
        head = ru.PROMISES.format(kept=total.kept, late=total.kept_late, broken=total.broken)
        return head, items

    async def _bypasses(self, person: Person) -> tuple[str, list[Item]]:
        now, zone = self._clock.now(), self._reports.calendar.zone
        async with self._database.read() as connection:
            found = await db.deeds(connection, now - _BACK, now + timedelta(seconds=1))
            people = await load_people(connection)
        items, sight = [], sight_of(people, person)
        for deed in reversed([deed for deed in breaches(found) if sight.sees(deed.holder)]):
            words = ru.BYPASS_CLOSED if deed.data["breach"] == "closed" else ru.BYPASS_MOVED
            playbook = self._library[deed.version]
            old, new = (stage_title(playbook, key) for key in deed.data.get("stages", ("", "")))
            text = words.format(
                when=say_short(deed.at, zone, now),
                client=self._client(deed.version, deed.client),
                who=people.short_name(deed.holder),
                old=old,
                new=new,
            )
            items.append(Item(text, deed.case_id))
        return ru.BYPASSES.format(count=len(items)), items

    async def _stuck(self, person: Person) -> tuple[str, list[Item]]:
        now = self._clock.now()
        async with self._database.read() as connection:
            people = await load_people(connection)
            linked = [one.crm_user_id for one in people.all if one.crm_user_id is not None]
            nobodys = await search.nobodys(connection, linked)
            over = await search.over_limit(connection, now)
        sight = sight_of(people, person)
        nobodys, over = ([case for case in cases if sight.shows(case)] for cases in (nobodys, over))
        items = [self._standing_row(ru.STUCK_NOBODYS, case, people, now) for case in nobodys]
        items += [self._standing_row(ru.STUCK_OVER, case, people, now) for case in over]
        return ru.STUCK.format(over=len(over), nobodys=len(nobodys)), items

    def _standing_row(self, words: str, case: Case, people: People, now: datetime) -> Item:
        playbook = self._library[case.playbook]
        stage = playbook.pipelines[case.pipeline].stages[case.stage].title
        since, who = say_short(case.entered_at, self._reports.calendar.zone, now), people.short_name(case.holder)
        return Item(words.format(client=shown_name(playbook, case), stage=stage, since=since, who=who), case.id)

    async def _standing(self, end: datetime) -> list[db.Standing]:
        async with self._database.read() as connection:
            return await db.standing(connection, end)

    def _client(self, version: str, name: str) -> str:
        """As the playbook lets colleagues see him."""
        return short_name(name) if self._library[version].phones_in_cards == "masked" else name


def stage_title(playbook: Playbook, key: str) -> str:
    """The stage in words, in whatever pipeline it is."""
    found = (pipeline.stages[key].title for pipeline in playbook.pipelines.values() if key in pipeline.stages)
    return next(found, key)
