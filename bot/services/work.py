"""One group of intents being worked on: what was loaded, what has changed, what is to be written.

`Work` lives for one transaction. It calls the engine, draws the screens that follow, and collects rows; it decides
nothing about a case by itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db import cases as db_cases
from bot.db import messages as db_messages
from bot.db.cases import Stored
from bot.db.messages import Message
from bot.db.outbox import Write
from bot.db.people import People, Person
from bot.engine import effects as fx
from bot.engine.calendars import calendar_of, client_window, zone_of
from bot.engine.case import Case, Task
from bot.engine.convert import numbered
from bot.engine.decide import decide
from bot.engine.effects import Decision, Effect
from bot.engine.events import Event
from bot.engine.questionnaire import Ask, walk
from bot.engine.titles import short_name
from bot.locales.ru import screens as ru
from bot.playbooks.model import Playbook
from bot.screens import questions
from bot.screens.questions import open_text_question
from bot.screens.screen import Screen
from bot.screens.views import CardView, Picking, ReceiptView
from bot.services.library import Library

LIVE_CARDS = 5
"""Live cards on one phone; more would bury the urgent one."""


@dataclass(slots=True)
class Work:
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
    done_tasks: dict[str, datetime] = field(default_factory=dict)
    pushed: set[str] = field(default_factory=set)
    crm_tasks: dict[str, int] = field(default_factory=dict)
    joined: list[tuple[int, str]] = field(default_factory=list)
    urgent: bool = False

    # Looking ------------------------------------------------------------------------------------------------------

    def playbook(self, case: Case) -> Playbook:
        """The version that the case runs on."""
        return self.library[case.playbook]

    def owner(self, case: Case) -> Person | None:
        """The linked person who is responsible, if there is one."""
        return self.people.by_crm.get(case.owner) if case.owner is not None else None

    def card_of(self, task_id: str, person: Person | None = None) -> Message | None:
        """The live message of a task (on this person's phone)."""
        for message in self.messages.values():
            if message.task_id == task_id and message.live and (person is None or message.person_id == person.id):
                return message
        return None

    def view(self, case: Case, person: Person | None, picking: Picking | None = None) -> CardView:
        """What the case's screens are drawn from."""
        playbook = self.playbook(case)
        entity = "lead" if case.entity == "lead" else "deal"
        url = f"{self.links}/crm/{entity}/details/{case.crm_id}/" if case.crm_id is not None else None
        return CardView(
            playbook=playbook,
            case=case,
            now=self.now,
            zone=zone_of(playbook),
            client_zone=client_window(playbook, case).zone,
            role=person.role if person else "manager",
            crm_url=url,
            picking=picking or Picking(),
        )

    # Deciding -----------------------------------------------------------------------------------------------------

    async def happen(self, case_id: int, event: Event, person: Person | None = None) -> Decision:
        """Let the engine decide, keep the new case, carry its effects out as rows."""
        stored = self.cases[case_id]
        before = stored.case
        role = person.role if person else "manager"
        decision = decide(self.playbook(before), before, event, self.now, role=role)
        self.keep(decision.case)
        if before.client != decision.case.client:
            self.new_contacts.add(case_id)
        if before.task is not None and (decision.case.task is None or decision.case.task.id != before.task.id):
            self.done_tasks[before.task.id] = self.now
        self.note(case_id, event, decision)
        for effect in decision.effects:
            await self.carry_out(decision.case, effect, person)
        return decision

    def keep(self, case: Case) -> None:
        """This is how the case stands now."""
        self.cases[case.id].case = case
        self.changed.add(case.id)

    def note(self, case_id: int, event: Event, decision: Decision) -> None:
        """The journal line: what happened, what was decided and why."""
        data = {"stage": decision.case.stage, "task": decision.case.task.id if decision.case.task else None}
        self.journal.append(
            {
                "case_id": case_id,
                "at": self.now,
                "by": getattr(event, "by", None),
                "event": type(event).__name__[:24],
                "why": decision.why,
                "data": data,
            }
        )

    # Carrying out -------------------------------------------------------------------------------------------------

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
            case fx.Receipt(task=task, lines=lines, short=short):
                self.show_receipt(case, task, lines, short, person)
            case fx.CloseCard(task=task, text=text):
                self.close_card(case, task, text)
            case fx.Tell(user=user, text=text):
                self.tell(user, text, case.id)
            case fx.OpenDeal():
                await self.open_deal(case, effect, person)
            case fx.JoinCase(case=other, text=text):
                self.joined.append((other, text))
            case fx.BarPhone(phones=phones, writing_too=writing_too):
                for phone in phones:
                    self.barred.append({"phone": phone, "writing_too": writing_too, "case_id": case.id, "at": self.now})
            case _:
                self.queue(case.id, _OPS[type(effect)], _body(effect, case))

    def queue(self, case_id: int, op: str, body: Mapping[str, Any]) -> None:
        """Append a CRM write to the client's queue."""
        stored = self.cases[case_id]
        stored.written += 1
        self.changed.add(case_id)
        self.writes.append(Write(stored.stream, case_id, f"{case_id}-{stored.written}", op, dict(body)))

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
        old = self.card_of(lead_task) if (lead_task := _last_task(lead)) else None
        if old is not None and deal.task is not None and deal.run is not None:
            # The conversation goes on about the deal in the very same message.
            old.case_id, old.task_id, old.dirty = number, deal.task.id, True
            self.pushed.add(deal.task.id)
        for deal_effect in effect.deal_effects:
            await self.carry_out(deal, deal_effect, person)

    # Showing ------------------------------------------------------------------------------------------------------

    async def redraw(
        self,
        case: Case,
        picking: Picking | None = None,
        selected: Sequence[str] = (),
        colleagues: tuple[tuple[int, str], ...] = (),
    ) -> None:
        """The live card of the open task shows its new state."""
        if case.task is None:
            return
        message = self.card_of(case.task.id)
        if message is None:
            return
        person = self.people.by_id.get(message.person_id) if message.person_id is not None else None
        view = replace(self.view(case, person, picking), selected=tuple(selected), colleagues=colleagues)
        if _asks_duplicate(view):
            view = replace(view, lookalikes=await self.lookalikes(case))
        message.show(questions.card(view), self.now, kind="card", urgent=self.urgent)
        begun = case.run is not None and not case.run.optional
        if begun != bool((message.data or {}).get("begun")):
            message.data = {**(message.data or {}), "begun": begun}
            message.dirty = True
        if person is not None:
            self.expect_text(person, message, view)

    def expect_text(self, person: Person, message: Message, view: CardView) -> None:
        """Whether the person's next message is the answer to this card's question."""
        ask = open_text_question(view)
        task = view.case.task
        if ask is not None and task is not None:
            self.awaiting[person.id] = {"case": view.case.id, "task": task.id, "question": ask.id}
        else:
            self.awaiting.setdefault(person.id, {"not": view.case.id})

    async def lookalikes(self, case: Case) -> tuple[tuple[int, str], ...]:
        """Other cases with the client's contacts, for the duplicate question."""
        others = await db_cases.sharing_contacts(self.connection, case)
        found = []
        for other in others[:6]:
            stages = self.playbook(other).pipelines[other.pipeline].stages
            words = f"{short_name(other.client.name or other.title)} · {stages[other.stage].title}"
            found.append((other.id, f"{words} · {self.people.short_name(other.owner)}"))
        return tuple(found)

    def show_receipt(self, case: Case, task: str, lines: Sequence[str], short: str, person: Person | None) -> None:
        """The card of the answered task becomes a receipt."""
        message = self.card_of(task)
        if message is None:
            return
        can_fix = case.before is not None
        view = ReceiptView(self.view(case, person), task, lines, can_fix)
        walking = bool(message.data and message.data.get("walking"))
        view = replace(view, walking=walking)
        message.data = {"lines": list(lines), "short": short, "walking": walking}
        message.show(questions.receipt(view), self.now, kind="receipt", urgent=self.urgent)
        if not message.screen.rows:
            message.live = False
            message.dirty = True

    def redraw_receipt(self, case: Case, task: str, *, shrink: bool = False) -> None:
        """After an optional answer, or when [Исправить] is over."""
        message = self.card_of(task)
        if message is None or message.kind != "receipt" or not message.data:
            return
        person = self.people.by_id.get(message.person_id or 0)
        can_fix = case.before is not None and case.before.task.id == task
        open_still = case.run is not None and case.run.optional and case.run.task == task
        if shrink and not open_still:
            message.show(Screen(_receipt_line(message.data["short"])), self.now)
            message.live = False
            return
        walking = bool(message.data.get("walking"))
        view = ReceiptView(self.view(case, person), task, message.data["lines"], can_fix, walking)
        message.show(questions.receipt(view), self.now, urgent=self.urgent)

    def close_card(self, case: Case, task: str, text: str) -> None:
        """The card becomes one line without buttons."""
        message = self.card_of(task)
        if message is not None:
            message.show(questions.line(self.view(case, None), text), self.now, kind="line", urgent=self.urgent)
            message.live = False
            if message.person_id is not None:
                self.awaiting.setdefault(message.person_id, {"not": case.id})

    async def push(self, case: Case, *, walking: bool = False) -> bool:
        """Show the card of the open task on its owner's phone, as a new message; False: nobody to show it to.

        `walking`: he works through his list, so the receipt will lead on to the next card.
        """
        person, task = self.owner(case), case.task
        if person is None or person.telegram_id is None or task is None:
            return False
        old = self.card_of(task.id)
        if old is not None:
            old.show(
                questions.line(self.view(case, person), task_line(self.playbook(case), task)), self.now, kind="line"
            )
            old.live = False
            old.key = f"{old.key}:{old.id}"
            self.messages[old.key] = old
        self.shrink_receipts(case)
        view = self.view(case, person)
        key = f"card:{task.id}:{person.id}"
        self.messages[key] = Message(
            key=key,
            chat_id=person.telegram_id,
            kind="card",
            screen=questions.card(view),
            case_id=case.id,
            task_id=task.id,
            person_id=person.id,
            data={"walking": True} if walking else None,
            urgent=self.urgent,
            next_try=self.now,
        )
        self.expect_text(person, self.messages[key], view)
        self.pushed.add(task.id)
        await self.collapse_oldest(person, key)
        return True

    async def collapse_oldest(self, person: Person, newest: str) -> None:
        """At most five live cards on a phone: the oldest that nobody has begun becomes a line."""
        stored = await db_messages.live_cards(self.connection, person.id)
        known = {message.key for message in stored}
        fresh = [m for m in self.messages.values() if m.id is None and m.person_id == person.id and m.kind == "card"]
        cards = [self.messages.get(message.key, message) for message in stored] + [
            m for m in fresh if m.key not in known
        ]
        cards = [card for card in cards if card.live and card.kind == "card"]
        for card in cards[: max(0, len(cards) - LIVE_CARDS)]:
            begun = card.case_id in self.cases and self.cases[card.case_id].case.run is not None
            if card.key != newest and not begun and not (card.data or {}).get("begun"):
                card.show(Screen(_first_line(card.screen.text) + ru.IN_TODAY), self.now, kind="line")
                card.live = False
                self.messages[card.key] = card

    async def push_if_due(self, case: Case) -> None:
        """The card of a task that was already shown goes to its new owner's phone at once."""
        if case.task is not None and case.task.push_at <= self.now:
            await self.push(case)

    async def redraw_idle(self, case: Case) -> None:
        """A card that nobody is answering just now shows the time that has passed."""
        if case.run is None or case.run.optional:
            await self.redraw(case)

    def shrink_receipts(self, case: Case) -> None:
        """Receipts of this case lose their last buttons when its next card comes."""
        for message in self.messages.values():
            if message.case_id == case.id and message.kind == "receipt" and message.live and message.data:
                message.show(Screen(_receipt_line(message.data["short"])), self.now)
                message.live = False

    def tell(self, crm_user: int, text: str, case_id: int) -> None:
        """A notice without buttons."""
        person = self.people.by_crm.get(crm_user)
        if person is None or person.telegram_id is None:
            return
        key = f"tell:{case_id}:{self.cases[case_id].written}:{person.id}:{len(self.journal)}:{self.now.timestamp():.0f}"
        self.messages[key] = Message(
            key=key,
            chat_id=person.telegram_id,
            kind="notice",
            screen=Screen(text),
            case_id=case_id,
            person_id=person.id,
            next_try=self.now,
            live=False,
        )


def _first_line(text: str) -> str:
    """Of a card, without its markup: a tag may be cut."""
    lines = [re.sub(r"<[^>]+>", "", line) for line in text.split("\n")[:2]]
    return " · ".join(lines)


def task_line(playbook: Playbook, task: Task) -> str:
    """A card that was shown again further down."""
    return f"{playbook.tasks[task.kind].title}: карточка ниже"


def within_hours(playbook: Playbook, moment: datetime) -> bool:
    """Whether managers work at this moment."""
    return calendar_of(playbook).is_open(moment)


def _receipt_line(short: str) -> str:
    return f"✅ {short}"


def _asks_duplicate(view: CardView) -> bool:
    run = view.case.run
    if run is None or run.confirming or run.optional:
        return False
    step = walk(view.playbook, view.case, run, view.now, view.role)
    return isinstance(step, Ask) and step.question.kind == "duplicate"


def _last_task(case: Case) -> str | None:
    return f"{case.id}-{case.tasks_set}" if case.tasks_set else None


_OPS: dict[type, str] = {
    fx.Update: "update",
    fx.Comment: "comment",
    fx.AddTask: "add_task",
    fx.MoveTask: "move_task",
    fx.CompleteTask: "complete_task",
    fx.RenewTask: "renew_task",
    fx.AddPhone: "add_phone",
    fx.SetOwner: "set_owner",
}


def _body(effect: Effect, case: Case) -> dict[str, Any]:
    match effect:
        case fx.Update(stage=stage, fields=fields):
            return {"stage": stage, "fields": dict(fields)}
        case fx.Comment(text=text):
            return {"text": text}
        case fx.AddTask(task=task, title=title, description=description):
            due = task.due_at.isoformat()
            return {"task": task.id, "title": title, "description": description, "due_at": due, "owner": case.owner}
        case fx.MoveTask(task=task_id, due_at=due_at, responsible=responsible):
            return {"task": task_id, "due_at": due_at.isoformat() if due_at else None, "owner": responsible}
        case fx.CompleteTask(task=task_id) | fx.RenewTask(task=task_id):
            return {"task": task_id}
        case fx.AddPhone(phone=phone):
            return {"phone": phone}
        case fx.SetOwner(user=user):
            return {"owner": user}
        case _:
            raise TypeError(f"no CRM write for {type(effect).__name__}")
