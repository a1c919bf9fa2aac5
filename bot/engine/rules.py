"""The rules in force at one moment: the playbook, the time, and the role of the person who acts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.engine.calendars import calendar_of, client_window, zone_of
from bot.engine.case import Case
from bot.engine.conditions import Scope
from bot.engine.worktime import ClientWindow, WorkCalendar
from bot.playbooks.model import Playbook, Stage, TaskKind


@dataclass(frozen=True, slots=True)
class Rules:
    """What a decision is made by.

    Args:
        playbook: the process.
        now: the moment of the decision, aware.
        role: of the person who acts; restricted outcomes and stages ask for it.
    """

    playbook: Playbook
    now: datetime
    role: str

    @property
    def zone(self) -> ZoneInfo:
        return zone_of(self.playbook)

    @property
    def calendar(self) -> WorkCalendar:
        return calendar_of(self.playbook)

    def window(self, case: Case) -> ClientWindow:
        return client_window(self.playbook, case)

    def scope(self, case: Case) -> Scope:
        """Conditions about the case alone."""
        return Scope(self.playbook, case, {}, self.now)

    def stage(self, case: Case, key: str | None = None) -> Stage:
        """The stage where the case stands, or another one of its pipeline."""
        return self.playbook.pipelines[case.pipeline].stages[key or case.stage]

    def is_over(self, case: Case) -> bool:
        """Whether the stage is the case's end: a final one without a task of its own."""
        stage = self.stage(case)
        return stage.kind != "open" and stage.task is None

    def kind(self, key: str) -> TaskKind:
        return self.playbook.tasks[key]
