"""Changes of the playbook from the phone: what was asked for becomes a draft, and a confirmed draft a version.

A draft is a row, so its buttons carry only its number and hold through a restart.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete

from bot.clock import Clock
from bot.db import drafts as db
from bot.db import tables as t
from bot.db.drafts import Draft
from bot.db.people import Person, load_people, shortened
from bot.db.session import Database, insert
from bot.db.versions import Version
from bot.engine.calendars import zone_of
from bot.engine.titles import stamp
from bot.errors import Conflict
from bot.locales.ru import playbook as ru
from bot.playbooks.changes import SUBJECTS, Refused, proposed
from bot.playbooks.compare import differences
from bot.playbooks.lint import lint_text
from bot.playbooks.load import Loaded, load
from bot.playbooks.model import Playbook
from bot.playbooks.spoken.findings import say_finding
from bot.screens import publishing as screens
from bot.screens.playbook import prompt
from bot.screens.publishing import Moves
from bot.screens.screen import Screen, esc
from bot.services.library import Library
from bot.services.published import Mode, Preview, Published
from bot.services.publishing import Publishing

FILE, ROLLBACK, FOR_ALL = "file", "rollback", "for_all"
"""Subjects of drafts that no command's words have made."""
CHANGE = "change"
"""In `awaiting`: the person's next message is a change of the playbook."""
LARGEST_FILE = 1_000_000
"""Bytes of an uploaded playbook."""
_NOTE = 500
_VERSIONS = 100
_OF_VERSION = re.compile(r"-([0-9a-f]{8})(?![0-9a-f])")
"""In the name of a file that was downloaded here."""
_REMEMBERED = 4
"""Playbooks that were read; each is a few megabytes."""


