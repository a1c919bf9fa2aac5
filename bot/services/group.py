"""One group of intents being worked on: what was loaded, what has changed, what is to be written.

It lives for one transaction and holds rows; what becomes of them is said in `cards` and `work`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db.cases import Stored
from bot.db.messages import Message
from bot.db.outbox import Write
from bot.db.people import People, Person
from bot.engine.calendars import client_window, zone_of
from bot.engine.case import Case, Task
from bot.engine.cover import covering
from bot.engine.drafts import draft_of
from bot.engine.meetings import meeting_aside
from bot.engine.rules import Rules
from bot.engine.touches import next_touch
from bot.playbooks.model import Playbook
from bot.screens.views import CardView, Picking
from bot.services.library import Library


@dataclass(slots=True)
class Group:
    """See the module. `links` makes the address of a lead or deal in the portal."""

    connection: AsyncConnection
    now: datetime
    library: Library
    people: People
    links: str
    cases: dict[int, Stored]
    messages: dict[str, Message]
    changed: set[int] = field(default_factory=set)
    new_contacts: set[int] = field(default_factory=set)
    writes: list[Write] = field(default_factory=list)
    journal: list[dict[str, Any]] = field(default_factory=list)
    awaiting: dict[int, dict[str, Any] | None] = field(default_factory=dict)
    barred: list[dict[str, Any]] = field(default_factory=list)
    lifted: dict[str, bool] = field(default_factory=dict)
    """Number → whether it stays barred for calls."""
    ended_tasks: dict[str, str] = field(default_factory=dict)
    """Task → `done` if a person has worked it off, otherwise `over`."""
    pushed: set[str] = field(default_factory=set)
    crm_tasks: dict[str, int] = field(default_factory=dict)
    missed: dict[int, int] = field(default_factory=dict)
    """Case whose client was not reached just now → CRM user who has recorded it."""
    joined: list[tuple[int, str, int | None]] = field(default_factory=list)
    """Another case, what its owner is told, and who has joined them."""
    republished: set[int] = field(default_factory=set)
    """Cases that have taken another version of the playbook."""
    rolled_out: str | None = None
    """Hash of the version that was put in force for all cases last, once it was asked for."""
    urgent: bool = False
    retimed: set[int] = field(default_factory=set)
    """Cases whose holder's hours have changed: their timers are written anew though the case is as it was."""
    updates: list[int] = field(default_factory=list)
    """Of Telegram, that have had their effect."""

    def playbook(self, case: Case) -> Playbook:
        """The version that the case runs on."""
        return self.library[case.playbook]

    def rules(self, case: Case) -> Rules:
        """What is in force for the case, where nobody in particular acts."""
        return Rules(self.playbook(case), self.now, "manager", self.people.staff, covering(case))

    def holder(self, case: Case) -> Person | None:
        """The linked person whose turn it is, if there is one: who holds the open task, otherwise the owner."""
        return self.people.by_crm.get(case.holder) if case.holder is not None else None

    def card_of(self, task_id: str, person: Person | None = None) -> Message | None:
        """The live message of a task (on this person's phone)."""
        for message in self.messages.values():
            if message.task_id == task_id and message.live and (person is None or message.person_id == person.id):
                return message
        return None

    def view(self, case: Case, person: Person | None, picking: Picking | None = None) -> CardView:
        """What the case's screens are drawn from."""
        playbook = self.playbook(case)
        said = case.said
        entity = "lead" if case.entity == "lead" else "deal"
        url = f"{self.links}/crm/{entity}/details/{case.crm_id}/" if case.crm_id is not None else None
        return CardView(
            playbook=playbook,
            case=case,
            now=self.now,
            zone=zone_of(playbook),
            client_zone=client_window(playbook, case).zone,
            role=person.role if person else "manager",
            next_touch=next_touch(playbook, case, self.now, self.people.staff),
            staff=self.people.staff,
            covers_for=self.people.short_name(case.owner) if covering(case) is not None else None,
            crm_url=url,
            picking=picking or Picking(),
            draft_by=self.people.short_name(draft.by) if (draft := draft_of(case)) is not None else None,
            asked_by=self.people.short_name(case.task.asked_by) if case.task is not None else "",
            said_by=self.people.short_name(said.by) if said is not None and said.by != case.holder else "",
        )

    def standing(self, case: Case) -> list[Task]:
        """The open task, and the meeting that the client's call has pushed aside."""
        return [task for task in (case.task, meeting_aside(self.playbook(case), case)) if task is not None]

    def keep(self, case: Case) -> None:
        """This is how the case stands now."""
        self.cases[case.id].case = case
        self.changed.add(case.id)
