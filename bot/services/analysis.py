"""Analysis over a month: where clients are lost, and when they pick up. Shares come with their numbers, never alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field, replace
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
from bot.playbooks.model import Playbook
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
        return FunnelView(
            DAYS, self._lost([move for move in moves if sight.sees(move.owner)]), *_by_speed(found, sight)
        )

    def _lost(self, moves: Sequence[Move]) -> list[LostAt]:
        """In the order of the stages. A case is lost where it was lost last; what was taken back was never left."""
        passed: dict[tuple[str, str], set[int]] = defaultdict(set)
        reasons: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for path in _paths(moves):
            known = [move for move in path if self._is_known(move)]
            for move in known:
                passed[move.pipeline, move.old].add(move.case_id)
            if not known or known[-1] is not path[-1]:
                continue
            last, playbook = known[-1], self._library[known[-1].version]
            is_lost = playbook.pipelines[last.pipeline].stages[last.new].kind == "failure"
            if is_lost and last.new not in _joining(playbook):
                words = (stage_title(playbook, last.new), mask_phones(reason_of(playbook, last.facts)))
                reasons[last.pipeline, last.old][": ".join(dict.fromkeys(word for word in words if word))] += 1
        active = self._library.active
        order = [(key, name) for key, pipeline in active.pipelines.items() for name in pipeline.stages]
        places = sorted(reasons, key=lambda place: order.index(place) if place in order else len(order))
        return [LostAt(stage_title(active, place[1]), len(passed[place]), reasons[place]) for place in places]

    def _is_known(self, move: Move) -> bool:
        pipeline = self._library[move.version].pipelines.get(move.pipeline)
        return pipeline is not None and move.old in pipeline.stages and move.new in pipeline.stages

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


def _joining(playbook: Playbook) -> Set[str | None]:
    """Stages of duplicates alone: their clients are in work elsewhere, so they are not lost."""
    ends = playbook.outcomes.values()
    return {one.stage for one in ends if one.joins is not None} - {one.stage for one in ends if one.joins is None}


def _paths(moves: Iterable[Move]) -> Iterable[Sequence[Move]]:
    """The moves of each case, without those that were taken back."""
    paths: dict[int, list[Move]] = defaultdict(list)
    for move in moves:
        path = paths[move.case_id]
        if not move.back:
            path.append(move)
        elif path and (wrong := path.pop()).old != move.new:
            path.append(replace(move, old=wrong.old))
    return [path for path in paths.values() if path]


def _by_speed(deeds: Sequence[Deed], sight: Sight) -> tuple[Share, Share]:
    """Of leads touched in time, and of those touched later, how many have come as far as a meeting.

    A lead is his who has called it first, whoever has it by now.
    """
    found = lasting(deeds)
    within = {
        deed.case_id: deed.data["arrived"]["within"]
        for deed in found
        if "arrived" in deed.data and not deed.data["arrived"]["night"] and deed.data["arrived"]["within"] is not None
    }
    touches = [deed for deed in found if "touched" in deed.data and deed.case_id in within and sight.sees(deed.holder)]
    met = {
        case for deed in found if "meeting_set" in deed.data.get("counts", ()) for case in (deed.case_id, deed.parent)
    }
    counts = {True: [0, 0], False: [0, 0]}
    for touch in touches:
        count = counts[touch.data["touched"]["wait"] <= within[touch.case_id]]
        count[0] += touch.case_id in met
        count[1] += 1
    return Share(*counts[True]), Share(*counts[False])
