"""What a recorded questionnaire came to: read by everything that says or writes it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.engine.cadence import Attempt, Exhausted
from bot.engine.case import Case, Miss, Run, Task
from bot.playbooks.model import Outcome


@dataclass(frozen=True, slots=True)
class Settled:
    """One recorded questionnaire.

    Args:
        before: the case as it was.
        after: the case as it is, its next task included.
        task: the task that was answered.
        run: the answers.
        keys: of the outcome, and of what it led to.
        outcome: what the answers came to.
        last: what it led to at once when the cadence was exhausted; otherwise `outcome` itself.
        plan: what the cadence said, if it was asked.
        reopened: the next task is one that was set before and is opened again.
    """

    before: Case
    after: Case
    task: Task
    run: Run
    keys: tuple[str, ...]
    outcome: Outcome
    last: Outcome
    plan: Attempt | Exhausted | None
    reopened: bool = False

    @property
    def miss(self) -> Miss | None:
        """The miss that was counted."""
        return self.after.misses[-1] if self.outcome.miss is not None and self.after.misses else None

    @property
    def stage_changed(self) -> bool:
        return self.after.stage != self.before.stage
