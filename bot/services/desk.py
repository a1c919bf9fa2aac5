"""What people ask of each other: help, hand-over, advice; and what the floor must know about a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.db import alerts as db_alerts
from bot.db import cases as db_cases
from bot.db import messages as db_messages
from bot.db import tables as t
from bot.db.people import People, Person
from bot.db.session import Database
from bot.engine import events as ev
from bot.engine.calendars import client_window, zone_of
from bot.engine.case import Case
from bot.engine.overseen import step_ins
from bot.engine.titles import short_name, shown_name
from bot.engine.words import say_time
from bot.locales.ru import dialogs as ru
from bot.screens.help import HelpView, help_call
from bot.screens.press import pack, read_number
from bot.screens.screen import Button, Screen, esc, grid
from bot.screens.views import CardView
from bot.services import advice
from bot.services.alerts import help_key, is_alert, of_task
from bot.services.apply import TAKERS, Apply
from bot.services.covers import of_role
from bot.services.escalations import ring_again
from bot.services.history import history
from bot.services.intents import Give, Happened, Offer, Reply
from bot.services.library import Library
from bot.services.oversight import leaders, reached, team_of, why_not
from bot.services.people import PeopleService
from bot.services.showing import Showing
from bot.services.views import Views
from bot.services.waiting import Waiting, waiting_for


class Desk:
    """See the module. `board_wanted` asks the pulse for a fresh board."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        apply: Apply,
        people: PeopleService,
        showing: Showing,
        views: Views,
        library: Library,
        board_wanted: Callable[[], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._apply = apply
        self._people = people
        self._showing = showing
        self._views = views
        self._library = library
        self.board_wanted = board_wanted

    async def waiting_for(self, person: Person) -> Waiting | None:
        """What the person's next message answers, if anything waits."""
        async with self._database.read() as connection:
            return await waiting_for(connection, self._library, person, self._clock.now())

    async def offer_colleagues(self, person: Person, case_id: int, task_id: str) -> Reply:
        """[Передать]: to whom?"""
        people = await self._people.everybody()
        colleagues = tuple(
            (one.crm_user_id, one.name)
            for one in self._takers(people, person.crm_user_id)
            if one.crm_user_id is not None and one.crm_user_id != person.crm_user_id
        )
        if not colleagues:
            return Reply(toast=ru.NO_COLLEAGUES, done=False)
        return await self._apply(Offer(person, case_id, task_id, colleagues))

    def _takers(self, people: People, user: int | None) -> list[Person]:
        """To whom this CRM user's client can be handed: his team with its supervisors; without any, to others.

        Who is absent is not offered.
        """
        now = self._clock.now()
        able = [one for one in people.all if one.role in TAKERS and not people.staff.is_away(one.crm_user_id, now)]
        led = [one for one in leaders(people, people.teams.of(user)) if one in able]
        own = [one for one in able if one in led or one.crm_user_id in people.staff.colleagues(user)]
        return own if any(one.crm_user_id != user for one in own) else able

    async def give(self, person: Person, case_id: int, task_id: str, to: str) -> Reply:
        """The colleague was picked."""
        case = await self._case(case_id)
        taker = read_number(to)
        if taker is None or case is None or case.task is None or case.task.id != task_id:
            return Reply(toast=ru.GONE, done=False)
        return await self._apply(Give(person, case_id, taker))

    async def ask_help(self, person: Person, case_id: int, task_id: str) -> Reply:
        """[Нужна помощь]: the supervisors get the case; the due time stays."""
        case = await self._case(case_id)
        if case is None or case.task is None or case.task.id != task_id or case.holder != person.crm_user_id:
            return Reply(toast=ru.GONE, done=False)
        people = await self._people.everybody()
        supervisors = reached(people, team_of(people, case), self._clock.now())
        if not supervisors:
            return Reply(toast=ru.NO_SUPERVISOR, alert=True, done=False)
        screen = await self._help_screen(case, person)
        await self._fold_alerts(case, supervisors)
        calls = [(one.telegram_id or 0, help_key(case.id, one), screen) for one in supervisors]
        new = await self._showing.many(calls, case_id=case.id, data=of_task(task_id))
        if new:
            await self._apply(Happened(case.id, ev.HelpAsked(person.crm_user_id)))
        return Reply(toast=ru.HELP_SENT if new else ru.HELP_ALREADY, case_id=case_id)

    async def _fold_alerts(self, case: Case, supervisors: Sequence[Person]) -> None:
        """A call for help takes the place of what the system has told of the case by itself."""
        keys = [help_key(case.id, one) for one in supervisors]
        async with self._database.read() as connection:
            found = [await db_messages.by_key(connection, key) for key in keys]
        for message in found:
            if message is not None and is_alert(message):
                await self._showing.by_key(message.key, Screen(message.screen.text), last=True)

    async def _help_screen(self, case: Case, person: Person, page: int = 0) -> Screen:
        people = await self._people.everybody()
        playbook, now = self._library[case.playbook], self._clock.now()
        async with self._database.read() as connection:
            entries = await history(connection, self._library, people, case, now)
        zone = client_window(playbook, case).zone
        card = CardView(playbook, case, now, zone_of(playbook), zone, staff=people.staff)
        return help_call(HelpView(card, person.name, person.id, entries, page))

    async def step_in(self, person: Person, verb: str, args: tuple[str, ...]) -> Reply:
        """A supervisor's button under a call for help."""
        if not person.leads:
            return Reply(toast=ru.ONLY_SUPERVISOR, done=False)
        numbers = [number for arg in args if (number := read_number(arg)) is not None]
        if not numbers or len(numbers) != len(args):
            return Reply(toast=ru.GONE, done=False)
        case = await self._case(numbers[0])
        if case is None or case.closed:
            return Reply(toast=ru.GONE, done=False)
        if verb == "unadvise":
            known = await advice.forget(self._database, self._showing, person, case.id)
            return Reply() if known else Reply(toast=ru.GONE, done=False)
        refusal = why_not(await self._people.everybody(), person, case, self._clock.now())
        if refusal is not None or not await self._is_told(person, case):
            return Reply(toast=refusal or ru.GONE, done=False)
        if verb == "advise" and len(numbers) == 2:
            await advice.expect(self._database, self._showing, person, case.id, numbers[1])
            return Reply(toast=ru.ANSWER_PROMPT)
        if verb == "take" and person.crm_user_id is not None:
            return await self._hand(person, case, person.crm_user_id, ru.TAKEN)
        if verb == "hand":
            await self._pick(person, case)
            return Reply()
        if verb == "back":
            await self._call_again(person, case)
            return Reply()
        if verb == "story" and len(numbers) == 3:
            await self._turn(person, case, *numbers[1:])
            return Reply()
        if verb == "give" and len(numbers) == 2:
            return await self._hand(person, case, numbers[1], ru.HANDED)
        return Reply(toast=ru.GONE, done=False)

    async def _pick(self, person: Person, case: Case) -> None:
        people = await self._people.everybody()
        buttons = (
            Button(one.name, pack("x", "give", case.id, one.crm_user_id))
            for one in self._takers(people, case.owner)
            if one.crm_user_id is not None and one.crm_user_id != case.owner
        )
        back = (Button(ru.BACK, pack("x", "back", case.id)),)
        await self._showing.by_key(help_key(case.id, person), Screen(ru.PICK_COLLEAGUE, (*grid(buttons, 2), back)))

    async def _call_again(self, person: Person, case: Case) -> None:
        """The supervisor looked to whom it could go and thought better of it."""
        async with self._database.read() as connection:
            message = await db_messages.by_key(connection, help_key(case.id, person))
        if message is not None and is_alert(message):
            await self._showing.by_key(message.key, Screen.from_json((message.data or {})["screen"]))
            return
        manager = (await self._people.everybody()).by_crm.get(case.owner or 0)
        if manager is not None:
            await self._showing.by_key(help_key(case.id, person), await self._help_screen(case, manager))

    async def _turn(self, person: Person, case: Case, manager: int, page: int) -> None:
        """Another page of the history."""
        asker = (await self._people.everybody()).by_id.get(manager)
        if asker is not None:
            await self._showing.by_key(help_key(case.id, person), await self._help_screen(case, asker, page))

    async def step(self, person: Person, case_id: int | None, kind: str) -> Reply:
        """A supervisor's button of the playbook's own: another task takes the place of the manager's."""
        if not person.leads:
            return Reply(toast=ru.ONLY_SUPERVISOR, done=False)
        case = await self._case(case_id) if case_id is not None else None
        if case is None or person.crm_user_id is None:
            return Reply(toast=ru.GONE if case is None else ru.NOT_IN_CRM, done=False)
        playbook, people = self._library[case.playbook], await self._people.everybody()
        key = next((one for one in step_ins(playbook, case) if one.task == kind), None)
        role = playbook.tasks[kind].role if key is not None else None
        stepped_in = case.task is not None and playbook.tasks[case.task.kind].role is not None  # the engine says so
        if key is not None and not stepped_in and not await self._is_told(person, case):
            return Reply(toast=ru.GONE, done=False)
        if key is not None and not key.mine and role is not None and not of_role(people, role, self._clock.now()):
            return Reply(toast=ru.NOBODY_OF[role], alert=True, done=False)
        reply = await self._apply(Happened(case.id, ev.SteppedIn(kind, person.crm_user_id), leader=person))
        after = await self._case(case.id)
        if reply.done and key is not None and after is not None:
            who = people.short_name(after.holder)
            await self._settle(case, ru.STEPPED.format(key=key.label, who=who, time=self._time()))
        return reply

    async def _is_told(self, person: Person, case: Case) -> bool:
        """Whether his phone shows what he presses under: once the matter is settled, nothing more is done about it."""
        async with self._database.read() as connection:
            return await db_messages.by_key(connection, help_key(case.id, person)) is not None

    async def _hand(self, person: Person, case: Case, to: int, words: str) -> Reply:
        seen = (case.task.id, case.holder) if case.task is not None else None
        reply = await self._apply(Give(person, case.id, to, seen))
        if reply.done:
            who = (await self._people.everybody()).short_name(to)
            await self._settle(case, words.format(who=who, time=self._time()))
        return reply

    async def _settle(self, case: Case, line: str) -> None:
        """On every phone that was told of it the matter is one line: who has it now."""
        keys = [help_key(case.id, one) for one in (await self._people.everybody()).all]
        told = ru.SETTLED.format(client=shown_name(self._library[case.playbook], case), deed=line)
        await self._showing.by_keys(keys, Screen(esc(told)), last=True)

    def _time(self) -> str:
        return say_time(self._clock.now(), self._views.zone)

    async def advise(self, person: Person, data: Mapping[str, Any], text: str, number: int) -> None:
        """The supervisor's answer reaches the manager; `number` of its message makes a repetition the same answer."""
        people = await self._people.everybody()
        case = await self._case(int(data["case"]))
        manager = people.by_id.get(int(data["to"]))
        if case is not None and manager is not None and manager.telegram_id is not None:
            await self._pass_on(person, case, manager, text, number)
            done = Screen(ru.ANSWERED.format(who=esc(manager.name)))
            await self._showing.by_key(advice.asked_in(data, person), done, last=True)
        async with self._database.write() as connection:
            await connection.execute(delete(t.awaiting).where(t.awaiting.c.person_id == person.id))

    async def _pass_on(self, person: Person, case: Case, manager: Person, text: str, number: int) -> None:
        client = short_name(case.client.name or case.title)
        note = ru.ADVICE.format(who=esc(person.name), client=esc(client), text=esc(text[:1500]))
        key = f"advice:{person.id}:{number}"
        if await self._showing.many([(manager.telegram_id or 0, key, Screen(note))]):
            await self._apply(Happened(case.id, ev.Advised(person.crm_user_id, text[:500])))

    async def welcome(self, person: Person) -> None:
        """Cards that were due while nobody could get them come now."""
        if person.crm_user_id is None:
            return
        async with self._database.write() as connection:
            await _revive(connection, person, self._clock.now())
            shown = select(t.messages.c.task_id).where(t.messages.c.person_id == person.id, t.messages.c.live)
            late = select(t.tasks.c.id).where(
                t.tasks.c.owner == person.crm_user_id,
                t.tasks.c.state == "open",
                t.tasks.c.pushed_at.is_not(None),
                t.tasks.c.id.not_in(shown.where(t.messages.c.task_id.is_not(None))),
            )
            keys = [f"{row.id.split('-')[0]}:push:{row.id}" for row in await connection.execute(late)]
            await connection.execute(t.timers.update().where(t.timers.c.key.in_(keys)).values(done=False))

    async def reachable(self, telegram_id: int, reachable: bool) -> None:
        """Somebody blocked the bot or came back: supervisors hear of the first, his cards come with the second.

        Of what he was told as one of them, and nobody has settled, others are told.
        """
        before = await self._people.by_telegram(telegram_id)
        person = await self._people.set_reachable(telegram_id, reachable)
        if person is not None and reachable:
            await self.welcome(person)
        if person is None or reachable or before is None or not before.reachable:
            return
        async with self._database.write() as connection:
            told = [one for one in await db_alerts.live(connection) if one.chat_id == telegram_id]
            await ring_again(connection, told, self._clock.now())
        people = await self._people.everybody()
        moment = int(self._clock.now().timestamp())
        screen = Screen(ru.UNREACHABLE.format(name=esc(person.name)))
        await self._showing.many(
            [
                (one.telegram_id or 0, f"unreachable:{person.id}:{moment}:{one.id}", screen)
                for one in reached(people, people.teams.of(person.crm_user_id), self._clock.now())
                if one.id != person.id
            ]
        )

    async def _case(self, case_id: int) -> Case | None:
        async with self._database.read() as connection:
            stored = (await db_cases.load(connection, [case_id])).get(case_id)
        return stored.case if stored else None


async def _revive(connection: AsyncConnection, person: Person, now: datetime) -> None:
    """Cards that are on the phone and were refused their last change get it, and can be pressed again."""
    messages, tasks = t.messages.c, t.tasks.c
    is_open = select(tasks.id).where(tasks.owner == person.crm_user_id, tasks.state == "open")
    await connection.execute(
        update(t.messages)
        .where(
            messages.person_id == person.id,
            messages.kind == "card",
            messages.live.is_(False),
            messages.error.is_not(None),
            messages.telegram_id.is_not(None),
            messages.task_id.in_(is_open),
        )
        .values(live=True, error=None, want=messages.want + 1, next_try=now)
    )
