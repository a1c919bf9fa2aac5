"""Analysis over a month: where clients are lost, and when they pick up. Shares come with their numbers, never alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from bot.clock import Clock
from bot.db import deeds as db
from bot.db.deeds import Deed, Move
from bot.db.people import People, Person, load_people
from bot.db.session import Database
from bot.engine.figures import Share
from bot.engine.phones import mask_phones
from bot.engine.story import reason_of
from bot.locales.ru import floor as ru
from bot.screens.analysis import AttemptsView, FunnelView, LostAt
from bot.services.floor_views import stage_title
from bot.services.library import Library
from bot.services.oversight import Sight, sight_of
from bot.services.tally import lasting

DAYS = 30
_LATER = 7
"""Attempts from this number on are counted together."""


class Analysis:
    """Everything here only reads."""

    def __init__(self, database: Database, clock: Clock, library: Library) -> None:
        self._database = database
        self._clock = clock
        self._library = library

    async def funnel(self, person: Person | None = None) -> FunnelView:
        """Where clients were lost in the last thirty days, by stage and reason, and what the first call's speed did.

        `person`: of those whom he sees alone.
        """
        now = self._clock.now()
        async with self._database.read() as connection:
            moves = await db.moves(connection, now - timedelta(days=DAYS), now + timedelta(seconds=1))
            found = await db.deeds(connection, now - timedelta(days=DAYS), now + timedelta(seconds=1))
            people = await load_people(connection)
        sight = sight_of(people, person) if person is not None else Sight(people)
        moves = [move for move in moves if sight.sees(move.owner)]
        found = [deed for deed in found if sight.sees(deed.holder)]
        return FunnelView(DAYS, self._lost(moves), *_by_speed(lasting(found), self._parents(moves)))

    def _parents(self, moves: Sequence[Move]) -> Mapping[int, int]:
        return {move.case_id: move.parent for move in moves if move.parent is not None}

    def _lost(self, moves: Sequence[Move]) -> list[LostAt]:
        """In the order of the stages. A case that was returned to work is lost where it was lost last."""
        passed: dict[tuple[str, str], set[int]] = defaultdict(set)
        ends: dict[int, tuple[tuple[str, str], str]] = {}
        for move in moves:
            playbook = self._library[move.version]
            pipeline = playbook.pipelines.get(move.pipeline)
            if pipeline is None or move.old not in pipeline.stages or move.new not in pipeline.stages:
                continue
            place = (move.pipeline, move.old)
            passed[place].add(move.case_id)
            ends.pop(move.case_id, None)
            if pipeline.stages[move.new].kind == "failure":
                words = [stage_title(playbook, move.new), mask_phones(reason_of(playbook, move.facts))]
                ends[move.case_id] = (place, ": ".join(word for word in words if word))
        reasons: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for place, end in ends.values():
            reasons[place][end] += 1
        active = self._library.active
        order = [(key, name) for key, pipeline in active.pipelines.items() for name in pipeline.stages]
        places = sorted(reasons, key=lambda place: order.index(place) if place in order else len(order))
        return [LostAt(stage_title(active, place[1]), len(passed[place]), reasons[place]) for place in places]

    async def attempts(self, person: Person | None = None) -> AttemptsView:
        """The contact rate of the last thirty days, by number, part of the day, source and manager.

        `person`: of those whom he sees alone.
        """
        now = self._clock.now()
        async with self._database.read() as connection:
            found = await db.deeds(connection, now - timedelta(days=DAYS), now + timedelta(seconds=1))
            people = await load_people(connection)
        sight = sight_of(people, person) if person is not None else Sight(people)
        dials = [deed for deed in lasting(found) if "dial" in deed.data and sight.sees(deed.holder)]
        groups = _Groups(people, self._library)
        for deed in dials:
            groups.count(deed)
        total = Share(sum(deed.data["dial"]["reached"] for deed in dials), len(dials))
        return AttemptsView(DAYS, total, groups.shares())


@dataclass(slots=True)
class _Groups:
    people: People
    library: Library
    counts: dict[str, dict[tuple[int, str], list[int]]] = field(default_factory=lambda: defaultdict(dict))

    def count(self, deed: Deed) -> None:
        dial = deed.data["dial"]
        number: int | None = dial["number"]
        if number is None:
            attempt = (_LATER + 1, ru.AGREED)
        elif number >= _LATER:
            attempt = (_LATER, ru.LATER.format(number=_LATER))
        else:
            attempt = (number, ru.ATTEMPT.format(number=number))
        source = self.library[deed.version].sources.get(deed.source or "")
        parts = list(ru.PARTS)
        part = (parts.index(dial["part"]) if dial["part"] in parts else len(parts), ru.PARTS.get(dial["part"], ""))
        self._add("number", attempt, dial["reached"])
        self._add("part", part, dial["reached"])
        self._add("source", (0, source.title if source is not None else ru.NO_SOURCE), dial["reached"])
        self._add("manager", (0, self.people.short_name(deed.holder)), dial["reached"])

    def _add(self, by: str, key: tuple[int, str], reached: bool) -> None:
        count = self.counts[by].setdefault(key, [0, 0])
        count[0] += reached
        count[1] += 1

    def shares(self) -> dict[str, list[tuple[str, Share]]]:
        """In the order of the day and of the attempts; sources and managers by name, since calls rank nobody."""
        return {
            by: [(key[1], Share(*self.counts[by][key])) for key in sorted(self.counts[by])] for by in ru.ATTEMPTS_BY
        }


def _by_speed(found: Sequence[Deed], parents: Mapping[int, int]) -> tuple[Share, Share]:
    """Of leads touched in time, and of those touched later, how many have come as far as a meeting."""
    within = {
        deed.case_id: deed.data["arrived"]["within"]
        for deed in found
        if "arrived" in deed.data and not deed.data["arrived"]["night"] and deed.data["arrived"]["within"] is not None
    }
    waits = {deed.case_id: deed.data["touched"]["wait"] for deed in found if "touched" in deed.data}
    met = {deed.case_id for deed in found if "meeting_set" in deed.data.get("counts", ())}
    met |= {parents[case] for case in met if case in parents}
    counts = {True: [0, 0], False: [0, 0]}
    for case, allowed in within.items():
        if case in waits:
            count = counts[waits[case] <= allowed]
            count[0] += case in met
            count[1] += 1
    return Share(*counts[True]), Share(*counts[False])
