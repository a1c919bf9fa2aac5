"""Absences from the first day to the day back: the supervisors are asked, and tasks are given out if they are silent.

Presses only change rows; what follows is done by `run_due`, so that a crash in the middle is gone on with.
"""

from __future__ import annotations

import logging
from collections import Counter
from datetime import date, datetime, time, timedelta

from bot.clock import Clock
from bot.db import absences as db
from bot.db import audit
from bot.db.absences import Absence
from bot.db.audit import Change
from bot.db.people import People, Person
from bot.db.session import Database
from bot.engine.calendars import calendar_of, zone_of
from bot.engine.staff import Staff
from bot.engine.worktime import local_span, whole_minute
from bot.locales.ru import staff as ru
from bot.screens import away as screens
from bot.services import covers
from bot.services.absence_talk import AbsenceTalk
from bot.services.absent_tasks import AbsentTasks
from bot.services.apply import Apply
from bot.services.intents import Reply
from bot.services.library import Library
from bot.services.oversight import sight_of, why_not_of
from bot.services.people import PeopleService
from bot.services.retiming import retime
from bot.services.showing import Showing
from bot.services.sick_mornings import SickMornings

log = logging.getLogger(__name__)
SILENCE = timedelta(minutes=30)
"""Working time after which the tasks of an absent person are given out without being asked."""
SICK_LONGEST = timedelta(days=30)
"""An illness without an end counts so long, unless he says that he is back."""
LATEST = timedelta(days=300)
"""So far ahead a leave can be planned: whoever is away for a year has no working time that anything could wait for."""
_ASKED = ("asked", "kept")
_MOMENT = timedelta(seconds=1)
_UNDER_WAY = ("planned", "asked", "sharing", "shared", "kept")


