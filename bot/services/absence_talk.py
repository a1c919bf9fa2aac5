"""What supervisors read of an absence: one message each, from the question until the day back."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from bot.clock import Clock
from bot.db.absences import Absence
from bot.db.people import People, Person
from bot.engine.calendars import zone_of
from bot.screens import away as screens
from bot.screens.screen import Screen
from bot.services.absent_tasks import AbsentTasks
from bot.services.library import Library
from bot.services.oversight import reached
from bot.services.showing import Showing


class AbsenceTalk:
    """See the module."""

    def __init__(self, clock: Clock, library: Library, tasks: AbsentTasks, showing: Showing) -> None:
        self._clock = clock
        self._library = library
        self._tasks = tasks
        self._showing = showing

    @property
    def zone(self) -> screens.Zone:
        """In which days are said."""
        return zone_of(self._library.active)

    async def ask(self, absence: Absence, person: Person, people: People, given: Counter[int], at: datetime) -> bool:
        """What becomes of his tasks? Sent at that moment; `given`: who has got what could not wait for the answer.

        False: there is nothing to ask, only to tell.
        """
        kinds = await self._kinds(absence, person)
        screen = screens.question(absence, person, kinds, self.zone, at_once=screens.listed(given, people))
        keyed = [(one.telegram_id or 0, _key(absence, one), screen) for one in self._leaders(people, person)]
        await self._showing.many(keyed, at=at)
        return kinds.all > 0

    async def ask_again(self, absence: Absence, person: Person, people: People) -> None:
        """The question as it was first."""
        kinds = await self._kinds(absence, person)
        await self._show(absence, people, screens.question(absence, person, kinds, self.zone))

    async def say(
        self, absence: Absence, person: Person, people: People, words: str, *, keep_share: bool = False
    ) -> None:
        """What became of them; `keep_share`: they can still be given out."""
        await self._show(absence, people, screens.settled(absence, person, words, self.zone, keep_share=keep_share))

    async def welcome(self, person: Person, mine: int, returned: int) -> None:
        """To himself, on the day back: how much waits."""
        if person.telegram_id is not None:
            minute = int(self._clock.now().timestamp()) // 60  # an illness and the leave after it end as one
            screen = screens.welcome_back(mine, returned)
            await self._showing.new(person.telegram_id, f"back:{person.id}:{minute}", screen)

    async def _kinds(self, absence: Absence, person: Person) -> screens.Kinds:
        waiting = await self._tasks.waiting(absence, person)
        return screens.kinds((case, self._library[case.playbook]) for case in waiting)

    def _leaders(self, people: People, absent: Person) -> list[Person]:
        """Who is asked: who leads his team and is there, be it as a stand-in."""
        team = people.teams.of(absent.crm_user_id)
        return reached(people, team, self._clock.now(), besides=absent)

    async def _show(self, absence: Absence, people: People, screen: Screen) -> None:
        await self._showing.by_keys([_key(absence, one) for one in people.all if one.leads], screen)


def _key(absence: Absence, leader: Person) -> str:
    return f"away:{absence.id}:{leader.id}"
