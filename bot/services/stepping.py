"""What supervisors do about a task that waits, by the buttons of the message that tells of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from bot.clock import Clock
from bot.db import alerts as db_alerts
from bot.db import cases as db_cases
from bot.db import messages as db_messages
from bot.db.people import Person, load_people
from bot.db.session import Database
from bot.engine import events as ev
from bot.engine.calendars import zone_of
from bot.engine.case import Case
from bot.engine.words import say_time
from bot.locales.ru import alerts as ru
from bot.locales.ru import dialogs as words
from bot.services.apply import Apply
from bot.services.escalations import Escalations, keep, tasks_of
from bot.services.intents import Give, Happened, Reply
from bot.services.library import Library
from bot.services.oversight import why_not
from bot.services.people import PeopleService

SILENCE = timedelta(minutes=30)
"""Working time for which [Не напоминать] holds."""
_LOOKS = ("open", "list", "hand")


class Stepping:
    """See the module. `on_commit` is told that a message waits for delivery."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        apply: Apply,
        library: Library,
        people: PeopleService,
        escalations: Escalations,
        on_commit: Callable[[], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._apply = apply
        self._library = library
        self._people = people
        self._escalations = escalations
        self._on_commit = on_commit

    async def press(
        self, person: Person, chat_id: int, telegram_id: int, verb: str, task_id: str, to: int | None
    ) -> Reply:
        """A button under a message; `to` is the colleague who was picked."""
        if not person.leads:
            return Reply(toast=words.ONLY_SUPERVISOR, done=False)
        people = await self._people.everybody()
        async with self._database.read() as connection:
            message = await db_alerts.pressed(connection, chat_id, telegram_id)
            item = next((one for one in tasks_of(message) if one["task"] == task_id), None) if message else None
            case = (await db_cases.load(connection, [item["case"]])).get(item["case"]) if item is not None else None
        if item is None or case is None or case.case.task is None or case.case.task.id != task_id:
            return Reply(toast=words.GONE, done=False)
        if (refusal := why_not(people, person, case.case, self._clock.now())) is not None:
            return Reply(toast=refusal, done=False)
        if verb in _LOOKS:
            await self._change(chat_id, telegram_id, task_id, look=verb)
            return Reply()
        if item.get("settled"):
            return Reply(toast=ru.SETTLED.format(deed=item.get("deed")), done=False)
        if person.crm_user_id is None:
            return Reply(toast=ru.NOT_IN_CRM, done=False)
        return await self._do(person, person.crm_user_id, case.case, (chat_id, telegram_id, task_id), verb, to)

    async def _do(
        self, person: Person, user: int, case: Case, where: tuple[int, int, str], verb: str, to: int | None
    ) -> Reply:
        task_id, people = where[2], await self._people.everybody()
        time = say_time(self._clock.now(), zone_of(self._library[case.playbook]))
        who = people.short_name(user)
        done: Mapping[str, Any]
        match verb:
            case "take" | "give" if (taker := user if verb == "take" else to) is not None:
                there = {one.crm_user_id for one in people.all if one.reachable}
                if verb == "give" and taker not in there:
                    return Reply(toast=ru.AWAY, done=False)
                reply = await self._apply(Give(person, case.id, taker, (task_id, case.holder)))
                deed = (words.TAKEN if verb == "take" else words.HANDED).format(who=people.short_name(taker), time=time)
                done = {"deed": deed, "settled": True}
            case "ask" if people.by_crm.get(case.holder or 0) is not None:
                if people.staff.is_away(case.holder, self._clock.now()):
                    return Reply(toast=ru.AWAY, done=False)
                reply = await self._apply(Happened(case.id, ev.Asked(task_id, user), leader=person))
                done = {"deed": ru.ASKED.format(who=who, time=time), "asked": True}
            case "hush":
                hours = people.staff.team_hours(self._library[case.playbook], case.owner)
                until = hours.add_working(self._clock.now(), SILENCE)
                reply = await self._apply(Happened(case.id, ev.Silenced(task_id, user, until), leader=person))
                until_words = say_time(until, zone_of(self._library[case.playbook]))
                done = {"deed": ru.HUSHED.format(who=who, until=until_words)}
            case _:
                return Reply(toast=words.GONE, done=False)
        if reply.done:
            await self._change(*where, done=done)
        return reply

    async def _change(
        self, chat_id: int, telegram_id: int, task_id: str, *, look: str = "", done: Mapping[str, Any] | None = None
    ) -> None:
        """The pressed message shows it at once; others that tell of the same task, and its clock, follow."""
        async with self._database.write() as connection:
            people = await load_people(connection)
            for message in await db_alerts.live(connection):
                mine = message.chat_id == chat_id and message.telegram_id == telegram_id
                listed = any(item["task"] == task_id for item in tasks_of(message))
                if not mine and not (listed and done):
                    continue
                if done:
                    keep(message, [{**item, **done} if item["task"] == task_id else item for item in tasks_of(message)])
                    message.data, message.dirty = {**(message.data or {}), "answered": True}, True
                if mine:
                    opened = None if look == "list" else task_id
                    hand = task_id if look == "hand" else None
                    seen = {"open": opened, "opened_at": self._clock.now().isoformat(), "hand": hand}
                    message.data = {**(message.data or {}), **seen}
                    message.dirty = True
                await self._escalations.draw(connection, people, message)
                await db_messages.store(connection, [message], self._clock.now())
        self._on_commit()