class Editing:
    """See the module. Every method returns the screen that answers."""

    def __init__(self, database: Database, clock: Clock, library: Library, publishing: Publishing) -> None:
        self._database = database
        self._clock = clock
        self._library = library
        self._publishing = publishing
        self._read: dict[str, Loaded] = {}

    async def propose(self, person: Person, subject: str, words: str) -> Screen:
        """What a command's words would change, for confirmation.

        Raises:
            Refused: they were not understood, or cannot be.
        """
        base, playbook = self._library.active_hash, self._library.active
        text = await self._publishing.text_of(base)
        today = self._clock.now().astimezone(zone_of(playbook)).date()
        # Reading a playbook takes seconds of a slow processor; others press on meanwhile.
        loaded = await asyncio.to_thread(proposed, text, subject, playbook, words, today)
        return await self._offer(person, loaded, base, subject, words)

    async def ask(self, person: Person, subject: str, index: int | None) -> Screen | None:
        """The person's next message is a change of this subject, of its cadence number `index`."""
        screen = prompt(self._library.active, subject, index)
        if screen is None:
            return None
        about = list(self._library.active.cadences)[index] if index is not None else ""
        values = {"kind": CHANGE, "data": {"subject": subject, "about": about}}
        async with self._database.write() as connection:
            statement = insert(connection, t.awaiting).values(person_id=person.id, **values)
            await connection.execute(statement.on_conflict_do_update(index_elements=["person_id"], set_=values))
        return screen

    async def typed(self, person: Person, data: Mapping[str, Any], words: str) -> Screen:
        """The words that were asked for; those that are refused may be written anew.

        Raises:
            Refused: as `propose`.
        """
        subject, about = str(data["subject"]), str(data["about"])
        screen = await self.propose(person, subject, words if about in words else f"{about} {words}")
        await self.unask(person)
        return screen

    async def unask(self, person: Person) -> None:
        """His next message is no change any more."""
        mine = (t.awaiting.c.person_id == person.id) & (t.awaiting.c.kind == CHANGE)
        async with self._database.write() as connection:
            await connection.execute(delete(t.awaiting).where(mine))

    async def uploaded(self, person: Person, data: bytes, name: str) -> Screen:
        """What a file would change, for confirmation; or what is wrong with it, and nothing changes."""
        if len(data) > LARGEST_FILE:
            return Screen(ru.TOO_LARGE.format(most=LARGEST_FILE // 1000))
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            return Screen(ru.NOT_TEXT)
        findings = await asyncio.to_thread(lint_text, text, name)
        errors = [finding for finding in findings if finding.level == "error"]
        if errors:
            return screens.plain_list(ru.BROKEN.format(count=len(errors)), [say_finding(error) for error in errors])
        loaded = await asyncio.to_thread(load, text, name=name, checked=True)
        base = self._library.active_hash
        if loaded.hash == base:
            return Screen(ru.SAME)
        made_from = await self._made_from(name)
        more = [*made_from, *([ru.ADVICE.format(count=len(findings))] if findings else [])]
        old, new = self._library.active.playbook, loaded.playbook.playbook
        if old != new:
            more.append(ru.OTHER_NAME.format(old=old, new=new))
        return await self._offer(person, loaded, base, FILE, name, more=more)

    async def _made_from(self, name: str) -> list[str]:
        """A warning when the file's name says that it was downloaded before others have changed the playbook."""
        found = _OF_VERSION.search(name)
        if found is None or self._library.active_hash.startswith(found[1]):
            return []
        versions = await self._publishing.versions(_VERSIONS)
        if not any(one.hash.startswith(found[1]) for one in versions):
            return []
        last = next(one for one in versions if one.active)
        who = ru.FROM_FILE if last.author == FILE else last.author
        zone = zone_of(self._library.active)
        return [ru.FILE_IS_OLD.format(hash=found[1], who=esc(who), at=stamp(last.at, zone))]

    async def back(self, person: Person, version: Version) -> Screen:
        """What going back to a version would change, for confirmation.

        The one in force can still be put in force for clients in work, when it was so for new ones only.
        """
        base = self._library.active_hash
        if version.hash == base and not await self._publishing.behind():
            return Screen(ru.SAME)
        loaded = await self._loaded(await self._publishing.text_of(version.hash), version.hash)
        if version.hash == base:
            return await self._offer(person, loaded, base, FOR_ALL, version.hash, head=ru.FOR_ALL)
        who = ru.FROM_FILE if version.author == FILE else version.author
        head = ru.ROLLBACK.format(at=stamp(version.at, zone_of(self._library.active)), who=esc(who))
        return await self._offer(person, loaded, base, ROLLBACK, version.hash, head=head)

    async def confirm(self, person: Person, number: int, mode: Mode) -> Screen:
        """The draft becomes the version in force, unless somebody was faster."""
        draft = await self._draft(person, number)
        if draft is None:
            return Screen(ru.DRAFT_OVER)
        try:
            done = await self._publish(person, draft, mode)
        except Conflict as error:
            return screens.conflict(number, str(error))
        async with self._database.write() as connection:
            await db.end(connection, number)
        return screens.published(done.hash, mode, draft.note, draft.base, _moves(done), zone_of(self._library.active))

    async def cancel(self, person: Person, number: int) -> Screen:
        """The draft is given up."""
        if await self._draft(person, number) is None:
            return Screen(ru.DRAFT_OVER)
        async with self._database.write() as connection:
            await db.end(connection, number)
        return Screen(ru.CANCELLED)

    async def newer(self, person: Person, number: int) -> Screen:
        """What others have changed since the draft was begun."""
        draft = await self._draft(person, number)
        if draft is None:
            return Screen(ru.DRAFT_OVER)
        former = await self.playbook_of(draft.base)
        told = differences(former, self._library.active)
        return screens.since(number, told, again=draft.subject in SUBJECTS)

    async def again(self, person: Person, number: int) -> Screen:
        """The same words, said of the version that is in force now.

        Raises:
            Refused: they cannot be any more.
        """
        draft = await self._draft(person, number)
        if draft is None or draft.subject not in SUBJECTS:
            return Screen(ru.DRAFT_OVER)
        return await self.propose(person, draft.subject, draft.words)

    async def playbook_of(self, version: str) -> Playbook:
        """A version that is kept."""
        if version in self._library:
            return self._library[version]
        return (await self._loaded(await self._publishing.text_of(version), version)).playbook

    async def _loaded(self, text: str, version: str) -> Loaded:
        """A version that was checked before; the last few are remembered, a preview is mostly confirmed at once."""
        found = self._read.get(version)
        if found is None:
            found = await asyncio.to_thread(load, text, checked=True)
        self._remember(found)
        return found

    def _remember(self, loaded: Loaded) -> None:
        self._read.pop(loaded.hash, None)
        self._read[loaded.hash] = loaded
        if len(self._read) > _REMEMBERED:
            self._read.pop(next(iter(self._read)))

    async def _offer(
        self,
        person: Person,
        loaded: Loaded,
        base: str,
        subject: str,
        words: str,
        *,
        head: str = ru.PREVIEW,
        more: list[str] | None = None,
    ) -> Screen:
        again = subject == FOR_ALL
        if loaded.hash == base and not again:
            raise Refused(ru.SAME)
        self._remember(loaded)
        told = differences(self._library.active, loaded.playbook)
        note = ru.NOTE_FOR_ALL if again else "; ".join(told) or ru.ONLY_WORDING
        note = note if len(note) <= _NOTE else f"{note[: _NOTE - 1]}…"
        lost = await self._without_shift(loaded.playbook)
        found = await self._publishing.preview(loaded)
        draft = Draft(person.id, subject, words, base, loaded.hash, loaded.text, note, self._clock.now())
        async with self._database.write() as connection:
            number = await db.keep(connection, draft)
        zone = zone_of(self._library.active)
        shown, more = told or ([] if again else [ru.ONLY_WORDING]), [*lost, *(more or ())]
        return screens.preview(number, head, shown, _moves(found), zone, *more, new_too=not again)

    async def _without_shift(self, after: Playbook) -> list[str]:
        """Who works on a shift that would be gone, by shift."""
        gone = {key: one.title for key, one in self._library.active.shifts.items() if key not in after.shifts}
        if not gone:
            return []
        async with self._database.read() as connection:
            people = (await load_people(connection)).all
        names = {key: [shortened(one.name) for one in people if one.shift == key] for key in gone}
        return [
            ru.SHIFT_LOST.format(shift=esc(title), people=esc(", ".join(names[key])))
            for key, title in gone.items()
            if names[key]
        ]

    async def _draft(self, person: Person, number: int) -> Draft | None:
        """The person's draft, while it is neither published nor cancelled."""
        async with self._database.read() as connection:
            draft = await db.find(connection, number, person.id)
        return draft if draft is not None and not draft.over else None

    async def _publish(self, person: Person, draft: Draft, mode: Mode) -> Published:
        again = draft.subject == FOR_ALL and mode is Mode.ALL
        if draft.hash == self._library.active_hash and not again:  # a crash has kept us from noting it
            return Published(draft.hash, self._clock.now(), mode)
        if draft.subject == ROLLBACK:
            return await self._publishing.rollback(draft.hash, base=draft.base, by=person, mode=mode)
        loaded = await self._loaded(draft.text, draft.hash)
        return await self._publishing.publish(loaded, base=draft.base, by=person, note=draft.note, mode=mode)


def _moves(found: Preview | Published) -> Moves:
    examples = [(one.name, one.before, one.after) for one in found.examples] if isinstance(found, Preview) else []
    kept = {str(reason): count for reason, count in found.kept.items()}
    return Moves(found.retimed, kept, found.closed, found.incompatible, examples)
