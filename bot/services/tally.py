"""Counting deeds and tasks into figures: a pure function of rows. What was taken back was never done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.db.deeds import Deed, Meeting, Standing
from bot.db.evenings import Evening, Left
from bot.engine.deeds import BROKEN, KEPT
from bot.engine.figures import Far, Figures

_ONCE = ("contract", "activated")
"""Milestones that a case reaches once in its life; the others once in a span."""
_SAID = ("answered", "dial", "counts", "far", "lost")
"""What a deed takes from answers."""
_FIELDS = {
    "meeting_set": "meetings_set",
    "meeting_held": "meetings_held",
    "contract": "contracts",
    "activated": "activated",
}


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` until before `end`; `current`: it reaches until now, so what is open now belongs to it."""

    start: datetime
    end: datetime
    current: bool

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


@dataclass(frozen=True, slots=True)
class Rows:
    """What a report is counted from.

    Args:
        deeds: from the span's start until now, without those taken back (`lasting`).
        standing: the open tasks due by the end of the day.
        holders: of new leads, by case: who has their open task.
        meetings: those of the span.
        reached: what cases had reached before the span: case and milestone.
        waited: working time of somebody's team from one moment to another.
        now: the moment.
    """

    deeds: Sequence[Deed]
    standing: Sequence[Standing]
    holders: Mapping[int, int | None]
    meetings: Sequence[Meeting]
    reached: Set[tuple[int, str]]
    waited: Callable[[int | None, datetime, datetime], timedelta]
    now: datetime


@dataclass(slots=True)
class Report:
    """Figures of a span: of all, and by who had the task and where the case came from.

    `left_known`: whether anybody knows what was left at its end.
    """

    span: Span
    left_known: bool = False
    total: Figures = field(default_factory=Figures)
    by_manager: dict[int | None, Figures] = field(default_factory=lambda: defaultdict(Figures))
    by_source: dict[str | None, Figures] = field(default_factory=lambda: defaultdict(Figures))

    def add(self, other: Report) -> None:
        """Count another span's figures as well."""
        self.total.add(other.total)
        for user, figures in other.by_manager.items():
            self.by_manager[user].add(figures)
        for source, figures in other.by_source.items():
            self.by_source[source].add(figures)

    def stand(self, evening: Evening, users: Collection[int] | None = None) -> None:
        """Add what was left in that evening, of everybody or of these CRM users."""
        self.left_known = True
        for user, left in evening.items():
            if left == Left() or (users is not None and user not in users):
                continue
            for figures in (self.total, self.by_manager[user]):
                figures.left += left.tasks
                figures.overdue += left.overdue
                figures.untold += left.untold


def lasting(deeds: Iterable[Deed]) -> list[Deed]:
    """Without what was taken back: a whole record, what a corrected one said, or the loss of a client who is back."""
    kept: list[Deed] = []
    for deed in deeds:
        data = deed.data
        if "undone" in data:
            place = _last(kept, deed, "answered", data["undone"])
            if place is not None:
                del kept[place]
        elif "corrected" in data:
            place = _last(kept, deed, "answered", data["corrected"])
            if place is not None:
                left = {key: value for key, value in kept[place].data.items() if key not in _SAID}
                kept[place] = replace(kept[place], data=left, marks=())
        elif "returned" in data:
            place = _last(kept, deed, "lost", True)
            if place is not None:
                kept[place] = replace(kept[place], marks=())
        else:
            kept.append(deed)
    return kept


def _last(kept: Sequence[Deed], deed: Deed, key: str, value: object) -> int | None:
    """Where the latest deed of the same case stands that says so."""
    places = range(len(kept) - 1, -1, -1)
    return next((at for at in places if kept[at].case_id == deed.case_id and kept[at].data.get(key) == value), None)


def milestones(deeds: Iterable[Deed]) -> Iterator[tuple[Deed, str]]:
    """Each milestone with the deed that reached it."""
    for deed in deeds:
        for name in deed.data.get("counts", ()):
            yield deed, name


def breaches(deeds: Iterable[Deed]) -> Iterator[Deed]:
    """What was done past the rules; a task that was opened and closed again was closed once."""
    closed: set[str | None] = set()
    for deed in deeds:
        if deed.data.get("breach") == "closed":
            if deed.task in closed:
                continue
            closed.add(deed.task)
        if "breach" in deed.data:
            yield deed


