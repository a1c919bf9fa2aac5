"""What people see of a group's work: cards, receipts and notices, as rows that the courier delivers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from bot.db import cases as db_cases
from bot.db import messages as db_messages
from bot.db.messages import Message
from bot.db.people import Person
from bot.engine.calendars import zone_of
from bot.engine.case import Case, Task
from bot.engine.phones import mask_phones
from bot.engine.questionnaire import Ask, next_step
from bot.engine.titles import short_name, shown_name
from bot.engine.words import say_short
from bot.locales.ru import screens as ru
from bot.playbooks.model import Playbook, StepIn
from bot.screens import panels, questions, stepping
from bot.screens.history import Entry
from bot.screens.panels import Panel
from bot.screens.questions import open_text_question
from bot.screens.screen import Screen, esc
from bot.screens.views import CardView, Picking, ReceiptView
from bot.services.agendas import agenda_of
from bot.services.alerts import help_key, of_stage
from bot.services.curfew import LIVE_CARDS, held_key, hold_up, opening
from bot.services.group import Group
from bot.services.history import history
from bot.services.oversight import reached, team_of

ZONE_ASKED = "-zone"
"""In `awaiting`, instead of a question: the person's next message says where the client is."""
_HELD_UP = timedelta(minutes=1)
"""A card that waits so long for its sending waits for Telegram, or for an opening."""


