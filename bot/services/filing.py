"""Photos and documents that people send to the bot: to which question of which client they belong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from bot.clock import Clock
from bot.db import cases as db_cases
from bot.db import messages as db_messages
from bot.db import tables as t
from bot.db.messages import Message
from bot.db.people import Person
from bot.db.session import Database
from bot.engine import forms
from bot.engine.case import Case
from bot.engine.files import SentFile, refusal, rule_of, unreadable
from bot.engine.forms import Line
from bot.engine.titles import short_name
from bot.engine.words import counted
from bot.errors import FileAway, FileGone
from bot.locales.ru import dialogs as ru
from bot.locales.ru import engine as ru_engine
from bot.screens.press import pack
from bot.screens.screen import Button, Screen, esc
from bot.services.apply import Apply
from bot.services.intents import Attach, Reply
from bot.services.library import Library
from bot.services.relay_files import Fetches

_OPENED = timedelta(hours=1)
"""So long after a question was opened, or the last file came, files are taken for it without asking."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A question that waits for files."""

    case: Case
    line: Line

    @property
    def task(self) -> str:
        assert self.case.task is not None  # its form was read
        return self.case.task.id

    def opened_since(self, moment: datetime) -> bool:
        run = self.case.run
        return run is not None and run.picked == self.line.ask.id and run.started_at >= moment

    def name(self) -> str:
        return self.line.ask.question.short or self.line.ask.text

    def words(self) -> str:
        return f"{self.name()}: {short_name(self.case.client.name or self.case.title)}"


class Filing:
    """See the module. `fetch` gives the bytes of a file; `on_commit` is told that rows wait for delivery."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        apply: Apply,
        library: Library,
        fetch: Fetches,
        on_commit: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._apply = apply
        self._library = library
        self._fetch = fetch
        self._on_commit = on_commit

    async def take(
        self, person: Person, chat_id: int, sent: SentFile, update: int | None, message: int | None = None
    ) -> str | None:
        """One file came, in this message: it goes to the question that waits for it, or the person is asked to which.

        Returns:
            What he is told when it was not taken; None: his card, or the question where it belongs, shows the rest.
        """
        places = _likely(await self._places(person), self._clock.now())
        if not places:
            return ru.FILE_NOT_ASKED
        if len(places) > 1:
            await self._ask(person, chat_id, sent, places)
            return None
        place = places[0]
        broken = await self._broken(place, sent)
        if broken is not None:
            return broken
        intent = Attach(person, place.case.id, place.task, place.line.ask.id, (sent,), update, sent_as=message)
        return (await self._apply(intent)).toast

    async def put(self, person: Person, task: str, question: str, update: int | None) -> Reply:
        """The person says where the files belong that wait for his word."""
        places = await self._places(person)
        place = next((one for one in places if one.task == task and one.line.ask.id == question), None)
        async with self._database.read() as connection:
            message = await db_messages.by_key(connection, _key(person))
        if place is None or message is None:
            return Reply(toast=ru.GONE, done=False)
        sent = _held(message)
        broken = {one.id: why for one in sent if (why := await self._broken(place, one)) is not None}
        whole = tuple(one for one in sent if one.id not in broken)
        said = " ".join(broken.values()) or None
        if whole:
            text = ru.FILES_PUT.format(files=counted(len(whole), *ru_engine.FILES), where=esc(place.words()))
            asked = _key(person), Screen(text)
            reply = await self._apply(Attach(person, place.case.id, task, question, whole, update, asked))
            if not reply.done:
                return reply
        else:
            await self._close(person, Screen(ru.FILES_NONE))
        return Reply(toast=said, alert=said is not None, case_id=place.case.id)

    async def asks(self, person: Person) -> bool:
        """Whether a question for files was opened lately: then words are no answer."""
        since = self._clock.now() - _OPENED
        return any(place.opened_since(since) for place in await self._places(person))

    async def _places(self, person: Person) -> list[_Place]:
        """Every question for files on the forms of his open tasks."""
        if person.crm_user_id is None:
            return []
        tasks = t.tasks.c
        query = (
            select(t.cases.c.state)
            .join(t.tasks, tasks.case_id == t.cases.c.id)
            .where(tasks.owner == person.crm_user_id, tasks.state == "open", tasks.kind.in_(_form_kinds(self._library)))
            .order_by(tasks.due_at)
        )
        async with self._database.read() as connection:
            cases = [db_cases.restore(row.state) for row in await connection.execute(query)]
        now = self._clock.now()
        return [
            _Place(case, line)
            for case in cases
            for line in forms.lines(self._library[case.playbook], case, now, person.role)
            if line.ask.question.kind == "files"
        ]

    async def _broken(self, place: _Place, sent: SentFile) -> str | None:
        """Why the file will not do, its content looked at where Telegram gives it out."""
        why = refusal(rule_of(place.line.ask.question), sent)
        if why is not None:
            return why
        try:
            return unreadable(sent.name, await self._fetch(sent.file))
        except FileAway:
            return None  # it is looked at once more on its way to the CRM
        except FileGone:
            return ru.FILE_GONE.format(name=sent.name)

    async def _ask(self, person: Person, chat_id: int, sent: SentFile, places: Sequence[_Place]) -> None:
        """To which of these places? Files that come meanwhile are put to the same question, which moves down."""
        now = self._clock.now()
        rows = tuple((Button(place.words(), pack("f", place.task, place.line.ask.id)),) for place in places)
        async with self._database.write() as connection:
            old = await db_messages.by_key(connection, _key(person))
            held = {one.id: one for one in (_held(old) if old is not None else [])} | {sent.id: sent}
            text = ru.FILES_WHERE.format(files=counted(len(held), *ru_engine.FILES))
            data = {"files": [asdict(one) for one in held.values()]}
            if old is not None and old.telegram_id is None:
                old.data, old.dirty = data, True
                old.show(Screen(text, rows), now, urgent=True)
                await db_messages.store(connection, [old], now)
            else:
                if old is not None:
                    old.show(Screen(ru.FILES_BELOW), now)
                    old.key, old.live, old.dirty = f"{old.key}:{old.id}", False, True
                    await db_messages.store(connection, [old], now)
                new = Message(_key(person), chat_id, "screen", Screen(text, rows), data=data, urgent=True, next_try=now)
                await db_messages.store(connection, [new], now)
        self._on_commit()

    async def _close(self, person: Person, screen: Screen) -> None:
        now = self._clock.now()
        async with self._database.write() as connection:
            message = await db_messages.by_key(connection, _key(person))
            if message is not None:
                message.show(screen, now, urgent=True)
                message.key, message.live, message.dirty = f"{message.key}:{message.id}", False, True
                await db_messages.store(connection, [message], now)
        self._on_commit()


def _likely(places: Sequence[_Place], now: datetime) -> list[_Place]:
    """Where a file belongs: what was opened lately, otherwise what has none yet, otherwise any."""
    opened = [place for place in places if place.opened_since(now - _OPENED)]
    lacking = [place for place in places if place.line.value is None]
    return opened or lacking or list(places)


def _form_kinds(library: Library) -> list[str]:
    """Kinds of task that are ended by a form, in any version."""
    return sorted(
        {
            key
            for playbook in library.versions
            for key, kind in playbook.tasks.items()
            if kind.ask is not None and playbook.questionnaires[kind.ask].form
        }
    )


def _held(message: Message) -> list[SentFile]:
    """The files that wait below this question."""
    stored: Mapping[str, Any] = message.data or {}
    return [SentFile(**one) for one in stored.get("files", ())]


def _key(person: Person) -> str:
    return f"files:{person.id}"
