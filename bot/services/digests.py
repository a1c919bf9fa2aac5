"""Digests: mornings and evenings in each bound group by themselves, days and weeks when asked for.

The key of a digest's message names its day, so it is written once, whatever was restarted meanwhile; what could not be
sent within an hour comes with the next opening or not at all. Nothing comes at night.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import delete, select

from bot.clock import Clock
from bot.db import chats as db_chats
from bot.db import tables as t
from bot.db.chats import Group
from bot.db.people import People, Person, load_people
from bot.db.session import Database
from bot.engine.figures import Figures
from bot.locales.ru import digests as ru
from bot.screens import digests as screens
from bot.screens.digests import DigestView, Marks, WeekView, load_data, say_day
from bot.screens.screen import Screen
from bot.services.library import Library
from bot.services.morning_digest import MorningDigest, Shown, Users
from bot.services.overload import Overloads
from bot.services.oversight import sight_of, sight_of_group
from bot.services.reports import Day, Reports, Week
from bot.services.showing import Showing
from bot.services.week_file import week_csv

_GRACE = timedelta(hours=1)
"""How long after its hour a digest is still worth sending."""
_EVER = datetime(2000, 1, 1, tzinfo=UTC)
"""Before anything of ours."""
MORNING, EVENING = "morning", "evening"


class Digests:
    """See the module."""

    def __init__(
        self, database: Database, clock: Clock, library: Library, showing: Showing, overloads: Overloads
    ) -> None:
        self._database = database
        self._clock = clock
        self._library = library
        self._showing = showing
        self.reports = Reports(database, clock, library)
        self._morning = MorningDigest(database, clock, library, self.reports, overloads)
        self._held: tuple[str, date] | None = None
        """What needs no look at the table any more."""
        self._unsent = True
        """Whether rows may wait that were not sent in their hour."""

    async def next_due(self) -> datetime | None:
        """The next opening or closing of the company."""
        calendar, now = self.reports.calendar, self._clock.now()
        today = calendar.local_day(now)
        if calendar.is_working_day(today):
            for moment in (calendar.open_of(today), calendar.close_of(today)):
                if moment > now:
                    return moment
        return calendar.open_of(calendar.next_working_day(today))

    async def send_due(self) -> int:
        """Write the digests whose hour it is, once for each group; returns how many are new."""
        due = self._due()
        if due is None and self._unsent:
            await self._give_up()
        if due is None or due == self._held:
            return 0
        self._unsent = True
        kind, day = due
        if kind == EVENING:
            await self.reports.keep_evening(day)
        async with self._database.read() as connection:
            groups = await db_chats.hearing(connection)
        sent = 0
        for group in groups:
            sent += await self._send(group, kind, day)
        self._held = due
        return sent

    async def _give_up(self) -> None:
        """What Telegram has not taken within its hour must not ring at night: the next opening writes it anew."""
        columns = t.messages.c
        waits = columns.next_try > _EVER  # few, and found by their index; of `IS NOT NULL` SQLite reads the table
        stale = columns.key.like("digest:evening:%") | columns.key.like("digest:morning:%")
        async with self._database.write() as connection:
            await connection.execute(
                delete(t.messages).where(waits, stale, columns.telegram_id.is_(None), columns.shown == 0)
            )
        self._unsent = False

    def _due(self) -> tuple[str, date] | None:
        calendar, now = self.reports.calendar, self._clock.now()
        today = calendar.local_day(now)
        if not calendar.is_working_day(today):
            return None
        for kind, moment in ((MORNING, calendar.open_of(today)), (EVENING, calendar.close_of(today))):
            if moment <= now < moment + _GRACE:
                return kind, today
        return None

    async def _send(self, group: Group, kind: str, day: date) -> int:
        """Write its digests, what was missed first; returns how many were not there yet."""
        wanted = [(EVENING, self.reports.before(day)), (MORNING, day)] if kind == MORNING else [(EVENING, day)]
        keys = [_key(which, group.id, of) for which, of in wanted]
        async with self._database.read() as connection:
            query = select(t.messages.c.key).where(t.messages.c.key.in_(keys))
            known = set((await connection.execute(query)).scalars())
            people = await load_people(connection)
        title, users = group.name(people.teams), sight_of_group(people, group.team).users()
        sent = 0
        for key, (which, of) in zip(keys, wanted, strict=True):
            if key in known:
                continue
            evening = which == EVENING
            shown = await (
                self._evening(title, of, users, missed=of != day) if evening else self._morning.shown(title, of, users)
            )
            if shown is not None:
                thread = group.thread_id
                sent += await self._showing.new(group.id, key, shown[0], thread_id=thread, data=shown[1], asked=False)
        return sent

    async def _evening(self, title: str, day: date, users: Users, *, missed: bool = False) -> Shown | None:
        """The day that is over; one that was missed and in which nothing was done is not told of."""
        found = await self.reports.day(day, users)
        total = found.report.total
        if missed and not (total.done or total.arrived):
            return None
        return self._shown(title, found, missed=missed)

    async def of(self, person: Person, chat_id: int) -> tuple[str, Users]:
        """Whose figures this person is told in this chat, and what heads them: a bound group's, else his own teams'."""
        async with self._database.read() as connection:
            people = await load_people(connection)
            group = next((one for one in await db_chats.bound(connection) if one.id == chat_id), None)
        if group is not None:
            return group.name(people.teams), sight_of_group(people, group.team).users()
        sight = sight_of(people, person)
        return sight.name or self._library.active.title, sight.users()

    async def on_demand(self, title: str, users: Users = None) -> Shown:
        """The day so far, as the live views have it; before the opening and on days off the last one."""
        if self.reports.goes_on:
            return self._shown(title, await self.reports.so_far(users), at=self._clock.now())
        return self._shown(title, await self.reports.day(users=users))

    def _shown(self, title: str, found: Day, at: datetime | None = None, *, missed: bool = False) -> Shown:
        people = _people(found.report.by_manager, found.people)
        calendar = self.reports.calendar
        following = calendar.next_working_day(found.day)
        view = DigestView(
            title=title,
            day=found.day,
            total=found.report.total,
            people=people,
            marks=self._marks,
            next_day=following,
            next_meetings=0 if missed else found.meetings_next,
            zone=calendar.zone,
            at=at,
            left_known=found.report.left_known,
        )
        rows = [(name, one.done, one.left - one.overdue, one.overdue) for name, one in people]
        chart = load_data(ru.CHART_EVENING.format(day=say_day(found.day)), rows)
        return screens.evening(view), {"picture": chart}

    @property
    def _marks(self) -> Marks:
        return Marks(self._library.active.marks, self._library.active.marks_within)

    async def week(self, title: str, users: Users = None) -> Shown:
        """The last seven days with a file of each day's figures."""
        found: Week = await self.reports.week(users)
        first, last = found.days[0][0], found.days[-1][0]
        people = _people(found.total.by_manager, found.people)
        view = WeekView(title, first, last, found.total.total, people, self._marks)
        return screens.week(view), {"file": ru.CSV_NAME.format(first=first, last=last), "text": week_csv(found)}

    async def mine(self, person: Person) -> Screen | None:
        """A person's own day and week; None: he has no tasks in the CRM."""
        user = person.crm_user_id
        if user is None:
            return None
        today, week = await self.reports.so_far({user}), await self.reports.week({user}, so_far=True)
        return screens.mine(person.name, today.report.total, week.total.total, self._marks)


def _people(by_manager: Mapping[int | None, Figures], people: People) -> list[tuple[str, Figures]]:
    return sorted(((people.short_name(user), one) for user, one in by_manager.items()), key=lambda pair: pair[0])


def _key(kind: str, chat_id: int, day: date) -> str:
    return f"digest:{kind}:{chat_id}:{day}"
