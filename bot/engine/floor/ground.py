"""What all managers of a simulated floor share: the playbook's way and times, the clients, the hours."""

from __future__ import annotations

from datetime import time, timedelta
from zoneinfo import ZoneInfo

from bot.engine.calendars import zone_of
from bot.engine.floor.clients import Client, Crowd
from bot.engine.floor.luck import chance, key_of
from bot.engine.floor.minutes import ByQuarter, Spans, minute_of
from bot.engine.floor.parameters import Parameters, SimulationRefused
from bot.engine.floor.path import Path
from bot.engine.floor.rota import Rota
from bot.engine.floor.terms import Terms
from bot.engine.worktime import local_span
from bot.locales.ru import simulation as ru
from bot.playbooks.model import Playbook

_TAIL = timedelta(days=45)
"""After the last arrival the floor works on for so long, so that the last leads have their whole cadence too."""
_WHOLE_DAY = (time(0), time(0))
_MANAGERS = 1 << 40
"""Managers are numbered above any lead, so that nobody shares luck."""


class Floor:
    """One playbook with everything that its managers share.

    Args:
        playbook: the rules.
        parameters: the floor.
        seed: of all luck.
        zone: whose days the leads come on; the same for all playbooks that are compared.

    Raises:
        SimulationRefused: the playbook leads no lead anywhere, or nobody works on the days of the run.
    """

    def __init__(self, playbook: Playbook, parameters: Parameters, seed: int, zone: ZoneInfo) -> None:
        self.parameters = parameters
        self.seed = seed
        self.path = Path(playbook)
        self.crowd = Crowd(parameters, seed)
        self.troubles = self.crowd.troubles(zone)
        first, last = parameters.start, parameters.start + timedelta(days=parameters.days - 1)
        self._first, self._last = first - timedelta(days=1), last + _TAIL
        self.rota = Rota(playbook, parameters, self._first, self._last)
        self.dealt = self.rota.deal(self.crowd.arrivals(zone))
        """Minute and number of every manager's leads."""
        own = zone_of(playbook)
        self.begin = minute_of(local_span(first, *_WHOLE_DAY, own).start)
        self.end = minute_of(local_span(last, *_WHOLE_DAY, own).end)
        if self.rota.team.passed(self.end) == self.rota.team.passed(self.begin):
            raise SimulationRefused(ru.NOBODY_WORKS.format(playbook=playbook.playbook))
        self.hour = ByQuarter(lambda moment: moment.astimezone(own).hour)
        self.day = ByQuarter(lambda moment: moment.astimezone(own).toordinal())
        self._terms: dict[tuple[str | None, int], Terms] = {}

    def terms(self, client: Client, manager: int) -> Terms:
        """The times that hold for a client of a manager."""
        rota = self.rota
        user = rota.users[rota.shifts[manager]]
        known = self._terms.get((client.zone, user))
        if known is None:
            known = Terms(self.path, client.zone, self._first, self._last, rota.staff, user)
            self._terms[client.zone, user] = known
        return known

    def shift(self, manager: int) -> Spans:
        """The minutes in which a manager is at his phone: working time without the absences of the day."""
        p, hours = self.parameters, self.rota.hours[self.rota.shifts[manager]]
        key = key_of(self.seed, _MANAGERS + manager)
        free: list[tuple[float, float]] = []
        for start, end in zip(hours.starts, hours.ends, strict=True):
            length = end - start
            expected = length * p.away / p.away_minutes
            # Numbered by the minute, so that other hours on one day leave the other days as they were.
            draw = int(start)
            count = int(expected) + (chance(key, draw) < expected % 1)
            at = start
            for number in range(count):
                share = length / count
                spare = chance(key, draw + number + 1) * max(0.0, share - p.away_minutes)
                begin = start + int(number * share + spare)
                free.append((at, begin))
                at = begin + min(p.away_minutes, share)
            free.append((at, end))
        return Spans(free)
