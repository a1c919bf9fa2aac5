"""Managers at work: every dial of the run, one after the other.

A manager takes what his queue shows first (rank of the task, then due time), is busy with it for some minutes, and goes
on; what waits meanwhile gets late by itself. Managers do not help each other, so each can be simulated alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from heapq import heappop, heappush
from itertools import groupby
from math import ceil

from bot.engine.floor import clients
from bot.engine.floor.clients import Client
from bot.engine.floor.ground import Floor
from bot.engine.floor.minutes import moment_of
from bot.engine.floor.path import Standing
from bot.engine.floor.tally import Tally
from bot.engine.floor.terms import Terms, Times
from bot.engine.sla import night_queue

_HOUR = 60
_SLOW_CURVE = ((1, 4.91), (2, 2.60), (3, 1.98), (30, 1.62), (60, 1.36), (300, 1.24), (1440, 1.17), (2880, 1.0))
"""Minutes until the first call → conversion against leads called later still (Leads360, 2012)."""


def work(floor: Floor, managers: Iterable[int]) -> Tally:
    """The counts of these managers, numbers from 0 to `parameters.staff`."""
    tally = Tally()
    for number in managers:
        mine = [Client(floor.crowd, lead, arrived) for arrived, lead in floor.dealt[number]]
        _Manager(floor, number, tally).work(mine)
    return tally


class _Lead:
    """A lead in work."""

    __slots__ = (
        "calling",
        "client",
        "dials",
        "misses",
        "open",
        "standing",
        "terms",
        "times",
        "token",
        "tried",
        "waited",
    )

    def __init__(self, client: Client, terms: Terms, standing: Standing, times: Times) -> None:
        self.client = client
        self.terms = terms
        self.standing = standing
        self.times = times
        self.misses: tuple[int, ...] = ()
        """Of the running cadence, minutes of UTC."""
        self.tried = [0, 0, 0]
        """Dials by part of the day."""
        self.dials = 0
        self.token = 0
        """Number of the open task; what waits for another one is obsolete."""
        self.calling = False
        """He has called himself and will pick up."""
        self.waited = 0
        """Minutes from arrival to the first dial."""
        self.open = True


_CALL = -1
"""In place of a task's number: the client calls."""