@dataclass(slots=True)
class Cards(Group):
    """See the module."""

    async def redraw(
        self,
        case: Case,
        picking: Picking | None = None,
        selected: Sequence[str] = (),
        colleagues: tuple[tuple[int, str], ...] = (),
        *,
        revealed: bool = False,
    ) -> None:
        """The live card of the open task shows its new state.

        News from elsewhere leave a panel open that the person is just reading; his own presses end it.
        """
        if case.task is None:
            return
        message = self.card_of(case.task.id)
        if message is None:
            return
        opened = _opened(message)
        if opened is not None and not self.urgent:
            await self.show_panel(case, opened)
            return
        if opened is not None:
            _remember(message, None)
        person = self.people.by_id.get(message.person_id) if message.person_id is not None else None
        walking = bool((message.data or {}).get("walking"))
        view = replace(
            self.view(case, person, picking),
            selected=tuple(selected),
            colleagues=colleagues,
            walking=walking,
            revealed=revealed,
        )
        view = await self._informed(view)
        message.show(questions.card(view), self.now, kind="card", urgent=self.urgent)
        begun = case.task.touched_at is not None or (case.run is not None and not case.run.optional)
        if begun != bool((message.data or {}).get("begun")):
            message.data = {**(message.data or {}), "begun": begun}
            message.dirty = True
        if person is not None:
            self.expect_text(person, message, view)

    async def _informed(self, view: CardView) -> CardView:
        """The view with what its open question needs of other cases."""
        ask = _asked(view)
        if ask is None:
            return view
        if ask.question.kind == "duplicate":
            return replace(view, lookalikes=await self.lookalikes(view.case))
        if ask.question.kind == "datetime":
            return replace(view, agenda=await agenda_of(self, view.case, ask.id))
        return view

    async def show_panel(self, case: Case, opened: Panel) -> None:
        """The live card of the open task shows its history, objections or stage instead of itself."""
        message = self.card_of(case.task.id) if case.task is not None else None
        if message is None:
            return
        person = self.people.by_id.get(message.person_id) if message.person_id is not None else None
        entries = await self.history(case) if opened.needs_history else []
        message.show(panels.panel(self.view(case, person), opened, entries), self.now, kind="card", urgent=self.urgent)
        _remember(message, opened)

    async def show_past(self, case: Case, *, is_news: bool) -> None:
        """More is known of the client's past: the history that is being read, or the card that tells how it ended."""
        message = self.card_of(case.task.id) if case.task is not None else None
        opened = _opened(message) if message is not None else None
        if opened is not None and opened.needs_history:
            await self.show_panel(case, opened)
        elif opened is None and is_news:
            await self.redraw_idle(case)

    async def history(self, case: Case) -> list[Entry]:
        """What was said and tried before."""
        return await history(self.connection, self.library, self.people, case, self.now)

    def expect_text(self, person: Person, message: Message, view: CardView) -> None:
        """Whether the person's next message is the answer to this card's question."""
        ask = open_text_question(view)
        task = view.case.task
        if ask is not None and task is not None:
            self.awaiting[person.id] = {"case": view.case.id, "task": task.id, "question": ask.id}
        else:
            self.awaiting.setdefault(person.id, {"not": view.case.id})

    def expect_zone(self, person: Person, case: Case) -> None:
        """The person's next message says where the client is."""
        if case.task is not None:
            self.awaiting[person.id] = {"case": case.id, "task": case.task.id, "question": ZONE_ASKED}

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
        if self.playbook(case).phones_in_cards == "masked":  # a number that was just typed is as private as the others
            lines, short = [mask_phones(line) for line in lines], mask_phones(short)
        view = ReceiptView(self.view(case, person), task, lines, can_fix)
        walking = bool(message.data and message.data.get("walking"))
        view = replace(view, walking=walking)
        message.data = {"lines": list(lines), "short": short, "walking": walking}
        message.show(questions.receipt(view), self.now, kind="receipt", urgent=self.urgent)
        if message.person_id is not None:
            self.awaiting.setdefault(message.person_id, {"not": case.id})
        if not message.screen.rows:
            message.live = False
            message.dirty = True

    def redraw_receipt(self, case: Case, task: str, *, shrink: bool = False, selected: Sequence[str] = ()) -> None:
        """After an optional answer, with boxes ticked, or when [Исправить] is over."""
        message = self.card_of(task)
        if message is None or message.kind != "receipt" or not message.data:
            return
        person = self.people.by_id.get(message.person_id or 0)
        can_fix = case.before is not None and case.before.task.id == task
        open_still = case.run is not None and case.run.optional and case.run.task == task
        if shrink and not open_still:
            rows = tuple((button,) for button in questions.letters(self.view(case, person), task))
            message.show(Screen(_receipt_line(self.playbook(case), case, message.data["short"]), rows), self.now)
            message.live = False
            return
        walking = bool(message.data.get("walking"))
        card = replace(self.view(case, person), selected=tuple(selected))
        view = ReceiptView(card, task, message.data["lines"], can_fix, walking)
        message.show(questions.receipt(view), self.now, urgent=self.urgent)

    def take_over(self, message: Message, case_id: int, task: str) -> None:
        """A message becomes the card of another task: the conversation goes on in it."""
        message.case_id, message.task_id, message.dirty = case_id, task, True
        self.pushed.add(task)

    async def go_on(self, case: Case, answered: str) -> None:
        """The card of the answered task is the card of the next one."""
        message = self.card_of(answered)
        if message is not None and case.task is not None:
            self.take_over(message, case.id, case.task.id)
            await self.redraw(case)

    async def alert(self, case: Case, roles: Sequence[str], text: str, keys: Sequence[StepIn]) -> None:
        """People of these roles hear of the case in a new message, and can step in; supervisors: those of its team."""
        manager = self.people.by_crm.get(case.owner) if case.owner is not None else None
        zone = zone_of(self.playbook(case))
        tried = [say_short(miss.at, zone, self.now) for miss in case.misses]
        owner = self.people.short_name(case.owner)
        rows = stepping.step_in_rows(case, manager.id if manager is not None else None, keys)
        screen = stepping.alert(self.playbook(case), case, text, owner, tried, rows)
        named = [one for one in self.people.all if one.role in roles and one.role != "supervisor"]
        led = reached(self.people, team_of(self.people, case), self.now) if "supervisor" in roles else []
        for person in dict.fromkeys((*led, *named)):
            if person.telegram_id is None:
                continue
            key = help_key(case.id, person)
            former = self.messages.get(key) or await db_messages.by_key(self.connection, key)
            if former is not None:
                former.show(Screen(_first_line(former.screen.text)), self.now)
                former.key, former.live, former.dirty = f"{key}:{former.id}", False, True
                self.messages[former.key] = former
            self.messages[key] = Message(
                key,
                person.telegram_id,
                "screen",
                screen,
                case_id=case.id,
                data={**of_stage(case), "screen": screen.to_json()},
                next_try=self.now,
            )

    def close_card(self, case: Case, task: str, text: str) -> None:
        """The card becomes one line without buttons."""
        message = self.card_of(task)
        if message is not None:
            message.show(questions.line(self.view(case, None), text), self.now, kind="line", urgent=self.urgent)
            message.live = False
            if message.person_id is not None:
                self.awaiting.setdefault(message.person_id, {"not": case.id})

    async def push(self, case: Case, *, walking: bool = False, meant: datetime | None = None) -> bool:
        """Show the card of the open task on its owner's phone, as a new message; False: nobody to show it to.

        `walking`: he works through his list, so the receipt will lead on to the next card. `meant`: by itself it was to
        come at that moment; where his day has ended since, it waits for his opening.
        """
        person, task = self.holder(case), case.task
        if person is None or person.telegram_id is None or task is None:
            return False
        old = self.card_of(task.id)
        if old is not None:
            old.show(
                questions.line(self.view(case, person), _shown_below(self.playbook(case), task)), self.now, kind="line"
            )
            old.live = False
            old.key = f"{old.key}:{old.id}"
            self.messages[old.key] = old
        self.shrink_receipts(case, person)
        view = await self._informed(self.view(case, person))
        key, held = f"card:{task.id}:{person.id}", None
        if meant is not None and not self.urgent:
            held = opening(self.people.staff.hours(self.library.active, person.crm_user_id), meant, self.now)
        former = await db_messages.by_key(self.connection, key)
        # One that is over: it was folded up, or the case had gone to somebody else and is back.
        if former is not None and (old is None or former.id != old.id):
            former.key, former.dirty = f"{key}:{former.id}", True
            self.messages[former.key] = former
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
            next_try=held or self.now,
            created_at=meant if held is not None else None,
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
        untouched = [card for card in cards if card.key != newest and not self._is_begun(card)]
        folded = untouched[: max(0, len(cards) - LIVE_CARDS)]
        await self._say_held_up(person, [card for card in folded if card.telegram_id is None])
        for card in folded:
            card.show(Screen(_first_line(card.screen.text) + ru.IN_TODAY), self.now, kind="line")
            card.live = False
            self.messages[card.key] = card

    async def _say_held_up(self, person: Person, unseen: Sequence[Message]) -> None:
        """Cards that are folded before Telegram took them: one summary, above the cards that will come, counts them."""
        held = sum(card.created_at is not None and card.created_at <= self.now - _HELD_UP for card in unseen)
        if not held or person.telegram_id is None:
            return
        key = held_key(person)
        told = self.messages.get(key) or await db_messages.by_key(self.connection, key)
        if told is not None and told.telegram_id is not None:
            told.key, told.dirty = f"{key}:{told.id}", True
            self.messages[told.key], told = told, None
        if told is None:
            told = Message(key, person.telegram_id, "notice", Screen(""), next_try=self.now)
            told.next_try = max(self.now, min(card.next_try or self.now for card in unseen))
        hold_up(told, held, self.now)
        self.messages[key] = told

    def _is_begun(self, card: Message) -> bool:
        stored = self.cases.get(card.case_id or 0)
        return bool((card.data or {}).get("begun")) or (stored is not None and stored.case.run is not None)

    async def push_if_due(self, case: Case) -> None:
        """The card of a task that was already shown goes to its new owner's phone at once."""
        if case.task is not None and case.task.push_at <= self.now:
            await self.push(case, meant=case.task.push_at)

    async def redraw_idle(self, case: Case) -> None:
        """A card that nobody is answering just now shows the time that has passed."""
        if case.run is None or case.run.optional:
            await self.redraw(case)

    def shrink_receipts(self, case: Case, person: Person | None = None) -> None:
        """Receipts of this case (on this person's phone) lose their last buttons, as when its next card comes."""
        for message in self.messages.values():
            if person is not None and message.person_id != person.id:
                continue
            if message.case_id == case.id and message.kind == "receipt" and message.live and message.data:
                message.show(Screen(_receipt_line(self.playbook(case), case, message.data["short"])), self.now)
                message.live = False

    def tell(self, crm_user: int, text: str, case_id: int) -> None:
        """A notice without buttons, in plain words."""
        person = self.people.by_crm.get(crm_user)
        if person is None or person.telegram_id is None:
            return
        key = f"tell:{case_id}:{uuid4().hex}"
        self.messages[key] = Message(
            key=key,
            chat_id=person.telegram_id,
            kind="notice",
            screen=Screen(esc(text)),
            case_id=case_id,
            person_id=person.id,
            next_try=self.now,
            live=False,
        )


