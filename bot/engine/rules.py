"""The rules in force at one moment: the playbook, the time, and the role of the person who acts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.engine.calendars import client_window, zone_of
from bot.engine.case import Case
from bot.engine.conditions import Scope
from bot.engine.staff import COMPANY, Staff
from bot.engine.worktime import ClientWindow, WorkingTime
from bot.playbooks.model import Playbook, Stage, TaskKind


@dataclass(frozen=True, slots=True)
class Rules:
    """What a decision is made by.

    Args:
        playbook: the process.
        now: the moment of the decision, aware.
        role: of the person who acts; restricted outcomes and stages ask for it.
        staff: who works when.
        cover: CRM user who held the case's open task in its absent owner's place before this decision.
        elsewhere: moments at which the client's phone number was not reached in other cases.
    """

    playbook: Playbook
    now: datetime
    role: str
    staff: Staff = COMPANY
    cover: int | None = None
    elsewhere: tuple[datetime, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        return zone_of(self.playbook)

    def calendar(self, case: Case) -> WorkingTime:
        """Working time of the one whose turn it is.

        While he is absent what is planned now is planned for who stands in for him; for the team, until that is known.
        """
        if not self.staff.is_away(case.holder, self.now):
            return self.staff.hours(self.playbook, case.holder)
        if self.cover is None:
            return self.staff.team_hours(self.playbook, case.owner)
        return self.staff.hours(self.playbook, self.cover)

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