class Absences:
    """See the module."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        apply: Apply,
        library: Library,
        people: PeopleService,
        showing: Showing,
    ) -> None:
        self._database = database
        self._clock = clock
        self._apply = apply
        self._library = library
        self._people = people
        self._tasks = AbsentTasks(database, clock, apply, library)
        self._talk = AbsenceTalk(clock, library, self._tasks, showing)
        self._mornings = SickMornings(database, clock, library, showing)

    # What people say ---------------------------------------------------------------------------------------------

    async def of(self, person_id: int) -> list[Absence]:
        """What is planned or under way for this person."""
        async with self._database.read() as connection:
            return await db.not_over(connection, person_id)

    async def of_all(self) -> dict[int, list[Absence]]:
        """What is planned or under way, by person."""
        found: dict[int, list[Absence]] = {}
        for absence in await self._not_over():
            found.setdefault(absence.person_id, []).append(absence)
        return found

    async def sick(self, by: Person, whom: Person) -> Reply:
        """From this minute on, until he is back."""
        now, known = whole_minute(self._clock.now()), await self.of(whom.id)
        if any(one.kind == "sick" and one.starts_at <= now < one.ends_at for one in known):
            return Reply(toast=ru.SICK_ALREADY, done=False)
        # A leave that is planned already begins all the same.
        end = min((one.starts_at for one in known if one.starts_at > now), default=now + SICK_LONGEST)
        return await self._begin(by, whom, "sick", (now, min(end, now + SICK_LONGEST)))

    async def leave(self, by: Person, whom: Person, first: date, last: date) -> Reply:
        """Whole days, the last one included."""
        zone, now = zone_of(self._library.active), whole_minute(self._clock.now())
        today = now.astimezone(zone).date()
        if last < first or last < today:
            return Reply(toast=ru.DAYS_GONE, done=False)
        if last > today + LATEST:
            return Reply(toast=ru.DAYS_FAR.format(day=screens.say_span(today + LATEST, today + LATEST)), done=False)
        start, end = local_span(first, time(0), time(0), zone).start, local_span(last, time(0), time(0), zone).end
        return await self._begin(by, whom, "leave", (max(start, now), end))

    async def _begin(self, by: Person, whom: Person, kind: str, span: tuple[datetime, datetime]) -> Reply:
        if not may_say(await self._people.everybody(), by, whom):
            return Reply(toast=ru.ONLY_OWN, done=False)
        former = await self.of(whom.id)
        async with self._people.changing() as connection:
            now = self._clock.now()
            await db.add(connection, whom.id, kind, span, by.id, now)
            days = screens.say_span(
                *(moment.astimezone(self._talk.zone).date() for moment in (span[0], span[1] - _MOMENT))
            )
            what = Change.SICK if kind == "sick" else Change.LEAVE
            await audit.note(connection, now, by, what, whom=whom.name, days=days)
        await retime(self._database, self._apply, self._library, [whom.crm_user_id])
        people, left = await self._people.everybody(), {one.id for one in await self.of(whom.id)}
        for absence in former:
            if absence.id not in left:
                await self._talk.say(absence, whom, people, ru.OTHER_DAYS_SAID)
        return Reply()

    async def back(self, by: Person, whom: Person) -> Reply:
        """He is at work again; of somebody who is at work: he will not be absent after all."""
        if not may_say(await self._people.everybody(), by, whom):
            return Reply(toast=ru.ONLY_OWN, done=False)
        now, ended = whole_minute(self._clock.now()), False
        async with self._people.changing() as connection:
            known = await db.not_over(connection, whom.id)
            here = [one for one in known if one.starts_at <= now < one.ends_at]
            for absence in here or known:
                begun = absence.starts_at <= now
                change = {"ends_at": now} if begun else {"ends_at": absence.starts_at, "state": db.OVER}
                if now < absence.ends_at:
                    ended |= await db.change(connection, absence.id, _UNDER_WAY, **change)
            if ended:
                await audit.note(connection, self._clock.now(), by, Change.BACK, whom=whom.name)
        if not ended:
            return Reply(toast=ru.NOT_AWAY, done=False)
        await retime(self._database, self._apply, self._library, [whom.crm_user_id])
        return Reply()

    async def settle(self, by: Person, number: int, *, share: bool) -> Reply:
        """A supervisor's word: give the tasks out by load, or leave them until he is back."""
        states, state = (_ASKED, "sharing") if share else (("asked",), "kept")
        absence, people = await self._one(number), await self._people.everybody()
        person = people.by_id.get(absence.person_id) if absence is not None else None
        if (
            person is not None
            and (refusal := why_not_of(people, by, person.crm_user_id, self._clock.now())) is not None
        ):
            return Reply(toast=refusal, done=False)
        async with self._database.write() as connection:
            known = person is not None and await db.change(connection, number, states, state=state)
            if known and person is not None:
                what = Change.SHARED if share else Change.KEPT
                await audit.note(connection, self._clock.now(), by, what, whom=person.name)
        if not known or absence is None or person is None:
            return Reply(toast=ru.SETTLED, done=False)
        if not share:
            await self._talk.say(absence, person, people, ru.KEPT.format(who=by.name), keep_share=True)
        elif not self._able(people, person):
            await self._talk.say(absence, person, people, ru.GIVEN_NONE)
        return Reply()

    async def hand(self, by: Person, number: int, to: int) -> Reply:
        """A supervisor's word: all of it goes to this colleague."""
        people, absence = await self._people.everybody(), await self._one(number)
        taker = people.by_crm.get(to)
        if absence is None or absence.state not in _ASKED or taker is None or taker.role != covers.STANDS_IN:
            return Reply(toast=ru.SETTLED, done=False)
        person = people.by_id.get(absence.person_id)
        if person is None or people.staff.is_away(to, self._clock.now()):
            return Reply(toast=ru.TAKER_AWAY, done=False)
        if (refusal := why_not_of(people, by, person.crm_user_id, self._clock.now())) is not None:
            return Reply(toast=refusal, done=False)
        given = await self._tasks.give_out(absence, person, people, [taker])
        async with self._database.write() as connection:
            if await db.change(connection, number, _ASKED, state="shared"):
                now = self._clock.now()
                await audit.note(connection, now, by, Change.HANDED, whom=person.name, to=taker.name)
        left = await self._for_nobody(absence, person)
        await self._talk.say(absence, person, people, screens.given(given, people, left))
        return Reply()

    async def takers(self, number: int) -> list[Person]:
        """To whom the tasks of this absence can be given."""
        people, absence = await self._people.everybody(), await self._one(number)
        if absence is None or absence.state not in _ASKED:
            return []
        now = self._clock.now()
        return [
            person
            for person in people.all
            if person.role == covers.STANDS_IN
            and person.crm_user_id is not None
            and person.id != absence.person_id
            and not people.staff.is_away(person.crm_user_id, now)
        ]

    async def asked(self, number: int) -> bool:
        """Show the question again, as it was first; False: it is settled."""
        absence, people = await self._one(number), await self._people.everybody()
        person = people.by_id.get(absence.person_id) if absence is not None else None
        if absence is None or person is None or absence.state not in _ASKED:
            return False
        await self._talk.ask_again(absence, person, people)
        return True

    # What follows ------------------------------------------------------------------------------------------------

    async def next_due(self) -> datetime | None:
        """When something is to be done about an absence next."""
        absences, people = await self._not_over(), await self._people.now()
        asks = (self._mornings.due(absence, people.by_id.get(absence.person_id)) for absence in absences)
        steps = (self._due(absence, people) for absence in absences)
        return min((*steps, *(at for at in asks if at is not None)), default=None)

    async def run_due(self) -> int:
        """Do it; returns for how many absences something was done."""
        now, done = self._clock.now(), 0
        absences = await self._not_over()
        if not absences:
            return 0
        people = await self._people.everybody()
        for absence in absences:
            if self._due(absence, people) <= now:
                await self._step(absence, people)
                done += 1
                continue
            person = people.by_id.get(absence.person_id)
            asks = self._mornings.due(absence, person)
            if person is not None and asks is not None and asks <= now:
                await self._mornings.ask(absence, person)
                done += 1
        return done

    def _due(self, absence: Absence, people: People) -> datetime:
        """When the next step of an absence is due: its beginning at an opening, the end of silence, the day back."""
        office = calendar_of(self._library.active)
        person = people.by_id.get(absence.person_id)
        if person is None or absence.ends_at <= absence.starts_at:
            return absence.starts_at
        back = people.staff.hours(self._library.active, person.crm_user_id).next_open(absence.ends_at)
        match absence.state:
            case "planned":
                return min(back, absence.starts_at if absence.kind == "sick" else office.next_open(absence.starts_at))
            case "asked":
                return min(back, office.add_working(absence.asked_at or absence.starts_at, SILENCE))
            case "sharing":
                return absence.starts_at if self._able(people, person) else min(back, self._anybody(people, back))
            case _:
                return back

    async def _step(self, absence: Absence, people: People) -> None:
        person = people.by_id.get(absence.person_id)
        if person is None or absence.ends_at <= absence.starts_at or self._is_back(absence, person, people.staff):
            await self._end(absence, person, people)
        elif absence.state == "planned":
            await self._ask(absence, person, people)
        else:
            await self._share(absence, person, people)

    def _is_back(self, absence: Absence, person: Person, staff: Staff) -> bool:
        now = self._clock.now()
        return absence.ends_at <= now and staff.works(self._library.active, person.crm_user_id, now)

    def _able(self, people: People, person: Person) -> list[Person]:
        """Who can have his tasks: who of his team is on shift, who of it is not absent, the same of other teams."""
        now, without, user = self._clock.now(), (person.crm_user_id or 0,), person.crm_user_id
        on_shift = covers.at_work(people, self._library.active, now, without=without)
        present = covers.present(people, now, without=without)
        own = covers.own_team(people, on_shift, user) or covers.own_team(people, present, user)
        return own or on_shift or present

    def _anybody(self, people: People, latest: datetime) -> datetime:
        """When the first of those who stand in is not absent any more."""
        now = self._clock.now()
        users = (one.crm_user_id for one in people.all if one.role == covers.STANDS_IN)
        ends = (window.end for user in users if (window := people.staff.absence(user, now)) is not None)
        return min(ends, default=latest)

    async def _ask(self, absence: Absence, person: Person, people: People) -> None:
        """One message to the supervisors, in working hours; without tasks there is nothing to ask.

        Whom somebody is to call before they must have answered cannot wait for them: that is given out at once.
        """
        now, office = self._clock.now(), calendar_of(self._library.active)
        soon = office.add_working(now, SILENCE)
        given = await self._tasks.give_out(absence, person, people, self._able(people, person), agreed_before=soon)
        asks = await self._talk.ask(absence, person, people, given, office.next_open(now))
        state = "asked" if asks else "kept"
        async with self._database.write() as connection:
            await db.change(connection, absence.id, ("planned",), state=state, asked_at=now)

    async def _share(self, absence: Absence, person: Person, people: People) -> None:
        """Give the tasks out by load; while nobody is there who could have them, they wait for the first one."""
        silent, able = f"{ru.SILENT} " if absence.state == "asked" else "", self._able(people, person)
        waits = bool(await self._tasks.waiting(absence, person))
        given = await self._tasks.give_out(absence, person, people, able)
        async with self._database.write() as connection:
            state = "shared" if able or not waits else "sharing"
            await db.change(connection, absence.id, ("asked", "sharing"), state=state)
        left = await self._for_nobody(absence, person)
        words = screens.given(given, people, left) if waits else ru.NO_TASKS
        await self._talk.say(absence, person, people, f"{silent}{words}")

    async def _for_nobody(self, absence: Absence, person: Person) -> dict[str, int]:
        """Tasks of his that wait for a role of which nobody else is there: role → how many."""
        roles = Counter(self._tasks.role_of(case) for case in await self._tasks.waiting(absence, person))
        return {role: count for role, count in roles.items() if role is not None}

    async def _end(self, absence: Absence, person: Person | None, people: People) -> None:
        """The day back: what is still open is his again, and one message tells him so."""
        if person is not None and absence.state != "planned":
            returned = await self._tasks.take_back(person, people)
            await self._talk.welcome(person, len(await self._tasks.of(person)), returned)
            await self._talk.say(absence, person, people, ru.CAME_BACK)
        await self._mornings.end(absence)
        async with self._database.write() as connection:
            await db.change(connection, absence.id, _UNDER_WAY, state=db.OVER)

    # Rows --------------------------------------------------------------------------------------------------------

    async def _not_over(self) -> list[Absence]:
        async with self._database.read() as connection:
            return await db.not_over(connection)

    async def _one(self, number: int) -> Absence | None:
        return next((one for one in await self._not_over() if one.id == number), None)


def may_say(people: People, by: Person, whom: Person) -> bool:
    """Whether this person may say of the other that he is absent: of himself, or of whom he leads."""
    return by.id == whom.id or (by.leads and sight_of(people, by).sees(whom.crm_user_id))
