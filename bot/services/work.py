"""One group of intents being worked on: the engine decides, its effects become rows.

`Work` lives for one transaction; it decides nothing about a case by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from bot.db import audit
from bot.db import cases as db_cases
from bot.db import outbox as db_outbox
from bot.db.audit import Change
from bot.db.cases import Stored
from bot.db.outbox import Write
from bot.db.people import Person
from bot.engine import effects as fx
from bot.engine import events as ev
from bot.engine.case import Case
from bot.engine.convert import numbered
from bot.engine.decide import decide
from bot.engine.deeds import deed_of
from bot.engine.effects import Decision, Effect
from bot.engine.events import Event
from bot.engine.holding import held, role_wanted
from bot.locales.ru import screens as ru
from bot.services import alerts, approvals, covers, numbers
from bot.services.cards import Cards
from bot.services.crm_rows import OPS, body_of
from bot.services.history import journal_data
from bot.services.staff import taker_of

_ENDS_RECEIPTS = (
    ev.StageMoved,
    ev.SentBack,
    ev.TaskClosed,
    ev.HandedOver,
    ev.Covered,
    ev.CameBack,
    ev.Gone,
    ev.Corrected,
    ev.Returned,
    ev.SteppedIn,
)
"""After these nothing of what a receipt offers can be done any more."""
_QUIET = (ev.HoursChanged, ev.NumberCalled)
"""These are asked of many cases, and most of them stay as they are."""


@dataclass(slots=True)
class Work(Cards):
    """See the module."""

    async def happen(self, case_id: int, event: Event, person: Person | None = None) -> Decision:
        """Let the engine decide, keep the new case, carry its effects out as rows."""
        stored = self.cases[case_id]
        before = stored.case
        role = person.role if person else "manager"
        decision, elsewhere = self._decide(before, event, role), tuple[datetime, ...]()
        rules = (self.playbook(before), self.playbook(decision.case))
        if isinstance(event, ev.NumberCalled) or numbers.matters(rules, before, decision.case.task):
            elsewhere = await self._elsewhere(decision.case)
            decision = self._decide(before, event, role, elsewhere)
        decision = await self.assigned(before, decision, elsewhere)
        self.keep(decision.case)
        if before.client != decision.case.client:
            self.new_contacts.add(case_id)
        standing = {task.id for task in self.standing(decision.case)}
        deed = _deed(before, decision)
        ended = [task.id for task in self.standing(before) if task.id not in standing]
        ends = {task: "done" if task == deed else "over" for task in ended}
        self.ended_tasks |= ends
        if isinstance(event, ev.HoursChanged):
            self.retimed.add(case_id)
        if before.playbook != decision.case.playbook:
            self.republished.add(case_id)
        if decision.effects or not isinstance(event, _QUIET):
            self.note(before, event, decision, ends)
        if decision.told is not None and decision.told.attempt is not None and decision.case.holder is not None:
            self.missed[case_id] = getattr(event, "by", None) or decision.case.holder
        approvals.close(self, before, event)
        for effect in decision.effects:
            await self.carry_out(decision.case, effect, person)
        alerts.close(self, before)
        was, now = before.before, decision.case.before
        if was is not None and (now is None or now.task.id != was.task.id):
            self.redraw_receipt(decision.case, was.task.id, shrink=True)
        if isinstance(event, _ENDS_RECEIPTS) and decision.effects:
            self.shrink_receipts(decision.case)
        return decision

    def _decide(self, case: Case, event: Event, role: str, elsewhere: Sequence[datetime] = ()) -> Decision:
        staff = self.people.staff
        return decide(self.playbook(case), case, event, self.now, role=role, staff=staff, elsewhere=elsewhere)

    async def _elsewhere(self, case: Case) -> tuple[datetime, ...]:
        phones = set(case.client.phones)
        shared = {key for key, stored in self.cases.items() if phones & set(stored.case.client.phones)}
        unwritten = [(row["case_id"], row["data"] or {}) for row in self.journal if row["case_id"] in shared]
        return await numbers.elsewhere(self.connection, case, self.now, unwritten)

    async def assigned(self, before: Case, decision: Decision, elsewhere: tuple[datetime, ...] = ()) -> Decision:
        """The decision with a person for a task that another role holds; nobody of it linked: the owner keeps it.

        A task whose owner is not at work goes to who stands in for him.
        """
        playbook, known = self.playbook(before), before.task.id if before.task is not None else None
        role = role_wanted(playbook, decision.case, known)
        if role is not None:
            user = await taker_of(self.connection, self.people, playbook, decision.case, role, self.now)
            return decision if user is None else held(decision, user)
        return await covers.stood_in(self, before, decision, elsewhere)

    def note(self, before: Case, event: Event, decision: Decision, ended: Mapping[str, str]) -> None:
        """The journal line: what happened, what was decided and why, and what of it counts."""
        playbook = self.playbook(before)
        data = journal_data(playbook, before, event, decision)
        deed = deed_of(playbook, before, event, decision, self.now, self.people.staff, ended)
        if deed is not None:
            data["deed"] = deed
        self.journal.append(
            {
                "case_id": before.id,
                "at": self.now,
                "by": getattr(event, "by", None),
                "event": type(event).__name__[:24],
                "why": decision.why,
                "data": data,
            }
        )

    async def carry_out(self, case: Case, effect: Effect, person: Person | None) -> None:
        """One effect as rows: a CRM write of the client's queue, or a message's new look."""
        case = self.cases[case.id].case
        match effect:
            case fx.Redraw(task=task) if task is not None and (case.task is None or task != case.task.id):
                self.redraw_receipt(case, task)
            case fx.Redraw():
                await self.redraw(case)
            case fx.Comment(text=text, by=by) if by is not None:
                signed = f"{text}\n{ru.RECORDED_BY.format(name=self.people.name_of(by))}"
                self.queue(case.id, "comment", {"text": signed})
            case fx.OpenDeal():
                await self.open_deal(case, effect, person)
            case fx.MakeRecord():
                self.make_record(case)
            case fx.JoinCase(case=other, text=text):
                self.joined.append((other, text, person.crm_user_id if person is not None else None))
            case fx.BarPhone(phones=phones, writing_too=writing_too):
                row = {"writing_too": writing_too, "case_id": case.id, "at": self.now}
                self.barred.extend({"phone": phone, **row} for phone in phones)
            case fx.LiftBar(phones=phones, to_writing=to_writing):
                self.lifted |= dict.fromkeys(phones, to_writing)
                await audit.note(self.connection, self.now, person, Change.LIFTED, phones=", ".join(phones))
            case _ if type(effect) in OPS:
                self.queue(case.id, OPS[type(effect)], body_of(effect, case))
            case _:
                await self._show(case, effect, person)

    async def _show(self, case: Case, effect: Effect, person: Person | None) -> None:
        """An effect that only people see."""
        match effect:
            case fx.Receipt(task=task, lines=lines, short=short):
                if await db_outbox.is_stuck(self.connection):
                    lines = (*lines, ru.CRM_AWAY)
                self.show_receipt(case, task, lines, short, person)
            case fx.CloseCard(task=task, text=text):
                self.close_card(case, task, text)
            case fx.Continue(task=task):
                await self.go_on(case, task)
            case fx.Alert(roles=roles, text=text, keys=keys):
                await self.alert(case, roles, text, keys)
            case fx.AskApproval():
                approvals.ask(self, case)
            case fx.Tell(user=user, text=text):
                self.tell(user, text, case.id)
            case _:
                raise TypeError(f"nobody carries out {type(effect).__name__}")

    def queue(self, case_id: int, op: str, body: Mapping[str, Any]) -> None:
        """Append a CRM write to the client's queue."""
        stored = self.cases[case_id]
        stored.written += 1
        self.changed.add(case_id)
        self.writes.append(Write(stored.stream, case_id, f"{case_id}-{stored.written}", op, dict(body)))

    def make_record(self, case: Case) -> None:
        """The case's own record; its later writes wait in the same queue until the portal has made it."""
        client = asdict(case.client)
        if case.entity == "deal":
            contact = {"client": client, "owner": case.owner, "source": case.source, "lead": None}
            self.queue(case.id, "contact", contact)
        fields = {key: value for key, value in case.facts.items() if value is not None}
        body = {"stage": case.stage, "pipeline": case.pipeline, "title": case.title, "owner": case.owner}
        self.queue(case.id, case.entity, body | {"source": case.source, "fields": fields, "client": client})

    async def open_deal(self, lead: Case, effect: fx.OpenDeal, person: Person | None) -> None:
        """The new deal as a case of its own; its CRM writes share the lead's queue and wait there for the deal."""
        stream = self.cases[lead.id].stream
        number = await db_cases.add(self.connection, effect.deal, stream=stream, counted=True, now=self.now)
        effect = numbered(effect, number)
        deal = effect.deal
        self.cases[number] = Stored(deal, 1, stream, 0)
        self.changed.add(number)
        self.new_contacts.add(number)
        client = asdict(deal.client)
        self.queue(number, "contact", {"client": client, "owner": deal.owner, "source": deal.source, "lead": lead.id})
        fields = {key: value for key, value in deal.facts.items() if value is not None}
        body = {"stage": deal.stage, "pipeline": deal.pipeline, "title": deal.title, "owner": deal.owner}
        self.queue(number, "deal", body | {"source": deal.source, "fields": fields, "lead": lead.id})
        self.queue(lead.id, "update", {"stage": effect.lead_stage, "fields": {}, "contact_of": number})
        old = self.card_of(effect.answered)
        if old is not None and deal.task is not None and deal.run is not None:
            # The conversation goes on about the deal in the very same message.
            self.take_over(old, number, deal.task.id)
        for deal_effect in effect.deal_effects:
            await self.carry_out(deal, deal_effect, person)


def _deed(before: Case, decision: Decision) -> str | None:
    """The task that a person has worked off by this; one conversation that ends two tasks is one thing done."""
    answered = {effect.task for effect in decision.effects if isinstance(effect, fx.Receipt)}
    if decision.told is not None:
        answered.add(decision.told.task)
    task, run = before.task, before.run
    if task is None or task.id not in answered or (run is not None and run.goes_on):
        return None
    return task.id