class _Manager:
    """One manager's days."""

    def __init__(self, floor: Floor, number: int, tally: Tally) -> None:
        self._floor = floor
        self._number = number
        self._parameters = floor.parameters
        self._path = floor.path
        self._tally = tally
        self._shift = floor.shift(number)
        # Who is there does the work of those on leave or ill as well: each piece takes longer.
        stretch = 1 / (1 - floor.parameters.leave - floor.parameters.sick)
        self._miss_minutes = floor.parameters.miss_minutes * stretch
        self._talk_minutes = floor.parameters.talk_minutes * stretch
        self._coming: list[tuple[int, int, _Lead, int]] = []
        self._ready: list[tuple[int, int, int, _Lead, int]] = []
        self._order = 0
        self._late_days: set[int] = set()

    def work(self, mine: Sequence[Client]) -> None:
        """All days, from the first lead to the last dial."""
        tally = self._tally
        tally.leads += len(mine)
        tally.days += self._working_days()
        tally.minutes += int(self._shift.passed(self._floor.end) - self._shift.passed(self._floor.begin))
        self._arrive(mine)
        now: float = 0
        while self._coming or self._ready:
            while self._coming and self._coming[0][0] <= now:
                self._bring(*heappop(self._coming))
            if not self._ready:
                if self._coming:
                    now = max(now, self._coming[0][0])
                continue
            free = self._shift.first_from(now)
            if free is None:
                break
            if free > now:
                now = free
                continue
            lead, token = heappop(self._ready)[-2:]
            if lead.open and token == lead.token:
                now = self._take(lead, now)
        left = [entry[-2:] for entry in self._ready] + [entry[-2:] for entry in self._coming]
        for lead, token in left:
            if lead.open and token == lead.token:
                self._count_task(lead, late=True)
        tally.late_days += len(self._late_days)

    def _working_days(self) -> int:
        floor = self._floor
        hours = floor.rota.hours[floor.rota.shifts[self._number]]
        return len({floor.day(int(start)) for start in hours.starts if floor.begin <= start < floor.end})

    def _arrive(self, mine: Sequence[Client]) -> None:
        nights: list[tuple[int, Client]] = []
        for client in mine:
            terms, standing = self._floor.terms(client, self._number), self._path.first(client.source)
            opening = terms.handed_out_at(standing, client.arrived)
            if opening is not None:
                nights.append((opening, client))
                continue
            seen = self._floor.troubles
            at = int(seen.ends[seen.at(client.arrived)]) if client.arrived in seen else client.arrived
            self._wait(_Lead(client, terms, standing, terms.first(standing, client.arrived, at)))
        for opening, group in groupby(nights, key=lambda one: one[0]):
            # Of one minute the later is the fresher, so the queue is asked for from the latest on.
            latest = [client for _, client in group][::-1]
            arrivals = [moment_of(client.arrived) for client in latest]
            hours = self._floor.terms(latest[0], self._number).calendar
            for place in night_queue(arrivals, hours, moment_of(opening)):
                client = latest[place.position]
                terms, standing = self._floor.terms(client, self._number), self._path.first(client.source)
                self._wait(_Lead(client, terms, standing, terms.handed_out(standing, place.due, opening)))

    def _wait(self, lead: _Lead) -> None:
        """The lead's task comes when its card is shown."""
        self._order += 1
        heappush(self._coming, (lead.times.push, self._order, lead, lead.token))

    def _bring(self, at: int, _: int, lead: _Lead, token: int) -> None:
        """What has come: a card, or a client's own call."""
        if not lead.open:
            return
        if token == _CALL:
            self._called(lead, at)
        elif token == lead.token:
            self._show(lead)

    def _show(self, lead: _Lead) -> None:
        self._order += 1
        rank = self._path.playbook.tasks[lead.standing.kind].rank
        heappush(self._ready, (rank, lead.times.due, self._order, lead, lead.token))

    def _called(self, lead: _Lead, at: int) -> None:
        """The stage's task for such a call takes the place of the open one; without one the open card comes at once."""
        lead.calling = True
        lead.token += 1
        kind = self._path.playbook.pipelines[self._path.pipeline].stages[lead.standing.stage].inbound
        if kind is None:
            self._show(lead)
            return
        lead.standing = replace(lead.standing, kind=kind)
        lead.times = lead.terms.task(lead.standing, kind, at, None)
        self._wait(lead)

    def _take(self, lead: _Lead, start: float) -> float:
        """The manager does what the card says; when he is free again."""
        minute = int(start)
        if not lead.terms.may_call(minute):
            lead.times = lead.times._replace(push=lead.terms.next_call(minute))
            self._wait(lead)
            return start
        client, part = lead.client, lead.terms.part(minute)
        reached = lead.calling or client.answers(part, lead.tried[part], self._parameters.repeat_factor)
        lead.tried[part] += 1
        lead.dials += 1
        end = start + (self._talk_minutes if reached else self._miss_minutes)
        self._count(lead, minute, int(end), reached=reached)
        if reached:
            lead.open = False
        else:
            self._after_miss(lead, int(end))
        return end

    def _after_miss(self, lead: _Lead, at: int) -> None:
        p, client = self._parameters, lead.client
        told = at + int(p.bypass_minutes) if client.luck(clients.CLOSED_IN_CRM + lead.dials) < p.bypass else at
        busy = client.luck(clients.BUSY + lead.dials) < p.busy
        turn = lead.terms.after_miss(lead.standing, lead.misses, at, told, busy=busy)
        if turn is None:
            lead.open = False
            self._tally.lost += 1
            return
        lead.standing, lead.misses, lead.times = turn
        lead.token += 1
        self._wait(lead)
        if lead.dials == 1 and client.reachable and client.luck(clients.CALLS_BACK) < p.callback:
            self._order += 1
            heappush(self._coming, (self._calls_back_at(client, at), self._order, lead, _CALL))

    def _calls_back_at(self, client: Client, missed: int) -> int:
        """When a client calls who saw the missed call."""
        p, hours, luck = self._parameters, self._floor.rota.team, client.luck(clients.CALL_MOMENT)
        if client.luck(clients.OUTSIDE) < p.callback_outside:
            closing = hours.ends[min(hours.at(missed), len(hours.ends) - 1)]
            opening = hours.first_from(closing) or closing
            return ceil(closing + luck * max(0.0, opening - closing - 1))
        hour_on = hours.passed(missed) + _HOUR
        if client.luck(clients.SOON) < p.callback_soon:
            at = hours.at_passed(hour_on - _HOUR * (1 - luck))
        else:
            day = hours.at(missed)
            at = hours.at_passed(hour_on + luck * max(0.0, hours.ends[day] - hours.starts[day] - _HOUR))
        return ceil(at) if at is not None else self._floor.end + 24 * _HOUR

    def _count(self, lead: _Lead, start: int, end: int, *, reached: bool) -> None:
        tally, floor = self._tally, self._floor
        tally.dials += 1
        tally.dialled[lead.dials] += 1
        if lead.dials == 1:
            self._count_first(lead, start)
        if reached:
            tally.reached += 1
            tally.reached_by[lead.dials] += 1
            tally.called_back += lead.calling
            tally.qualified += lead.client.luck(clients.QUALIFIES) < self._qualifies(lead.waited)
        # A call stops the clock when it begins, anything else when it is recorded.
        done = start if self._path.playbook.tasks[lead.standing.kind].calling else end
        self._count_task(lead, late=done > lead.times.overdue)
        if floor.begin <= start < floor.end:
            tally.hours[floor.hour(start)] += 1
            tally.talks += reached
            tally.misses += not reached

    def _count_task(self, lead: _Lead, *, late: bool) -> None:
        floor, overdue = self._floor, lead.times.overdue
        self._tally.tasks += 1
        self._tally.late += late
        if late and floor.begin <= overdue < floor.end:
            self._late_days.add(floor.day(overdue))

    def _count_first(self, lead: _Lead, start: int) -> None:
        tally, hours = self._tally, self._floor.rota.team
        lead.waited = start - lead.client.arrived
        tally.first += 1
        tally.first_kept += start <= lead.times.due
        tally.waits[int(hours.passed(start) - hours.passed(lead.client.arrived))] += 1

    def _qualifies(self, waited: int) -> float:
        p = self._parameters
        if p.slow_curve:
            return p.qualify * slow_curve(waited)
        kept: float = (1 - p.qualify_loss) ** (waited / 30)
        return p.qualify * max(p.qualify_floor, kept)


def slow_curve(waited: float) -> float:
    """What so many minutes leave of the best chance, by the steeper curve; straight lines between its points."""
    best = _SLOW_CURVE[0][1]
    before = _SLOW_CURVE[0]
    for point in _SLOW_CURVE:
        if waited <= point[0]:
            span = point[0] - before[0] or 1
            return (before[1] + (point[1] - before[1]) * max(0.0, waited - before[0]) / span) / best
        before = point
    return before[1] / best