def _opened(message: Message) -> Panel | None:
    """The panel that the message shows."""
    kept = (message.data or {}).get("panel")
    return Panel.read(*kept) if kept else None


def _remember(message: Message, opened: Panel | None) -> None:
    kept = [opened.token, opened.ticked] if opened is not None else None
    if (message.data or {}).get("panel") != kept:
        message.data = {**(message.data or {}), "panel": kept}
        message.dirty = True


def _first_line(text: str) -> str:
    """What the card is for and the client's name, without markup (a tag may be cut) and without what passes."""
    late = ru.OVERDUE.partition("{")[0]
    lines = [re.sub(r"<[^>]+>", "", line) for line in text.split("\n")]
    task, *rest = [line for line in lines if not line.startswith(late)] or [""]
    for passing in ru.PASSING:
        task = task.partition(passing)[0]
    return " · ".join([task, *(line.partition(" · ")[0] for line in rest[:1])])


def _shown_below(playbook: Playbook, task: Task) -> str:
    """A card that was shown again further down."""
    return f"{playbook.tasks[task.kind].title}: карточка ниже"


def _receipt_line(playbook: Playbook, case: Case, short: str) -> str:
    return f"✅ {esc(shown_name(playbook, case))} – {esc(short)}"


def _asked(view: CardView) -> Ask | None:
    """The question that is open in the card's message."""
    run = view.case.run
    if run is None or run.confirming or run.optional:
        return None
    step = next_step(view.playbook, view.case, run, view.now, view.role)
    return step if isinstance(step, Ask) else None
