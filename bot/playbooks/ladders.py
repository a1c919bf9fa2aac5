"""Who hears of a task that waits for its answer, and after how long. Shape only."""

from __future__ import annotations

from datetime import timedelta

from bot.playbooks.values import Duration, Part


class Ladder(Part):
    """The steps of an alert. All count working time of who has the task, from the moment at which it is due; a step
    that is not given is left out. A task is overdue from the first of them that comes after its due time."""

    remind: Duration | None = None
    """So long before the due time its manager is reminded."""
    offer: Duration | None = None
    """So long before the due time a new client whom nobody has touched is offered to colleagues: managers on shift who
    are free. Whoever presses first has him."""
    notice: Duration | None = None
    """So long after it its manager is told that the time is up."""
    board: Duration | None = None
    """So long after it the supervisors' board shows the task."""
    supervisor: Duration | None = None
    """So long after it the supervisors get a message, in which they can step in."""
    director: Duration | None = None
    """So long after it the directors get one."""

    @property
    def steps(self) -> tuple[tuple[str, timedelta], ...]:
        """The steps after the due time that are given, in their order."""
        lengths = {name: getattr(self, name) for name in STEPS}
        return tuple((name, length) for name, length in lengths.items() if length is not None)

    @property
    def overdue(self) -> timedelta:
        """From when on the task counts as overdue, after its due time."""
        return min((length for _, length in self.steps), default=USUAL)


STEPS = ("notice", "board", "supervisor", "director")
"""After the due time, in the order in which they come."""
USUAL = timedelta(minutes=15)
"""Of a task without a ladder: it is overdue then, and on the board."""
USUAL_LADDER = Ladder(board=USUAL)
