"""Whose day holds more than fits, and what could be done about it: read from the cases, for one moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.clock import Clock
from bot.db import agendas as db
from bot.db.people import People, Person, load_people
from bot.db.session import Database
from bot.engine.calendars import client_window, zone_of
from bot.engine.case import Case
from bot.engine.sla import night_queue, turn
from bot.engine.workload import Piece, piece_of, put_off, room_left, spread, surplus, turned_away
from bot.engine.worktime import WorkingTime
from bot.services.covers import STANDS_IN
from bot.services.library import Library

_DAYS = 5
"""Working days on which room is looked for."""
_FURTHEST = timedelta(days=20)
"""They lie within so many days."""


@dataclass(frozen=True, slots=True)
class Overload:
    """What does not fit into the rest of this day.

    Args:
        over: the least important first.
        given: what colleagues have room for, and who takes it.
        moved: what may wait, and the beginning of the day to which it goes.
        turns: by task, when the taker of a client who would have waited for another day is to call, and sees the card.
        people: who is who.
    """

    over: Sequence[Piece]
    given: Sequence[tuple[Piece, int]]
    moved: Sequence[tuple[Piece, datetime]]
    turns: Mapping[str, tuple[datetime, datetime]]
    people: People


class Overloads:
    """Everything here only reads."""

    def __init__(self, database: Database, clock: Clock, library: Library) -> None:
        self._database = database
        self._clock = clock
        self._library = library

    async def now(self, users: Collection[int] | None = None) -> Overload:
        """As things stand, of all managers or of these CRM users alone."""
        now = self._clock.now()
        async with self._database.read() as connection:
            people = await load_people(connection)
            mine = [person for person in people.all if self._is_asked(people, person, users, now)]
            numbers = [person.crm_user_id or 0 for person in mine]
            cases = await db.due_before(connection, numbers, now + _FURTHEST)
            await self._library.learn(connection, (case.playbook for case in cases))
        hours = {user: people.staff.hours(self._library.active, user) for user in numbers}
        pieces = [
            piece_of(self._library[case.playbook], case, case.task, hours[case.holder])
            for case in cases
            if case.task is not None and case.holder in hours
        ]
        today = now.astimezone(zone_of(self._library.active)).date()
        due = [piece for piece in pieces if hours[piece.user].local_day(piece.due_at) <= today]
        room = {user: self._room(hours[user], today, now) for user in numbers}
        away = turned_away(pieces, today, hours)
        over = [*away, *surplus(due, room)]
        reached = {person.crm_user_id for person in mine if person.reachable and person.telegram_id is not None}
        free = {user: left for user, left in room_left(due, over, room).items() if room[user] and user in reached}
        given = spread(over, free, people.staff.colleagues)
        known = {case.id: case for case in cases}
        fresh = [(known[piece.case], taker) for piece, taker in given if piece in away]
        return Overload(
            over, given, self._moved(over, pieces, hours, today, now), self._turns(fresh, hours, now), people
        )

    def _turns(
        self, fresh: Iterable[tuple[Case, int]], hours: Mapping[int, WorkingTime], now: datetime
    ) -> dict[str, tuple[datetime, datetime]]:
        """One after another, the freshest first, as in the morning."""
        mine: dict[int, list[Case]] = defaultdict(list)
        for case, taker in fresh:
            mine[taker].append(case)
        found = {}
        for taker, cases in mine.items():
            for lead in night_queue([case.arrived_at for case in cases], hours[taker], now):
                case = cases[lead.position]
                window = client_window(self._library[case.playbook], case)
                push, due = turn(hours[taker], window, lead.due, now)
                found[case.task.id if case.task is not None else ""] = (due, push)
        return found

    def _is_asked(self, people: People, person: Person, users: Collection[int] | None, now: datetime) -> bool:
        """A manager who is not absent; the tasks of absent people wait or are given out by themselves."""
        user = person.crm_user_id
        is_there = person.role == STANDS_IN and user is not None and not people.staff.is_away(user, now)
        return is_there and (users is None or user in users)

    def _room(self, hours: WorkingTime, day: date, since: datetime) -> timedelta:
        """How much of a day's working time after `since` goes into tasks."""
        if not hours.is_working_day(day):
            return timedelta()
        begin = max(since, hours.open_of(day))
        return hours.working_between(begin, hours.close_of(day)) * self._library.active.workload / 100

    def _moved(
        self,
        over: Sequence[Piece],
        pieces: Sequence[Piece],
        hours: Mapping[int, WorkingTime],
        today: date,
        now: datetime,
    ) -> list[tuple[Piece, datetime]]:
        busy: dict[tuple[int, date], timedelta] = defaultdict(timedelta)
        for piece in pieces:
            busy[piece.user, hours[piece.user].local_day(piece.due_at)] += piece.lasts
        found: list[tuple[Piece, datetime]] = []
        for user, calendar in hours.items():
            days = calendar.working_days_after(today, _DAYS)
            mine = [piece for piece in over if piece.user == user]
            for piece, day in put_off(mine, days, lambda who, on: self._room(hours[who], on, now) - busy[who, on]):
                found.append((piece, calendar.open_of(day)))
        return found
