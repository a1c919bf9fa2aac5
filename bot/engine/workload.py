"""What fits into people's days: which tasks of a day do not, who could take them, and to which day they could go."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.engine.case import Case, Task
from bot.engine.misses import cadence_spec
from bot.engine.tasks import is_new
from bot.engine.worktime import WorkingTime
from bot.playbooks.model import Playbook, TaskKind


@dataclass(frozen=True, slots=True)
class Piece:
    """A task as a part of somebody's day.

    Args:
        case: whose task it is.
        task: its id.
        user: CRM user who has it.
        lasts: how long it takes.
        rank: its place in the queue, lower first.
        due_at: its due time.
        fixed: a promise, a meeting, or what somebody is at: it is done on that day, and by nobody else.
        last_day: the last day on which it may be done: a cadence has planned it, and its span ends then; None: no
            other day will do.
        waits_since: when a new client came whom nobody has called yet; None: it is something else.
    """

    case: int
    task: str
    user: int
    lasts: timedelta
    rank: int
    due_at: datetime
    fixed: bool = False
    last_day: date | None = None
    waits_since: datetime | None = None

    @property
    def importance(self) -> tuple[bool, int, datetime, str]:
        """What has to be done first comes first."""
        return (not self.fixed, self.rank, self.due_at, self.task)


def piece_of(playbook: Playbook, case: Case, task: Task, calendar: WorkingTime) -> Piece:
    """The case's open task as a part of its holder's day; what somebody is at stays his."""
    kind = playbook.tasks[task.kind]
    begun = task.touched_at is not None or (case.run is not None and not case.run.optional)
    ours = task.holder is None and task.closed_at is None and not begun
    return Piece(
        case=case.id,
        task=task.id,
        user=case.holder or 0,
        lasts=kind.lasts if kind.meeting else kind.takes,
        rank=kind.rank,
        due_at=task.due_at,
        fixed=task.promised or kind.meeting or not ours,
        last_day=_last_day(playbook, case, calendar) if ours and task.placed and not task.promised else None,
        waits_since=case.arrived_at if ours and _is_queued(case, task, kind) else None,
    )


def _is_queued(case: Case, task: Task, kind: TaskKind) -> bool:
    """Whether it is called as soon as its turn comes: what the portal or its source has timed may wait."""
    return is_new(case, kind) and not task.adopted and case.source not in kind.by_source


def turned_away(pieces: Iterable[Piece], day: date, hours: Mapping[int, WorkingTime]) -> list[Piece]:
    """New clients of before the day's opening whose turn comes on a later day only, the last one first."""
    found = []
    for piece in pieces:
        mine = hours[piece.user]
        is_later = mine.local_day(piece.due_at) > day and mine.is_working_day(day)
        if is_later and piece.waits_since is not None and piece.waits_since < mine.open_of(day):
            found.append(piece)
    return sorted(found, key=lambda one: one.importance, reverse=True)


def _last_day(playbook: Playbook, case: Case, calendar: WorkingTime) -> date | None:
    """Of the span of the running cadence."""
    if case.cadence is None or not case.misses:
        return None
    span = cadence_spec(playbook, case.cadence, case.source).within_days
    return calendar.working_days_after(calendar.local_day(case.misses[0].at), span)[-1]


def surplus(pieces: Iterable[Piece], room: Mapping[int, timedelta]) -> list[Piece]:
    """What does not fit into the room of those who have it, the least important first.

    Promises and meetings take their room before everything else. Who is not in `room` is not looked at.
    """
    left = dict(room)
    over: list[Piece] = []
    for piece in sorted(pieces, key=lambda one: one.importance):
        if piece.user not in left:
            continue
        if piece.lasts <= left[piece.user]:
            left[piece.user] -= piece.lasts
        else:
            over.append(piece)
    return over[::-1]


def room_left(pieces: Iterable[Piece], over: Collection[Piece], room: Mapping[int, timedelta]) -> dict[int, timedelta]:
    """What is left of everybody's room beside what fits."""
    left = dict(room)
    for piece in pieces:
        if piece.user in left and piece not in over:
            left[piece.user] -= piece.lasts
    return left


def spread(
    over: Sequence[Piece], free: Mapping[int, timedelta], team: Callable[[int], Collection[int]]
) -> list[tuple[Piece, int]]:
    """Who takes what: each piece goes to the one with the most room, as long as it fits; the rest stays where it is.

    Only those of the holder's `team` are asked.
    """
    left = dict(free)
    found = []
    for piece in over:
        mates = set(team(piece.user)) - {piece.user}
        able = [user for user in left if user in mates and left[user] >= piece.lasts]
        if piece.fixed or not able:
            continue
        taker = max(able, key=lambda user: (left[user], -user))
        left[taker] -= piece.lasts
        found.append((piece, taker))
    return found


def put_off(
    over: Sequence[Piece], days: Sequence[date], room: Callable[[int, date], timedelta]
) -> list[tuple[Piece, date]]:
    """Which piece goes to which of these days: the first one on which its holder has room; without any it stays."""
    taken: dict[tuple[int, date], timedelta] = {}
    found = []
    for piece in over:
        for day in days:
            if piece.last_day is None or day > piece.last_day:
                break
            key = (piece.user, day)
            if key not in taken:
                taken[key] = timedelta()
            if taken[key] + piece.lasts <= room(*key):
                taken[key] += piece.lasts
                found.append((piece, day))
                break
    return found