def left_now(standing: Iterable[Standing], now: datetime) -> Evening:
    """What these open tasks leave to whom."""
    found: dict[int | None, Left] = defaultdict(Left)
    for task in standing:
        late, one = task.overdue_at is not None and task.overdue_at <= now, found[task.owner]
        found[task.owner] = Left(one.tasks + 1, one.overdue + late, one.untold + task.untold)
    return found


def report(rows: Rows, span: Span, users: Collection[int] | None = None) -> Report:
    """The figures of a span, of everybody or of these CRM users alone."""
    counting = _Counting(rows, Report(span), users)
    counting.run()
    return counting.report


@dataclass(slots=True)
class _Counting:
    rows: Rows
    report: Report
    users: Collection[int] | None

    def run(self) -> None:
        deeds = [deed for deed in self.rows.deeds if deed.at in self.report.span]
        self._first_touches(deeds)
        for deed in deeds:
            for figures in self._of(deed.holder, deed.source):
                self._deed(figures, deed)
        for deed in breaches(deeds):
            for figures in self._of(deed.holder, deed.source):
                figures.moved_by_hand += deed.data["breach"] == "moved"
                figures.closed_past_us += deed.data["breach"] == "closed"
        self._milestones(deeds)
        for meeting in self.rows.meetings:
            for figures in self._of(meeting.owner, meeting.source):
                figures.meetings_due += 1
        self._broken()
        if self.report.span.current:
            self.report.stand(left_now(self.rows.standing, self.rows.now), self.users)

    def _of(self, holder: int | None, source: str | None) -> tuple[Figures, ...]:
        if self.users is not None and holder not in self.users:
            return ()
        return self.report.total, self.report.by_manager[holder], self.report.by_source[source]

    def _deed(self, figures: Figures, deed: Deed) -> None:
        data = deed.data
        figures.marks.update(deed.marks)
        ended: Mapping[str, object] = data.get("ended", {})
        if ended.get("how") == "done":
            figures.done += 1
            figures.late += bool(ended["late"])
        promise = ended.get("promise")
        if promise is not None:
            figures.kept += promise == KEPT
            figures.broken += promise == BROKEN
            figures.kept_late += promise not in (KEPT, BROKEN)
        if "dial" in data:
            figures.dials += 1
            figures.reached += bool(data["dial"]["reached"])
        if "far" in data:
            at = datetime.fromisoformat(data["far"]["at"])
            figures.far.append(Far(deed.holder, deed.client, at, data["far"]["reason"]))

    def _first_touches(self, deeds: Sequence[Deed]) -> None:
        touched = {deed.case_id: deed for deed in self.rows.deeds if "touched" in deed.data}
        left = {deed.case_id: deed.at for deed in reversed(self.rows.deeds) if "ended" in deed.data}
        for deed in deeds:
            arrival = deed.data.get("arrived")
            if arrival is None:
                continue
            touch = touched.get(deed.case_id)
            holder = touch.holder if touch is not None else self.rows.holders.get(deed.case_id, deed.holder)
            within: int | None = arrival["within"]
            wait = int(touch.data["touched"]["wait"]) if touch is not None else None
            # Whom nobody has called before somebody moved him on in the CRM was missed if his term was over by then.
            until = left.get(deed.case_id, self.rows.now)
            so_far = self.rows.waited(deed.holder, deed.at, until).total_seconds()
            missed = wait is None and within is not None and so_far > within
            for figures in self._of(holder, deed.source):
                figures.arrived += 1
                figures.night += bool(arrival["night"])
                if arrival["night"] or within is None:
                    continue
                figures.within = within
                if wait is not None:
                    figures.measured += 1
                    figures.in_time += wait <= within
                    figures.waits.append(wait)
                elif missed:
                    figures.measured += 1

    def _milestones(self, deeds: Sequence[Deed]) -> None:
        seen: set[tuple[int, str]] = set()
        for deed, name in milestones(deeds):
            key = (deed.case_id, name)
            if key in seen or (name in _ONCE and key in self.rows.reached) or name not in _FIELDS:
                continue
            seen.add(key)
            for figures in self._of(deed.holder, deed.source):
                setattr(figures, _FIELDS[name], getattr(figures, _FIELDS[name]) + 1)

    def _broken(self) -> None:
        """Promises that are not met although their time is over."""
        for task in self.rows.standing:
            at = task.overdue_at if task.promised else None
            if at is not None and at <= self.rows.now and at in self.report.span:
                for figures in self._of(task.owner, task.source):
                    figures.broken += 1
